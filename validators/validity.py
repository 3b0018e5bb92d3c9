"""Evidence against a paper in its own fields: a number whose check digit is wrong, a validity that
ended before the mail arrived, and an emblem side whose period is none for the portrait side's age.

The number of an ID card has its check digit and birth date (GB 11643-1999), the unified social
credit code its check character (GB 32100-2015). A wrong one is review and can be made no more: it
is as often misread as false. The last day is valid whole, on the calendar of Asia/Shanghai.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from core.check_digits import id_birth, id_number_ok
from core.clock import local
from core.data.documents import LONG_TERM, Part, PartKind
from core.data.finding import Finding
from validators.evidence import Evidence, seen

_LENGTH = 18
_YEARS_BELOW = ((16, 5), (26, 10), (46, 20))
"""Below which age a card is valid for how many years; later it has no end (居民身份证法 article
5)."""
_TERMS = frozenset(years for _age, years in _YEARS_BELOW)
_ISSUED_WITHIN = timedelta(days=183)  # of the request, whose day decides


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
    end = _day(valid_until)
    return end is not None and end < local(arrived).date()


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def card_sides(evidence: Evidence) -> Iterator[Finding]:
    """An emblem side whose period fits the age of none of the portrait sides: the two are of two
    people's cards. Only what was read surely counts. One finding."""
    births = [_birth(front) for front in evidence.documents.of(PartKind.ID_FRONT)]
    for back in evidence.documents.of(PartKind.ID_BACK):
        if births and not any(birth is None or _may_have(birth, back) for birth in births):
            yield seen(at=back)
            return


def _birth(front: Part) -> date | None:
    """The birth in the number of a portrait side; None where it is in doubt."""
    number = front.fields.get("id_number", "").upper()
    return id_birth(number) if id_number_ok(number) and "id_number" not in front.doubts else None


def _may_have(birth: date, back: Part) -> bool:
    """Whether a person of this birth may have the period of an emblem side."""
    until = back.fields.get("valid_until")
    begin, end = _day(back.fields.get("valid_from")), _day(until)
    if begin is None or back.doubts:
        return True
    if begin < birth:
        return False
    years = end.year - begin.year if end else None
    if years not in _TERMS and until != LONG_TERM:  # no card has such a period: misread
        return True
    return years in (_years_at(birth, begin), _years_at(birth, begin - _ISSUED_WITHIN))


def _years_at(birth: date, day: date) -> int | None:
    """For how many years a card is valid that is requested on this day; None: without end."""
    age = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    return next((years for below, years in _YEARS_BELOW if age < below), None)
