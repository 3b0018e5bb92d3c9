"""Events: notifications to trading systems about accounts and locks.

Each is written in the transaction of the act, by the store where the act is stored, and sent later
(core.cases.accounts.notify_systems), so that none is told that did not happen, and none is
forgotten.

The content of an event is fixed when it happens, once for each receiver that there is then.
"""

from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """The kind of an event."""

    BOUND = "lock.bound"
    UNBOUND = "lock.unbound"
    LOST = "lock.lost"
    FOUND = "lock.found"
    LOCKED = "account.locked"  # wrong passwords
    FROZEN = "account.frozen"  # an objection
    LOGOUT = "logout"  # the end of a login at one system, told to it alone


@dataclass(frozen=True)
class Event:
    """Something that a receiver is to be told. `uid` names it there. `body`: what it is told, as
    JSON; of a LOGOUT the `sub` and `sid` of its login. `attempts`: the tries so far."""

    id: int
    uid: str
    kind: EventKind
    body: str
    attempts: int = 0
