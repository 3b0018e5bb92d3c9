"""Whose mail may do something to a case: From and a case number prove nothing.

A sender is proved only where the trusted receiving server vouches for it, or a signature of its domain holds. Whoever is not proved may add words for
people to read; it neither holds nor withdraws a case nor supplies papers before a person has taken the mail over (core.cases.unproved).
"""

from typing import Final

from core.cases.submission import Message

PROVED: Final = "pass"
NOT_LOOKED_AT: Final = "unknown"


def is_proved(message: Message) -> bool:
    """Whether the mail counts as one of the address in its From."""
    return message.authentication == PROVED
