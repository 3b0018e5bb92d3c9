"""A request opens a case or supplements one: its mails are merged, judged with what the registry
knows, and the case advances.

Every letter that follows is written in the same transaction: received or returned to the sender,
the notice to the registered contact (RULES.md section 6) when the case came from another address.
"""

from dataclasses import dataclass, replace
from typing import Any

from core.cases.desk import DeskStep
from core.cases.intake.account_named import (
    account_named,
    enterprise_named,
    kept_by,
    unnamed,
    uscc_named,
)
from core.cases.intake.competing import ended_lately, show_competing
from core.cases.intake.merge import changes, merge, settles
from core.cases.intake.seen_elsewhere import handler_mark
from core.cases.intake.unread import CONTACT_WROTE, raise_unread_alert
from core.cases.letters.letter_content import (
    announced_window,
    answer_facts,
    name_for_sender,
    notify_contact,
)
from core.cases.letters.outbox import is_first_letter, last_mail_of_sender, write_letter
from core.cases.requester import WROTE_AGAINST
from core.data.audit_entry import DESK, ENTERPRISE
from core.data.case import ASIDE, ENDED, Case, State, Step, advance
from core.data.documents import PartKind
from core.data.enterprise import AccountFacts
from core.data.finding import Decision, Finding, Parameter, Severity, Verdict
from core.data.letter import LetterFacts, LetterKind
from core.data.mail_record import Disposition, MailRecord
from core.data.submission import Submission
from core.store.store import Transaction

MOST_MERGED = 40
"""So many mails of a case are read as one, the first and the newest: a flood of one sender costs no
more with each mail, and an administrator sees it."""
MOST_COMPETING = 10
"""So many competing cases a new one names: of a thousand that strangers open, each would name all
before it, and every mail would open all of them."""
_NOTIFIED = ("enterprise_id", "handler", "unbind", "reset_password", "words")
"""The fields of a case that the notice to its contact states."""
DOUBT_REASON = "不能确定来信是否为申请，请阅读来信：是申请的请退回补正，否则标为不是申请。"
WITHDRAWAL_REASON = "来信要求撤回申请，请核实后办理。"
CONTACT_REASON = "登记联系人或其同事来信，可能是异议，请阅读来信（见办理记录）后再决定。"


@dataclass(frozen=True)
class _Judged:
    """One mail in hand, the submission that it makes with earlier ones, what the registry knows of
    it, and the verdict on both. `actor`: who brought it.
    """

    tx: DeskStep
    record: MailRecord
    submission: Submission
    facts: AccountFacts
    verdict: Verdict
    rivals: tuple[Case, ...]
    actor: str = ENTERPRISE

    @property
    def codes(self) -> str:
        """The codes of its findings, as the audit notes them."""
        return " ".join(sorted({finding.code for finding in self.verdict.findings}))


def open_case(tx: DeskStep, record: MailRecord, submission: Submission) -> Case:
    """A new case from one mail."""
    judged = _judge(tx, record, submission, None)
    now, by_hand = tx.now, judged.verdict.by_hand or not record.sender
    opened = Case(
        id=0,
        number="",
        version=1,
        state=State.INCOMPLETE,
        opened_at=now,
        changed_at=now,
        sender=record.sender,
        by_hand=by_hand,
        **_particulars(judged),
    )
    case = opened
    if judged.verdict.doubtful:
        case = advance(opened, Step.HOLD, now, reason=DOUBT_REASON)
    elif judged.verdict.decision is Decision.QUEUE:
        case = _fulfilled(judged, opened)
    case = tx.cases.add(case)
    opened = replace(opened, id=case.id)
    tx.audit.write(ENTERPRISE, "case.opened", opened, mail=record.id, codes=judged.codes)
    _note_queued(judged, case)
    _answer(judged, case, LetterKind.RECEIVED)
    _tell_others(judged, case)
    return case


