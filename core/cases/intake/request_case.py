"""A request opens a case or supplements one: its mails are merged,
judged with what the registry knows, and the case advances.

Every letter that follows is written in the same transaction: received or returned to the sender,
the notice to the registered contact (RULES.md section 6) when the case came from another address.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.cases.desk import Desk
from core.cases.intake.competing import show_competing
from core.cases.intake.merge import changes, merge, settles
from core.cases.intake.seen_elsewhere import handler_mark
from core.cases.intake.unread import CONTACT_WROTE
from core.cases.letters.contact_notice import notify_contact
from core.cases.letters.letter_content import answer_facts
from core.cases.letters.outbox import write_letter
from core.data.case import ENDED, Case, CaseChanges, State, Step, advance
from core.data.enterprise import AccountFacts
from core.data.finding import Decision, Finding, Parameter, Severity, Verdict
from core.data.letter import LetterKind
from core.data.mail_record import Disposition, MailRecord
from core.data.submission import PartKind, Submission
from core.data.workday import Window
from core.store.store import Transaction

MOST_MERGED: Final = 40
"""So many mails of a case are read as one, the first and the newest: a flood of one sender costs no
more with each mail, and an administrator sees it."""
MOST_COMPETING: Final = 10
"""So many competing cases a new one names: of a thousand that strangers open, each would name all
before it, and every mail would open all of them."""
WITHDRAWAL_REASON = "来信要求撤回申请，请核实后办理。"
CONTACT_REASON = "登记联系人来信，可能是异议，请阅读来信后再决定。"


@dataclass(frozen=True, slots=True)
class _Judged:
    """A submission with what the registry knows of it, and the verdict on both."""

    submission: Submission
    facts: AccountFacts
    verdict: Verdict
    rivals: tuple[Case, ...] = ()
    proved: bool = False
    """The sender of the mail that was taken up now."""


def open_case(tx: Transaction, desk: Desk, record: MailRecord, submission: Submission) -> Case:
    """A new case from one mail."""
    now = desk.clock.now()
    judged = replace(_judge(tx, desk, submission, None), proved=submission.message.proved)
    particulars = _particulars(judged) | {
        "sender": record.sender,
        "by_hand": judged.verdict.by_hand or not record.sender,
    }
    opened = Case(
        id=0,
        number="",
        version=1,
        state=State.INCOMPLETE,
        opened_at=now,
        changed_at=now,
        **particulars,
    )
    complete = judged.verdict.decision is Decision.QUEUE
    case = tx.cases.add(_fulfilled(desk, opened, record, now, judged, {}) if complete else opened)
    opened = replace(opened, id=case.id)
    tx.audit.write(
        now, "enterprise", "case.opened", opened, mail=str(record.id), codes=_codes(judged.verdict)
    )
    if complete:
        _note_queued(tx, case, now)
    _answer(tx, desk, case, record, judged, LetterKind.RECEIVED, now)
    show_competing(tx, case, judged.rivals, judged.verdict, now)
    _notify_contact(tx, desk, case, judged, now)
    return case


def supplement(
    tx: Transaction, desk: Desk, case: Case, record: MailRecord, submission: Submission
) -> Case:
    """The case with one more mail."""
    now = desk.clock.now()
    earlier = _readings(tx, case)
    before = merge(earlier) if earlier else None
    judged = _judge(tx, desk, merge([before, submission]) if before else submission, case)
    verdict, many = judged.verdict, len(earlier) >= MOST_MERGED
    changed = changes(before, submission) if before else ()
    if _is_of_another(case, submission, judged) and "enterprise_name" not in changed:
        changed = ("enterprise_name", *changed)
    if changed:
        verdict = _with_finding(verdict, "supplement", fields=changed)
    if many:
        verdict = _with_finding(verdict, "many", most=MOST_MERGED)
    if many or case.complete_at is not None:
        verdict = _never_rejected(verdict)
    judged = replace(judged, verdict=verdict, proved=submission.message.proved)
    state = case.state
    case = _take_supplement(tx, desk, case, record, judged, now)
    kind = LetterKind.RECEIVED if state is State.INCOMPLETE else LetterKind.SUPPLEMENT_RECEIVED
    completed = state is State.INCOMPLETE and case.state is State.QUEUED
    if completed or before is None or settles(before, submission):
        _answer(tx, desk, case, record, judged, kind, now)
    show_competing(tx, case, judged.rivals, judged.verdict, now)
    _notify_contact(tx, desk, case, judged, now, anew=bool(changed))
    return case


def submission_of(tx: Transaction, case: Case) -> Submission | None:
    """The mails of a case as the one submission that is judged; None where none could be read."""
    read = _readings(tx, case)
    return merge(read) if read else None


def hold_for_withdrawal(tx: Transaction, case: Case, now: datetime) -> Case:
    """A mail asks to take the request back: set aside; an administrator ends it."""
    tx.alerts.add(
        now,
        f"withdrawal.{case.number}",
        f"企业来信要求撤回工单 {case.number}，已暂缓，请核实后办理。",
    )
    return _set_aside(tx, case, now, WITHDRAWAL_REASON, "case.withdrawal_asked")


def hold_for_contact(tx: Transaction, case: Case, now: datetime) -> Case:
    """The registered contact writes about a case that another address sent.

    People answer the notice by mail though it offers a link, so the words are read by a person
    before anything is done; what is done already is reported by an alert.
    """
    tx.alerts.add(
        now,
        f"{CONTACT_WROTE}.{case.number}",
        f"登记联系人就工单 {case.number} 来信，可能是异议，请阅读来信。",
    )
    return (
        case
        if case.state in ENDED
        else _set_aside(tx, case, now, CONTACT_REASON, "case.contact_wrote")
    )


def _set_aside(tx: Transaction, case: Case, now: datetime, reason: str, action: str) -> Case:
    before = case.reason.replace(reason, "").strip() if case.state is State.HELD else ""
    case = advance(case, Step.HOLD, now, reason=f"{before} {reason}".strip(), approved_by="")
    tx.cases.save(case)
    tx.audit.write(now, "enterprise", action, case)
    return case


def account_facts(tx: Transaction, name: str | None, uscc: str | None) -> AccountFacts:
    """What the registry knows under the name and the USCC that a submission shows."""
    by_uscc = tx.accounts.by_uscc(uscc) if uscc else None
    by_name = tx.accounts.by_name(name) if name else None
    facts = AccountFacts(by_uscc, by_name)
    return (
        replace(
            facts,
            binding_ids=tuple(
                binding.id for binding in tx.bindings.of_enterprise(facts.matched.id)
            ),
        )
        if facts.matched
        else facts
    )


def account_named(tx: Transaction, submission: Submission) -> AccountFacts:
    """What the registry knows of the enterprise that a submission names."""
    return account_facts(tx, _name(submission), _licence(submission).get("uscc"))


def _judge(tx: Transaction, desk: Desk, submission: Submission, case: Case | None) -> _Judged:
    name, licence, facts = _name(submission), _licence(submission), account_named(tx, submission)
    known = (
        case.sender if case else submission.message.sender if submission.message.proved else None
    )
    enterprise_id = facts.matched.id if facts.matched else None
    rivals: tuple[Case, ...] = ()
    if submission.documents.show_papers:
        rivals = tuple(
            tx.cases.rivals(
                enterprise_id,
                name,
                licence.get("uscc"),
                MOST_COMPETING,
                of=case.id if case else 0,
                but_from=known,
            )
        )
    return _Judged(
        submission,
        facts,
        desk.judge.verdict(submission, facts, [rival.number for rival in rivals]),
        rivals,
    )


def _readings(tx: Transaction, case: Case) -> list[Submission]:
    """What the mails say that opened or supplemented the case; talk and returned letters in its
    thread say nothing of the request."""
    mails = tx.mails.find([Disposition.CASE], case_id=case.id, limit=MOST_MERGED)
    if len(mails) == MOST_MERGED:
        mails[0] = tx.mails.opening(case.id)
    return [reading for mail in mails if (reading := tx.mails.reading(mail.id))]


def came_before(tx: Transaction, case: Case, submission: Submission) -> bool:
    """Whether a mail of the case said the same words with the same files: this one came a second
    way, or somebody sends a signed copy on. It takes no approval back and undoes no later words.
    """
    return any(_content(mail) == _content(submission) for mail in _readings(tx, case))


def _content(submission: Submission) -> tuple[object, ...]:
    message, papers = submission.message, submission.documents
    files = sorted(one.sha256 for one in message.attachments)
    return message.subject, message.new_text, files, submission.request, papers.parts, papers.pages


def _licence(submission: Submission) -> dict[str, str]:
    licences = submission.documents.of(PartKind.LICENCE)
    return dict(max(licences, key=lambda part: part.confidence).fields) if licences else {}


def _name(submission: Submission) -> str | None:
    return submission.request.enterprise_name or _licence(submission).get("enterprise_name")


def _particulars(judged: _Judged) -> CaseChanges:
    """The case's fields that follow from the submission and the registry.

    Only what is said once and clearly is taken.
    """
    request, licence, matched = (
        judged.submission.request,
        _licence(judged.submission),
        judged.facts.matched,
    )
    unbind = request.unbind.settled
    return {
        "enterprise_name": _name(judged.submission),
        "uscc": licence.get("uscc"),
        "handler": next(
            (
                part.fields["name"]
                for part in judged.submission.documents.of(PartKind.ID_FRONT)
                if part.fields.get("name")
            ),
            "",
        ),
        "handler_mark": handler_mark(judged.submission),
        "unbind": unbind,
        "reset_password": request.reset_password.settled,
        "words": request.settled_words,
        "findings": judged.verdict.findings,
        "enterprise_id": matched.id if matched else None,
        "binding_ids": judged.facts.binding_ids if unbind else (),
        "account_chosen_by": "",
        "has_papers": judged.submission.documents.show_papers,
    }


def _own_particulars(case: Case, particulars: CaseChanges) -> CaseChanges:
    """The particulars with the enterprise and account that the case has already: papers of another
    enterprise rename no case (RULES.md section 6).
    """
    kept: CaseChanges = {
        "enterprise_name": case.enterprise_name or particulars["enterprise_name"],
        "uscc": case.uscc or particulars["uscc"],
    }
    if case.enterprise_id is not None and case.enterprise_id != particulars["enterprise_id"]:
        kept |= {
            "enterprise_id": case.enterprise_id,
            "binding_ids": case.binding_ids,
            "account_chosen_by": case.account_chosen_by,
        }
    return {**particulars, **kept}


def _is_of_another(case: Case, later: Submission, judged: _Judged) -> bool:
    """Whether the later mail brings the licence of another enterprise than the case's, or the mails
    together now name another account.
    """
    codes = {part.fields.get("uscc") for part in later.documents.of(PartKind.LICENCE)}
    matched = judged.facts.matched
    other_code = bool(case.uscc) and bool(codes - {case.uscc, None, ""})
    return other_code or bool(matched and case.enterprise_id not in {None, matched.id})


def _not_before(desk: Desk, sender: str, judged: _Judged, now: datetime) -> datetime | None:
    """Until when a registered contact may object, were its notice accepted now; None where it asks
    itself. It is the same where there is none: the window that a letter names would tell.
    """
    contact = judged.facts.registered_contact
    if contact and contact.casefold() == sender.casefold() and judged.submission.message.proved:
        return None
    return desk.workdays.after_working_hours(now, desk.settings.objection_hours)


def _take_supplement(
    tx: Transaction, desk: Desk, case: Case, record: MailRecord, judged: _Judged, now: datetime
) -> Case:
    particulars = _own_particulars(case, _particulars(judged))
    by_hand = case.by_hand or judged.verdict.by_hand
    particulars |= {"approved_by": "", "confirmed_at": None, "by_hand": by_hand}
    if case.state is State.INCOMPLETE and judged.verdict.decision is Decision.QUEUE:
        case = _fulfilled(desk, case, record, now, judged, particulars)
        tx.cases.save(case)
        _note_queued(tx, case, now)
    else:
        if case.complete_at is None and judged.verdict.decision is Decision.QUEUE:
            # completed while set aside: release puts it into the queue
            particulars["complete_at"] = record.arrived
        case = advance(case, Step.SUPPLEMENT, now, **particulars)
        tx.cases.save(case)
    tx.audit.write(
        now,
        "enterprise",
        "case.supplemented",
        case,
        mail=str(record.id),
        codes=_codes(judged.verdict),
    )
    return case


def _fulfilled(
    desk: Desk,
    case: Case,
    record: MailRecord,
    now: datetime,
    judged: _Judged,
    particulars: CaseChanges,
) -> Case:
    """The case, complete now, in the queue for the window its last piece arrived in time for."""
    not_before = _not_before(desk, case.sender, judged, now)
    window = _window_for(desk, record.arrived, max(now, not_before or now))
    changes: CaseChanges = {
        **particulars,
        "window_date": window.date,
        "provisional_window": window.provisional,
        "complete_at": record.arrived,
        "not_before": not_before,
    }
    return advance(case, Step.FULFIL, now, **changes)


def _note_queued(tx: Transaction, case: Case, now: datetime) -> None:
    tx.audit.write(
        now,
        "desk",
        "case.queued",
        case,
        window=case.window_date.isoformat() if case.window_date else "",
    )


def _window_for(desk: Desk, arrived: datetime, earliest: datetime) -> Window:
    """By arrival (RULES.md section 2); one that closes before `earliest` is not promised."""
    window = desk.workdays.window_for(arrived)
    return window if earliest < window.closes_at else desk.workdays.window_for(earliest)


def _answer(
    tx: Transaction,
    desk: Desk,
    case: Case,
    record: MailRecord,
    judged: _Judged,
    complete: LetterKind,
    now: datetime,
) -> None:
    """The automatic letter to the sender, unless the headers forbid it or the same rejection
    was sent within the day."""
    if case.by_hand or case.state is State.HELD:
        return
    kind = LetterKind.RETURNED if case.state is State.INCOMPLETE else complete
    if kind is LetterKind.RETURNED and not _note_rejection(tx, desk, record, judged, now):
        tx.audit.write(now, "desk", "letter.same_rejection", case)
        return
    facts = answer_facts(tx, desk, case, judged.submission, judged.verdict.findings)
    write_letter(
        tx, desk, kind, facts, record.sender, now, case=case, reply_to=record, proved=judged.proved
    )


def _note_rejection(
    tx: Transaction, desk: Desk, record: MailRecord, judged: _Judged, now: datetime
) -> bool:
    """Note that a rejection is written. Whether it may be: at most one per sender, set of reasons
    and attachment hashes in a day. Whoever borrows the address is another sender.
    """
    hashes = sorted({a.sha256 for a in judged.submission.message.attachments})
    proved = "proved" if judged.proved else ""
    parts = [record.sender, proved, _codes(judged.verdict), *hashes]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    if tx.letters.rejection_key_seen(
        key, now - timedelta(hours=desk.settings.same_rejection_hours)
    ):
        return False
    tx.letters.add_rejection_key(key, now)
    return True


def _notify_contact(
    tx: Transaction, desk: Desk, case: Case, judged: _Judged, now: datetime, *, anew: bool = False
) -> None:
    if judged.facts.matched and judged.submission.documents.show_papers:
        notify_contact(tx, desk, case, judged.facts.matched, judged.submission, now, anew=anew)


def _with_finding(verdict: Verdict, variant: str, **parameters: Parameter) -> Verdict:
    return replace(
        verdict,
        findings=(
            *verdict.findings,
            Finding("case.changed", Severity.REVIEW, variant=variant, parameters=parameters),
        ),
    )


def _never_rejected(verdict: Verdict) -> Verdict:
    """A case that was complete, or whose mails are not all read, is not returned by a later mail:
    what would reject is for the administrator to see."""
    softened = tuple(
        replace(f, severity=Severity.REVIEW) if f.severity is Severity.REJECT else f
        for f in verdict.findings
    )
    return replace(verdict, decision=Decision.QUEUE, findings=softened)


def _codes(verdict: Verdict) -> str:
    return " ".join(sorted({f.code for f in verdict.findings}))
