"""What letters say of a submission: how the request was understood, and what is already in order."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from core.accounts.enterprise import Binding
from core.cases.case import Case, State
from core.cases.desk import Desk
from core.cases.finding import Finding, Severity
from core.cases.finding_words import text_of
from core.cases.letter import UNSETTLED, LetterFacts, day_text
from core.cases.submission import PartKind, SealKind, Submission
from core.cases.words import ANSWERS, PAPERS, QUESTIONS
from core.clock import local

REPORTED_REVIEW = frozenset({"document.unreadable"})
"""Review findings that letters name (RULES.md section 3); all others are for administrators."""

_PAPERS = (PartKind.ID_FRONT, PartKind.ID_BACK, PartKind.LICENCE)
_NO_SEAL = (SealKind.AUTHORITY, SealKind.UNKNOWN)


def reasons(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The words of the findings that a letter may name, in order, each once."""
    messages = [text_of(f) for f in findings if f.severity is Severity.REJECT or f.code in REPORTED_REVIEW]
    return tuple(dict.fromkeys(messages))


def understood(case: Case) -> tuple[tuple[str, str], ...]:
    """The request as read, as pairs of label and value."""
    answers = {question: UNSETTLED if answer is None else ANSWERS[answer] for question, answer in case.answers.items()}
    values = {"enterprise_name": case.enterprise_name or UNSETTLED, **answers, **_masked(case.words)}
    return tuple((label, values.get(question, UNSETTLED)) for question, label in QUESTIONS.items())


def in_order(submission: Submission, findings: Sequence[Finding]) -> tuple[str, ...]:
    """What need not be sent again. What a reject finding or a reported one is about is not listed."""
    against = {f.code for f in findings if f.severity is Severity.REJECT or f.code in REPORTED_REVIEW}
    request = submission.request
    said = {"enterprise_name": request.enterprise_name if "request.enterprise_name.missing" not in against else None}
    if "request.nothing_requested" not in against:
        said |= {question: ANSWERS[answer.settled] for question, answer in request.answers.items() if answer.settled is not None}
    said |= _masked(request.settled_words)
    shown = [f"document.{kind}.missing" for kind in _PAPERS if submission.documents.of(kind)]
    good_seal = any(seal.kind not in _NO_SEAL and not seal.doubtful for seal in submission.documents.seals)
    shown += ["document.seal.missing"] if good_seal and "document.seal.missing" not in against else []
    return (*(f"{QUESTIONS[question]}：{value}" for question, value in said.items() if value), *(PAPERS[code] for code in shown))


def _masked(words: Mapping[str, str]) -> dict[str, str]:
    """Answers in words with their middle hidden: the notice of a case goes to another person than its sender."""
    return {question: f"{value[:3]}***{value[-2:]}" if len(value) > 5 else "***" for question, value in words.items()}


def announced_window(desk: Desk, case: Case) -> str:
    """The window that letters name for a waiting case, or ""."""
    if case.window_date is None or case.state not in {State.QUEUED, State.APPROVED}:
        return ""
    now = desk.clock.now()
    return str(desk.workdays.window_on(case.window_date, max(now, case.not_before or now)))


def answer_facts(desk: Desk, case: Case, submission: Submission | None, findings: Sequence[Finding]) -> LetterFacts:
    """What a letter that answers a request may name. `findings`: what stands against it."""
    return LetterFacts(
        case_number=case.number,
        enterprise_name=case.enterprise_name or "",
        understood=understood(case),
        window=announced_window(desk, case),
        provisional=case.provisional_window,
        reasons=reasons(findings),
        fine=in_order(submission, findings) if submission else (),
        reply_days=desk.settings.expire_days,
        reply_by=day_text(local(case.changed_at + timedelta(days=desk.settings.expire_days)).date()),
    )


def mask_address(address: str) -> str:
    """An address with its middle hidden, for the notice to the registered contact: z***n@example.org."""
    name, at, domain = address.partition("@")
    if len(name) <= 2:
        return f"{name[:1]}***{at}{domain}"
    return f"{name[0]}***{name[-1]}{at}{domain}"


def lock_words(lock: Binding) -> str:
    """A lock as letters name it to its enterprise."""
    return f"{'主锁' if lock.primary else '副锁'} {lock.label}，{lock_end(lock)}"


def lock_end(lock: Binding) -> str:
    """A lock as letters name it to anybody else: who has it in hand knows it by its end.

    Which CA gave it and whether it is the primary one describe the enterprise's account.
    """
    return f"序列号末六位 {lock.tail}"


def mask_name(name: str) -> str:
    """A person's name with all but the first character hidden: 王**."""
    return name[:1] + "*" * (len(name) - 1)
