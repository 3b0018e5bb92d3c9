"""Opens a mail: decoded headers, new and quoted text, attachments by content, marks for the loop
guard. It judges nothing and never raises.

Each error in the bytes becomes a word in `Message.defects`. `bodies` chooses the text. Sources: RFC
5322, 2045 to 2047, 2231, 3676; measured behaviour of Chinese providers.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from core.data.submission import Message
from core.visible_text import visible_line, visible_lines
from mail_intake.message import bodies, loop_guard
from mail_intake.message.bounces import bounce_of
from mail_intake.message.cloud_links import services_in
from mail_intake.message.html_text import LINK_BEGIN, LINK_END, MARKS, TOO_LONG
from mail_intake.message.mail_addresses import addresses, is_one_mailbox, mailboxes
from mail_intake.message.mail_attachments import Collected
from mail_intake.message.mime_parts import (
    MULTIPART_REPORT,
    Headers,
    Part,
    PartReader,
    headers_of,
)
from mail_intake.message.quoting import REQUEST_WORDS, Divided, divide, points_to_quote
from mail_intake.request.tokens import MAX_CHARACTERS

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_MAX_THREAD_IDS = 200
_MAX_SUBJECT = 1000
MAX_BYTES = 80 * 1024 * 1024
MAX_LINES = 20_000
HEAD_BYTES = 64 * 1024
SEVERAL_SENDERS = "header.several_senders"
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Opened:
    """A mail and the bytes of its attachments by their SHA-256."""

    message: Message
    contents: Mapping[str, bytes]


def open_mail(
    raw: bytes,
    arrived: datetime,
    own_addresses: Collection[str] = (),
) -> Opened:
    """Open `raw`, which arrived at `arrived` (INTERNALDATE).

    Never raises: at worst an empty message with a defect.

    `own_addresses`: the desk's addresses; when empty, NOT_ADDRESSED is not applied.
    """
    reader = PartReader()
    try:
        return _open(raw, arrived, reader, frozenset(own_addresses))
    except Exception as error:  # noqa: BLE001
        # one bad mail never stops the next; the defect makes it visible
        reader.note(f"message.unreadable:{type(error).__name__}")
        empty = Message("", "", "", (), "", (), arrived, "", defects=tuple(reader.defects))
        return Opened(empty, {})


def contents_of(raw: bytes) -> Mapping[str, bytes]:
    """The bytes of a mail's attachments by their SHA-256, as `open_mail` finds them,
    and nothing else of it. Never raises."""
    reader = PartReader()
    try:
        return Collected(reader.read(_bounded(raw, reader)), reader).contents
    except Exception:  # noqa: BLE001 - as in open_mail
        return {}


def sender_from_header(raw: bytes) -> str:
    """The From address by the first HEAD_BYTES alone, or "". Never raises.

    The queue is fair by sender before a mail is read.
    """
    try:
        return loop_guard.sender_of(headers_of(raw[:HEAD_BYTES]))
    except Exception:  # noqa: BLE001 - as in open_mail
        return ""


def _open(
    raw: bytes, arrived: datetime, reader: PartReader, own_addresses: Collection[str]
) -> Opened:
    root = reader.read(_bounded(raw, reader))
    headers = root.headers
    collected = Collected(root, reader)
    subject = _subject(headers)
    text = bodies.text_of(root, reader)
    divided = _divided(root, text, subject, collected, reader)
    read_texts = [divided.new]
    if points_to_quote(subject, divided.new, divided.quoted):
        read_texts.append(divided.quoted)
    if max(map(len, read_texts)) > MAX_CHARACTERS:
        reader.note(TOO_LONG)
    new_text = _without_marks(divided.new)
    marks = loop_guard.marks(headers, own_addresses, new_text)
    thread_ids = _thread_ids(headers)
    links = services_in(divided.new) + tuple(
        re.findall(f"{LINK_BEGIN}([^{LINK_END}]+){LINK_END}", divided.new)
    )
    message = Message(
        message_id=_first_id(headers.raw("message-id")),
        sender=loop_guard.sender_of(headers),
        sender_name=_sender_name(headers),
        recipients=addresses(headers, "to", "cc"),
        subject=subject,
        thread_ids=thread_ids,
        arrived=arrived,
        new_text=new_text,
        quoted_text=_without_marks(divided.quoted),
        is_forward=divided.is_forward,
        cover=_without_marks(divided.cover),
        attachments=tuple(collected.attachments),
        cloud_links=tuple(dict.fromkeys(links)),
        marks=marks,
        bounce=bounce_of(root, marks, thread_ids, text),
        defects=(*reader.defects, *_header_defects(headers)),
    )
    return Opened(message, collected.contents)


def _bounded(raw: bytes, reader: PartReader) -> bytes:
    if len(raw) > MAX_BYTES:
        reader.note("message.too_large")
        raw = raw[:MAX_BYTES]
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")  # lines that end in CR alone


def _divided(
    root: Part, text: str, subject: str, collected: Collected, reader: PartReader
) -> Divided:
    """New and quoted text of the mail.

    The first mail attached whole (the returned one rather than a report) gives the new text, unless
    the covering mail asks for something itself, or is a report: then it is quoted text.
    """
    headers = root.headers
    replies = bool(headers.raw("in-reply-to").strip() or headers.raw("references").strip())
    if not text.strip() and collected.has_winmail:
        reader.note("mime.encrypted_or_opaque")  # the text may lie in its properties
    divided = divide(_bounded_lines(text, reader), subject, answers_another=replies)
    forwarded = collected.forwarded
    if not forwarded or divided.is_forward:
        return divided
    inner = next((mail for mail in forwarded if mail.kind != MULTIPART_REPORT), forwarded[0])
    inside = divide(bodies.text_of(inner, reader), _subject(inner.headers))
    if REQUEST_WORDS.search(divided.new) or root.kind == MULTIPART_REPORT:
        return replace(divided, quoted=f"{divided.quoted}\n{inside.new}".strip())
    parts = (divided.new, _subject(inner.headers), inside.new)
    new = "\n".join(part for part in parts if part)
    return Divided(new, divided.quoted, is_forward=True, cover=divided.new)


def _bounded_lines(text: str, reader: PartReader) -> str:
    lines = text.splitlines()
    if len(lines) <= MAX_LINES:
        return text
    reader.note(TOO_LONG)
    return "\n".join(lines[:MAX_LINES])


def _without_marks(text: str) -> str:
    return visible_lines(MARKS.sub("", re.sub(f"{LINK_BEGIN}[^{LINK_END}]*{LINK_END}", "", text)))


def _subject(headers: Headers) -> str:
    return visible_line(headers.text("subject"), _MAX_SUBJECT)


def _sender_name(headers: Headers) -> str:
    boxes = sorted(mailboxes(headers.raw("from")), key=lambda box: not box.address)
    return visible_line(boxes[0].name, _MAX_SUBJECT) if boxes else ""


def _first_id(value: str) -> str:
    match = _MESSAGE_ID.search(value)
    if match:
        return match[0]
    bare = value.strip().strip("<>").strip()
    return f"<{bare}>" if bare and not re.search(r"\s", bare) and len(bare) < 900 else ""


def _thread_ids(headers: Headers) -> tuple[str, ...]:
    """Message-IDs that this mail answers, newest first."""
    replied = _MESSAGE_ID.findall(headers.raw("in-reply-to"))
    references = _MESSAGE_ID.findall(headers.raw("references"))[-_MAX_THREAD_IDS:]
    return tuple(dict.fromkeys([*replied[:5], *reversed(references)]))


def _header_defects(headers: Headers) -> list[str]:
    found: list[str] = []
    senders = headers.all("from")
    if len(senders) > 1 or not all(map(is_one_mailbox, senders)):
        found.append(SEVERAL_SENDERS)
    if not headers.raw("message-id").strip():
        found.append("header.no_message_id")
    return found


def arrival_of(raw: bytes) -> datetime | None:
    """When a mail arrived, in UTC: the time of its topmost Received, else its Date, else None."""
    headers = headers_of(_bounded(raw, PartReader()))
    return received_at(headers) or instant_of(headers.raw("date"))


def received_at(headers: Headers) -> datetime | None:
    """The time in the topmost Received line, in UTC, or None. The receiving server adds that line
    above all others (RFC 5321, section 4.4)."""
    return instant_of(headers.raw("received").rpartition(";")[2])


def instant_of(value: str) -> datetime | None:
    """A header's date in UTC; None if it is none, or before 1990."""
    try:
        found = parsedate_to_datetime(re.sub(r"\s+", " ", value[:200]).strip())
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found > _EARLIEST else None
