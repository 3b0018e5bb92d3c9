"""What /metrics shows to Prometheus: the figures of /health, and the process that serves the pages. No personal data.

All figures of the desk come from the database when they are asked for, so that one process answers for all workers and machines.
"""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.health import Vitals, free_bytes, lines_of, vitals
from app.wiring import Wiring
from core.cases.case import State
from core.cases.desk import Desk
from core.cases.ports import Backlog


class DeskMetrics(Collector):
    """The figures of one desk. Where the database answers nothing, `unbind_health` alone says so."""

    def __init__(self, wiring: Wiring, desk: Desk, started: datetime) -> None:
        self._wiring, self._desk, self._started = wiring, desk, started
        self._registry = CollectorRegistry()
        self._registry.register(ProcessCollector(registry=None))
        self._registry.register(self)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def describe(self) -> Iterator[Metric]:
        """Nothing: the registry need not read the database to learn the names."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        health = GaugeMetricFamily("unbind_health", "1 when this line of /health is well, else 0", labels=["line"])
        seen = vitals(self._desk)
        for line in lines_of(self._wiring, self._desk, self._started, seen):
            health.add_metric([line.name], line.ok)
        yield health
        yield GaugeMetricFamily("unbind_disk_free_bytes", "bytes left on the disk of storage.folder", free_bytes(self._wiring))
        if seen:
            yield from _figures(seen)


def _figures(seen: Vitals) -> Iterator[Metric]:
    cases = GaugeMetricFamily("unbind_cases", "cases by state", labels=["state"])
    for state in State:
        cases.add_metric([state.value], seen.cases.get(state, 0))
    yield cases
    yield from _backlog("mails", "mails not judged yet", seen.mails, seen)
    yield from _backlog("letters", "letters not sent yet", seen.letters, seen)
    yield GaugeMetricFamily("unbind_alerts", "open alerts", seen.alerts)
    jobs = GaugeMetricFamily("unbind_job_age_seconds", "seconds since this recurring job last went well", labels=["job"])
    for job, at in seen.ticks.items():
        jobs.add_metric([job], (seen.at - at).total_seconds())
    yield jobs


def _backlog(name: str, words: str, backlog: Backlog, seen: Vitals) -> Iterator[Metric]:
    oldest = (seen.at - backlog.oldest).total_seconds() if backlog.oldest else 0.0
    yield GaugeMetricFamily(f"unbind_{name}_waiting", words, backlog.count)
    yield GaugeMetricFamily(f"unbind_{name}_oldest_seconds", f"how long the oldest of the {words} waits", oldest)
