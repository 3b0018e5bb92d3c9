"""The work that becomes due by a transaction.

The transaction announces it, so that a queue holds the work if, and only if, it is committed.
The tables alone decide what there is to do: work that is not announced is found there later, and
work that is announced twice is done once.
"""

from dataclasses import dataclass

JUDGE = "judge"
WATCH = "watch"
DELIVER = "deliver"
WINDOW = "window"
TELL = "events"
ANNOUNCE = "announce"
STRANGERS_WAIT_FOR = 4
"""So many vouched senders' mails go before each of the others: anybody can write a thousand
addresses, but nobody is vouched for at another's domain."""


@dataclass(frozen=True)
class Due:
    """A piece of work: one mail to judge, one mailbox to watch, or what is due of a kind.

    `turn`: of one turn one piece is done at a time.
    """

    work: str
    turn: str
    about: int | str = ""
    by_stranger: bool = False


def mail_due(mail_id: int, sender_key: str, *, vouched: bool) -> Due:
    """Judge a mail: those of one sender one after the other."""
    return Due(JUDGE, sender_key or f"mail {mail_id}", mail_id, by_stranger=not vouched)


def mailbox_due(mailbox: str) -> Due:
    """Watch a mailbox: one process at a time."""
    return Due(WATCH, f"{WATCH} {mailbox}", mailbox)


def act_due(name: str) -> Due:
    """Do what is due of a kind, by its name."""
    return Due(name, name)
