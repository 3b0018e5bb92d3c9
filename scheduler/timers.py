"""When things are done; never whether. Each tick asks the database what is due, so a missed or doubled tick changes nothing.

APScheduler 3.x fires the ticks (4.x is another program). Its defaults drop a job that is a second late, hence coalesce, one instance, and a
grace of half an hour. Mail is waited for in a thread of its own (IDLE or poll); reading is another thread, woken by it.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from typing import Final

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from core.cases.deliver import Sender, deliver
from core.cases.desk import Desk
from core.cases.lock_notice import notify_locked_accounts
from core.cases.ports import Transaction
from core.cases.process import expire, roll_over, run_window
from core.cases.reconcile import reconcile
from core.cases.retention import purge
from core.cases.transport_port import SentFolder, Transport
from core.cases.worker import begin_work, end_work, show_life
from core.errors import DeskError, LoginRefused, MailboxError, StoreError, raised_at
from mail_intake.intake import Intake
from mail_intake.mailboxes.mailbox import Mailbox

log = structlog.get_logger(__name__)

JOB_DEFAULTS: Final = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 1800}
CALENDAR_ALERT: Final = "calendar.year"
MAILBOX_ALERT: Final = "mailbox"
TROUBLE_PAUSE_S: Final = 10.0
SIGNS_OF_LIFE_IN_A_LEASE: Final = 5
NOTED_EVERY_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two looks; each costs one query.

    `housekeeping_s`: expiry of incomplete requests, retention, the calendar's last year. `reconcile_s`: mailbox against records, cases against
    letters. `mailbox_s`: longest wait for the mailbox; its own polling and IDLE are quicker.
    """

    window_s: float = 2.0
    deliver_s: float = 2.0
    housekeeping_s: float = 600.0
    reconcile_s: float = 3600.0
    mailbox_s: float = 60.0


