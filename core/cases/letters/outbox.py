"""Writing a letter into the outbox, in the transaction of the step that it reports.

What a mail from outside brings about waits for its lane (`letter_limits`) and leaves by itself.
While it waits, a newer letter of the same case to the same address takes its place, so that nobody
gets in the evening what was true in the morning. Only a sender for whom very many answers wait gets
no more without a person: they are kept as PARKED with an alert; nothing is dropped in silence. A
notice is never among these.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.cases.desk import Desk
from core.cases.letters.letter_limits import NOTICES, lane_of
from core.data.account_ports import Link
from core.data.case import ENDED, Case
from core.data.letter import (
    STATUS_PLACE,
    WITH_STATUS,
    Letter,
    LetterFacts,
    LetterKind,
    LetterState,
    Rendered,
)
from core.data.mail_record import Disposition, MailRecord
from core.mail_domains import domain_share
from core.store.store import Transaction

OVER_CAP = "letters.cap"
MOST_WAITING: Final = 50
"""Answers of one lane that wait for one sender; at the limits of a day they are ten days' worth."""
_NEVER_REPLACED: Final = NOTICES | {LetterKind.RESET_LINK, LetterKind.ANSWER}
"""Each carries a link of its own, or a person's words."""


def write_letter(
    tx: Transaction,
    desk: Desk,
    kind: LetterKind,
    facts: LetterFacts,
    recipient: str,
    at: datetime,
    *,
    case: Case | None = None,
    reply_to: MailRecord | None = None,
    link: Link | None = None,
    proved: bool = False,
    not_before: datetime | None = None,
    with_status: bool = True,
) -> int:
    """Add one letter to the outbox and return its id.

    `proved`: the sender whose mail brings it about is who From says. `not_before`: an
    administrator's act brings it about, so that no lane holds it, and may be taken back until then.
    `with_status`: the recipient may have the link of the case.
    """
    lane = None if not_before else lane_of(kind, proved=proved)
    answered = reply_to.message_id if reply_to else ""
    letter = Letter(
        0,
        kind,
        recipient,
        rendered(desk, kind, facts, case if with_status else None),
        f"<{secrets.token_hex(16)}@{desk.settings.own_domain}>",
        at,
        case_id=case.id if case else None,
        mail_id=reply_to.id if reply_to else None,
        in_reply_to=answered,
        references=(answered,) if answered else (),
        link_id=link.id if link else None,
        state=LetterState.WAITING if lane else LetterState.PENDING,
        next_try_at=not_before or at,
        lane=lane,
        origin=domain_share(case.sender if case and kind in NOTICES else recipient),
    )
    waiting = tx.letters.waiting_to(recipient) if kind not in _NEVER_REPLACED else []
    if stale := _stale(
        tx, letter, [letter_id for letter_id, case_id, _ in waiting if case and case_id == case.id]
    ):
        return _replace(tx, stale, letter, case)
    if lane and sum(held is lane for _, _, held in waiting) >= MOST_WAITING:
        return _park(tx, letter, case)
    return _add(tx, letter, case, "letter.queued")


def rendered(desk: Desk, kind: LetterKind, facts: LetterFacts, case: Case | None) -> Rendered:
    """A letter's words as they wait in the outbox: an answer to a sender has the place
    of its open case's link."""
    if case and case.state not in ENDED and kind in WITH_STATUS:
        facts = replace(facts, status=STATUS_PLACE)
    return desk.letters.render(kind, facts)


def _add(tx: Transaction, letter: Letter, case: Case | None, action: str) -> int:
    letter_id = tx.letters.add(letter)
    tx.audit.write(
        letter.created_at, "desk", action, case, kind=letter.kind.value, letter=str(letter_id)
    )
    return letter_id


def _park(tx: Transaction, letter: Letter, case: Case | None) -> int:
    tx.alerts.add(
        letter.created_at,
        OVER_CAP,
        f"等待发给同一收件人的回执已有 {MOST_WAITING} 封，其余不再自动发出，请到“回执”页查看。",
    )
    parked = replace(
        letter, state=LetterState.PARKED, error=f"等待发给此收件人的回执已有 {MOST_WAITING} 封"
    )
    return _add(tx, parked, case, "letter.parked")


def last_mail_of_sender(tx: Transaction, case: Case) -> MailRecord | None:
    """The mail that a letter to the case's sender answers: never one of the registered contact,
    whose Message-ID would disclose the account, nor one that waits for a person: of those there may
    be as many as a stranger likes.
    """
    requests = tx.mails.find([Disposition.CASE], case_id=case.id)
    return next((mail for mail in reversed(requests) if mail.sender == case.sender), None)


def sender_proved(tx: Transaction, mail: MailRecord | None) -> bool:
    """Whether something vouches for the sender of that mail."""
    reading = tx.mails.reading(mail.id) if mail else None
    return reading is not None and reading.message.proved


def _stale(tx: Transaction, letter: Letter, waiting: list[int]) -> list[Letter]:
    """Letters of the case that still wait and that this one makes out of date.

    An answer to 进度 says less than the others, so it replaces none of them.
    """
    if letter.kind in _NEVER_REPLACED:
        return []
    found = [
        held
        for letter_id in waiting
        if (held := tx.letters.by_id(letter_id)) and held.kind not in _NEVER_REPLACED
    ]
    return [
        held
        for held in found
        if letter.kind is not LetterKind.PROGRESS or held.kind is LetterKind.PROGRESS
    ]


def _replace(tx: Transaction, stale: list[Letter], letter: Letter, case: Case | None) -> int:
    """The letter in the place of the first of them, so that whoever writes again does not go to the
    end of the queue; the others are given up."""
    first, at = stale[0], letter.created_at
    tx.letters.save(replace(letter, id=first.id, lane=letter.lane and first.lane))
    for other in stale[1:]:
        tx.letters.save(replace(other, state=LetterState.CANCELLED, error="已由更新的回执取代"))
    tx.audit.write(
        at,
        "desk",
        "letter.replaced",
        case,
        kind=letter.kind.value,
        letter=str(first.id),
        before=first.kind.value,
    )
    return first.id
