"""The console and the portal at 100,000 cases, 100,000 enterprises and 1,000,000 rows of audit: p95
of the server's time for each kind of page, on SQLite and on PostgreSQL. Goal: 150 ms, of the portal
100 ms.

The time is that of the whole application, from the request's arrival to the last byte of its
answer, without network and browser; each page is asked for `ROUNDS` times with other words. Beside
it stands the processor time of this process, which other work on the machine hardly changes: on
SQLite it is nearly all that an idle machine would take, on PostgreSQL the server's own comes to it.
The desk is made once and kept in var/bench/console.
Run: python -m bench.console [sqlite|postgresql] [PART OF A KIND'S NAME]
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.parse import quote

import numpy as np
import typer
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.console_world import AT, CASES, KEY, Sample, kept, postgres_world, sample, sqlite_world
from bench.databases import open_store
from bench.portal_guests import ISSUER, door, guest
from bench.program import run
from core.accounts.administrators import administrator_login, personnel
from core.accounts.console_desk import ConsoleDesk
from core.cases.desk import Desk
from core.data.case_query import Only
from core.data.tries import LoginSource
from core.data.workday import Workdays
from tests.accounts.entrance import Entrance
from tests.fixed_clock import FixedClock
from tests.servers.pages import portal_pages
from tests.unaudited import unaudited
from tests.web.conftest import Visitor
from tests.web.harness import PASSWORD
from tests.world import desk_on
from web.application import create_app
from web.common.page_settings import PER_MINUTE, WebSettings
from web.common.site import Reads, Site
from web.common.word_index import WordIndex, warm

CACHE = Path("var/bench/console")
ROUNDS = 40
GOAL_MS, PORTAL_GOAL_MS = 150, 100
Times = tuple[float, float]
"""Milliseconds on the clock and of the processor."""
YEAR_AGO = (AT - timedelta(days=365)).date()
STATES = (
    "queued",
    "incomplete",
    "held",
    "approved",
    "completed",
    "expired",
    "by_hand",
    "any",
)
DISPOSITIONS = (
    "waiting",
    "case",
    "conversation",
    "other",
    "ignored",
    "quarantined",
    "unproved",
)
KINDS = {
    "today": "/today",
    **{f"list {state}": f"/?state={state}" for state in STATES},
    **{f"list {state}, a later page": f"/?state={state}&after={{id}}" for state in STATES},
    **{f"filter {only}, queued": f"/?state=queued&only={only}" for only in Only},
    **{f"filter {only}, any": f"/?state=any&only={only}" for only in Only},
    "filter checked and unread": "/?state=queued&only=checked&only=unread",
    "filter window": "/?state=queued&window={window}",
    "filter received": "/?state=any&received={day}",
    "queue, the newest first": "/?state=queued&sort=newest",
    "find everything by a name": "/find?words={name}",
    "find everything by a handler": "/find?words={handler}",
    "find everything by an address": "/find?words={sender}",
    "find everything by a lock": "/find?words={part}",
    "find everything by words of mails": "/find?words=重置注册密码 {handler}",
    "find everything by words of all": "/find?words=CA锁",
    "find nothing": "/find?words=没有这样的词 {round}甲乙",
    "search number": "/find?words={number}",
    "search end of a number": "/?state=any&find={end}",
    "search two characters of a name": "/?state=any&find={two}",
    "search a common part of names": "/?state=any&find={common}",
    "search a name": "/?state=any&find={name}",
    "search two parts of a name": "/?state=any&find={two} {more}",
    "search USCC": "/?state=any&find={uscc}",
    "search part of USCC": "/?state=any&find={code}",
    "search sender": "/?state=any&find={sender}",
    "search domain of senders": "/?state=any&find={domain}",
    "search handler": "/?state=any&find={handler}",
    "search lock serial": "/?state=any&find={serial}",
    "search part of a serial": "/?state=any&find={part}",
    "search nothing that is there": "/?state=any&find=没有这样的企业{round}",
    "search with a filter": "/?state=queued&only=checked&find={two}",
    "case, open": "/cases/{number}",
    "case, from a search": "/cases/{number}?list=state%3Dany%26find%3D{two}",
    "mails": "/mails",
    **{f"mails {what}": f"/mails?disposition={what}" for what in DISPOSITIONS},
    "mails, deep": "/mails?disposition=case&before={id}",
    "mail": "/mails/{id}",
    "letters": "/letters",
    **{
        f"letters {it}": f"/letters?state={it}" for it in ("sent", "pending", "parked", "cancelled")
    },
    "letters, deep": "/letters?state=sent&before={id}",
    "alerts": "/alerts",
    "enterprises": "/enterprises?search={two}",
    "audit": "/audit",
    "audit, deep": "/audit?before={id}0",
    "audit who": "/audit?who=li",
    "audit what": "/audit?what=mail.downloaded",
    "audit who and what, none": "/audit?who=li&what=case.completed",
    "audit number": "/audit?number={number}",
    "audit a day": "/audit?since={day}&until={day}&what=case.approved",
    "statistics, 90 days": "/statistics",
    "statistics, a year": f"/statistics?since={YEAR_AGO}&until={AT.date()}",
}
"""Each kind of page, and its address with what a sample gives (`filled`)."""


class Timed:
    """The application with a watch: milliseconds of the last answer, first byte of the request to
    last of the answer, and of the processor meanwhile."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self.last_ms = app, (0.0, 0.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, used = time.perf_counter(), time.process_time()
        await self._app(scope, receive, send)
        self.last_ms = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)


