"""Reads Authentication-Results headers (RFC 8601): who says it, and what was found by which method.

A value is read token by token: comments are taken out, and what stands in quotes can never be
mistaken for a result, because a sender chooses parts of it (the local part of an address, the
reason of a policy).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[()]|[^"\\()]+|.', re.DOTALL)
_METHOD = re.compile(r"\s*([a-z0-9][a-z0-9-]*)(?:\s*/\s*\d+)?\s*=\s*([a-z0-9-]+)", re.IGNORECASE)
_PROPERTY = re.compile(
    r"(?<![\w.-])([a-z]+)\s*\.\s*([a-z0-9_-]+)\s*=\s*((?:\x00\d+\x00|[^\s;\x00])+)", re.IGNORECASE
)
_SERVER = re.compile(r"\s*(\x00\d+\x00|[^\s;]+)(?:\s+\d+)?\s*$")


@dataclass(frozen=True)
class MethodResult:
    """One result: `method` and `result` in lower case, `properties` such as "smtp.mailfrom"."""

    method: str
    result: str
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ResultsHeader:
    """One header: the server that wrote it, and its results."""

    server: str
    results: tuple[MethodResult, ...]


def read_results(value: str) -> ResultsHeader | None:
    """The header's value read, or None when it names no server."""
    text, quoted = _masked(value)
    pieces = text.split(";")
    server = _SERVER.match(pieces[0])
    if not server:
        return None
    results = tuple(found for piece in pieces[1:] if (found := _result(piece, quoted)))
    return ResultsHeader(_unmasked(server[1], quoted).lower(), results)


def _result(piece: str, quoted: list[str]) -> MethodResult | None:
    head = _METHOD.match(piece)
    if not head:
        return None
    properties: dict[str, str] = {}
    for found in _PROPERTY.finditer(piece, head.end()):
        properties.setdefault(f"{found[1]}.{found[2]}".lower(), _unmasked(found[3], quoted))
    return MethodResult(head[1].lower(), head[2].lower(), properties)


def _masked(value: str) -> tuple[str, list[str]]:
    """The value without comments, each quoted string as a mark that no separator can be read in,
    and these strings."""
    depth, outside, quoted = 0, list[str](), list[str]()
    for piece in _TOKEN.findall(value.replace("\x00", "")):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(depth - 1, 0)
        elif depth == 0 and piece[0] == '"' and len(piece) > 1:
            outside.append(f"\x00{len(quoted)}\x00")
            quoted.append(re.sub(r"\\(.)", r"\1", piece[1:-1]))
        elif depth == 0:
            outside.append(piece)
    return "".join(outside), quoted


def _unmasked(text: str, quoted: list[str]) -> str:
    return re.sub(r"\x00(\d+)\x00", lambda match: quoted[int(match[1])], text)
