"""Whether a paper was still valid when the mail arrived. The last day is valid whole, on the calendar of Asia/Shanghai."""

from datetime import date, datetime

from core.cases.submission import LONG_TERM
from core.clock import local


def ended_before(valid_until: str | None, arrived: datetime) -> bool:
    """Whether validity ended before the day of arrival. A date that is absent, long-term or no date proves nothing."""
    if not valid_until or valid_until == LONG_TERM:
        return False
    try:
        return date.fromisoformat(valid_until) < local(arrived).date()
    except ValueError:
        return False
