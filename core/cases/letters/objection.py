"""The links of letters, and objections (RULES.md section 6).

The registered contact answers the notice of a case by its link. An objection sets the open cases of
that sender, or of its domain, aside; after completion it ends what the case opened, and an
administrator may take the case back. The contact's own account stays open: the objection shows that
its mailbox is in the right hands. A confirmation ends the time to object. The page of a link only
shows a form; its POST acts. An objection to an act on the account freezes it until a person has
looked.
"""

from dataclasses import replace
from datetime import datetime

from core.cases.desk import Desk, DeskStep, one_step
from core.cases.requester import contested_by
from core.data.audit_entry import CONTACT
from core.data.case import ENDED, Case, Step, advance, amend
from core.data.link import Link, LinkPurpose
from core.data.mail_record import Disposition, MailRecord
from core.data.system_event import EventKind
from core.errors import LinkUnusable, NotAllowed
from core.mail_domains import domain_share
from core.store.store import Transaction

LONGEST_WORDS = 500


def peek(desk: Desk, token: str) -> Link:
    """The link of a token, without any effect. Raises NotAllowed for one that cannot be used."""
    with desk.view() as tx:
        return usable_link(tx, token)


def usable_link(tx: Transaction, token: str, *purposes: LinkPurpose) -> Link:
    """The link, if it is known, unused, not void, not expired, and of one of these purposes, where
    any are named. Raises NotAllowed, in the same words for each reason.
    """
    link = tx.links.by_token(token)
    if link is None or not link.is_usable(tx.now) or (purposes and link.purpose not in purposes):
        raise LinkUnusable
    return link


def use_link(tx: Transaction, token: str, *purposes: LinkPurpose) -> Link:
    """The same, marked as used."""
    link = usable_link(tx, token, *purposes)
    if not tx.links.use(link.id):
        raise LinkUnusable
    return link


@one_step
def answer_by_link(
    tx: DeskStep, token: str, words: str = "", *, confirms: int | None = None
) -> Case:
    """Object to the case of a link, or confirm it.

    `confirms`: the version of the case whose request the contact saw and confirms. A confirmation
    leaves the link for an objection later. Raises NotAllowed for an unusable link, where the case
    has changed since, and where another address is the contact by now.
    """
    link = usable_link(tx, token, LinkPurpose.OBJECTION)
    if link.case_id is None:
        raise LinkUnusable
    named = tx.cases.get(link.case_id)
    case = tx.cases.current(named)
    if confirms is None:
        use_link(tx, token, LinkPurpose.OBJECTION)
        return object_to(tx, case, link.enterprise_id, words, CONTACT)
    if case is not named or case.version != confirms:
        raise NotAllowed("申请内容已有变化，请核对后重新确认。")
    contact = tx.accounts.get(link.enterprise_id).contact_email
    notice = tx.letters.last(case_id=case.id, link_id=link.id, recipient=contact)
    if link.enterprise_id != case.enterprise_id or notice is None:
        raise LinkUnusable
    return _confirm(tx, case)


def object_to(
    tx: Transaction, case: Case, enterprise_id: int | None, words: str, actor: str
) -> Case:
    """Carry out an objection to a case of that enterprise. `actor`: the person who raised it, or
    who classified a mail as one.
    """
    case = _against(case, f"登记联系人提出异议。{words[:LONGEST_WORDS]}", tx.now)
    whose = {} if enterprise_id is None else {"enterprise": enterprise_id}
    tx.write_case(actor, "case.objected", case, **whose)
    # whatever else its senders ask for; whoever only borrows the address is another sender
    enterprise, offered = tx.accounts.optional(enterprise_id), ""
    contact = enterprise.contact_email if enterprise else ""
    senders = _senders(tx, case, contact)
    reason = f"登记联系人对同一发件人的工单 {case.number} 提出异议。"
    for other in tx.cases.open_naming(enterprise_id):
        if other.id != case.id and senders & _senders(tx, other, contact):
            tx.write_case(actor, "case.objected", _against(other, reason, tx.now))
    if case.completed_at is not None and enterprise_id is not None:
        tx.links.void(enterprise_id)
        tx.logins.end_sessions(enterprise_id)
        offered = "该工单已办结，由此产生的链接和登录已失效；核实后可在工单页撤销办理、恢复绑定。"
    text = f"登记联系人对工单 {case.number} 提出异议，请核实处理。{offered}"
    tx.alerts.add(f"objection.{case.number}", text)
    return case


def _confirm(tx: DeskStep, case: Case) -> Case:
    """The contact confirms: the case waits for it no longer, and may go into an earlier window,
    unless somebody else asks, too."""
    if case.state in ENDED or case.confirmed_at:
        return case
    contested = contested_by(tx, case, tx.cases.open_naming(case.enterprise_id))
    confirmed = amend(
        case,
        tx.now,
        confirmed_at=tx.now,
        not_before=case.not_before if contested else None,
        first_approved_by=case.first_approved_by,
    )
    window = tx.next_window
    if not contested and case.window_opens_at and window.opens_at < case.window_opens_at:
        confirmed = replace(confirmed, window_opens_at=window.opens_at)
    tx.write_case(CONTACT, "case.confirmed", confirmed)
    return confirmed


def _senders(tx: Transaction, case: Case, contact: str) -> set[tuple[str, bool]]:
    """Whose requests a case consists of, each with whether that is proved: a proved domain of its
    own is one sender, but the contact's, where its colleagues are; else the address."""
    mails = tx.mails.of_case(case.id, Disposition.CASE, limit=None)

    def whose(mail: MailRecord) -> str:
        domain = domain_share(mail.sender)
        return domain if mail.proved and domain != domain_share(contact) else mail.sender

    return {(whose(mail), mail.proved) for mail in mails if mail.sender}


def _against(case: Case, reason: str, now: datetime) -> Case:
    """The case after an objection, set aside unless it has ended; a confirmation holds no more."""
    if case.state in ENDED:
        return amend(case, now, objected_at=now, confirmed_at=None, reason=reason)
    return advance(case, Step.HOLD, now, objected_at=now, confirmed_at=None, reason=reason)


def freeze(tx: Transaction, enterprise_id: int, action: str, words: str) -> None:
    """Shut the account to whose change the contact objected until a person has looked: no login, no
    session, no link that opens it; with audit row and alert. `words`: the alert behind the name of
    the enterprise.
    """
    enterprise = tx.accounts.get(enterprise_id)
    tx.accounts.save(replace(enterprise, frozen_at=tx.now))
    tx.links.void(enterprise_id)
    tx.logins.end_sessions(enterprise_id)
    tx.events.add(EventKind.FROZEN, enterprise_id)
    tx.audit.write(CONTACT, action, enterprise=enterprise_id)
    text = f"{enterprise.name}（企业编号 {enterprise_id}）{words}"
    tx.alerts.add(f"{action}.{enterprise_id}", text)
