"""The case that a mail belongs to, in the mail's transaction: by its thread, its sender, the number
that it names, or because the registered contact writes about what somebody else asked for.

From and a case number prove nothing, so a case is found only for an address that may write to it.
What a contact asks for or brings goes where it would go if nobody else had asked.
"""

import re
from datetime import timedelta
from typing import Any

from core.cases.intake.account_named import enterprise_named
from core.cases.intake.hand_in import PORTAL_BOX
from core.cases.intake.incoming import Incoming
from core.cases.intake.request_case import hold_for_contact, submission_of
from core.cases.requester import proved_cases
from core.clock import is_recent
from core.data.case import ENDED, OPEN, UNDECIDED, Case, State
from core.data.enterprise import Enterprise
from core.data.letter import Letter
from core.enterprise_names import fold_name, is_short_for
from core.mail_domains import domain_share

NUMBER = re.compile(r"JB\d{8}-\d{4,9}")
MOST_NUMBERS = 3
MOST_DOUBTED = 40
"""So many cases one mail of a contact sets aside, however many strangers opened."""
MOST_LOOKED_AT = 400
"""Among so many approved and so many other open cases those are looked for that a contact's
colleague may write about."""


def related_case(mail: Incoming) -> Case | None:
    """The case that the mail belongs to: the case of its thread, else the open case of a proved
    sender, else a case whose number the mail names, because some mail programs drop the thread.
    Only a case to which this address may write.
    """
    message, tx = mail.message, mail.tx
    if not message.sender:
        return None
    # a copy without proof belongs to the case of the same mail, or it would compete with it
    own_id = () if mail.proved else (message.message_id,)
    of_thread = tx.cases.of_thread((*own_id, *message.thread_ids), message.sender)
    of_thread.sort(key=lambda one: message.sender not in one.senders)
    case = next((one for one in of_thread if _may_write(mail, one)), None)
    if case is None and mail.proved:
        case = _own_open_case(mail)
    if case is None:
        numbered = _numbered(mail)
        case = next((one for one in numbered if _may_write(mail, one)), None)
    return case


def stopped_cases(mail: Incoming, case: Case | None) -> list[Case]:
    """The cases that somebody else sent for the enterprises of a registered contact who writes
    against them, or not a whole request: people answer the notice by a new mail, or by any letter
    that they have. What a proved contact writes sets them aside. `case`: the mail's own.
    """
    if case and case.state not in ENDED and mail.record.sender not in case.senders:
        return []
    refuses = mail.denies or (mail.refuses and not mail.is_own_request)
    objects = mail.proved and refuses if case else mail.may_object
    found = cases_of_others(mail) if objects else []
    return [hold_for_contact(mail.tx, one, mail.record) for one in found] if mail.proved else found


def noticed_case(mail: Incoming) -> Case | None:
    """The case whose notice a mail answers that neither its sender nor the contact wrote: contacts
    pass the notice on to a colleague. Whoever has it could object by its link."""
    if mail.answered is None or not mail.answers_notice:
        return None
    is_contact = bool(mail.tx.accounts.names_of_contact(mail.record.sender))
    asks = mail.is_own_request if is_contact else mail.asks_plainly and mail.brings_material
    if asks:
        return None
    return _case_of(mail, mail.answered)


def passed_on_case(mail: Incoming) -> Case | None:
    """The open case whose letter to its sender a mail with papers answers that somebody else wrote:
    the letter was passed on to a colleague. A whole request, and what a registered contact brings,
    is of a case of its own; a denial is none, nor what a colleague of the contact writes about a
    stranger's case."""
    letter = mail.answered
    if letter is None or mail.is_complete or mail.denies or not mail.brings_material:
        return None
    case = _case_of(mail, letter)
    is_contact = bool(mail.tx.accounts.names_of_contact(mail.record.sender))
    if case is None or case.state in ENDED or letter.recipient not in case.senders or is_contact:
        return None
    account = mail.tx.accounts.optional(case.enterprise_id)
    return None if _is_of_contact(mail.record.sender, account, case) else case


