"""Writing a letter into the outbox, in the transaction of the step that it reports, and how many
letters may leave (RULES.md section 3).

Letters that a mail brings about wait in a lane and leave by themselves when its limits allow: per
hour in all, per recipient and day, and per domain that caused them and hour (at a mail provider,
per address). Lanes do not touch each other, so strangers with forged senders use up neither the
answers to proved senders nor the notices of their cases. Of the notices to one contact a domain
leaves others as many as it takes, for a case is not approved before its notice; where many
mailboxes at a provider used the day up, the newest sender that had none has a turn each hour. Who
had least in the last day goes first, then the oldest. Letters of an administrator's act, or of a
window for a proved sender, have no lane.

While a letter waits, a newer one of the same case to the same address takes its place. A sender for
whom very many answers wait gets no more without a person: they are parked, with an alert.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from core.cases.desk import CaseSettings, Desk, DeskStep
from core.data.audit_entry import DESK
from core.data.case import ENDED, Case
from core.data.enterprise import Enterprise
from core.data.letter import (
    BY_PERSON,
    LINK_PLACE,
    STATUS_PLACE,
    UNSENT,
    WITH_STATUS,
    Lane,
    Letter,
    LetterFacts,
    LetterKind,
    LetterState,
    Limit,
    Rendered,
)
from core.data.link import Link, LinkPurpose
from core.data.mail_record import Disposition, MailRecord
from core.mail_domains import domain_share
from core.store.store import Transaction

ANSWERS = frozenset(
    {
        LetterKind.RECEIVED,
        LetterKind.RETURNED,
        LetterKind.SUPPLEMENT_RECEIVED,
        LetterKind.PROGRESS,
        LetterKind.POINTER,
    }
)
"""Letters that a mail brings about at once."""
LATER = frozenset({LetterKind.POSTPONED, LetterKind.EXPIRED})
"""Letters that time brings about: limited, too, to an address that anybody may have forged."""
LINKS = {
    LetterKind.CONTACT_NOTICE: LinkPurpose.OBJECTION,
    LetterKind.RESET_LINK: LinkPurpose.RESET,
    LetterKind.CONTACT_CONFIRM: LinkPurpose.CONTACT,
    LetterKind.CONTACT_CHANGED: LinkPurpose.CONTACT_OBJECTION,
    LetterKind.ACCOUNT_NOTICE: LinkPurpose.ACCOUNT_OBJECTION,
    LetterKind.LOSS_LINK: LinkPurpose.LOSS,
}
"""The link that a kind of letter has. One to object is valid for `objection_days` or longer
(`_objection_days`), others for `link_hours`."""
OBJECTION_WORKING_HOURS = 24
"""A link to object outlives a holiday by these working hours: three days at the office."""
_OBJECTIONS = frozenset(
    {
        LinkPurpose.OBJECTION,
        LinkPurpose.CONTACT_OBJECTION,
        LinkPurpose.ACCOUNT_OBJECTION,
    }
)
LIMIT_ALERT = "letters.limit"
PARKED_ALERT = "letters.cap"
MOST_COUNTED = 1000
MOST_WAITING = 50
"""Answers of one lane that wait for one sender; at the limits of a day they are ten days' worth."""
_NEVER_REPLACED = frozenset({*BY_PERSON, LetterKind.CONTACT_NOTICE, LetterKind.RESET_LINK})
"""Each has a link of its own, or a person's words, and no other letter takes its place."""


def limits(settings: CaseSettings) -> Mapping[Lane, Limit]:
    """The limits of each lane. An unproved domain is nobody's: it has no limit of its own below
    that of its lane."""
    unproved, notices = settings.unproved_letters_per_hour, settings.notices_per_hour
    per_sender, per_contact = settings.letters_per_sender_day, settings.notices_per_contact_day
    per_domain = settings.letters_per_domain_hour
    return {
        Lane.PROVED: Limit(settings.letters_per_hour, per_sender, per_domain),
        Lane.UNPROVED: Limit(unproved, per_sender, unproved),
        Lane.NOTICE: Limit(notices, per_contact, per_domain, leaves_a_share=True),
        Lane.NOTICE_UNPROVED: Limit(notices, per_contact, notices, leaves_a_share=True),
    }


def lane_of(kind: LetterKind, *, proved: bool) -> Lane | None:
    """The lane of a letter; None for one without a limit. `proved`: the sender of the mail or case
    is who From says.
    """
    if kind is LetterKind.CONTACT_NOTICE:
        return Lane.NOTICE if proved else Lane.NOTICE_UNPROVED
    if kind in ANSWERS:
        return Lane.PROVED if proved else Lane.UNPROVED
    return Lane.UNPROVED if kind in LATER and not proved else None


