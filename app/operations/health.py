"""The content of /health and /metrics for a monitor: database, disk, jobs, mails, letters, alerts,
and the process that serves the pages. No personal data, no login.

All figures of the desk come from the database when they are asked for,
so that one process answers for all workers and machines.
"""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.wiring import Wiring
from core.cases.desk import Desk
from core.data.case import State
from core.data.case_ports import OF_THE_DESK, Alert, Backlog
from core.errors import DeskError
from papers.opening.confinement import why_unconfined
from web.common.page_settings import HealthLine

PROBE = "health"
PROBE_EVERY = timedelta(seconds=10)
MAILBOX = "mailbox"
JOBS = {
    "window": ("窗口办理", timedelta(minutes=2)),  # every 2 s
    "deliver": ("发送回执", timedelta(minutes=2)),  # every 2 s
    MAILBOX: (
        "收信",
        timedelta(minutes=5),
    ),  # every minute, and at once where the server tells of a mail
    "housekeeping": ("日常清理", timedelta(hours=1)),  # every 10 min
    "retention": ("到期清除", timedelta(hours=1)),  # every 10 min
    "reconcile": ("核对", timedelta(hours=3)),  # every hour
}
"""The recurring jobs: how each is called, and after how long without one
that went well it is late."""
BACKUP = "backup"
"""A job of an operator's timer, so that no line of /health speaks of it."""
LEAST_FREE_MIB = 500
"""MiB (1,048,576 bytes) that the disk of storage.folder must have left."""


@dataclass(frozen=True)
class Vitals:
    """The data for health and metrics, all read at one moment.

    `ticks`: when each recurring job last went well, by its name in JOBS.
    """

    at: datetime
    cases: Mapping[State, int]
    mails: Backlog
    letters: Backlog
    refused: int
    alerts: int
    ill: tuple[Alert, ...]
    ticks: Mapping[str, datetime]


def vitals(desk: Desk) -> Vitals | None:
    """Read from the database, which must take a write for it; None where it does not."""
    now = desk.now()
    ticks: dict[str, datetime] = {}
    with contextlib.suppress(DeskError):
        with desk.step() as tx:
            tx.ticks.note(PROBE, PROBE_EVERY)
        with desk.view() as tx:
            for name, at in tx.ticks.all().items():
                job = name.partition(".")[0]
                ticks[job] = max(at, ticks.get(job, at))
            return Vitals(
                now,
                tx.cases.count(),
                tx.mails.backlog(),
                tx.letters.backlog(),
                tx.letters.count_refused(),
                tx.alerts.count(),
                tuple(tx.alerts.find(families=OF_THE_DESK)),
                ticks,
            )
    return None


def _late_jobs(seen: Vitals, started: datetime) -> Iterator[str]:
    """Jobs whose last success is too long ago.

    A job that never did is late in the end: nobody works on this desk.
    """
    for job, (words, allowed) in JOBS.items():
        last = seen.ticks.get(job)
        if seen.at - max(last or started, started) > allowed:
            yield (
                f"{words}最近一次成功是 {_span(seen.at - last)}前"
                if last
                else f"{words}尚未成功运行"
            )


def _backlog_line(
    name: str, words: str, backlog: Backlog, now: datetime, longest_min: float
) -> HealthLine:
    """Whether waiting work is done in time.

    A parked letter waits for a person, not for the desk.
    """
    waits = now - (backlog.oldest or now)
    if waits <= timedelta(minutes=longest_min):
        return HealthLine(name, ok=True, text="无积压。")
    text = f"{backlog.count} 封{words}待处理，最久已等 {_span(waits)}。"
    return HealthLine(name, ok=False, text=text)


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时"


def _lines_without_database(desk: Desk, now: datetime) -> Iterator[HealthLine]:
    """The lines on calendar and sandbox, which need no database.

    A year that the calendar lacks is reported from 60 days before (RULES.md section 2), and is not
    well once windows are provisional. Attachments that are opened without a sandbox are reported,
    but well: where that must not be, the desk does not start (documents.confine).
    """
    year = desk.workdays.unknown_year_ahead(now)
    known = f"工作日历缺少 {year} 年，请升级 chinesecalendar。" if year else "工作日历正常。"
    yield HealthLine("calendar", not desk.workdays.window_for(now).provisional, known)
    why = why_unconfined()
    opened = f"警告：陌生文件未隔离（{why}），请运行 unbind doctor。" if why else ""
    yield HealthLine("confinement", ok=True, text=opened or "陌生文件在隔离中读取。")


