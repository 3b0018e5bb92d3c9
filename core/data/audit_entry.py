"""The rows of the audit as they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the audit: who did what to which case, when.

    `detail` never holds ID numbers, addresses or mail text.
    """

    id: int
    at: datetime
    actor: str
    action: str
    case_id: int | None
    state: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows of the audit are wanted; "" and None for any.

    `since` is included, `until` is not.
    """

    actor: str = ""
    action: str = ""
    case_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