def supplement(tx: DeskStep, case: Case, record: MailRecord, submission: Submission) -> Case:
    """The case with one more mail."""
    earlier = _readings(tx, case)
    before = merge(earlier) if earlier else None
    merged = merge([before, submission]) if before else submission
    judged = _judge(tx, record, merged, case)
    changed = changes(before, submission) if before else ()
    codes = {part.fields.get("uscc") for part in submission.documents.licences}
    matched = judged.facts.matched
    other_code = bool(case.uscc) and bool(codes - {case.uscc, None, ""})
    other_account = matched is not None and case.enterprise_id not in {None, matched.id}
    if (other_code or other_account) and "enterprise_name" not in changed:
        changed = ("enterprise_name", *changed)
    if before and not before.request.enterprise_names and submission.request.enterprise_name:
        case = unnamed(case)
    many = len(earlier) >= MOST_MERGED
    awaited = before is None or settles(before, submission)
    return _continue(judged, case, changed, told=case, many=many, awaited=awaited)


def judge_again(
    tx: DeskStep,
    case: Case,
    actor: str,
    changed: tuple[str, ...] = (),
    *,
    told: Case | None,
) -> Case:
    """The case judged by the mails that it has now, after a person gave it others or took some
    away. `changed`: what its mails contradict each other in. `told`: as its contact knows it; None
    where the senders are others. Its sender gets a letter only where the case is complete now, its
    contact only where senders or request are others.
    """
    submission = merge(_readings(tx, case))
    own = last_mail_of_sender(tx, case) or tx.mails.opening(case.id)
    record = replace(own, arrived=tx.now, sender=case.sender)
    judged = replace(_judge(tx, record, submission, case), actor=actor)
    return _continue(judged, case, changed, told=told)


def _continue(
    judged: _Judged,
    case: Case,
    changed: tuple[str, ...],
    *,
    told: Case | None,
    many: bool = False,
    awaited: bool = False,
) -> Case:
    """The case by a new verdict, with the letters that follow. `told`: as in judge_again. `many`:
    more mails than are read; `awaited`: its sender waits for word of the mail.
    """
    verdict = judged.verdict
    if changed:
        verdict = _with_finding(verdict, "supplement", fields=changed)
    if many:
        verdict = _with_finding(verdict, "many", most=MOST_MERGED)
    if many or case.complete_at is not None:
        verdict = _never_rejected(verdict)
    judged = replace(judged, verdict=verdict)
    before, case = case, _take_supplement(judged, case)
    was_incomplete = before.state is State.INCOMPLETE
    if awaited or (was_incomplete and case.state is State.QUEUED):
        kind = LetterKind.RECEIVED if was_incomplete else LetterKind.SUPPLEMENT_RECEIVED
        _answer(judged, case, kind)
    # what a later mail only adds is new to the contact, too
    is_another = any(getattr(case, name) != getattr(told, name, None) for name in _NOTIFIED)
    _tell_others(judged, case, anew=told is None or is_another or bool(changed))
    return case


def submission_of(tx: DeskStep, case: Case) -> Submission | None:
    """The mails of a case as the one submission that is judged; None where none could be read."""
    read = _readings(tx, case)
    return merge(read) if read else None


def sender_facts(tx: DeskStep, case: Case, **facts: Any) -> LetterFacts:
    """What a letter to the case's sender contains beside `facts`: the case, and the enterprise as
    the sender may be told it.
    """
    name = name_for_sender(tx, case, submission_of(tx, case))
    return LetterFacts(case_number=case.number, enterprise_name=name, **facts)


def hold_for_withdrawal(tx: DeskStep, case: Case) -> Case:
    """A mail wants the request back: set aside; an administrator ends it."""
    text = f"企业来信要求撤回工单 {case.number}，已暂缓，请核实后办理。"
    tx.alerts.add(f"withdrawal.{case.number}", text)
    return _set_aside(tx, case, WITHDRAWAL_REASON, "case.withdrawal_asked")


def hold_for_correction(tx: DeskStep, case: Case, later: Case) -> None:
    """The mail of a later case says that an earlier one was wrong: set aside."""
    reason = f"工单 {later.number} 的来信称此前的邮件有误，请核实是否仍要办理。"
    tx.alerts.add(f"withdrawal.{case.number}", f"工单 {case.number} 已暂缓：{reason}")
    _set_aside(tx, case, reason, "case.corrected")


