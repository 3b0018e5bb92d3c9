"""A mail that was read becomes a case, continues one, or is kept: one mail, one disposition, one
transaction.

Precedence (RULES.md sections 3, 4, 6): the same bytes twice are one mail; ignored mail opens
nothing; talk in a case's thread goes to that case; a request joins a case only from the case's own
sender or the registered contact, each proved: From and a case number prove nothing. What one of
these addresses sends without proof to a case that it names is kept there for a person to verify;
whatever else asks something is a case of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.cases.desk import Desk
from core.cases.intake.blocking import is_blocked
from core.cases.intake.case_status import status_of
from core.cases.intake.courtesy import complains, is_courtesy
from core.cases.intake.hand_in import PORTAL_BOX
from core.cases.intake.merge import adds_words, leaves_answers
from core.cases.intake.request_case import (
    came_before,
    hold_for_contact,
    hold_for_withdrawal,
    open_case,
    submission_of,
    supplement,
)
from core.cases.intake.unread import UNPROVED, WROTE, raise_unread_alert
from core.cases.letters.letter_content import name_for_sender
from core.cases.letters.outbox import is_first_letter, write_letter
from core.data.case import ENDED, Case, State
from core.data.finding import Course, Decision
from core.data.letter import LetterFacts, LetterKind
from core.data.mail_record import BLOCKED, AuthResult, Disposition, MailRecord
from core.data.submission import Answer, AttachmentKind, Bounce, RequestForm, Submission
from core.enterprise_names import fold_name
from core.errors import Conflict, NotAllowed
from core.store.store import Transaction

_MAY_BE_PAPERS: Final = frozenset(
    {
        AttachmentKind.PDF,
        AttachmentKind.IMAGE,
        AttachmentKind.WORD,
        AttachmentKind.OFD,
        AttachmentKind.ARCHIVE,
    }
)
"""Kinds in which papers come, be it one that the desk must return."""
_TALK: Final = frozenset({Disposition.OTHER, Disposition.CONVERSATION})
NUMBER: Final = re.compile(r"JB\d{8}-\d{4,9}")
MOST_NUMBERS: Final = 3
BOUNCED = "letters.bounced"
_BOUNCES: Final = {"failed": "退信", "delayed": "投递延迟", "delivered": "已送达通知"}


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail in hand, in its transaction. `course`: what becomes of it before any rule looks."""

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


@dataclass(frozen=True, slots=True)
class _Fate:
    """The result for a mail. `unread`: a person is to read it. `note`: for that person."""

    disposition: Disposition
    case: Case | None = None
    unread: bool = False
    note: str = ""


def receive(
    desk: Desk, mail_id: int, submission: Submission, images: Mapping[str, bytes]
) -> Disposition:
    """Give the mail its disposition, with everything that follows from it.

    A mail that has one already keeps it. Raises Conflict while an earlier mail of its sender waits:
    a supplement is never judged before its request.
    """
    with desk.step() as tx:
        position = tx.mails.position(mail_id)
        record, message = position.record, submission.message
        if record.disposition is not Disposition.RECEIVED:
            return record.disposition
        if position.twin:  # settled by another worker while this one read it
            _keep_as_duplicate(tx, record, position.twin)
            return Disposition.DUPLICATE
        if not position.has_its_turn:
            raise Conflict(f"邮件 {mail_id} 的发件人还有更早的邮件等待处理。")
        tx.mails.save_images(mail_id, images)
        record = replace(
            record,
            message_id=message.message_id,
            sender=message.sender,
            subject=message.subject,
            authentication=message.authentication,
        )
        course = desk.judge.course(submission)
        mail = _Mail(tx, desk, record, submission, course)
        fate = _fate_of(mail)
        case, note = fate.case, "须人工答复" if fate.case and fate.case.by_hand else fate.note
        if fate.disposition is Disposition.IGNORED and message.bounce:
            case, note = take_bounce(tx, message.bounce)
        urgent = fate.unread and submission.request.urgent
        if urgent and fate.disposition in _TALK:
            _send_pointer(mail)
        record = replace(
            record, disposition=fate.disposition, note=note, unread=fate.unread, urgent=urgent
        )
        tx.mails.save(replace(record, case_id=case.id if case else None), submission)
        return fate.disposition


