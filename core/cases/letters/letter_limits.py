"""How many letters may leave, so that a flood of mails makes no flood of letters and silences
nobody (RULES.md section 3).

Letters that a mail brings about wait in a lane and leave by themselves when its limits allow: per
hour in all, per recipient and day, and, where the domain that asked is proved, per domain and hour
(at a mail provider, per address). Lanes do not touch each other: strangers with forged senders use
up neither the answers to proved senders nor the notices of their cases. Whoever had least in the
last day goes first, then the oldest. Letters that follow from an administrator's act, or from a
window for a proved sender, are in no lane.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.cases.desk import CaseSettings, Desk
from core.data.letter import Lane, LetterKind, LetterState
from core.store.store import Transaction

NOTICES: Final = frozenset({LetterKind.CONTACT_NOTICE})
ANSWERS: Final = frozenset(
    {LetterKind.RECEIVED, LetterKind.RETURNED, LetterKind.SUPPLEMENT_RECEIVED, LetterKind.PROGRESS}
)
"""Letters that a mail brings about at once."""
LATER: Final = frozenset({LetterKind.POSTPONED, LetterKind.EXPIRED})
"""Letters that time brings about: to an address that anybody may have written into From
they are limited, too."""
HELD: Final = "letters.limit"
MOST_COUNTED: Final = 1000


@dataclass(frozen=True, slots=True)
class Limit:
    """Limits of one lane. `per_origin_hour`: for one domain of senders."""

    per_hour: int
    per_recipient_day: int
    per_origin_hour: int


def limits(settings: CaseSettings) -> Mapping[Lane, Limit]:
    """The limits of each lane. A domain that nothing proves is no one's, so it is not counted."""
    s, unproved = settings, settings.unproved_letters_per_hour
    return {
        Lane.PROVED: Limit(s.letters_per_hour, s.letters_per_sender_day, s.letters_per_domain_hour),
        Lane.UNPROVED: Limit(unproved, s.letters_per_sender_day, unproved),
        Lane.NOTICE: Limit(
            s.notices_per_hour, s.notices_per_contact_day, s.letters_per_domain_hour
        ),
        Lane.NOTICE_UNPROVED: Limit(
            s.notices_per_hour, s.notices_per_contact_day, s.notices_per_hour
        ),
    }


def lane_of(kind: LetterKind, *, proved: bool) -> Lane | None:
    """The lane of a letter; None for one that is never held back.

    `proved`: the sender of the mail or case is who From says.
    """
    if kind in NOTICES:
        return Lane.NOTICE if proved else Lane.NOTICE_UNPROVED
    if kind in ANSWERS:
        return Lane.PROVED if proved else Lane.UNPROVED
    return Lane.UNPROVED if kind in LATER and not proved else None


def admit_waiting(desk: Desk) -> None:
    """Let go what the limits allow now. While they hold any letter back, one alert says so."""
    with desk.store.view() as tx:
        if not tx.letters.count_waiting(1) and tx.alerts.by_kind(HELD) is None:
            return
    with desk.store.transaction() as tx:
        now, admitted = desk.clock.now(), 0
        for lane, limit in limits(desk.settings).items() if tx.letters.count_waiting(1) else ():
            for letter in tx.letters.next_waiting(
                lane, limit.per_hour, limit.per_recipient_day, limit.per_origin_hour, now
            ):
                tx.letters.save(
                    replace(letter, state=LetterState.PENDING, admitted_at=now, next_try_at=now)
                )
                admitted += 1
        _update_alert(tx, desk, changed=bool(admitted))


def _update_alert(tx: Transaction, desk: Desk, *, changed: bool) -> None:
    held = tx.letters.count_waiting(MOST_COUNTED)
    if not held:
        tx.alerts.clear(HELD)
    elif changed or tx.alerts.by_kind(HELD) is None:
        number = f"{held}" if held < MOST_COUNTED else f"{held} 多"
        text = (
            f"有 {number} 封回执达到发信上限，正在排队，额度恢复后自动发出，无需处理；"
            "如有冒名来信大量涌入，请查看“工单”页。"
        )
        tx.alerts.add(desk.clock.now(), HELD, text)
