"""The case that a mail belongs to, in the mail's transaction: by its thread, its sender, the number
that it names, or because the registered contact writes about what somebody else asked for.

From and a case number prove nothing, so a case is found only for an address that may write to it.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from core.cases.desk import Desk
from core.cases.intake.denials import disputes
from core.cases.intake.hand_in import PORTAL_BOX
from core.cases.intake.request_case import hold_for_contact
from core.data.case import ENDED, Case, State
from core.data.finding import Course, Decision
from core.data.mail_record import MailRecord
from core.data.submission import Answer, AttachmentKind, RequestForm, Submission
from core.enterprise_names import fold_name
from core.store.store import Transaction

_MAY_BE_PAPERS = frozenset(
    {
        AttachmentKind.PDF,
        AttachmentKind.IMAGE,
        AttachmentKind.WORD,
        AttachmentKind.OFD,
        AttachmentKind.ARCHIVE,
    }
)
"""The kinds of files in which enterprises send papers, including those that the desk returns."""
NUMBER = re.compile(r"JB\d{8}-\d{4,9}")
MOST_NUMBERS = 3
MOST_DOUBTED = 40
"""So many cases one mail of a contact sets aside, however many strangers opened."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The mail that gets its disposition, in its transaction. `course`: how it is handled before
    the rules are applied."""

    tx: Transaction
    desk: Desk
    record: MailRecord
    submission: Submission
    course: Course

    @property
    def request(self) -> RequestForm:
        return self.submission.request

    @property
    def proved(self) -> bool:
        return self.submission.message.proved


def related_case(mail: Incoming) -> Case | None:
    """The case that the mail belongs to: the case of its thread, else the open case of a proved
    sender, else a case whose number the mail names, because some mail programs drop the thread.
    Only a case to which this address may write.
    """
    message, tx = mail.submission.message, mail.tx
    if not message.sender:
        return None
    # a copy without proof belongs to the case of the same mail, or it would compete with it
    own_id = () if mail.proved else (message.message_id,)
    of_thread = tx.cases.of_thread((*own_id, *message.thread_ids))
    case = next((one for one in of_thread if _may_write(mail, one)), None)
    if case is None and mail.proved:
        case = _own_open(mail)
    if case is None:
        numbered = _numbered(mail)
        case = next((one for one in numbered if _may_write(mail, one)), None)
    return case


def doubted_case(mail: Incoming) -> Case | None:
    """The newest case that somebody else sent for an enterprise whose registered contact writes
    without a whole request: people answer the notice by a new mail. Of a proved contact all others
    are set aside, too."""
    request = mail.request
    answers, papers = request.answers.values(), brings_material(mail)
    complete = papers and Answer.YES in answers and Answer.MISSING not in answers
    if mail.proved and complete:
        return None  # a request of its own, whatever else it says
    whole = papers or Answer.MISSING not in answers
    denies = is_denial(mail)
    refuses = denies or request.unbind in {Answer.NO, Answer.AMBIGUOUS}
    chats = mail.course.ends_as is Decision.OTHER and not refuses
    asks = request.asks_progress and not denies
    if chats or asks or (whole and asks_plainly(mail)):
        return None
    found = _cases_of_others(mail)
    for case in found[:-1] if mail.proved else ():
        hold_for_contact(mail.tx, case)
    return found[-1] if found else None


def hold_denied(mail: Incoming, case: Case | None) -> bool:
    """Whether the registered contact denies what others ask for in the thread of its own case or of
    an ended one, or beside a new request: people answer any letter that they have. The cases of
    others are set aside."""
    is_about_it = case is not None and case.state not in ENDED
    if case and mail.submission.message.sender in {case.sender, *case.joined}:
        is_about_it = False
    if is_about_it or not mail.proved or not is_denial(mail):
        return False
    found = _cases_of_others(mail)
    for other in found:
        hold_for_contact(mail.tx, other)
    return bool(found)


def asks_plainly(mail: Incoming) -> bool:
    """Whether the mail's own words ask for something, and deny nothing."""
    return Answer.YES in mail.request.answers.values() and not is_denial(mail)


