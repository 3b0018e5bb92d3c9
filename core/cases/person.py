"""What the desk holds of one person, to be handed out or erased on request (Personal Information Protection Law, articles 45 and 47).

A person is named by an e-mail address, an ID number or a full name. Mails are searched by what was read in them: they are encrypted, so that there is
no index over their words, and one pass opens each of them. Erasing follows the same rules as retention: a case that is under way is kept, because the
enterprise waits for it, and so is the registered contact of an enterprise, whom the account needs; both are named, so that a person decides.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from unicodedata import normalize

from core.accounts.enterprise import Enterprise
from core.cases.case import ENDED, Case
from core.cases.desk import Desk
from core.cases.letter import Letter
from core.cases.mail_record import MailRecord
from core.cases.ports import Transaction
from core.cases.retention import purge_case, purge_mails
from core.cases.submission import Submission
from core.errors import NotAllowed

AT_ONCE: Final = 100
SHORTEST: Final = 2


@dataclass(slots=True)
class Held:
    """What is held of a person: mails, the cases they belong to with their letters, and enterprises whose registered contact the person is."""

    mails: list[MailRecord] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    contact_of: list[Enterprise] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to. `open_cases`: numbers of cases that are under way and were kept; `contact_of`: names of enterprises, kept likewise."""

    cases: int
    mails: int
    open_cases: tuple[str, ...]
    contact_of: tuple[str, ...]


def find_person(desk: Desk, who: str, told: Callable[[int], None] = lambda _looked_at: None) -> Held:
    """Everything that names the person. `told`: how many mails were looked at so far. Raises NotAllowed for a name too short to mean anybody."""
    sought = _folded(who)
    if len(sought) < SHORTEST:
        raise NotAllowed("请写完整的姓名、证件号码或邮箱地址。")
    held = Held()
    for mails in _mails(desk, sought, told):
        held.mails += mails
    with desk.store.transaction() as tx:
        held.cases = [tx.case(case_id) for case_id in sorted({mail.case_id for mail in held.mails if mail.case_id})]
        held.letters = [letter for case in held.cases for letter in tx.letters(case_id=case.id, limit=None)]
        held.contact_of = [one for one in _enterprises(tx) if sought in {_folded(one.contact_email), _folded(one.contact_name)}]
    return held


def erase_person(desk: Desk, who: str, actor: str, told: Callable[[int], None] = lambda _looked_at: None) -> Erased:
    """Remove the ended cases and the other mails that name the person, with one audit row that does not name anybody."""
    held = find_person(desk, who, told)
    ended = [case for case in held.cases if case.state in ENDED]
    cases = sum(purge_case(desk, case.id, actor) for case in ended)
    alone = [mail for mail in held.mails if mail.case_id is None]
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        purge_mails(tx, alone, now, actor)
        tx.audit(now, actor, "person.erased", cases=str(cases), mails=str(len(alone)))
    kept = tuple(case.number for case in held.cases if case.state not in ENDED)
    return Erased(cases, len(alone), kept, tuple(one.name for one in held.contact_of))


def _mails(desk: Desk, sought: str, told: Callable[[int], None]) -> Iterator[list[MailRecord]]:
    last = looked_at = 0
    while True:
        with desk.store.transaction() as tx:
            group = tx.unpurged_mails(last, AT_ONCE)
            readings = {mail.id: tx.reading(mail.id) for mail in group}
        if not group:
            return
        last, looked_at = group[-1].id, looked_at + len(group)
        yield [mail for mail in group if _names(mail, readings[mail.id], sought)]
        told(looked_at)


def _enterprises(tx: Transaction) -> Iterator[Enterprise]:
    offset = 0
    while group := tx.enterprises(limit=AT_ONCE, offset=offset):
        yield from group
        offset += len(group)


def _names(mail: MailRecord, reading: Submission | None, sought: str) -> bool:
    """Whether a mail names the person: its sender, its words, or the papers in it."""
    return any(sought in _folded(words) for words in (mail.sender, mail.subject, *_words(reading)))


def _words(reading: Submission | None) -> Sequence[str]:
    if reading is None:
        return ()
    message, documents = reading.message, reading.documents
    fields = [value for part in documents.parts for value in part.fields.values()]
    return [message.sender_name, message.new_text, message.quoted_text, *fields, *(page.text for page in documents.pages)]


def _folded(words: str) -> str:
    """As words are compared: width, case and spaces make no difference."""
    return "".join(normalize("NFKC", words).casefold().split())
