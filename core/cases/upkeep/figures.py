"""Figures of the desk, counted from the audit: what came, what was complete at once, what was
returned and why, how long answers and completion took, and how often a person decided against a
finding, which says of a rule that it is noise.

The audit is read once, in its order; how far is kept beside the counts, in the same transaction. So
the figures need no words of any use case, cover what was done before they were counted, and no row
counts twice. They hold no personal data.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from core.cases.desk import Desk
from core.clock import local
from core.data.audit_entry import AuditEntry
from core.data.case import ENDED, Case, State
from core.data.figure import CaseFigure, FigureRepository
from core.data.letter import LetterKind

AT_ONCE: Final = 200
"""Rows of the audit in one transaction: some 20 ms."""
HANDLED: Final = "case.handled"
LONGEST_HANDLED: Final = timedelta(minutes=30)
"""A page that stood open for longer was not looked at all the while."""
COUNTED: Final = frozenset(
    {
        "case.opened",
        "case.supplemented",
        "case.queued",
        "case.accepted",
        "case.approved",
        "case.completed",
        "case.declined",
        "case.withdrawn",
        "case.expired",
        "case.answer_undone",
        "case.reversed",
        HANDLED,
        "letter.queued",
        "letter.sent",
        "letter.found_sent",
    }
)
_ENDS: Final = {f"case.{state.value}": state.value for state in ENDED}


def note_handled(desk: Desk, case: Case, actor: str, opened: int) -> None:
    """Write down how long a person had a case open before deciding it.

    `opened`: seconds since 1970, as the page was told; what cannot be is left out.
    """
    now = desk.clock.now()
    took_s = int(now.timestamp()) - opened
    if 0 <= took_s <= LONGEST_HANDLED.total_seconds():
        with desk.store.transaction() as tx:
            tx.audit.write(now, actor, HANDLED, tx.cases.get(case.id), seconds=str(took_s))


def catch_up(desk: Desk, most: int) -> bool:
    """Count what was done since, `most` rows of the audit at most. Whether nothing is left."""
    with desk.store.view() as tx:
        if not tx.figures.uncounted(1):
            return True
    for _ in range(max(most // AT_ONCE, 1)):
        with desk.store.transaction() as tx:
            entries = tx.figures.uncounted(AT_ONCE)
            for entry in entries:
                _count(tx.figures, entry, desk.judge.may_reject)
            if entries:
                tx.figures.counted(entries[-1].id)
        if len(entries) < AT_ONCE:
            return True
    return False


def _count(figures: FigureRepository, entry: AuditEntry, may_reject: Callable[[str], bool]) -> None:
    if entry.case_id is None or entry.action not in COUNTED:
        return
    day, codes = local(entry.at).date(), entry.detail.get("codes", "")
    if entry.action == "case.opened":
        arrived = figures.arrived(int(entry.detail.get("mail", 0))) or entry.at
        figures.save(
            CaseFigure(entry.case_id, local(arrived).date(), arrived, entry.at, codes=codes)
        )
        _told(figures, day, codes, "")
        return
    figure = figures.case(entry.case_id)
    if figure is None:
        return  # opened before there was an audit of it
    if entry.action == "case.supplemented":
        _told(figures, day, codes, figure.codes)
        figures.save(replace(figure, codes=codes))
    elif entry.action == HANDLED:
        figures.save(
            replace(figure, handled_s=(figure.handled_s or 0) + int(entry.detail.get("seconds", 0)))
        )
    elif entry.action in {"case.accepted", "case.approved"}:
        for code in figure.codes.split():
            if may_reject(code) or entry.action == "case.approved":
                figures.count(day, code, overruled=1)
    else:
        figures.save(_moved(figures, figure, entry, day, may_reject))


def _moved(
    figures: FigureRepository,
    figure: CaseFigure,
    entry: AuditEntry,
    day: date,
    may_reject: Callable[[str], bool],
) -> CaseFigure:
    """The case's own figure after a row."""
    letter = int(entry.detail.get("letter", 0))
    match entry.action:
        case "case.queued":
            return replace(figure, first_try=figure.first_try or entry.at == figure.opened_at)
        case "letter.queued":
            return _answered(figures, figure, entry.detail, letter, day, may_reject)
        case "letter.sent" | "letter.found_sent" if (
            letter == figure.answer_letter and figure.answer_s is None
        ):
            return replace(figure, answer_s=_whole(entry.at - figure.arrived, timedelta(seconds=1)))
        case "case.completed":
            return replace(
                figure,
                outcome=State.COMPLETED.value,
                complete_min=_whole(entry.at - figure.arrived, timedelta(minutes=1)),
            )
        case (
            "case.answer_undone"
            | "case.reversed"
            | "case.declined"
            | "case.withdrawn"
            | "case.expired"
        ):
            return replace(figure, outcome=_ENDS.get(entry.action, ""), complete_min=None)
    return figure


def _answered(
    figures: FigureRepository,
    figure: CaseFigure,
    detail: Mapping[str, str],
    letter: int,
    day: date,
    may_reject: Callable[[str], bool],
) -> CaseFigure:
    kind = detail.get("kind", "")
    if kind == LetterKind.CONTACT_NOTICE:
        return figure
    if kind == LetterKind.RETURNED:
        for code in filter(may_reject, figure.codes.split()):
            figures.count(day, code, returned=1)
        figure = replace(figure, returned=figure.returned + 1)
    return figure if figure.answer_letter else replace(figure, answer_letter=letter)


def _told(figures: FigureRepository, day: date, codes: str, before: str) -> None:
    for code in set(codes.split()) - set(before.split()):
        figures.count(day, code, told=1)


def _whole(span: timedelta, unit: timedelta) -> int:
    return max(int(span / unit), 0)


def quantile(values: list[tuple[int, int]], share: float) -> int | None:
    """The value below which this share lies, from values with their counts in ascending order;
    None of none."""
    wanted = share * sum(count for _, count in values)
    for value, count in values:
        wanted -= count
        if wanted <= 0:
            return value
    return None
