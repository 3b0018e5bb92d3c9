"""The State Council calendar, from chinesecalendar: make-up workdays included.

It knows 2004 to the last year that was published.
"""

from datetime import date
from functools import lru_cache

from chinese_calendar import is_workday


@lru_cache(maxsize=1000)
def state_council_workday(day: date) -> bool | None:
    """True for a workday, False for a day off, None for a year
    that the installed calendar lacks."""
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return None