def _is_of_contact(sender: str, account: Enterprise | None, case: Case) -> bool:
    """Whether a sender has the domain of the contact of the case's account, and the case none."""
    domain = domain_share(sender)
    if account is None or domain_share(account.contact_email) != domain:
        return False
    return all(domain_share(one) != domain for one in case.senders)


def _case_of(mail: Incoming, letter: Letter) -> Case | None:
    found = mail.tx.cases.optional(letter.case_id)
    return mail.tx.cases.current(found) if found else None


def _own_open_case(mail: Incoming) -> Case | None:
    """The newest open case of a proved sender for the enterprise that the mail names, else the only
    one that it may be about: people answer a letter by a new mail, without its thread. Not a
    case with unproved mails: somebody else may have opened it, and the sender's words would
    complete it.
    """
    name, sender, tx = mail.request.enterprise_name, mail.record.sender, mail.tx
    if _is_about_others(mail):
        return None
    own = tx.cases.newest(state=OPEN, sender=sender, enterprise_name=name) if name else []
    if not own:
        about = own_open_cases(mail)
        own = about if len(about) == 1 else []
    return next(iter(proved_cases(tx, own)), None)


def _is_about_others(mail: Incoming) -> bool:
    """Whether the mail is about the case of somebody else, which it answers or denies. That others
    asked, too, takes nothing from the sender's own case."""
    if mail.is_own_request:
        return False
    return mail.answers_notice or (mail.denies_outright and bool(cases_of_others(mail)))


def own_open_cases(mail: Incoming) -> list[Case]:
    """The sender's open cases that the mail may be about, where it names none of them: its words
    and its licence have no other enterprise. A whole request without a name, or what is about the
    case of somebody else, is about none.
    """
    tx, named = mail.tx, enterprise_named(mail.submission) or ""
    found = tx.cases.newest(state=OPEN, sender=mail.record.sender, limit=MOST_DOUBTED)
    if not found or _is_about_others(mail):
        return []
    if not named and mail.is_whole:
        return []
    return [case for case in found if _is_named(mail, case, named) and _may_write(mail, case)]


def _is_named(mail: Incoming, case: Case, name: str) -> bool:
    """Whether a name may be that of the case's enterprise."""
    if not case.enterprise_name or is_short_for(name, case.enterprise_name):
        return True
    account = mail.tx.accounts.by_name(name)
    return account is not None and account.id == case.enterprise_id


def _is_of_another(mail: Incoming, case: Case) -> bool:
    """Whether a whole request is for another enterprise than the case, by its words and by its
    licence: agents write about several in one thread."""
    licences = [one.fields for one in mail.submission.documents.licences]
    names = {*mail.request.enterprise_names, *(one.get("enterprise_name", "") for one in licences)}
    is_same = any(case.uscc and one.get("uscc") == case.uscc for one in licences)
    if is_same or not mail.is_whole or not mail.request.enterprise_names:
        return False
    if any(_is_named(mail, case, name) for name in names):
        return False
    earlier = submission_of(mail.tx, case)  # the first words win over what papers alone named
    return earlier is not None and bool(earlier.request.enterprise_names)


def _may_write(mail: Incoming, case: Case) -> bool:
    """Whether the address is that of a sender of the case, who asks for no other enterprise, or of
    the registered contact, who may speak of it. What the contact asks for or brings is of a case of
    its own: the sender of this one would have its use, and could take it back."""
    record, sender = mail.record, mail.message.sender
    if record.mailbox == PORTAL_BOX and record.uidvalidity != case.enterprise_id:
        return False  # the address may be anybody's
    if sender in case.senders:
        return not _is_of_another(mail, case)
    enterprise = mail.tx.accounts.optional(case.enterprise_id)
    is_contact = enterprise is not None and enterprise.is_contact_address(sender)
    return is_contact and not mail.is_own_request


