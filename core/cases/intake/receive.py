"""Gives a mail that was read its disposition: it opens a case, continues one, or is only stored.
Each mail gets one disposition, in one transaction.

In this order (RULES.md sections 3, 4, 6):
- The same bytes twice are one mail, and ignored mail opens nothing.
- Talk in the thread of a case goes to that case.
- A request joins a case only from the case's own sender, and only if the sender is proved: From and
  a case number prove nothing. Words of the registered contact are put beside it.
- A mail with one of these addresses that is not proved waits at the case for a person to verify it;
  so do papers of somebody else who answers a letter to its sender.
- The registered contact who writes without a whole request may object to what others asked for:
  their cases are set aside, and a person reads the mail. Where the mail goes does not follow.
- Any other request is a case of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.cases.desk import DeskStep, one_step
from core.cases.intake.blocking import is_blocked
from core.cases.intake.bounces import mark_bounced
from core.cases.intake.case_status import status_of
from core.cases.intake.courtesy import is_courtesy, wants_answer
from core.cases.intake.incoming import Incoming
from core.cases.intake.merge import adds_words, leaves_answers
from core.cases.intake.own_and_others import WHICH_ONE, hold_corrected, hold_each, report_to_others
from core.cases.intake.related_case import (
    cases_of_others,
    noticed_case,
    passed_on_case,
    related_case,
    spoken_of,
    stopped_cases,
)
from core.cases.intake.request_case import (
    came_before,
    hold_for_contact,
    hold_for_withdrawal,
    open_case,
    sender_facts,
    submission_of,
    supplement,
)
from core.cases.intake.unread import (
    ANSWERS_ANOTHER,
    ANSWERS_ITSELF,
    CONTACT_WROTE,
    UNPROVED,
    WROTE,
    raise_account_alert,
    raise_unread_alert,
)
from core.cases.letters.outbox import is_first_letter, write_letter
from core.cases.requester import is_about
from core.data.audit_entry import DESK, ENTERPRISE
from core.data.case import ENDED, PLANNED, Case, State
from core.data.finding import Decision
from core.data.letter import LetterFacts, LetterKind
from core.data.mail_record import BLOCKED, AuthResult, Disposition, MailRecord
from core.data.submission import Answer, Mark, Submission
from core.errors import Conflict, NotAllowed

_TALK = frozenset({Disposition.OTHER, Disposition.CONVERSATION})


@dataclass(frozen=True)
class _Fate:
    """The result for a mail. `unread`: a person must read it. `note`: for that person."""

    disposition: Disposition
    case: Case | None = None
    unread: bool = False
    note: str = ""


@one_step
def receive(
    tx: DeskStep, mail_id: int, submission: Submission, images: Mapping[str, bytes]
) -> Disposition:
    """Give the mail its disposition, with all cases, letters and alerts that follow from it.

    A mail that already has a disposition does not change. Raises Conflict while an earlier mail of
    the sender waits, so that no supplement is judged before its request.
    """
    position = tx.mails.position(mail_id)
    record, message = position.record, submission.message
    if record.disposition is not Disposition.RECEIVED:
        return record.disposition
    if position.twin:  # another worker received the same bytes while this one read them
        _keep_as_duplicate(tx, record, position.twin)
        return Disposition.DUPLICATE
    if not position.has_its_turn:
        raise Conflict(f"邮件 {mail_id} 的发件人还有更早的邮件等待处理。")
    tx.images.save(mail_id, images)
    record = replace(
        record,
        message_id=message.message_id,
        sender=message.sender,
        subject=message.subject,
        authentication=message.authentication,
    )
    course = tx.desk.judge.course(submission)
    mail = Incoming(tx, record, submission, course)
    fate = _fate_of(mail)
    case = fate.case
    note = "须人工答复" if case and case.by_hand else fate.note
    if fate.disposition is Disposition.IGNORED and message.bounce:
        case, note = mark_bounced(tx, message.bounce)
    unclear = fate.disposition is Disposition.CASE and case and case.state is State.HELD
    urgent = submission.request.urgent and bool(fate.unread or unclear)
    against = fate.case and (mail.denies or mail.request.withdraws)
    if urgent and (fate.disposition in _TALK or unclear) and not against:
        _send_pointer(mail)
    record = replace(
        record,
        disposition=fate.disposition,
        case_id=case.id if case else None,
        note=note,
        unread=fate.unread,
        urgent=urgent,
    )
    tx.mails.save(record, submission)
    return fate.disposition


@one_step
def receive_duplicate(tx: DeskStep, record: MailRecord, twin: int) -> None:
    """Store a mail that arrived twice as the duplicate of its twin. Nothing else follows."""
    if tx.mails.get(record.id).disposition is Disposition.RECEIVED:
        _keep_as_duplicate(tx, record, twin)


@one_step
def quarantine(tx: DeskStep, mail_id: int, reason: str) -> None:
    """Set aside a mail that could not be read, with an alert. One that the receiving server vouches
    for may be the contact's objection: no case of others is carried out until a person saw it."""
    record = tx.mails.get(mail_id)
    if record.disposition is not Disposition.RECEIVED:
        return  # another worker has read it
    aside = Disposition.QUARANTINED
    tx.mails.save(replace(record, disposition=aside, note=reason, unread=record.vouched))
    tx.audit.write(DESK, "mail.quarantined", mail=mail_id)
    tx.alerts.add(f"mail.{mail_id}", f"邮件 {mail_id} 无法自动处理，已隔离，请人工查看。")


