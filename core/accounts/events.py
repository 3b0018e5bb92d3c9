"""Events: what trading systems are told of accounts and locks. Each is written in the transaction of the act, by the store where the act is stored, and sent
later (core.cases.notify_systems), so that none is told that did not happen, and none is forgotten.

A queue holds one receiver's place in the sequence of events. Events are written only where somebody has a queue for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
    """Something that happened. `uid` names it for the receiver. Of a LOGOUT: the system and its `sid`."""

    id: int
    uid: str
    kind: EventKind
    enterprise_id: int
    at: datetime | None = None
    binding_id: int | None = None
    system_id: str = ""
    sid: str = ""


@dataclass(frozen=True, slots=True)
class EventQueue:
    """How far a receiver was told. `last_id`: the last event that is done with. `attempts`: of the next one so far."""

    name: str
    last_id: int
    attempts: int = 0
    next_try_at: datetime | None = None


class EventLog(Protocol):
    """What acts write."""

    def add(self, kind: EventKind, enterprise_id: int, at: datetime, binding_id: int | None = None) -> None:
        """Note an event, if anybody is to be told of events."""


class EventRepository(EventLog, Protocol):
    """The events, and how far each receiver was told."""

    def queue(self, name: str) -> EventQueue:
        """A receiver's place; a new receiver begins behind all that happened before."""
    def queues(self) -> Mapping[str, EventQueue]:
        """The places that there are, by the receivers' names."""
    def newest(self) -> int:
        """The id of the newest event that is kept; 0 where none is."""
    def save_queue(self, queue: EventQueue) -> None: ...
    def keep_queues(self, names: frozenset[str]) -> None:
        """Forget the places of all other receivers."""
    def next_for(self, queue: EventQueue, system_id: str) -> Event | None:
        """The event that a receiver is to be told next: of logins at this system, or, for "", of accounts and locks."""
    def catch_up(self, queue: EventQueue) -> None:
        """Nothing waits for the receiver: its place is behind all events so far."""
    def drop_told(self) -> None:
        """Forget what every receiver was told."""
