"""The work of the desk besides its pages, but not when it is done. The engine calls it.

Each act asks the database what is due, so that one missed or done twice changes nothing.
"""

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from core.cases.accounts.account_notice import notify_locked_accounts, warn_of_endings
from core.cases.desk import Desk
from core.cases.intake.receive import quarantine
from core.cases.letters.deliver import Sender, deliver
from core.cases.upkeep.clock_check import ClockCheck
from core.cases.upkeep.figures import catch_up
from core.cases.upkeep.personal_data import purge
from core.cases.upkeep.reconcile import reconcile
from core.cases.window.process import expire, roll_over, run_window, vacate
from core.data.due import ANNOUNCE, TELL
from core.data.letter import Transport
from core.errors import DeskError, MailboxError
from core.store.store import Transaction
from mail_intake.intake import Intake, JudgeEach
from mail_intake.mailboxes.mailbox import Mailbox

log = structlog.get_logger(__name__)

CALENDAR_ALERT = "calendar.year"
MAILBOX = "mailbox"
"""The alert about the mailbox, and the tick of a look into it, each with its name."""
TROUBLE_PAUSE_S = 10.0
FIGURES_AT_ONCE = 20_000
"""Rows of the audit that one housekeeping counts: a desk that begins to count has years of them."""
NOTED_EVERY_S = 20.0


@dataclass(frozen=True)
class Pace:
    """Seconds between two looks; each costs one query.

    `housekeeping_s`: expiry of incomplete requests, warnings of certificates that end, retention,
    the calendar's last year. `reconcile_s`: mailbox against records, cases against letters.
    `mailbox_s`: longest wait for the mailbox; its own polling and IDLE are quicker. `look_s`: how
    soon a mail is seen that nobody told of.
    """

    window_s: float = 2.0
    deliver_s: float = 2.0
    housekeeping_s: float = 600.0
    reconcile_s: float = 3600.0
    mailbox_s: float = 60.0
    look_s: float = 1.0


@dataclass(frozen=True)
class Tick:
    """A piece of regular work: its name, its interval, and its function."""

    name: str
    every_s: float
    act: Callable[[], object]


