"""Events: what trading systems are told of accounts and locks.

Each is written in the transaction of the act, by the store where the act is stored, and sent later
(core.cases.accounts.notify_systems), so that none is told that did not happen, and none is
forgotten.

What is told is fixed when it happens, once for each receiver that there is then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class EventKind(StrEnum):
    """What happened."""

    BOUND = "lock.bound"
    UNBOUND = "lock.unbound"
    LOST = "lock.lost"
    FOUND = "lock.found"
    LOCKED = "account.locked"  # wrong passwords
    FROZEN = "account.frozen"  # an objection
    LOGOUT = "logout"  # the end of a login at one system, told to it alone


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a receiver is to be told. `uid` names it there. `body`: what it is told, as
    JSON; of a LOGOUT the `sub` and `sid` of its login. `attempts`: the tries so far."""

    id: int
    uid: str
    kind: EventKind
    body: str
    attempts: int = 0


class EventLog(Protocol):
    """What acts write."""

    def add(
        self,
        kind: EventKind,
        enterprise_id: int,
        at: datetime,
        binding_id: int | None = None,
    ) -> None:
        """Note an event, if anybody is to be told of events."""


class EventRepository(EventLog, Protocol):
    """What each receiver has yet to be told."""

    def receivers(self) -> frozenset[str]:
        """The names of those for whom events are written."""

    def set_receivers(self, names: frozenset[str]) -> None:
        """A new one is told of what happens from now on; what waits for a former one goes."""

    def next_for(
        self,
        receiver: str,
        now: datetime,
        longest_pause: timedelta,
        *,
        in_order: bool,
    ) -> Event | None:
        """The oldest event that is due. `in_order`: only if no older one waits. A clock that was
        set back holds none up for longer than `longest_pause`."""

    def put_off(self, event: Event, until: datetime) -> None:
        """Note a try, and when the next one is due."""

    def drop(self, event: Event) -> None: ...
    def call_now(self) -> None:
        """Whatever waits is due."""

    def waiting(self) -> int:
        """How many wait, of all receivers."""
