"""An administrator's decisions on a case that send no letter at once: account, bindings, request,
approval, holding (others: core.cases.decision.answering).

Every act names the version of the case that the administrator saw. If the case has changed since,
the act is refused with the changes (Conflict). Approval needs a settled account, settled bindings
to end (RULES.md section 6) and a settled request. A case with a risk that the operator configured
needs two people (core.cases.decision.approval_needs): the first approval is only recorded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from core.accounts.administrators import personnel
from core.accounts.enterprises.administration import require_reason
from core.cases.decision.approval_needs import ApprovalNeeds, approval_needs, require_contacted
from core.cases.decision.batch_approval import looked_up
from core.cases.decision.seen_case import on_seen_case, require_state
from core.cases.desk import Desk, DeskStep
from core.cases.intake.hand_in import take_for_another
from core.cases.intake.request_case import submission_of
from core.cases.letters.letter_content import notify_contact
from core.cases.letters.words import CONTACTED_BY, QUESTIONS, STATES
from core.cases.window.process import postpone, require_old_contact
from core.clock import local
from core.data.case import UNDECIDED, Case, Contacted, State, Step, advance, amend
from core.data.enterprise import Enterprise
from core.data.finding import Finding, Severity
from core.data.roles import Right
from core.data.submission import Submission
from core.errors import Conflict, DeskError, NotAllowed

BETWEEN_APPROVERS = "、"
CONTRADICTED = "contradicted"
"""The variant of the finding that a person settled a request against its words."""


@dataclass(frozen=True)
class Outcome:
    """The result for one case of a batch. `error`: why nothing was done, None for a success."""

    case: Case
    error: DeskError | None = None


def approve_batch(desk: Desk, seen: Sequence[tuple[int, int]], actor: str) -> list[Outcome]:
    """Approve cases (id, version) from a list, each on its own; one refusal does not stop the
    others. Nobody has opened them, so a case with a reason to look at it
    (core.cases.decision.batch_approval) is refused.
    """
    return _each(desk, seen, partial(approve, desk, actor=actor, opened=False))


def revoke_batch(desk: Desk, seen: Sequence[tuple[int, int]], actor: str) -> list[Outcome]:
    """Revoke the approvals of cases (id, version), each on its own."""
    return _each(desk, seen, partial(revoke, desk, actor=actor))


def _each(
    desk: Desk, seen: Sequence[tuple[int, int]], act: Callable[[int, int], Case]
) -> list[Outcome]:
    outcomes = []
    for case_id, version in dict(seen).items():
        try:
            outcomes.append(Outcome(act(case_id, version)))
        except DeskError as error:
            with desk.view() as tx:
                outcomes.append(Outcome(tx.cases.get(case_id), error))
    return outcomes


@on_seen_case
def approve(
    tx: DeskStep,
    case: Case,
    actor: str,
    contacted: Contacted | None = None,
    binding_ids: Sequence[int] | None = None,
    *,
    opened: bool = True,
    with_reset: bool = False,
) -> Case:
    """Approve a case for its window, as the only approver or as the first or second of two.

    - `contacted`: how the approver contacted the enterprise, where the case needs it
      (core.cases.decision.approval_needs).
    - `binding_ids`: the bindings to end, if not those that the case lists.
    - `opened`: the approver had the case open.
    - `with_reset`: an account without a password also gets the link to set one, although only
      unbinding is requested.

    Raises Conflict, NotAllowed, IllegalTransition.
    """
    if binding_ids is not None and case.enterprise_id is not None:
        case = _with_bindings(tx, case, binding_ids, actor)
    if with_reset:
        case = _with_reset(tx, case, actor)
    needs = approval_needs(tx, [case])[case.id]
    enterprise = _require_settled(tx, case, needs)
    if not opened and (reasons := looked_up(tx, [case])[case.id]):
        raise NotAllowed(
            f"工单 {case.number} 不能批量批准，请打开工单核实后单独批准：{'；'.join(reasons)}。"
        )
    case = _approved(tx, case, enterprise, needs, actor, contacted)
    action = "case.approved" if case.state is State.APPROVED else "case.first_approved"
    detail = ""
    if contacted:
        detail = f"{CONTACTED_BY[contacted.by]} {local(contacted.at):%m-%d %H:%M}"
    tx.write_case(actor, action, case, detail=detail)
    return case


def _with_bindings(tx: DeskStep, case: Case, binding_ids: Sequence[int], actor: str) -> Case:
    """The case with these bindings to end. A first approval of other bindings does not count.
    Raises NotAllowed for a binding of another enterprise and for one that has ended."""
    chosen = set(binding_ids)
    if chosen == set(case.binding_ids or ()):
        return case
    if not chosen <= set(_all_bindings(tx, case.enterprise_id, unbind=True)):
        raise NotAllowed("所选的锁不是该企业当前绑定的锁，请刷新后重选。")
    case = replace(case, binding_ids=tuple(sorted(chosen)), first_approved_by="")
    detail = " ".join(map(str, case.binding_ids or ()))
    tx.audit.write(actor, "case.bindings_chosen", case, detail=detail)
    return case


def _with_reset(tx: DeskStep, case: Case, actor: str) -> Case:
    """The case with a reset, which gives its account a first password. A first approval without it
    does not count. Raises NotAllowed."""
    enterprise = tx.accounts.optional(case.enterprise_id)
    if enterprise is None or enterprise.password_set or not case.unbind:
        raise NotAllowed(f"工单 {case.number} 的账号已有密码，或不解绑，无需发送设置密码的链接。")
    tx.audit.write(actor, "case.request_settled", case, detail="unbind=True reset=True")
    return replace(case, **_settled(case, unbind=True, reset_password=True), first_approved_by="")


def _approved(
    tx: DeskStep,
    case: Case,
    enterprise: Enterprise,
    needs: ApprovalNeeds,
    actor: str,
    contacted: Contacted | None,
) -> Case:
    """The case with this approval: approved, or waiting for the second of two approvers."""
    contact = require_contacted(tx, case, needs, enterprise, contacted)
    window = tx.desk.workdays.window_for(max(tx.now, needs.not_before or tx.now))
    if case.reset_password:
        require_old_contact(tx.desk, enterprise, max(tx.now, window.opens_at))
    if case.window_opens_at and case.window_opens_at < window.opens_at:
        case = postpone(tx, case, window)
    if needs.waits_for_first:
        return amend(case, tx.now, first_approved_by=actor, reached=contact)
    approvers = _both_approvers(tx, case.number, needs, actor) if needs.for_two else actor
    return advance(
        case,
        Step.APPROVE,
        tx.now,
        approved_by=approvers,
        reason="",
        window_opens_at=window.opens_at,
        not_before=needs.not_before,
        reached=contact,
    )


def _both_approvers(tx: DeskStep, number: str, needs: ApprovalNeeds, actor: str) -> str:
    """The names of the first and the second approver. Raises NotAllowed for the same person."""
    first = needs.first_approver
    if first == actor:
        others = [one for one in personnel.with_right(tx, Right.APPROVE) if one.name != first]
        alone = "" if others else "目前没有其他批准人，请由系统管理员新建或授予角色。"
        raise NotAllowed(
            f"工单 {number} 须由两人批准（{'；'.join(needs.for_two)}）："
            f"您已批准，请另一名批准人核实后再批准。{alone}"
        )
    return f"{first}{BETWEEN_APPROVERS}{actor}"


@on_seen_case
def revoke(tx: DeskStep, case: Case, actor: str) -> Case:
    """Revoke an approval, until its window carries the case out. Raises IllegalTransition."""
    case = tx.queued(case, Step.REVOKE)
    tx.write_case(actor, "case.approval_revoked", case)
    return case


@on_seen_case
def hold(tx: DeskStep, case: Case, actor: str, reason: str) -> Case:
    """Hold a case, for a reason that the enterprise does not see."""
    require_reason(reason)
    case = advance(case, Step.HOLD, tx.now, reason=reason)
    tx.write_case(actor, "case.held", case, detail=reason)
    return case


@on_seen_case
def release(tx: DeskStep, case: Case, actor: str) -> Case:
    """Release a held case: a complete one into the queue, an incomplete one to wait for the
    enterprise."""
    if case.complete_at is None:
        case = advance(case, Step.RELEASE_INCOMPLETE, tx.now, reason="")
    else:
        case = tx.queued(case, Step.RELEASE, reason="")
    tx.write_case(actor, "case.released", case)
    return case


@on_seen_case
def choose_account(tx: DeskStep, case: Case, actor: str, enterprise_id: int) -> Case:
    """Set the account of a case, with all its bindings to end if unbinding is requested. Notifies
    the registered contact, as for an account that the desk finds itself."""
    require_state(case, UNDECIDED, "再修改")
    enterprise = tx.accounts.get(enterprise_id)
    is_another = case.enterprise_id != enterprise_id
    if is_another:
        take_for_another(tx, case)
    case = amend(
        case,
        tx.now,
        enterprise_id=enterprise.id,
        binding_ids=_all_bindings(tx, enterprise_id, case.unbind),
        account_chosen_by=actor,
        confirmed_at=None,
    )
    notify_contact(tx, case, enterprise, submission_of(tx, case), anew=is_another)
    tx.write_case(actor, "case.account_chosen", case, detail=enterprise_id)
    return case


@on_seen_case
def settle_request(
    tx: DeskStep, case: Case, actor: str, unbind: bool, reset_password: bool
) -> Case:
    """Set what a case requests, after the enterprise has clarified unclear words. The registered
    contact is notified of another request than before; what differs from clear words is a finding.
    """

    require_state(case, UNDECIDED, "再修改")
    listed = _all_bindings(tx, case.enterprise_id, unbind)
    settled = _settled(case, unbind, reset_password)
    submission = submission_of(tx, case)
    after = amend(case, tx.now, **settled, binding_ids=listed)
    after = replace(after, findings=_with_contradictions(after, submission))
    enterprise = tx.accounts.optional(case.enterprise_id)
    if enterprise and after.answers != case.answers:
        notify_contact(tx, after, enterprise, submission, anew=True)
    detail = f"unbind={unbind} reset={reset_password}"
    tx.write_case(actor, "case.request_settled", after, detail=detail)
    return after


def _settled(case: Case, unbind: bool, reset_password: bool) -> dict[str, Any]:
    """The fields of a case with this request. A confirmation of another request does not count."""
    is_same = (unbind, reset_password) == (case.unbind, case.reset_password)
    confirmed_at = case.confirmed_at if is_same else None
    return {"unbind": unbind, "reset_password": reset_password, "confirmed_at": confirmed_at}


def _with_contradictions(case: Case, submission: Submission | None) -> tuple[Finding, ...]:
    """The findings of a case whose request a person settled: the clear words of its mails that this
    contradicts are one, which takes the place of the last such."""
    others = tuple(one for one in case.findings if one.variant != CONTRADICTED)
    said = submission.request.answers if submission else {}
    fields = tuple(
        question
        for question, answer in said.items()
        if answer.settled not in {None, case.answers[question]}
    )
    finding = Finding(
        "case.changed", Severity.REVIEW, variant=CONTRADICTED, parameters={"fields": fields}
    )
    return (*others, finding) if fields else others


def obstacles(case: Case, enterprise: Enterprise | None, needs: ApprovalNeeds) -> tuple[str, ...]:
    """Why nobody can approve the case as it is, in the order to resolve it. Each text follows the
    number of the case."""
    unclear = "、".join(QUESTIONS[question] for question in case.answers)
    unreachable = case.reset_password and enterprise and not enterprise.contact_email
    found = {
        f"现为{STATES[case.state]}，不能批准。": case.state is not State.QUEUED,
        "尚未对应到已注册企业，请先核实并选定账号。": enterprise is None,
        "的企业账号因异议已冻结，请先处理异议。": enterprise and enterprise.frozen_at,
        f"的申请事项（{unclear}）尚不明确，请先填写。": None in case.answers.values(),
        "要求重置密码，但账号没有登记联系邮箱，链接无处可发。": unreachable,
        "没有可办理的事项。": not any(case.answers.values()),
        "给登记联系人的核对通知还在等待发出，发出后才能批准。"
        "请稍后再试，或到“回执”页查看（排队中的可立即发送）。": needs.notice_from,
    }
    return tuple(why for why, applies in found.items() if applies)


def _require_settled(tx: DeskStep, case: Case, needs: ApprovalNeeds) -> Enterprise:
    """The account of the case. Raises NotAllowed if account, request or bindings are not settled,
    Conflict if a lock was bound or a listed binding ended since the case last changed."""
    enterprise = tx.accounts.optional(case.enterprise_id)
    against = obstacles(case, enterprise, needs)
    if against or enterprise is None:
        raise NotAllowed(f"工单 {case.number} {against[0]}")
    active = tx.bindings.of_enterprise(enterprise.id) if case.unbind else []
    listed = set(case.binding_ids or ())
    is_bound_since = any(b.id not in listed and b.bound_at > case.changed_at for b in active)
    if is_bound_since or listed - {b.id for b in active}:
        raise Conflict(f"工单 {case.number} 的企业绑定情况已有变化，请重新选定要解除的锁。")
    if active and not listed:
        raise NotAllowed(f"工单 {case.number} 要求解绑，但没有选定要解除的锁。")
    return enterprise


def _all_bindings(tx: DeskStep, enterprise_id: int | None, unbind: bool | None) -> tuple[int, ...]:
    if enterprise_id is None or not unbind:
        return ()
    return tuple(binding.id for binding in tx.bindings.of_enterprise(enterprise_id))
