"""Reads winmail.dat (TNEF, MS-OXTNEF), in which Outlook and Exchange wrap attachments, and
sometimes the whole text, of a mail.

Only what a request needs is taken: files, their names, messages within, the text. Every count in
the file is checked against the bytes it really has, so that reading is linear in its size. The
library for it (tnefparse 1.4) is a second opinion in tests only: it copies the rest of the file for
every object and believes hostile counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from mail_intake.message.charsets import decode
from mail_intake.message.html_text import TOO_LONG, html_to_text
from mail_intake.message.mime_parts import MessageLimits

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_MESSAGE_IID: Final = bytes.fromhex("0703020000000000c000000000000046")
(
    _BODY,
    _ATTACH_DATA,
    _ATTACH_TITLE,
    _RENDERING,
    _MESSAGE_PROPERTIES,
    _ATTACH_PROPERTIES,
    _CODEPAGE,
) = 0x800C, 0x800F, 0x8010, 0x9002, 0x9003, 0x9005, 0x9007
_PR_BODY, _PR_RTF, _PR_HTML, _PR_DATA, _PR_SHORT_NAME, _PR_LONG_NAME, _PR_SHOWN_NAME = (
    0x1000,
    0x1009,
    0x1013,
    0x3701,
    0x3704,
    0x3707,
    0x3001,
)
_FIXED: Final = {
    0x0001: 0,
    0x0002: 4,
    0x000B: 4,
    0x0003: 4,
    0x0004: 4,
    0x000A: 4,
    0x0005: 8,
    0x0006: 8,
    0x0007: 8,
    0x0014: 8,
    0x0040: 8,
    0x0048: 16,
}
_VARIABLE: Final = frozenset({0x001E, 0x001F, 0x000D, 0x0102, 0x0000})
_UNICODE: Final = 0x001F
_MULTIPLE: Final = 0x1000
_NAMED: Final = 0x8000
MAX_STEPS: Final = 100_000
_CODEPAGES: Final = {65001: "utf-8", 54936: "gb18030", 20127: "us-ascii", 1200: "utf-16-le"}


@dataclass(slots=True)
class Winmail:
    """What a winmail.dat holds. `files`: name and content. `text`: the body, or "".

    `html`: the first HTML body as it stands, from which `text` is made. `rtf_only`: there is a
    body, but only as compressed RTF.
    """

    files: list[tuple[str, bytes]] = field(default_factory=list)
    text: str = ""
    html: str = ""
    rtf_only: bool = False


@dataclass(slots=True)
class _File:
    name: str = ""
    long_name: str = ""
    data: bytes = b""


class _Cut(Exception):
    """The file ends before what it promises, or promises too much."""


class _Steps:
    """Counts objects, properties and values, so that a file of millions of empty ones costs
    no more than an honest one."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def one_more(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _Cut


def read_winmail(data: bytes, limits: MessageLimits, note: Callable[[str], None]) -> Winmail:
    """The contents of a winmail.dat, within the bounds of archives; what is out of bounds or broken
    is noted as a defect. Never raises."""
    found = Winmail()
    _read(data, limits, note, found, 1, _Steps())
    if max(len(found.html), len(found.text)) > limits.text_bytes:
        note(TOO_LONG)
    found.text = (
        html_to_text(found.html[: limits.text_bytes], note, limits.html_tags)
        or found.text[: limits.text_bytes]
    )
    return found


def _read(
    data: bytes,
    limits: MessageLimits,
    note: Callable[[str], None],
    found: Winmail,
    depth: int,
    steps: _Steps,
) -> None:
    codepage, left = "", limits.archive_bytes
    files: list[_File] = []
    try:
        for name, value in _objects(data, steps):
            if name == _CODEPAGE:
                codepage = _label(int.from_bytes(value[:4], "little"))
            elif name == _RENDERING:
                if len(found.files) + len(files) >= limits.archive_members:
                    note("archive.too_large")
                    break
                files.append(_File())
            elif name in {_BODY, _MESSAGE_PROPERTIES}:
                _take_text(name, value, codepage, found, steps)
            elif files:
                _take_file(name, value, codepage, files[-1], steps)
    except _Cut:
        note("attachment.winmail_dat")
    for file in files:
        left -= len(file.data)
        if left < 0:
            note("archive.too_large")
            return
        _keep(file, limits, note, found, depth, steps)


