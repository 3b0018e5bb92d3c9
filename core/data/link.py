"""Links in letters: what each lets its holder do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LinkPurpose(StrEnum):
    """The act that a link in a letter allows."""

    RESET = "reset"  # set a new password
    OBJECTION = "objection"  # object to a case
    CONTACT = "contact"  # confirm a new contact address
    CONTACT_OBJECTION = "contact_undo"  # take a change of the contact address back
    # object to an act on the account (a lock reported lost, a new password)
    ACCOUNT_OBJECTION = "account_undo"
    LOSS = "loss"  # report locks lost: by a letter
    LOSS_PASSWORD = "loss_password"  # noqa: S105  the same, by the password that was typed just now


REPORTING_LOSS = frozenset({LinkPurpose.LOSS, LinkPurpose.LOSS_PASSWORD})
OPENING = frozenset({LinkPurpose.RESET, LinkPurpose.CONTACT})
"""Links that open an account or move it: void on any change of bindings or contact,
and on a freeze."""


@dataclass(frozen=True)
class Link:
    """A link of a letter.

    Only the SHA-256 of its token is stored; `voided_at`: bindings or contact changed
    since (RULES.md section 6).
    """

    id: int
    purpose: LinkPurpose
    token_sha256: str
    enterprise_id: int
    case_id: int | None
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    voided_at: datetime | None = None

    def is_usable(self, now: datetime) -> bool:
        """Whether it is unused, not void and not expired."""
        return not self.used_at and not self.voided_at and now < self.expires_at
