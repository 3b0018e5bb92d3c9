"""When the certificate of a bound lock ends, and when its enterprise is warned:
60, 30 and 7 days before (RULES.md section 7)."""

from collections.abc import Iterable
from datetime import datetime
from math import ceil

from core.clock import A_DAY
from core.data.enterprise import Binding

STAGES = (7, 30, 60)
"""Days before the end, the nearest first."""


def ending(bindings: Iterable[Binding], now: datetime) -> list[tuple[Binding, int]]:
    """The locks, of those not lost, whose certificates end soon or have ended, with the days that
    are left, 0 or fewer for an ended one."""
    soon = now + STAGES[-1] * A_DAY
    return [
        (one, ceil((one.valid_until - now) / A_DAY))
        for one in bindings
        if one.valid_until and one.valid_until <= soon and not one.lost_at
    ]


def stage(valid_until: datetime, now: datetime) -> int:
    """The nearest stage of a certificate that ends soon."""
    return next(days for days in STAGES if valid_until - now <= days * A_DAY)
