"""The outbox as people see it, letters that could not leave first; answers to mails from the desk
(core.cases.decision.reply); and the alerts.

A letter's text never holds a link, only its place. An answer is shown before it is written, and can
be taken back while it waits.
"""

import secrets
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Response

from core.cases.decision import reply
from core.cases.intake import unread
from core.cases.letters import deliver
from core.data.letter import LetterState
from web.common.caller import shows_again
from web.common.refusals import NotFound
from web.common.sessions import Console, Here
from web.common.site import Before, Line, PathId

router = APIRouter()

MOST_ALERTS: Final = 200
"""On one page; the menu shows how many there are."""
Words = Annotated[str, Form(max_length=8000)]
Once = Annotated[str, Form(pattern="^[0-9a-f]{32}$")]


@router.get("/letters")
def list_letters(here: Here, state: LetterState | None = None, before: Before = None) -> Response:
    """Letters of one state, from the newest or from `before`; without a state, those that could not
    leave, and if there are none, those that did."""
    if state is None:
        with here.view() as tx:
            parked = tx.letters.find(states=[LetterState.PARKED], limit=1)
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
        found = tx.letters.find(states=[state], limit=rows + 1, before=before)
        numbers = tx.cases.numbers({letter.case_id for letter in found if letter.case_id})
    shown = here.rows(found, before) | {"numbers": numbers, "state": state}
    return here.page("letters.html", status, **shown | facts)


@router.post("/letters/{letter_id}/retry")
@shows_again(_letters_page)
def retry(here: Here, letter_id: PathId) -> Response:
    """Try to send a parked letter again, or a waiting one at once."""
    deliver.retry_letter(here.desk, letter_id, here.name)
    return here.done(f"/letters?state={LetterState.PENDING}", "retried")


@router.post("/letters/{letter_id}/cancel")
@shows_again(_letters_page)
def cancel(here: Here, letter_id: PathId) -> Response:
    deliver.cancel_letter(here.desk, letter_id, here.name)
    return here.done(f"/letters?state={LetterState.CANCELLED}", "cancelled")


@router.get("/alerts")
def list_alerts(here: Here) -> Response:
    with here.view() as tx:
        alerts = tx.alerts.find(MOST_ALERTS)
    return here.page("alerts.html", alerts=alerts)


@router.post("/alerts/clear")
def clear_alert(here: Here, kind: Line) -> Response:
    """Say that an alert was seen to; it comes back if its cause does."""
    with here.desk.store.transaction() as tx:
        if tx.alerts.by_kind(kind) is None:
            raise NotFound
        tx.alerts.clear(kind)
        tx.audit.write(here.now, here.name, "alert.cleared", kind=kind)
    return here.done("/alerts", "cleared")


def _reply_page(
    here: Console, mail_id: int, words: str, status: int = 200, **facts: Any
) -> Response:
    """Each form that it shows is good for one answer."""
    with here.view() as tx:
        record = tx.mails.get(mail_id)
    shown = {
        "record": record,
        "said": words,
        "letter": None,
        "home": _home(here, mail_id),
        "once": secrets.token_hex(16),
        "undo_s": here.desk.settings.undo_s,
    }
    return here.page("reply.html", status, **shown | facts)


@router.post("/mails/{mail_id}/reply/draft")
@shows_again(_reply_page)
def draft_reply(here: Here, mail_id: PathId, words: Words = "") -> Response:
    """Show the answer as it would go."""
    return _reply_page(here, mail_id, words, letter=reply.draft(here.desk, mail_id, words))


@router.post("/mails/{mail_id}/reply")
@shows_again(_reply_page)
def send_reply(here: Here, mail_id: PathId, once: Once, words: Words = "") -> Response:
    """Write the answer into the outbox."""
    reply.send(here.desk, mail_id, here.name, words, once)
    return here.done(_home(here, mail_id), "answered")


@router.post("/mails/{mail_id}/read")
def mark_read(here: Here, mail_id: PathId) -> Response:
    """Say that a mail needs no answer."""
    unread.mark_read(here.desk, mail_id, here.name)
    return here.done("/mails?disposition=waiting", "read")


@router.post("/letters/{letter_id}/take-back")
def take_back(here: Here, letter_id: PathId) -> Response:
    """Take an answer back while it waits."""
    with here.view() as tx:
        letter = tx.letters.by_id(letter_id)
    if letter is None or letter.mail_id is None:
        raise NotFound
    reply.take_back(here.desk, letter_id, here.name)
    return here.done(_home(here, letter.mail_id), "answer_undone")


def _home(here: Console, mail_id: int) -> str:
    """The page of the mail's case, or its own."""
    with here.view() as tx:
        record = tx.mails.get(mail_id)
        if record.case_id is None:
            return f"/mails/{mail_id}"
        return f"/cases/{tx.cases.get(record.case_id).number}"
