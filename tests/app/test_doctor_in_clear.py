"""What `unbind doctor` says where pages or the database go over a network without TLS."""

from pathlib import Path

import pytest

from app.operations.doctor import database, ports
from app.settings.config import Config
from app.wiring import Wiring
from core.errors import StoreError
from tests.app.parsing import parse
from tests.servers.pages import listening


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
