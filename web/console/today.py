"""The first page: cases, mails and alerts that wait for a person, the most urgent first, then cases
postponed, cases that failed and letters that bounced lately.
"""

from datetime import timedelta
from itertools import chain
from typing import Any

from fastapi import APIRouter, Response

from core.cases.decision.approval_needs import awaiting_second
from core.cases.desk import DeskStep
from core.cases.intake.unread import awaiting
from core.data.case import ASIDE, State
from core.data.case_ports import OBJECTIONS, Alert
from core.data.case_query import CaseQuery, Only
from core.data.letter import LetterState
from core.data.mail_record import Disposition
from core.data.roles import Right
from web.common.bounced_addresses import BOUNCED
from web.common.sessions import Here
from web.console.listing import Listing, Wanted
from web.console.live import watch_of
from web.console.reasons import reasons_of

router = APIRouter()

_WRITTEN = ("wrote", "unproved", "withdrawal")
"""Families of alerts of mails and held cases, which the page lists themselves. A mail to be
verified before the window has its alert too, since the list does not say that its case is approved.
"""
MOST_LISTED = 20
MOST_HELD = 200
MOST_COUNTED = 100
SINCE = timedelta(hours=24)
LATELY = {"moved": "case.postponed", "failed": "case.failed", "bounced": BOUNCED}
"""What the page lists of that time, and the act of each in the audit."""


@router.get("/today")
def show_today(here: Here) -> Response:
    since = here.now - SINCE
    with here.view() as tx:
        progress = watch_of(here.request).look_in(tx)
        lately = {name: tx.audit.of_action(act, since)[::-1] for name, act in LATELY.items()}
        numbers = tx.cases.numbers(one.case_id for one in chain(*lately.values()))
        alerts = tx.alerts.find() if here.may(Right.ALERTS) else []
        urgent = [one for one in alerts if one.family in OBJECTIONS]
        listed, work = {*OBJECTIONS}, {"objected": [], "urgent": urgent}
        if here.may(Right.READ):
            listed, work = {*OBJECTIONS, *_WRITTEN}, _work(tx, urgent)
    return here.page(
        "today.html",
        progress=progress,
        most=MOST_LISTED,
        numbers=numbers,
        alerts=[one for one in alerts if one.family not in listed],
        reasons_of=reasons_of,
        **lately,
        **work,
    )


def _work(tx: DeskStep, urgent: list[Alert]) -> dict[str, Any]:
    """The cases and mails that wait for a person.

    - `objected`: held cases to which somebody objects, or may object.
    - `urgent`: alerts of objections to anything else: to accounts and ended cases.
    - `held`: cases held for another reason.
    - `mails`: the unread ones, urgent mails first.
    """
    held = tx.cases.find(CaseQuery(ASIDE, limit=MOST_HELD))
    numbers = {alert.kind.rpartition(".")[2] for alert in urgent}
    objected = [case for case in held if case.objected_at or case.number in numbers]
    covered = tuple(f".{case.number}" for case in objected)
    most = MOST_LISTED + 1  # one more shows that there are more
    waiting = (*tx.mails.unread(most, urgent=True), *tx.mails.unread(most))
    mails = list({mail.id: mail for mail in waiting}.values())[:most]
    approved = tx.cases.waiting_for(State.APPROVED, tx.next_window, MOST_HELD)
    to_look = Listing(Wanted(only=frozenset({Only.LOOK})))
    return {
        "objected": objected,
        "urgent": [alert for alert in urgent if not alert.kind.endswith(covered)],
        "held": [case for case in held if case not in objected],
        "second": awaiting_second(tx),
        "awaiting": awaiting(tx, [one.id for one in approved]),
        "to_look": to_look.piece(tx, MOST_LISTED),
        "mails": mails,
        "numbers_of_mails": tx.cases.numbers(one.case_id for one in mails),
        "quarantined": len(
            tx.mails.newest(disposition=Disposition.QUARANTINED, limit=MOST_COUNTED)
        ),
        "parked": len(tx.letters.newest(state=[LetterState.PARKED], limit=MOST_COUNTED)),
    }
