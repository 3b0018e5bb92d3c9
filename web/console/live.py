"""The stream that keeps open pages of the console up to date (Server-Sent Events).

The database is looked at once a second for all streams together, and not at all without any. A
stream keeps no session alive, ends with it and is the only one of its session.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from core.cases.desk import Desk, DeskStep
from core.clock import local, period
from core.data.case import State
from core.data.case_ports import OBJECTIONS
from core.data.roles import Right
from core.errors import StoreError
from core.store.store import Transaction
from web.common.page_limits import SharedLook
from web.common.refusals import NotFound
from web.common.sessions import LIVE, Console, Here

router = APIRouter()

STREAM = "text/event-stream"
EVERY_S = 1.0
PATIENCE_S = 10.0
SILENT_LOOKS = 15
"""After so many looks without news a comment keeps the connection open."""
MOST_LOOKS = 600
"""A stream then ends, and the browser begins another one with the rights of that time."""
MEASURED = timedelta(minutes=5)
MOST_MEASURES = 1000
ENOUGH = timedelta(seconds=20)


@dataclass(frozen=True)
class Glance:
    """`mark` changes whenever a list of cases, mails or alerts may. `waiting`: how many of each
    kind wait for a person. `sessions`: the digests of those that are live."""

    progress: Mapping[str, Any]
    mark: str
    waiting: Mapping[str, int]
    sessions: frozenset[str]

    def news_for(self, here: Console) -> dict[str, Any]:
        """What the administrator's pages are sent."""
        waiting = self.waiting if here.may(Right.READ) else {}
        return {**self.progress, "mark": self.mark, "waiting": waiting}


class Watch:
    """Looks at the desk for all streams. `streams`: the one of each session."""

    def __init__(self, desk: Desk, idle_minutes: float) -> None:
        self._desk = desk
        self._idle = timedelta(minutes=idle_minutes)
        self._shared = SharedLook[Glance | None](self._look, EVERY_S)
        self._read = deque[tuple[datetime, int]](maxlen=MOST_MEASURES)
        self.streams: dict[str, object] = {}

    async def glance(self) -> Glance | None:
        """The look of this second; None while the database lets it wait. Raises StoreError."""
        return await self._shared.within(PATIENCE_S, None)

    def _look(self) -> Glance:
        with self._desk.view() as tx:
            return self.look_in(tx)

    def look_in(self, tx: DeskStep) -> Glance:
        """The state of the desk in this transaction."""
        waiting = {
            "objections": len(tx.alerts.find(families=OBJECTIONS)),
            "cases": sum(tx.cases.count_by_window(State.QUEUED).values()),
            "mails": tx.mails.count_unread(),
        }
        sessions = [
            session.token_sha256
            for session in tx.sessions.live()
            if not session.pending and tx.now - session.seen_at < self._idle
        ]
        progress = progress_of(tx) | self._reading(tx)
        return Glance(progress, mark_of(tx), waiting, frozenset(sessions))

    def _reading(self, tx: Transaction) -> dict[str, Any]:
        """How many mails the desk has yet to read, and how long that takes at the pace of the last
        minutes."""
        count = tx.mails.backlog().count
        self._read.append((tx.now, tx.mails.newest_id() - count))
        while tx.now - self._read[0][0] > MEASURED:
            self._read.popleft()
        (since, first), read = self._read[0], self._read[-1][1]
        if read > first:
            takes = f"约 {_span((tx.now - since).total_seconds() * count / (read - first))}读完"
        else:
            takes = (
                "正在估算时间" if tx.now - since < ENOUGH else "几分钟内没有读完一封，请查看提醒"
            )
        return {"unread": count, "reading": takes if count else "都已读完"}


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{ceil(seconds)} 秒"
    return f"{ceil(seconds / 60)} 分钟" if seconds < 6000 else f"{ceil(seconds / 3600)} 小时"


def watch_of(request: Request) -> Watch:
    watch: Watch = request.app.state.watch
    return watch


def mark_of(tx: Transaction) -> str:
    """A text that changes whenever a list of cases, mails or alerts may."""
    newest = next(iter(tx.alerts.find(1)), None)
    facts = (
        tx.cases.last_change(),
        tx.mails.count_unread(),
        tx.mails.newest_id(unread=True),
        tx.alerts.count(),
        newest and newest.at,
    )
    return "|".join(map(str, facts))


def progress_of(tx: DeskStep) -> dict[str, Any]:
    """The state of the next or present window. Instants are seconds since 1970."""
    window, today = tx.next_window, local(tx.now).date()
    midnight, _ = period(today, today)
    return {
        "window": str(window),
        "day": str(window.date),
        "opens": window.opens_at.timestamp(),
        "closes": window.closes_at.timestamp(),
        "open": window.contains(tx.now),
        "queued": tx.cases.count_by_window(State.QUEUED).get(window.date, 0),
        "approved": tx.cases.count_by_window(State.APPROVED).get(window.date, 0),
        "completed": tx.audit.count_of_action("case.completed", midnight),
        "failed": tx.audit.count_of_action("case.failed", midnight),
    }


@router.get(LIVE)
async def stream_news(here: Here) -> StreamingResponse:
    """The stream of one session; an older one of it ends. Raises NotFound for whoever expects an
    answer with an end."""
    if STREAM not in here.request.headers.get("accept", ""):
        raise NotFound
    return StreamingResponse(
        _news(here, watch_of(here.request), here.session.token_sha256),
        media_type=STREAM,
        headers={"X-Accel-Buffering": "no"},  # nginx would keep it back
    )


async def _news(here: Console, watch: Watch, session: str) -> AsyncIterator[str]:
    mine = watch.streams[session] = object()
    first: Glance | None = None  # it may be of before the login
    sent, silent = "", 0
    try:
        yield "retry: 1000\n\n"
        for _ in range(MOST_LOOKS):
            glance = await watch.glance()
            first = first or glance
            if glance and glance is not first and session not in glance.sessions:
                yield 'data: {"ended": true}\n\n'
                return
            if watch.streams.get(session) is not mine:
                return
            news = json.dumps(glance.news_for(here)) if glance else sent
            silent = silent + 1 if news == sent else 0
            if news != sent:
                yield f"data: {news}\n\n"
            elif silent % SILENT_LOOKS == 0:
                yield ":\n\n"
            sent = news
            await asyncio.sleep(EVERY_S)
    except StoreError:
        return  # the browser tries again
    finally:
        if watch.streams.get(session) is mine:
            del watch.streams[session]
