"""The rules and the dashboard of deploy/, by Prometheus itself: promtool lets each rule fire, and a
running Prometheus reads a running desk and answers what each panel of the dashboard asks.

Grafana is in no registry that is used here, so its own drawing of the dashboard is not tried.
"""

import contextlib
import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.data.case_ports import OF_THE_DESK
from tests.app.running import ROOT, eventually, started, until_said
from tests.servers.ports import free_port

RULES = ROOT / "deploy" / "prometheus-rules.yml"
PANELS = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text(encoding="utf-8"))[
    "panels"
]
RULE_LIST = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
ALERTS = [rule["alert"] for rule in RULE_LIST]
DESK = 'instance="desk", job="unbind"'
# values are in promtool's notation: 1x400 is a 1 in each of 401 minutes, _ is no value
HEALTHY = {
    f"up{{{DESK}}}": "1x400",
    **{
        f'unbind_health{{{DESK}, line="{line}"}}': "1x400"
        for line in ("database", "disk", "jobs", "calendar", "refused", "alerts")
    },
    **{f'unbind_desk_alerts{{{DESK}, kind="{kind}"}}': "0x400" for kind in OF_THE_DESK},
    f'unbind_job_age_seconds{{{DESK}, task="window"}}': "2x400",
    f'unbind_job_age_seconds{{{DESK}, task="backup"}}': "3600x400",
    f"unbind_window_opens_seconds{{{DESK}}}": "0x400",
    f"unbind_mails_oldest_seconds{{{DESK}}}": "5x400",
    f"unbind_letters_oldest_seconds{{{DESK}}}": "5x400",
    f"unbind_letters_refused{{{DESK}}}": "0x400",
    f"unbind_alerts{{{DESK}}}": "3x400",
    f"unbind_disk_free_bytes{{{DESK}}}": "100000000000x400",
}


def ill(line: str) -> dict[str, str]:
    return {f'unbind_health{{{DESK}, line="{line}"}}': "0x400"}


def alerting(kind: str) -> dict[str, str]:
    return {f'unbind_desk_alerts{{{DESK}, kind="{kind}"}}': "1x400"}


TROUBLES: list[tuple[str, dict[str, str]]] = [
    ("UnbindDeskUnreachable", {f"up{{{DESK}}}": "0x400"}),
    ("UnbindDatabaseIll", ill("database")),
    ("UnbindJobStopped", ill("jobs")),
    (
        "UnbindWindowAtRisk",
        {f'unbind_job_age_seconds{{{DESK}, task="window"}}': "90x400"},
    ),
    ("UnbindWindowMissed", alerting("window")),
    ("UnbindMailboxFails", alerting("mailbox")),
    ("UnbindLettersCannotLeave", alerting("transport")),
    ("UnbindClockWrong", alerting("clock")),
    ("UnbindCertificateListsOld", alerting("revocation")),
    ("UnbindCalendarEnds", ill("calendar")),
    ("UnbindMailsWait", {f"unbind_mails_oldest_seconds{{{DESK}}}": "900x400"}),
    ("UnbindLettersWait", {f"unbind_letters_oldest_seconds{{{DESK}}}": "900x400"}),
    ("UnbindLettersRefused", {f"unbind_letters_refused{{{DESK}}}": "2x400"}),
    ("UnbindDiskFull", ill("disk")),
    ("UnbindDiskFillsUp", {f"unbind_disk_free_bytes{{{DESK}}}": "10000000000-20000000x400"}),
    (
        "UnbindBackupOld",
        {f'unbind_job_age_seconds{{{DESK}, task="backup"}}': "100000x400"},
    ),
    (
        "UnbindBackupOld",
        {f'unbind_job_age_seconds{{{DESK}, task="backup"}}': "_x400"},
    ),
]


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(
            f"{name} IS NOT INSTALLED: rules and dashboard are tried by nothing. "
            "Run: apt-get install prometheus"
        )
    return found


def test_each_rule_has_a_trouble_that_lets_it_fire() -> None:
    assert {alert for alert, _ in TROUBLES} == {*ALERTS}


def test_each_family_of_alerts_of_the_desk_itself_has_a_critical_rule() -> None:
    critical = [rule["expr"] for rule in RULE_LIST if rule["labels"]["severity"] == "critical"]
    of_alerts = [expr for expr in critical if expr.startswith("unbind_desk_alerts")]
    assert sorted(of_alerts) == sorted(
        f'unbind_desk_alerts{{kind="{family}"}} > 0' for family in OF_THE_DESK
    )


def firing(alerts: list[str], series: dict[str, str]) -> dict[str, Any]:
    """A test of promtool: after six hours of these values these rules fire, and no other."""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "6h",
                "exp_samples": [
                    {"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in alerts
                ],
            }
        ],
    }


def test_each_rule_fires_in_its_trouble_alone(tmp_path: Path) -> None:
    tests = [firing([], HEALTHY)]
    tests += [firing([alert], HEALTHY | trouble) for alert, trouble in TROUBLES]
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "tests": tests}))
    command = [program("promtool"), "test", "rules", file]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Asks the HTTP API of a Prometheus that reads a running desk every second."""
    binary, port, web = program("prometheus"), free_port(), free_port()
    home = tmp_path / "desk"
    home.mkdir()
    settings = {
        "storage": {"folder": "data"},
        "web": {"port": web},
        "mailbox": {"maildir": {"smtp_receiver": False}},
        "monitoring": {"metrics_from": ["127.0.0.1"]},
    }
    (home / "config.yaml").write_text(yaml.safe_dump(settings))
    scraped = [{"job_name": "unbind", "static_configs": [{"targets": [f"127.0.0.1:{web}"]}]}]
    every_second = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config = {"global": every_second, "scrape_configs": scraped}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config | {"rule_files": [str(RULES)]}))
    command = [
        binary,
        f"--config.file={tmp_path / 'prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]

    def ask(path: str, **parameters: str) -> Any:
        url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=40) as answer:
            return json.load(answer)["data"]

    with started("serve", cwd=home) as desk, (tmp_path / "log").open("w") as log:
        until_said(desk, "desk.started")
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield ask
        finally:
            process.terminate()
            process.wait(60)


def test_prometheus_reads_a_running_desk_and_answers_every_panel(
    prometheus: Callable[..., Any],
) -> None:
    def answered(expression: str) -> bool:
        with contextlib.suppress(OSError):
            return bool(prometheus("query", query=expression)["result"])
        return False

    eventually(lambda: answered('up{job="unbind"} == 1'))
    questions = [target["expr"] for panel in PANELS for target in panel["targets"]]
    until = time.monotonic() + 60
    while (silent := [each for each in questions if not answered(each)]) and (
        time.monotonic() < until
    ):
        time.sleep(0.5)
    assert silent == []
    (group,) = prometheus("rules")["groups"]
    assert {rule["name"] for rule in group["rules"]} == {*ALERTS}
    eventually(
        lambda: {rule["health"] for rule in prometheus("rules")["groups"][0]["rules"]} == {"ok"},
        90,
    )
