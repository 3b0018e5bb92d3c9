"""Reads Authentication-Results headers (RFC 8601): the server that wrote one, its place among the
headers, and the result of each method.

A server puts its trace above what it received (RFC 8601 section 5, RFC 5321 section 4.4), so what
stands above the Received line with which it took the mail is its own or a later server's. Below
that line it may be the server's, as QQ and Coremail write it, but where the server is silent about
one mail a sender's header stands in the same place: nothing distinguishes them.

A value is read token by token: comments are taken out, and what stands in quotes can never be
mistaken for a result, because a sender chooses parts of it (the local part of an address, the
reason of a policy).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mail_intake.message.mime_parts import Headers

FIELD = "authentication-results"
SENDERS_FIELDS = frozenset({"from", "to", "subject", "date"})
_BY = re.compile(r"\bby\s+(?=([\w.-]+))")
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
class ServerResults:
    """One header. `server`: the name it is written under. `received_above`: Received lines above
    it. `is_forgeable`: a sender could have written it there. Two are equal that stand alike."""

    server: str
    received_above: int
    is_forgeable: bool
    results: tuple[MethodResult, ...] = field(compare=False)


def results_in(headers: Headers) -> Iterator[ServerResults]:
    """Each readable header that names its server, from the top."""
    received, below = 0, False
    hosts = [frozenset(_BY.findall(line.lower())) for line in headers.all("received")]
    for name, value in headers.fields:
        received += name == "received"
        below = below or name in SENDERS_FIELDS
        if name != FIELD:
            continue
        text, quoted = _masked(value)
        named, *pieces = text.split(";")
        if match := _SERVER.match(named):
            server = _unmasked(match[1], quoted).lower()
            lines_above = next((above for above, by in enumerate(hosts) if server in by), 0)
            is_forgeable = below or received > lines_above
            results = tuple(found for piece in pieces if (found := _result(piece, quoted)))
            yield ServerResults(server, received, is_forgeable, results)


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
