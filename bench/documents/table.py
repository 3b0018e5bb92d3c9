"""The table of figures: goals beside what was measured, gates with PASS or FAIL, and the requests
that were read worst. Pure functions over result lines."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bench.documents.kept import Line
from bench.documents.verdicts import GREY, SEAL_FINDINGS
from core.data.submission import SealVerdict

_ENOUGH_COMPLETE: Final = 300
_SLOWEST_S: Final = 3.0
_LATE: Final = 2.0  # times the mean
_WEIGHTS: Final = {
    "wrong": 4.0,
    "missing": 2.0,
    "doubtful": 2.0,
    "far": 1.5,
    "near": 0.5,
    "unsure": 0.3,
}
"""By outcome: how badly a request was read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what, the goal in words, the figure in words,
    and for a gate whether it holds (None: a goal)."""

    what: str
    goal: str
    figure: str
    holds: bool | None = None


def report(lines: Sequence[Line]) -> str:
    """Counts, the table, and the worst."""
    rows = [*_gates(lines), *_times(lines), *_goals(lines), *_claims(lines)]
    worst = [line for line in sorted(lines, key=_badness, reverse=True)[:10] if _badness(line)]
    return "\n".join([_counted(lines), "", markdown(rows), "", "The worst:", *map(_short, worst)])


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    verdict = {None: "", True: "PASS", False: "FAIL"}
    body = [f"| {r.what} | {r.goal} | {r.figure} | {verdict[r.holds]} |" for r in rows]
    return "\n".join(["| | goal | measured | gate |", "|---|---|---|---|", *body])


def _pages(lines: Sequence[Line]) -> Iterator[tuple[Line, dict[str, Any]]]:
    return ((line, page) for line in lines for page in line["pages"])


def _values(lines: Sequence[Line], wanted: Callable[[str], bool]) -> list[str]:
    return [str(v) for _, page in _pages(lines) for k, v in page.items() if wanted(k)]


def _of_seals(lines: Sequence[Line], result: str) -> list[str]:
    return _values(lines, lambda key: key.startswith("seal") and key.endswith(f".{result}"))


def _share(good: int, of: int) -> str:
    return f"{100 * good / of:.1f} % ({good} of {of})" if of else "none measured"


def _coloured(lines: Sequence[Line]) -> list[Line]:
    """On grey pages every seal is unsure by rule."""
    return [line for line in lines if line["how"]["wear"] not in GREY]


def _complete(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if not line["lacks"]]


def _counted(lines: Sequence[Line]) -> str:
    complete = _complete(lines)
    queued = sum(line["decision"] == "queue" for line in complete)
    return (
        f"{len(lines)} requests, {sum(1 for _ in _pages(lines))} pages, {len(complete)} complete "
        f"requests ({queued} of them queued)"
    )


def _gates(lines: Sequence[Line]) -> list[Row]:
    complete = _complete(lines)
    rejected = [line["seed"] for line in complete if line["decision"] == "reject"]
    # fails with the first one; passes only when enough were measured, and is open before
    enough = True if len(complete) >= _ENOUGH_COMPLETE else None
    figure = f"{len(rejected)} of {len(complete)} {rejected or ''}".strip()
    return [
        _wrong(lines, "ID number", "id_front.id_number"),
        _wrong(lines, "USCC", "licence.uscc"),
        Row("complete requests rejected", "0 of 300", figure, False if rejected else enough),
        _untrue(lines),
    ]


def _wrong(lines: Sequence[Line], what: str, field: str) -> Row:
    values = _values(lines, lambda key: key == field)
    wrong, doubtful = (sum(v.startswith(word) for v in values) for word in ("wrong", "doubtful"))
    figure = f"{wrong} of {len(values)}; {doubtful} more wrong and said to be doubtful"
    return Row(f"{what} wrong (not missing)", "0", figure, wrong == 0)


def _untrue(lines: Sequence[Line]) -> Row:
    """Requests, complete or not, with a finding of absence for what their pages show."""
    parts = ("id_front", "id_back", "licence", "seal")
    names = {f"document.{what}.missing": what for what in parts}
    claims = [line for line in lines if names.keys() & set(line["codes"])]
    untrue = [
        line["seed"]
        for line in claims
        if {names[c] for c in line["codes"] if c in names} - set(line["lacks"])
    ]
    figure = f"{len(untrue)} of {len(claims)} {untrue or ''}".strip()
    return Row("absences reported of what is there", "0", figure, not untrue)


def _times(lines: Sequence[Line]) -> list[Row]:
    times = [cpu_s for line in lines for cpu_s in line["cpu_s"]] or [0.0]
    mean, late, most = float(np.mean(times)), float(np.quantile(times, 0.95)), max(times)
    return [
        Row("page, most", "≤ 3 s", f"{most:.2f} s of {len(times)}", most <= _SLOWEST_S),
        Row("page, 95 %", "≤ 2 × the mean", f"{late / mean:.2f} ×", late <= _LATE * mean),
        Row("page (draw, OCR, seals, QR), one thread, mean", "≤ 1.0 s", f"{mean:.2f} s"),
    ]


def _goals(lines: Sequence[Line]) -> list[Row]:
    parts = _values(lines, lambda key: key.endswith(".part"))
    return [
        _exact(lines, "USCC", "≥ 99 %", "licence.uscc"),
        _exact(lines, "enterprise name", "≥ 98 %", "licence.enterprise_name"),
        _exact(lines, "person's name", "≥ 97 %", "id_front.name"),
        _exact(lines, "ID number", "≥ 95 %", "id_front.id_number"),
        _exact(lines, "ID validity", "≥ 95 %", "id_back.valid_until"),
        _exact(lines, "legal representative", "≥ 95 %", "licence.legal_representative"),
        _exact(lines, "licence validity", "≥ 95 %", "licence.valid_until"),
        Row("part found with right kind", "≥ 99 %", _share(parts.count("right"), len(parts))),
        *_seals(lines),
        _over_flagged(lines),
        Row("one-character impostors flagged or unsure", "≥ 98 %", _impostors(lines)),
        _unreported(lines),
    ]


def _exact(lines: Sequence[Line], what: str, goal: str, field: str) -> Row:
    """Share of a field read exactly, with what became of the rest."""
    count = Counter(v.partition(":")[0] for v in _values(lines, lambda key: key == field))
    rest = [f"{n} {word}" for word, n in sorted(count.items()) if word != "right"]
    figure = "; ".join([_share(count["right"], count.total()), *rest])
    return Row(f"{what} exact", goal, figure)


def _seals(lines: Sequence[Line]) -> list[Row]:
    coloured = _coloured(lines)
    grey = [line for line in lines if line["how"]["wear"] in GREY]
    kinds, cut = _of_seals(lines, "kind"), _of_seals(lines, "cut")
    passing = sum(v.endswith("-> official") and not v.startswith("right") for v in kinds)
    return [
        Row("seal found, colour", "≥ 99.5 %", _right(_of_seals(coloured, "found"))),
        Row("seal found, grey", "≥ 95 %", _right(_of_seals(grey, "found"))),
        Row("false seals, pages", "≤ 0.5 %", _false_seals(lines)),
        _names(lines, "seal name similarity ≥ 0.8", "≥ 98 %", ("exact", "near")),
        _names(lines, "seal name exact", "≥ 85 %", ("exact",)),
        Row("seals cut by the edge of their page", "unsure", _share(cut.count("unsure"), len(cut))),
        Row("special seals that pass for official", "0", f"{passing} of {len(kinds)} seals"),
    ]


def _right(values: Sequence[str]) -> str:
    return _share(values.count("right"), len(values))


def _names(lines: Sequence[Line], what: str, goal: str, outcomes: tuple[str, ...]) -> Row:
    every, coloured = _of_seals(lines, "name"), _of_seals(_coloured(lines), "name")
    whole, colour = (
        _share(sum(v.startswith(outcomes) for v in values), len(values))
        for values in (every, coloured)
    )
    return Row(what, goal, f"{whole}; in colour {colour}")


def _false_seals(lines: Sequence[Line]) -> str:
    pages = [
        [str(v) for k, v in page.items() if k.startswith("false_seal")] for _, page in _pages(lines)
    ]
    sure = sum(any("doubtful=False" in v for v in page) for page in pages)
    return f"{_share(sure, len(pages))}; {sum(map(bool, pages)) - sure} more with a doubtful one"


def _over_flagged(lines: Sequence[Line]) -> Row:
    """Complete requests on which an administrator is shown a fault of the seal that is none."""
    found = [SEAL_FINDINGS & set(line["codes"]) for line in _coloured(_complete(lines))]
    by_code = Counter(code for codes in found for code in codes)
    words = ", ".join(f"{code} {n}" for code, n in sorted(by_code.items()))
    return Row(
        "complete requests with a false finding on their seals",
        "≤ 7 %, match.seal ≤ 2 %",
        f"{_share(sum(map(bool, found)), len(found))} in colour {words}".strip(),
    )


def _impostors(lines: Sequence[Line]) -> str:
    impostors = [line for line in lines if "seal_name" in line["lacks"]]
    return _share(sum("seal_name" not in line["unreported"] for line in impostors), len(impostors))


def _unreported(lines: Sequence[Line]) -> Row:
    lacking = [line for line in lines if line["lacks"]]
    silent = [f"{line['seed']} {'+'.join(line['unreported'])}" for line in lacking]
    silent = [words for words, line in zip(silent, lacking, strict=True) if line["unreported"]]
    figure = f"{_share(len(silent), len(lacking))} {silent or ''}".strip()
    return Row("incomplete requests queued without the right finding", "≤ 1 %", figure)


def _claims(lines: Sequence[Line]) -> list[Row]:
    """For each class of impostors: how many have a finding, and how their seals answer."""
    results: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        for kind, result in line["claims"]:
            results[kind].append(result)
    return [Row(f"impostor, {kind}: a finding", "", _answers(of)) for kind, of in results.items()]


def _answers(results: Sequence[Line]) -> str:
    count = Counter(
        next((v for v in (SealVerdict.DIFFERS, SealVerdict.UNSURE) if v in r["answers"]), "agrees")
        for r in results
    )
    found = sum(bool(r["findings"]) for r in results)
    answers = ", ".join(f"{answer} {n}" for answer, n in sorted(count.items()))
    low, high = wilson(found, len(results))
    return f"{_share(found, len(results))}, {low:.1%}–{high:.1%}; {answers}"


def wilson(count: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of 95 % of a share."""
    p, n = count / of, of
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


def _badness(line: Line) -> float:
    """How badly a request was read: wrong weighs more than missing,
    missing more than a seal's name."""
    values = [str(v).partition(":")[0] for page in line["pages"] for v in page.values()]
    false_seals = sum(k.startswith("false_seal") for page in line["pages"] for k in page)
    rejected = not line["lacks"] and line["decision"] == "reject"
    of_values = sum(_WEIGHTS.get(value, 0.0) for value in values)
    return float(of_values + 3.0 * false_seals + 5.0 * len(line["unreported"]) + 20.0 * rejected)


def _short(line: Line) -> str:
    bad = [
        f"p{number} {key} {value}"
        for number, page in enumerate(line["pages"], 1)
        for key, value in page.items()
        if key.startswith("false_seal")
        or (isinstance(value, str) and value.partition(":")[0] not in {"right", "exact"})
    ]
    how = f"{line['how']['wear']} turn {line['how']['turn']} {line['how'].get('form', '')}"
    return (
        f"{line['seed']} {how} lacks {line['lacks']} {line['decision']} "
        f"{json.dumps(line['codes'])}: {'; '.join(bad)}"
    )
