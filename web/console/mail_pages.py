"""Mails: lists by disposition, one mail, its raw bytes, attachments, page images and hidden values.

Page images are served with all personal data painted over. The original image, the raw bytes,
attachments and hidden values need a POST, which writes an audit row. Files of a mail are served
under a name of ours and by the type of their content, not by what the sender called them: browsers
display PDF and pictures in a sandbox without scripts, forms or requests, and save all others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Form, Path, Response
from fastapi.responses import PlainTextResponse

from core.cases.intake import blocking, receive
from core.data.case import OPEN
from core.data.documents import Documents
from core.data.mail_record import Disposition, MailRecord
from core.data.submission import AttachmentKind
from core.store.store import Transaction
from mail_intake.message.opening import contents_of
from web.common.caller import shows_again
from web.common.mail_view import SHOWN_INLINE, MailView, hidden_value
from web.common.refusals import NotFound
from web.common.sessions import Console, Here
from web.common.site import Before, FormId, PathId
from web.common.uploads import IMAGES, kind_of

T = TypeVar("T")
router = APIRouter()

SANDBOXED = {"Content-Security-Policy": "default-src 'none'; sandbox"}
WAITING = "waiting"
MOST_OPEN_CASES = 8
PageIndex = Annotated[int, Path(ge=0, le=10_000)]
UNKNOWN_TYPE = "application/octet-stream"
TYPE_OF_KIND = {"pdf": "application/pdf"} | {kind: f"image/{kind}" for kind in IMAGES.values()}
PICTURES: Mapping[str, Callable[[Documents], list[str]]] = {
    "pages": lambda read: [one.covered_sha256 for one in read.pages],
    "parts": lambda read: [one.crop_sha256 for one in read.parts],
    "seals": lambda read: [one.crop_sha256 for one in read.seals],
    "unrolled": lambda read: [one.unrolled_sha256 for one in read.seals],
}
"""The digests of a mail's pictures, by the kind of picture in the address."""


@router.get("/mails")
def list_mails(here: Here, disposition: str = "", before: Before = None) -> Response:
    """The mails of one disposition, those that wait for an answer, or all, newest first. `before`:
    only mails older than this one."""
    if disposition not in {"", WAITING, *Disposition}:
        raise NotFound
    most = here.settings.page_rows + 1
    with here.view() as tx:
        if disposition == WAITING:
            found = tx.mails.unread(most, before)
        else:
            wanted = {"disposition": Disposition(disposition)} if disposition else {}
            found = tx.mails.newest(limit=most, before=before, **wanted)
        numbers = tx.cases.numbers(mail.case_id for mail in found)
        blocked = tx.blocked.newest() if disposition == Disposition.IGNORED else []
    shown = here.rows(found, before)
    return here.page(
        "mails.html", numbers=numbers, disposition=disposition, blocked=blocked, **shown
    )


@router.get("/mails/{mail_id}")
def show_mail(here: Here, mail_id: PathId) -> Response:
    return mail_page(here, mail_id)


def mail_facts(here: Console, tx: Transaction, record: MailRecord) -> dict[str, Any]:
    """A mail as its page and that of an answer show it."""
    return {
        "mail": MailView(record, tx.mails.reading(record.id), here.site.mac),
        "case": tx.cases.optional(record.case_id),
    }


def mail_page(here: Console, mail_id: int, status: int = 200, **facts: Any) -> Response:
    with here.view() as tx:
        record = tx.mails.get(mail_id)
        known = mail_facts(here, tx, record) | {
            "letters": tx.letters.newest(mail_id=mail_id),
            "blocked": tx.blocked.of(record.sender),
            "open_cases": tx.cases.newest(sender=record.sender, limit=MOST_OPEN_CASES, state=OPEN),
        }
    return here.page("mail.html", status, **known | facts)


@router.post("/mails/{mail_id}/raw")
def download(here: Here, mail_id: PathId) -> Response:
    """The raw bytes of the mail."""
    with here.view() as tx:
        record = tx.mails.get(mail_id)
        if record.purged_at:
            raise NotFound
        raw = tx.mails.raw(record.id)
    _write_audit(here, record, "mail.downloaded")
    return download_of(raw, f"mail-{record.id}.eml")


@router.post("/mails/{mail_id}/attachments/{index}")
def open_attachment(here: Here, mail_id: PathId, index: PageIndex) -> Response:
    """An attachment, by its index in the mail."""
    content, kind = read_attachment(here, mail_id, index)
    name, media_type = f"mail-{mail_id}-{index + 1}.{kind}", TYPE_OF_KIND.get(kind, UNKNOWN_TYPE)
    return download_of(content, name, media_type)


