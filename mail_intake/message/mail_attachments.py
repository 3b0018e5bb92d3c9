"""Gathers the attachments of a mail: by content, with what lies inside zips and forwarded mails,
within bounds.

An inline picture that the HTML body shows, small or banner-shaped, is a decoration; a scan pasted
into the body is not. Names are kept as written and are never used as a path. Signatures (S/MIME,
PGP) and report parts are protocol, not attachments.
"""

import hashlib
import re
from itertools import islice

from core.data.submission import CALENDAR, Attachment, AttachmentKind
from core.visible_text import visible_line
from mail_intake.message.archives import MAX_MEMBERS, members
from mail_intake.message.bodies import is_body
from mail_intake.message.charsets import decode_base64
from mail_intake.message.mime_parts import Part, PartReader
from mail_intake.message.winmail import SIGNATURE, read_winmail
from papers.content_kind import image_size_px, kind_of
from papers.zip_directory import is_zip

_PROTOCOL = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "message/delivery-status",
        "message/disposition-notification",
        "text/rfc822-headers",
        "application/pgp-keys",
        "text/vcard",
        "text/x-vcard",
        "message/feedback-report",
    }
)
_ENCRYPTED = frozenset(
    {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
)
"""Kinds of parts that no program reads without a key, or that wrap a signed mail whole."""
_CARD_OR_CALENDAR = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,80}BEGIN:(?:(?P<calendar>VCALENDAR)|VCARD)", re.IGNORECASE
)
_UUENCODED = re.compile(rb"^begin [0-7]{3,4} [^\r\n]{1,200}\r?$", re.MULTILINE)
"""The first line of a file as very old programs put it into the text.

It is not opened; a person is to look.
"""
_UUENCODED_WITHIN = 2_000_000
_PICTURE_IN_TEXT = re.compile(
    rb"data:image/[\w.+-]{1,40};base64,([A-Za-z0-9+/=\s]+)", re.IGNORECASE
)
"""A picture as some programs paste it into the HTML of a body (RFC 2397)."""
_MAX_PICTURES_IN_TEXT = 40
_MAX_NAME = 255
MAX_FORWARDS = 4
MAX_ZIPS = 20
MAX_ARCHIVE_BYTES = 120 * 1024 * 1024
MAX_ARCHIVE_DEPTH = 2
_DECORATION_BYTES = 100_000
_DECORATION_SIDE_PX = 420
_TINY_BYTES = 8_000
_BANNER_RATIO = 3.2


