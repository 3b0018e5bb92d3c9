"""The outbox as people see it, letters that could not leave first; answers to mails from the desk
(core.cases.decision.reply); and the alerts.

A letter's text never holds a link, only its place.
An answer is shown before it is written, and can be taken back while it waits.
"""

import secrets
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from core.cases.decision import reply
from core.cases.desk import Desk
from core.cases.intake import unread
from core.cases.letters import deliver
from core.data.letter import LetterState, Rendered
from core.errors import DeskError
from web.common.cookies import went
from web.common.failures import NotFound, or_not_found
from web.common.sessions import Me, Sender, SignedIn, signed_in
from web.common.site import Before, PathId, Site, TheSite

MOST_ALERTS = 200
"""On one page; the menu shows how many there are."""
Words = Annotated[str, Form(max_length=8000)]
Once = Annotated[str, Form(pattern="^[0-9a-f]{32}$")]

router = APIRouter(dependencies=[Depends(signed_in)])


@router.get("/letters")
def list_letters(site: TheSite, me: Me, state: str = "", before: Before = None) -> Response:
    """Letters of one state, from the newest or from `before`; without a state, those that could not
    leave, and if there are none, those that did."""
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


def _acted(
    site: Site,
    me: SignedIn,
    letter_id: int,
    act: Callable[[Desk, int, str], object],
    state: LetterState,
    done: str,
) -> Response:
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


def _letters_page(
    site: Site, me: SignedIn, state: LetterState, before: int | None = None, *, problem: str = ""
) -> Response:
    rows = site.settings.page_rows
    with site.desk.store.view() as tx:
        found = tx.letters.find(states=[state], limit=rows + 1, before=before)
        letters = found[:rows]
        numbers = tx.cases.numbers({letter.case_id for letter in letters if letter.case_id})
    return site.pages.html(
        "letters.html",
        409 if problem else 200,
        me=me,
        letters=letters,
        numbers=numbers,
        state=state,
        problem=problem,
        before=before,
        older=letters[-1].id if len(found) > rows else None,
    )


@router.post("/mails/{mail_id}/reply/draft")
def draft_reply(site: TheSite, me: Sender, mail_id: PathId, words: Words = "") -> Response:
    """Show the answer as it would go."""
    try:
        with or_not_found():
            letter = reply.draft(site.desk, mail_id, words)
    except DeskError as error:
        return _reply_page(site, me, mail_id, words, problem=str(error))
    return _reply_page(site, me, mail_id, words, letter=letter)


@router.post("/mails/{mail_id}/reply")
def send_reply(
    site: TheSite, me: Sender, mail_id: PathId, once: Once, words: Words = ""
) -> Response:
    """Write the answer into the outbox."""
    try:
        with or_not_found():
            reply.send(site.desk, mail_id, me.name, words, once)
    except DeskError as error:
        return _reply_page(site, me, mail_id, words, problem=str(error))
    return went(site.settings, _home(site, mail_id), "answered")


@router.post("/mails/{mail_id}/read")
def mark_read(site: TheSite, me: Sender, mail_id: PathId) -> Response:
    """Say that a mail needs no answer."""
    with or_not_found():
        unread.mark_read(site.desk, mail_id, me.name)
    return went(site.settings, "/mails?disposition=waiting", "read")


@router.post("/letters/{letter_id}/take-back")
def take_back(site: TheSite, me: Sender, letter_id: PathId) -> Response:
    """Take an answer back while it waits."""
    with site.desk.store.view() as tx:
        letter = tx.letters.by_id(letter_id)
    if letter is None or letter.mail_id is None:
        raise NotFound
    with or_not_found():
        reply.take_back(site.desk, letter_id, me.name)
    return went(site.settings, _home(site, letter.mail_id), "answer_undone")


def _home(site: Site, mail_id: int) -> str:
    """The page of the mail's case, or its own."""
    with site.desk.store.view() as tx:
        record = tx.mails.get(mail_id)
        return (
            f"/cases/{tx.cases.get(record.case_id).number}"
            if record.case_id
            else f"/mails/{mail_id}"
        )


def _reply_page(
    site: Site,
    me: SignedIn,
    mail_id: int,
    words: str,
    *,
    letter: Rendered | None = None,
    problem: str = "",
) -> Response:
    with site.desk.store.view() as tx, or_not_found():
        record = tx.mails.get(mail_id)
    return site.pages.html(
        "reply.html",
        409 if problem else 200,
        me=me,
        record=record,
        said=words,
        letter=letter,
        problem=problem,
        home=_home(site, mail_id),
        once=secrets.token_hex(16),
        undo_s=site.desk.settings.undo_s,
    )
