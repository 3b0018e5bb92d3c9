"""What an administrator answers a case with: sends it back, takes it as complete, or ends it.

Each sends a letter, which can be seen before.

The case changes at once; its letter waits `undo_s` seconds, and until then the act can be taken
back. Words of findings are written for the enterprise where the code may reject a mail; all others
the administrator says in words of his own.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.accounts.enterprises.administration import require_reason
from core.cases.decision.approve import act, seen_case
from core.cases.desk import Desk
from core.cases.intake.request_case import submission_of
from core.cases.letters.contact_notice import notify_contact
from core.cases.letters.finding_words import text_of
from core.cases.letters.letter_content import answer_facts, name_for_sender
from core.cases.letters.outbox import last_mail_of_sender, rendered, write_letter
from core.data.case import TRANSITIONS, Case, State, Step, advance, restored, undoable
from core.data.finding import Finding, Severity
from core.data.letter import LetterFacts, LetterKind, LetterState, Rendered
from core.data.roles import Right
from core.errors import NotAllowed
from core.store.store import Transaction


class Answer(StrEnum):
    """What a case is answered with."""

    RETURN = "return"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class _Means:
    """How an answer is given: the step, the letter, its action in the audit."""

    step: Step
    letter: LetterKind
    action: str


_MEANS: Final = {
    Answer.RETURN: _Means(Step.RETURN, LetterKind.RETURNED, "case.returned"),
    Answer.ACCEPT: _Means(Step.ACCEPT, LetterKind.RECEIVED, "case.accepted"),
    Answer.DECLINE: _Means(Step.DECLINE, LetterKind.DECLINED, "case.declined"),
    Answer.WITHDRAW: _Means(Step.WITHDRAW, LetterKind.WITHDRAWN, "case.withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What an administrator says with an answer.

    `reason`: one line for each point that is to be supplemented, the reason that the enterprise is
    given, or, with ACCEPT, the one for colleagues. `findings`: sentences of `reportable`, which a
    return tells.
    """

    reason: str = ""
    findings: tuple[str, ...] = ()


ENDING: Final = frozenset({Answer.DECLINE, Answer.WITHDRAW})
"""Answers that decide a case: for whoever may approve."""


def right_to_change(case: Case) -> Right:
    """What changing a case asks for: whoever takes a decision back needs the right that it
    needed."""
    return (
        Right.APPROVE
        if case.state in {State.APPROVED, State.DECLINED, State.WITHDRAWN}
        else Right.REVIEW
    )


def possible(state: State) -> frozenset[Answer]:
    """What a case may be answered with in a state."""
    return frozenset(
        answer for answer, means in _MEANS.items() if (state, means.step) in TRANSITIONS
    )


def reportable(desk: Desk, case: Case) -> dict[str, Finding]:
    """The findings of a case that a return may tell, by their sentences."""
    return {
        text_of(finding): finding
        for finding in case.findings
        if desk.judge.may_reject(finding.code)
    }


def draft(desk: Desk, case_id: int, version: int, answer: Answer, words: Words) -> Rendered | None:
    """The letter of an answer, which nothing is changed by; None where none may be sent.

    Raises as `give`.
    """
    with desk.store.view() as tx:
        case = seen_case(tx, case_id, version)
        after, facts = _answered(tx, desk, case, answer, words, desk.clock.now())
        return rendered(desk, _MEANS[answer].letter, facts, after) if _is_sent(after) else None


def give(desk: Desk, case_id: int, version: int, actor: str, answer: Answer, words: Words) -> Case:
    """Answer a case. Raises Conflict, NotAllowed without a reason, IllegalTransition."""
    means = _MEANS[answer]

    def step(tx: Transaction, case: Case, now: datetime) -> Case:
        after, facts = _answered(tx, desk, case, answer, words, now)
        if answer is Answer.ACCEPT and after.enterprise_id is not None:
            enterprise = tx.accounts.get(after.enterprise_id)
            notify_contact(tx, desk, after, enterprise, submission_of(tx, case), now)
        if not _is_sent(after):
            return undoable(case, after, now + timedelta(seconds=desk.settings.undo_s), None)
        # then what it said before cannot be said again
        replaces = any(case_id == case.id for _, case_id, _ in tx.letters.waiting_to(case.sender))
        until = now + timedelta(seconds=0 if replaces else desk.settings.undo_s)
        letter_id = write_letter(
            tx,
            desk,
            means.letter,
            facts,
            case.sender,
            now,
            case=after,
            reply_to=last_mail_of_sender(tx, case),
            not_before=until,
        )
        return undoable(case, after, until, letter_id)

    return act(desk, case_id, version, actor, means.action, step, words.reason.strip())


def undo(desk: Desk, case_id: int, version: int, actor: str) -> Case:
    """Take the last answer back, while its letter waits. Raises NotAllowed afterwards, Conflict."""

    def step(tx: Transaction, case: Case, now: datetime) -> Case:
        if case.undo is None or now >= case.undo.until:
            raise NotAllowed("已过可撤销的时间，不能撤销；回执已经或即将发出。")
        if case.undo.letter_id is not None:
            letter = tx.letters.by_id(case.undo.letter_id)
            if letter is None or letter.state is not LetterState.PENDING or letter.attempts:
                raise NotAllowed("回执已经发出，不能撤销。")
            tx.letters.save(replace(letter, state=LetterState.CANCELLED, error="办理人已撤销"))
        return restored(case, case.undo, now)

    return act(desk, case_id, version, actor, "case.answer_undone", step)


def _answered(
    tx: Transaction, desk: Desk, case: Case, answer: Answer, words: Words, now: datetime
) -> tuple[Case, LetterFacts]:
    """The case as the answer makes it, and what its letter says."""
    if answer is Answer.RETURN:
        return _returned(tx, desk, case, words, now)
    require_reason(words.reason)
    reason = words.reason.strip()
    if answer is Answer.ACCEPT:
        window = desk.workdays.window_for(now)
        after = advance(
            case,
            Step.ACCEPT,
            now,
            complete_at=now,
            window_date=window.date,
            provisional_window=window.provisional,
            reason="",
        )
        return after, answer_facts(tx, desk, after, submission_of(tx, case), ())
    after = advance(case, _MEANS[answer].step, now, reason=reason)
    name = name_for_sender(tx, case, submission_of(tx, case))
    return after, LetterFacts(case_number=case.number, enterprise_name=name, reason=reason)


def _returned(
    tx: Transaction, desk: Desk, case: Case, words: Words, now: datetime
) -> tuple[Case, LetterFacts]:
    offered = reportable(desk, case)
    told = [
        replace(offered[sentence], severity=Severity.REJECT)
        for sentence in words.findings
        if sentence in offered
    ]
    lines = [line.strip() for line in words.reason.splitlines() if line.strip()]
    if not told and not lines:
        raise NotAllowed("请勾选或写明需要补正的内容。")
    after = advance(
        case,
        Step.RETURN,
        now,
        reason="；".join(lines),
        approved_by="",
        complete_at=None,
        window_date=None,
        provisional_window=False,
    )
    facts = answer_facts(tx, desk, after, submission_of(tx, case), told)
    # what typed lines are about is not known, so nothing is called in order beside them
    fine = () if lines else facts.fine
    return after, replace(facts, reasons=(*facts.reasons, *lines), fine=fine)


def _is_sent(case: Case) -> bool:
    return bool(case.sender) and not case.by_hand