def is_denial(mail: Incoming) -> bool:
    """Whether the mail denies a request, or warns of one."""
    message = mail.submission.message
    return disputes(f"{message.subject}\n{message.new_text}")


def _own_open(mail: Incoming) -> Case | None:
    """The newest open case of a proved sender for the same enterprise, else an incomplete one
    without a name and papers: people answer a rejection by a new mail. Not a case with unproved
    mails: somebody else may have opened it, and the sender's words would complete it."""
    name, sender, cases = mail.request.enterprise_name, mail.record.sender, mail.tx.cases
    if not name:
        return None
    named = cases.open_of_sender(sender, name)
    if not named:
        own = reversed(cases.open_of_address(sender, MOST_DOUBTED))
        nameless = (one for one in own if not (one.enterprise_name or one.uscc or one.has_papers))
        named = [one for one in nameless if one.state is State.INCOMPLETE]
    mails = mail.tx.mails.summaries([case.id for case in named])
    return next((case for case in reversed(named) if not mails[case.id].unproved), None)


def _may_write(mail: Incoming, case: Case) -> bool:
    """Whether the address is that of a sender of the case or of the registered contact."""
    record, sender = mail.record, mail.submission.message.sender
    if record.mailbox == PORTAL_BOX and record.uidvalidity != case.enterprise_id:
        return False  # the address may be anybody's
    if sender in {case.sender, *case.joined}:
        return True
    enterprise = mail.tx.accounts.optional(case.enterprise_id)
    return enterprise is not None and enterprise.is_contact_address(sender)


def _numbered(mail: Incoming) -> list[Case]:
    """The cases whose numbers are in the subject or text. A number in the text does not count for a
    mail with papers of another enterprise: agents write about several."""
    message = mail.submission.message
    numbers = dict.fromkeys(NUMBER.findall(f"{message.subject}\n{message.new_text}"))
    cases = mail.tx.cases
    found = [cases.by_number(number) for number in list(numbers)[:MOST_NUMBERS]]
    names = {fold_name(name) for name in mail.request.enterprise_names}
    for_others = bool(names) and brings_material(mail)

    def is_for_it(case: Case) -> bool:
        name = fold_name(case.enterprise_name or "")
        return case.number in message.subject or not for_others or not name or name in names

    return [cases.current(case) for case in found if case and is_for_it(case)]


def _cases_of_others(mail: Incoming) -> list[Case]:
    """The open cases with papers that others sent for the enterprises of a registered contact: the
    approved ones last, then the newest. Of the enterprises that it names, if one is its own; else
    of all, unless it asks for another. Before them, where it denies, those carried out lately."""
    tx, contact, names = mail.tx, mail.submission.message.sender, mail.request.enterprise_names
    if not contact or mail.record.mailbox == PORTAL_BOX:
        return []
    others_too = () if names and asks_plainly(mail) else tx.accounts.names_of_contact(contact)
    for group in (names, others_too):
        named = filter(None, map(tx.accounts.by_name, group))
        own = [one.id for one in named if one.is_contact_address(contact)]
        if own:
            break
    found = [case for one in own for case in tx.cases.open_naming(one)]
    if is_denial(mail):
        since = tx.now - timedelta(days=mail.desk.settings.objection_days)
        ended = (case for one in own for case in tx.cases.of_enterprise(one, MOST_DOUBTED))
        found += [one for one in ended if one.completed_at and one.completed_at > since]
    others = [one for one in found if one.has_papers and contact not in {one.sender, *one.joined}]
    others.sort(key=lambda one: (not one.completed_at, one.state is State.APPROVED, one.id))
    return others[-MOST_DOUBTED:]


def brings_material(mail: Incoming) -> bool:
    """Whether the mail has papers, or files that may be papers: not the logo of a signature, and
    not a file that was read and is no paper.
    """
    message = mail.submission.message
    read = {page.attachment for page in mail.submission.documents.pages}
    unknown = any(
        one.kind in _MAY_BE_PAPERS and not one.inline_decoration and one.name not in read
        for one in message.attachments
    )
    return mail.course.papers or unknown or bool(message.cloud_links)
