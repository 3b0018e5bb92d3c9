"""The requirements for approving a case, by its requester and by the possible harm (RULES.md
section 6).

The registered contact's own request needs nothing. Anybody else's is carried out only after the
contact had time to object, and a stranger's only after a person reached the enterprise; the
contact's confirmation by the link of the notice settles both, unless another request contests this
one. Where one person alone, deceived or in a hurry, could give an account away, two approve: which
risks that are is the operator's decision (config.yaml, `cases.approvals_required`). The first
approval is kept in the case and does nothing yet; any other change of the case voids it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.accounts.administrators import personnel
from core.cases.accounts.registration import PERSON_CHANGED
from core.cases.desk import DeskStep, Risk, StrangerCheck
from core.cases.intake.denials import message_disputes
from core.cases.letters.letter_content import notice_of
from core.cases.letters.words import RISKS
from core.cases.requester import (
    AFTER_AN_OBJECTION,
    WROTE_AGAINST,
    Requester,
    contact_mails,
    contested_by,
    is_about,
    requester_of,
)
from core.clock import is_recent
from core.data.audit_entry import ENTERPRISE
from core.data.case import Case, Contacted, ContactedBy, State
from core.data.enterprise import Enterprise
from core.data.mail_record import CaseMails
from core.data.roles import Right
from core.errors import NotAllowed
from core.store.store import Transaction

NEW_NUMBER = timedelta(days=7)
"""So long a telephone that a session of the account changed verifies nothing: whoever may have got
into the account would answer it."""
ASKED_WITHIN = timedelta(days=30)
"""A case with an older first approval is listed like any other; a wish to reverse is too late."""

_MOST_OTHERS = 20


@dataclass(frozen=True)
class ApprovalNeeds:
    """`requester`: who asks. `must_reach`: the approver reports how the enterprise was reached.

    `contact_untold`: no notice can reach the contact. `not_before`: until then the contact may
    object. `for_two`: why two people approve, in words. `first_approver`: who approved first and
    has the right still, or "". `notice_from`: the notice has not left yet, and is tried again from
    then on. `contested`: the contact confirmed, but somebody else asks, too.
    """

    requester: Requester
    must_reach: bool = False
    contact_untold: bool = False
    not_before: datetime | None = None
    for_two: tuple[str, ...] = ()
    first_approver: str = ""
    notice_from: datetime | None = None
    contested: bool = False

    @property
    def waits_for_first(self) -> bool:
        """Whether the next approval is the first of two."""
        return bool(self.for_two) and not self.first_approver


def approval_needs(tx: DeskStep, cases: Sequence[Case]) -> dict[int, ApprovalNeeds]:
    """The requirements for approving each case, by its id; nothing is known of one without
    account."""
    ids = {case.enterprise_id for case in cases}
    enterprises, mails = tx.accounts.by_ids(ids), tx.mails.summaries(cases)
    objected = tx.audit.numbers("case.objected", ENTERPRISE, tx.now - AFTER_AN_OBJECTION)
    found: dict[int, ApprovalNeeds] = {}
    for case in cases:
        enterprise = enterprises.get(case.enterprise_id)
        if enterprise is None:
            found[case.id] = ApprovalNeeds(Requester.STRANGER)
        else:
            disputed = enterprise.id in objected
            found[case.id] = _needs_of(tx, case, enterprise, mails[case.id], disputed=disputed)
    return found


def _needs_of(
    tx: DeskStep,
    case: Case,
    enterprise: Enterprise,
    mails: CaseMails,
    *,
    disputed: bool,
) -> ApprovalNeeds:
    """`disputed`: the contact objected to a case of the enterprise lately."""
    requester = requester_of(tx, case, enterprise, mails)
    settings, notice = tx.settings, notice_of(tx, case, recipient=enterprise.contact_email)
    is_contact, is_stranger = requester is Requester.CONTACT, requester is Requester.STRANGER
    contested = _is_contested(tx, case, enterprise)
    confirmed = case.confirmed_at is not None and not contested
    vouched = is_contact or confirmed
    demanded = is_stranger and settings.stranger_check is StrangerCheck.CONTACTED
    waits_until = notice.waits_until if notice else None
    notified_at = notice.accepted_at if notice else None
    not_before = None
    if notified_at and not vouched:
        not_before = tx.desk.workdays.after_working_hours(notified_at, settings.objection_hours)
    unfrozen = is_recent(enterprise.unfrozen_at, tx.now, AFTER_AN_OBJECTION)
    untold = not (vouched or notified_at or waits_until)
    risks = {
        Risk.STRANGER_RESET: case.reset_password and is_stranger and not confirmed,
        Risk.CONTACT_UNTOLD: untold,
        Risk.ACCOUNT_CHOSEN: case.account_chosen_by,
        Risk.UNFROZEN: unfrozen or (disputed and not is_contact) or case.objected_at is not None,
        Risk.REVIEW_FINDINGS: case.serious,
    }
    required = settings.approvals_required
    found = [risk for risk, applies in risks.items() if applies and required.get(risk, 1) > 1]
    return ApprovalNeeds(
        requester,
        must_reach=not vouched and (demanded or (notice is not None and notice.is_refused)),
        contact_untold=untold,
        not_before=not_before,
        for_two=tuple(RISKS[risk] for risk in found),
        first_approver=first_of_two(tx, case.first_approved_by),
        notice_from=waits_until,
        contested=contested,
    )


def _is_contested(tx: Transaction, case: Case, enterprise: Enterprise) -> bool:
    """Whether the contact that confirmed the case may have meant another, which is open or was
    carried out since."""
    if case.confirmed_at is None:
        return False
    done = tx.cases.newest(enterprise_id=enterprise.id, state=State.COMPLETED, limit=_MOST_OTHERS)
    since = [one for one in done if one.completed_at and one.completed_at > case.confirmed_at]
    return bool(contested_by(tx, case, [*since, *tx.cases.open_naming(enterprise.id)]))


def first_of_two(tx: Transaction, name: str) -> str:
    """Who approved or took back first, or "" once this administrator has lost the right."""
    return "" if name and personnel.has_lost(tx, name, Right.APPROVE) else name


def require_contacted(
    tx: Transaction,
    case: Case,
    needs: ApprovalNeeds,
    enterprise: Enterprise,
    reached: Contacted | None,
) -> Contacted | None:
    """How the enterprise was reached, as the case keeps it: what is reported now, else what the
    first of two approvers reported. Raises NotAllowed where it is needed and missing.
    """
    if reached is None:
        if needs.must_reach and not (needs.first_approver and case.reached):
            raise NotAllowed(
                f"工单 {case.number} 不是登记联系人提出的：请先与企业核实，"
                "并填写核实方式、核实对象后再批准。"
            )
        return case.reached
    if flaw := next(_flaws(tx, case, enterprise, reached), ""):
        raise NotAllowed(flaw)
    return reached


def _flaws(
    tx: Transaction, case: Case, enterprise: Enterprise, reached: Contacted
) -> Iterator[str]:
    """Why this way of contact proves nothing, in words for the approver."""
    if reached.by is ContactedBy.TELEPHONE:
        changed = tx.audit.numbers(PERSON_CHANGED, ENTERPRISE, tx.now - NEW_NUMBER)
        if not enterprise.contact_phone:
            yield "该企业没有登记电话，请选择其他核实方式。"
        if enterprise.id in changed:
            yield f"登记电话是企业账号在 {NEW_NUMBER.days} 天内自行更改的，请选择其他核实方式。"
    if reached.by is ContactedBy.MAILBOX and not _is_agreed_by_mail(tx, case, enterprise):
        yield (
            "本工单没有登记邮箱的来信（且经证实，在核对通知之后，最近一封没有疑问或异议，"
            "并答复了中心的信或写明工单号），请选择其他核实方式。"
        )
    by_voice = reached.by in {ContactedBy.TELEPHONE, ContactedBy.IN_PERSON}
    if by_voice and not reached.whom:
        yield "请填写与企业的哪一位核实。"
    if reached.by is ContactedBy.OTHER and not reached.note:
        yield "以其他方式核实的，请写明方式和理由。"
    opened = case.opened_at.replace(second=0, microsecond=0)  # a form gives minutes
    if not opened <= reached.at <= tx.now:
        yield "核实时间应在收到申请之后、现在之前。"


def _is_agreed_by_mail(tx: Transaction, case: Case, enterprise: Enterprise) -> bool:
    """Whether the registered address wrote after the newest notice, which states the request as it
    is now, its last mail is about the case and disputes nothing, and no later one, at whatever case
    it lies, was written against it."""
    notice = notice_of(tx, case)
    since = notice.created_at if notice else case.opened_at
    wrote = [one for one in contact_mails(tx, case, enterprise) if one.arrived >= since]
    last = tx.mails.reading(wrote[-1].id) if wrote else None
    if last is None or message_disputes(last.message):
        return False
    against = tx.audit.entries(case.id, action=WROTE_AGAINST)
    if any(entry.number("mail") > wrote[-1].id for entry in against):
        return False
    return is_about(tx, case, enterprise.contact_email, last.message)


def awaiting_second(tx: Transaction) -> list[Case]:
    """The cases that one person approved, or wants taken back, and a second one has to look at; the
    longest wait first.
    """
    since = {
        entry.case_id: entry.at
        for action in ("case.first_approved", "case.first_reversed")
        for entry in tx.audit.of_action(action, tx.now - ASKED_WITHIN)
        if entry.case_id is not None
    }
    found = [
        case
        for case in tx.cases.by_ids(since).values()
        if (case.state is State.QUEUED and first_of_two(tx, case.first_approved_by))
        or (case.state is State.COMPLETED and first_of_two(tx, case.first_reversed_by))
    ]
    return sorted(found, key=lambda case: (since[case.id], case.id))
