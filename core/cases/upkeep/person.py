"""The desk's data on one person, for export or erasure on request (Personal Information Protection
Law, articles 45 and 47).

A person is named by an e-mail address, an ID number or a full name. Words are found within others,
since Chinese has no spaces: 张伟 is found in 张伟民, too. Hence a person looks at what was found
before anything is erased. Mails are searched by what was read in them: they are encrypted, so that
there is no index over their words, and one pass opens each of them. Erasing follows the same rules
as retention: a case that is under way is kept, because the enterprise waits for it, and so is the
registered contact of an enterprise, whom the account needs; both are named, so that a person
decides. So is a case to which the registered contact objected, while the account is frozen for it,
or may still object: it is the evidence of who asked.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from unicodedata import normalize

from core.cases.desk import Desk
from core.cases.requester import AFTER_AN_OBJECTION
from core.cases.upkeep.retention import purge_case, purge_mails
from core.data.case import ENDED, Case
from core.data.contact import Contact
from core.data.enterprise import Enterprise
from core.data.letter import Letter
from core.data.mail_record import MailRecord
from core.data.submission import Submission
from core.errors import NotAllowed
from core.store.repositories.store_words import folded
from core.store.store import Transaction

AT_ONCE = 100
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
        letters = [one for case in cases for one in tx.letters.find(case_id=case.id, limit=None)]
        contact_of = [
            one for one in _enterprises(tx) if sought in _named(one.contact_email, one.contact_name)
        ]
        proposed = [
            (one.name, contact)
            for one in _enterprises(tx)
            for contact in _proposed(tx, one)
            if sought in _named(contact.email, contact.name)
        ]
    disputed = [case for case in cases if _is_disputed(desk, case)]
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


def _named(*words: str) -> set[str]:
    return set(map(folded, words))


def _is_disputed(desk: Desk, case: Case) -> bool:
    """Whether the contact may still object to the ended case, or objected to it lately."""
    if case.enterprise_id is None or case.state not in ENDED or case.purged_at:
        return False
    now = desk.now()
    if case.objected_at is not None:
        return now < case.objected_at + AFTER_AN_OBJECTION
    until = timedelta(days=desk.settings.objection_days)
    return case.completed_at is not None and now < case.completed_at + until


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
