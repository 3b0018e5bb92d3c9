"""A mail that was read becomes a case, continues one, or is kept:
one mail, one disposition, one transaction.

Precedence (RULES.md sections 3, 4, 6): the same bytes twice are one mail; ignored mail opens
nothing; talk in a case's thread goes to that case; a request joins a case only from the case's own
sender or the registered contact, each proved: From and a case number prove nothing. What one of
these addresses sends without proof to a case that it names is kept there for a person to verify;
whatever else asks something is a case of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from core.cases.desk import Desk
from core.cases.intake.case_status import status_of
from core.cases.intake.courtesy import complains, is_courtesy
from core.cases.intake.merge import says_anew
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
from core.cases.letters.outbox import write_letter
from core.data.case import ENDED, Case, State
from core.data.finding import Course, Decision
from core.data.letter import Letter, LetterFacts, LetterKind
from core.data.mail_record import AuthResult, Disposition, MailRecord
from core.data.submission import Answer, AttachmentKind, Bounce, Submission
from core.enterprise_names import fold_name
from core.errors import Conflict, NotAllowed
from core.store.store import Transaction

_MATERIAL = frozenset(
    {
        AttachmentKind.PDF,
        AttachmentKind.IMAGE,
        AttachmentKind.WORD,
        AttachmentKind.OFD,
        AttachmentKind.ARCHIVE,
    }
)
NUMBER: Final = re.compile(r"JB\d{8}-\d{4,9}")
MOST_NUMBERS: Final = 3
BOUNCED = "letters.bounced"
_BOUNCES: Final = {"failed": "退信", "delayed": "投递延迟", "delivered": "已送达通知"}


@dataclass(frozen=True, slots=True)
class _Fate:
    """What becomes of a mail. `unread`: a person is to read it."""

    disposition: Disposition
    case: Case | None = None
    unread: bool = False


def receive(
    desk: Desk, mail_id: int, submission: Submission, images: Mapping[str, bytes]
) -> Disposition:
    """Give the mail its disposition, with everything that follows from it.

    A mail that has one already keeps it.

    Raises Conflict while an earlier mail of its sender waits:
    a supplement is never judged before its request.
    """
    with desk.store.transaction() as tx:
        standing = tx.mails.standing(mail_id)
        record = standing.record
        if record.disposition is not Disposition.RECEIVED:
            return record.disposition
        if standing.twin:  # settled by another worker while this one read it
            return _keep_as_duplicate(tx, record, standing.twin)
        if not standing.has_its_turn:
            raise Conflict(f"邮件 {mail_id} 的发件人还有更早的邮件等待处理。")
        tx.mails.save_images(mail_id, images)
        message = submission.message
        record = replace(
            record,
            message_id=message.message_id,
            sender=message.sender,
            subject=message.subject,
            authentication=message.authentication,
        )
        fate = _fate_of(tx, desk, record, submission)
        case, note = fate.case, "须人工答复" if fate.case and fate.case.by_hand else ""
        if fate.disposition is Disposition.IGNORED and message.bounce:
            case, note = take_bounce(tx, desk, message.bounce)
        record = replace(
            record,
            disposition=fate.disposition,
            case_id=case.id if case else None,
            note=note,
            unread=fate.unread,
        )
        tx.mails.save(record, submission)
        return fate.disposition


def receive_duplicate(desk: Desk, record: MailRecord, twin: int) -> None:
    """Keep a mail that came twice beside its twin; nothing else follows from it."""
    with desk.store.transaction() as tx:
        if tx.mails.get(record.id).disposition is Disposition.RECEIVED:
            _keep_as_duplicate(tx, record, twin)


def quarantine(desk: Desk, mail_id: int, reason: str) -> None:
    """Set a mail aside that broke the reading, and say so."""
    with desk.store.transaction() as tx:
        record, now = tx.mails.get(mail_id), desk.clock.now()
        if record.disposition is not Disposition.RECEIVED:
            return  # another worker could read it
        tx.mails.save(replace(record, disposition=Disposition.QUARANTINED, note=reason))
        tx.audit.write(now, "desk", "mail.quarantined", mail=str(mail_id))
        tx.alerts.add(now, f"mail.{mail_id}", f"邮件 {mail_id} 无法自动处理，已隔离，请人工查看。")


def retry_mail(desk: Desk, mail_id: int, actor: str) -> None:
    """Have a quarantined mail read once more. Raises NotAllowed for any other mail."""
    with desk.store.transaction() as tx:
        record = tx.mails.get(mail_id)
        if record.disposition is not Disposition.QUARANTINED:
            raise NotAllowed(f"邮件 {mail_id} 不在隔离区，无需重试。")
        if record.purged_at:
            raise NotAllowed(f"邮件 {mail_id} 的内容已删除，无法重试。")
        tx.mails.save(replace(record, disposition=Disposition.RECEIVED, attempts=0, note=""))
        tx.audit.write(desk.clock.now(), actor, "mail.retried", mail=str(mail_id))
        tx.alerts.clear(f"mail.{mail_id}")


def take_bounce(tx: Transaction, desk: Desk, bounce: Bounce) -> tuple[Case | None, str]:
    """Mark the letter that the bounce is about, found by its Message-ID; it is never answered (RFC
    3834). Returns its case and a note for the mail; (None, "") when it is none of ours.
    """
    letter = tx.letters.by_message_id(bounce.message_ids) if bounce.message_ids else None
    if letter is None:
        return None, ""
    case = tx.cases.get(letter.case_id) if letter.case_id else None
    note = f"{_BOUNCES.get(bounce.action, '投递通知')}：{bounce.reason}"
    if bounce.action == "failed":
        _mark_bounced(tx, desk, letter, case, bounce, note)
    return case, note


def _mark_bounced(
    tx: Transaction, desk: Desk, letter: Letter, case: Case | None, bounce: Bounce, note: str
) -> None:
    now = desk.clock.now()
    lasting = bounce.permanent or letter.bounced == "permanent"
    tx.letters.save(replace(letter, error=note, bounced="permanent" if lasting else "temporary"))
    lastingly = "该地址已无法收信，请改用其他方式联系。" if lasting else "请稍后核实对方是否收到。"
    tx.alerts.add(
        now,
        BOUNCED,
        f"有回执被退回（{f'工单 {case.number}' if case else '无工单'}）："
        f"{bounce.reason}。{lastingly}",
    )
    tx.audit.write(now, "desk", "letter.bounced", case, letter=str(letter.id), status=bounce.status)


def _keep_as_duplicate(tx: Transaction, record: MailRecord, twin_id: int) -> Disposition:
    twin = tx.mails.get(twin_id)
    note = f"与邮件 {twin.id} 内容完全相同"
    tx.mails.save(
        replace(
            record,
            disposition=Disposition.DUPLICATE,
            case_id=twin.case_id,
            note=note,
            message_id=twin.message_id,
            sender=twin.sender,
            subject=twin.subject,
        )
    )
    return Disposition.DUPLICATE


def _fate_of(tx: Transaction, desk: Desk, record: MailRecord, submission: Submission) -> _Fate:
    course, proved = desk.judge.course(submission), submission.message.proved
    case = _related_case(tx, submission, proved=proved)
    if course.ends_as is Decision.IGNORE:
        return _Fate(Disposition.IGNORED, case if proved else None)
    talk = case is not None and _is_talk(tx, case, submission, course)
    if case and (talk or case.state not in ENDED):
        if not proved:
            return _keep_unproved(tx, desk, case, record, submission, course, talk=talk)
        if talk:
            return _talk(tx, desk, case, record, submission, course)
        return _more(tx, desk, case, record, submission, course)
    if course.ends_as is Decision.OTHER:
        return _Fate(Disposition.OTHER, unread=not course.by_hand)
    return _Fate(Disposition.CASE, open_case(tx, desk, record, submission))


def _related_case(tx: Transaction, submission: Submission, *, proved: bool) -> Case | None:
    """The case this mail is about.

    Each way to it is only for the address of the case's own sender, or of the registered contact.
    """
    if not submission.message.sender:
        return None
    return (
        _by_thread(tx, submission, proved=proved)
        or (_own_open(tx, submission) if proved else None)
        or _by_number(tx, submission)
    )


def _by_thread(tx: Transaction, submission: Submission, *, proved: bool) -> Case | None:
    """The case of the thread; without a proof also that of the same mail by another way,
    which would compete with itself."""
    message = submission.message
    again = () if proved else (message.message_id,)
    return next(
        (
            case
            for case in tx.cases.of_thread((*again, *message.thread_ids))
            if _may_write(tx, case, message.sender)
        ),
        None,
    )


def _own_open(tx: Transaction, submission: Submission) -> Case | None:
    """The sender's newest open case of the same enterprise, for a proved sender: whoever only
    borrows the address opens a case of its own, which competes.

    Nor does his request complete a case that somebody began who only borrowed it:
    his words would answer in its place.
    """
    name = submission.request.enterprise_name
    named = tx.cases.open_of_sender(submission.message.sender, name) if name else []
    mails = tx.mails.summaries([case.id for case in named])
    return next(
        (case for case in reversed(named) if not (case.id in mails and mails[case.id].unproved)),
        None,
    )


def _by_number(tx: Transaction, submission: Submission) -> Case | None:
    """A case whose number the mail names, as where a program drops the thread."""
    return next(
        (
            case
            for case in _numbered(tx, submission)
            if _may_write(tx, case, submission.message.sender)
        ),
        None,
    )


def _may_write(tx: Transaction, case: Case, sender: str) -> bool:
    return sender in {case.sender, _contact(tx, case)}


def _numbered(tx: Transaction, submission: Submission) -> list[Case]:
    """The cases that subject or text name.

    One that only the text mentions is not meant by papers for another enterprise: agents have many.
    """
    message = submission.message
    numbers = dict.fromkeys(NUMBER.findall(f"{message.subject}\n{message.new_text}"))
    found = [
        case for number in list(numbers)[:MOST_NUMBERS] if (case := tx.cases.by_number(number))
    ]
    return [
        case
        for case in found
        if case.number in message.subject or not _is_for_another(case, submission)
    ]


def _is_for_another(case: Case, submission: Submission) -> bool:
    said = {fold_name(name) for name in submission.request.enterprise_names}
    return (
        _brings_material(submission)
        and bool(said and case.enterprise_name)
        and fold_name(case.enterprise_name or "") not in said
    )


def _contact(tx: Transaction, case: Case) -> str | None:
    return (
        tx.accounts.get(case.enterprise_id).contact_email.casefold() if case.enterprise_id else None
    )


def _is_talk(tx: Transaction, case: Case, submission: Submission, course: Course) -> bool:
    """Thanks, a question, 进度 or a withdrawal: nothing that could complete the request, or that a
    complete case does not say already."""
    request = submission.request
    if _brings_material(submission):
        return False
    if request.withdraws:
        return True
    says_nothing = (
        not (request.enterprise_names or request.settled_words)
        and request.unbind is request.reset_password is Answer.MISSING
    )
    asks = Answer.YES in {request.unbind, request.reset_password}
    # 我们没有申请解绑 of the contact, of whom nothing is asked, is no supplement
    denies = not asks and submission.message.sender != case.sender
    if (
        denies
        or course.ends_as is Decision.OTHER
        or (says_nothing and (request.asks_progress or not request.name_unread))
    ):
        return True
    # 还是登录不上 after the completed letter: not a request that lacks everything
    if case.state in ENDED:
        return not asks
    if case.state is State.INCOMPLETE or request.name_unread:
        return False
    earlier = submission_of(tx, case)
    return earlier is not None and not says_anew(earlier, submission)


def _brings_material(submission: Submission) -> bool:
    """Whether something came that is meant as a document, be it in a form that the desk must
    return; a logo in a signature is not."""
    message = submission.message
    return bool(message.cloud_links) or any(
        a.kind in _MATERIAL and not a.inline_decoration for a in message.attachments
    )


def _more(
    tx: Transaction,
    desk: Desk,
    case: Case,
    record: MailRecord,
    submission: Submission,
    course: Course,
) -> _Fate:
    """A supplement; one that came before is answered with the state,
    where no more is to be said."""
    if case.state is State.INCOMPLETE or not came_before(tx, case, submission):
        return _Fate(Disposition.CASE, supplement(tx, desk, case, record, submission))
    if not course.by_hand:
        _send_progress(tx, desk, case, record, desk.clock.now(), proved=True)
    return _Fate(Disposition.CONVERSATION, case)


def _talk(
    tx: Transaction,
    desk: Desk,
    case: Case,
    record: MailRecord,
    submission: Submission,
    course: Course,
) -> _Fate:
    now = desk.clock.now()
    tx.audit.write(now, "enterprise", "mail.conversation", case, mail=str(record.id))
    if submission.request.withdraws and case.state not in ENDED:
        return _Fate(Disposition.CONVERSATION, hold_for_withdrawal(tx, case, now), unread=True)
    if submission.request.asks_progress and not course.by_hand:
        # 我们没有申请过，请问进度: the state is only half an answer
        half = complains(submission.message.new_text) and (
            record.sender != case.sender or case.state in ENDED
        )
        case = _ask_a_person(tx, case, record, now) if half else case
        _send_progress(tx, desk, case, record, now, proved=submission.message.proved)
        return _Fate(Disposition.CONVERSATION, case, unread=half)
    if _is_thanks(submission):
        return _Fate(Disposition.CONVERSATION, case)
    return _Fate(Disposition.CONVERSATION, _ask_a_person(tx, case, record, now), unread=True)


def _keep_unproved(
    tx: Transaction,
    desk: Desk,
    case: Case,
    record: MailRecord,
    submission: Submission,
    course: Course,
    *,
    talk: bool,
) -> _Fate:
    """A mail that has the address of the case's sender or contact, and nobody vouches for it: it
    moves nothing, and an alert is raised.

    A question for progress is answered where nothing speaks against the sender, but only to the
    case's own, whom the answer reaches whoever asked.
    """
    now, request = desk.clock.now(), submission.request
    tx.audit.write(now, "enterprise", "mail.unproved", case, mail=str(record.id))
    if talk and not request.withdraws:
        if _is_thanks(submission):
            return _Fate(Disposition.CONVERSATION, case)
        own = (
            record.sender == case.sender and submission.message.authentication == AuthResult.UNKNOWN
        )
        if request.asks_progress and own and not course.by_hand:
            _send_progress(tx, desk, case, record, now, proved=False)
            if not complains(submission.message.new_text):
                return _Fate(Disposition.CONVERSATION, case)
    raise_unread_alert(tx, UNPROVED, case, now)
    return _Fate(Disposition.UNPROVED, case, unread=True)


def _send_progress(
    tx: Transaction, desk: Desk, case: Case, record: MailRecord, now: datetime, *, proved: bool
) -> None:
    status = status_of(desk, case)
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
        desk,
        LetterKind.PROGRESS,
        facts,
        record.sender,
        now,
        case=case,
        reply_to=record,
        proved=proved,
    )


def _is_thanks(submission: Submission) -> bool:
    """Words that nobody needs to read; a table, say, is no paper, and no thanks either."""
    brings = any(not attachment.inline_decoration for attachment in submission.message.attachments)
    return is_courtesy(submission.message.new_text) and not brings


def _ask_a_person(tx: Transaction, case: Case, record: MailRecord, now: datetime) -> Case:
    """Letters ask people to answer them (对结果有疑问的，请直接回复本邮件);
    so an alert says that they did."""
    if record.sender != case.sender:
        return hold_for_contact(tx, case, now)
    raise_unread_alert(tx, WROTE, case, now)
    return case
