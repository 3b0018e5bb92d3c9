"""`pytest -p tests.quick` (make quick): tests that need no server, browser, OCR or other process.

Nothing is marked by hand: a test is skipped at the moment when it, or a fixture of it, binds a
socket, starts a process or loads one of LIBRARIES.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from typing import Any

import pytest

ACTS = ((subprocess.Popen, "__init__"), (os, "fork"), (os, "posix_spawn"), (socket.socket, "bind"))
"""Replaced one by one: an audit hook would be called for each `id()`, which SQLAlchemy takes of all
parts of a statement."""
LIBRARIES = frozenset({"onnxruntime", "playwright", "pkcs11._pkcs11"})
"""OCR models, a browser, a token: importing one of them means to use it."""
_running: list[str] = []


def skip(wanted: str) -> None:
    """Skip the running test, which wants more than this process."""
    if _running and threading.current_thread() is threading.main_thread():
        pytest.skip(f"not quick: {wanted}")


def skipping(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    def skip_or_act(*arguments: Any, **options: Any) -> Any:
        skip(name)
        return act(*arguments, **options)

    return skip_or_act


class Libraries(MetaPathFinder):
    """Finds no module; it is the first that is looked into for one."""

    def find_spec(self, fullname: str, _path: Any, _target: Any = None) -> None:
        if fullname in LIBRARIES:
            skip(fullname)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    """Note which test runs: what happens between tests is the business of pytest."""
    _running.append(item.nodeid)
    try:
        return (yield)
    finally:
        _running.pop()


for place, name in ACTS:
    setattr(place, name, skipping(name, getattr(place, name)))
sys.meta_path.insert(0, Libraries())