def hold_for_contact(tx: Transaction, case: Case, mail: MailRecord) -> Case:
    """The registered contact writes about a case that another address sent.

    People answer the notice by mail though it offers a link, so a person reads the words before
    anything is done, and a confirmation of before them counts no more; an ended case is only
    reported, by an alert and in its history.
    """
    raise_unread_alert(tx, CONTACT_WROTE, case)
    if case.state in ENDED:
        tx.audit.write(ENTERPRISE, WROTE_AGAINST, case, mail=mail.id)
        return case
    doubted = replace(case, confirmed_at=None)
    return _set_aside(tx, doubted, CONTACT_REASON, WROTE_AGAINST, mail=mail.id)


def _set_aside(tx: Transaction, case: Case, reason: str, action: str, **detail: int) -> Case:
    before = case.reason.replace(reason, "").strip() if case.state in ASIDE else ""
    case = advance(case, Step.HOLD, tx.now, reason=f"{before} {reason}".strip())
    tx.write_case(ENTERPRISE, action, case, **detail)
    return case


def came_before(tx: DeskStep, case: Case, submission: Submission) -> bool:
    """Whether a mail of the case had the same words with the same files: this one came a second
    way, or somebody sends a signed copy on. It takes no approval back and undoes no later words.
    """

    def content(mail: Submission) -> tuple[object, ...]:
        message, papers = mail.message, mail.documents
        files = sorted(one.sha256 for one in message.attachments)
        words = (message.subject, message.new_text, files, mail.request)
        return (*words, papers.parts, papers.pages)

    return any(content(mail) == content(submission) for mail in _readings(tx, case))


def _judge(tx: DeskStep, record: MailRecord, submission: Submission, case: Case | None) -> _Judged:
    """`record`: of the mail in hand; `submission`: it, merged with those before it."""
    facts, papers = account_named(tx, submission), submission.documents.show_papers
    known = submission.message.sender if submission.message.proved else None
    enterprise_id = facts.matched.id if facts.matched else None
    rivals: tuple[Case, ...] = ()
    if papers:
        found = tx.cases.rivals(
            enterprise_id,
            enterprise_named(submission),
            uscc_named(submission),
            MOST_COMPETING,
            of=case.id if case else 0,
            but_from=case.sender if case else known,
        )
        rivals = tuple(found)
    verdict = tx.desk.judge.verdict(submission, facts, [rival.number for rival in rivals])
    sender = case.sender if case else record.sender
    if ended := ended_lately(tx, enterprise_id, sender):
        verdict = _with_finding(verdict, "again", number=ended.number)
    return _Judged(tx, record, submission, facts, verdict, rivals)


def _readings(tx: DeskStep, case: Case) -> list[Submission]:
    """The mails that opened or supplemented the case; talk and returned letters in its thread tell
    nothing of the request.
    """
    mails = tx.mails.of_case(case.id, Disposition.CASE, limit=MOST_MERGED)
    if len(mails) == MOST_MERGED:
        mails[0] = tx.mails.opening(case.id)
    return [reading for mail in mails if (reading := tx.mails.reading(mail.id))]


def _particulars(judged: _Judged) -> dict[str, Any]:
    """The case's fields that follow from the submission and the registry.

    Only what is said once and clearly is taken.
    """
    submission, matched = judged.submission, judged.facts.matched
    request, unbind = submission.request, submission.request.unbind.settled
    id_cards = submission.documents.of(PartKind.ID_FRONT)
    return {
        "enterprise_name": enterprise_named(submission),
        "uscc": uscc_named(submission),
        "handler": next((card.fields["name"] for card in id_cards if card.fields.get("name")), ""),
        "handler_mark": handler_mark(submission),
        "unbind": unbind,
        "reset_password": request.reset_password.settled,
        "words": request.settled_words,
        "urgent": request.urgent,
        "findings": judged.verdict.findings,
        "enterprise_id": matched.id if matched else None,
        "binding_ids": judged.facts.binding_ids if unbind else (),
        "account_chosen_by": "",
        "has_papers": submission.documents.show_papers,
    }