def read_attachment(here: Console, mail_id: int, index: int) -> tuple[bytes, str]:
    """The bytes of an attachment and their kind. Writes an audit row."""
    with here.view() as tx:
        record = tx.mails.get(mail_id)
        reading = None if record.purged_at else tx.mails.reading(record.id)
        attachment = _item(reading.message.attachments if reading else (), index)
        raw = tx.mails.raw(record.id)
    # Outside the transaction: a large mail takes a while.
    content = contents_of(raw).get(attachment.sha256)
    if content is None:
        raise NotFound
    _write_audit(here, record, "mail.attachment_opened", attachment=index + 1)
    return content, displayed_kind(attachment.kind, content)


def displayed_kind(kind: AttachmentKind, content: bytes) -> str:
    """The kind that a browser may display: PDF and pictures that begin as such; "bin" for all
    others."""
    return (kind_of(content) if kind in SHOWN_INLINE else "") or "bin"


def download_of(content: bytes, name: str, media_type: str = UNKNOWN_TYPE) -> Response:
    """A response with a file, which the browser displays if it can."""
    how = "inline" if media_type in TYPE_OF_KIND.values() else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{name}"', **SANDBOXED}
    return Response(content, media_type=media_type, headers=headers)


@router.post("/mails/{mail_id}/retry")
@shows_again(mail_page)
def retry(here: Here, mail_id: PathId) -> Response:
    """Put a quarantined mail back, to be read again."""
    receive.retry_mail(here.desk, mail_id, here.name)
    return here.done(f"/mails?disposition={Disposition.RECEIVED}", "retried")


@router.post("/mails/{mail_id}/block")
@shows_again(mail_page)
def block(here: Here, mail_id: PathId) -> Response:
    """Block the sender of a mail for a while."""
    blocking.block(here.desk, mail_id, here.name)
    return here.done(f"/mails/{mail_id}", "blocked")


@router.post("/mails/unblock")
def unblock(here: Here, blocked: FormId) -> Response:
    """Lift a block."""
    blocking.unblock(here.desk, blocked, here.name)
    return here.done(f"/mails?disposition={Disposition.IGNORED}", "unblocked")


@router.post("/mails/{mail_id}/reveal")
def reveal(here: Here, mail_id: PathId, what: Annotated[str, Form(max_length=80)]) -> Response:
    """A hidden value alone, which the page's script puts into its place. Writes an audit row."""
    with here.view() as tx:
        record = tx.mails.get(mail_id)
        reading = tx.mails.reading(record.id)
    value = hidden_value(reading, what) if reading else None
    if value is None:
        raise NotFound
    _write_audit(here, record, "mail.revealed", field=what)
    return PlainTextResponse(value)


@router.get("/mails/{mail_id}/{picture}/{index}")
def show_picture(here: Here, mail_id: PathId, picture: str, index: PageIndex) -> Response:
    """A picture without personal data, by its kind (PICTURES) and index in the mail: a page, a part
    or a seal cut out of it, or a seal's name unrolled into a line."""
    if picture not in PICTURES:
        raise NotFound
    with here.view() as tx:
        pictures = PICTURES[picture](_documents(tx, mail_id))
        return _image(tx.images.by_sha256(_item(pictures, index)))


@router.post("/mails/{mail_id}/pages/{index}")
def open_page(here: Here, mail_id: PathId, index: PageIndex) -> Response:
    """The original image of a page. Writes an audit row."""
    with here.view() as tx:
        content = tx.images.by_sha256(_item(_documents(tx, mail_id).pages, index).image_sha256)
        record = tx.mails.get(mail_id)
    _write_audit(here, record, "mail.revealed", field=f"page.{index}")
    return _image(content)


def _write_audit(here: Console, record: MailRecord, action: str, **detail: str | int) -> None:
    """Write the audit row of an access to a mail."""
    with here.desk.step() as tx:
        case = tx.cases.optional(record.case_id)
        tx.audit.write(here.name, action, case, mail=record.id, **detail)


def _documents(tx: Transaction, mail_id: int) -> Documents:
    reading = tx.mails.reading(mail_id)
    if reading is None:
        raise NotFound
    return reading.documents


def _item(things: Sequence[T], index: int) -> T:
    if index >= len(things):
        raise NotFound
    return things[index]


def _image(content: bytes | None) -> Response:
    kind = kind_of(content or b"")
    if content is None or kind not in IMAGES.values():
        raise NotFound
    return Response(content, media_type=TYPE_OF_KIND[kind], headers=SANDBOXED)
