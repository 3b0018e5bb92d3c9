"""Carrying out approved cases inside the window, once each,
and moving on what a window leaves over (RULES.md section 2).

Everything is decided from the database, so that a desk which was down makes up for what it missed.
The deadline is checked before each case; bindings, state, letters and audit rows of a case are one
transaction, which it shares with a few others. A case that fails is set aside for a person and
stops no other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Final

from core.cases.desk import Desk
from core.cases.intake.request_case import submission_of
from core.cases.letters.letter_content import lock_end, lock_words, name_for_sender, reasons
from core.cases.letters.outbox import last_mail_of_sender, sender_proved, write_letter
from core.cases.requester import has_contact_address
from core.clock import local
from core.data.account_ports import OPENING, LinkPurpose
from core.data.case import Case, State, Step, advance
from core.data.contact import is_young
from core.data.enterprise import Binding, Enterprise
from core.data.letter import LINK_PLACE, LetterFacts, LetterKind
from core.data.tries import enterprise_account
from core.data.workday import Window
from core.errors import Conflict, NotAllowed, StoreError
from core.store.store import Transaction

MISSED = "window.missed"
YOUNG_CONTACT: Final = (
    "登记的联系邮箱启用不足 24 小时，不向它发送重置密码的链接。请先电话核实，满 24 小时后再批准。"
)
AT_ONCE: Final = 10
"""Cases that share a transaction.

