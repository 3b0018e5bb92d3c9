"""`pytest -p tests.quick` (make quick): tests that need no server, browser, OCR or other process.

Nothing is marked by hand: a test is skipped at the moment when it, or a fixture of it, opens a
listening socket, starts a process or loads one of LIBRARIES.
"""

import sys
import threading
from typing import Any

import pytest

EVENTS = frozenset({"subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec", "socket.bind"})
LIBRARIES = frozenset({"onnxruntime", "playwright", "pkcs11._pkcs11"})
"""OCR models, a browser, a token: importing one of them means to use it."""
_running: list[str] = []


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Skip the running test when it wants more than this process (an audit hook of Python)."""
    wanted = event in EVENTS or (event == "import" and arguments[0] in LIBRARIES)
    if wanted and _running and threading.current_thread() is threading.main_thread():
        pytest.skip(f"not quick: {event}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    """Note which test runs: what happens between tests is the business of pytest."""
    _running.append(item.nodeid)
    try:
        return (yield)
    finally:
        _running.pop()


sys.addaudithook(refuse)