def filled(address: str, one: Sample, number: int) -> str:
    """The address for a sample, in the round of this number."""
    case, name, uscc = one.case, one.case.enterprise_name or "", one.case.uscc or ""
    words = {
        "id": case.id,
        "number": case.number,
        "end": case.number[-3:],
        "window": case.window_date or AT.date(),
        "day": case.opened_at.date(),
        "name": name[:8],
        "two": name[2:4],
        "more": name[4:6],
        "common": ("科技", "建筑工程", "有限公司", "园林")[number % 4],
        "uscc": uscc,
        "code": uscc[8:14],
        "sender": case.sender,
        "domain": ("example.com", "example.org", "mail.example")[number % 3],
        "handler": case.handler,
        "serial": one.serial,
        "part": one.serial[4:10],
        "round": number,
    }
    return quote(address.format_map(words), safe="/?=&%:@+-.")


def measure(name: str, url: str, part: str) -> list[str]:
    """Print a line for each kind; returns those that miss the goal."""
    store = open_store(url, KEY)
    desk = desk_on(store, clock=FixedClock(AT), workdays=Workdays(lambda _day: None))
    settings = WebSettings(
        secure_cookies=False,
        base_url=ISSUER,
        per_minute=dict.fromkeys(PER_MINUTE, 10**9),
    )
    front = Entrance(store).front
    reads = Reads(_not_read, _not_read)
    site = create_app(Site(desk, settings, front=front, door=door(), reads=reads))
    print(
        f"console on {name}: {CASES} cases; p50 and p95 of {ROUNDS} answers (goal "
        f"p95 < {GOAL_MS} ms, of the portal {PORTAL_GOAL_MS} ms)"
    )
    samples = [sample(store, 1 + number * (CASES - 1) // (ROUNDS - 1)) for number in range(ROUNDS)]
    with unaudited(store) as tx:
        guests = [guest(tx, front, one) for one in samples]
    app = Timed(site)
    with Visitor(app, base_url=ISSUER) as visitor, Visitor(app, base_url=ISSUER) as enterprise:
        _log_in(desk, visitor)

        def opened(address: str) -> Iterator[Times]:
            for number, one in enumerate(samples):
                yield _answer(visitor, app, filled(address, one, number))

        def entered(page: str, *, session: bool) -> Iterator[Times]:
            for one in guests:
                cookie = {"cookie": f"unbind-portal={one.session}"} if session else {}
                yield _answer(enterprise, app, one.addresses.get(page, page), cookie)

        kinds: dict[str, Callable[[], Iterator[Times]]] = {
            "queue, while the search is warmed": lambda: _while_warming(visitor, app, desk),
            **{kind: partial(opened, address) for kind, address in KINDS.items()},
        }
        for page in dict.fromkeys([*portal_pages(site), *guests[0].addresses]):
            kinds[f"portal: {page}"] = partial(entered, page, session=False)
            kinds[f"portal: {page}, logged in"] = partial(entered, page, session=True)
        missed = [
            kind for kind, took in kinds.items() if part in kind and not _is_quick(kind, [*took()])
        ]
    store.close()
    return missed


def _not_read(_content: bytes) -> NoReturn:
    raise AssertionError("no page that is only looked at reads a file")


def _answer(visitor: Visitor, app: Timed, address: str, headers: Mapping[str, str] = {}) -> Times:
    answer = visitor.get(address, headers=dict(headers))
    assert answer.status_code in {200, 303, 404}, (address, answer.status_code)
    return app.last_ms


def _is_quick(kind: str, took_ms: Sequence[Times]) -> bool:
    goal_ms = PORTAL_GOAL_MS if kind.startswith("portal") else GOAL_MS
    (p50, _), (p95, processor) = np.quantile(took_ms, [0.5, 0.95], axis=0, method="lower")
    print(
        f"  {kind:<38} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   processor p95 {processor:6.1f} "
        f"ms{'' if p95 < goal_ms else '   MISSED'}",
        flush=True,
    )
    return bool(p95 < goal_ms)


def _while_warming(visitor: Visitor, app: Timed, desk: Desk) -> Iterator[Times]:
    """The queue's page while the words of the search are read in the background,
    as after each start: at least once, as a small desk is read before the first answer."""
    began, reading = time.perf_counter(), warm(WordIndex(desk))
    alive = True
    while alive:
        visitor.get("/")
        yield app.last_ms
        alive = reading.is_alive()
    print(f"  the search was warmed in {time.perf_counter() - began:.1f} s")
    visitor.get("/find?words=预热")


def _log_in(desk: Desk, visitor: Visitor) -> None:
    console = ConsoleDesk(desk.store, desk.passwords)
    once = personnel.create(console, "bench", "bench")
    source = LoginSource("192.0.2.9")
    administrator_login.change_password(console, "bench", once, PASSWORD, PASSWORD, source)
    assert visitor.log_in("bench").status_code == 303


def main(
    which: Annotated[str, typer.Argument()] = "", part: Annotated[str, typer.Argument()] = ""
) -> None:
    sqlite_file, dump = kept(CACHE)
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        if which in {"", "sqlite"}:
            missed += measure("SQLite", sqlite_world(sqlite_file, Path(folder)), part)
        if which in {"", "postgresql"}:
            missed += measure("PostgreSQL", postgres_world(dump), part)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    run(main)
