"""The content of letters about a submission (whose it is, how it was understood, its parts that are
in order), and the notice to the registered contact of each case that it did not send, with a link
to object (RULES.md section 6).

A letter repeats no words of a mail: whoever forges a sender would send them under the centre's name
(RULES.md section 3). What was written in words is only called written.

From proves nothing. So a case counts as sent by the contact only if that is proved, the contact
gets letters about it, and no case of another sender was merged into it; else a stranger could
prevent the notice. The contact is notified again if the link expires before the case proceeds.
Nothing is approved before the notice was sent, so that the contact can object.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from core.cases.desk import Desk, DeskStep
from core.cases.letters.masked import address_for_contact, mask_name
from core.cases.letters.outbox import cancel_waiting, write_to_contact
from core.cases.letters.words import ANSWERS, PAPERS, QUESTIONS, text_of
from core.cases.requester import contested_by
from core.clock import day_text, local
from core.data.case import PLANNED, Case
from core.data.case_ports import Judge
from core.data.documents import PartKind, SealKind
from core.data.enterprise import Binding, Enterprise
from core.data.finding import Finding, Severity
from core.data.letter import UNSETTLED, WRITTEN, Letter, LetterFacts, LetterKind, LetterState
from core.data.submission import Submission
from core.data.workday import Window
from core.enterprise_names import fold_name
from core.store.store import Transaction

REPORTED_REVIEW = frozenset({"document.unreadable"})
"""Review findings that letters name (RULES.md section 3); all others are for administrators."""

SEVERAL = "来信写有不止一家企业"
OTHERS_ASK = (
    "另有他人也以贵单位名义提出申请：请只确认贵单位自己的那一份，对其余的提出异议，"
    "否则确认不能代替核实。贵单位登记邮箱自己提出的申请无需确认，也不发此通知。"
)
"""To the contact, of a request that another one contests."""
_PAPERS = (PartKind.ID_FRONT, PartKind.ID_BACK, PartKind.LICENCE)
_NO_SEAL = (SealKind.AUTHORITY, SealKind.UNKNOWN)


def _reported(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that a letter may name."""
    return [f for f in findings if f.severity is Severity.REJECT or f.code in REPORTED_REVIEW]