def write_letter(
    tx: DeskStep,
    kind: LetterKind,
    facts: LetterFacts,
    recipient: str,
    *,
    case: Case | None = None,
    reply_to: MailRecord | None = None,
    link: Link | None = None,
    proved: bool = False,
    not_before: datetime | None = None,
    with_status: bool = True,
    message_id: str = "",
) -> int:
    """Add one letter to the outbox and return its id. `proved`: who brings it about is who From
    says; of an answer the mail tells that. `not_before`: an administrator's act brings it about, so
    that it has no lane, and may be taken back until then. `with_status`: the recipient may have the
    link of the case. `message_id`: its left side, random by default.
    """
    if reply_to:
        proved = reply_to.proved
    lane = None if not_before else lane_of(kind, proved=proved)
    cause = case.sender if case and kind is LetterKind.CONTACT_NOTICE else recipient
    letter = Letter(
        id=0,
        kind=kind,
        recipient=recipient,
        rendered=rendered(tx.desk, kind, facts, case if with_status else None),
        message_id=f"<{message_id or secrets.token_hex(16)}@{tx.settings.own_domain}>",
        created_at=tx.now,
        case_id=case.id if case else None,
        mail_id=reply_to.id if reply_to else None,
        in_reply_to=reply_to.message_id if reply_to else "",
        link_id=link.id if link else None,
        state=LetterState.WAITING if lane else LetterState.PENDING,
        next_try_at=not_before or tx.now,
        lane=lane,
        origin=domain_share(cause),
    )
    return _queued(tx, letter, case)


def _queued(tx: Transaction, letter: Letter, case: Case | None) -> int:
    """Store a letter, in the place of those that it makes out of date; its id."""
    replaced = _replaced_by(letter.kind)
    waiting = tx.letters.waiting_to(letter.recipient, letter.case_id) if replaced else []
    of_case = [tx.letters.get(one) for one, case_id, _ in waiting if case and case_id == case.id]
    if stale := [one for one in of_case if one.kind in replaced]:
        return _replace(tx, stale, letter, case)
    action, is_answer = "letter.queued", letter.lane in {Lane.PROVED, Lane.UNPROVED}
    if is_answer and sum(lane is letter.lane for _, _, lane in waiting) >= MOST_WAITING:
        count, action = f"已有 {MOST_WAITING} 封", "letter.parked"
        text = f"等待发给同一收件人的回执{count}，其余不再自动发出，请到“回执”页查看。"
        tx.alerts.add(PARKED_ALERT, text)
        why = f"等待发给此收件人的回执{count}"
        letter = replace(letter, state=LetterState.PARKED, error=why)
    letter_id = tx.letters.add(letter)
    tx.audit.write(DESK, action, case, kind=letter.kind, letter=letter_id)
    return letter_id


def _replaced_by(kind: LetterKind) -> frozenset[LetterKind]:
    """The kinds of waiting letters that one of this kind makes out of date. An answer to 进度
    contains less than the others, and a notice has a link: each replaces only its like.
    """
    if kind in {LetterKind.PROGRESS, LetterKind.CONTACT_NOTICE}:
        return frozenset({kind})
    return frozenset() if kind in _NEVER_REPLACED else frozenset(LetterKind) - _NEVER_REPLACED


def write_to_contact(
    tx: DeskStep,
    kind: LetterKind,
    facts: LetterFacts,
    enterprise: Enterprise,
    *,
    recipient: str = "",
    case: Case | None = None,
    proved: bool = False,
) -> Link | None:
    """Write to the registered contact, with the enterprise's name, or to `recipient`, with the link
    that LINKS has for the kind; the link is returned. Nothing is written where there is no address.
    """
    address, link = recipient or enterprise.contact_email, None
    if not address:
        return None
    facts = replace(facts, enterprise_name="" if recipient else enterprise.name)
    if purpose := LINKS.get(kind):
        is_objection = purpose in _OBJECTIONS
        hours = _objection_days(tx) * 24 if is_objection else tx.settings.link_hours
        case_id = case.id if case else None
        link = tx.links.add(purpose, enterprise.id, case_id, tx.now + timedelta(hours=hours))
        facts = replace(facts, link=LINK_PLACE, link_hours=hours)
    write_letter(tx, kind, facts, address, case=case, link=link, proved=proved)
    return link