A page waits for its turn so long, and a kill takes back so many at most: they stay approved.
"""


@dataclass(slots=True)
class WindowReport:
    """What one run did: numbers of the cases completed, of those that failed and were set aside,
    and how many the deadline left."""

    window: Window | None = None
    completed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left: int = 0


def run_window(desk: Desk, actor: str = "desk") -> WindowReport:
    """Carry out what is approved for the window that is open now;
    outside a window nothing is done."""
    window = desk.workdays.open_window(desk.clock.now())
    report = WindowReport(window)
    if window is None:
        return report
    with desk.store.view() as tx:
        due = tx.cases.ids_in(State.APPROVED, window.date)
    while due and (looked_at := _process_batch(desk, due[:AT_ONCE], window, actor, report)):
        due = due[looked_at:]
    report.left = len(due)
    return report


def _process_batch(
    desk: Desk, case_ids: Sequence[int], window: Window, actor: str, report: WindowReport
) -> int:
    """Carry out these cases, as many as there is time for, in one transaction: all of them, or
    none. Where one breaks, each goes alone. Returns how many were looked at."""
    try:
        with desk.store.transaction() as tx:
            done = list(_process_within(tx, desk, case_ids, window, actor))
    except StoreError:
        # the database's trouble, not the cases': everything stays APPROVED
        # and the next tick tries again
        raise
    except Exception:  # noqa: BLE001
        # one of the two loops that answer everything: which case it was shows when each goes alone
        return _process_each(desk, case_ids, window, actor, report)
    report.completed.extend(case.number for case in done if case)
    return len(done)


def _process_each(
    desk: Desk, case_ids: Sequence[int], window: Window, actor: str, report: WindowReport
) -> int:
    """Carry out each case in a transaction of its own. Returns how many were looked at."""
    looked_at = 0
    for case_id in _in_time(desk, case_ids, window):
        _process_alone(desk, case_id, window, actor, report)
        looked_at += 1
    return looked_at


def _process_alone(
    desk: Desk, case_id: int, window: Window, actor: str, report: WindowReport
) -> None:
    try:
        with desk.store.transaction() as tx:
            case = next(_process_within(tx, desk, [case_id], window, actor), None)
    except StoreError:
        raise
    except Conflict:
        return  # somebody changed it at this moment: the next tick sees what it is now
    except Exception as error:  # noqa: BLE001
        # one of the two loops that answer everything: a case must not stop the batch
        report.failed.append(_set_aside(desk, case_id, error))
    else:
        report.completed.extend([case.number] if case else [])


def _in_time(desk: Desk, case_ids: Sequence[int], window: Window) -> Iterator[int]:
    """The cases one after the other, until the window closes."""
    return takewhile(lambda _: window.contains(desk.clock.now()), case_ids)


def _process_within(
    tx: Transaction, desk: Desk, case_ids: Sequence[int], window: Window, actor: str
) -> Iterator[Case | None]:
    """Carry out cases, which are read together, as many as there is time for. As `_process`."""
    cases = {case.id: case for case in tx.cases.by_ids(case_ids)}
    accounts = dict(
        tx.accounts.by_ids({case.enterprise_id for case in cases.values() if case.enterprise_id})
    )
    for case_id in _in_time(desk, case_ids, window):
        yield _process(tx, desk, cases[case_id], accounts, window, actor)


def _process(
    tx: Transaction,
    desk: Desk,
    case: Case,
    accounts: dict[int, Enterprise],
    window: Window,
    actor: str,
) -> Case | None:
    """Carry out one approved case; None when it is no longer approved, or the window has closed.

    `accounts`: as they are now.

    Raises NotAllowed when an objection froze the account since the approval, and when a reset link
    would go to a contact address younger than a day.
    """
    now = desk.clock.now()
    if case.state is not State.APPROVED or case.enterprise_id is None or not window.contains(now):
        return None
    if case.not_before and now < case.not_before:
        return None  # the registered contact may still object
    enterprise = accounts[case.enterprise_id]
    if enterprise.frozen_at:
        raise NotAllowed("企业账号在批准之后因异议被冻结，请先处理异议。")
    if case.reset_password and is_young(enterprise, now):
        raise NotAllowed(YOUNG_CONTACT)
    ended = tx.bindings.end(case.binding_ids or (), now, case.id) if case.unbind else []
    tx.links.void(enterprise.id, now, OPENING)
    accounts[enterprise.id] = _opened(enterprise, case, now)
    tx.accounts.save(accounts[enterprise.id])
    tx.tries.clear(enterprise_account(enterprise.name))
    case = advance(case, Step.PROCESS, now, completed_at=now)
    tx.cases.save(case)
    tx.audit.write(
        now,
        actor,
        "case.completed",
        case,
        bindings_ended=str(len(ended)),
        reset=str(bool(case.reset_password)),
    )
    _write_letters(tx, desk, case, enterprise, ended, now)
    return case


def roll_over(desk: Desk) -> int:
    """Move every case whose window closed without it to the next window, and notify the enterprise
    once. Returns how many moved; one that failed raises an alert.

    The alert about approved ones comes first: a desk that is killed while it moves them would
    not find them overdue again.
    """
    now = desk.clock.now()
    window = desk.workdays.window_for(now)
    with desk.store.view() as tx:
        overdue = {
            state: tx.cases.ids_in(state, _last_day_before(window))
            for state in (State.QUEUED, State.APPROVED)
        }
    if overdue[State.APPROVED]:
        with desk.store.transaction() as tx:
            if missed := tx.cases.ids_in(State.APPROVED, _last_day_before(window)):
                _alert_missed(tx, len(missed), window, now)
    return _each(
        desk,
        overdue[State.QUEUED] + overdue[State.APPROVED],
        lambda case_id: _postpone(desk, case_id, window),
    )


def vacate(desk: Desk, day: date) -> int:
    """Move the cases of a day whose last window was taken away to the next window.

    Returns how many moved.
    """
    now = desk.clock.now()
    if desk.workdays.windows_on(day):
        return 0
    window = desk.workdays.window_for(
        max(now, desk.workdays.window_at(day, time(0), time(0)).opens_at)
    )
    with desk.store.view() as tx:
        due_by_then = [
            case_id
            for state in (State.QUEUED, State.APPROVED)
            for case_id in tx.cases.ids_in(state, day)
        ]
        of_day = [case_id for case_id in due_by_then if tx.cases.get(case_id).window_date == day]
    return _each(desk, of_day, lambda case_id: _postpone(desk, case_id, window))


def expire(desk: Desk) -> int:
    """End incomplete cases that nobody answered for `expire_days`. Returns how many."""
    idle_since = desk.clock.now() - timedelta(days=desk.settings.expire_days)
    with desk.store.view() as tx:
        idle = tx.cases.idle_incomplete(idle_since)
    return _each(desk, idle, lambda case_id: _expire(desk, case_id, idle_since))


def _each(desk: Desk, case_ids: Sequence[int], step: Callable[[int], bool]) -> int:
    """The step for every case; one that fails raises an alert, and stops neither the others nor the
    window. Returns for how many it was still due."""
    done = 0
    for case_id in case_ids:
        try:
            done += step(case_id)
        except StoreError:
            raise
        except Conflict:
            continue  # somebody changed it at this moment: the next tick sees what it is now
        except Exception as error:  # noqa: BLE001  part of the window loop
            _alert_failed(desk, case_id, error)
    return done


def _alert_failed(desk: Desk, case_id: int, error: Exception) -> None:
    with desk.store.transaction() as tx:
        text = (
            f"编号 {case_id} 的工单未能顺延或关闭（{type(error).__name__}），将自动重试，"
            "请人工查看。"
        )
        tx.alerts.add(desk.clock.now(), f"case.stuck.{case_id}", text)


def _set_aside(desk: Desk, case_id: int, error: Exception) -> str:
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        why = str(error) if isinstance(error, NotAllowed) else type(error).__name__
        case = advance(
            tx.cases.get(case_id),
            Step.HOLD,
            now,
            reason=f"办理时出错，已暂缓：{why}",
            approved_by="",
        )
        tx.cases.save(case)
        tx.audit.write(now, "desk", "case.failed", case, error=type(error).__name__)
        tx.alerts.add(
            now, f"case.{case.number}", f"工单 {case.number} 办理时出错，已暂缓，请人工处理。"
        )
        return case.number


def _opened(enterprise: Enterprise, case: Case, now: datetime) -> Enterprise:
    """The account after a case: an unbinding opens the password login."""
    return replace(
        enterprise, password_open=enterprise.password_open or bool(case.unbind), changed_at=now
    )


def _write_letters(
    tx: Transaction,
    desk: Desk,
    case: Case,
    enterprise: Enterprise,
    ended: Sequence[Binding],
    now: datetime,
) -> None:
    if case.sender and not case.by_hand:
        words = lock_words if has_contact_address(case, enterprise) else lock_end
        done = [f"已解除 CA 锁的绑定：{words(lock)}" for lock in ended]
        facts = LetterFacts(
            case_number=case.number,
            enterprise_name=enterprise.name,
            done=(*done, "已受理重置注册密码") if case.reset_password else tuple(done),
            unbound=bool(case.unbind),
            reset=bool(case.reset_password),
        )
        write_letter(
            tx,
            desk,
            LetterKind.COMPLETED,
            facts,
            case.sender,
            now,
            case=case,
            reply_to=last_mail_of_sender(tx, case),
        )
    if case.reset_password and enterprise.contact_email:
        hours = desk.settings.link_hours
        link = tx.links.add(
            LinkPurpose.RESET, enterprise.id, case.id, now, now + timedelta(hours=hours)
        )
        facts = LetterFacts(
            case_number=case.number,
            enterprise_name=enterprise.name,
            link=LINK_PLACE,
            link_hours=hours,
        )
        write_letter(
            tx,
            desk,
            LetterKind.RESET_LINK,
            facts,
            enterprise.contact_email,
            now,
            case=case,
            link=link,
        )


def postpone(tx: Transaction, desk: Desk, case: Case, window: Window, now: datetime) -> Case:
    """The case, moved to `window` and kept, with the letter the first time."""
    first_time = case.postponed == 0
    case = advance(
        case,
        Step.POSTPONE,
        now,
        window_date=window.date,
        provisional_window=window.provisional,
        postponed=case.postponed + 1,
        first_approved_by=case.first_approved_by,
    )
    tx.cases.save(case)
    tx.audit.write(now, "desk", "case.postponed", case, window=window.date.isoformat())
    if first_time:
        facts = LetterFacts(window=str(window), provisional=window.provisional)
        _write_to_sender(tx, desk, case, LetterKind.POSTPONED, facts, now)
    return case


def _write_to_sender(
    tx: Transaction, desk: Desk, case: Case, kind: LetterKind, facts: LetterFacts, now: datetime
) -> None:
    """A letter of the desk's own accord; it names case and enterprise."""
    if not case.sender or case.by_hand:
        return
    submission = submission_of(tx, case)
    facts = replace(
        facts, case_number=case.number, enterprise_name=name_for_sender(tx, case, submission)
    )
    mail = last_mail_of_sender(tx, case)
    write_letter(
        tx,
        desk,
        kind,
        facts,
        case.sender,
        now,
        case=case,
        reply_to=mail,
        proved=sender_proved(tx, mail),
    )


