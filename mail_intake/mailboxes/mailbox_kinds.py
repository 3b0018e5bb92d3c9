"""What each kind of mailbox can and needs: settings, credentials, clock check and doctor ask these
rows instead of comparing names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class MailboxKind:
    """One kind of mailbox.

    The defaults are the strict ones: a kind that is not in the table has them.

    `remote`: another server received its mails, so that one has to be named which vouches for
    senders. `stamps_arrival`: that server's clock gives the arrival, so mails tell whether our
    clock is right. `has_marks`: a mail that was read can be marked or moved (after_reading).
    `required`: settings of its section without which it cannot be opened. `has_secret`: it needs a
    password or token of its own. `has_receiver`: the desk's own SMTP receiver may deliver into it.
    `keeps_mails`: what was read stays there, so that a restored database can fetch it again.
    """

    remote: bool = True
    stamps_arrival: bool = False
    has_marks: bool = False
    required: tuple[str, ...] = ()
    has_secret: bool = True
    has_receiver: bool = False
    keeps_mails: bool = False


KINDS: Final[Mapping[str, MailboxKind]] = {
    "maildir": MailboxKind(remote=False, has_secret=False, has_receiver=True),
    "imap": MailboxKind(
        stamps_arrival=True, has_marks=True, required=("host", "username"), keeps_mails=True
    ),
}
"""By the value of `mailbox.kind`."""


def kind_of(name: str) -> MailboxKind:
    """The row of a kind, or the strict defaults."""
    return KINDS.get(name, MailboxKind())