def _keep(
    file: _File,
    limits: MessageLimits,
    note: Callable[[str], None],
    found: Winmail,
    depth: int,
    steps: _Steps,
) -> None:
    """The file, or the files of the message that it holds."""
    if not file.data.startswith(_MESSAGE_IID):
        if file.data:
            found.files.append((file.long_name or file.name or "未命名附件", file.data))
        return
    if depth >= limits.archive_depth:
        note("mime.too_deep")
        return
    inner = Winmail()
    _read(file.data[len(_MESSAGE_IID) :], limits, note, inner, depth + 1, steps)
    found.files += inner.files[: max(limits.archive_members - len(found.files), 0)]


def _objects(data: bytes, steps: _Steps) -> Iterator[tuple[int, bytes]]:
    """Attribute and value of each object.

    Raises _Cut; trailing rubbish shorter than an object is left alone.
    """
    at = 6
    while at + 11 < len(data):
        steps.one_more()
        if data[at] not in {1, 2}:
            raise _Cut
        name, size = (
            int.from_bytes(data[at + 1 : at + 3], "little"),
            int.from_bytes(data[at + 5 : at + 9], "little"),
        )
        end = at + 9 + size
        if end > len(data):
            raise _Cut
        yield name, data[at + 9 : end]
        at = end + 2


def _take_text(name: int, value: bytes, codepage: str, found: Winmail, steps: _Steps) -> None:
    if name == _BODY:
        found.text = found.text or decode(value, codepage).text.strip("\x00")
        return
    for prop, kind, content in _properties(value, steps):
        if prop == _PR_BODY:
            found.text = found.text or _words(kind, content, codepage)
        elif prop == _PR_HTML:
            found.html = found.html or _words(kind, content, codepage)
        elif prop == _PR_RTF:
            found.rtf_only = True
    found.rtf_only = found.rtf_only and not (found.text.strip() or found.html)


def _take_file(name: int, value: bytes, codepage: str, file: _File, steps: _Steps) -> None:
    if name == _ATTACH_TITLE:
        file.name = decode(value, codepage).text.strip("\x00")
    elif name == _ATTACH_DATA:
        file.data = value
    elif name == _ATTACH_PROPERTIES:
        for prop, kind, content in _properties(value, steps):
            if prop == _PR_DATA:
                file.data = content or file.data
            elif prop == _PR_LONG_NAME:
                file.long_name = _words(kind, content, codepage)
            elif prop in {_PR_SHORT_NAME, _PR_SHOWN_NAME}:
                file.name = file.name or _words(kind, content, codepage)


def _properties(data: bytes, steps: _Steps) -> Iterator[tuple[int, int, bytes]]:
    """Number, type and first value of each variable property;
    ends where the bytes do or a type is not known."""
    at = 4
    while at + 4 <= len(data):
        steps.one_more()
        kind, prop = (
            int.from_bytes(data[at : at + 2], "little"),
            int.from_bytes(data[at + 2 : at + 4], "little"),
        )
        at = _past_name(data, at + 4) if prop >= _NAMED else at + 4
        multiple, kind = bool(kind & _MULTIPLE), kind & ~_MULTIPLE
        if kind in _VARIABLE:
            value, at = _values(data, at, steps)
            yield prop, kind, value
        elif kind in _FIXED:
            at = _past_fixed(data, at, kind, multiple=multiple)
        else:
            return


def _past_name(data: bytes, at: int) -> int:
    """Behind the GUID and the name of a named property."""
    if int.from_bytes(data[at + 16 : at + 20], "little") == 0:
        return at + 24
    size = int.from_bytes(data[at + 20 : at + 24], "little")
    return at + 24 + _padded(size)


def _past_fixed(data: bytes, at: int, kind: int, *, multiple: bool) -> int:
    if not multiple:
        return at + _FIXED[kind]
    count = int.from_bytes(data[at : at + 4], "little")
    each = 2 if kind in {0x0002, 0x000B} else _FIXED[kind]
    return at + 4 + _padded(count * each)


def _values(data: bytes, at: int, steps: _Steps) -> tuple[bytes, int]:
    """The first of the values of a variable property, and where they end."""
    count, at, first = int.from_bytes(data[at : at + 4], "little"), at + 4, b""
    for number in range(count):
        if at + 4 > len(data):
            break
        steps.one_more()
        size = int.from_bytes(data[at : at + 4], "little")
        if number == 0:
            first = data[at + 4 : at + 4 + size]
        at += 4 + _padded(size)
    return first, at


def _words(kind: int, content: bytes, codepage: str) -> str:
    return decode(content, "utf-16-le" if kind == _UNICODE else codepage).text.strip("\x00")


def _padded(size: int) -> int:
    return size + -size % 4


def _label(codepage: int) -> str:
    return _CODEPAGES.get(codepage, f"cp{codepage}")
