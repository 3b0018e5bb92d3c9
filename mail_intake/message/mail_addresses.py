"""Reads mailboxes out of address headers: the address that counts, and the name that is only shown.

A display name may hold commas, angle brackets or another address to deceive; only what stands in
the last angle brackets outside quotes, or alone, is the address. Never raises. Source: RFC 5322
section 3.4.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from mail_intake.message.charsets import decode_words
from mail_intake.message.mime_parts import Headers

MAX_MAILBOXES = 500
_OPENER = re.compile(r'["(]')
_WITHIN = {'"': re.compile(r'"(?:\\.|[^"\\])*+'), "(": re.compile(r"\((?:\\.|[^()\\])*+")}
_CLOSERS = {'"': '"', "(": ")"}
_ANGLE = re.compile(r"<\s*+(?:@[^:<>]*:)?([^<>]*)>")
_BARE = re.compile(
    r"(?:^|(?<=[\s<>,;:\"()\[\]@，；]))[^\s<>,;:\"()\[\]@，；]{1,200}@(?:[^\s<>,;:\"()\[\]@，；]+"
    r"|\[[^\[\]\s]+\])"
)
_USABLE = re.compile(
    r"[^\s<>,;\"()@]{1,200}@[^\s<>,;\"()@]{1,255}|\"[^\"]{1,100}\"@[^\s<>,;\"()@]{1,255}"
)

_WORD = r"[^\s<>,;:\"()@\x01]+"
_PLAIN = re.compile(rf"[^<>,;:\"()]*<{_WORD}@{_WORD}>[\s\x01]*|[\s\x01]*{_WORD}@{_WORD}[\s\x01]*")


@dataclass(frozen=True)
class Mailbox:
    """One mailbox: the address in lower case, or "" when there is none that could be used,
    and the decoded display name."""

    address: str
    name: str


@lru_cache(32)  # From is asked for five times
def mailboxes(value: str) -> tuple[Mailbox, ...]:
    """The mailboxes of a header value whose encoded words are not yet decoded,
    at most MAX_MAILBOXES of them."""
    return tuple(
        box for box in map(_mailbox, _pieces(value)[:MAX_MAILBOXES]) if box.address or box.name
    )


def addresses(headers: Headers, *fields: str) -> tuple[str, ...]:
    """The addresses in the header fields of these names, each once."""
    values = (value for field in fields for value in headers.all(field))
    boxes = (box for value in values for box in mailboxes(value))
    return tuple(dict.fromkeys(box.address for box in boxes if box.address))


def is_one_mailbox(value: str) -> bool:
    """Whether a header value is one plain mailbox, which no two programs read as two addresses, nor
    do those that read bytes: a character of GB 18030 may end in the backslash before a quote."""
    views = (value, value.encode("gb18030", "replace").decode("latin-1"))
    found = {box.address for view in views for box in mailboxes(view)}
    return len(found) < 2 and all(map(_PLAIN.fullmatch, map(_masked, views)))


def _pieces(value: str) -> list[str]:
    """The value cut at its commas and semicolons outside quotes, comments and angle brackets."""
    masked = _masked(value)
    masked = _ANGLE.sub(lambda match: "\x01" * len(match[0]), masked)
    pieces, start = [], 0
    for match in re.finditer(r"[,;，；]", masked):
        pieces.append(value[start : match.start()])
        start = match.end()
    return [*pieces, value[start:]]


def _masked(value: str) -> str:
    """The value with its quoted strings and comments blotted out, its length kept.

    Where one is not closed before the value ends, no later one of its kind is: whatever opens there
    is escaped within it. So none is looked for again.
    """
    out: list[str] = []
    at, unclosed = 0, set[str]()
    for opener in _OPENER.finditer(value):
        sign, start = opener[0], opener.start()
        if start < at or sign in unclosed or not (within := _WITHIN[sign].match(value, start)):
            continue
        behind = value[within.end() : within.end() + 1]
        if behind == _CLOSERS[sign]:
            out += [value[at:start], "\x01" * (within.end() + 1 - start)]
            at = within.end() + 1
        elif behind != sign:
            unclosed.add(sign)
    return "".join([*out, value[at:]])


def _mailbox(piece: str) -> Mailbox:
    masked = _masked(piece)
    angles = list(_ANGLE.finditer(masked))
    if angles:
        last = angles[-1]
        return Mailbox(
            _usable(piece[last.start(1) : last.end(1)]), _display_name(piece[: last.start()])
        )
    bare = _BARE.search(masked)
    if bare:
        start, end = bare.span()
        return Mailbox(_usable(piece[start:end]), _display_name(piece[:start] + piece[end:]))
    return Mailbox("", _display_name(piece))


def _usable(address: str) -> str:
    address = decode_words(address.strip()).strip().rstrip(".").lower()
    return address if address.isprintable() and _USABLE.fullmatch(address) else ""


def _display_name(name: str) -> str:
    name = name.strip().removeprefix("(").removesuffix(")")
    name = re.sub(r'\\(["\\])', r"\1", name.strip("\"' "))
    return re.sub(r"\s+", " ", decode_words(name)).strip("\"' ")[:200]
