"""Parses a mail's bytes into headers and parts, within bounds, and never raises.

It reads the structure itself instead of Python's email package, because that one loses raw 8-bit
headers, raises on access for one public mail in sixty, and spends seconds on a huge header or an
endless nesting: here each byte is looked at once a level, levels, parts and header lengths are
bounded before anything is read, and a charset is never asked for before the bytes are cut. Sources:
RFC 5322, 2045, 2046.
"""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mail_intake.message.charsets import decode_base64, decode_raw_header, decode_words, parameters

MULTIPART_DIGEST = "multipart/digest"
MULTIPART_REPORT = "multipart/report"
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_HEADER = re.compile(rb"([!-9;-~]{1,80})[ \t]*:[ \t]*(.*)", re.DOTALL)
_TYPE = re.compile(r"\s*([\w.+-]{1,60}/[\w.+-]{1,100})")


# What lies beyond these bounds is left out and reported as a defect.
MAX_HEADER_BLOCK_BYTES = 256 * 1024
MAX_HEADER_BYTES = 32 * 1024
MAX_HEADERS = 1000
MAX_DEPTH = 30
MAX_PARTS = 1500


@dataclass(frozen=True)
class Headers:
    """Header fields in their order: lower-case names, texts with encoded words as they stand."""

    fields: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """The text of every field of this name."""
        return tuple(text for key, text in self.fields if key == name)

    def raw(self, name: str) -> str:
        """The first field's text, or ""."""
        return next(iter(self.all(name)), "")

    def text(self, name: str) -> str:
        """The first field's text, encoded words decoded, or ""."""
        return decode_words(self.raw(name)).strip()

    def names(self) -> frozenset[str]:
        """The names that occur."""
        return frozenset(key for key, _ in self.fields)


@dataclass(slots=True)
class Part:
    """One MIME part: `body` is raw (still transfer-encoded),
    `children` the parts of a multipart."""

    headers: Headers
    body: bytes
    kind: str
    type_parameters: dict[str, str]
    children: list["Part"] = field(default_factory=list)

    @property
    def disposition(self) -> str:
        """`attachment`, `inline` or ""."""
        return self.headers.raw("content-disposition").partition(";")[0].strip().lower()

    @property
    def file_name(self) -> str:
        """The name that the sender gave the part, decoded, or ""."""
        named = parameters(self.headers.raw("content-disposition")).get("filename", "")
        return (
            named
            or self.type_parameters.get("name", "")
            or self.type_parameters.get("filename", "")
        ).strip()

    def content(self) -> bytes:
        """The body, transfer encoding undone as far as it goes; an unknown one leaves it as it
        is."""
        named = self.headers.raw("content-transfer-encoding").strip().lower()
        encoding = named.split(" ")[0].rstrip(";")
        if encoding == "base64":
            return decode_base64(self.body)
        if encoding in {"quoted-printable", "quotedprintable"}:
            return quopri.decodestring(self.body)
        return self.body


class PartReader:
    """Reads parts within bounds and remembers what was wrong with them."""

    def __init__(self) -> None:
        self.defects: list[str] = []
        self._left = MAX_PARTS

    def note(self, defect: str) -> None:
        """Remember a defect once."""
        if defect not in self.defects:
            self.defects.append(defect)

    def read(self, raw: bytes, depth: int = 0, default: str = "text/plain") -> Part:
        """The part that `raw` holds, with its children."""
        headers, body = self.split(raw)
        declared = headers.raw("content-type")
        match = _TYPE.match(declared)
        kind = match[1].lower() if match else default
        part = Part(headers, body, kind, parameters(declared) if declared else {})
        if kind.startswith("multipart/"):
            self._read_children(part, depth)
        return part

    def _read_children(self, part: Part, depth: int) -> None:
        if depth >= MAX_DEPTH:
            self.note("mime.too_deep")
            return
        boundary = part.type_parameters.get("boundary", "").rstrip().encode(
            "utf-8", "replace"
        ) or _guessed_boundary(part.body)
        default = "message/rfc822" if part.kind == MULTIPART_DIGEST else "text/plain"
        for piece in self._pieces(part.body, boundary):
            if self._left <= 0:
                self.note("mime.too_many_parts")
                break
            self._left -= 1
            part.children.append(self.read(piece, depth + 1, default))
        if not part.children:
            self.note("mime.no_parts")
            part.kind = "text/plain"

    def _pieces(self, body: bytes, boundary: bytes) -> Iterator[bytes]:
        start = -1
        for begin, end, last in _delimiters(body, boundary):
            if start >= 0:
                yield body[start : _before_break(body, start, begin)]
            start = end
            if last:
                return
        if start >= 0:
            self.note("mime.unclosed")
            yield body[start:]

    def split(self, raw: bytes) -> tuple[Headers, bytes]:
        """The headers and the body of a message or part."""
        if raw.startswith((b"\n", b"\r\n")):
            return Headers(), raw[1 if raw.startswith(b"\n") else 2 :]
        blank = _BLANK_LINE.search(raw)
        block, body = (raw[: blank.start()], raw[blank.end() :]) if blank else (raw, b"")
        if len(block) > MAX_HEADER_BLOCK_BYTES:
            self.note("header.too_long")
            block = block[:MAX_HEADER_BLOCK_BYTES]
        headers = self._fields(block)
        if not headers.fields:
            self.note("header.missing")
            return headers, raw
        return headers, body

    def _fields(self, block: bytes) -> Headers:
        found: list[tuple[str, str]] = []
        lines = re.split(rb"\r?\n(?![ \t])", block)
        for number, line in enumerate(lines):
            match = _HEADER.match(line)
            if not match:
                if number or not line.startswith((b"From ", b">From ")):
                    self.note("header.malformed")
                continue
            if len(match[2]) > MAX_HEADER_BYTES:
                self.note("header.too_long")
            text = decode_raw_header(match[2][:MAX_HEADER_BYTES])
            found.append((match[1].decode("ascii").lower(), text))
            if len(found) >= MAX_HEADERS:
                self.note("header.too_many")
                break
        return Headers(tuple(found))


def headers_of(raw: bytes) -> Headers:
    """The header section of a mail."""
    return PartReader().split(raw)[0]


def _guessed_boundary(body: bytes) -> bytes:
    match = re.search(rb"^--([^\r\n]{1,200}?)[ \t]*\r?$", body[:65536], re.MULTILINE)
    return match[1] if match else b""


def _delimiters(body: bytes, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Begin, end and whether it closes, of each delimiter line."""
    if not boundary:
        return
    mark, at = b"--" + boundary, 0
    while (at := body.find(mark, at)) >= 0:
        after = at + len(mark)
        # before the line's end is looked for: a line may hold the mark a million times
        if at and body[at - 1 : at] != b"\n":
            at = after
            continue
        line_end = body.find(b"\n", after)
        line_end = len(body) if line_end < 0 else line_end
        rest = body[after : min(line_end, after + 80)].strip()
        if rest in (b"", b"--"):
            yield at, min(line_end + 1, len(body)), rest == b"--"
            at = line_end
        else:
            at = after


def _before_break(body: bytes, start: int, end: int) -> int:
    """`end`, or where the line break begins that ends there:
    it belongs to the delimiter (RFC 2046 section 5.1.1)."""
    if end > start and body[end - 1 : end] == b"\n":
        end -= 1
    return end - 1 if end > start and body[end - 1 : end] == b"\r" else end
