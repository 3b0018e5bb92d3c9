"""The command line as a person runs it: a process of its own, in a folder of its own."""

import contextlib
import io
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import structlog

from app.logs import OURS
from app.settings.config import load
from app.wiring import Wiring

ROOT = Path(__file__).parents[2]
UNBIND = [sys.executable, "-m", "app.cli.main"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


def environment(extra: Mapping[str, str] = {}) -> dict[str, str]:  # never changed
    mine = {key: value for key, value in os.environ.items() if not key.startswith("UNBIND_")}
    return mine | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | dict(extra)


def unbind(
    *arguments: str | Path,
    cwd: Path,
    text: bytes = b"",
    env: Mapping[str, str] = {},
    timeout_s: float = 60,
) -> Ran:
    """Run one command to its end."""
    command = [*UNBIND, *map(str, arguments)]
    done = subprocess.run(
        command,
        cwd=cwd,
        input=text,
        capture_output=True,
        env=environment(env),
        timeout=timeout_s,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def logging_restored() -> Iterator[None]:
    """What a command of the desk sets up for its log ends with the block."""
    root, configured = logging.getLogger(), structlog.get_config()
    handlers, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    try:
        yield
    finally:
        root.handlers, root.level, logging.raiseExceptions = handlers, level, raises
        for package in OURS:
            logging.getLogger(package).setLevel(logging.NOTSET)
        structlog.configure(**configured)


def inside(
    *arguments: str | Path, cwd: Path, text: bytes = b"", env: Mapping[str, str] = {}
) -> Ran:
    """Run one command in this process: the same entry,
    without the second that a new interpreter costs."""
    from app.cli.main import main

    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code = 0
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        patch.dict(os.environ, environment(env), clear=True),
        patch.object(sys, "argv", ["unbind", *map(str, arguments)]),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(text), "utf-8")),
        logging_restored(),
    ):
        mask = os.umask(0o022)
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            os.umask(mask)
    return Ran(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


def all_mails_are_read(home: Path, number: int) -> bool:
    """Whether at least so many mails have come and each has its disposition."""
    with (
        contextlib.closing(Wiring(load(home / "config.yaml")).store()) as store,
        store.view() as tx,
    ):
        mails = tx.mails.newest(limit=number)
        return len(mails) == number and not tx.mails.backlog().count


def administrators(home: Path) -> list[str]:
    """The names of the administrators of the desk whose config.yaml lies in this folder."""
    with (
        contextlib.closing(Wiring(load(home / "config.yaml")).store()) as store,
        store.view() as tx,
    ):
        return [one.name for one in tx.administrators.oldest()]


def until_said(process: "subprocess.Popen[str]", words: str) -> str:
    """What a started command says up to the line with these words;
    all it says where it ends without them."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            break
    return said


@contextmanager
def started(*arguments: str | Path, cwd: Path) -> Iterator["subprocess.Popen[str]"]:
    """A command that runs on; ended in the end, however the test ends."""
    process = subprocess.Popen(
        [*UNBIND, *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def eventually(true: object, within_s: float = 120.0) -> None:
    """Wait until `true()` holds; fail when it does not in time."""
    until = time.monotonic() + within_s
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)
