"""A mail as pages show it: its words, its fields, and the frames over what was read on its page
pictures.

ID numbers, and what gives them away, are hidden until an administrator asks; the picture that is
shown has them painted over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.cases.intake import request_sheet
from core.cases.intake.request_sheet import SheetCode
from core.cases.letters import words
from core.data.documents import LONG_TERM, Box, Page, Part, PartKind, SealKind
from core.data.mail_record import MailRecord
from core.data.submission import AttachmentKind, Submission
from core.locks.challenge import Mac
from core.masking import SENSITIVE, hide, hide_numbers
from core.visible_text import without_turning

LONGEST_TEXT = 20_000
TOO_LONG = "\n……（文字过长，其余请看原始邮件）"
SHOWN_INLINE = frozenset({AttachmentKind.PDF, AttachmentKind.IMAGE})
"""Kinds, known by the content, that a browser shows by itself, in a sandbox without scripts; all
others are downloaded."""


@dataclass(frozen=True)
class Frame:
    """A rectangle over a page picture. `kind`: part, field or seal; `anchor`: by which lines of the
    case page point to it."""

    kind: str
    label: str
    box: Box
    anchor: str = ""


@dataclass(frozen=True)
class MaskedText:
    """A text as a page shows it, and whether something of it is hidden."""

    text: str
    hidden: bool


@dataclass(frozen=True)
class MailView:
    """A mail and everything read from it; `reading` is None when it was not or could not be read.
    `mac`: by which the desk knows the codes that its portal made."""

    record: MailRecord
    reading: Submission | None
    mac: Mac | None = None

    @property
    def pages(self) -> Sequence[Page]:
        return self.reading.documents.pages if self.reading else ()

    def words(self, key: str) -> MaskedText:
        """The new text (`text`) or the quoted one (`quoted`)."""
        text = (hidden_value(self.reading, key) if self.reading else None) or ""
        masked = hide_numbers(text)
        return MaskedText(masked, hidden=masked != text)

    def field(self, part: Part, name: str) -> MaskedText:
        value = "长期" if part.fields[name] == LONG_TERM else part.fields[name]
        masked = hide(value) if name in SENSITIVE else hide_numbers(value)
        return MaskedText(masked, hidden=masked != value)

    @property
    def sheets(self) -> Iterator[tuple[Page, SheetCode, bool]]:
        """The request sheets among the pages, with the code of each, and whether this desk made
        it."""
        for page in self.pages:
            code = request_sheet.code_in(page.sheet.code) if page.sheet else None
            if code:
                made_here = self.mac is not None and request_sheet.is_genuine(self.mac, code)
                yield page, code, made_here

    def frames(self, page: Page) -> list[Frame]:
        return frames(self.reading, page, self.record.id) if self.reading else []


def hidden_value(reading: Submission, key: str) -> str | None:
    """The hidden thing that a key (without its mail's id) names; None for what does not exist.

    Keys: `text`, `quoted` and `<part>.<field>`.
    """
    if key == "text":
        return _cut(reading.message.new_text)
    if key == "quoted":
        return _cut(reading.message.quoted_text)
    index, _, name = key.partition(".")
    if not index.isdecimal() or int(index) >= len(reading.documents.parts):
        return None
    return reading.documents.parts[int(index)].fields.get(name)


def _cut(text: str) -> str:
    text = without_turning(text)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + TOO_LONG


def part_anchor(mail_id: int, index: int, part: Part, field: str = "") -> str:
    """The anchor of a part, or of one of its fields where its place is known, over its page."""
    return f"p{mail_id}-{index}" + (f"-{field}" if field in part.field_boxes else "")


def seal_anchor(mail_id: int, index: int) -> str:
    return f"s{mail_id}-{index}"


def frames(reading: Submission, page: Page, mail_id: int = 0) -> list[Frame]:
    """The frames over what was read on a page. On a request sheet without a seal of the enterprise
    one says where it belongs. `mail_id`: 0 for a mail that is not stored."""
    parts = [(i, one) for i, one in enumerate(reading.documents.parts) if one.spot == page.spot]
    seals = [(i, one) for i, one in enumerate(reading.documents.seals) if one.spot == page.spot]
    found = [
        Frame("part", words.PARTS[part.kind], part.box, part_anchor(mail_id, i, part))
        for i, part in parts
        if part.kind is not PartKind.OTHER
    ]
    for i, part in parts:
        for name, box in part.field_boxes.items():
            label = words.FIELDS.get(name, name)
            found.append(Frame("field", label, box, part_anchor(mail_id, i, part, name)))
    for i, seal in seals:
        label = words.SEALS[seal.kind] + ("？" if seal.doubtful else "")
        found.append(Frame("seal", label, seal.box, seal_anchor(mail_id, i)))
    if page.sheet and all(seal.kind is SealKind.AUTHORITY for _, seal in seals):
        place = request_sheet.on_page(page.sheet.box, request_sheet.SEAL)
        found.append(Frame("seal", "此处应盖单位公章", place))
    return found
