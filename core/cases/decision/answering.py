"""An administrator's answers to a case: return it, accept it as complete, or end it.

Each sends a letter, which can be seen before; internal notes send none. A case that is no request
ends without a letter, unless the administrator writes words for it.

The case changes at once; its letter waits `undo_s` seconds, and until then the act can be taken
back. Findings have words for the enterprise where the code may reject a mail, and where a person
may find a doubt true; all others the administrator writes in words of his own.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from core.accounts.administrators import personnel
from core.accounts.enterprises.administration import require_reason
from core.cases.decision.seen_case import on_seen_case, seen_case
from core.cases.desk import Desk, DeskStep, one_step
from core.cases.intake.request_case import sender_facts, submission_of
from core.cases.intake.unread import mark_answered, mark_unanswered
from core.cases.letters.letter_content import answer_facts, notify_contact
from core.cases.letters.outbox import cancel_waiting, rendered, write_to_sender
from core.cases.letters.words import confirmed_text, text_of
from core.data.case import (
    TRANSITIONS,
    UNDECIDED,
    Case,
    Note,
    State,
    Step,
    advance,
    marked,
    restored,
    undoable,
)
from core.data.finding import Finding, Severity
from core.data.letter import LetterFacts, LetterKind, LetterState, Rendered
from core.data.roles import Right
from core.errors import NotAllowed

LONGEST_NOTE = 500
MOST_NOTES = 20
NO_REQUEST_UNDO = timedelta(days=1)
"""So long a case that was no request, and got no letter, can be taken up again."""
_NO_REQUEST = "来信不是申请"


class Answer(StrEnum):
    """An answer to a case: the step of that name."""

    RETURN = "return"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    DISMISS = "dismiss"


_GIVEN_BY = {
    Answer.RETURN: (LetterKind.RETURNED, "case.returned"),
    Answer.ACCEPT: (LetterKind.RECEIVED, "case.accepted"),
    Answer.DECLINE: (LetterKind.DECLINED, "case.declined"),
    Answer.WITHDRAW: (LetterKind.WITHDRAWN, "case.withdrawn"),
    Answer.DISMISS: (LetterKind.ANSWER, "case.dismissed"),
}
"""How an answer is given: the letter, and its action in the audit."""
ENDING = frozenset({Answer.DECLINE, Answer.WITHDRAW, Answer.DISMISS})
"""Answers that decide a case: for whoever may approve."""
WITHOUT_REASON = frozenset({Answer.WITHDRAW, Answer.DISMISS})
"""Answers that need no reason: the enterprise knows why it withdraws."""
_SETTLED = ("objection", "withdrawal", "competing")
"""Alerts of a case that such an answer settles; taken back, the case itself waits again."""


@dataclass(frozen=True)
class Words:
    """An administrator's words with an answer. `reason`: one line for each point to be
    supplemented, the reason for the enterprise, or, with ACCEPT, the one for colleagues.
    `findings`: sentences of `reportable`, which a return contains. `shown`: ids of the mails that
    waited to be read on the page that was seen.
    """

    reason: str = ""
    findings: tuple[str, ...] = ()
    shown: Collection[int] = ()


def right_to_change(case: Case) -> Right:
    """The right that changing a case requires: to change a decision, the right that the decision
    required.
    """
    return Right.REVIEW if case.state in UNDECIDED else Right.APPROVE


def possible(state: State) -> frozenset[Answer]:
    """The possible answers to a case in a state."""
    return frozenset(one for one in Answer if (state, Step(one)) in TRANSITIONS)


def reportable(desk: Desk, case: Case) -> dict[str, Finding]:
    """The findings of a case that a return may contain, by their sentences: those that the code
    may reject, and doubts that a person may find true."""
    sentences = {
        confirmed_text(one) or (text_of(one) if desk.judge.rejects(one.code) else ""): one
        for one in case.findings
    }
    return {sentence: one for sentence, one in sentences.items() if sentence}


def draft(desk: Desk, case_id: int, version: int, answer: Answer, words: Words) -> Rendered | None:
    """The letter of an answer, which nothing is changed by; None where none may be sent. Raises as
    `give`.
    """
    with desk.view() as tx:
        case = seen_case(tx, case_id, version)
        after, facts = _answered(tx, case, answer, words)
        return rendered(desk, _GIVEN_BY[answer][0], facts, after) if facts else None


@on_seen_case
def give(tx: DeskStep, case: Case, actor: str, answer: Answer, words: Words) -> Case:
    """Answer a case. Raises NotAllowed without a reason, IllegalTransition."""
    kind, action = _GIVEN_BY[answer]
    after, facts = _answered(tx, case, answer, words)
    if answer is Answer.ACCEPT and after.enterprise_id is not None:
        enterprise = tx.accounts.get(after.enterprise_id)
        notify_contact(tx, after, enterprise, submission_of(tx, case))
    if answer in ENDING:
        for family in _SETTLED:
            tx.alerts.clear(f"{family}.{case.number}")
    answered: tuple[int, ...] = ()
    if answer is Answer.WITHDRAW and facts:
        answered = mark_answered(tx, case, actor, words.shown)
    until = tx.now + timedelta(seconds=tx.settings.undo_s)
    letter_id = None
    if answer is Answer.DISMISS:
        cancel_waiting(tx, case, _NO_REQUEST)
        until = until if words.reason else tx.now + NO_REQUEST_UNDO
    if facts:
        waiting = tx.letters.waiting_to(case.sender, case.id)
        if any(its_case == case.id for _, its_case, _ in waiting):
            until = tx.now  # what the replaced letter contains cannot be sent again
        letter_id = write_to_sender(tx, kind, facts, after, until)
    after = undoable(case, after, until=until, letter_id=letter_id, answered=answered)
    tx.write_case(actor, action, after, detail=words.reason)
    return after


@on_seen_case
def undo(tx: DeskStep, case: Case, actor: str) -> Case:
    """Take the last answer back, while its letter waits; a case that was approved is approved
    anew. Raises NotAllowed afterwards.
    """
    was = case.undo
    if was is None or tx.now >= was.until:
        raise NotAllowed("已过可撤销的时间，不能撤销；回执已经或即将发出。")
    if was.letter_id is not None:
        letter = tx.letters.get(was.letter_id)
        if not letter.is_untried:
            raise NotAllowed("回执已经发出，不能撤销。")
        tx.letters.save(letter.cancelled("办理人已撤销"))
    for letter in tx.letters.newest(case_id=case.id, state=LetterState.CANCELLED):
        if letter.error == _NO_REQUEST:
            tx.letters.save(replace(letter, state=LetterState.PENDING, error=""))
    if was.state is State.APPROVED:  # sender or contact may have written since
        was = replace(was, state=State.QUEUED, approved_by="")
    case = restored(case, was, tx.now)
    mark_unanswered(tx, case, was.answered)
    tx.write_case(actor, "case.answer_undone", case)
    return case


@one_step
def add_note(tx: DeskStep, case_id: int, actor: str, text: str) -> Case:
    """Add an internal note to a case as it is now: what a telephone call brought, what to look at.
    The same one again, by the same person, is not added. It is a part of the sealed case, voids no
    first approval and moves no deadline. Raises NotAllowed.
    """
    if not text or len(text) > LONGEST_NOTE:
        raise NotAllowed(f"请填写备注，最多 {LONGEST_NOTE} 字。")
    case = tx.cases.get(case_id)
    if case.purged_at:
        raise NotAllowed("工单的个人信息已经删除，不能再加备注。")
    if case.notes and (case.notes[-1].author, case.notes[-1].text) == (actor, text):
        return case
    if len(case.notes) >= MOST_NOTES:
        raise NotAllowed(f"一件工单最多 {MOST_NOTES} 条备注。")
    case = marked(case, notes=(*case.notes, Note(tx.now, actor, text)))
    tx.write_case(actor, "case.noted", case)
    return case


@one_step
def assign(tx: DeskStep, case_id: int, actor: str, owner: str, tag: str) -> Case:
    """Name the administrator who works on a case, as it is now, and its tag; "" for none. Raises
    NotAllowed.
    """
    case = tx.cases.get(case_id)
    people = {one.name for one in personnel.with_right(tx, Right.REVIEW)}
    if owner not in {"", case.owner, *people} or tag not in {"", case.tag, *tx.settings.tags}:
        raise NotAllowed("没有这位经办人员或这个标记，请刷新后重选。")
    if (owner, tag) != (case.owner, case.tag):
        case = marked(case, owner=owner, tag=tag)
        tx.write_case(actor, "case.assigned", case, owner=owner, tag=tag)
    return case


def _answered(
    tx: DeskStep, case: Case, answer: Answer, words: Words
) -> tuple[Case, LetterFacts | None]:
    """The case as the answer makes it, and what its letter contains; None without a letter."""
    reason, step = words.reason, Step(answer)
    if answer not in WITHOUT_REASON | {Answer.RETURN}:
        require_reason(reason)
    if answer is Answer.RETURN:
        after, facts = _returned(tx, case, words)
    elif answer is Answer.ACCEPT:
        after = tx.queued(case, step, complete_at=tx.now, reason="")
        facts = answer_facts(tx, after, submission_of(tx, case), (), accepted=True)
    else:
        facts = sender_facts(tx, case, reason=reason)
        after = advance(case, step, tx.now, reason=reason)
    silent = answer is Answer.DISMISS and not reason
    return after, facts if after.may_be_answered and not silent else None


def _returned(tx: DeskStep, case: Case, words: Words) -> tuple[Case, LetterFacts]:
    """What typed lines and doubts are about is not known, so nothing is called in order beside
    them, and the questions are repeated where an answer of the case is open."""
    offered = reportable(tx.desk, case)
    findings = [
        replace(offered[sentence], severity=Severity.REJECT, message=sentence)
        for sentence in words.findings
        if sentence in offered
    ]
    lines = [line.strip() for line in words.reason.splitlines() if line.strip()]
    if not findings and not lines:
        raise NotAllowed("请勾选或写明需要补正的内容。")
    after = advance(
        case,
        Step.RETURN,
        tx.now,
        reason="；".join(lines),
        complete_at=None,
        window_opens_at=None,
    )
    facts = answer_facts(tx, after, submission_of(tx, case), findings)
    is_known = not lines and all(tx.desk.judge.rejects(finding.code) for finding in findings)
    fine = facts.fine if is_known else ()
    is_open = None in (case.unbind, case.reset_password) or any(
        finding.code.startswith("request.") for finding in case.findings
    )
    form = facts.form or is_open
    return after, replace(facts, reasons=(*facts.reasons, *lines), fine=fine, form=form)
