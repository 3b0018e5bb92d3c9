"""What keeps open pages of the console up to date: the state of the desk, which their script asks
for every two seconds.

The database is looked at once a second for all who ask. Asking keeps no session alive.
"""

from collections import deque
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from core.cases.desk import Desk, DeskStep
from core.clock import local, period
from core.data.case import State
from core.data.case_ports import OBJECTIONS
from core.data.roles import Right
from core.errors import StoreError
from core.store.store import Transaction
from web.common.page_limits import SharedLook
from web.common.sessions import Here

router = APIRouter()
EVERY_S = 1.0
PATIENCE_S = 10.0
MEASURED = timedelta(minutes=5)
MOST_MEASURES = 1000
ENOUGH = timedelta(seconds=20)

News = dict[str, Any]
"""The state of the desk, as pages show it. `mark` changes whenever a list of cases, mails or alerts
may. `waiting`: how many of each kind wait for a person."""


class Watch:
    """Looks at the desk for all pages."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shared = SharedLook[News | None](self._look, EVERY_S)
        self._read = deque[tuple[datetime, int]](maxlen=MOST_MEASURES)

    async def news(self) -> News:
        """The look of this second. Raises StoreError."""
        news = await self._shared.within(PATIENCE_S, None)
        if news is None:
            raise StoreError("数据库没有及时应答。")
        return news

    def _look(self) -> News:
        with self._desk.view() as tx:
            return self.look_in(tx)

    def look_in(self, tx: DeskStep) -> News:
        """The state of the desk in this transaction."""
        waiting = {
            "objections": len(tx.alerts.find(families=OBJECTIONS)),
            "cases": tx.cases.count().get(State.QUEUED, 0),
            "mails": tx.mails.count_unread(),
        }
        return window_news(tx) | self._reading(tx) | {"mark": mark_of(tx), "waiting": waiting}

    def _reading(self, tx: Transaction) -> News:
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


def window_news(tx: DeskStep) -> News:
    """The state of the next or present window. Instants are seconds since 1970."""
    window, today = tx.next_window, local(tx.now).date()
    midnight, _ = period(today, today)
    return {
        "window": str(window),
        "day": str(window.date),
        "opens": window.opens_at.timestamp(),
        "closes": window.closes_at.timestamp(),
        "open": window.contains(tx.now),
        "queued": tx.cases.count_waiting(State.QUEUED, window),
        "approved": tx.cases.count_waiting(State.APPROVED, window),
        "completed": tx.audit.count_of_action("case.completed", midnight),
        "failed": tx.audit.count_of_action("case.failed", midnight),
    }


@router.get("/live")
async def tell_news(here: Here) -> Response:
    """The state of the desk, for the script of an open page."""
    news = await watch_of(here.request).news()
    return JSONResponse(news if here.may(Right.READ) else news | {"waiting": {}})
