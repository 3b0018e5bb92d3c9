"""Who asks for a case (RULES.md section 6): the registered contact,
a sender known from earlier cases, or a stranger.

From proves nothing, and a public licence proves nothing: only the proved address of the registered
contact speaks for the enterprise by itself. Whoever else asks, a person opens the case and, unless
the sender is known, reaches the enterprise before approving it.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum

from core.data.case import Case
from core.data.enterprise import Enterprise
from core.data.mail_record import CaseMails, Disposition, MailRecord
from core.data.submission import Message
from core.store.store import Transaction

KNOWN_AFTER = timedelta(days=30)
"""So long after its first completed case without an objection a sender is known."""
AFTER_AN_OBJECTION = timedelta(days=90)
"""So long after an objection every case of the enterprise is opened:
whoever asked may ask again."""


WROTE_AGAINST = "case.contact_wrote"
"""The audit's action of words of the contact that may be an objection."""


class Requester(StrEnum):
    """Who asks."""

    CONTACT = "contact"
    KNOWN = "known"
    STRANGER = "stranger"


def is_contact(case: Case, enterprise: Enterprise, mails: CaseMails) -> bool:
    """Whether the registered contact asks: its address, and each mail of the request its own and
    proved.
    """
    return enterprise.is_contact_address(case.sender) and not (mails.unproved or case.joined)


def proved_cases(tx: Transaction, cases: Sequence[Case]) -> list[Case]:
    """Those of these cases whose mails are all proved."""
    mails = tx.mails.summaries(cases)
    return [one for one in cases if not mails[one.id].unproved]


def contact_mails(tx: Transaction, case: Case, enterprise: Enterprise) -> list[MailRecord]:
    """The proved mails of the registered contact to the case, the oldest first; not what its
    mailbox answers by itself, and no other mail of its that lies there to be read."""
    found = tx.mails.of_case(case.id, Disposition.CASE, Disposition.CONVERSATION, limit=None)
    return [one for one in found if one.proved and enterprise.is_contact_address(one.sender)]


def is_about(tx: Transaction, case: Case, sender: str, message: Message) -> bool:
    """Whether a mail to a case of others answers a letter that the desk sent to its sender or to
    the registered contact, or names the case in its text or, where it answers nothing, in its
    subject. Anything else may answer a mail of a rival to the contact, sent under the Message-ID of
    the rival's request, with the desk in Reply-To and the case's number in its subject."""
    letter = tx.letters.by_message_id(message.thread_ids)
    account = tx.accounts.optional(case.enterprise_id)
    theirs = {sender.lower(), account.contact_email.lower() if account else ""}
    if letter is None or letter.recipient.lower() not in theirs:
        subject = "" if message.is_answer else message.subject
        return case.number in f"{subject}\n{message.new_text}"
    answered = tx.cases.optional(letter.case_id)
    return answered is not None and tx.cases.current(answered).id == case.id


def contested_by(tx: Transaction, case: Case, found: Iterable[Case]) -> list[Case]:
    """Of cases that were found for the enterprise, those in which somebody else asks for it
    with papers, and the contact did not object: while there is one, a confirmation of this case
    settles nothing, for the contact may have meant the other.
    """
    others = [one for one in found if one.id != case.id and one.has_papers and not one.objected_at]
    mails = tx.mails.summaries([case, *others])

    def whose(one: Case) -> tuple[frozenset[str], bool]:
        return one.senders, not mails[one.id].unproved

    own, is_proved = whose(case)
    return [one for one in others if not is_proved or whose(one) != (own, True)]


def requester_of(
    tx: Transaction, case: Case, enterprise: Enterprise, mails: CaseMails
) -> Requester:
    """Who asks for this case of the enterprise.

    A sender is known when an earlier, proved case of it alone for the enterprise was completed
    long enough ago under the present contact, who wrote nothing about it or about this one, and the
    contact objected to no proved case of it, merged ones included.
    """
    if is_contact(case, enterprise, mails):
        return Requester.CONTACT
    if not case.sender or mails.unproved or case.joined:
        return Requester.STRANGER
    earlier = proved_cases(tx, tx.cases.of_sender(enterprise.id, case.sender))
    if any(one.objected_at for one in earlier):
        return Requester.STRANGER
    since, until = enterprise.contact_since, tx.now - KNOWN_AFTER
    long_ago = [
        one
        for one in earlier
        if not one.joined
        and one.completed_at is not None
        and one.completed_at <= until
        and (since is None or since < one.completed_at)
    ]

    def unanswered(one: Case) -> bool:
        against = tx.audit.entries(one.id, action=WROTE_AGAINST)
        return not (against or contact_mails(tx, one, enterprise))

    known = any(map(unanswered, long_ago)) and unanswered(case)
    return Requester.KNOWN if known else Requester.STRANGER