class Work:
    """Mailbox, judging, window, outbox, housekeeping."""

    def __init__(
        self,
        desk: Desk,
        intake: Intake,
        mailbox: Mailbox,
        transport: Transport,
        sender: Sender,
        pace: Pace = Pace(),
        judge_each: JudgeEach | None = None,
        clock_check: ClockCheck | None = None,
        tell_systems: Callable[[], object] = lambda: None,
        tell_administrators: Callable[[], object] = lambda: None,
    ) -> None:
        """`tell_systems`, `tell_administrators`: tell them what is due.

        `judge_each`: where mails are judged, by default in this process (see `judging_process`).
        `clock_check`: by default the clock is believed.
        """
        self._desk, self._intake, self.mailbox = desk, intake, mailbox
        self._transport, self._sender, self.pace = transport, sender, pace
        self._judge_each, self._clock_check = judge_each or intake.judge_each, clock_check
        self._tell_systems, self._tell_administrators = tell_systems, tell_administrators
        self.stopping = threading.Event()
        self._delivering = threading.Lock()
        self._noted_at: dict[str, float] = {}
        self._starts = True

    def ticks(self) -> list[Tick]:
        """All pieces of regular work."""
        pace = self.pace
        return [
            Tick("window", pace.window_s, self.window),
            Tick("deliver", pace.deliver_s, self.deliver),
            Tick(TELL, pace.deliver_s, self._tell_systems),
            # A tick of its own: systems that cannot be notified, or answer slowly,
            # hold nothing of it back.
            Tick(ANNOUNCE, pace.deliver_s, self._tell_administrators),
            Tick("housekeeping", pace.housekeeping_s, self.housekeeping),
            Tick("retention", pace.housekeeping_s, self.retention),
            Tick("reconcile", pace.reconcile_s, self.reconcile),
        ]

    def stop(self) -> None:
        """Stop. Work that has begun finishes its transaction first."""
        self.stopping.set()
        self.mailbox.stop()

    def close(self) -> None:
        """When nothing works any more."""
        self.mailbox.close()
        self._transport.close()

    def do(self, tick: Tick) -> None:
        """Do what is due, and note for /health that it went well now."""
        tick.act()
        noted_at = time.monotonic()
        if noted_at - self._noted_at.get(tick.name, -NOTED_EVERY_S) >= NOTED_EVERY_S:
            with self._desk.step() as tx:
                self._note(tx, tick.name)
            self._noted_at[tick.name] = noted_at

    def _note(self, tx: Transaction, name: str) -> None:
        tx.ticks.note(name, timedelta(seconds=NOTED_EVERY_S))

    def judge_waiting(self) -> int:
        """Judge the mails that wait, a round of them; how many were looked at."""
        return self._intake.judge_waiting(self._judge_each)

    def judge(self, mail_id: int) -> bool:
        """Judge one mail; whether it has its disposition now."""
        return self._judge_each([mail_id]) == [True]

    def is_due(self, tick: Tick, within: Transaction | None = None) -> bool:
        """Whether it is longer ago than the pace that a tick went well, by the tables."""
        if tick.every_s <= NOTED_EVERY_S:
            return True  # it asks the tables itself, and what they say may be due at once
        with nullcontext(within) if within else self._desk.view() as tx:
            last, now = tx.ticks.all().get(tick.name), self._desk.now()
        return last is None or not timedelta(0) <= now - last < timedelta(seconds=tick.every_s)

    def set_aside(self, mail_id: int) -> None:
        """Give a mail up over which one machine after the other ended."""
        quarantine(self._desk, mail_id, "读取时多次使整个办理进程中断")

    def window(self) -> None:
        """Carry out approved cases while the window is open; move on those that a closed one
        left. At a start the hours may be others than those that cases were promised."""
        if not self._clock_is_sure():
            return
        if self._starts:
            vacate(self._desk)
            self._starts = False
        roll_over(self._desk)
        report = run_window(self._desk)
        for number in report.completed:
            log.info("case.completed", case=number, text=f"工单 {number} 已办理")
        for number in report.failed:
            log.warning("case.failed", case=number, text=f"工单 {number} 办理时出错，已暂缓")

    def deliver(self) -> None:
        """Send what is due, with the notices about locked logins."""
        if self._delivering.acquire(blocking=False):
            try:
                notify_locked_accounts(self._desk)
                deliver(self._desk, self._transport, self._sender)
            finally:
                self._delivering.release()

    def housekeeping(self) -> None:
        """End what nobody answered, say when certificates of locks end and the calendar runs out,
        and count what was done."""
        if self._clock_is_sure():
            expire(self._desk)
            warn_of_endings(self._desk)
        catch_up(self._desk, FIGURES_AT_ONCE)
        now = self._desk.now()
        year = self._desk.workdays.unknown_year_ahead(now)
        with self._desk.step() as tx:
            tx.logins.drop_old()
            if year is None:
                tx.alerts.clear(CALENDAR_ALERT)
            else:
                text = (
                    f"已安装的工作日历缺少 {year} 年，届时按周一至周五处理并标为暂定。"
                    "请升级 chinesecalendar 或在 window.overrides 填写。"
                )
                tx.alerts.add(CALENDAR_ALERT, text)
                log.warning("calendar.year_missing", year=year)

    def retention(self) -> None:
        """Remove what was kept long enough.

        A tick of its own: what cannot be removed keeps nothing else from being done.
        """
        if self._clock_is_sure():
            self._transport.forget(self._desk.now())
            purge(self._desk)

    def reconcile(self) -> None:
        """Hold the records against each other."""
        for line in reconcile(self._desk):
            log.warning("reconcile.found", what=line)

    def watch(self, came: Callable[[], None], ours: Callable[[], bool] = lambda: True) -> None:
        """Collect, wait, collect, while the mailbox is ours; look for missed mails at the start and
        as often as records are reconciled.

        `wait` paces the logins too; whatever fails here is logged and tried again.
        `came`: mails were stored.
        """
        mailbox, recover_at = self.mailbox, time.monotonic()
        while not self.stopping.is_set() and ours():
            try:
                self._collect(came)
                if time.monotonic() >= recover_at:
                    recover_at = time.monotonic() + self.pace.reconcile_s
                    if self._intake.recover(mailbox):
                        came()
                self._mailbox_is_well()
                mailbox.wait(self.pace.mailbox_s)
            except MailboxError as error:
                self._mailbox_is_ill(error)
                mailbox.wait(self.pace.mailbox_s)
            except Exception as error:  # noqa: BLE001
                # the intake loop answers everything: the box is watched as long as the desk runs
                self._mailbox_is_ill(error)
                self.stopping.wait(TROUBLE_PAUSE_S)
        mailbox.log_out()

    def _collect(self, came: Callable[[], None]) -> None:
        def stored(newest: datetime) -> None:
            if self._clock_check:
                self._clock_check.mail_came(newest)
            came()

        self._intake.collect(self.mailbox, stored)

    def _clock_is_sure(self) -> bool:
        return self._clock_check is None or self._clock_check.is_sure()

    def _mailbox_is_well(self) -> None:
        name = f"{MAILBOX}.{self.mailbox.name}"
        with self._desk.step() as tx:
            tx.alerts.clear(name)
            self._note(tx, name)

    def _mailbox_is_ill(self, error: Exception) -> None:
        name = self.mailbox.name
        log.error("mailbox.failed", mailbox=name, exc_info=error)
        words = str(error) if isinstance(error, DeskError) else type(error).__name__
        try:
            with self._desk.step() as tx:
                tx.alerts.add(f"{MAILBOX}.{name}", f"邮箱 {name} 暂时无法收信：{words}")
        except Exception as untold:
            # the alert may be lost with the database; the watch over the box may not
            log.error("mailbox.alert_failed", mailbox=name, exc_info=untold)


def logged(what: str, act: Callable[[], object]) -> bool:
    """Do it, with its troubles logged instead of lost.

    Whether it could be done: else it is tried again at its next time.
    """
    try:
        act()
    except Exception as error:
        log.error("tick.failed", tick=what, exc_info=error)
        return False
    return True