@one_step
def retry_mail(tx: DeskStep, mail_id: int, actor: str) -> None:
    """Put a quarantined or blocked mail back, to be read again. Raises NotAllowed for any other."""
    record = tx.mails.get(mail_id)
    if record.disposition is not Disposition.QUARANTINED and not record.was_blocked:
        raise NotAllowed(f"邮件 {mail_id} 不在隔离区，无需重试。")
    if record.purged_at:
        raise NotAllowed(f"邮件 {mail_id} 的内容已删除，无法重试。")
    record = replace(record, disposition=Disposition.RECEIVED, attempts=0, note="", unread=False)
    tx.mails.save(record)
    tx.audit.write(actor, "mail.retried", mail=mail_id)
    tx.alerts.clear(f"mail.{mail_id}")


def _keep_as_duplicate(tx: DeskStep, record: MailRecord, twin_id: int) -> None:
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


def _fate_of(mail: Incoming) -> _Fate:
    tx = mail.tx
    if is_blocked(tx, mail.message):
        return _Fate(Disposition.IGNORED, note=BLOCKED)
    own = related_case(mail)
    if mail.course.ends_as is Decision.IGNORE and not _is_heeded(mail):
        case = own if mail.proved else None
        unread = case is not None and mail.answers_notice and not _has_come_back(mail)
        return _Fate(Disposition.IGNORED, case, unread)
    stopped = stopped_cases(mail, own)
    if own:
        case = tx.cases.get(own.id)  # it may be set aside by now
    elif fate := _fate_of_withdrawal(mail, stopped):
        return fate
    elif stopped:
        case = None if mail.is_own_request else stopped[-1]
    else:
        case = noticed_case(mail)
    denied = bool(stopped)
    # what is not of its senders is said about a case, and completes it nowhere
    talk = case is not None and (
        own is None or mail.record.sender not in case.senders or _is_talk(mail, case)
    )
    if case is None or (case.state in ENDED and not talk):
        return _fate_without_case(mail, denied=denied)
    if not mail.proved:
        return _fate_of_unproved(mail, case, talk=talk)
    fate = _fate_of_talk(mail, case, denied) if talk else _fate_of_supplement(mail, case)
    if fate.unread and own and not denied:
        report_to_others(mail, case)
    return replace(fate, unread=fate.unread or denied)


def _fate_without_case(mail: Incoming, *, denied: bool) -> _Fate:
    """`denied`: the contact's words stopped cases of others."""
    others = spoken_of(mail)
    passed_on = None if others else passed_on_case(mail)
    if passed_on:  # no window waits for papers, as it does for words about cases of others
        return _fate_of_unproved(mail, passed_on, talk=False)
    if mail.course.ends_as is Decision.IGNORE and not others:
        return _Fate(Disposition.IGNORED)
    if mail.course.ends_as is not None or others:
        return _fate_of_other(mail, others)
    case = open_case(mail.tx, mail.record, mail.submission)
    hold_corrected(mail, case)
    if denied and mail.denies:  # it may be a copy
        case = hold_for_contact(mail.tx, case, mail.record)
    return _Fate(Disposition.CASE, case, unread=denied)