def disk_line(wiring: Wiring) -> HealthLine:
    free_mib = free_bytes(wiring) // 2**20
    return HealthLine("disk", ok=free_mib > LEAST_FREE_MIB, text=f"剩余 {free_mib:,} MiB。")


def free_bytes(wiring: Wiring) -> int:
    """Bytes left on the disk of the storage folder, which may not exist yet."""
    folder = wiring.config.folder
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


class DeskHealth(Collector):
    """What is well of one desk, and its figures. Where the database answers nothing, the lines
    alone say so.

    `started`: since when whoever asks has been running; jobs have time from then on.
    """

    def __init__(self, wiring: Wiring, desk: Desk, started: datetime) -> None:
        self._wiring, self._desk, self._started = wiring, desk, started
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(self)

    def lines(self) -> list[HealthLine]:
        """Each thing that was looked at, and whether it is well."""
        return self._lines(vitals(self._desk))

    def _lines(self, seen: Vitals | None) -> list[HealthLine]:
        disk = disk_line(self._wiring)
        if seen is None:
            return [HealthLine("database", ok=False, text="数据库不可用，或不能写入。"), disk]
        limits = self._wiring.settings.monitoring
        ill = [alert.family for alert in seen.ill]
        late = list(_late_jobs(seen, self._started))
        return [
            HealthLine("database", ok=True, text="数据库正常。"),
            disk,
            *_lines_without_database(self._desk, seen.at),
            HealthLine("jobs", ok=not late, text="、".join(late) or "定时任务正常。"),
            _backlog_line("mails", "来信", seen.mails, seen.at, limits.mail_waits_min),
            _backlog_line("letters", "回执", seen.letters, seen.at, limits.letter_waits_min),
            HealthLine("refused", ok=not seen.refused, text=f"被拒收的回执 {seen.refused} 封。"),
            HealthLine("alerts", ok=not ill, text="、".join(ill) or "办理台运行无异常提醒。"),
        ]

    def metrics(self) -> bytes:
        """The figures for Prometheus."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        health = GaugeMetricFamily(
            "unbind_health", "1 when this line of /health is well, else 0", labels=["line"]
        )
        seen = vitals(self._desk)
        for line in self._lines(seen):
            health.add_metric([line.name], line.ok)
        yield health
        yield GaugeMetricFamily(
            "unbind_disk_free_bytes",
            "bytes left on the disk of storage.folder",
            free_bytes(self._wiring),
        )
        if seen:
            yield from _figures(seen)
            window = self._desk.workdays.window_for(seen.at)
            for name, words, edge in (
                ("opens", "until the next window opens, 0 while one is", window.opens_at),
                ("closes", "until it closes", window.closes_at),
            ):
                left_s = max(0.0, (edge - seen.at).total_seconds())
                yield GaugeMetricFamily(f"unbind_window_{name}_seconds", f"seconds {words}", left_s)


def _figures(seen: Vitals) -> Iterator[Metric]:
    cases = GaugeMetricFamily("unbind_cases", "cases by state", labels=["state"])
    for state in State:
        cases.add_metric([state.value], seen.cases.get(state, 0))
    yield cases
    yield from _backlog("mails", "mails not judged yet", seen.mails, seen)
    yield from _backlog("letters", "letters not sent yet", seen.letters, seen)
    yield GaugeMetricFamily("unbind_letters_refused", "letters refused for good", seen.refused)
    yield GaugeMetricFamily("unbind_alerts", "open alerts", seen.alerts)
    kinds = [alert.family for alert in seen.ill]
    ill = GaugeMetricFamily(
        "unbind_desk_alerts", "open alerts of the desk itself, by kind", labels=["kind"]
    )
    for kind in OF_THE_DESK:
        ill.add_metric([kind], kinds.count(kind))
    yield ill
    jobs = GaugeMetricFamily(
        "unbind_job_age_seconds", "seconds since this recurring job last went well", labels=["task"]
    )
    for job, at in seen.ticks.items():
        jobs.add_metric([job], (seen.at - at).total_seconds())
    yield jobs


def _backlog(name: str, words: str, backlog: Backlog, seen: Vitals) -> Iterator[Metric]:
    oldest = (seen.at - backlog.oldest).total_seconds() if backlog.oldest else 0.0
    yield GaugeMetricFamily(f"unbind_{name}_waiting", words, backlog.count)
    yield GaugeMetricFamily(
        f"unbind_{name}_oldest_seconds", f"how long the oldest of the {words} waits", oldest
    )
