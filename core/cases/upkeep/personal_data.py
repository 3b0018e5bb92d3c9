"""Removing personal data when its time is over, and the data on one person, for export or erasure
on request (Personal Information Protection Law, articles 45 and 47).

What goes: the bytes of mails, what was read in them, page images, the words and addresses of
letters, and of the case its sender, findings, reason and notes. What comes to a case after that
goes as what belongs to no case does. What stays: the case's number, states, dates and enterprise,
what its approval ended, which letters were sent when, and every audit row, because they hold
nothing of a person and show that the desk did right. A mail keeps its key in the mailbox, so that
it is never taken in anew.

A person is named by an e-mail address, an ID number or a full name. Words are found within others,
since Chinese has no spaces: 张伟 is found in 张伟民, too. Hence a person looks at what was found
before anything is erased. Mails are searched by what was read in them: they are encrypted, so that
there is no index over their words, and one pass opens each of them. Erasing follows the same rules
as retention: a case that is under way is kept, because the enterprise waits for it, and so is the
registered contact of an enterprise, whom the account needs; both are named, so that a person
decides. So is a case to which the registered contact objected, while the account is frozen for it,
or may still object: it is the evidence of who asked, which a short retention leaves, too.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from unicodedata import normalize

from core.cases.desk import Desk, DeskStep, one_step
from core.cases.intake.unread import clear_alerts
from core.cases.requester import AFTER_AN_OBJECTION
from core.clock import is_recent
from core.data.audit_entry import DESK
from core.data.case import ENDED, Case, amend
from core.data.enterprise import Contact, Enterprise
from core.data.letter import Letter, LetterState, Rendered
from core.data.mail_record import MailRecord
from core.data.submission import Submission
from core.errors import NotAllowed
from core.store.repositories.store_words import folded
from core.store.store import Transaction

AT_ONCE = 100
"""Cases, mails and letters that one step looks at: the desk does other work between two."""
CERTIFICATES_KEPT = 500
"""Refused certificates that are kept for people to look at: anybody can show any number of them."""
REMOVED = "（已删除）"
_OVER = frozenset({LetterState.SENT, LetterState.PARKED, LetterState.CANCELLED})
"""States in which a letter does not leave by itself."""


def purge(desk: Desk) -> int:
    """Remove the personal data of ended cases, and of mails and letters without one, that are older
    than `retention` allows. Returns how many there were."""
    periods = desk.settings.retention
    purged = 0
    for state, days in periods.of_states().items():
        if days:
            with desk.view() as tx:
                due = tx.cases.unchanged(state, tx.now - timedelta(days=days))
            gone = (case_id for case_id in due if purge_case(desk, case_id, DESK))
            purged += len(list(islice(gone, AT_ONCE)))
    if periods.other_mail_days:
        with desk.step() as tx:
            before = tx.now - timedelta(days=periods.other_mail_days)
            mails, letters = (
                tx.mails.to_purge(before, AT_ONCE),
                tx.letters.to_purge(before, _OVER, REMOVED, AT_ONCE),
            )
            purge_mails(tx, mails, DESK)
            for letter in letters:
                tx.letters.save(_without_words(letter))
                tx.audit.write(DESK, "letter.purged", letter=letter.id)
        purged += len(mails) + len(letters)
    _forget(desk)
    return purged


@one_step
def _forget(tx: DeskStep) -> None:
    """Drop what serves nothing any more, and what strangers could make grow."""
    kept_days = tx.settings.retention.other_mail_days
    tx.blocked.drop_ended()
    tx.letters.drop_rejection_keys(tx.now - timedelta(hours=tx.settings.same_rejection_hours))
    tx.refused_certificates.drop(
        tx.now - timedelta(days=kept_days) if kept_days else None, CERTIFICATES_KEPT
    )
    if kept_days:
        tx.contact_changes.drop_closed(tx.now - timedelta(days=kept_days))
        tx.papers.drop_unsubmitted(tx.now - timedelta(days=kept_days))


@one_step
def purge_case(tx: DeskStep, case_id: int, actor: str) -> bool:
    """Remove the personal data of one ended case.

    False where a letter of it still waits to leave, where it is in dispute, or where nothing is
    left to remove.
    """
    case = tx.cases.get(case_id)
    letters = tx.letters.newest(case_id=case.id)
    if (
        case.state not in ENDED
        or case.purged_at
        or _is_disputed(tx, case)
        or any(letter.state not in _OVER for letter in letters)
    ):
        return False
    tx.mails.purge([record.id for record in tx.mails.of_case(case.id, limit=None)])
    _purge_words(tx, case, actor)
    return True


def _purge_words(tx: Transaction, case: Case, actor: str) -> None:
    """Remove what a case itself contains of persons, and the cases that were merged into it."""
    for entry in tx.audit.entries(case.id, action="case.joined"):
        other = tx.cases.by(number=entry.detail["number"])
        if other and not other.purged_at:
            _purge_words(tx, other, actor)
    for letter in tx.letters.newest(case_id=case.id, state=_OVER):
        tx.letters.save(_without_words(letter))
    case = amend(
        case,
        tx.now,
        sender="",
        joined=(),
        findings=(),
        reason="",
        words={},
        handler="",
        handler_mark="",
        notes=(),
        reached=None,
        purged_at=tx.now,
    )
    tx.write_case(actor, "case.purged", case)
    clear_alerts(tx, case)


def purge_mails(tx: Transaction, mails: Collection[MailRecord], actor: str) -> None:
    """Remove the personal data of mails that belong to no case,
    or came to one whose own were removed before."""
    tx.mails.purge([record.id for record in mails])
    for record in mails:
        tx.audit.write(actor, "mail.purged", mail=record.id)
        tx.alerts.clear(f"mail.{record.id}")
    for case_id in {record.case_id for record in mails if record.case_id is not None}:
        clear_alerts(tx, tx.cases.get(case_id))


def _without_words(letter: Letter) -> Letter:
    """Lists the fields that remain, so that any other field, also a new one, is removed."""
    return Letter(
        letter.id,
        letter.kind,
        REMOVED,
        Rendered(REMOVED, "", ""),
        letter.message_id,
        letter.created_at,
        case_id=letter.case_id,
        mail_id=letter.mail_id,
        link_id=letter.link_id,
        state=letter.state,
        attempts=letter.attempts,
        sent_at=letter.sent_at,
        bounced=letter.bounced,
    )


SHORTEST = 2
_WHOLE_ADDRESS = r"(?<![a-z0-9._+-]){}(?![a-z0-9_-]|\.[a-z0-9])"
_WHOLE_NUMBER = r"(?<![a-z0-9]){}(?![a-z0-9])"


@dataclass(frozen=True)
class PersonData:
    """The data on a person: mails, the cases they belong to with their letters, and enterprises
    whose registered contact the person is. `proposed`: contacts that wait for a second person or
    for their confirmation, each with the enterprise's name. `disputed`: ended cases to which the
    contact may still object, or whose objection is not settled."""

    mails: Sequence[MailRecord]
    cases: Sequence[Case]
    letters: Sequence[Letter]
    contact_of: Sequence[Enterprise]
    proposed: Sequence[tuple[str, Contact]]
    disputed: Sequence[Case]

    @property
    def ended(self) -> list[Case]:
        """The cases that may be erased."""
        return [
            case
            for case in self.cases
            if case.state in ENDED and not case.purged_at and case not in self.disputed
        ]

    @property
    def beside_cases(self) -> list[MailRecord]:
        """The mails of no case, or of one whose own data were removed before they came."""
        purged = {case.id for case in self.cases if case.purged_at}
        return [mail for mail in self.mails if mail.case_id is None or mail.case_id in purged]


@dataclass(frozen=True)
class Erased:
    """The result of an erasure: how many cases and mails. `remaining`: numbers of cases and names
    of enterprises that were not erased, by the reason: "open", under way; "unsent", ended, with a
    letter that has not left; the others as in PersonData.
    """

    cases: int
    mails: int
    remaining: Mapping[str, Sequence[str]]


def find_person(
    desk: Desk, who: str, progress: Callable[[int], None] = lambda _looked_at: None
) -> PersonData:
    """All data that names the person. `progress`: how many mails were looked at so far.

    Raises NotAllowed for a name too short to mean anybody.
    """
    sought = folded(who)
    if len(sought) < SHORTEST:
        raise NotAllowed("请写完整的姓名、证件号码或邮箱地址。")
    mails = list(_mails(desk, sought, progress))
    with desk.view() as tx:
        case_ids = sorted({mail.case_id for mail in mails if mail.case_id})
        cases = [tx.cases.get(case_id) for case_id in case_ids]
        letters = [one for case in cases for one in tx.letters.newest(case_id=case.id)]
        contact_of = [
            one
            for one in _enterprises(tx)
            if sought in map(folded, (one.contact_email, one.contact_name))
        ]
        proposed = [
            (one.name, contact)
            for one in _enterprises(tx)
            for contact in _proposed(tx, one)
            if sought in map(folded, (contact.email, contact.name))
        ]
        disputed = [case for case in cases if _is_disputed(tx, case)]
    return PersonData(mails, cases, letters, contact_of, proposed, disputed)


def erase_person(desk: Desk, person_data: PersonData, actor: str) -> Erased:
    """Remove what was found and looked at: ended cases, and mails beside the cases; with one audit
    row that does not name anybody."""
    ended, alone = person_data.ended, person_data.beside_cases
    unsent = [case.number for case in ended if not purge_case(desk, case.id, actor)]
    cases = len(ended) - len(unsent)
    with desk.step() as tx:
        purge_mails(tx, alone, actor)
        tx.audit.write(actor, "person.erased", cases=cases, mails=len(alone))
    remaining = {
        "open": [case.number for case in person_data.cases if case.state not in ENDED],
        "unsent": unsent,
        "disputed": [case.number for case in person_data.disputed],
        "contact_of": [one.name for one in person_data.contact_of],
        "proposed": list(dict.fromkeys(name for name, _ in person_data.proposed)),
    }
    return Erased(cases, len(alone), remaining)


def _is_disputed(tx: DeskStep, case: Case) -> bool:
    """Whether the contact may still object to the ended case, or objected to it lately."""
    if case.state not in ENDED or case.purged_at:
        return False
    may_object = timedelta(days=tx.settings.dispute_days)
    objected = is_recent(case.objected_at, tx.now, AFTER_AN_OBJECTION)
    return objected or is_recent(case.completed_at, tx.now, may_object)


def _mails(desk: Desk, sought: str, progress: Callable[[int], None]) -> Iterator[MailRecord]:
    last = looked_at = 0
    while True:
        with desk.view() as tx:
            group = tx.mails.oldest(after=last, limit=AT_ONCE, purged_at=None)
            readings = {mail.id: tx.mails.reading(mail.id) for mail in group}
        if not group:
            return
        last, looked_at = group[-1].id, looked_at + len(group)
        yield from (mail for mail in group if _names(mail, readings[mail.id], sought))
        progress(looked_at)


def _enterprises(tx: Transaction) -> Iterator[Enterprise]:
    last = 0
    while group := tx.accounts.find(limit=AT_ONCE, after=last):
        yield from group
        last = group[-1].id


def _proposed(tx: Transaction, one: Enterprise) -> Iterator[Contact]:
    if proposal := one.contact_proposal:
        yield Contact(proposal.name, proposal.email, proposal.phone)
    for change in tx.contact_changes.of_enterprise(one.id):
        if change.confirmed_at is None:
            name, phone = change.person or ("", "")
            yield Contact(name, change.after, phone)


def _names(mail: MailRecord, reading: Submission | None, sought: str) -> bool:
    """Whether a mail names the person: its sender, its words, or the papers in it.

    A number or an address counts only whole, not as a part of a longer one.
    """
    form = _WHOLE_ADDRESS if "@" in sought else _WHOLE_NUMBER if sought.isascii() else "{}"
    whole = re.compile(form.format(r"\s*".join(map(re.escape, sought))))
    return any(
        whole.search(normalize("NFKC", words).casefold())
        for words in (mail.sender, mail.subject, *_words(reading))
    )


def _words(reading: Submission | None) -> Sequence[str]:
    if reading is None:
        return ()
    message, documents = reading.message, reading.documents
    fields = [value for part in documents.parts for value in part.fields.values()]
    return [
        message.sender_name,
        message.new_text,
        message.quoted_text,
        *fields,
        *(page.text for page in documents.pages),
    ]
