"""The outbox as people see it, letters that could not leave first; and the alerts.

A letter's text never holds a link, only its place.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from pydantic import AwareDatetime

from core.accounts.administrators import personnel
from core.cases.letters import deliver
from core.data.letter import LetterState
from core.errors import Conflict
from web.common.caller import shows_again
from web.common.refusals import NotFound
from web.common.sessions import Console, Here
from web.common.site import Before, Line, PathId

router = APIRouter()

MOST_ALERTS = 200
"""On one page; the menu shows how many there are."""


@router.get("/letters")
def list_letters(here: Here, state: LetterState | None = None, before: Before = None) -> Response:
    """Letters of one state, from the newest or from `before`; without a state, those that could not
    leave, and if there are none, those that did."""
    if state is None:
        with here.view() as tx:
            parked = tx.letters.newest(state=[LetterState.PARKED], limit=1)
        state = LetterState.PARKED if parked else LetterState.SENT
    return _letters_page(here, state, before)


def _letters_page(
    here: Console,
    state: LetterState = LetterState.PARKED,
    before: int | None = None,
    status: int = 200,
    **facts: Any,
) -> Response:
    rows = here.settings.page_rows
    with here.view() as tx:
        found = tx.letters.newest(state=[state], limit=rows + 1, before=before)
        numbers = tx.cases.numbers(letter.case_id for letter in found)
    shown = here.rows(found, before) | {"numbers": numbers, "state": state}
    return here.page("letters.html", status, **shown | facts)


@router.post("/letters/{letter_id}/retry")
@shows_again(_letters_page)
def retry(here: Here, letter_id: PathId) -> Response:
    """Try to send a parked letter again, or a waiting one at once."""
    deliver.decide_letter(here.desk, letter_id, here.name, sends=True)
    return here.done(f"/letters?state={LetterState.PENDING}", "retried")


@router.post("/letters/{letter_id}/cancel")
@shows_again(_letters_page)
def cancel(here: Here, letter_id: PathId) -> Response:
    deliver.decide_letter(here.desk, letter_id, here.name, sends=False)
    return here.done(f"/letters?state={LetterState.CANCELLED}", "cancelled")


@router.get("/alerts")
def list_alerts(here: Here) -> Response:
    return _alerts_page(here)


def _alerts_page(here: Console, status: int = 200, problem: str = "") -> Response:
    with here.view() as tx:
        alerts = tx.alerts.find(MOST_ALERTS)
    return here.page("alerts.html", status, alerts=alerts, problem=problem)


@router.post("/alerts/clear")
@shows_again(_alerts_page)
def clear_alert(here: Here, kind: Line, seen: Annotated[AwareDatetime, Form()]) -> Response:
    """Say that an alert was seen to, as it was then; it comes back if its cause does."""
    with here.desk.step() as tx:
        alert = tx.alerts.by(kind=kind)
        if alert is None:
            raise NotFound
        personnel.require_uninvolved(tx, here.name, alert)
        if alert.at > seen:
            raise Conflict("在您查看之后又发生了一次，请看过新的内容再标为已处理。")
        tx.alerts.clear(kind)
        tx.audit.write(here.name, "alert.cleared", kind=kind)
    return here.done("/alerts", "cleared")
