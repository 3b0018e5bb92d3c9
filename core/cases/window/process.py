"""Carrying out approved cases inside the window, once each, and moving on what a window leaves over
(RULES.md section 2).

Everything is decided from the database, so that a desk which was down makes up for what it missed.
The deadline is checked before each case; bindings, state, letters and audit rows of a case are one
transaction, which it shares with a few others. A case that fails is set aside for a person and
stops no other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from core.cases.desk import Desk, DeskStep, one_step
from core.cases.intake.request_case import sender_facts
from core.cases.intake.unread import awaited_mails, awaiting
from core.cases.letters.letter_content import lock_end, lock_words, reasons
from core.cases.letters.outbox import write_to_contact, write_to_sender
from core.clock import LOCAL, local
from core.data.audit_entry import DESK
from core.data.case import PLANNED, Case, State, Step, advance
from core.data.contact import is_young
from core.data.enterprise import Binding, Enterprise
from core.data.letter import LetterFacts, LetterKind
from core.data.tries import enterprise_account
from core.data.workday import Window
from core.errors import Conflict, NotAllowed, StoreError

MISSED = "window.missed"
YOUNG_CONTACT = (
    "登记的联系邮箱启用不足 {0} 小时，不向它发送重置密码的链接。请先电话核实，满 {0} 小时后再批准。"
)
AT_ONCE = 10
"""Cases that share a transaction.

