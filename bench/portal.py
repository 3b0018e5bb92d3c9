"""The portal: how long the server takes for each of its pages, with so many enterprises in the
database, on SQLite and PostgreSQL. Goal: p95 < 100 ms.

Each page is asked for by enterprises that differ from call to call, logged in and not, one request
at a time through the whole site; the time is that between the request and the end of its answer,
without a network. Run: python -m bench.portal [ENTERPRISES]
"""

import asyncio
import secrets
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from app.settings.config import load
from app.wiring import Wiring
from bench.console_world import binding_rows, enterprise_row, note_drawn, write
from bench.quiet import hush
from bench.timed import Timed
from core.accounts.enterprises.enterprise_login import open_session
from core.accounts.front_desk import FrontDesk
from core.accounts.systems import Door
from core.check_digits import uscc_check_character
from core.clock import SystemClock
from core.data.case import Case, State
from core.data.enterprise import Binding, Enterprise, Paper
from core.data.link import LinkPurpose
from core.data.trading_systems import System, SystemsSettings
from core.keys.jws import Rs256
from core.store.store import Store, Transaction
from core.store.tables.enterprise_tables import enterprises
from core.store.tables.lock_tables import bindings
from tests.servers.pages import portal_pages
from tests.servers.postgres import empty_database
from web.application import create_app
from web.common.site import Reads

ENTERPRISES = 100_000
VISITORS = 100
"""Enterprises that come; each page is asked for once by each of them."""
CASES_EACH = 5
PAST_LOCKS = 8
"""Bindings that ended, of each enterprise that comes."""
GOAL_MS = 100.0
AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PAGE = "http://127.0.0.1:8321"
SYSTEM = System("bench", "综合交易系统", "s" * 32, (f"{PAGE}/back",))
UNBINDING = f"/portal/unbinding?client_id=bench&redirect_uri={PAGE}/back"


@dataclass(frozen=True)
class Visitor:
    """An enterprise that comes, with what its pages are found by."""

    session: str
    paper_id: int
    link: str
    status: str


def uscc_of(number: int) -> str:
    body = f"91119999MA{number:07d}"
    return body + uscc_check_character(body)


def fill(store: Store, count: int) -> None:
    """So many enterprises with two locks each."""
    with store.engine.begin() as connection:
        tx = Transaction(connection, store._vault)
        firms = ((number, f"北京第{number}量测有限公司") for number in range(1, count + 1))
        rows = (enterprise_row(tx, number, name, uscc_of(number)) for number, name in firms)
        write(connection, enterprises, rows)
        write(connection, bindings, binding_rows(count))
        note_drawn(connection, enterprises, bindings)
    with store.engine.connect() as connection, connection.begin():
        connection.execute(text("ANALYZE"))


def case_of(one: Enterprise) -> Case:
    return Case(
        0,
        "",
        3,
        State.COMPLETED,
        one.contact_email,
        one.name,
        one.uscc,
        True,
        True,
        AT,
        AT,
        window_date=AT.date(),
        enterprise_id=one.id,
        complete_at=AT,
    )


