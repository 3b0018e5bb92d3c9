"""What the use cases of accounts need from outside."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol


class LinkPurpose(StrEnum):
    """What a link in a letter lets its holder do."""

    RESET = "reset"  # set a new password
    OBJECTION = "objection"  # object to a case
    CONTACT = "contact"  # confirm a new contact address
    CONTACT_OBJECTION = "contact_undo"  # take a change of the contact address back
    # object to an act on the account (a lock reported lost, a new password)
    ACCOUNT_OBJECTION = "account_undo"
    LOSS = "loss"  # report locks lost: by a letter
    LOSS_PASSWORD = "loss_password"  # noqa: S105  the same, by the password that was typed just now


REPORTING_LOSS: Final = frozenset({LinkPurpose.LOSS, LinkPurpose.LOSS_PASSWORD})
OPENING: Final = frozenset({LinkPurpose.RESET, LinkPurpose.CONTACT})
"""Links that open an account or move it: void on any change of bindings or contact,
and on a freeze."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class RefusedCertificate:
    """A certificate that was refused at registration or binding, for administrators to see.

    `times`: how often it came.
    """

    sha256: str
    reason: str
    subject: str
    at: datetime
    times: int


class Passwords(Protocol):
    """Hashes passwords (argon2id), and knows those that are guessed first."""

    def hash(self, password: str) -> str: ...
    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password belongs to the hash; None is nobody's.

        Exactly one hash is computed in either case.
        """

    def guessable(self, password: str, known: Collection[str] = ()) -> bool:
        """Whether guessers come to the password early: common ones, rows of keys, dates, and what
        is made of the `known` words."""