def receive_duplicate(desk: Desk, record: MailRecord, twin: int) -> None:
    """Keep a mail that came twice beside its twin; nothing else follows from it."""
    with desk.step() as tx:
        if tx.mails.get(record.id).disposition is Disposition.RECEIVED:
            _keep_as_duplicate(tx, record, twin)


def quarantine(desk: Desk, mail_id: int, reason: str) -> None:
    """Set a mail aside that broke the reading, with an alert."""
    with desk.step() as tx:
        record = tx.mails.get(mail_id)
        if record.disposition is not Disposition.RECEIVED:
            return  # another worker could read it
        tx.mails.save(replace(record, disposition=Disposition.QUARANTINED, note=reason))
        tx.audit.write("desk", "mail.quarantined", mail=mail_id)
        text = f"邮件 {mail_id} 无法自动处理，已隔离，请人工查看。"
        tx.alerts.add(f"mail.{mail_id}", text)


def retry_mail(desk: Desk, mail_id: int, actor: str) -> None:
    """Have a quarantined mail read once more. Raises NotAllowed for any other mail."""
    with desk.step() as tx:
        record = tx.mails.get(mail_id)
        if record.disposition is not Disposition.QUARANTINED and not record.was_blocked:
            raise NotAllowed(f"邮件 {mail_id} 不在隔离区，无需重试。")
        if record.purged_at:
            raise NotAllowed(f"邮件 {mail_id} 的内容已删除，无法重试。")
        tx.mails.save(replace(record, disposition=Disposition.RECEIVED, attempts=0, note=""))
        tx.audit.write(actor, "mail.retried", mail=mail_id)
        tx.alerts.clear(f"mail.{mail_id}")


def take_bounce(tx: Transaction, bounce: Bounce) -> tuple[Case | None, str]:
    """Mark the letter that the bounce is about, found by its Message-ID; it is never answered (RFC
    3834). Returns its case and a note for the mail; (None, "") when it is none of ours.
    """
    letter = tx.letters.by_message_id(bounce.message_ids) if bounce.message_ids else None
    if letter is None:
        return None, ""
    case = tx.cases.optional(letter.case_id)
    note = f"{_BOUNCES.get(bounce.action, '投递通知')}：{bounce.reason}"
    if bounce.action == "failed":
        bounced, advice = "temporary", "请稍后核实对方是否收到。"
        if bounce.permanent or letter.bounced == "permanent":
            bounced, advice = "permanent", "该地址已无法收信，请改用其他方式联系。"
        tx.letters.save(replace(letter, error=note, bounced=bounced))
        whose = f"工单 {case.number}" if case else "无工单"
        tx.alerts.add(BOUNCED, f"有回执被退回（{whose}）：{bounce.reason}。{advice}")
        tx.audit.write("desk", "letter.bounced", case, letter=letter.id, status=bounce.status)
    return case, note


def _keep_as_duplicate(tx: Transaction, record: MailRecord, twin_id: int) -> None:
    twin = tx.mails.get(twin_id)
    duplicate = replace(
        record,
        disposition=Disposition.DUPLICATE,
        case_id=twin.case_id,
        note=f"与邮件 {twin.id} 内容完全相同",
        message_id=twin.message_id,
        sender=twin.sender,
        subject=twin.subject,
    )
    tx.mails.save(duplicate)


def _fate_of(mail: _Mail) -> _Fate:
    tx, desk, record, submission = mail.tx, mail.desk, mail.record, mail.submission
    if is_blocked(tx, submission.message):
        return _Fate(Disposition.IGNORED, note=BLOCKED)
    case = _related_case(mail)
    if mail.course.ends_as is Decision.IGNORE:
        return _Fate(Disposition.IGNORED, case if mail.proved else None)
    talk = case is not None and _is_talk(mail, case)
    if case and (talk or case.state not in ENDED):
        if not mail.proved:
            return _keep_unproved(mail, case, talk=talk)
        return _talk(mail, case) if talk else _more(mail, case)
    if mail.course.ends_as is Decision.OTHER:
        return _other(mail)
    return _Fate(Disposition.CASE, open_case(tx, desk, record, submission))


def _other(mail: _Mail) -> _Fate:
    """A mail for people, with what its attachment is titled as. One of a list or an alias waits for
    nobody, unless papers came with it.
    """
    course, reads_as = mail.course, mail.course.reads_as
    unread = not course.by_hand or mail.submission.documents.show_papers
    note = f"附件看来是{reads_as}" if reads_as else ""
    return _Fate(Disposition.OTHER, unread=unread, note=note)


