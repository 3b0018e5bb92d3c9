"""What `unbind doctor` says where pages or the database go over a network without TLS, of addresses
in letters, and of the next window."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from app.operations.doctor import calendar, database, ports
from app.settings.config import Config
from app.wiring import Wiring
from core.data.workday import ExtraWindow
from core.errors import StoreError
from tests.app.parsing import parse
from tests.fixed_clock import FixedClock
from tests.servers.pages import listening

SMTP = "outbox: {kind: smtp, smtp: {host: mail.example.org}}"
HTTPS = """
web: {base_url: https://ca.example.org}
centre: {portal_url: https://ca.example.org/portal}
"""


def wiring(tmp_path: Path, text: str, **environ: str) -> Wiring:
    return Wiring(Config(parse(text), tmp_path), environ)


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        ("postgresql://me@db.invalid/desk", {}),
        ("postgresql://me@db.invalid/desk?sslmode=prefer", {}),
        ("postgresql://me@/desk?host=db.invalid", {}),
        ("postgresql://me@db.invalid/desk?sslmode=disable", {"PGSSLMODE": "require"}),
    ],
)
def test_a_database_elsewhere_without_tls_is_told(
    tmp_path: Path, url: str, environ: dict[str, str]
) -> None:
    line = next(database(wiring(tmp_path, f"storage: {{database_url: '{url}'}}", **environ)))
    assert (line.ok, "TLS" in line.text, "sslmode=verify-full" in line.remedy) == (None, True, True)


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        ("postgresql://me@db.invalid/desk?sslmode=require", {}),
        ("postgresql://me@db.invalid/desk", {"PGSSLMODE": "verify-full"}),
        ("postgresql://me@127.0.0.1:1/desk", {}),
        ("postgresql://me@localhost:1/desk", {}),
        ("postgresql://me@/desk?host=/nowhere", {}),
    ],
)
def test_one_that_is_here_or_by_tls_is_not(
    tmp_path: Path, url: str, environ: dict[str, str]
) -> None:
    with pytest.raises(StoreError):  # nobody answers there: it was asked without a word before
        next(database(wiring(tmp_path, f"storage: {{database_url: '{url}'}}", **environ)))


@pytest.mark.parametrize(
    ("web", "told"),
    [
        ("base_url: http://127.0.0.1:8321", False),
        ("base_url: http://ca.example.org", True),
        ("host: 0.0.0.0, base_url: http://ca.example.org, trusted_proxies: [10.0.0.5]", True),
        ("host: 0.0.0.0, base_url: https://ca.example.org, trusted_proxies: [10.0.0.5]", False),
        ("base_url: https://ca.example.org", False),
    ],
)
def test_pages_by_http_where_others_can_listen_are_told(
    tmp_path: Path, web: str, told: bool
) -> None:
    bound, _ = listening()
    with bound:
        port = bound.getsockname()[1]
    lines = list(ports(wiring(tmp_path, f"web: {{port: {port}, {web}}}")))
    assert any("http" in line.text and line.ok is None for line in lines) is told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("outbox: {kind: maildir}", ""),
        (SMTP, "web.base_url、centre.portal_url"),
        (f"{SMTP}\nweb: {{base_url: https://ca.example.org}}", "centre.portal_url"),
        (f"{SMTP}\n{HTTPS}", ""),
    ],
)
def test_links_of_letters_that_no_enterprise_can_open_are_told(
    tmp_path: Path, text: str, told: str
) -> None:
    of_links = [line for line in ports(wiring(tmp_path, text)) if "只有本机" in line.text]
    assert [line.text.partition("：")[2] for line in of_links] == ([told] if told else [])


def test_the_next_window_may_be_one_of_the_page_and_is_told_beside_a_year_without_holidays(
    tmp_path: Path,
) -> None:
    now = datetime(2098, 12, 30, 15, 0, tzinfo=UTC)
    here = wiring(tmp_path, "")
    here = replace(here, clock=FixedClock(now))
    with closing(here.store()) as store, store.transaction() as tx:
        day = now.date()
        tx.windows.insert_new(ExtraWindow(0, day, time(23, 30), time(23, 50), "补办", "li", now))
    window, missing = calendar(here)
    assert "2098年12月30日" in window.text
    assert "23:30—23:50" in window.text
    assert (missing.ok, "缺少 2098 年" in missing.text) == (None, True)