def _numbered(mail: Incoming) -> list[Case]:
    """The cases whose numbers are in the subject or text. A number in the text does not count for a
    mail with papers of another enterprise: agents write about several."""
    message = mail.message
    numbers = dict.fromkeys(NUMBER.findall(f"{message.subject}\n{message.new_text}"))
    cases = mail.tx.cases
    found = [cases.by(number=number) for number in list(numbers)[:MOST_NUMBERS]]
    names = {fold_name(name) for name in mail.request.enterprise_names}
    for_others = bool(names) and mail.brings_material

    def is_for_it(case: Case) -> bool:
        name = fold_name(case.enterprise_name or "")
        return case.number in message.subject or not for_others or not name or name in names

    return [cases.current(case) for case in found if case and is_for_it(case)]


def cases_of_others(mail: Incoming) -> list[Case]:
    """The open cases with papers that others sent for the enterprises of a registered contact: the
    approved ones last, then the newest. Of the enterprises that it names, if one is its own; else
    of all, unless it asks for another. Where it denies, before them those carried out lately, and
    those with its own address that nobody proved."""
    tx, contact, names = mail.tx, mail.message.sender, mail.request.enterprise_names
    if not contact or mail.record.mailbox == PORTAL_BOX:
        return []
    lately = timedelta(days=tx.settings.dispute_days)
    named = filter(None, map(tx.accounts.by_name, names))
    own = [one.id for one in named if one.is_contact_address(contact)]
    if not (own or (names and mail.asks_plainly)):
        own = tx.cases.enterprises_of_contact(contact, tx.now - lately)
    found = tx.cases.oldest(enterprise_id=own, state=OPEN) if own else []
    unproved = set[int]()
    if mail.denies:
        for one in own:
            done = tx.cases.newest(enterprise_id=one, state=State.COMPLETED, limit=MOST_DOUBTED)
            found += [case for case in done if is_recent(case.completed_at, tx.now, lately)]
        mails = tx.mails.summaries(found)
        unproved = {number for number, its in mails.items() if its.unproved}
    others = [
        one
        for one in found
        if one.has_papers and (one.id in unproved or contact not in one.senders)
    ]
    others.sort(key=lambda one: (not one.completed_at, one.state is State.APPROVED, one.id))
    return others[-MOST_DOUBTED:]


def spoken_of(mail: Incoming) -> list[Case]:
    """The cases of others that a proved mail in no thread may speak of, the likeliest last; none
    where it only asks for something of its own, which looks for nothing."""
    asks = mail.course.ends_as is None and (mail.is_own_request or not mail.may_object)
    if asks or not mail.proved:
        return []
    return cases_of_others(mail) or _cases_of_colleagues(mail)


def _cases_of_colleagues(mail: Incoming) -> list[Case]:
    """The open cases with papers that others sent for enterprises whose contact has the domain of a
    proved sender, which no provider's is: of such that the mail names, else of all; the
    approved ones last. What a colleague sent only where the mail denies: it may be about the own
    request. None for thanks and questions about progress.
    """
    tx, sender = mail.tx, mail.record.sender
    domain, is_small = domain_share(sender), mail.is_thanks or mail.is_question_of_progress
    if domain == sender or is_small or mail.record.mailbox == PORTAL_BOX:
        return []
    named = [
        one.id
        for one in map(tx.accounts.by_name, mail.request.enterprise_names)
        if one and domain_share(one.contact_email) == domain
    ]
    wanted: dict[str, Any] = {"has_papers": True} | ({"enterprise_id": named} if named else {})
    states = (State.APPROVED,), UNDECIDED  # strangers open as many of these as they like
    newest = [tx.cases.newest(limit=MOST_LOOKED_AT, state=one, **wanted) for one in states]
    found = [case for its in newest for case in its]
    accounts = tx.accounts.by_ids({case.enterprise_id for case in found})

    def is_others(case: Case) -> bool:
        account = accounts.get(case.enterprise_id)
        its = account is not None and domain_share(account.contact_email) == domain
        return (its and mail.denies) or _is_of_contact(sender, account, case)

    others = [case for case in found if sender not in case.senders and is_others(case)]
    others.sort(key=lambda one: (one.state is State.APPROVED, one.id))
    return others
