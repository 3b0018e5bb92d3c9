"""Figures of the desk, counted from the audit: what came, what was complete at once, what was
returned and why, how long answers and completion took, and how often a person overruled a finding,
a sign of a rule that finds too much.

Each audit row is counted once, in order: the id of the last one is stored in the transaction of the
counts. So no use case has to count, and the figures include earlier acts. They contain no personal
data.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

from core.cases.desk import Desk, DeskStep, one_step
from core.clock import local
from core.data.audit_entry import AuditEntry
from core.data.case import ENDED, Case, State
from core.data.figure import TIMED, CaseFigure
from core.data.letter import LetterKind
from core.store.repositories.store_records import FigureRows

AT_ONCE = 200
"""Rows of the audit in one transaction, which takes about 20 ms."""
_ENDS = {f"case.{state.value}": state.value for state in ENDED} | {
    "case.answer_undone": "",
    "case.reversed": "",
}
"""The outcome of a case after these acts."""
LONGEST_HANDLED = timedelta(minutes=30)
"""Whoever has a page open for longer does not look at it all the time."""


@one_step
def note_handled(tx: DeskStep, case: Case, actor: str, opened: int) -> None:
    """Write to the audit how long a person had a case open before the decision.

    `opened`: seconds since 1970, from the form. Times below 0 or above LONGEST_HANDLED are ignored.
    """
    took_s = int(tx.now.timestamp()) - opened
    if 0 <= took_s <= LONGEST_HANDLED.total_seconds():
        tx.audit.write(actor, TIMED, tx.cases.get(case.id), seconds=took_s)


def catch_up(desk: Desk, most: int) -> bool:
    """Count the next `most` rows of the audit at most. Returns whether none is left."""
    with desk.view() as tx:
        if not tx.figures.uncounted(1):
            return True
    for _ in range(max(most // AT_ONCE, 1)):
        with desk.step() as tx:
            entries = tx.figures.uncounted(AT_ONCE)
            for entry in entries:
                _count(tx.figures, entry, desk.judge.rejects)
            if entries:
                tx.figures.counted(entries[-1].id)
        if len(entries) < AT_ONCE:
            return True
    return False


def _count(
    figures: FigureRows, entry: AuditEntry, rejects: Callable[[str], Collection[str]]
) -> None:
    """Count one row of the audit. Rows of a case without a row that opened it are ignored."""
    if entry.case_id is None:
        return
    day, detail, action = local(entry.at).date(), entry.detail, entry.action
    figure = figures.by_id(entry.case_id)
    if action == "case.opened":
        arrived = figures.arrived(entry.number("mail")) or entry.at
        figure = CaseFigure(entry.case_id, local(arrived).date(), arrived, entry.at)
    if figure is None:
        return
    codes, kind = figure.codes.split(), detail.get("kind", "")
    if action in {"case.opened", "case.supplemented"}:
        new = set(detail.get("codes", "").split()) - set(codes)
        figures.count(day, sorted(new), told=1)
    elif action == "letter.queued" and kind == LetterKind.RETURNED:
        figures.count(day, list(filter(rejects, codes)), returned=1)
    elif action == "case.accepted":
        figures.count(day, list(filter(rejects, codes)), overruled=1)
    elif action == "case.approved":
        figures.count(day, codes, overruled=1)
    elif action in {"case.dismissed", "case.merged"}:
        figures.count(local(figure.opened_at).date(), codes, told=-1)
    elif action == "case.answer_undone" and figure.outcome == State.DISMISSED:
        figures.count(local(figure.opened_at).date(), codes, told=1)
    figures.store(replace(figure, **_changes(figure, entry)))


def _changes(figure: CaseFigure, entry: AuditEntry) -> dict[str, Any]:
    """The fields of a case's figure that a row of the audit changes."""
    detail, action = entry.detail, entry.action
    letter, kind = entry.number("letter"), detail.get("kind", "")
    seconds = max(int((entry.at - figure.arrived).total_seconds()), 0)  # a clock may be set back
    changes: dict[str, Any] = {}
    match action:
        case "case.opened" | "case.supplemented":
            changes["codes"] = detail.get("codes", "")
        case "case.queued":
            changes["first_try"] = figure.first_try or entry.at == figure.opened_at
        case "case.handled":
            changes["handled_s"] = (figure.handled_s or 0) + entry.number("seconds")
        case "letter.queued" if kind != LetterKind.CONTACT_NOTICE:
            changes["returned"] = figure.returned + (kind == LetterKind.RETURNED)
            changes["answer_letter"] = figure.answer_letter or letter
        case "letter.sent" if letter == figure.answer_letter and figure.answer_s is None:
            changes["answer_s"] = seconds
    if action in _ENDS:
        changes["outcome"] = _ENDS[action]
        changes["complete_min"] = seconds // 60 if action == "case.completed" else None
    return changes


def quantile(values: list[tuple[int, int]], share: float) -> int | None:
    """The least value up to which at least this share of all lies. `values`: each with its count,
    in ascending order. None without values.
    """
    wanted = share * sum(count for _, count in values)
    for value, count in values:
        wanted -= count
        if wanted <= 0:
            return value
    return None