def _send_pointer(mail: _Mail) -> None:
    """Telephone, loss report and guide for a sender whose lock fails shortly before a bid, once in
    a day."""
    tx, desk, record = mail.tx, mail.desk, mail.record
    if mail.course.by_hand or not desk.settings.urgent_pointer:
        return
    if not is_first_letter(tx, desk, ["pointer", record.sender]):
        return
    kind, proved = LetterKind.POINTER, mail.proved
    write_letter(tx, desk, kind, LetterFacts(), record.sender, reply_to=record, proved=proved)


def _more(mail: _Mail, case: Case) -> _Fate:
    """A supplement; one that came before is answered with the state, where no more may be
    disclosed."""
    if case.state is State.INCOMPLETE or not came_before(mail.tx, case, mail.submission):
        case = supplement(mail.tx, mail.desk, case, mail.record, mail.submission)
        return _Fate(Disposition.CASE, case)
    if not mail.course.by_hand:
        _send_progress(mail, case)
    return _Fate(Disposition.CONVERSATION, case)


def _related_case(mail: _Mail) -> Case | None:
    """The case this mail is about, each way only for the address of the case's own sender, or of
    the registered contact: the case of the thread; the sender's own open one, for a proved sender;
    one whose number the mail names, as where a program drops the thread.

    Without a proof the same mail by another way belongs to its case, too:
    else it would compete with itself.
    """
    message, tx = mail.submission.message, mail.tx
    if not message.sender:
        return None
    again = () if mail.proved else (message.message_id,)
    of_thread = tx.cases.of_thread((*again, *message.thread_ids))
    case = next((one for one in of_thread if _may_write(mail, one)), None)
    if case is None and mail.proved:
        case = _own_open(mail)
    if case is None:
        numbered = _numbered(mail)
        case = next((one for one in numbered if _may_write(mail, one)), None)
    return case


def _own_open(mail: _Mail) -> Case | None:
    """The proved sender's newest open case of the same enterprise: whoever only borrows the address
    opens a case of its own, which competes. Nor does his request complete a case that somebody
    began who only borrowed it: his words would answer in its place.
    """
    name = mail.request.enterprise_name
    named = mail.tx.cases.open_of_sender(mail.submission.message.sender, name) if name else []
    mails = mail.tx.mails.summaries([case.id for case in named])
    borrowed = {case_id for case_id, found in mails.items() if found.unproved}
    return next((case for case in reversed(named) if case.id not in borrowed), None)


def _may_write(mail: _Mail, case: Case) -> bool:
    record, sender = mail.record, mail.submission.message.sender
    if record.mailbox == PORTAL_BOX and record.uidvalidity != case.enterprise_id:
        return False  # the address may be anybody's
    if sender in {case.sender, *case.joined}:
        return True
    enterprise = mail.tx.accounts.optional(case.enterprise_id)
    return enterprise is not None and sender == enterprise.contact_email.casefold()


def _numbered(mail: _Mail) -> list[Case]:
    """The cases that subject or text name.

    One that only the text mentions is not meant by papers for another enterprise: agents have many.
    """
    message = mail.submission.message
    numbers = dict.fromkeys(NUMBER.findall(f"{message.subject}\n{message.new_text}"))
    cases = mail.tx.cases
    found = [cases.by_number(number) for number in list(numbers)[:MOST_NUMBERS]]
    names = {fold_name(name) for name in mail.request.enterprise_names}
    for_others = bool(names) and _brings_material(mail)

    def is_for_it(case: Case) -> bool:
        name = fold_name(case.enterprise_name or "")
        return case.number in message.subject or not for_others or not name or name in names

    return [cases.current(case) for case in found if case and is_for_it(case)]


