"""Which attachments could not be opened, and why, whoever noticed it: the reader of documents, the
opening of the mail, or the policy's limits.

An archive that needs a password or is broken is as unopened as a PDF of that kind. What the mail
may hold unseen (an opaque S/MIME body, a winmail.dat, parts beyond the bounds) is Unopened.LIMIT:
it proves nothing, so it is doubt. It stands under the name "".
"""

from collections.abc import Callable, Iterator
from typing import Final

from core.data.submission import Attachment, AttachmentKind, Documents, Message, Unopened

_ARCHIVE_DEFECTS: Final = {
    "archive.encrypted": Unopened.ENCRYPTED,
    "archive.damaged": Unopened.DAMAGED,
    "archive.too_large": Unopened.TOO_LARGE,
}
_UNSEEN: Final = {
    "message.too_large": Unopened.TOO_LARGE,
    "mime.encrypted_or_opaque": Unopened.LIMIT,
    "attachment.winmail_dat": Unopened.LIMIT,
    "mime.too_deep": Unopened.LIMIT,
    "mime.too_many_parts": Unopened.LIMIT,
}
_UNREAD_WORDS: Final = frozenset(
    {
        "mime.encrypted_or_opaque",
        "mime.too_deep",
        "mime.too_many_parts",
        "body.too_long",
        "body.too_deep",
        "body.charset",
    }
)
_CUT_WORDS: Final = frozenset({"body.too_long", "body.too_deep"})
_UNREADABLE_MAIL: Final = "message.unreadable"


def unopened_in(
    message: Message,
    documents: Documents,
    counts: Callable[[Attachment], bool],
    max_bytes: int,
    max_pages: int,
) -> dict[str, Unopened]:
    """Attachment name → reason, the reader's own reasons first.

    `counts`: whether an attachment may be the document.
    """
    found = dict(documents.unopened)
    for attachment in filter(counts, message.attachments):
        if attachment.size_bytes > max_bytes:
            found.setdefault(attachment.name, Unopened.TOO_LARGE)
        elif attachment.size_bytes == 0 and attachment.name.lower().endswith(".pdf"):
            found.setdefault(attachment.name, Unopened.EMPTY)
    for page in documents.pages:
        if page.number > max_pages:
            found.setdefault(page.attachment, Unopened.TOO_MANY_PAGES)
    return {**dict(_defects(message)), **found}


def words_unread(message: Message) -> bool:
    """Whether the mail may say what could not be read: then nothing is proved to be unsaid."""
    return any(d in _UNREAD_WORDS or d.startswith(_UNREADABLE_MAIL) for d in message.defects)


def words_cut(message: Message) -> bool:
    """Whether the mail has more words than are read: what follows them may
    take back or add anything."""
    return any(d in _CUT_WORDS for d in message.defects)


def _defects(message: Message) -> Iterator[tuple[str, Unopened]]:
    for defect in message.defects:
        if defect in _ARCHIVE_DEFECTS:
            yield from ((name, _ARCHIVE_DEFECTS[defect]) for name in _suspect_archives(message))
        elif defect in _UNSEEN or defect.startswith(_UNREADABLE_MAIL):
            yield "", _UNSEEN.get(defect, Unopened.LIMIT)


def _suspect_archives(message: Message) -> list[str]:
    """The archives that gave nothing; all of them when each gave something,
    because the defect does not say which it is."""
    archives = [a.name for a in message.attachments if a.kind is AttachmentKind.ARCHIVE]
    gave = {a.inside for a in message.attachments}
    return [name for name in archives if name not in gave] or archives