def _objection_days(tx: DeskStep) -> int:
    """For how many days a link to object is valid: over a holiday until the contact was at work."""
    until = tx.desk.workdays.after_working_hours(tx.now, OBJECTION_WORKING_HOURS)
    return max(tx.settings.objection_days, ceil((until - tx.now) / timedelta(days=1)))


def rendered(desk: Desk, kind: LetterKind, facts: LetterFacts, case: Case | None) -> Rendered:
    """A letter's words as they wait in the outbox: an answer to a sender has the place of its open
    case's link.
    """
    if case and case.state not in ENDED and kind in WITH_STATUS:
        facts = replace(facts, status=STATUS_PLACE)
    return desk.letters.render(kind, facts)


def cancel_waiting(
    tx: Transaction, case: Case, why: str, *, states: Sequence[LetterState] = UNSENT, **values: Any
) -> None:
    """Cancel the letters of a case, with these values, that nothing was tried with yet."""
    for letter in tx.letters.newest(case_id=case.id, state=states, **values):
        if not letter.attempts:
            tx.letters.save(letter.cancelled(why))


def is_first_letter(tx: DeskStep, mail: MailRecord, facts: Iterable[str]) -> bool:
    """Whether no letter of these facts was written to the mail's sender within
    `same_rejection_hours`; this one is noted. Whoever borrows the address is another sender.
    """
    parts = [mail.sender, "proved" if mail.proved else "", *facts]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    since = tx.now - timedelta(hours=tx.settings.same_rejection_hours)
    return tx.letters.note_rejection(key, since)


def last_mail_of_sender(tx: Transaction, case: Case) -> MailRecord | None:
    """The mail that a letter to the case's sender answers: never one of the registered contact,
    whose Message-ID would disclose the account, nor one that waits for a person: of those there may
    be as many as a stranger likes.
    """
    requests = tx.mails.of_case(case.id, Disposition.CASE)
    return next((mail for mail in reversed(requests) if mail.sender == case.sender), None)


def write_to_sender(
    tx: DeskStep,
    kind: LetterKind,
    facts: LetterFacts,
    case: Case,
    not_before: datetime | None = None,
) -> int:
    """Write to the sender of the case, in answer to the last mail of its own."""
    mail = last_mail_of_sender(tx, case)
    return write_letter(
        tx, kind, facts, case.sender, case=case, reply_to=mail, not_before=not_before
    )


def _replace(tx: Transaction, stale: list[Letter], letter: Letter, case: Case | None) -> int:
    """Store the letter under the id of the first stale one, so that who writes again does not go to
    the end of the queue, and cancel the others. Its lane is that of proved senders where one of
    them has it, so that a forged question delays no answer to the owner of the address.
    """
    first, lane = stale[0], letter.lane
    if lane and any(one.lane is Lane.PROVED for one in stale):
        lane = Lane.PROVED
    tx.letters.save(replace(letter, id=first.id, lane=lane))
    for other in stale[1:]:
        tx.letters.save(other.cancelled("已由更新的回执取代"))
    tx.audit.write(
        DESK, "letter.replaced", case, letter=first.id, kind=letter.kind, before=first.kind
    )
    return first.id


def admit_waiting(desk: Desk) -> None:
    """Let go what the limits allow now. While they hold any letter back, one alert tells so."""
    with desk.view() as tx:
        if not tx.letters.count_waiting(1) and tx.alerts.by(kind=LIMIT_ALERT) is None:
            return
    with desk.step() as tx:
        admitted = 0
        for lane, limit in limits(desk.settings).items():
            letters = tx.letters.next_waiting(lane, limit)
            for letter in letters:
                due = replace(letter, state=LetterState.PENDING, next_try_at=tx.now)
                tx.letters.save(replace(due, admitted_at=tx.now))
            admitted += len(letters)
        count = tx.letters.count_waiting(MOST_COUNTED)
        if not count:
            tx.alerts.clear(LIMIT_ALERT)
        elif admitted or tx.alerts.by(kind=LIMIT_ALERT) is None:
            number = f"{count}" if count < MOST_COUNTED else f"{count} 多"
            text = (
                f"有 {number} 封回执达到发信上限，正在排队，额度恢复后自动发出；"
                "其中有核对通知的，所涉工单在通知发出之后才能批准。"
                "如有冒名来信大量涌入，请查看“工单”页。"
            )
            tx.alerts.add(LIMIT_ALERT, text)
