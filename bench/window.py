"""The window: time per case at 100, 1,000 and 10,000 approved cases, carried out ten to a
transaction, over SQLite and over PostgreSQL.

The floor in the same run is the same number of bare commits (one small row each, fsync included) on
the same database. Goal: flat, 10,000 under 60 s, a case for 10 bare commits. Run: python -m
bench.window [--database sqlite|postgresql] [COUNT ...]
"""

import secrets
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.databases import DATABASES, bare_commits, new_database, open_store
from bench.program import Numbers, run
from core.cases.desk import CaseSettings
from core.cases.window.process import run_window
from core.data.case import Case, State
from core.data.workday import Workdays
from core.store.store import Store
from tests.fixed_clock import FixedClock
from tests.unaudited import unaudited
from tests.validators.builders import enterprise
from tests.world import desk_on, enrol

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
"""11:00 in Shanghai."""
COUNTS = (100, 1_000, 10_000)


def measure(database: str, count: int, folder: Path) -> tuple[float, float]:
    """Seconds for the window and for the bare commits."""
    url = new_database(database, folder, f"window-{count}")
    store = open_store(url, secrets.token_bytes(32))
    desk = desk_on(
        store, clock=FixedClock(AT), workdays=Workdays(lambda _: True), settings=CaseSettings()
    )
    fill(store, count)
    began = time.perf_counter()
    report = run_window(desk)
    window_s = time.perf_counter() - began
    assert len(report.completed) == count, report.failed[:3]
    store.close()
    return window_s, bare_commits(url, count)


def fill(store: Store, count: int) -> None:
    """So many enterprises with two locks each, and an approved case for every one."""
    with unaudited(store) as tx:
        for number in range(count):
            name = f"北京第{number}量测有限公司"
            one = enterprise(
                name=name,
                uscc=f"91119999{number:010d}",
                contact_email=f"c{number}@example.org",
                registered_at=AT,
            )
            enterprise_id = enrol(tx, one, locks=2)
            case = Case(
                0,
                "",
                3,
                State.APPROVED,
                f"h{number}@example.com",
                name,
                None,
                True,
                True,
                AT,
                AT,
                window_opens_at=AT,
                enterprise_id=enterprise_id,
                binding_ids=tuple(one.id for one in tx.bindings.of_enterprise(enterprise_id)),
                approved_by="bench",
            )
            tx.cases.add(replace(case, complete_at=AT))


def main(counts: Numbers = None, *, database: str = "") -> None:
    print("window: approved cases carried out, ten to a transaction (floor: as many bare commits)")
    for name in [database] if database else DATABASES:
        with tempfile.TemporaryDirectory() as folder:
            for count in counts or COUNTS:
                window_s, floor_s = measure(name, count, Path(folder))
                print(
                    f"  {name:<10} {count:>6} cases  {window_s:7.2f} s  "
                    f"{1000 * window_s / count:6.2f} ms/case"
                    f"  floor {1000 * floor_s / count:5.2f} ms/commit  ratio "
                    f"{window_s / floor_s:5.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    run(main)
