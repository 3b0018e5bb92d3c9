"""Where the Authentication-Results headers of a mail stand: what distinguishes the receiving server's from one that came with the mail.

A server puts its trace above what it received (RFC 8601 section 5, RFC 5321 section 4.4). A header below the sender's own fields may be a server's that
appends, as Coremail does, but nothing distinguishes it from a forgery.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mail_intake.message.mime_parts import Headers, MessageLimits, PartReader
from mail_intake.sender.results import ResultsHeader, read_results

FIELD: Final = "authentication-results"
SENDERS_FIELDS: Final = frozenset({"from", "to", "subject", "date"})


@dataclass(frozen=True, slots=True)
class Place:
    """`server`: the name it is written under. `received_above`: Received lines above it. `below_sender`: a field that only a sender writes is above."""

    server: str
    received_above: int
    below_sender: bool = False


def results_in(headers: Headers) -> Iterator[tuple[ResultsHeader, Place]]:
    """Each readable header with its place, from the top."""
    received, below, values = 0, False, iter(headers.all(FIELD))
    for name, _ in headers.fields:
        received += name == "received"
        below = below or name in SENDERS_FIELDS
        if name == FIELD and (header := read_results(next(values))):
            yield header, Place(header.server, received, below)


def places_in(raw: bytes) -> tuple[Place, ...]:
    """The places in the header section of a mail, from the top. Never raises."""
    headers, _ = PartReader(MessageLimits(), []).split(raw)
    return tuple(place for _, place in results_in(headers))
