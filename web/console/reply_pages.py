"""Answering and forwarding mails, and marking mails that need no answer.

The administrator previews an answer before it is stored, and can take it back while it waits.
"""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, Field

from core.cases.decision import reply
from core.cases.decision.reply import MOST_FILE_BYTES, MOST_FILES, Enclosed
from core.cases.intake import unread
from core.data.letter import LetterFile
from core.errors import NotAllowed
from web.common.caller import shows_again
from web.common.ready_texts import ready_files
from web.common.refusals import NotFound
from web.common.sessions import Console, Here
from web.common.site import PathId, RowId
from web.console.mail_pages import mail_facts, mail_page, read_attachment

router = APIRouter()

MAIL_FILE = "mail/"
ADDRESS_SEPARATOR = re.compile(r"[\s,;，；、]+")
Once = Annotated[str, Form(pattern="^[0-9a-f]{32}$")]
"""A random id of each form, so that a form sent twice writes one letter."""


class ReplyForm(BaseModel):
    """The form of an answer.

    `once`: as `Once`, empty in the form of the preview. `copies`: addresses. `file`: the names of
    files of the operator, and MAIL_FILE with the index of an attachment of the mail.
    """

    words: str = Field("", max_length=8000)
    once: str = Field("", pattern="^([0-9a-f]{32})?$")
    copies: str = Field("", max_length=800)
    file: list[Annotated[str, Field(max_length=255)]] = []

    def enclosed(self, here: Console, mail_id: int) -> Enclosed:
        """The chosen files and addresses. Raises NotAllowed for a file that does not exist or is
        too large."""
        names = self.file[: MOST_FILES + 1]  # `reply` refuses more than MOST_FILES
        return Enclosed(
            tuple(filter(None, ADDRESS_SEPARATOR.split(self.copies))),
            tuple(_file(here, mail_id, name) for name in names),
        )


Reply = Annotated[ReplyForm, Form()]


def _file(here: Console, mail_id: int, name: str) -> LetterFile:
    index = name.removeprefix(MAIL_FILE)
    if index != name and index.isdecimal():
        content, kind = read_attachment(here, mail_id, int(index))
        return LetterFile(f"来信附件{int(index) + 1}.{kind}", content)
    path = ready_files(here.settings).get(name)
    if path is None or path.stat().st_size > MOST_FILE_BYTES:
        raise NotAllowed(f"附件 {name} 不存在或过大，请重新选择。")
    return LetterFile(name, path.read_bytes())


def _reply_page(
    here: Console, mail_id: int, typed: ReplyForm, status: int = 200, **facts: Any
) -> Response:
    """The page with the form, and with the preview if `facts` has a `letter`."""
    with here.view() as tx:
        known = mail_facts(here, tx, tx.mails.get(mail_id))
    home = _home(here, mail_id)
    return here.page("reply.html", status, typed=typed, home=home, **known, **facts)


@router.post("/mails/{mail_id}/reply/draft")
@shows_again(_reply_page)
def draft_reply(here: Here, mail_id: PathId, typed: Reply) -> Response:
    """Preview the answer."""
    enclosed = typed.enclosed(here, mail_id)
    letter = reply.draft(here.desk, mail_id, typed.words, enclosed)
    return _reply_page(here, mail_id, typed, letter=letter)


@router.post("/mails/{mail_id}/reply")
@shows_again(_reply_page)
def send_reply(here: Here, mail_id: PathId, typed: Reply) -> Response:
    """Write the answer into the outbox."""
    if not typed.once:
        raise NotAllowed("请先预览，再发出答复。")
    enclosed = typed.enclosed(here, mail_id)
    reply.send(here.desk, mail_id, here.name, typed.words, typed.once, enclosed)
    return here.done(_home(here, mail_id), "answered")


@router.post("/mails/{mail_id}/forward")
@shows_again(mail_page)
def forward(
    here: Here,
    mail_id: PathId,
    once: Once,
    colleague: Annotated[list[str] | None, Form()] = None,
    words: Annotated[str, Form(max_length=8000)] = "",
) -> Response:
    """Send the mail's text to colleagues, whom the settings name."""
    known = here.settings.colleagues
    addresses = dict.fromkeys(known[name] for name in colleague or () if name in known)
    reply.forward(here.desk, mail_id, here.name, addresses, words, once)
    return here.done(f"/mails/{mail_id}", "forwarded")


@router.post("/mails/read")
def mark_read(here: Here, mail: Annotated[list[RowId], Form()]) -> Response:
    """Mark mails as needing no answer."""
    unread.mark_read(here.desk, mail, here.name)
    return here.done("/mails?disposition=waiting", "read")


@router.post("/letters/{letter_id}/take-back")
def take_back(here: Here, letter_id: PathId) -> Response:
    """Cancel an answer while it waits in the outbox."""
    with here.view() as tx:
        letter = tx.letters.by_id(letter_id)
    if letter is None or letter.mail_id is None:
        raise NotFound
    reply.take_back(here.desk, letter_id, here.name)
    return here.done(_home(here, letter.mail_id), "answer_undone")


def _home(here: Console, mail_id: int) -> str:
    """The address of the page to return to: the mail's case, or the mail itself."""
    with here.view() as tx:
        record = tx.mails.get(mail_id)
        if record.case_id is None:
            return f"/mails/{mail_id}"
        return f"/cases/{tx.cases.get(record.case_id).number}"
