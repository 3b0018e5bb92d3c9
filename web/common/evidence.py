"""A mail as the case page shows it: its words, its attachments,
its page images with boxes over what was read.

Boxes are fractions of the upright page (core.data.submission.Box) and become percentages, which an
SVG over the image takes without inline style. ID numbers, and what gives them away, are hidden
until an administrator asks; the image that is shown has them painted over.
"""

from dataclasses import dataclass
from typing import Final

from markupsafe import escape

from core.cases.intake import request_sheet
from core.cases.letters import words
from core.data.mail_record import MailRecord
from core.data.submission import (
    LONG_TERM,
    Attachment,
    AttachmentKind,
    Box,
    Page,
    Part,
    PartKind,
    Seal,
    SealKind,
    Submission,
)
from core.locks.challenge import Mac
from core.visible_text import without_turning
from web.common import labels, masking
from web.common.comparison import page_anchor, part_anchor, seal_anchor

LONGEST_TEXT: Final = 20_000
SHOWN_INLINE: Final = frozenset({AttachmentKind.PDF, AttachmentKind.IMAGE})
"""Kinds, known by the content, that a browser shows by itself, in a sandbox without scripts;
all others are downloaded."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle over a page image, in percent.

    `kind`: part, field or seal; `anchor`: by which lines of the case page point to it.
    """

    kind: str
    label: str
    x: str
    y: str
    width: str
    height: str
    anchor: str


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of a part.

    `key` names it when its hidden value is asked for; `value` is hidden already unless it was.
    """

    key: str
    label: str
    value: str
    hidden: bool
    doubtful: bool


@dataclass(frozen=True, slots=True)
class PageView:
    """One page image.

    `index` counts from 0 over the mail's pages; `covered`: something of it is hidden;
    `anchor`: see Frame.
    """

    page: Page
    index: int
    frames: tuple[Frame, ...]
    covered: bool
    anchor: str


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A request sheet among the pages: whether and when it was made here, and whether it was made
    for the enterprise of the licence."""

    place: str
    made: str
    made_here: bool
    fits: bool


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail and everything read from it; `reading` is None when it was not or could not be read.

    Attachments, parts (with their fields) and seals by their place in the mail, from 0.
    """

    record: MailRecord
    reading: Submission | None
    new_text: str = ""
    quoted_text: str = ""
    new_hidden: bool = False
    quoted_hidden: bool = False
    attachments: tuple[tuple[int, Attachment], ...] = ()
    pages: tuple[PageView, ...] = ()
    parts: tuple[tuple[int, Part, tuple[FieldLine, ...]], ...] = ()
    seals: tuple[tuple[int, Seal], ...] = ()
    sheets: tuple[SheetLine, ...] = ()


def mail_view(
    record: MailRecord, reading: Submission | None, shown: frozenset[str], mac: Mac | None
) -> MailView:
    """The view of a mail; `shown` holds the keys of hidden things that were asked for.

    `mac`: by which the desk knows the codes that its portal made.
    """
    if reading is None:
        return MailView(record, None)
    message, documents = reading.message, reading.documents
    new_text, new_hidden = _words(message.new_text, f"{record.id}.text" in shown)
    quoted_text, quoted_hidden = _words(message.quoted_text, f"{record.id}.quoted" in shown)
    return MailView(
        record,
        reading,
        new_text,
        quoted_text,
        new_hidden,
        quoted_hidden,
        attachments=tuple(
            (i, a) for i, a in enumerate(message.attachments) if not a.inline_decoration
        ),
        pages=tuple(page_views(reading, record.id)),
        parts=tuple(
            (i, part, _fields(f"{record.id}.{i}", part, shown))
            for i, part in enumerate(documents.parts)
        ),
        seals=tuple(enumerate(documents.seals)),
        sheets=tuple(line for page in documents.pages if (line := _sheet(page, reading, mac))),
    )


def page_views(reading: Submission, mail_id: int = 0) -> list[PageView]:
    """The pages of a mail with the frames over what was read.

    `mail_id`: 0 for one that is not stored.
    """
    return [_page(mail_id, i, page, reading) for i, page in enumerate(reading.documents.pages)]


def hidden_value(reading: Submission, key: str) -> str | None:
    """The hidden thing that a key (without its mail's id) names; None for what does not exist.

    Keys: `text`, `quoted` and `<part>.<field>`.
    """
    first, _, second = key.partition(".")
    if key in {"text", "quoted"}:
        return _cut(reading.message.new_text if key == "text" else reading.message.quoted_text)
    if not first.isdecimal() or int(first) >= len(reading.documents.parts):
        return None
    return reading.documents.parts[int(first)].fields.get(second)


def _words(text: str, shown: bool) -> tuple[str, bool]:
    """Text as the page shows it, and whether numbers in it are hidden."""
    text = _cut(text)
    hidden = escape(text) if shown else masking.hide_numbers(text)
    return hidden, hidden != text


def _cut(text: str) -> str:
    text = without_turning(text)
    return (
        text
        if len(text) <= LONGEST_TEXT
        else text[:LONGEST_TEXT] + "\n……（文字过长，其余请看原始邮件）"
    )


def _fields(key: str, part: Part, shown: frozenset[str]) -> tuple[FieldLine, ...]:
    return tuple(
        _field(f"{key}.{name}", name, value, part, shown) for name, value in part.fields.items()
    )


def _field(key: str, name: str, value: str, part: Part, shown: frozenset[str]) -> FieldLine:
    value = "长期" if value == LONG_TERM else value
    masked = masking.hide(value) if name in labels.SENSITIVE else masking.hide_numbers(value)
    hidden = key not in shown and masked != value
    seen = escape(value) if key in shown else masked
    return FieldLine(
        key, words.FIELDS.get(name, name), seen, hidden=hidden, doubtful=name in part.doubts
    )


def _sheet(page: Page, reading: Submission, mac: Mac | None) -> SheetLine | None:
    code = request_sheet.code_in(page.sheet.code) if page.sheet else None
    if code is None:
        return None
    licences = {part.fields.get("uscc") for part in reading.documents.of(PartKind.LICENCE)} - {None}
    here = mac is not None and request_sheet.is_made_here(mac, code)
    made = f"{code.made_on:%Y-%m-%d} 由本办理台生成" if here else "不是本办理台生成的，或无法核对"
    return SheetLine(
        words.place(page.attachment, (page.number,)),
        made,
        here,
        not licences or code.uscc in licences,
    )


def _page(mail_id: int, index: int, page: Page, reading: Submission) -> PageView:
    here = (page.attachment, page.number)
    parts = [
        (i, part)
        for i, part in enumerate(reading.documents.parts)
        if (part.attachment, part.page) == here
    ]
    seals = [
        (i, seal)
        for i, seal in enumerate(reading.documents.seals)
        if (seal.attachment, seal.page) == here
    ]
    frames = [*_frames(mail_id, parts, seals), *_place_of_seal(page, [seal for _, seal in seals])]
    return PageView(
        page,
        index,
        tuple(frames),
        page.covered_sha256 != page.image_sha256,
        page_anchor(mail_id, index),
    )


def _frames(
    mail_id: int, parts: list[tuple[int, Part]], seals: list[tuple[int, Seal]]
) -> list[Frame]:
    frames = [
        _frame("part", words.PARTS[p.kind], p.box, part_anchor(mail_id, i))
        for i, p in parts
        if p.kind is not PartKind.OTHER
    ]
    frames += [
        _frame("field", words.FIELDS.get(name, name), box, part_anchor(mail_id, i, name))
        for i, p in parts
        for name, box in p.field_boxes.items()
    ]
    frames += [
        _frame(
            "seal",
            words.SEALS[s.kind] + ("？" if s.doubtful else ""),
            s.box,
            seal_anchor(mail_id, i),
        )
        for i, s in seals
    ]
    return frames


def _place_of_seal(page: Page, seals: list[Seal]) -> list[Frame]:
    """On a request sheet without a seal of the enterprise: where it belongs."""
    if page.sheet is None or any(seal.kind is not SealKind.AUTHORITY for seal in seals):
        return []
    return [
        _frame(
            "seal",
            "此处应盖单位公章",
            request_sheet.on_page(page.sheet.box, request_sheet.SEAL),
            "",
        )
    ]


def _frame(kind: str, label: str, box: Box, anchor: str) -> Frame:
    x0, x1 = sorted(min(max(x, 0.0), 1.0) for x in (box.x0, box.x1))
    y0, y1 = sorted(min(max(y, 0.0), 1.0) for y in (box.y0, box.y1))
    x, y, width, height = (f"{value:.2%}" for value in (x0, y0, x1 - x0, y1 - y0))
    return Frame(kind, label, x, y, width, height, anchor)
