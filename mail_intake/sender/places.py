"""Where the Authentication-Results headers of a mail stand: what distinguishes the receiving
server's from one that came with the mail.

A server puts its trace above what it received (RFC 8601 section 5, RFC 5321 section 4.4), so what
stands above the Received line with which it took the mail is its own or a later server's. Below
that line it may be the server's, as QQ and Coremail write it, but where the server is silent about
one mail a sender's header stands in the same place: nothing distinguishes them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mail_intake.message.mime_parts import Headers, headers_of
from mail_intake.sender.results import ResultsHeader, read_results

FIELD = "authentication-results"
SENDERS_FIELDS = frozenset({"from", "to", "subject", "date"})
_BY = re.compile(r"\bby\s+(?=([\w.-]+))")


@dataclass(frozen=True)
class Place:
    """`server`: the name it is written under. `received_above`: Received lines above it.
    `is_forgeable`: a sender could have written it there."""

    server: str
    received_above: int
    is_forgeable: bool = False


def results_in(headers: Headers) -> Iterator[tuple[ResultsHeader, Place]]:
    """Each readable header with its place, from the top."""
    received, below, values = 0, False, iter(headers.all(FIELD))
    hosts = [frozenset(_BY.findall(line.lower())) for line in headers.all("received")]
    for name, _ in headers.fields:
        received += name == "received"
        below = below or name in SENDERS_FIELDS
        if name == FIELD and (header := read_results(next(values))):
            lines_above = next((above for above, by in enumerate(hosts) if header.server in by), 0)
            yield header, Place(header.server, received, below or received > lines_above)


def places_in(raw: bytes) -> tuple[Place, ...]:
    """The places in the header section of a mail, from the top. Never raises."""
    return tuple(place for _, place in results_in(headers_of(raw)))
