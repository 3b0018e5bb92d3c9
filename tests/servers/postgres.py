"""A private PostgreSQL cluster on a socket in a temporary folder; as root it runs as the user
postgres, because PostgreSQL refuses root.

`empty_database()` gives the URL of a database of its own.
The cluster is started once for a process and ends with it.
"""

import atexit
import functools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

OWNER = "postgres"


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL server on this machine."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    return found[-1].parent if found else None


@functools.cache
def cluster(*, written_through: bool = False) -> Path:
    """The folder whose socket the running cluster listens on.

    `written_through`: its commits survive a power cut, for measuring.
    """
    bins = binaries()
    if bins is None:
        pytest.skip(
            "POSTGRESQL IS NOT INSTALLED: the store is tested on SQLite only. "
            "Run: apt-get install postgresql"
        )
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam(OWNER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    _run(
        bins / "initdb",
        "-D",
        folder / "data",
        "-U",
        OWNER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
        "--locale=C.UTF-8",
    )
    options = (
        f"-c listen_addresses= -c unix_socket_directories={folder} -c "
        f"fsync={'on' if written_through else 'off'} -c max_connections=50"
    )
    _run(bins / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", options, "start")
    atexit.register(_stop, bins, folder)
    return folder


def empty_database(template: str = "template1", *, written_through: bool = False) -> str:
    """The URL of a new database, a copy of the one with the name `template`."""
    folder, name = (
        cluster(written_through=True) if written_through else cluster(),
        f"t{uuid.uuid4().hex}",
    )
    with psycopg.connect(
        host=str(folder), user=OWNER, dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"postgresql+psycopg://{OWNER}@/{name}?host={folder}"


@contextmanager
def hanging() -> Iterator[None]:
    """The cluster takes connections and answers none,
    as on a machine whose disk hangs, while the block runs."""
    postmaster = int((cluster() / "data" / "postmaster.pid").read_text().split()[0])
    stopped: list[int] = []
    try:
        while found := [pid for pid in (postmaster, *_children(postmaster)) if pid not in stopped]:
            for pid in found:
                stopped.append(pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _stop(bins: Path, folder: Path) -> None:
    _run(bins / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def _run(*command: object) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", OWNER, "--", *words]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