def _is_talk(mail: _Mail, case: Case) -> bool:
    """Thanks, a question, 进度 or a withdrawal: nothing that could complete the request, or that a
    complete case does not contain already.
    """
    request, submission = mail.request, mail.submission
    if _brings_material(mail):
        return False
    asks = Answer.YES in request.answers.values()
    # 我们没有申请解绑 of the contact, of whom nothing is asked, is no supplement
    denies = not asks and submission.message.sender != case.sender
    answered = {*request.answers.values()} != {Answer.MISSING}
    empty = not (answered or request.enterprise_names or request.settled_words)
    empty = empty and (request.asks_progress or not request.name_unread)
    if request.withdraws or mail.course.ends_as is Decision.OTHER or denies or empty:
        return True
    if case.state in ENDED:  # 还是登录不上 after the completed letter is no request
        return not asks
    earlier = submission_of(mail.tx, case)
    if earlier is None:
        return False
    if case.state is State.INCOMPLETE:
        clear = any(answer.settled is not None for answer in request.answers.values())
        return not clear and leaves_answers(earlier, submission)
    return not (request.name_unread or adds_words(earlier, submission))


def _brings_material(mail: _Mail) -> bool:
    """Whether papers came, or something of unknown content, be it in a form that the desk must
    return; a logo in a signature is none, nor what was read and is no paper.
    """
    message = mail.submission.message
    read = {page.attachment for page in mail.submission.documents.pages}
    unknown = any(
        one.kind in _MAY_BE_PAPERS and not one.inline_decoration and one.name not in read
        for one in message.attachments
    )
    return mail.course.papers or unknown or bool(message.cloud_links)


def _talk(mail: _Mail, case: Case) -> _Fate:
    tx, request, talk = mail.tx, mail.request, Disposition.CONVERSATION
    tx.audit.write("enterprise", "mail.conversation", case, mail=mail.record.id)
    if request.withdraws and case.state not in ENDED:
        return _Fate(talk, hold_for_withdrawal(tx, case), unread=True)
    needs_person = not _is_thanks(mail.submission)
    answers = request.asks_progress and not mail.course.by_hand
    if answers:  # 我们没有申请过，请问进度: the state is only half an answer
        of_others = mail.record.sender != case.sender or case.state in ENDED
        needs_person = of_others and complains(mail.submission.message.new_text)
    if needs_person:
        case = _ask_a_person(mail, case)
    if answers:
        _send_progress(mail, case)
    return _Fate(talk, case, unread=needs_person)


def _keep_unproved(mail: _Mail, case: Case, *, talk: bool) -> _Fate:
    """A mail that has the address of the case's sender or contact, and nobody vouches for it: it
    moves nothing, and an alert is raised. A question for progress is answered where nothing speaks
    against the sender, but only to the case's own, whom the answer reaches whoever asked.
    """
    tx, message = mail.tx, mail.submission.message
    tx.audit.write("enterprise", "mail.unproved", case, mail=mail.record.id)
    if talk and not mail.request.withdraws:
        if _is_thanks(mail.submission):
            return _Fate(Disposition.CONVERSATION, case)
        unknown = message.authentication == AuthResult.UNKNOWN
        own = mail.record.sender == case.sender and unknown
        if mail.request.asks_progress and own and not mail.course.by_hand:
            _send_progress(mail, case)
            if not complains(message.new_text):
                return _Fate(Disposition.CONVERSATION, case)
    raise_unread_alert(tx, UNPROVED, case)
    return _Fate(Disposition.UNPROVED, case, unread=True)


def _send_progress(mail: _Mail, case: Case) -> None:
    tx, record, status = mail.tx, mail.record, status_of(mail.desk, case)
    facts = LetterFacts(
        case_number=case.number,
        enterprise_name=name_for_sender(tx, case, submission_of(tx, case)),
        state=case.state,
        window=status.window,
        provisional=status.provisional,
        reasons=status.missing,
    )
    write_letter(
        tx,
        mail.desk,
        LetterKind.PROGRESS,
        facts,
        record.sender,
        case=case,
        reply_to=record,
        proved=mail.proved,
    )


def _is_thanks(submission: Submission) -> bool:
    """Words that nobody needs to read; a table, say, is no paper, and no thanks either."""
    message = submission.message
    brings = any(not attachment.inline_decoration for attachment in message.attachments)
    return is_courtesy(message.new_text) and not brings


def _ask_a_person(mail: _Mail, case: Case) -> Case:
    """Letters invite people to answer them (对结果有疑问的，请直接回复本邮件):
    an alert reports it."""
    if mail.record.sender != case.sender:
        return hold_for_contact(mail.tx, case)
    raise_unread_alert(mail.tx, WROTE, case)
    return case
