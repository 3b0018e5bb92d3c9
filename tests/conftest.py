"""The order of the tests, and the one browser of a test process.

With ALLOW_MISSING=1, tests that need a program of the system which is not there are skipped and say
so; without it they fail.
"""

import gc
import importlib
import os
import shutil
import sys
import tempfile
import traceback
from collections import defaultdict
from contextlib import contextmanager, suppress
from itertools import chain, zip_longest
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

from core.store.store import Store
from tests.servers import statements
from tests.servers.chromium import PROGRAM, chromium
from tests.thorough import THOROUGH

PROGRAMS = {
    "dovecot": "dovecot",
    "tls_dovecot": "dovecot",
    "browser": PROGRAM,
    "screen": "Xvfb",
    "demo": "softhsm2-util",
    "softhsm": "softhsm2-util",
    "relying": "apache2",
}
"""Fixture or mark → the program behind it."""


TESTS = Path(__file__).parent
MEMORY, ROOM = "/dev/shm", 8 * 2**30
"""Where temporary files lie when so many bytes are free there and in memory: at each of its commits
a desk waits for the disk. A whole run takes 2.5 GB of it."""


def in_memory() -> bool:
    try:
        there = os.statvfs(MEMORY)
    except OSError:
        return False
    free = min(there.f_bavail * there.f_frsize, psutil.virtual_memory().available)
    return free >= ROOM and not there.f_flag & os.ST_NOEXEC and os.access(MEMORY, os.W_OK)


if "TMPDIR" not in os.environ and in_memory():
    os.environ["TMPDIR"] = tempfile.tempdir = MEMORY

statements.share()

settings.register_profile(
    "tests",
    derandomize=not THOROUGH,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tests")
"""No run fails by an example that the run before did not meet, nor by a machine that is busy."""

_errors_of_pages: list[str] = []

LONG_FIRST = ("flows", "security", "documents", "portal", "message", "app", "scheduler", "accounts")
"""Folders whose files take long: begun last, one of them would run on while the other workers
have nothing left to do.

Their files take turns: those of flows, app and portal wait for processes and browsers, those of
security, documents and message calculate, and workers that all wait leave the processors idle.
"""


def pytest_configure(config: pytest.Config) -> None:
    """What a process imports and collects is no garbage: to look for some takes a third of the
    time. The process that hands out the tests collects none."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        gc.set_threshold(0)


def pytest_collection(session: pytest.Session) -> None:
    """Each worker imports its share of the test files before it collects them all.

    pytest rewrites the asserts of a file at its first import after a change, and keeps the result.
    Workers that collect the same files in the same order would each rewrite all of them.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    folders = map(Path, session.config.args)
    files = sorted(file for folder in folders for file in folder.rglob("test_*.py"))
    for file in files[int(worker) :: workers] if workers > 1 else ():
        relative = file.absolute().relative_to(session.config.rootpath)
        with suppress(Exception):  # pytest reports it when it collects the file
            importlib.import_module(".".join(relative.with_suffix("").parts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    files = defaultdict[str, list[Path]](list)
    for path in dict.fromkeys(item.path for item in items):
        files[path.relative_to(TESTS).parts[0]].append(path)
    turns = chain.from_iterable(zip_longest(*(files.pop(folder, []) for folder in LONG_FIRST)))
    places = {path: place for place, path in enumerate((*turns, *chain(*files.values())))}
    items.sort(key=lambda item: places[item.path])
    if os.environ.get("ALLOW_MISSING") != "1":
        return
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    missing = {
        need: program
        for need, program in PROGRAMS.items()
        if shutil.which(program, path=path) is None
    }
    for item in items:
        wanted = {mark.name for mark in item.iter_markers()} | set(
            getattr(item, "fixturenames", ())
        )
        for need in sorted(wanted & missing.keys()):
            item.add_marker(
                pytest.mark.skip(reason=f"{missing[need]} is not installed (ALLOW_MISSING=1)")
            )


def pytest_collection_finish() -> None:
    """What was collected stays: half a million objects that each full collection of garbage would
    go through again, a tenth of the processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session")
def browser():
    """Chromium; contexts of a test are its own, the browser is everybody's."""
    return chromium()


@pytest.fixture(scope="session", autouse=True)
def requests_share_an_event_loop():
    """Requests of a test client run in one loop, where each would start a loop and its threads."""
    testclient = sys.modules.get("starlette.testclient")
    if testclient is None:
        yield
        return
    with testclient.anyio.from_thread.start_blocking_portal() as portal:
        testclient.TestClient.portal = portal
        yield


@pytest.fixture(scope="session", autouse=True)
def only_tests_act_unaudited():
    """What a test itself writes to prepare its case needs no audit row.

    Whatever the program does in any test needs one, as in service.
    """

    in_service = Store.transaction

    @contextmanager
    def of_test(store: Store):
        with in_service(store) as tx:
            yield tx
            tx.acted = False

    def transaction(store: Store):
        by_test = sys._getframe(1).f_globals["__name__"].startswith("tests.")
        return of_test(store) if by_test else in_service(store)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "transaction", transaction)
        yield


@pytest.fixture(scope="session", autouse=True)
def failed_pages_have_their_traceback():
    """A failing test prints the error of each page that broke: the log has its places alone."""
    guard = sys.modules.get("web.guard")
    if guard is None:
        yield
        return
    in_service = guard.log_unexpected

    def logged(error: Exception, method: str) -> None:
        _errors_of_pages.append("".join(traceback.format_exception(error)))
        in_service(error, method)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "log_unexpected", logged)
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    _errors_of_pages.clear()  # those of a fixture that ended are of no test


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    try:
        return (yield)
    finally:
        for text in _errors_of_pages:
            item.add_report_section("call", "error of a page", text)
