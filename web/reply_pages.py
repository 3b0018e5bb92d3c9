"""Answering a mail from the desk: the draft first, then the letter, which can be taken back while it waits (core.cases.reply)."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from core.cases import reply, unread
from core.cases.letter import Rendered
from core.errors import DeskError
from web.cookies import went
from web.failures import NotFound, or_not_found
from web.sessions import Sender, SignedIn, posted
from web.site import PathId, Site, TheSite

router = APIRouter(dependencies=[Depends(posted)])
Words = Annotated[str, Form(max_length=8000)]
Once = Annotated[str, Form(pattern="^[0-9a-f]{32}$")]


@router.post("/mails/{mail_id}/reply/draft")
def draft_reply(site: TheSite, me: Sender, mail_id: PathId, words: Words = "") -> Response:
    """Show the answer as it would go."""
    try:
        with or_not_found():
            letter = reply.draft(site.desk, mail_id, words)
    except DeskError as error:
        return _page(site, me, mail_id, words, problem=str(error))
    return _page(site, me, mail_id, words, letter=letter)


@router.post("/mails/{mail_id}/reply")
def send_reply(site: TheSite, me: Sender, mail_id: PathId, once: Once, words: Words = "") -> Response:
    """Write the answer into the outbox."""
    try:
        with or_not_found():
            reply.send(site.desk, mail_id, me.name, words, once)
    except DeskError as error:
        return _page(site, me, mail_id, words, problem=str(error))
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
        return f"/cases/{tx.cases.get(record.case_id).number}" if record.case_id else f"/mails/{mail_id}"


def _page(site: Site, me: SignedIn, mail_id: int, words: str, *, letter: Rendered | None = None, problem: str = "") -> Response:
    with site.desk.store.view() as tx, or_not_found():
        record = tx.mails.get(mail_id)
    return site.pages.html(
        "reply.html", 409 if problem else 200, me=me, record=record, said=words, letter=letter, problem=problem, home=_home(site, mail_id),
        once=secrets.token_hex(16), undo_s=site.desk.settings.undo_s,
    )