def reasons(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The words of the findings that a letter may name, in order, each once."""
    return tuple(dict.fromkeys(map(text_of, _reported(findings))))


def name_for_sender(tx: Transaction, case: Case, submission: Submission | None) -> str:
    """The enterprise as letters to the case's sender may name it; "" where only a mail names it.

    Its licence names it to a proved sender: anybody can make a licence, and borrow an address to
    which its words would go. Or the register does, where the sender's address is the registered
    contact's: to anybody else a registered name would tell that there is an account.
    """
    is_own = submission is not None and submission.message.proved
    for licence in submission.documents.licences if submission and is_own else ():
        name = licence.fields.get("enterprise_name", "")
        if fold_name(name) == fold_name(case.enterprise_name or ""):
            return name
    enterprise = tx.accounts.optional(case.enterprise_id)
    return enterprise.name if enterprise and enterprise.is_contact_address(case.sender) else ""


def understood(case: Case, name: str) -> tuple[tuple[str, str], ...]:
    """The request as read, as pairs of label and value.

    `name`: the enterprise as it may be named.
    """
    answers = {
        question: UNSETTLED if answer is None else ANSWERS[answer]
        for question, answer in case.answers.items()
    }
    name = name or (WRITTEN if case.enterprise_name else UNSETTLED)
    values = {"enterprise_name": name} | answers | dict.fromkeys(case.words, WRITTEN)
    return tuple((label, values.get(question, UNSETTLED)) for question, label in QUESTIONS.items())


def in_order(
    judge: Judge, submission: Submission, findings: Sequence[Finding], name: str
) -> tuple[str, ...]:
    """The parts that need not be sent again: none that a reported finding rejects by its row in
    RULES, and no paper on a page that one names.

    `name`: as for `understood`.
    """
    reported = _reported(findings)
    rejected = {what for one in reported for what in judge.rejects(one.code)}
    named = {(one.where, page) for one in reported for page in one.pages}
    request, documents, fine = submission.request, submission.documents, {}
    if request.enterprise_name:
        fine["enterprise_name"] = f"{QUESTIONS['enterprise_name']}：{name or WRITTEN}"
    for question, answer in request.answers.items():
        if answer.settled is not None:
            fine[question] = f"{QUESTIONS[question]}：{ANSWERS[answer.settled]}"
    for question in request.settled_words:
        fine[question] = f"{QUESTIONS[question]}：{WRITTEN}"
    for kind in _PAPERS:
        spots = {part.spot for part in documents.of(kind)}
        if spots and not spots & named:
            fine[kind] = PAPERS[f"document.{kind}.missing"]
    if any(one.kind not in _NO_SEAL and not one.doubtful for one in documents.seals):
        fine["seal"] = PAPERS["document.seal.missing"]
    return tuple(line for what, line in fine.items() if what not in rejected)


def announced_window(desk: Desk, case: Case) -> Window | None:
    """The window that letters name for a waiting case."""
    opens_at = case.window_opens_at
    if opens_at is None or case.state not in PLANNED:
        return None
    return desk.workdays.window_for(max(opens_at, case.not_before or opens_at))


def answer_facts(
    tx: DeskStep,
    case: Case,
    submission: Submission | None,
    findings: Sequence[Finding],
    *,
    accepted: bool = False,
) -> LetterFacts:
    """The facts that a letter answering a request may name. `findings`: the reasons against the
    request; `accepted`: an administrator found it complete, of one enterprise."""
    several = (
        submission is not None
        and len(submission.request.enterprise_names) > 1
        and not (accepted or case.account_chosen_by)
    )
    name = f"{SEVERAL}{UNSETTLED}" if several else name_for_sender(tx, case, submission)
    return LetterFacts(
        case_number=case.number,
        enterprise_name="" if several else name,
        understood=understood(case, name),
        form=any(one.code.startswith("request.") for one in findings),
        window=announced_window(tx.desk, case),
        reasons=reasons(findings),
        fine=in_order(tx.desk.judge, submission, findings, name) if submission else (),
        reply_days=tx.settings.expire_days,
        reply_by=day_text(local(case.changed_at + timedelta(days=tx.settings.expire_days)).date()),
    )


def lock_words(lock: Binding) -> str:
    """A lock as letters name it to its enterprise."""
    return f"{'主锁' if lock.primary else '副锁'} {lock.label}，{lock_end(lock)}"


def lock_end(lock: Binding) -> str:
    """A lock as letters name it to anybody else: who has it in hand knows it by its end.

    Which CA gave it and whether it is the primary one describe the enterprise's account.
    """
    return f"序列号末六位 {lock.tail}"


def notify_contact(
    tx: DeskStep,
    case: Case,
    enterprise: Enterprise,
    submission: Submission | None,
    *,
    anew: bool = False,
) -> None:
    """Notify the contact of the enterprise, at most once while a link is valid. `submission`: the
    merged mails of the case, None if none could be read. `anew`: the request has changed, so notify
    again, in the place of a notice that waits.
    """
    contact, kind = enterprise.contact_email, LetterKind.CONTACT_NOTICE
    proved = submission is not None and submission.message.proved
    is_alone = not (case.by_hand or case.joined)
    is_answered_itself = enterprise.is_contact_address(case.sender) and proved and is_alone
    since = tx.now - timedelta(days=tx.settings.objection_days)
    if not contact or is_answered_itself:
        return
    if not anew and tx.letters.was_written(case.id, kind, contact, since):
        return
    leaving = (LetterState.PENDING,)  # one that waits for a limit leaves its place to the new one
    why = "已由更新的核对通知取代"
    cancel_waiting(tx, case, why, states=leaving, kind=kind, recipient=contact)
    facts = LetterFacts(
        case_number=case.number,
        understood=understood(case, enterprise.name),
        window=announced_window(tx.desk, case),
        others=others_ask(tx, case),
        sender_masked=_sender_for_contact(case, contact),
        handler_masked=mask_name(case.handler),
    )
    write_to_contact(tx, kind, facts, enterprise, case=case, proved=proved)


def request_pairs(case: Case, contact: str) -> tuple[tuple[str, str], ...]:
    """The facts of the notice to this contact as pairs of label and value, for the page of its
    link."""
    answers = tuple(
        (QUESTIONS[question], ANSWERS[answer]) for question, answer in case.answers.items()
    )
    who = (("发件邮箱", _sender_for_contact(case, contact)), ("经办人", mask_name(case.handler)))
    return (("工单号", case.number), *who, *answers)


def others_ask(tx: Transaction, case: Case) -> str:
    """What the contact is told beside the request where another one contests it, or ""."""
    return OTHERS_ASK if contested_by(tx, case, tx.cases.open_naming(case.enterprise_id)) else ""


def notice_of(tx: Transaction, case: Case, **values: Any) -> Letter | None:
    """The notice of the case with these values that was written last: it may have the number of one
    that waited. The case may have notified others: papers of another enterprise notify its contact.
    """
    kind = LetterKind.CONTACT_NOTICE
    found = tx.letters.newest(case_id=case.id, kind=kind, **values)
    return max(found, key=lambda one: (one.created_at, one.id), default=None)


def _sender_for_contact(case: Case, contact: str) -> str:
    return address_for_contact(case.sender, contact) if case.sender else "（无发件人）"
