"""The metrics for Prometheus: each is documented, and those of the example alerts and the dashboard
exist."""

import contextlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app.operations.health import DeskHealth
from app.settings.config import Config
from app.wiring import Wiring
from core.cases.desk import Desk
from core.data.mail_record import NewMail
from tests.app.parsing import settings_of
from tests.fixed_clock import FixedClock
from tests.web.conftest import Visitor
from web.application import create_app
from web.common.page_settings import WebSettings
from web.common.site import Site

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
NAME = re.compile(r"\b(?:unbind|process)_[a-z_]+")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Wiring, Desk]]:
    wiring = Wiring(
        Config(settings_of({"storage": {"folder": tmp_path}}), tmp_path), {}, FixedClock(NOW)
    )
    with contextlib.closing(wiring.store()) as store:
        yield wiring, wiring.desk(store)


def figures(wiring: Wiring, desk: Desk) -> dict[str, float]:
    families = text_string_to_metric_families(DeskHealth(wiring, desk, NOW).metrics().decode())
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_figures_are_those_of_the_database(desk: tuple[Wiring, Desk]) -> None:
    with desk[1].store.transaction() as tx:
        tx.mails.add(NewMail("INBOX", 1, 1, NOW - timedelta(minutes=5), 1, b"x"))
        tx.now = NOW - timedelta(seconds=30)
        tx.ticks.note("window")
        tx.now = NOW
        tx.alerts.add("transport.unusable", "…")
    seen = figures(*desk)
    assert (
        seen["unbind_mails_waiting"],
        seen["unbind_mails_oldest_seconds"],
        seen["unbind_job_age_seconds window"],
    ) == (1, 300, 30)
    assert (
        seen["unbind_alerts"],
        seen["unbind_health alerts"],
        seen["unbind_health database"],
        seen["unbind_cases approved"],
    ) == (1, 0, 1, 0)


def test_a_database_that_is_gone_leaves_health_alone(desk: tuple[Wiring, Desk]) -> None:
    wiring, broken = desk
    database = wiring.sqlite_file()
    assert database
    for file in database.parent.glob(f"{database.name}*"):
        file.write_bytes(b"spoilt" * 1000)
    broken.store.engine.dispose()  # type: ignore[attr-defined]
    seen = figures(wiring, broken)
    assert seen["unbind_health database"] == 0
    assert "unbind_mails_waiting" not in seen


@pytest.mark.parametrize(
    ("source", "status"), [("10.0.0.6", 200), ("10.0.0.7", 404), ("no address", 404)]
)
def test_only_prometheus_reads_them(desk: tuple[Wiring, Desk], source: str, status: int) -> None:
    app = create_app(
        Site(
            desk[1], WebSettings(metrics_from=("10.0.0.6",)), metrics=DeskHealth(*desk, NOW).metrics
        )
    )
    answer = Visitor(app, client=(source, 1), base_url="http://monitor.example").get("/metrics")
    assert answer.status_code == status


def test_docs_alerts_and_dashboard_name_the_metrics_that_are_there(
    desk: tuple[Wiring, Desk],
) -> None:
    there = {
        family.name
        for family in text_string_to_metric_families(DeskHealth(*desk, NOW).metrics().decode())
    }
    ours = {name for name in there if name.startswith("unbind_")}
    documented = set(
        re.findall(
            r"^\| `(unbind_[a-z_]+)",
            (ROOT / "docs/OPERATIONS.md").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    assert documented == ours
    rules = yaml.safe_load((ROOT / "deploy/prometheus-rules.yml").read_text(encoding="utf-8"))[
        "groups"
    ][0]["rules"]
    queried = {name for rule in rules for name in NAME.findall(rule["expr"])}
    panels = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text(encoding="utf-8"))[
        "panels"
    ]
    queried |= {
        name
        for panel in panels
        for target in panel["targets"]
        for name in NAME.findall(target["expr"])
    }
    assert queried
    assert queried <= there