A page waits for its turn so long, and a kill takes back so many at most: they stay approved.
"""


@dataclass
class WindowReport:
    """The result of one run: numbers of the cases completed, of those that failed and were set
    aside, and how many were left at the deadline.
    """

    window: Window | None = None
    completed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left: int = 0


def require_old_contact(desk: Desk, enterprise: Enterprise, now: datetime) -> None:
    """Raise NotAllowed where the contact address is too new for a reset link."""
    hours = desk.settings.contact_wait_hours
    if is_young(enterprise, now, hours):
        raise NotAllowed(YOUNG_CONTACT.format(hours))


def run_window(desk: Desk, actor: str = DESK) -> WindowReport:
    """Carry out cases approved for the window that is open now; outside a window do nothing."""
    window = desk.workdays.open_window(desk.now())
    report = WindowReport(window)
    if window is None:
        return report
    with desk.view() as tx:
        due = tx.cases.opening_before(State.APPROVED, window.closes_at)
    alone = 0
    while due and window.contains(desk.now()):
        group = [due[0]] if alone else due[:AT_ONCE]
        try:
            with desk.step() as tx:
                done = _process_within(tx, group, window, actor)
        except StoreError:
            raise  # the database's trouble: everything stays APPROVED and the next tick tries again
        except Exception as error:  # noqa: BLE001  one of the two loops that answer everything
            if len(group) > 1:  # nothing of it is kept, and each goes alone
                alone = len(group)
                continue
            # somebody changed it at this moment: the next tick sees what it is now
            if not isinstance(error, Conflict):
                report.failed.append(_set_aside(desk, group[0], error))
            done = [None]
        report.completed.extend(case.number for case in done if case)
        alone, due = max(alone - 1, 0), due[len(done) :]
    report.left = len(due)
    return report


def _process_within(
    tx: DeskStep, case_ids: Sequence[int], window: Window, actor: str
) -> list[Case | None]:
    """Carry out cases, which are read together, until the window closes. As `_process`."""
    cases = tx.cases.by_ids(case_ids)
    accounts = tx.accounts.by_ids({case.enterprise_id for case in cases.values()})
    done: list[Case | None] = []
    for case_id in case_ids:
        if not window.contains(tx.desk.now()):
            break
        done.append(_process(tx, cases[case_id], accounts, actor))
    return done


def _process(
    tx: DeskStep,
    case: Case,
    accounts: dict[int | None, Enterprise],
    actor: str,
) -> Case | None:
    """Carry out one approved case; None when it is no longer approved, or the contact may still
    object, or did in a mail that waits to be read. `accounts`: as they are now. Raises NotAllowed
    when the account was frozen since the approval, and when a reset link would go to a contact
    address younger than a day.
    """
    if case.state is not State.APPROVED:
        return None
    enterprise = accounts[case.enterprise_id]
    if case.not_before and tx.now < case.not_before:
        return None
    if any(awaited_mails(tx, case, enterprise)):
        return None
    if enterprise.frozen_at:
        raise NotAllowed("企业账号在批准之后因异议被冻结，请先处理异议。")
    if case.reset_password:
        require_old_contact(tx.desk, enterprise, tx.now)
    ended = tx.bindings.end(case.binding_ids or (), case.id) if case.unbind else []
    if ended or case.reset_password:  # another case of the same window may have sent a link
        tx.links.void(enterprise.id)
    tx.tries.clear(enterprise_account(enterprise.name))
    case = advance(case, Step.PROCESS, tx.now, completed_at=tx.now)
    count, reset = len(ended), bool(case.reset_password)
    tx.write_case(actor, "case.completed", case, bindings_ended=count, reset=reset)
    _write_letters(tx, case, enterprise, ended)
    return case


def _write_letters(
    tx: DeskStep,
    case: Case,
    enterprise: Enterprise,
    ended: Sequence[Binding],
) -> None:
    facts = LetterFacts(case_number=case.number, enterprise_name=enterprise.name)
    if case.may_be_answered:
        words = lock_words if enterprise.is_contact_address(case.sender) else lock_end
        done = [f"已解除 CA 锁的绑定：{words(lock)}" for lock in ended]
        if case.reset_password:
            done.append("已发出设置新密码的链接")
        reset, kind = bool(case.reset_password), LetterKind.COMPLETED
        what = replace(facts, done=tuple(done), unbound=bool(case.unbind), reset=reset)
        write_to_sender(tx, kind, what, case)
    if case.reset_password:
        write_to_contact(tx, LetterKind.RESET_LINK, facts, enterprise, case=case)


@one_step
def _set_aside(tx: DeskStep, case_id: int, error: Exception) -> str:
    why = str(error) if isinstance(error, NotAllowed) else type(error).__name__
    reason = f"办理时出错，已暂缓：{why}"
    case = advance(tx.cases.get(case_id), Step.HOLD, tx.now, reason=reason)
    tx.write_case(DESK, "case.failed", case, error=type(error).__name__)
    text = f"工单 {case.number} 办理时出错，已暂缓，请人工处理。"
    tx.alerts.add(f"case.{case.number}", text)
    return case.number


def roll_over(desk: Desk) -> int:
    """Move every case whose window closed without it to the next window, and notify the enterprise
    once. Returns how many moved; one that failed raises an alert.

    The alert about approved ones comes first: a desk that is killed while it moves them would not
    find them overdue again.
    """
    now = desk.now()
    window = desk.workdays.window_for(now)
    before = min(window.opens_at, now)
    with desk.view() as tx:
        queued, approved = (
            tx.cases.opening_before(state, before) for state in (State.QUEUED, State.APPROVED)
        )
        waiting = len({case.id for _, found in awaiting(tx, approved) for case in found})
    if approved:
        with desk.step() as tx:
            missed = tx.cases.opening_before(State.APPROVED, before)
            text = (
                f"{local(now):%m月%d日 %H:%M}　有 {len(missed)} 件已批准的工单"
                f"未能在其处理窗口内办理，改在 {window} 办理。"
            )
            if waiting:
                text += f"其中 {waiting} 件在等人阅信，“今日”页列有来信。"
            if waiting < len(missed):
                text += "请检查办理台在窗口期间是否运行。"
            if missed:
                tx.alerts.add(MISSED, text)
    return _each(desk, [*queued, *approved], _postpone)


def vacate(desk: Desk) -> int:
    """Move the cases whose window, today or later, was taken away (a day off, other hours) to the
    next one. Returns how many moved.

    Other hours are known at a start alone: two programs that differ in them would move the cases
    to and fro for ever.
    """
    today = datetime.combine(local(desk.now()).date(), time(), LOCAL)
    with desk.view() as tx:
        gone = [
            opens_at
            for opens_at in tx.cases.openings(today)
            if not desk.workdays.opening_at(opens_at)
        ]
        moved = tx.cases.ids(state=PLANNED, window_opens_at=gone)
    return _each(desk, moved, _vacate)


def expire(desk: Desk) -> int:
    """End incomplete cases that nobody answered for `expire_days`. Returns how many."""
    idle_since = desk.now() - timedelta(days=desk.settings.expire_days)
    with desk.view() as tx:
        idle = tx.cases.unchanged(State.INCOMPLETE, idle_since)
    return _each(desk, idle, partial(_expire, idle_since=idle_since))


def _each(desk: Desk, case_ids: Sequence[int], step: Callable[[Desk, int], bool]) -> int:
    """The step for every case; one that fails raises an alert, and stops neither the others nor the
    window. Returns for how many it was still due.
    """
    done = 0
    for case_id in case_ids:
        try:
            done += step(desk, case_id)
        except StoreError:
            raise
        except Conflict:
            continue  # somebody changed it at this moment: the next tick sees what it is now
        except Exception as error:  # noqa: BLE001  part of the window loop
            text = (
                f"编号 {case_id} 的工单未能顺延或关闭（{type(error).__name__}），"
                "将自动重试，请人工查看。"
            )
            with desk.step() as tx:
                tx.alerts.add(f"case.stuck.{case_id}", text)
    return done


@one_step
def _postpone(tx: DeskStep, case_id: int) -> bool:
    """Whether it was still to be postponed."""
    case = tx.cases.get(case_id)
    opens_at = case.window_opens_at
    if case.state not in PLANNED or opens_at is None:
        return False
    window = tx.desk.workdays.window_for(max(tx.now, opens_at))
    if window.opens_at <= opens_at:
        return False
    postpone(tx, case, window)
    return True


def postpone(tx: DeskStep, case: Case, window: Window) -> Case:
    """The case, moved to `window` and kept, with the letter the first time."""
    first_time = case.postponed == 0
    case = _moved(tx, case, window, postponed=case.postponed + 1)
    if first_time:
        _report(tx, case, LetterKind.POSTPONED, window=window)
    return case


@one_step
def _vacate(tx: DeskStep, case_id: int) -> bool:
    """Whether its window is still one that does not open. The letter is not the one of a window
    that closed without it: that is to come yet. The new one may be earlier on its day.
    """
    case, workdays = tx.cases.get(case_id), tx.desk.workdays
    opens_at = case.window_opens_at
    if case.state not in PLANNED or opens_at is None or workdays.opening_at(opens_at):
        return False
    day = datetime.combine(local(opens_at).date(), time(), LOCAL)
    window = workdays.window_for(max(tx.now, day, case.not_before or day))
    _report(tx, _moved(tx, case, window), LetterKind.POSTPONED, window=window)
    return True


def _moved(tx: DeskStep, case: Case, window: Window, **changes: int) -> Case:
    kept = {"first_approved_by": case.first_approved_by}
    case = advance(case, Step.POSTPONE, tx.now, window_opens_at=window.opens_at, **kept, **changes)
    tx.write_case(DESK, "case.postponed", case, window=str(window))
    return case


@one_step
def _expire(tx: DeskStep, case_id: int, idle_since: datetime) -> bool:
    """Whether nobody answered meanwhile."""
    case = tx.cases.get(case_id)
    if case.state is not State.INCOMPLETE or case.changed_at >= idle_since:
        return False
    case = advance(case, Step.EXPIRE, tx.now)
    tx.write_case(DESK, "case.expired", case)
    days, lacks = tx.settings.expire_days, reasons(case.findings)
    _report(tx, case, LetterKind.EXPIRED, reply_days=days, reasons=lacks)
    return True


def _report(tx: DeskStep, case: Case, kind: LetterKind, **facts: Any) -> None:
    """A letter of the desk's own accord."""
    if case.may_be_answered:
        write_to_sender(tx, kind, sender_facts(tx, case, **facts), case)
