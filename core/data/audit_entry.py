"""The rows of the audit as they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

DESK = "desk"
ENTERPRISE = "enterprise"
CONTACT = "registered contact"
"""The actors of the audit that are no administrators (templates/words.toml, actors)."""


@dataclass(frozen=True)
class AuditEntry:
    """One row of the audit: who did what to which case, when.

    `detail` has no ID numbers, addresses or mail text.
    """

    id: int
    at: datetime
    actor: str
    action: str
    case_id: int | None
    state: str
    detail: Mapping[str, str]

    def number(self, key: str) -> int:
        """The id or count that the detail has under a key, 0 where it has none."""
        return int(self.detail.get(key, 0))
