"""What the approval of a case needs because of who asks for it (docs/RULES.md, section 6).

The registered contact's own request needs nothing. Anybody else's is carried out only after the
contact had time to object, and a stranger's only after a person reached the enterprise. The
contact's confirmation by the link of the notice settles both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.cases.decision.two_people import RiskFacts, risks
from core.cases.desk import Desk, StrangerCheck
from core.cases.letters.contact_notice import notice_refused, told_at
from core.cases.letters.words import RISKS
from core.cases.requester import Requester, objected_lately, requester_of
from core.data.case import Case, Reached, ReachedBy
from core.data.enterprise import Enterprise
from core.data.mail_record import AuthResult, CaseMails
from core.errors import NotAllowed
from core.store.store import Transaction


@dataclass(frozen=True, slots=True)
class ApprovalNeeds:
    """`requester`: who asks. `must_reach`: the approver says how the enterprise was reached.
    `contact_untold`: nobody could be told of the case. `not_before`: until then the contact may
    object. `for_two`: why two people approve, in words.
    """

    requester: Requester
    must_reach: bool = False
    contact_untold: bool = False
    not_before: datetime | None = None
    for_two: tuple[str, ...] = ()


def approval_needs(
    tx: Transaction, desk: Desk, cases: Sequence[Case], now: datetime
) -> dict[int, ApprovalNeeds]:
    """What the approval of each case needs, by its id; nothing is known of one without account."""
    ids = {case.enterprise_id for case in cases if case.enterprise_id is not None}
    enterprises = tx.accounts.by_ids(ids)
    mails = tx.mails.summaries([case.id for case in cases])
    objected = objected_lately(tx, now)

    def needs_of(case: Case, enterprise: Enterprise) -> ApprovalNeeds:
        requester = requester_of(tx, case, enterprise, mails.get(case.id, CaseMails()), now)
        needs = _by_requester(tx, desk, case, enterprise, requester)
        facts = RiskFacts(enterprise, requester, needs.contact_untold, enterprise.id in objected)
        required = desk.settings.approvals_required
        found = [risk for risk in risks(case, facts, now) if required.get(risk, 1) > 1]
        return replace(needs, for_two=tuple(RISKS[risk] for risk in found))

    named = ((case, enterprises.get(case.enterprise_id or 0)) for case in cases)
    return {
        case.id: needs_of(case, enterprise) if enterprise else ApprovalNeeds(Requester.STRANGER)
        for case, enterprise in named
    }


def require_reached(
    tx: Transaction,
    case: Case,
    needs: ApprovalNeeds,
    enterprise: Enterprise,
    reached: Reached | None,
    now: datetime,
) -> Reached | None:
    """How the enterprise was reached, as the case keeps it: what is reported now, else what the
    first of two approvers reported. Raises NotAllowed where it is needed and missing.
    """
    if reached is None:
        if needs.must_reach and not (case.first_approved_by and case.reached):
            raise NotAllowed(
                f"工单 {case.number} 不是登记联系人提出的：请先与企业核实，"
                "并填写核实方式、核实对象后再批准。"
            )
        return case.reached
    if reached.by is ReachedBy.TELEPHONE and not enterprise.contact_phone:
        raise NotAllowed("该企业没有登记电话，请选择其他核实方式。")
    if reached.by is ReachedBy.MAILBOX and not _contact_wrote(tx, case, enterprise):
        raise NotAllowed("本工单没有登记邮箱的来信（且经证实），请选择其他核实方式。")
    if reached.by in {ReachedBy.TELEPHONE, ReachedBy.IN_PERSON} and not reached.whom:
        raise NotAllowed("请填写与企业的哪一位核实。")
    if reached.by is ReachedBy.OTHER and not reached.note:
        raise NotAllowed("以其他方式核实的，请写明方式和理由。")
    opened = case.opened_at.replace(second=0, microsecond=0)  # a form gives minutes
    if not opened <= reached.at <= now:
        raise NotAllowed("核实时间应在收到申请之后、现在之前。")
    return reached


def _by_requester(
    tx: Transaction, desk: Desk, case: Case, enterprise: Enterprise, requester: Requester
) -> ApprovalNeeds:
    if requester is Requester.CONTACT or case.confirmed_at:
        return ApprovalNeeds(requester)
    told = told_at(tx, case, enterprise.contact_email)
    hours = desk.settings.objection_hours
    demanded = desk.settings.stranger_check is StrangerCheck.CONTACTED
    return ApprovalNeeds(
        requester,
        must_reach=(requester is Requester.STRANGER and demanded)
        or notice_refused(tx, case, enterprise.contact_email),
        contact_untold=told is None,
        not_before=desk.workdays.after_working_hours(told, hours) if told else None,
    )


def _contact_wrote(tx: Transaction, case: Case, enterprise: Enterprise) -> bool:
    """Whether a proved mail of the registered contact is with the case."""
    contact = enterprise.contact_email.casefold()
    return any(
        mail.sender == contact and mail.authentication == AuthResult.PASS
        for mail in tx.mails.find(case_id=case.id)
    )
