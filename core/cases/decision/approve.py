"""What an administrator decides on a case without a letter at once: account, bindings, request,
approval, setting aside (others: core.cases.decision.answering).

Every act names the exact version that was seen; a case that changed since is refused with what
changed (Conflict). Approval names the account and the bindings that will end (RULES.md section 6)
and is refused while either, or what is asked, is not settled. A case with a risk that the operator
named takes two people (core.cases.decision.two_people): the first approval changes nothing but the
case's version.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from core.accounts.administrators import personnel
from core.accounts.enterprises.administration import require_reason
from core.cases.decision.approval_needs import approval_needs, require_reached
from core.cases.decision.batch_approval import looked_up
from core.cases.desk import Desk
from core.cases.intake.request_case import submission_of
from core.cases.letters.contact_notice import notify_contact, require_notice_left
from core.cases.letters.words import QUESTIONS, REACHED_BY, STATES
from core.cases.window.process import YOUNG_CONTACT, postpone
from core.clock import local
from core.data.case import Case, Reached, State, Step, advance, amend
from core.data.contact import is_young
from core.data.enterprise import Enterprise
from core.errors import Conflict, DeskError, NotAllowed
from core.store.store import Transaction

SEPARATOR: Final = "、"
"""Between the names of two who approved."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case of a batch.

    `error` is None when it was approved; `first`: by the first of two people.
    """

    case_id: int
    number: str
    error: DeskError | None = None
    first: bool = False


def approve_batch(desk: Desk, seen: Sequence[tuple[int, int]], actor: str) -> list[Outcome]:
    """Approve the cases (id, version) that stood in a list, each on its own;
    one refusal does not stop the others.

    Nobody has opened them, so one for which a reason to look stands
    (core.cases.decision.batch_approval) is refused with it.
    """
    return [_approve_one(desk, case_id, version, actor) for case_id, version in dict(seen).items()]


def approve(
    desk: Desk,
    case_id: int,
    version: int,
    actor: str,
    reached: Reached | None = None,
    binding_ids: Sequence[int] | None = None,
) -> Case:
    """Approve a case that was opened for its window; where it takes two people, the first time as
    the first of them. `reached`: how the enterprise was reached, where that is needed
    (core.cases.decision.approval_needs). `binding_ids`: the bindings that it ends, where others
    than the case lists. Raises Conflict, NotAllowed, IllegalTransition.
    """
    return _approve(
        desk, case_id, version, actor, opened=True, reached=reached, binding_ids=binding_ids
    )


def _approve(
    desk: Desk,
    case_id: int,
    version: int,
    actor: str,
    *,
    opened: bool,
    reached: Reached | None = None,
    binding_ids: Sequence[int] | None = None,
) -> Case:
    def step(tx: Transaction, case: Case, now: datetime) -> Case:
        if (
            binding_ids is not None
            and case.enterprise_id is not None
            and set(binding_ids) != set(case.binding_ids or ())
        ):
            case = replace(
                case, binding_ids=_own_bindings(tx, case, binding_ids), first_approved_by=""
            )
            tx.audit.write(
                now, actor, "case.bindings_chosen", case, detail=" ".join(map(str, binding_ids))
            )
        enterprise = _require_settled(tx, case)
        if not opened:
            _require_checked(tx, desk, case, now)
        require_notice_left(tx, case, enterprise.contact_email)
        needs = approval_needs(tx, desk, [case], now)[case.id]
        how = require_reached(tx, case, needs, enterprise, reached, now)
        window = desk.workdays.window_for(max(now, needs.not_before or now))
        if case.reset_password and is_young(enterprise, max(now, window.opens_at)):
            raise NotAllowed(YOUNG_CONTACT)
        if case.window_date and case.window_date < window.date:
            case = postpone(tx, desk, case, window, now)
        if needs.for_two and not case.first_approved_by:
            return amend(case, now, first_approved_by=actor, reached=how)
        if needs.for_two and case.first_approved_by == actor:
            raise NotAllowed(_another_is_needed(tx, case, needs.for_two))
        both = f"{case.first_approved_by}{SEPARATOR}{actor}"
        return advance(
            case,
            Step.APPROVE,
            now,
            approved_by=both if needs.for_two else actor,
            reason="",
            window_date=window.date,
            provisional_window=window.provisional,
            not_before=needs.not_before,
            reached=how,
        )

    def action(case: Case) -> str:
        return "case.approved" if case.state is State.APPROVED else "case.first_approved"

    detail = f"{REACHED_BY[reached.by]} {local(reached.at):%m-%d %H:%M}" if reached else ""
    return act(desk, case_id, version, actor, action, step, detail)


def _another_is_needed(tx: Transaction, case: Case, why: Sequence[str]) -> str:
    others = [
        one.name
        for one in personnel.with_right_to_approve(tx)
        if one.name != case.first_approved_by
    ]
    alone = "" if others else "目前没有其他批准人，请由系统管理员新建或授予角色。"
    return (
        f"工单 {case.number} 须由两人批准（{'；'.join(why)}）：您已批准，"
        f"请另一名批准人核实后再批准。{alone}"
    )


def revoke(desk: Desk, case_id: int, version: int, actor: str) -> Case:
    """Take an approval back, until its window carries the case out.

    Raises Conflict, IllegalTransition.
    """

    def step(_tx: Transaction, case: Case, now: datetime) -> Case:
        window = desk.workdays.window_for(now)
        return advance(
            case,
            Step.REVOKE,
            now,
            approved_by="",
            window_date=window.date,
            provisional_window=window.provisional,
        )

    return act(desk, case_id, version, actor, "case.approval_revoked", step)


def hold(desk: Desk, case_id: int, version: int, actor: str, reason: str) -> Case:
    """Set a case aside, with the reason for it (not shown to the enterprise)."""
    require_reason(reason)

    def step(_tx: Transaction, case: Case, now: datetime) -> Case:
        return advance(case, Step.HOLD, now, reason=reason, approved_by="")

    return act(desk, case_id, version, actor, "case.held", step, reason)


def release(desk: Desk, case_id: int, version: int, actor: str) -> Case:
    """Put a held case back: into the queue when it is complete, else to wait for the enterprise."""

    def step(_tx: Transaction, case: Case, now: datetime) -> Case:
        if case.complete_at is None:
            return advance(case, Step.RELEASE_INCOMPLETE, now, reason="")
        window = desk.workdays.window_for(now)
        return advance(
            case,
            Step.RELEASE,
            now,
            reason="",
            window_date=window.date,
            provisional_window=window.provisional,
        )

    return act(desk, case_id, version, actor, "case.released", step)


def choose_account(desk: Desk, case_id: int, version: int, actor: str, enterprise_id: int) -> Case:
    """Name the registered enterprise that a case is about;
    all its bindings are listed to be ended when unbinding is asked.

    Its registered contact is notified of the case, as it would have been had the desk
    found the account itself.
    """

    def step(tx: Transaction, case: Case, now: datetime) -> Case:
        _require_open(case)
        enterprise = tx.accounts.get(enterprise_id)
        listed = _all_bindings(tx, enterprise_id, case.unbind)
        case = amend(
            case,
            now,
            enterprise_id=enterprise.id,
            binding_ids=listed,
            account_chosen_by=actor,
            confirmed_at=None,
        )
        notify_contact(tx, desk, case, enterprise, submission_of(tx, case), now)
        return case

    return act(desk, case_id, version, actor, "case.account_chosen", step, str(enterprise_id))


def choose_bindings(
    desk: Desk, case_id: int, version: int, actor: str, binding_ids: Sequence[int]
) -> Case:
    """Narrow the bindings that approval will end.

    Raises NotAllowed for one that is not the enterprise's or has ended.
    """

    def step(tx: Transaction, case: Case, now: datetime) -> Case:
        _require_open(case)
        return amend(case, now, binding_ids=_own_bindings(tx, case, binding_ids))

    return act(
        desk, case_id, version, actor, "case.bindings_chosen", step, " ".join(map(str, binding_ids))
    )


def settle_request(
    desk: Desk, case_id: int, version: int, actor: str, unbind: bool, reset_password: bool
) -> Case:
    """Settle what is asked, after asking the enterprise, where its words leave doubt."""

    def step(tx: Transaction, case: Case, now: datetime) -> Case:
        _require_open(case)
        listed = _all_bindings(tx, case.enterprise_id, unbind) if case.enterprise_id else ()
        is_same = (unbind, reset_password) == (case.unbind, case.reset_password)
        return amend(
            case,
            now,
            unbind=unbind,
            reset_password=reset_password,
            binding_ids=listed,
            confirmed_at=case.confirmed_at if is_same else None,
        )

    return act(
        desk,
        case_id,
        version,
        actor,
        "case.request_settled",
        step,
        f"unbind={unbind} reset={reset_password}",
    )


def seen_case(tx: Transaction, case_id: int, version: int) -> Case:
    """The case, if it still is at the version that was seen.

    Raises Conflict with what changed since.
    """
    case = tx.cases.get(case_id)
    if case.version == version:
        return case
    since = [
        e for e in reversed(tx.audit.entries(case_id)) if int(e.detail.get("version", 0)) > version
    ]
    changes = tuple(f"{local(e.at):%m-%d %H:%M} {e.actor}：{e.action}" for e in since)
    raise Conflict(
        f"工单 {case.number} 在您查看之后已有变化（现为{STATES[case.state]}），请核对后重新操作。",
        changes,
    )


def act(
    desk: Desk,
    case_id: int,
    version: int,
    actor: str,
    action: str | Callable[[Case], str],
    step: Callable[[Transaction, Case, datetime], Case],
    detail: str = "",
) -> Case:
    """One administrator's act in one transaction: the seen version, the step, the audit row.

    `action`: its name there, or what names it by the result.
    """
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        case = step(tx, seen_case(tx, case_id, version), now)
        tx.cases.save(case)
        tx.audit.write(
            now, actor, action if isinstance(action, str) else action(case), case, detail=detail
        )
        return case


def _approve_one(desk: Desk, case_id: int, version: int, actor: str) -> Outcome:
    try:
        case = _approve(desk, case_id, version, actor, opened=False)
        return Outcome(case_id, case.number, first=case.state is not State.APPROVED)
    except DeskError as error:
        with desk.store.view() as tx:
            return Outcome(case_id, tx.cases.get(case_id).number, error)


def _require_settled(tx: Transaction, case: Case) -> Enterprise:
    """The account of a case whose account, request and bindings are settled, as they must be before
    an approval. Raises NotAllowed, Conflict."""
    if case.state is not State.QUEUED:
        raise NotAllowed(f"工单 {case.number} 现为{STATES[case.state]}，不能批准。")
    if case.enterprise_id is None:
        raise NotAllowed(f"工单 {case.number} 尚未对应到已注册企业，请先核实并选定账号。")
    enterprise = tx.accounts.get(case.enterprise_id)
    if enterprise.frozen_at:
        raise NotAllowed(f"工单 {case.number} 的企业账号因异议已冻结，请先处理异议。")
    if case.unbind is None or case.reset_password is None:
        asked = "、".join(QUESTIONS[question] for question in case.answers)
        raise NotAllowed(f"工单 {case.number} 的申请事项（{asked}）尚不明确，请先核定。")
    if case.reset_password and not enterprise.contact_email:
        raise NotAllowed(f"工单 {case.number} 要求重置密码，但账号没有登记联系邮箱，链接无处可发。")
    if not case.unbind and not case.reset_password:
        raise NotAllowed(f"工单 {case.number} 没有可办理的事项。")
    _require_bindings_as_listed(tx, case)
    return enterprise


def _require_checked(tx: Transaction, desk: Desk, case: Case, now: datetime) -> None:
    """A case that nobody opened must give no reason to."""
    if reasons := looked_up(tx, desk, [case], now)[case.id]:
        raise NotAllowed(
            f"工单 {case.number} 不能批量批准，请打开工单核实后单独批准：{'；'.join(reasons)}。"
        )


def _require_bindings_as_listed(tx: Transaction, case: Case) -> None:
    """What will be ended is exactly what was listed: no lock bound since, none ended since."""
    active = (
        tx.bindings.of_enterprise(case.enterprise_id) if case.enterprise_id and case.unbind else []
    )
    listed = set(case.binding_ids or ())
    gone = listed - {b.id for b in active}
    new = [b for b in active if b.id not in listed and b.bound_at > case.changed_at]
    if gone or new:
        raise Conflict(f"工单 {case.number} 的企业绑定情况已有变化，请重新选定要解除的锁。")
    if active and not listed:
        raise NotAllowed(f"工单 {case.number} 要求解绑，但没有选定要解除的锁。")


def _own_bindings(tx: Transaction, case: Case, binding_ids: Sequence[int]) -> tuple[int, ...]:
    active = (
        {b.id for b in tx.bindings.of_enterprise(case.enterprise_id)}
        if case.enterprise_id
        else set()
    )
    if not set(binding_ids) <= active:
        raise NotAllowed("所选的锁不是该企业当前绑定的锁，请刷新后重选。")
    return tuple(sorted(set(binding_ids)))


def _all_bindings(tx: Transaction, enterprise_id: int, unbind: bool | None) -> tuple[int, ...]:
    return tuple(b.id for b in tx.bindings.of_enterprise(enterprise_id)) if unbind else ()


def _require_open(case: Case) -> None:
    if case.state not in {State.QUEUED, State.HELD, State.INCOMPLETE}:
        raise NotAllowed(f"工单 {case.number} 现为{STATES[case.state]}，不能再修改。")