def visitors(front: FrontDesk, store: Store, count: int) -> list[Visitor]:
    """Enterprises from all over the table, logged in, with papers,
    past locks, links and more cases."""
    now, found = front.clock.now(), []
    for number in range(VISITORS):
        with store.transaction(audited=False) as tx:
            one = tx.accounts.by_uscc(uscc_of(1 + number * (count // VISITORS)))
            assert one is not None
            for past in range(PAST_LOCKS):
                tx.bindings.add(
                    Binding(
                        0,
                        one.id,
                        f"SN{number}-past{past}",
                        "BJCA",
                        True,
                        "综合交易系统",
                        AT,
                        ended_at=AT,
                    )
                )
            cases = [tx.cases.add(case_of(one)) for _ in range(CASES_EACH)]
            binding = next(lock for lock in tx.bindings.of_enterprise(one.id) if lock.primary)
            paper = tx.papers.add(
                Paper(0, one.id, "licence", "pdf", 3, now, was_read=True, pictured=True),
                b"pdf",
                secrets.token_bytes(80_000),
            )
            link = tx.links.token(
                tx.links.add(LinkPurpose.LOSS, one.id, None, now, now + timedelta(days=1)).id
            )
            status = f"/status/{cases[-1].number}/{tx.cases.status_token(cases[-1].number)}"
            found.append(
                Visitor(open_session(tx, front, one.id, binding.id), paper, f"/link/{link}", status)
            )
    return found


def site(wiring: Wiring, store: Store) -> tuple[FastAPI, FrontDesk]:
    """The whole site, whose limits for one address do not matter here."""
    desk = wiring.desk(store)
    front = wiring.entrance(desk)
    assert front is not None
    unlimited = replace(
        wiring.web_settings(demo=False),
        link_tries_per_minute=10**9,
        portal_tries_per_minute=10**9,
    )
    door = Door(SystemsSettings(PAGE, {SYSTEM.id: SYSTEM}, frozenset()), Rs256())
    return create_app(
        desk, unlimited, front=front, door=door, reads=Reads(_not_read, _not_read)
    ), front


def _not_read(_content: bytes) -> None:
    raise AssertionError("no page that is only looked at reads a file")


async def measured(app: FastAPI, comers: Sequence[Visitor]) -> dict[str, list[float]]:
    """Milliseconds by page and kind of visitor."""
    timed, found = Timed(app), {}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(timed), base_url=PAGE, headers={"host": "127.0.0.1:8321"}
    ) as client:

        async def ask(name: str, address: str, session: str) -> None:
            answer = await client.get(
                address, headers={"cookie": f"unbind-portal={session}"} if session else {}
            )
            assert answer.status_code in {200, 303}, (name, answer.status_code)
            found.setdefault(
                f"{name:<22} {'logged in' if session else 'not':<9} {answer.status_code}", []
            ).append(timed.last_ms[0])

        for one in (*comers[:3], *comers):  # the first compile templates and statements
            found = {} if one is comers[0] else found
            for page in portal_pages(app):
                address = UNBINDING if UNBINDING.startswith(f"{page}?") else page
                await ask(page, address, one.session)
                await ask(page, address, "")
            await ask("/portal/papers/…", f"/portal/papers/{one.paper_id}", one.session)
            await ask("/link/…", one.link, "")
            await ask("/status/…", one.status, "")
    return found


def measure(wiring: Wiring, count: int) -> bool:
    """Fill, measure and print; whether every page is within the goal."""
    with closing(wiring.store()) as store:
        fill(store, count)
        app, front = site(wiring, store)
        found = asyncio.run(measured(app, visitors(front, store, count)))
    print(
        f"{wiring.database_url().partition(':')[0]}: {count:,} enterprises, "
        f"each page by {VISITORS} of them\n    p50 ms   p95 ms"
    )
    percentiles = {name: statistics.quantiles(times, n=20)[-1] for name, times in found.items()}
    for name, p95 in sorted(percentiles.items(), key=lambda item: -item[1]):
        print(
            f"  {statistics.median(found[name]):8.1f} {p95:8.1f}  "
            f"{name}{'' if p95 < GOAL_MS else '   OVER'}",
            flush=True,
        )
    return all(p95 < GOAL_MS for p95 in percentiles.values())


def main() -> None:
    hush()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ENTERPRISES
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for name, url in (("sqlite", ""), ("postgresql", empty_database())):
            home = Path(folder) / name
            home.mkdir()
            (home / "config.yaml").write_text(
                f"storage: {{folder: data, database_url: '{url}'}}\n", encoding="utf-8"
            )
            good = measure(Wiring(load(home / "config.yaml"), clock=SystemClock()), count) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