def _is_heeded(mail: Incoming) -> bool:
    """Whether a proved mail that calls itself automatic (本邮件由系统发送) denies a request,
    answers the notice, or is of a contact for whose enterprise others ask: no bounce, and no letter
    of ours that comes back. What a mailbox answers by itself often says 暂停办理; in answer to the
    notice it waits to be read, and stops nothing."""
    if _has_come_back(mail) or not mail.proved:
        return False
    if mail.message.marks & ANSWERS_ITSELF:
        return mail.denies_outright
    return mail.denies or mail.answers_notice or bool(cases_of_others(mail))


def _has_come_back(mail: Incoming) -> bool:
    """Whether it is a bounce, or a letter of ours."""
    return mail.message.bounce is not None or Mark.OWN in mail.message.marks


def _fate_of_withdrawal(mail: Incoming, stopped: Sequence[Case]) -> _Fate | None:
    """The result where the sender takes one of several requests back. `stopped`: cases of others
    that the words stop as well."""
    case, kind = (stopped[-1], Disposition.CONVERSATION) if stopped else (None, Disposition.OTHER)
    return _Fate(kind, case, unread=True, note=WHICH_ONE) if hold_each(mail) else None


def _fate_of_other(mail: Incoming, others: Sequence[Case]) -> _Fate:
    """Other mail is for a person to read; thanks and mail from a list or an alias only with
    papers. What may speak of a case of `others` is shown there: the words of a denial are many.
    What answers a letter about the account has an alert."""
    case = next(reversed(others), None)
    of_contact = case is not None and not mail.is_thanks
    if case and of_contact:
        raise_unread_alert(mail.tx, CONTACT_WROTE, case)
    elif case is None and mail.answered and mail.answered.link_id and not mail.is_thanks:
        raise_account_alert(mail.tx, mail.answered.link_id)
    course, message = mail.course, mail.message
    thanks = bool(message.new_text) and is_courtesy(message.subject) and mail.is_thanks
    needs_none = (course.by_hand and not message.words_cut) or thanks
    unread = of_contact or not needs_none or mail.submission.documents.show_papers
    note = f"附件看来是{course.reads_as}" if course.reads_as else ""
    note = "邮件正文超出可读范围，未全部读取" if message.words_cut else note
    return _Fate(Disposition.OTHER, case, unread, note)


def _send_pointer(mail: Incoming) -> None:
    """Send telephone number, loss report and guide to a sender whose lock fails shortly before a
    bid, at most once a day."""
    tx, record = mail.tx, mail.record
    if mail.course.by_hand or not tx.settings.urgent_pointer:
        return
    if is_first_letter(tx, record, ["pointer"]):
        write_letter(tx, LetterKind.POINTER, LetterFacts(), record.sender, reply_to=record)


def _fate_of_supplement(mail: Incoming, case: Case) -> _Fate:
    """A supplement of a case. One that repeats an earlier mail adds nothing to a complete case, and
    is answered with the state."""
    if case.state is State.INCOMPLETE or not came_before(mail.tx, case, mail.submission):
        case = supplement(mail.tx, case, mail.record, mail.submission)
        unread = _waits_for_a_person(mail, case)
        if unread:
            raise_unread_alert(mail.tx, WROTE, case)
        return _Fate(Disposition.CASE, case, unread=unread)
    if not mail.course.by_hand:
        _send_progress(mail, case)
    return _Fate(Disposition.CONVERSATION, case)


def _waits_for_a_person(mail: Incoming, case: Case) -> bool:
    """Whether a supplement of the case asks or complains beside the name or answer that it gives,
    or where it is returned once more; or no letter answers it."""
    text = mail.message.new_text
    if case.state is State.INCOMPLETE:
        return wants_answer(text) or not mail.tx.letters.newest(mail_id=mail.record.id)
    for name in mail.request.enterprise_names:
        text = text.replace(name, "")
    gives_only = mail.course.ends_as is Decision.OTHER and not mail.brings_material
    return gives_only and wants_answer(text)


def _is_talk(mail: Incoming, case: Case) -> bool:
    """Whether a mail is only thanks, a question or a withdrawal: it adds nothing to the request of
    its case."""
    request, submission = mail.request, mail.submission
    lacks = case.state is State.INCOMPLETE
    if mail.brings_material or (lacks and submission.documents.show_papers):
        asks = request.given or request.enterprise_names
        return case.state is State.COMPLETED and not asks
    # the contact writes 我们没有申请解绑: an objection, not a supplement
    denies = not mail.asks_plainly and submission.message.sender != case.sender
    empty = not (request.given or request.enterprise_names or request.settled_words)
    empty = empty and (request.asks_progress or not request.name_unread)
    other = mail.course.ends_as is Decision.OTHER and not _gives_what_lacks(mail, case)
    thanks = request.repeats_subject and mail.is_thanks
    ends = (request.withdraws or mail.stops) and not _only_resets_now(mail, case)
    if ends or other or denies or empty or thanks:
        return True
    if case.state in ENDED:  # 还是登录不上, as a reply to the last letter, is no request
        return not request.wants
    earlier = submission_of(mail.tx, case)
    assert earlier is not None, "an open case has the mail that opened it"
    if lacks:
        return not request.settled and leaves_answers(earlier, submission)
    return not (request.name_unread or adds_words(earlier, submission))


