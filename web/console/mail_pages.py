"""Mails: lists by what became of them, one mail, its raw bytes, its attachments, its page images,
and hidden things asked for.

Page images are served with all that identifies a person painted over. The open image, the raw
bytes, attachments and every hidden value are answers to a POST that is written into the audit. What
came goes out under a name of ours, and by its content, not by the name that the sender chose: PDF
and pictures are shown inside a sandbox without scripts, forms or requests; whatever else it may be
is a file for a program that the administrator chooses.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from core.cases.intake import receive
from core.data.case import Case
from core.data.case_ports import Transaction
from core.data.letter import LetterKind
from core.data.mail_record import Disposition, MailRecord
from core.data.submission import AttachmentKind, Documents
from core.errors import DeskError
from mail_intake.message.opening import contents_of
from web.common.cookies import went
from web.common.evidence import SHOWN_INLINE, hidden_value, mail_view
from web.common.failures import NotFound, or_not_found
from web.common.sessions import Me, Sender, SignedIn, signed_in
from web.common.site import Before, PathId, Site, TheSite
from web.console.case_page import Said, case_page

T = TypeVar("T")
router = APIRouter(dependencies=[Depends(signed_in)])

INERT: Final = {"Content-Security-Policy": "default-src 'none'; sandbox"}
WAITING: Final = "waiting"
PIECE_BYTES: Final = 256 * 1024
PageIndex = Annotated[int, Path(ge=0, le=10_000)]
FILE: Final = "application/octet-stream"
ENDINGS: Final = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    FILE: "bin",
}
IMAGE_KINDS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"RIFF", "image/webp"),
)


@router.get("/mails")
def list_mails(site: TheSite, me: Me, disposition: str = "", before: Before = None) -> Response:
    """Mails of one disposition, those that wait for an answer, or all of them,
    from the newest or from `before`."""
    if disposition not in {"", WAITING, *Disposition}:
        raise NotFound
    wanted = [Disposition(disposition)] if disposition not in {"", WAITING} else []
    rows = site.settings.page_rows
    with site.desk.store.view() as tx:
        found = (
            tx.mails.unread(rows + 1, before)
            if disposition == WAITING
            else tx.mails.find(wanted, limit=rows + 1, before=before)
        )
        numbers = tx.cases.numbers({mail.case_id for mail in found if mail.case_id})
    return site.pages.html(
        "mails.html",
        me=me,
        mails=found[:rows],
        numbers=numbers,
        disposition=disposition,
        before=before,
        older=found[rows - 1].id if len(found) > rows else None,
    )


@router.get("/mails/{mail_id}")
def show_mail(site: TheSite, me: Me, mail_id: PathId) -> Response:
    return _mail_page(site, me, mail_id)


@router.post("/mails/{mail_id}/raw")
def download(site: TheSite, me: Sender, mail_id: PathId) -> Response:
    """The mail's bytes as they came."""
    with site.desk.store.view() as tx:
        record = _mail(tx, mail_id)
        if record.purged_at:
            raise NotFound
        raw = tx.mails.raw(record.id)
    _note(site, me, record, "mail.downloaded")
    return download_of(raw, f"mail-{record.id}.eml")


@router.post("/mails/{mail_id}/attachments/{index}")
def open_attachment(site: TheSite, me: Sender, mail_id: PathId, index: PageIndex) -> Response:
    """The bytes of an attachment (counted from 0 over the mail) as it came."""
    with site.desk.store.view() as tx:
        record = _mail(tx, mail_id)
        reading = None if record.purged_at else tx.mails.reading(record.id)
        attachment = _at(reading.message.attachments if reading else (), index)
        raw = tx.mails.raw(record.id)
    # outside the transaction: a large mail takes a while
    content = contents_of(raw).get(attachment.sha256)
    if content is None:
        raise NotFound
    _note(site, me, record, "mail.attachment_opened", attachment=str(index + 1))
    kind = media_type(attachment.kind, content)
    return download_of(content, f"mail-{record.id}-{index + 1}.{ENDINGS[kind]}", kind)


def media_type(kind: AttachmentKind, content: bytes) -> str:
    """What a browser is told that the content is: only what it may show,
    and only where the bytes begin as such."""
    if kind not in SHOWN_INLINE:
        return FILE
    if kind is AttachmentKind.PDF:
        return "application/pdf" if b"%PDF-" in content[:1024] else FILE
    return next((name for start, name in IMAGE_KINDS if content.startswith(start)), FILE)


