"""When the certificate of a bound lock ends, and when its enterprise is warned:
60, 30 and 7 days before (RULES.md section 7)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil

from core.data.enterprise import Binding

STAGES = (7, 30, 60)
"""Days before the end, the nearest first."""
DAY = timedelta(days=1)


def ending(bindings: Iterable[Binding], now: datetime) -> list[tuple[Binding, int]]:
    """The locks, of those not lost, whose certificates end soon or have ended, with the days that
    are left, 0 or fewer for an ended one."""
    known = (
        (binding, binding.valid_until)
        for binding in bindings
        if binding.valid_until and not binding.lost_at
    )
    return [
        (binding, ceil((until - now) / DAY))
        for binding, until in known
        if until - now <= STAGES[-1] * DAY
    ]


def stage(valid_until: datetime, now: datetime) -> int:
    """The nearest stage of a certificate that ends soon."""
    return next(days for days in STAGES if valid_until - now <= days * DAY)