def _only_resets_now(mail: Incoming, case: Case) -> bool:
    """Whether it takes the unbinding back, and not the reset: 别解绑，只重置密码."""
    answers = (mail.request.unbind, mail.request.reset_password)
    return case.unbind is not False and answers == (Answer.NO, Answer.YES)


def _gives_what_lacks(mail: Incoming, case: Case) -> bool:
    """Whether the mail has a name or an answer that its incomplete request lacks: a reply to the
    returned letter is often that alone."""
    given = mail.request.settled
    given |= {"enterprise_name"} if mail.request.enterprise_names else set()
    lacking = {finding.code for finding in case.findings}
    gives = any(f"request.{question}.missing" in lacking for question in given)
    return case.state is State.INCOMPLETE and gives and not mail.denies


def _fate_of_talk(mail: Incoming, case: Case, denied: bool) -> _Fate:
    """Talk of a proved sender: a withdrawal is prepared, a question about progress answered, and
    anything but thanks waits for a person. `denied`: the contact's words stopped cases of
    others."""
    tx, request, talk = mail.tx, mail.request, Disposition.CONVERSATION
    tx.audit.write(ENTERPRISE, "mail.conversation", case, mail=mail.record.id)
    if request.withdraws and case.state not in ENDED:
        return _Fate(talk, hold_for_withdrawal(tx, case), unread=True)
    others = mail.record.sender != case.sender
    answers = others and mail.message.thread_ids and not mail.denies
    is_ours = not answers or is_about(tx, case, mail.record.sender, mail.message)
    sends_progress = request.asks_progress and not mail.course.by_hand
    # in 请问进度？我的锁还在用 the rest needs a person
    needs_person = not (mail.is_question_of_progress if sends_progress else mail.is_thanks)
    if needs_person and others and not (mail.is_confirmation or denied):
        case = hold_for_contact(tx, case, mail.record)
    elif mail.stops_own(denied=denied) and case.state in PLANNED:
        case = hold_for_withdrawal(tx, case)
    elif needs_person:  # letters invite a reply: 对结果有疑问的，请直接回复本邮件
        raise_unread_alert(tx, WROTE, case)
    if sends_progress:
        _send_progress(mail, case, says_more=needs_person)
    return _Fate(talk, case, unread=needs_person, note="" if is_ours else ANSWERS_ANOTHER)


def _fate_of_unproved(mail: Incoming, case: Case, *, talk: bool) -> _Fate:
    """A mail with the address of the case's sender or contact, without proof, or with papers of
    somebody else who answers its letter: it changes nothing, and an alert is raised. The state is
    sent to the case's own sender if no check failed, since only the owner of the address gets the
    answer.
    """
    tx, message = mail.tx, mail.message
    tx.audit.write(ENTERPRISE, "mail.unproved", case, mail=mail.record.id)
    if talk and not mail.request.withdraws:
        if mail.is_thanks:
            return _Fate(Disposition.CONVERSATION, case)
        unknown = message.authentication == AuthResult.UNKNOWN
        own = mail.record.sender == case.sender and unknown
        if mail.request.asks_progress and own and not mail.course.by_hand:
            _send_progress(mail, case, says_more=not mail.is_question_of_progress)
            if mail.is_question_of_progress:
                return _Fate(Disposition.CONVERSATION, case)
    raise_unread_alert(tx, UNPROVED, case)
    return _Fate(Disposition.UNPROVED, case, unread=True)


def _send_progress(mail: Incoming, case: Case, *, says_more: bool = False) -> None:
    tx, record, status = mail.tx, mail.record, status_of(mail.tx.desk, case)
    facts = sender_facts(
        tx,
        case,
        state=case.state,
        window=status.window,
        reasons=status.missing,
        says_more=says_more,
    )
    write_letter(tx, LetterKind.PROGRESS, facts, record.sender, case=case, reply_to=record)
