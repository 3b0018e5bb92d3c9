"""The opening's notes on a mail, such as unreadable files, as the rules understand them.

An archive that needs a password or is broken is as unopened as a PDF of that kind. What the mail
may hold unseen (an opaque S/MIME body, a winmail.dat, parts beyond the bounds) is Unopened.LIMIT:
it proves nothing, so it is doubt. It stands under the name "".
"""

from core.data.documents import Unopened
from core.data.submission import UNSEEN, WORDS_CUT, AttachmentKind, Message

_ARCHIVE_DEFECTS = {
    "archive.encrypted": Unopened.ENCRYPTED,
    "archive.damaged": Unopened.DAMAGED,
    "archive.too_large": Unopened.TOO_LARGE,
}
_TOO_LARGE = "message.too_large"
_UNSEEN_PARTS = {*UNSEEN, _TOO_LARGE, "attachment.winmail_dat"}
_UNREAD_WORDS = {*UNSEEN, WORDS_CUT, "body.charset"}
_UNREADABLE_MAIL = "message.unreadable"


def unopened_by_defects(message: Message) -> dict[str, Unopened]:
    """Attachment name → reason, by the defects of the mail."""
    found: dict[str, Unopened] = {}
    for defect in message.defects:
        if defect in _ARCHIVE_DEFECTS:
            found |= dict.fromkeys(_suspect_archives(message), _ARCHIVE_DEFECTS[defect])
        elif defect in _UNSEEN_PARTS or defect.startswith(_UNREADABLE_MAIL):
            found[""] = Unopened.TOO_LARGE if defect == _TOO_LARGE else Unopened.LIMIT
    return found


def words_unread(message: Message) -> bool:
    """Whether the mail may say what could not be read: then nothing is proved to be unsaid."""
    return any(d in _UNREAD_WORDS or d.startswith(_UNREADABLE_MAIL) for d in message.defects)


def _suspect_archives(message: Message) -> list[str]:
    """The archives that gave nothing; all of them when each gave something,
    because the defect does not say which it is."""
    archives = [a.name for a in message.attachments if a.kind is AttachmentKind.ARCHIVE]
    gave = {a.inside for a in message.attachments}
    return [name for name in archives if name not in gave] or archives