class Timers:
    """Runs the desk until `stop`: mailboxes, reading, window, outbox, housekeeping."""

    def __init__(
        self,
        desk: Desk,
        intake: Intake,
        mailboxes: Sequence[Mailbox],
        transport: Transport,
        sender: Sender,
        pace: Pace = Pace(),
        sent_folder: SentFolder | None = None,
        judge_waiting: Callable[[], int] | None = None,
    ) -> None:
        """`judge_waiting`: where mails are judged, by default in this process (see `judging_process`)."""
        self._desk, self._intake, self._mailboxes = desk, intake, mailboxes
        self._transport, self._sender, self._pace, self._sent_folder = transport, sender, pace, sent_folder
        self._judge_waiting = judge_waiting or intake.judge_waiting
        self._stopping = threading.Event()
        self._mail_came = threading.Event()
        self._delivering = threading.Lock()
        self._recover_due: set[int] = set()
        self._threads: list[threading.Thread] = []
        self._scheduler = BackgroundScheduler(
            timezone="Asia/Shanghai", job_defaults=JOB_DEFAULTS, executors={"default": ThreadPoolExecutor(4)}
        )

    def start(self) -> None:
        """Make up for what was missed while the desk was down, then keep time."""
        begin_work(self._desk.store, self._desk.clock, self._desk.worker)
        self._thread("signs of life", self._show_life)
        self._every(self._pace.window_s, self.tick_window)
        self._every(self._pace.deliver_s, self.tick_deliver)
        self._every(self._pace.housekeeping_s, self.tick_housekeeping)
        self._every(self._pace.housekeeping_s, self.tick_retention)
        self._every(self._pace.reconcile_s, self.tick_reconcile)
        self._scheduler.start()
        for mailbox in self._mailboxes:
            self._thread(f"mailbox {mailbox.name}", partial(self._watch, mailbox))
        self._thread("reading", self._read)

    def stop(self, timeout_s: float = 30.0) -> None:
        """End all threads; what is half-way finishes its transaction first."""
        self._stopping.set()
        self._mail_came.set()
        for mailbox in self._mailboxes:
            mailbox.stop()
        self._scheduler.shutdown(wait=True)
        for thread in self._threads:
            thread.join(timeout_s)
        self._transport.close()
        if self._sent_folder:
            self._sent_folder.close()
        with suppress(StoreError):  # then the lease ends it
            end_work(self._desk.store, self._desk.worker)

    def tick_window(self) -> None:
        """Carry out what is approved while the window is open; move on what a closed one left."""
        roll_over(self._desk)
        report = run_window(self._desk)
        if report.completed or report.failed:
            log.info("window.run", completed=len(report.completed), failed=len(report.failed), left=report.left)
            self.tick_deliver()

    def tick_deliver(self) -> None:
        """Send what is due, with the notices about locked logins."""
        if self._delivering.acquire(blocking=False):
            try:
                notify_locked_accounts(self._desk)
                deliver(self._desk, self._transport, self._sender, self._sent_folder)
            finally:
                self._delivering.release()

    def tick_housekeeping(self) -> None:
        """End what nobody answered, and say when the calendar runs out."""
        expire(self._desk)
        now = self._desk.clock.now()
        year = self._desk.workdays.unknown_year_ahead(now)
        with self._desk.store.transaction() as tx:
            tx.logins.drop_challenges(now)
            tx.tries.drop_old(now)
            if year is None:
                tx.alerts.clear(CALENDAR_ALERT)
            else:
                text = (
                    f"已安装的工作日历缺少 {year} 年，届时按周一至周五处理并标为暂定。请升级 chinesecalendar 或在 window.overrides 填写。"
                )
                tx.alerts.add(now, CALENDAR_ALERT, text)
                log.warning("calendar.year_missing", year=year)

    def tick_retention(self) -> None:
        """Remove what was kept long enough. A tick of its own: what cannot be removed keeps nothing else from being done."""
        self._transport.forget(self._desk.clock.now())
        purge(self._desk)

    def tick_reconcile(self) -> None:
        """Hold the records against each other, and have each mailbox looked through for mails that were missed."""
        for line in reconcile(self._desk, self._sent_folder):
            log.warning("reconcile.found", what=line)
        self._recover_due = set(range(len(self._mailboxes)))

    def _every(self, seconds: float, tick: Callable[[], None]) -> None:
        self._scheduler.add_job(_logged(self._noted(tick)), "interval", seconds=seconds, next_run_time=datetime.now(UTC), id=tick.__name__)

    def _noted(self, tick: Callable[[], None]) -> Callable[[], None]:
        """The tick, with a note for /health of when it last went well."""
        name, noted_at = tick.__name__.removeprefix("tick_"), float("-inf")

        @wraps(tick)
        def run() -> None:
            nonlocal noted_at
            tick()
            if time.monotonic() - noted_at >= NOTED_EVERY_S:
                with self._desk.store.transaction() as tx:
                    self._note(tx, name)
                noted_at = time.monotonic()

        return run

    def _note(self, tx: Transaction, name: str) -> None:
        now = self._desk.clock.now()
        tx.ticks.note(name, now, now - timedelta(seconds=NOTED_EVERY_S))

    def _thread(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _show_life(self) -> None:
        """In a thread of its own: whatever the others wait for, this worker counts as living."""
        while not self._stopping.wait(self._desk.worker.lease_s / SIGNS_OF_LIFE_IN_A_LEASE):
            try:
                with self._desk.store.transaction() as tx:
                    show_life(tx, self._desk.worker, self._desk.clock.now())
            except Exception as error:  # noqa: BLE001  as below
                log.error("life.untold", error=type(error).__name__, text=_safe_words(error), at=raised_at(error))

    def _watch(self, mailbox: Mailbox) -> None:
        """Collect, wait, collect. `wait` paces the logins too; whatever fails here is logged and tried again."""
        number = self._mailboxes.index(mailbox)
        while not self._stopping.is_set():
            try:
                self._intake.collect(mailbox, self._mail_came.set)
                if self._recovered(mailbox, number):
                    self._mail_came.set()
                self._mailbox_is_well(mailbox)
                mailbox.wait(self._pace.mailbox_s)
            except MailboxError as error:
                self._mailbox_is_ill(mailbox, error)
                mailbox.wait(self._pace.mailbox_s)
            except Exception as error:  # noqa: BLE001  the intake loop answers everything: the box is watched as long as the desk runs
                self._mailbox_is_ill(mailbox, error)
                self._stopping.wait(TROUBLE_PAUSE_S)
        mailbox.close()

    def _recovered(self, mailbox: Mailbox, number: int) -> int:
        """Look for missed mails when reconciliation asked for it; in this thread, because one thread uses a mailbox."""
        if number not in self._recover_due:
            return 0
        self._recover_due.discard(number)
        return self._intake.recover(mailbox)

    def _read(self) -> None:
        while not self._stopping.is_set():
            self._mail_came.clear()
            try:
                if self._judge_waiting():
                    self.tick_deliver()
                else:
                    self._mail_came.wait(self._pace.mailbox_s)
            except Exception as error:  # noqa: BLE001  as above
                log.error("reading.failed", error=type(error).__name__, text=_safe_words(error), at=raised_at(error))
                self._stopping.wait(TROUBLE_PAUSE_S)

    def _mailbox_is_well(self, mailbox: Mailbox) -> None:
        with self._desk.store.transaction() as tx:
            tx.alerts.clear(f"{MAILBOX_ALERT}.{mailbox.name}")
            self._note(tx, f"mailbox.{mailbox.name}")

    def _mailbox_is_ill(self, mailbox: Mailbox, error: Exception) -> None:
        log.error("mailbox.failed", mailbox=mailbox.name, error=type(error).__name__, text=_safe_words(error), at=raised_at(error))
        if isinstance(error, StoreError):
            return  # nothing can be written down now
        words = str(error) if isinstance(error, MailboxError | LoginRefused) else type(error).__name__
        try:
            with self._desk.store.transaction() as tx:
                tx.alerts.add(self._desk.clock.now(), f"{MAILBOX_ALERT}.{mailbox.name}", f"邮箱 {mailbox.name} 暂时无法收信：{words}")
        except Exception as untold:  # noqa: BLE001  the alert may be lost with the database; the watch over the box may not
            log.error("mailbox.alert_failed", mailbox=mailbox.name, error=type(untold).__name__, at=raised_at(untold))


def _logged(tick: Callable[[], None]) -> Callable[[], None]:
    """The tick, with its troubles logged instead of lost in the scheduler."""

    @wraps(tick)
    def run() -> None:
        try:
            tick()
        except Exception as error:  # noqa: BLE001  a tick that failed is tried again at the next one
            log.error("tick.failed", tick=tick.__name__, error=type(error).__name__, text=_safe_words(error), at=raised_at(error))

    return run


def _safe_words(error: Exception) -> str:
    """Our own errors' words may be logged; those of libraries could hold mail text or addresses."""
    return str(error) if isinstance(error, DeskError) else ""
