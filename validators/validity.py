"""Evidence against a paper in its own fields: a number whose check digit is wrong, and a validity
that ended before the mail arrived.

The number of an ID card has its check digit and birth date (GB 11643-1999), the unified social
credit code its check character (GB 32100-2015). A wrong one is review and can be made no more: it
is as often misread as false. The last day is valid whole, on the calendar of Asia/Shanghai.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from core.clock import local
from core.data.documents import PartKind
from core.data.finding import Finding
from validators.evidence import Evidence, seen

_LENGTH = 18


def number_invalid(
    evidence: Evidence, kind: PartKind, field: str, passes: Callable[[str], bool]
) -> Iterator[Finding]:
    """A number of full length that does not pass."""
    for part in evidence.documents.of(kind):
        number = part.fields.get(field, "").upper()
        if len(number) == _LENGTH and not passes(number):
            yield seen(at=part)


def expired(evidence: Evidence, kind: PartKind) -> Iterator[Finding]:
    """Papers of this kind whose validity ended before the mail arrived."""
    for part in evidence.documents.of(kind):
        if ended_before(part.fields.get("valid_until"), evidence.message.arrived):
            yield seen(at=part, doubt="valid_until" in part.doubts)


def ended_before(valid_until: str | None, arrived: datetime) -> bool:
    """Whether validity ended before the day of arrival.

    A date that is absent, long-term or no date proves nothing.
    """
    try:
        return date.fromisoformat(valid_until or "") < local(arrived).date()
    except ValueError:
        return False