def _take_supplement(judged: _Judged, case: Case) -> Case:
    """The case after the supplement, stored."""
    particulars, tx = _particulars(judged), judged.tx
    particulars |= kept_by(case, judged.submission, particulars["enterprise_id"])
    by_hand = case.by_hand or judged.verdict.by_hand
    particulars |= {"confirmed_at": None, "by_hand": by_hand}
    complete = judged.verdict.decision is Decision.QUEUE
    fulfils = complete and case.state is State.INCOMPLETE
    if fulfils:
        case = _fulfilled(judged, case, **particulars)
    else:
        if case.complete_at is None and complete:  # while set aside: release puts it into the queue
            particulars["complete_at"] = judged.record.arrived
        case = advance(case, Step.SUPPLEMENT, tx.now, **particulars)
    tx.cases.save(case)
    if fulfils:
        _note_queued(judged, case)
    mail, codes = judged.record.id, judged.codes
    tx.audit.write(judged.actor, "case.supplemented", case, mail=mail, codes=codes)
    return case


def _fulfilled(judged: _Judged, case: Case, **particulars: Any) -> Case:
    """The case, complete now, in the queue for the window its last piece arrived in time for
    (RULES.md section 2). A window that closes before the contact had time to object is not
    promised. It is the same where there is no contact: the window that a letter names would tell.
    No mail arrives later than now: servers that collect from others take its own Date for it.
    """
    desk, now = judged.tx.desk, judged.tx.now
    arrived = min(judged.record.arrived, now)
    account, not_before = judged.facts.matched, None
    is_contact = account is not None and account.is_contact_address(case.sender)
    if not (is_contact and judged.submission.message.proved):
        not_before = desk.workdays.after_working_hours(now, desk.settings.objection_hours)
    earliest, window = max(now, not_before or now), desk.workdays.window_for(arrived)
    if earliest >= window.closes_at:
        window = desk.workdays.window_for(earliest)
    times = {"complete_at": arrived, "not_before": not_before, "window_opens_at": window.opens_at}
    return advance(case, Step.FULFIL, now, **particulars, **times)


def _note_queued(judged: _Judged, case: Case) -> None:
    if case.state is State.QUEUED:
        window = str(announced_window(judged.tx.desk, case))
        judged.tx.audit.write(DESK, "case.queued", case, window=window)


def _answer(judged: _Judged, case: Case, complete: LetterKind) -> None:
    """The automatic letter to the sender, unless the headers forbid it.

    A rejection is sent once in a day to a sender for the same reasons, words and attachments.
    """
    tx, record = judged.tx, judged.record
    if case.by_hand or case.state in ASIDE:
        return
    kind, findings = complete, judged.verdict.findings
    if case.state is State.INCOMPLETE:
        kind = LetterKind.RETURNED
        message = judged.submission.message
        hashes = sorted({one.sha256 for one in message.attachments})
        reasons = [judged.codes, *hashes, message.new_text.strip()]
        if not is_first_letter(tx, record, reasons):
            tx.audit.write(DESK, "letter.same_rejection", case)
            return
    facts = answer_facts(tx, case, judged.submission, findings)
    write_letter(tx, kind, facts, record.sender, case=case, reply_to=record)


def _tell_others(judged: _Judged, case: Case, *, anew: bool = False) -> None:
    """Show the case at its rivals, and notify the registered contact.

    `anew`: the request changed.
    """
    tx, submission = judged.tx, judged.submission
    show_competing(tx, case, judged.rivals, judged.verdict)
    matched = judged.facts.matched
    if matched and submission.documents.show_papers:
        notify_contact(tx, case, matched, submission, anew=anew)


def _with_finding(verdict: Verdict, variant: str, **parameters: Parameter) -> Verdict:
    finding = Finding("case.changed", Severity.REVIEW, variant=variant, parameters=parameters)
    return replace(verdict, findings=(*verdict.findings, finding))


def _never_rejected(verdict: Verdict) -> Verdict:
    """A case that was complete, or whose mails are not all read, is not returned by a later mail:
    what would reject is for the administrator to see.
    """
    softened = tuple(
        replace(one, severity=Severity.REVIEW) if one.severity is Severity.REJECT else one
        for one in verdict.findings
    )
    return replace(verdict, decision=Decision.QUEUE, findings=softened)
