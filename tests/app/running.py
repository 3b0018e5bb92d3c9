"""The command line as a person runs it: a process of its own, in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNBIND = [sys.executable, "-m", "app.cli"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


def environment(extra: Mapping[str, str] = {}) -> dict[str, str]:  # never changed
    mine = {key: value for key, value in os.environ.items() if not key.startswith("UNBIND_")}
    return mine | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | dict(extra)


def unbind(*arguments: str | Path, cwd: Path, text: bytes = b"", env: Mapping[str, str] = {}, timeout_s: float = 60) -> Ran:
    """Run one command to its end."""
    command = [*UNBIND, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, input=text, capture_output=True, env=environment(env), timeout=timeout_s, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def started(*arguments: str | Path, cwd: Path) -> Iterator["subprocess.Popen[str]"]:
    """A command that runs on; ended in the end, however the test ends."""
    process = subprocess.Popen([*UNBIND, *map(str, arguments)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment())
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def eventually(true: object, within_s: float = 40.0) -> None:
    """Wait until `true()` holds; fail when it does not in time."""
    until = time.monotonic() + within_s
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)
