"""The database as a whole: `unbind db copy` from SQLite to PostgreSQL, then backup and restoration
of each, over so many mails of 20 KiB.

Each runs as an operator runs it, a process of its own. Run: python -m bench.database_copy [MAILS]
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from app.settings.config import load
from app.wiring import Wiring
from core.clock import SystemClock
from core.data.mail_record import NewMail
from tests.servers.postgres import empty_database

MAIL_BYTES = 20 * 1024
AT_ONCE = 500


def configured(home: Path, url: str) -> None:
    (home / "config.yaml").write_text(
        f"storage: {{folder: data, database_url: '{url}'}}\n", encoding="utf-8"
    )


def fill(home: Path, count: int) -> None:
    raw, now = os.urandom(MAIL_BYTES), SystemClock().now()
    with closing(Wiring(load(home / "config.yaml")).store()) as store:
        for first in range(0, count, AT_ONCE):
            store.add_mails(
                [
                    NewMail("box", 1, uid, now, len(raw), raw + b"%d" % uid)
                    for uid in range(first, first + AT_ONCE)
                ]
            )
            with store.transaction() as tx:
                for number in range(AT_ONCE):
                    tx.audit.write(now, "bench", "mail", number=str(first + number))


def timed(home: Path, *arguments: str) -> float:
    began = time.perf_counter()
    said = subprocess.run(
        [sys.executable, "-m", "app.cli.main", "-c", str(home / "config.yaml"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    took_s = time.perf_counter() - began
    assert said.returncode == 0, said.stderr
    print(
        f"{arguments[0]} {arguments[-1] if arguments[0] == 'db' else ''}: "
        f"{took_s:.1f} s  {said.stdout.splitlines()[0]}",
        flush=True,
    )
    return took_s


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        home, url = Path(folder), empty_database()
        configured(home, "")
        fill(home, count)
        took_s = timed(home, "db", "copy", url)
        print(
            f"  {count / took_s:.0f} mails/s, each with its bytes and an audit row: "
            f"{3 * count / took_s:.0f} rows/s, compared",
            flush=True,
        )
        for name, database in (("sqlite", ""), ("postgresql", url)):
            configured(home, database)
            timed(home, "backup", f"{folder}/{name}.backup")
            timed(home, "restore", "--yes", f"{folder}/{name}.backup")
            (home / f"{name}.backup").unlink()


if __name__ == "__main__":
    main()
