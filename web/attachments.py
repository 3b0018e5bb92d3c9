"""An attachment as it came, in a tab of its own or as a file.

Asked for by a POST that is written into the audit, since nothing in it is painted over. What it is goes by its content and not by its name: PDF and
pictures are shown inside a sandbox without scripts, forms or requests; whatever else it may be is a file for a program that the administrator chooses.
"""

from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from core.cases.mail_record import MailRecord
from core.cases.ports import Transaction
from core.cases.submission import Attachment, AttachmentKind
from mail_intake.message.opening import contents_of
from web.evidence import SHOWN_INLINE
from web.failures import NotFound, or_not_found
from web.mail_pages import IMAGE_KINDS, INERT, PageIndex, download_of
from web.sessions import Sender, signed_in
from web.site import PathId, TheSite

router = APIRouter(dependencies=[Depends(signed_in)])
FILE: Final = "application/octet-stream"
ENDINGS: Final = {
    "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", FILE: "bin",
}
"""What a file is called by its media type: the name that the sender chose is not used."""


@router.post("/mails/{mail_id}/attachments/{index}")
def open_attachment(site: TheSite, me: Sender, mail_id: PathId, index: PageIndex) -> Response:
    """The bytes of an attachment (counted from 0 over the mail)."""
    with site.desk.store.view() as tx:
        record, attachment = _attachment(tx, mail_id, index)
        raw = tx.mails.raw(record.id)
    content = contents_of(raw).get(attachment.sha256)  # outside the transaction: a large mail takes a while
    if content is None:
        raise NotFound
    with site.desk.store.transaction() as tx:
        case = tx.cases.get(record.case_id) if record.case_id else None
        tx.audit.write(site.desk.clock.now(), me.name, "mail.attachment_opened", case, mail=str(record.id), attachment=str(index + 1))
    kind = media_type(attachment.kind, content)
    shown = "attachment" if kind == FILE else "inline"
    name = f"mail-{record.id}-{index + 1}.{ENDINGS[kind]}"
    return download_of(content, {"Content-Disposition": f'{shown}; filename="{name}"', **INERT}, kind)


def media_type(kind: AttachmentKind, content: bytes) -> str:
    """What a browser is told that the content is: only what it may show, and only where the bytes begin as such."""
    if kind not in SHOWN_INLINE:
        return FILE
    if kind is AttachmentKind.PDF:
        return "application/pdf" if b"%PDF-" in content[:1024] else FILE
    return next((name for start, name in IMAGE_KINDS if content.startswith(start)), FILE)


def _attachment(tx: Transaction, mail_id: int, index: int) -> tuple[MailRecord, Attachment]:
    with or_not_found():
        record = tx.mails.get(mail_id)
    reading = None if record.purged_at else tx.mails.reading(record.id)
    if reading is None or index >= len(reading.message.attachments):
        raise NotFound
    return record, reading.message.attachments[index]
