"""The table of figures. A result is (measure, outcome, detail), `right` is the one good outcome; a
row is a measure's share of them with its goal, for a gate with PASS or FAIL."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.program import Line

Result = tuple[str, str, str]
Measures = Mapping[str, tuple[str, str]]
"""By measure, in the table's order: the goal in words, and the outcome that fails it ("": none)."""
_WORST = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what, the goal in words, the figure in words,
    and for a gate whether it holds (None: a goal)."""

    what: str
    goal: str
    figure: str
    holds: bool | None = None


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    verdict = {None: "", True: "PASS", False: "FAIL"}
    body = [f"| {r.what} | {r.goal} | {r.figure} | {verdict[r.holds]} |" for r in rows]
    return "\n".join(["| | goal | measured | gate |", "|---|---|---|---|", *body])


def rows_of(results: Iterable[Result], measures: Measures) -> list[Row]:
    """A row for each measure that was met with; one that `measures` lacks has no goal."""
    counts: dict[str, Counter[str]] = {measure: Counter() for measure in measures}
    for measure, outcome, _ in results:
        counts.setdefault(measure, Counter())[outcome] += 1
    rows = []
    for measure, count in counts.items():
        if total := count.total():
            goal, failing = measures.get(measure, ("", ""))
            rest = [f"; {n} {outcome}" for outcome, n in count.most_common() if outcome != "right"]
            figure = f"{100 * count['right'] / total:.1f} % ({count['right']} of {total})"
            holds = not count[failing] if failing else None
            rows.append(Row(measure, goal, figure + "".join(rest), holds))
    return rows


def time_row(seconds: Sequence[float]) -> Row:
    """Mean, late and slowest pages."""
    mean, late, most = np.mean(seconds), np.quantile(seconds, 0.95), max(seconds)
    figure = f"{mean:.2f} · {late:.2f} · {most:.2f} s of {len(seconds)}"
    return Row("time a page: mean · 95 % · most", "", figure)


def report(lines: Sequence[Line], measures: Measures) -> str:
    """Counts, the table, and the requests that were read worst."""
    pages = [cpu_s for line in lines for cpu_s in line["cpu_s"]]
    counted = (
        f"{len(lines)} requests, {len(pages)} pages, {sum(not x['lacks'] for x in lines)} complete"
    )
    rows = rows_of((result for line in lines for result in line["results"]), measures)
    table = markdown([*rows, *([time_row(pages)] if pages else [])])
    worst = sorted(lines, key=lambda line: len(_faults(line)), reverse=True)[:_WORST]
    return "\n".join([counted, "", table, "", "The worst:", *map(_short, worst)])


def _faults(line: Line) -> list[str]:
    return [f"{what}: {how} {detail}" for what, how, detail in line["results"] if how != "right"]


def _short(line: Line) -> str:
    look = f"{line['how']['wear']} turn {line['how']['turn']}"
    faults = "; ".join(_faults(line))
    return f"{line['seed']} {look} lacks {line['lacks']} {line['decision']}: {faults}"
