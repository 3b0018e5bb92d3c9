"""The outbox as people see it, letters that could not leave first; and the alerts. A letter's text never holds a link, only its place."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from core.cases import deliver
from core.cases.desk import Desk
from core.cases.letter import LetterState
from core.errors import DeskError
from web.cookies import went
from web.failures import NotFound
from web.sessions import Me, Sender, SignedIn, signed_in
from web.site import Before, PathId, Site, TheSite

MOST_ALERTS = 200
"""On one page; the menu shows how many there are."""

router = APIRouter(dependencies=[Depends(signed_in)])


@router.get("/letters")
def list_letters(site: TheSite, me: Me, state: str = "", before: Before = None) -> Response:
    """Letters of one state, from the newest or from `before`; without a state, those that could not leave, and if there are none, those that did."""
    if state and state not in set(LetterState):
        raise NotFound
    if state:
        return _letters_page(site, me, LetterState(state), before)
    with site.desk.store.view() as tx:
        parked = tx.letters.find(states=[LetterState.PARKED], limit=1)
    return _letters_page(site, me, LetterState.PARKED if parked else LetterState.SENT, before)


@router.post("/letters/{letter_id}/retry")
def retry(site: TheSite, me: Sender, letter_id: PathId) -> Response:
    """Try to send a parked letter again, or a waiting one at once."""
    return _acted(site, me, letter_id, deliver.retry_letter, LetterState.PENDING, "retried")


@router.post("/letters/{letter_id}/cancel")
def cancel(site: TheSite, me: Sender, letter_id: PathId) -> Response:
    return _acted(site, me, letter_id, deliver.cancel_letter, LetterState.CANCELLED, "cancelled")


def _acted(site: Site, me: SignedIn, letter_id: int, act: Callable[[Desk, int, str], object], state: LetterState, done: str) -> Response:
    """`state`: that of the list that shows what was done."""
    try:
        act(site.desk, letter_id, me.name)
    except DeskError as error:
        return _letters_page(site, me, LetterState.PARKED, problem=str(error))
    return went(site.settings, f"/letters?state={state}", done)


@router.get("/alerts")
def list_alerts(site: TheSite, me: Me) -> Response:
    with site.desk.store.view() as tx:
        alerts = tx.alerts.find(MOST_ALERTS)
    return site.pages.html("alerts.html", me=me, alerts=alerts)


@router.post("/alerts/clear")
def clear_alert(site: TheSite, me: Sender, kind: Annotated[str, Form(max_length=200)]) -> Response:
    """Say that an alert was seen to; it comes back if its cause does."""
    with site.desk.store.transaction() as tx:
        if tx.alerts.by_kind(kind) is None:
            raise NotFound
        tx.alerts.clear(kind)
        tx.audit.write(site.desk.clock.now(), me.name, "alert.cleared", kind=kind)
    return went(site.settings, "/alerts", "cleared")


def _letters_page(site: Site, me: SignedIn, state: LetterState, before: int | None = None, *, problem: str = "") -> Response:
    rows = site.settings.page_rows
    with site.desk.store.view() as tx:
        found = tx.letters.find(states=[state], limit=rows + 1, before=before)
        letters = found[:rows]
        numbers = tx.cases.numbers({letter.case_id for letter in letters if letter.case_id})
    return site.pages.html(
        "letters.html", 409 if problem else 200, me=me, letters=letters, numbers=numbers, state=state, problem=problem, before=before,
        older=letters[-1].id if len(found) > rows else None,
    )