def download_of(content: bytes, name: str, kind: str = FILE) -> Response:
    """An answer that may be long, piece by piece: a client has `Deadlines.taking_s` for each of
    them, not for the whole. What a browser can show it shows."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), PIECE_BYTES):
            yield content[start : start + PIECE_BYTES]

    headers = {
        "Content-Length": str(len(content)),
        "Content-Disposition": f'{"attachment" if kind == FILE else "inline"}; filename="{name}"',
        **INERT,
    }
    return StreamingResponse(pieces(), media_type=kind, headers=headers)


@router.post("/mails/{mail_id}/retry")
def retry(site: TheSite, me: Sender, mail_id: PathId) -> Response:
    """Let a quarantined mail be read once more."""
    try:
        with or_not_found():
            receive.retry_mail(site.desk, mail_id, me.name)
    except DeskError as error:
        return _mail_page(site, me, mail_id, problem=str(error), status=409)
    return went(site.settings, f"/mails?disposition={Disposition.RECEIVED}", "retried")


@router.post("/mails/{mail_id}/reveal")
def reveal(
    request: Request,
    site: TheSite,
    me: Sender,
    mail_id: PathId,
    what: Annotated[str, Form(max_length=80)],
) -> Response:
    """Show a hidden thing, and write down who asked. A script gets the value alone,
    a browser without script the page."""
    with site.desk.store.view() as tx:
        record = _mail(tx, mail_id)
        reading = tx.mails.reading(record.id)
    value = hidden_value(reading, what) if reading else None
    if value is None:
        raise NotFound
    case = _note(site, me, record, "mail.revealed", field=what)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"value": value})
    shown = frozenset({f"{record.id}.{what}"})
    return (
        case_page(site, me, case.number, Said(shown=shown))
        if case
        else _mail_page(site, me, record.id, shown=shown)
    )


@router.get("/mails/{mail_id}/pages/{index}")
def covered_page(site: TheSite, mail_id: PathId, index: PageIndex) -> Response:
    """The image of a page (counted from 0 over the mail)
    with all that identifies a person painted over."""
    return _picture(site, mail_id, lambda documents: _at(documents.pages, index).covered_sha256)


@router.get("/mails/{mail_id}/parts/{index}")
def cut_part(site: TheSite, mail_id: PathId, index: PageIndex) -> Response:
    """A part (counted from 0 over the mail) cut out of its page,
    of which all that identifies a person is painted over."""
    return _picture(site, mail_id, lambda documents: _at(documents.parts, index).crop_sha256)


@router.get("/mails/{mail_id}/seals/{index}")
def cut_seal(site: TheSite, mail_id: PathId, index: PageIndex) -> Response:
    """A seal (counted from 0 over the mail) cut out of its page likewise."""
    return _picture(site, mail_id, lambda documents: _at(documents.seals, index).crop_sha256)


@router.get("/mails/{mail_id}/seals/{index}/unrolled")
def unrolled_seal(site: TheSite, mail_id: PathId, index: PageIndex) -> Response:
    """The name of a seal as a straight line with its characters marked, likewise."""
    return _picture(site, mail_id, lambda documents: _at(documents.seals, index).unrolled_sha256)


@router.post("/mails/{mail_id}/pages/{index}")
def open_page(site: TheSite, me: Sender, mail_id: PathId, index: PageIndex) -> Response:
    """The image of a page as it is; who asked is written down."""
    with site.desk.store.view() as tx:
        content = tx.mails.image(_at(_documents(tx, mail_id).pages, index).image_sha256)
        record = tx.mails.get(mail_id)
    _note(site, me, record, "mail.revealed", field=f"page.{index}")
    return _image(content)


def _note(site: Site, me: SignedIn, record: MailRecord, action: str, **detail: str) -> Case | None:
    """Write down who was shown something of a mail. Returns the mail's case."""
    with site.desk.store.transaction() as tx:
        case = tx.cases.get(record.case_id) if record.case_id else None
        tx.audit.write(site.desk.clock.now(), me.name, action, case, mail=str(record.id), **detail)
    return case


def _picture(site: Site, mail_id: int, image_of: Callable[[Documents], str]) -> Response:
    with site.desk.store.view() as tx:
        content = tx.mails.image(image_of(_documents(tx, mail_id)))
    return _image(content)


def _documents(tx: Transaction, mail_id: int) -> Documents:
    reading = tx.mails.reading(_mail(tx, mail_id).id)
    if reading is None:
        raise NotFound
    return reading.documents


def _at(things: Sequence[T], index: int) -> T:
    if index >= len(things):
        raise NotFound
    return things[index]


def _image(content: bytes | None) -> Response:
    kind = next(
        (kind for start, kind in IMAGE_KINDS if content and content.startswith(start)), None
    )
    if content is None or kind is None:
        raise NotFound
    return Response(content, media_type=kind, headers=INERT)


def _mail(tx: Transaction, mail_id: int) -> MailRecord:
    with or_not_found():
        return tx.mails.get(mail_id)


def _mail_page(
    site: Site,
    me: SignedIn,
    mail_id: int,
    *,
    problem: str = "",
    status: int = 200,
    shown: frozenset[str] = frozenset(),
) -> Response:
    with site.desk.store.view() as tx:
        record = _mail(tx, mail_id)
        view = mail_view(record, tx.mails.reading(record.id), shown, site.mac)
        case = tx.cases.get(record.case_id) if record.case_id else None
        answers = [
            letter for letter in tx.letters.of_mail(record.id) if letter.kind is LetterKind.ANSWER
        ]
    facts = {
        "mail": view,
        "case": case,
        "answers": answers,
        "retriable": record.disposition is Disposition.QUARANTINED,
    }
    return site.pages.html(
        "mail.html", status, me=me, problem=problem, now=site.desk.clock.now(), **facts
    )
