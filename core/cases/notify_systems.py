"""Tells trading systems of events and of logins that are over (webhooks in the form of Standard Webhooks; OpenID Connect Back-Channel Logout 1.0).

As with letters, a try is written down before it is made, outside of any transaction; so an event may come twice, with the same id, and never none.
Events come in order: one that is not taken holds back those behind it, until it was tried PAUSES_S times. Then it is skipped, with an alert. The end
of a login is worth less the older it is, so it is given up sooner. Which addresses are told is the configuration's word alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from core.accounts.enterprise import Binding
from core.accounts.events import Event, EventQueue
from core.accounts.signing_keys import SigningKey
from core.accounts.systems import System
from core.cases.desk import Desk
from core.cases.ports import Transaction
from core.errors import StoreError, TemporaryFailure, TransportError

PAUSES_S: Final = (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
"""Two days in all."""
LOGOUT_PAUSES_S: Final = (2, 10, 60, 300)
AT_ONCE: Final = 50
"""Events that one receiver is told in a round, so that one that was away for long keeps no other waiting."""
STUCK: Final = "events"
TOLD_AFTER: Final = 3
"""Tries after which people are told that a receiver takes nothing."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told: of events, or, with `of_logins`, of its own logins that are over."""

    system: System
    of_logins: bool

    @property
    def queue(self) -> str:
        """The name of its place."""
        return f"{'logouts' if self.of_logins else 'events'} {self.system.id}"

    @property
    def url(self) -> str:
        """Where it is told."""
        return self.system.logout_url if self.of_logins else self.system.events_url

    @property
    def pauses_s(self) -> tuple[int, ...]:
        """Seconds from one try of an event to the next."""
        return LOGOUT_PAUSES_S if self.of_logins else PAUSES_S


@dataclass(frozen=True, slots=True)
class Notice:
    """An event with what is told of it. `keys`: those that sign, the oldest first."""

    event: Event
    subject: str
    facts: Mapping[str, object]
    keys: tuple[SigningKey, ...] = field(default=(), repr=False)


class Courier(Protocol):
    """Takes a notice to a receiver, signed as that expects it."""

    def tell(self, receiver: Receiver, notice: Notice, now: datetime) -> None:
        """Returns only when the receiver took it. Raises TemporaryFailure, or PermanentFailure where another try would be in vain."""


def receivers_of(systems: Sequence[System]) -> tuple[Receiver, ...]:
    """Everybody to be told."""
    possible = (Receiver(system, of_logins) for system in systems for of_logins in (True, False))
    return tuple(receiver for receiver in possible if receiver.url)


def tell_systems(desk: Desk, receivers: Sequence[Receiver], courier: Courier) -> int:
    """Tell what is due. Returns how much was taken. One call at a time."""
    wanted = frozenset(receiver.queue for receiver in receivers)
    with desk.store.view() as tx:
        are_kept = wanted == tx.events.queues().keys()
    if not are_kept:
        with desk.store.transaction() as tx:
            tx.events.keep_queues(wanted)
            for name in wanted:
                tx.events.queue(name)
    return sum(_tell(desk, receiver, courier) for receiver in receivers)


def _tell(desk: Desk, receiver: Receiver, courier: Courier) -> int:
    for told in range(AT_ONCE):
        notice = _take(desk, receiver)
        if notice is None or not _told(desk, receiver, courier, notice):
            return told
    return AT_ONCE


def _take(desk: Desk, receiver: Receiver) -> Notice | None:
    """The next event, its try written down."""
    with desk.store.view() as tx:
        known = tx.events.queues().get(receiver.queue)
        if known and (known.last_id >= tx.events.newest() or _pauses(known, receiver, desk.clock.now())):
            return None
    with desk.store.transaction() as tx:
        now, queue = desk.clock.now(), tx.events.queue(receiver.queue)
        if _pauses(queue, receiver, now):
            return None
        event = tx.events.next_for(queue, receiver.system.id if receiver.of_logins else "")
        if event is None:
            tx.events.catch_up(queue)
            return None
        pause_s = receiver.pauses_s[min(queue.attempts, len(receiver.pauses_s) - 1)]
        tx.events.save_queue(replace(queue, attempts=queue.attempts + 1, next_try_at=now + timedelta(seconds=pause_s)))
        return _notice(tx, event, receiver)


def _pauses(queue: EventQueue, receiver: Receiver, now: datetime) -> bool:
    """Whether the next try is yet to come; a clock that was set back holds none up for longer than the longest pause."""
    return queue.next_try_at is not None and timedelta(0) < queue.next_try_at - now <= timedelta(seconds=receiver.pauses_s[-1])


def _notice(tx: Transaction, event: Event, receiver: Receiver) -> Notice:
    enterprise = tx.accounts.get(event.enterprise_id)
    facts: dict[str, object] = {"name": enterprise.name, "uscc": enterprise.uscc}
    if event.binding_id is not None:
        facts["binding"] = binding_facts(tx.bindings.get(event.binding_id))
    keys = tuple(tx.signing_keys.all()) if receiver.of_logins else ()
    return Notice(event, tx.systems.subject(event.enterprise_id), facts, keys)


def binding_facts(binding: Binding) -> dict[str, object]:
    """What systems are told of a binding."""
    return {
        "serial": binding.serial, "label": binding.label, "primary": binding.primary, "system": binding.system, "bound_at": binding.bound_at,
        "ended_at": binding.ended_at, "lost_at": binding.lost_at, "valid_until": binding.valid_until,
    }  # fmt: skip


def _told(desk: Desk, receiver: Receiver, courier: Courier, notice: Notice) -> bool:
    try:
        courier.tell(receiver, notice, desk.clock.now())
    except StoreError:
        raise
    except TransportError as error:
        return _failed(desk, receiver, notice.event, error, over=not isinstance(error, TemporaryFailure))
    except Exception as error:  # noqa: BLE001  an event that breaks the telling would else stand before all later ones for ever
        return _failed(desk, receiver, notice.event, TransportError(type(error).__name__), over=True)
    with desk.store.transaction() as tx:
        _done_with(tx, tx.events.queue(receiver.queue), notice.event)
        tx.alerts.clear(_alert(receiver))
    return True


def _failed(desk: Desk, receiver: Receiver, event: Event, error: TransportError, *, over: bool) -> bool:
    """Whether to go on with the next event: this one is given up."""
    with desk.store.transaction() as tx:
        now, queue = desk.clock.now(), tx.events.queue(receiver.queue)
        over = over or queue.attempts > len(receiver.pauses_s)
        if over:
            _done_with(tx, queue, event)
            tx.audit.write(now, "desk", "event.given_up", system=receiver.system.id, event=event.uid, kind=event.kind.value)
        if not receiver.of_logins and (over or queue.attempts >= TOLD_AFTER):
            said = "已多次通知失败，不再通知" if over else "暂时通知不到，将自动重试"
            tx.alerts.add(now, _alert(receiver), f"{receiver.system.title}：事件 {event.uid} {said}（{error}）。请检查该系统的接收地址。")
        return over


def _done_with(tx: Transaction, queue: EventQueue, event: Event) -> None:
    if queue.last_id < event.id:  # whoever stood still for long may be told late that it was taken
        tx.events.save_queue(EventQueue(queue.name, event.id))


def _alert(receiver: Receiver) -> str:
    return f"{STUCK}.{receiver.system.id}"
