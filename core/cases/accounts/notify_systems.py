"""Tells trading systems of events and of logins that are over (webhooks in the form of Standard
Webhooks; OpenID Connect Back-Channel Logout 1.0).

As with letters, a try is written down before it is made, outside of any transaction; so an event
may come twice, with the same id, and never none. Events come in order: one that is not taken holds
back those behind it, until it was tried PAUSES_S times. Then it is skipped, with an alert. The ends
of logins wait for nobody else's. Only the configuration decides which addresses are notified.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cases.desk import Desk
from core.data.audit_entry import DESK
from core.data.system_event import Event
from core.data.trading_systems import SigningKey, System
from core.errors import StoreError, TemporaryFailure, TransportError
from core.store.store import Transaction

PAUSES_S = (5, 15, *(45,) * 3840)
"""Two days in all, and never longer than a minute: what waited for a system that was away goes
within a minute of its return."""
LOGOUT_PAUSES_S = (2, 10, 60, 300, 1800, 3600)
"""The end of a login is worth less the older it is: an hour and a half in all."""
AT_ONCE = 50
"""The most events that one receiver gets in a round, so that one that was away for long keeps no
other waiting."""
STUCK = "events"
TOLD_AFTER = 3
"""Tries after which an alert reports that a receiver accepts nothing."""


@dataclass(frozen=True)
class Receiver:
    """A receiver of events, or, with `of_logins`, of the ends of its own logins."""

    system: System
    of_logins: bool

    @property
    def name(self) -> str:
        return f"{'logouts' if self.of_logins else 'events'} {self.system.id}"

    @property
    def url(self) -> str:
        """The address for its notifications."""
        return self.system.logout_url if self.of_logins else self.system.events_url

    @property
    def pauses_s(self) -> tuple[int, ...]:
        """Seconds from one try of an event to the next."""
        return LOGOUT_PAUSES_S if self.of_logins else PAUSES_S


class NotAccepted(TemporaryFailure):
    """A receiver answered, and did not take it."""


Courier = Callable[[Receiver, Event, Sequence[SigningKey], datetime], None]
"""Takes an event to a receiver, signed as that expects it, by the keys that sign, the oldest first.

Returns only when the receiver took it. Raises NotAccepted, or TemporaryFailure without an answer.
"""


def receivers_of(systems: Sequence[System]) -> tuple[Receiver, ...]:
    """All receivers."""
    possible = (Receiver(system, of_logins) for system in systems for of_logins in (True, False))
    return tuple(receiver for receiver in possible if receiver.url)


def tell_systems(
    desk: Desk, receivers: Sequence[Receiver], courier: Courier, *, at_once: bool = False
) -> int:
    """Tell what is due; `at_once`: all that waits for its next try. Returns how much was taken."""
    wanted = frozenset(receiver.name for receiver in receivers)
    with desk.view() as tx:
        known = tx.events.receivers()
    if at_once or known != wanted:
        with desk.step() as tx:
            tx.events.set_receivers(wanted)
    return sum(_round(desk, receiver, courier) for receiver in receivers)


def _round(desk: Desk, receiver: Receiver, courier: Courier) -> int:
    accepted = 0
    for _ in range(AT_ONCE):
        with desk.view() as tx:
            if _next(tx, receiver) is None:
                break
        with desk.step() as tx:
            event = _next(tx, receiver)
            if event is None:
                break
            pause_s = receiver.pauses_s[min(event.attempts, len(receiver.pauses_s) - 1)]
            next_try_at = tx.now + timedelta(seconds=pause_s)
            tx.events.set_columns(event.id, attempts=event.attempts + 1, next_try_at=next_try_at)
            keys = tx.signing_keys.all() if receiver.of_logins else []
        try:
            courier(receiver, event, keys, desk.now())
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  else it would be in front of all later ones
            if _failed(desk, receiver, event, error):
                continue
            break
        accepted += 1
        with desk.step() as tx:
            tx.events.remove(id=event.id)
            tx.alerts.clear(_alert(receiver))
    return accepted


def _next(tx: Transaction, receiver: Receiver) -> Event | None:
    longest = timedelta(seconds=receiver.pauses_s[-1])
    return tx.events.next_for(receiver.name, longest, in_order=not receiver.of_logins)


def _failed(desk: Desk, receiver: Receiver, event: Event, error: Exception) -> bool:
    """Whether to go on with the next event: this one is given up, or holds none up."""
    over = not isinstance(error, TemporaryFailure) or event.attempts >= len(receiver.pauses_s)
    why = error if isinstance(error, TransportError) else type(error).__name__
    with desk.step() as tx:
        if over:
            tx.events.remove(id=event.id)
            tx.audit.write(
                DESK,
                "event.given_up",
                system=receiver.system.id,
                event=event.uid,
                kind=event.kind,
            )
        if not receiver.of_logins and (over or event.attempts + 1 >= TOLD_AFTER):
            what = "已多次通知失败，不再通知" if over else "暂时通知不到，将自动重试"
            text = f"{receiver.system.title}：事件 {event.uid} {what}（{why}）。"
            tx.alerts.add(_alert(receiver), text + "请检查该系统的接收地址。")
    return over or (receiver.of_logins and isinstance(error, NotAccepted))


def _alert(receiver: Receiver) -> str:
    return f"{STUCK}.{receiver.system.id}"