class Collected:
    """The attachments of the mail `root`, in their order. `forwarded`: the mails attached
    whole."""

    def __init__(self, root: Part, reader: PartReader) -> None:
        self.attachments: list[Attachment] = []
        self.contents: dict[str, bytes] = {}
        self.forwarded: list[Part] = []
        self.has_winmail = False
        self._reader = reader
        self._archive_bytes_left = MAX_ARCHIVE_BYTES
        self._zips_left = MAX_ZIPS
        self._walk(root, "", 0)

    def _walk(self, part: Part, inside: str, forwards: int) -> None:
        if part.children:
            for child in part.children:
                self._walk(child, inside, forwards)
            return
        if part.kind.startswith("message/rfc822") or part.kind == "message/global":
            self._forwarded(part, inside, forwards)
            return
        if part.kind in _ENCRYPTED or _UUENCODED.search(part.body[:_UUENCODED_WITHIN]):
            self._reader.note("mime.encrypted_or_opaque")
        if is_body(part):
            self._pictures_in(part, inside)
        elif part.kind not in _ENCRYPTED | _PROTOCOL:
            self._leaf(part, inside)

    def _pictures_in(self, part: Part, inside: str) -> None:
        found = islice(_PICTURE_IN_TEXT.finditer(part.content()), _MAX_PICTURES_IN_TEXT)
        for number, match in enumerate(found, 1):
            data = decode_base64(match[1])
            kind = self._kind_of(data)
            decoration = kind is not AttachmentKind.IMAGE or _is_small(data)
            self._add(f"正文图片{number}", data, kind, inside, decoration=decoration)

    def _forwarded(self, part: Part, inside: str, forwards: int) -> None:
        raw = part.content()
        name = part.file_name or "转发的邮件.eml"
        self._add(name, raw, AttachmentKind.MESSAGE, inside)
        if forwards >= MAX_FORWARDS:
            self._reader.note("mime.too_deep")
            return
        inner = self._reader.read(raw, depth=1)
        self.forwarded.append(inner)
        self._walk(inner, _named(name), forwards + 1)

    def _leaf(self, part: Part, inside: str) -> None:
        data = part.content()
        if not data and not part.file_name:
            return
        if entry := _CARD_OR_CALENDAR.match(data):
            if entry["calendar"]:
                self._reader.note(CALENDAR)
            return
        kind = self._kind_of(data)
        name = part.file_name or _default_name(part, len(self.attachments) + 1)
        if kind is AttachmentKind.OTHER and name.lower().endswith(".eml"):
            # as the last that is opened: no further mail within it is
            self._forwarded(part, inside, MAX_FORWARDS - 1)
            return
        if data.startswith(SIGNATURE):
            self._winmail(name, data, inside)
            return
        self._add(
            name,
            data,
            kind,
            inside,
            decoration=kind is AttachmentKind.IMAGE and _is_decoration(part, data),
        )
        if kind is AttachmentKind.ARCHIVE:
            self._open_archive(name, data, 1)

    def _winmail(self, name: str, data: bytes, inside: str) -> None:
        """The files that Outlook wrapped; the wrapping itself counts only where
        it was not read whole."""
        files, is_whole = read_winmail(data, MAX_MEMBERS)
        if not is_whole:
            self._reader.note("attachment.winmail_dat")
        self.has_winmail = True
        self._add(name, data, AttachmentKind.OTHER, inside, decoration=is_whole)
        for file in files:
            self._member(file.name, file.data, name, 0)

    def _open_archive(self, name: str, data: bytes, depth: int) -> None:
        if not data.startswith(b"PK"):
            self._reader.note("archive.not_opened")
            return
        if self._zips_left < 0:
            return
        for member, content in members(data, self._reader.note, self._archive_bytes_left):
            if not self._member(member, content, name, depth):
                return

    def _member(self, member: str, content: bytes, name: str, depth: int) -> bool:
        """A file from within `name`, an archive of depth `depth`;
        False when the bytes allowed in all are used up."""
        self._archive_bytes_left -= len(content)
        if self._archive_bytes_left < 0:
            self._reader.note("archive.too_large")
            return False
        kind = self._kind_of(content)
        self._add(
            member.replace("\\", "/").rpartition("/")[2] or member, content, kind, _named(name)
        )
        if kind is AttachmentKind.ARCHIVE and depth < MAX_ARCHIVE_DEPTH:
            self._open_archive(member, content, depth + 1)
        return True

    def _kind_of(self, data: bytes) -> AttachmentKind:
        """The kind by content; zips beyond the bound are not looked into."""
        self._zips_left -= is_zip(data)
        if is_zip(data) and self._zips_left < 0:
            self._reader.note("archive.too_large")
            return AttachmentKind.ARCHIVE
        return kind_of(data)

    def _add(
        self, name: str, data: bytes, kind: AttachmentKind, inside: str, *, decoration: bool = False
    ) -> None:
        digest = hashlib.sha256(data).hexdigest()
        self.contents[digest] = data
        self.attachments.append(
            Attachment(_named(name), kind, len(data), digest, decoration, inside)
        )


def _default_name(part: Part, number: int) -> str:
    ending = {
        "application/pdf": ".pdf",
        "image/jpeg": ".jpg",
        "image/png": ".png",
        "application/zip": ".zip",
    }.get(part.kind, "")
    return f"附件{number}{ending}"


def _is_decoration(part: Part, data: bytes) -> bool:
    """Whether an inline picture is a logo, an icon or a banner rather than a scan."""
    if part.disposition == "attachment" or not (
        part.headers.raw("content-id").strip() or part.disposition == "inline"
    ):
        return False
    return _is_small(data)


def _is_small(data: bytes) -> bool:
    if len(data) > _DECORATION_BYTES:
        return False
    size = image_size_px(data)
    if size is None:
        return len(data) < _TINY_BYTES
    width, height = size
    return (
        len(data) < _TINY_BYTES
        or max(width, height) <= _DECORATION_SIDE_PX
        or width > _BANNER_RATIO * max(height, 1)
    )


def _named(name: str) -> str:
    return visible_line(name, _MAX_NAME) or "未命名附件"
