"""/health and /metrics answer in time whatever the database does,
and whatever the pages wait for."""

import contextlib
import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from app.operations.health import DeskHealth
from app.settings.config import Config
from app.wiring import Wiring
from core.errors import StoreError
from tests.app.parsing import settings_of
from tests.app.running import eventually
from tests.servers.databases import libpq, postgres_database, sqlite_database
from tests.servers.pages import listening, serving
from tests.servers.postgres import hanging
from web.application import create_app
from web.common.page_settings import PER_MINUTE, WebSettings
from web.common.site import Site
from web.health_pages import ANSWER_S

PAGE_THREADS = 40
LONG_S = 20.0
"""Shorter than any wait for a database; a busy machine may need more than ANSWER_S."""


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program writes, and does not end."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def trouble(
    request: pytest.FixtureRequest, tmp_path: Path
) -> tuple[str, Callable[[], AbstractContextManager[None]]]:
    """A database, and what keeps it from answering."""
    if request.param == "sqlite":
        file = tmp_path / "desk.sqlite3"
        return sqlite_database(file), partial(locked, file)
    return libpq(postgres_database()), hanging


def asked(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=LONG_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_database_that_does_not_answer_is_told_in_time(
    trouble: tuple[str, Callable[[], AbstractContextManager[None]]], tmp_path: Path
) -> None:
    assert ANSWER_S < 2
    url, keeps_waiting = trouble
    wiring = Wiring(
        Config(settings_of({"storage": {"folder": tmp_path, "database_url": url}}), tmp_path), {}
    )
    bound, address = listening()
    with contextlib.closing(wiring.store()) as store, ThreadPoolExecutor(PAGE_THREADS) as visitors:
        desk = wiring.desk(store)
        started = desk.clock.now()
        web = WebSettings(
            secure_cookies=False,
            base_url=address,
            metrics_from=("127.0.0.1",),
            per_minute=PER_MINUTE | {"link": 1000},
        )
        app = create_app(
            Site(
                desk,
                web,
                DeskHealth(wiring, desk, started).lines,
                metrics=DeskHealth(wiring, desk, started).metrics,
            )
        )
        with serving(app, bound):
            assert asked(f"{address}/health")[0] == 200
            with keeps_waiting():
                pages = [
                    visitors.submit(asked, f"{address}/link/{'x' * 43}")
                    for _ in range(PAGE_THREADS)
                ]
                code, text = asked(f"{address}/health")
                assert (
                    code,
                    [line["name"] for line in json.loads(text)["lines"] if not line["ok"]],
                ) == (503, ["database"])
                assert 'unbind_health{line="database"} 0' in asked(f"{address}/metrics")[1]
            for page in pages:
                page.result()
            eventually(lambda: asked(f"{address}/health")[0] == 200)


def test_a_step_that_gets_no_connection_says_so(tmp_path: Path) -> None:
    wiring = Wiring(Config(settings_of({"storage": {"folder": tmp_path}}), tmp_path), {})
    with contextlib.closing(wiring.store()) as store, contextlib.ExitStack() as held:
        store.engine.pool._timeout = 0.0  # type: ignore[attr-defined]
        with contextlib.suppress(StoreError):
            while True:
                held.enter_context(store.view())
        with pytest.raises(StoreError, match="没有及时应答"), store.view():
            pass
