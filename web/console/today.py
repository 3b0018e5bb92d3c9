"""Today, the first page: what waits for a person, the most urgent first; then what moved on, what
failed or came back.
"""

from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, Response

from core.cases.decision.approval_needs import awaiting_second
from core.data.case import State
from core.data.case_ports import Alert
from core.data.case_query import CaseQuery
from core.data.letter import LetterState
from core.data.mail_record import Disposition
from core.data.roles import Right
from core.store.store import Transaction
from web.common.bounced_addresses import BOUNCED
from web.common.sessions import Console, Here
from web.console.listing import Listing, Only, Wanted
from web.console.live import URGENT, watch_of
from web.console.reasons import reasons_of

router = APIRouter()

_URGENT: Final = tuple(f"{family}." for family in URGENT)
MOST_LISTED: Final = 20
MOST_HELD: Final = 200
MOST_COUNTED: Final = 100
SINCE: Final = timedelta(hours=24)


@router.get("/today")
def show_today(here: Here) -> Response:
    """What waits, the most urgent first; what moved on, failed or came back lately."""
    since, may_read = here.now - SINCE, here.may(Right.READ)
    with here.view() as tx:
        glance = watch_of(here.request).look_in(tx)
        moved = tx.audit.of_action("case.postponed", since)[::-1]
        failed = tx.audit.of_action("case.failed", since)[::-1]
        bounced = tx.audit.of_action(BOUNCED, since)[::-1]
        entries = (*moved, *failed, *bounced)
        numbers = tx.cases.numbers(one.case_id for one in entries)
        alerts = tx.alerts.find() if here.may(Right.ALERTS) else []
        urgent = [one for one in alerts if one.kind.startswith(_URGENT)]
        work = _work(tx, here, urgent) if may_read else {"objected": [], "urgent": urgent}
    return here.page(
        "today.html",
        glance=glance,
        mark=glance.mark,
        most=MOST_LISTED,
        moved=moved,
        failed=failed,
        bounced=bounced,
        numbers=numbers,
        alerts=[one for one in alerts if not one.kind.startswith(_URGENT)],
        reasons_of=reasons_of,
        **work,
    )


def _work(tx: Transaction, here: Console, urgent: list[Alert]) -> dict[str, Any]:
    """The cases and mails that wait for a person. `objected`: cases set aside because somebody
    objects, or may do so; `urgent`: the same of accounts, and of cases that have ended. `held`:
    cases set aside for another reason."""
    held = tx.cases.find(CaseQuery((State.HELD,), limit=MOST_HELD))
    reported = {one.kind.rpartition(".")[2] for one in urgent}
    objected = [one for one in held if one.objected_at or one.number in reported]
    listed = tuple(f".{one.number}" for one in objected)
    most, look = MOST_LISTED + 1, Wanted(only=frozenset({Only.LOOK}))
    waiting = (*tx.mails.unread(most, urgent=True), *tx.mails.unread(most))
    mails = list({mail.id: mail for mail in waiting}.values())[:most]
    return {
        "objected": objected,
        "urgent": [one for one in urgent if not one.kind.endswith(listed)],
        "held": [one for one in held if one not in objected],
        "second": awaiting_second(tx),
        "to_look": Listing(here.desk, look).piece(tx, MOST_LISTED),
        "mails": mails,
        "numbers_of_mails": tx.cases.numbers(one.case_id for one in mails),
        "quarantined": len(tx.mails.find([Disposition.QUARANTINED], limit=MOST_COUNTED)),
        "parked": len(tx.letters.find(states=[LetterState.PARKED], limit=MOST_COUNTED)),
    }
