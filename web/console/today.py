"""Today, the first page: the window to come, what waits for whom, what moved on, what failed or
came back. While the page is open its script asks how the window goes on.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from core.cases.decision.approval_needs import awaiting_second
from core.cases.desk import Desk
from core.clock import LOCAL, local
from core.data.case import State
from core.data.letter import LetterState
from core.data.mail_record import Disposition
from core.data.roles import Right
from core.store.store import Transaction
from web.common.bounced_addresses import BOUNCED
from web.common.sessions import Here

router = APIRouter()

MOST_LISTED: Final = 20
MOST_COUNTED: Final = 100
SINCE: Final = timedelta(hours=24)


@router.get("/today")
def show_today(here: Here) -> Response:
    """The first page: the window, what waits for whom, what moved on, what failed or came back."""
    desk = here.desk
    since = here.now - SINCE
    with desk.store.view() as tx:
        moved = tx.audit.of_action("case.postponed", since)[::-1]
        failed = tx.audit.of_action("case.failed", since)[::-1]
        bounced = tx.audit.of_action(BOUNCED, since)[::-1]
        entries = (*moved, *failed, *bounced)
        facts = {
            "progress": progress_of(tx, desk),
            "counts": tx.cases.count(),
            "waiting": _waiting(tx) if here.may(Right.READ) else {},
            "second": awaiting_second(tx, here.now) if here.may(Right.READ) else [],
            "numbers": tx.cases.numbers({one.case_id for one in entries if one.case_id}),
            "alerts": tx.alerts.find(MOST_LISTED) if here.may(Right.ALERTS) else [],
        }
    return here.page(
        "today.html",
        moved=moved[:MOST_LISTED],
        many=len(moved),
        failed=failed[:MOST_LISTED],
        bounced=bounced[:MOST_LISTED],
        now=here.now.timestamp(),
        **facts,
    )


@router.get("/today/progress")
def show_progress(here: Here) -> Response:
    """The progress, for the script of an open page; it keeps no session alive."""
    with here.view() as tx:
        return JSONResponse(progress_of(tx, here.desk))


def progress_of(tx: Transaction, desk: Desk) -> dict[str, Any]:
    """The state of the next or present window. Instants are seconds since 1970."""
    now = desk.clock.now()
    window = desk.workdays.window_for(now)
    midnight = datetime.combine(local(now).date(), datetime.min.time(), LOCAL)
    return {
        "window": str(window),
        "opens": window.opens_at.timestamp(),
        "closes": window.closes_at.timestamp(),
        "open": window.contains(now),
        "queued": tx.cases.count_by_window(State.QUEUED).get(window.date, 0),
        "approved": tx.cases.count_by_window(State.APPROVED).get(window.date, 0),
        "completed": tx.audit.count_of_action("case.completed", midnight),
        "failed": tx.audit.count_of_action("case.failed", midnight),
    }


def _waiting(tx: Transaction) -> dict[str, int]:
    """The things that wait for a person besides cases, up to MOST_COUNTED of each."""
    parked = tx.letters.find(states=[LetterState.PARKED], limit=MOST_COUNTED)
    return {
        "unproved": len(tx.mails.find([Disposition.UNPROVED], limit=MOST_COUNTED)),
        "quarantined": len(tx.mails.find([Disposition.QUARANTINED], limit=MOST_COUNTED)),
        "parked": len(parked),
    }
