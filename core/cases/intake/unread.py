"""Mails whose words wait for a person: an alert reports them, the mail has a mark, and the mark is
taken off by whoever has read it.

The mark stays with the mail, since alerts of one kind are bounded: anybody can begin many cases and
write to each, and an objection must not drown.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from core.cases.desk import DeskStep, one_step
from core.cases.intake.courtesy import confirms
from core.cases.intake.denials import message_disputes
from core.data.case import Case, State
from core.data.enterprise import Enterprise
from core.data.mail_record import Disposition, MailRecord
from core.data.submission import Mark
from core.mail_domains import domain_share
from core.store.store import Transaction

WROTE = "wrote"
CONTACT_WROTE = "contact_wrote"
UNPROVED = "unproved"
BEFORE_THE_WINDOW = "before_window"
"""UNPROVED of a case that is approved."""
ACCOUNT_WROTE = "account_wrote"
ANSWERS_ANOTHER = "来信答复的不是中心给登记邮箱的信，可能是就别的邮件作答，请看引用的原文"
ANSWERS_ITSELF = frozenset({Mark.AUTO_REPLIED, Mark.NULL_RETURN_PATH, Mark.REPORT})
"""Marks of what a mailbox answers by itself: an absence, a receipt."""
_TO_BE_VERIFIED = (
    "工单 {number} 有一封来信待核实：发件人不是申请人，或身份未经证实，在核实之前不产生任何效果。"
)
_TEXTS = {
    CONTACT_WROTE: "登记联系人或其同事就工单 {number} 来信，可能是异议，请阅读来信。",
    WROTE: "企业就工单 {number} 来信，请阅读后答复。",
    UNPROVED: _TO_BE_VERIFIED,
    BEFORE_THE_WINDOW: f"{_TO_BE_VERIFIED}该工单已批准，请在办理前核实。",
}


def raise_unread_alert(tx: Transaction, kind: str, case: Case) -> None:
    """Raise the alert of a case to which somebody wrote."""
    if kind == UNPROVED and case.state is State.APPROVED:
        kind = BEFORE_THE_WINDOW
    tx.alerts.add(f"{kind}.{case.number}", _TEXTS[kind].format(number=case.number))


def raise_account_alert(tx: Transaction, link_id: int) -> None:
    """People answer a letter about an act on their account by mail, though it has a link."""
    enterprise = tx.accounts.get(tx.links.get(link_id).enterprise_id)
    text = f"{enterprise.name}（企业编号 {enterprise.id}）有人就账号通知来信，可能是异议，请阅读。"
    tx.alerts.add(f"{ACCOUNT_WROTE}.{enterprise.id}", text)


def awaited_mails(tx: Transaction, case: Case, enterprise: Enterprise) -> Iterator[MailRecord]:
    """For which mails the window waits with a case that somebody else asks for, until a person has
    read what the registered contact, or who answers the notice for it, wrote: a proved mail at any
    case, since the words of a denial are many, and who is the contact of several often names none.
    A colleague's at the own case is about that. What only confirms costs no window, nor does what a
    mailbox answers by itself. Before them those that the desk has not read itself, if the contact
    may object.
    """
    contact = enterprise.contact_email
    if case.not_before:
        yield from tx.mails.unjudged_of(contact)
    elif enterprise.is_contact_address(case.sender):
        return
    for record in tx.mails.unread_of(contact, case):
        at = tx.cases.optional(record.case_id)
        is_own = at is not None and record.sender in at.senders
        if is_own and not enterprise.is_contact_address(record.sender):
            continue
        if record.case_id != case.id and domain_share(record.sender) != domain_share(contact):
            continue
        reading = tx.mails.reading(record.id)
        message = reading.message if reading else None
        if message is None or not (
            message.marks & ANSWERS_ITSELF
            or (confirms(message.new_text) and not message_disputes(message))
        ):
            yield record


def awaiting(tx: Transaction, case_ids: Collection[int]) -> list[tuple[MailRecord, list[Case]]]:
    """The mails for which the window waits with some of these approved cases, and with which."""
    cases = tx.cases.by_ids(case_ids).values()
    accounts = tx.accounts.by_ids({case.enterprise_id for case in cases})
    found: dict[int, tuple[MailRecord, list[Case]]] = {}
    for case in cases:
        for mail in awaited_mails(tx, case, accounts[case.enterprise_id]):
            found.setdefault(mail.id, (mail, []))[1].append(case)
    return list(found.values())


@one_step
def mark_read(tx: DeskStep, mail_ids: Collection[int], actor: str) -> None:
    """Somebody has read these mails; those that do not wait, or whose sender is to be verified,
    are left as they are."""
    for record in tx.mails.newest(id=mail_ids):
        _mark(tx, record, actor)


def mark_answered(
    tx: Transaction, case: Case, actor: str, shown: Collection[int]
) -> tuple[int, ...]:
    """The letter of an act answers what the senders of the case wrote in the mails that the actor
    was shown; gives their ids. What came since changed nothing, and nobody may have read it."""
    waiting = tx.mails.newest(id=shown, case_id=case.id, unread=True)
    answered = [record for record in waiting if record.sender in case.senders]
    for record in answered:
        _mark(tx, record, actor)
    return tuple(record.id for record in answered)


def mark_unanswered(tx: Transaction, case: Case, mail_ids: Collection[int]) -> None:
    """These mails, which an act answered, wait again: the act is taken back."""
    for record in tx.mails.newest(id=mail_ids, case_id=case.id):
        tx.mails.save(replace(record, unread=True))
        raise_unread_alert(tx, WROTE, case)


def _mark(tx: Transaction, record: MailRecord, actor: str) -> None:
    if record.unread and record.disposition is not Disposition.UNPROVED:
        case = tx.cases.optional(record.case_id)
        tx.mails.save(replace(record, unread=False))
        tx.audit.write(actor, "mail.read", case, mail=record.id)
        if case:
            clear_alerts(tx, case)


def clear_alerts(tx: Transaction, case: Case) -> None:
    """Take the alerts of a case back once none of its mails waits any more."""
    if not tx.mails.summaries([case])[case.id].unread:
        for kind in _TEXTS:
            tx.alerts.clear(f"{kind}.{case.number}")
