"""Tests of desks that go by the machine's clock.

A window that is open day and night ends at midnight: what was approved a moment before has missed
it, and waits with a letter and an alert for the next one.
"""

import threading
from datetime import datetime, time, timedelta

from core.clock import LOCAL

LONGEST = timedelta(seconds=90)
"""A test that begins later than so long before midnight could run into the next day."""


def wait_out_the_day() -> None:
    """Where midnight is near, until it is past."""
    now = datetime.now(LOCAL)
    left = datetime.combine(now.date() + timedelta(days=1), time(), LOCAL) - now
    if left < LONGEST:
        threading.Event().wait(left.total_seconds())
