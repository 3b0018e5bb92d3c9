"""Today, the first page: the window to come, what waits for whom, what moved on, what failed or
came back, and how the window goes on while it is open.

The progress comes as server-sent events. A stream ends with the session that it belongs to and
keeps no session alive; there are so many at once, and all of them share one look at the database.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from core.cases.decision.two_people import awaiting_second
from core.cases.desk import Desk
from core.clock import LOCAL, local
from core.data.case import State
from core.data.case_ports import Transaction
from core.data.letter import LetterState
from core.data.mail_record import Disposition
from core.data.roles import Right
from core.errors import Busy, StoreError
from core.tokens import digest
from web.common.bounced_addresses import BOUNCED
from web.common.sessions import Me, signed_in
from web.common.site import Site, TheSite

router = APIRouter(dependencies=[Depends(signed_in)])

LOOK_S: Final = 2.0
MOST_STREAMS: Final = 30
MOST_LISTED: Final = 20
MOST_COUNTED: Final = 100
SINCE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Progress:
    """How the next or present window stands. Instants are seconds since 1970."""

    window: str
    opens: float
    closes: float
    open: bool
    queued: int
    approved: int
    completed: int
    failed: int


class Streams:
    """How many streams are open, and what they all show."""

    def __init__(self) -> None:
        self._open = 0
        self._lock = threading.Lock()
        self._looked_s = float("-inf")
        self._seen: Progress | None = None

    def begin(self) -> None:
        """Raises Busy where there are enough."""
        with self._lock:
            if self._open >= MOST_STREAMS:
                raise Busy("打开的实时页面过多，请稍后再试。")
            self._open += 1

    def end(self) -> None:
        with self._lock:
            self._open -= 1

    def progress(self, desk: Desk) -> Progress:
        """How it stands, looked up once for all."""
        with self._lock:
            if self._seen is None or monotonic() - self._looked_s >= LOOK_S / 2:
                with desk.store.view() as tx:
                    self._seen, self._looked_s = progress_of(tx, desk), monotonic()
            return self._seen


_streams: Final = Streams()


@router.get("/today")
def show_today(site: TheSite, me: Me) -> Response:
    """The first page: the window, what waits for whom, what moved on, what failed or came back."""
    desk, now = site.desk, site.desk.clock.now()
    with desk.store.view() as tx:
        progress, counts = progress_of(tx, desk), tx.cases.count()
        waiting = _waiting(tx) if me.may(Right.READ) else {}
        second = awaiting_second(tx, now) if me.may(Right.READ) else []
        moved, failed, bounced = (
            tx.audit.of_action(action, now - SINCE)[::-1]
            for action in ("case.postponed", "case.failed", BOUNCED)
        )
        numbers = tx.cases.numbers(
            {entry.case_id for entry in (*moved, *failed, *bounced) if entry.case_id}
        )
        alerts = tx.alerts.find(MOST_LISTED) if me.may(Right.ALERTS) else []
    return site.pages.html(
        "today.html",
        me=me,
        progress=progress,
        counts=counts,
        waiting=waiting,
        second=second,
        moved=moved[:MOST_LISTED],
        many=len(moved),
        failed=failed[:MOST_LISTED],
        bounced=bounced[:MOST_LISTED],
        numbers=numbers,
        alerts=alerts,
        now=now.timestamp(),
    )


@router.get("/today/progress.events")
async def stream(request: Request, site: TheSite, me: Me) -> Response:
    """The progress, as it changes, until the session ends. Raises Busy."""
    _streams.begin()
    return EventSourceResponse(_events(request, site, digest(me.token)), ping=15)


async def _events(request: Request, site: Site, token_sha256: str) -> AsyncIterator[dict[str, Any]]:
    shown: Progress | None = None
    try:
        while not await request.is_disconnected():
            try:
                if not await run_in_threadpool(is_signed_in, site, token_sha256):
                    yield {"event": "ended", "data": ""}
                    return
                progress = await run_in_threadpool(_streams.progress, site.desk)
                if progress != shown:
                    yield {"event": "progress", "data": json.dumps(asdict(progress))}
                    shown = progress
            except StoreError:
                pass  # the database's trouble is told elsewhere; the next look may go well
            await asyncio.sleep(LOOK_S)
    finally:
        _streams.end()


def is_signed_in(site: Site, token_sha256: str) -> bool:
    """Whether the session still is one; looking does not use it."""
    with site.desk.store.view() as tx:
        session, now = tx.administrators.session(token_sha256), site.desk.clock.now()
        if session is None or session.pending or now >= session.expires_at:
            return False
        idle = now - session.seen_at >= timedelta(minutes=site.settings.rules.idle_minutes)
        return not idle and not tx.administrators.get(session.administrator_id).disabled


def progress_of(tx: Transaction, desk: Desk) -> Progress:
    """How the next or present window stands."""
    now = desk.clock.now()
    window = desk.workdays.window_for(now)
    midnight = datetime.combine(local(now).date(), datetime.min.time(), LOCAL)
    queued, approved = (
        tx.cases.count_by_window(state).get(window.date, 0)
        for state in (State.QUEUED, State.APPROVED)
    )
    completed, failed = (
        tx.audit.count_of_action(action, midnight) for action in ("case.completed", "case.failed")
    )
    opens, closes = window.opens_at.timestamp(), window.closes_at.timestamp()
    return Progress(
        str(window), opens, closes, window.contains(now), queued, approved, completed, failed
    )


def _waiting(tx: Transaction) -> dict[str, int]:
    """What waits for a person besides cases, up to MOST_COUNTED of each."""
    mails = {
        kind.value: len(tx.mails.find([kind], limit=MOST_COUNTED))
        for kind in (Disposition.UNPROVED, Disposition.QUARANTINED)
    }
    return mails | {"parked": len(tx.letters.find(states=[LetterState.PARKED], limit=MOST_COUNTED))}