def _postpone(desk: Desk, case_id: int, window: Window) -> bool:
    """Whether it was still to be postponed."""
    with desk.store.transaction() as tx:
        case, now = tx.cases.get(case_id), desk.clock.now()
        if (
            case.state not in {State.QUEUED, State.APPROVED}
            or case.window_date is None
            or case.window_date >= window.date
        ):
            return False
        postpone(tx, desk, case, window, now)
    return True


def _last_day_before(window: Window) -> date:
    return window.date - timedelta(days=1)


def _alert_missed(tx: Transaction, count: int, window: Window, now: datetime) -> None:
    text = (
        f"有 {count} 件已批准的工单未能在其处理窗口内办理，改在 {window} 办理。"
        "请检查办理台在窗口期间是否运行。"
    )
    tx.alerts.add(now, MISSED, f"{local(now):%m月%d日 %H:%M}　{text}")


def _expire(desk: Desk, case_id: int, idle_since: datetime) -> bool:
    """Whether nobody answered meanwhile."""
    with desk.store.transaction() as tx:
        case = tx.cases.get(case_id)
        if case.state is not State.INCOMPLETE or case.changed_at >= idle_since:
            return False
        _end_expired(tx, desk, case, desk.clock.now())
    return True


def _end_expired(tx: Transaction, desk: Desk, case: Case, now: datetime) -> None:
    case = advance(case, Step.EXPIRE, now)
    tx.cases.save(case)
    tx.audit.write(now, "desk", "case.expired", case)
    facts = LetterFacts(reply_days=desk.settings.expire_days, reasons=reasons(case.findings))
    _write_to_sender(tx, desk, case, LetterKind.EXPIRED, facts, now)
