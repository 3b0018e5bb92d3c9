"""Announcements to administrators: a digest before each window, and new alerts, by mail and by
group robots.

Both are letters of the outbox, so that they are written with what they report, tried again, and
seen on the page of letters; a letter to one of `ways` leaves by that way instead of the mail
server. Neither names a person: the digest holds counts, and an alert's text is sent without
addresses and ID numbers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.cases.decision.approval_needs import awaiting_second
from core.cases.desk import Desk, DeskStep
from core.cases.letters.masked import mask_address
from core.cases.letters.outbox import write_letter
from core.data.case import ASIDE, State
from core.data.case_ports import Alert
from core.data.letter import LetterFacts, LetterKind
from core.data.mail_record import Disposition
from core.data.workday import Window
from core.settings import setting
from core.store.store import Transaction

DIGEST = "announce.digest"
ALERTS = "announce.alerts"
"""Names under which it is noted when each was last written."""
MOST_ALERTS = 20
MOST_LOOKED_AT = 2000
MOST_MAILS = 100
PAUSE = timedelta(minutes=5)
"""The time between two letters of alerts. Alerts of that time go into one letter."""
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True)
class Announcing:
    """The receivers of announcements (config.yaml, section `announce`).

    `ways`: the recipients by which letters leave otherwise than as mail.
    """

    mail_to: tuple[str, ...] = setting(
        (),
        "addresses of administrators. [] = nobody is told by mail",
        example="[chief@centre.example.cn]",
        kind="mail address",
    )
    ways: tuple[str, ...] = ()
    digest_before_min: int = setting(
        30,
        "minutes before a window opens in which counts of what waits are sent; 0 = none",
        example="60",
        ge=0,
        le=720,
    )
    alerts: bool = setting(True, "tell of each new alert, once; those of five minutes together")

    @property
    def recipients(self) -> tuple[str, ...]:
        """All receivers."""
        return (*self.mail_to, *self.ways)


def announce(desk: Desk, settings: Announcing) -> None:
    """Write the announcements that are due. Each digest and each alert is sent once."""
    if not settings.recipients:
        return
    with desk.view() as tx:
        if not any(_due(tx, settings)):
            return
    with desk.step() as tx:
        window, new = _due(tx, settings)
        if window:
            tx.ticks.note(DIGEST)
            counts = LetterFacts(window=window, done=tuple(_counts(tx, window)))
            _write(tx, settings, LetterKind.DIGEST, counts)
        if new:
            tx.ticks.note(ALERTS)
            tx.alerts.set_columns([alert.kind for alert in new], announced=True)
            texts = [_ADDRESS.sub(lambda found: mask_address(found[0]), one.text) for one in new]
            _write(tx, settings, LetterKind.ALERT, LetterFacts(done=tuple(texts)))


def _due(tx: DeskStep, settings: Announcing) -> tuple[Window | None, list[Alert]]:
    """The window whose digest is to be written now, and the alerts that are to be sent."""
    noted, window = tx.ticks.all(), tx.next_window
    due = window.opens_at - timedelta(minutes=settings.digest_before_min)
    has_digest = due <= tx.now < window.opens_at and noted.get(DIGEST, _NEVER) < due
    pauses = timedelta(0) <= tx.now - noted.get(ALERTS, _NEVER) < PAUSE
    waits = settings.alerts and not pauses
    new = tx.alerts.unannounced(MOST_ALERTS) if waits else []
    return window if has_digest else None, new


def _counts(tx: Transaction, window: Window) -> Iterable[str]:
    counts = tx.cases.count()
    queued = tx.cases.waiting_for(State.QUEUED, window, MOST_LOOKED_AT)
    doubts = sum(bool(case.serious) for case in queued)
    more = " 以上" if len(queued) == MOST_LOOKED_AT else ""
    yield f"待审核 {len(queued)} 件{more}，其中检查结果须审阅的 {doubts} 件"
    yield f"等第二名批准人的 {len(awaiting_second(tx))} 件"
    yield f"已批准、待办理 {tx.cases.count_waiting(State.APPROVED, window)} 件"
    yield f"暂缓（待核实） {sum(counts.get(state, 0) for state in ASIDE)} 件"
    unproved = tx.mails.newest(disposition=Disposition.UNPROVED, limit=MOST_MAILS)
    yield f"来信待核实 {len(unproved)} 封"
    yield f"未处理的提醒 {tx.alerts.count()} 项"


def _write(
    tx: DeskStep,
    settings: Announcing,
    kind: LetterKind,
    facts: LetterFacts,
) -> None:
    for recipient in settings.recipients:
        write_letter(tx, kind, facts, recipient)
