"""The table of figures: goals beside what was measured, gates with PASS or FAIL, counts with every
figure. Pure functions over result lines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bench.documents.kept import Line
from bench.documents.verdicts import GREY, SEAL_FINDINGS

_ENOUGH_COMPLETE: Final = 300
_SLOWEST_S: Final = 3.0
_LATE: Final = 2.0  # times the mean


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what, the goal in words, the figure in words,
    and for a gate whether it holds (None: a goal)."""

    what: str
    goal: str
    figure: str
    holds: bool | None = None


def _pages(lines: Sequence[Line]) -> Iterator[dict[str, Any]]:
    for line in lines:
        for page in line["pages"]:
            yield {**page, "_wear": line["how"]["wear"], "_seed": line["seed"]}


def _values(
    lines: Sequence[Line],
    wanted: Callable[[str], bool],
    wear: Callable[[str], bool] = lambda _: True,
) -> list[str]:
    return [
        str(v)
        for page in _pages(lines)
        if wear(page["_wear"])
        for k, v in page.items()
        if wanted(k)
    ]


def _share(good: int, of: int) -> str:
    return f"{100 * good / of:.1f} % ({good} of {of})" if of else "none measured"


def exact(lines: Sequence[Line], field: str) -> str:
    """Share of a field read exactly, with what became of the rest."""
    values = _values(lines, lambda key: key == field)
    said = {
        word: sum(v.startswith(word) for v in values)
        for word in ("right", "missing", "doubtful", "wrong")
    }
    rest = ", ".join(f"{n} {word}" for word, n in said.items() if n and word != "right")
    return _share(said["right"], len(values)) + (f"; {rest}" if rest else "")


def _wrong(lines: Sequence[Line], field: str) -> Row:
    values = _values(lines, lambda key: key == field)
    wrong, doubtful = (sum(v.startswith(word) for v in values) for word in ("wrong", "doubtful"))
    name = {
        "id_front.id_number": "ID number wrong (not missing)",
        "licence.uscc": "USCC wrong (not missing)",
    }[field]
    return Row(
        name,
        "0",
        f"{wrong} of {len(values)}; {doubtful} more wrong and said to be doubtful",
        wrong == 0,
    )


def gates(lines: Sequence[Line], times: Sequence[float]) -> list[Row]:
    """The gates that follow from result lines, and from the seconds of single pages."""
    complete = [line for line in lines if not line["lacks"]]
    rejected = [line["seed"] for line in complete if line["decision"] == "reject"]
    return [
        _wrong(lines, "id_front.id_number"),
        _wrong(lines, "licence.uscc"),
        Row(
            "complete requests rejected",
            "0 of 300",
            f"{len(rejected)} of {len(complete)} {rejected or ''}".strip(),
            _of_enough(rejected, complete),
        ),
        Row("absences reported of what is there", "0", *_untrue(lines)),
        Row("page, most", "≤ 3 s", _slowest(times), max(times) <= _SLOWEST_S if times else None),
        Row("page, 95 %", "≤ 2 × the mean", *_late(times)),
    ]


def _slowest(times: Sequence[float]) -> str:
    return (
        f"{max(times):.2f} s (95 %: {np.quantile(times, 0.95):.2f} s) of {len(times)}"
        if times
        else "none measured"
    )


def _late(times: Sequence[float]) -> tuple[str, bool | None]:
    """The slow pages beside the mean."""
    if not times:
        return "none measured", None
    late = float(np.quantile(times, 0.95) / np.mean(times))
    return f"{late:.2f} ×", late <= _LATE


def _of_enough(rejected: Sequence[int], complete: Sequence[Line]) -> bool | None:
    """Fails with the first one; passes only when enough were measured,
    and is open (None) before."""
    return False if rejected else True if len(complete) >= _ENOUGH_COMPLETE else None


def _untrue(lines: Sequence[Line]) -> tuple[str, bool]:
    """Requests, complete or not, with a finding of absence for what their pages show."""
    names = {
        f"document.{what}.missing": what for what in ("id_front", "id_back", "licence", "seal")
    }
    claims = [line for line in lines if names.keys() & set(line["codes"])]
    untrue = [
        line["seed"]
        for line in claims
        if {names[c] for c in line["codes"] if c in names} - set(line["lacks"])
    ]
    return f"{len(untrue)} of {len(claims)} {untrue or ''}".strip(), not untrue


def goals(lines: Sequence[Line], times: Sequence[float]) -> list[Row]:
    """The goals that follow from result lines, and from the seconds of single pages."""
    mean = (
        f"{np.mean(times):.2f} s processor time, {len(times)} pages" if times else "none measured"
    )
    return [
        Row("USCC exact", "≥ 99 %", exact(lines, "licence.uscc")),
        Row("enterprise name exact", "≥ 98 %", exact(lines, "licence.enterprise_name")),
        Row("person's name exact", "≥ 97 %", exact(lines, "id_front.name")),
        Row("ID number exact", "≥ 95 %", exact(lines, "id_front.id_number")),
        Row("ID validity exact", "≥ 95 %", exact(lines, "id_back.valid_until")),
        Row("legal representative exact", "≥ 95 %", exact(lines, "licence.legal_representative")),
        Row("licence validity exact", "≥ 95 %", exact(lines, "licence.valid_until")),
        *_parts_and_seals(lines),
        Row("incomplete requests queued without the right finding", "≤ 1 %", _unreported(lines)),
        Row("page (draw, OCR, seals, QR), one thread, mean", "≤ 1.0 s", mean),
    ]


def _parts_and_seals(lines: Sequence[Line]) -> list[Row]:
    parts = _values(lines, lambda key: key.endswith(".part"))
    extra = sum(bool(page["extra"]) for page in _pages(lines))
    return [
        Row(
            "part found with right kind",
            "≥ 99 %",
            f"{_share(parts.count('right'), len(parts))}; {extra} pages with a part too many",
        ),
        Row("seal found, colour", "≥ 99.5 %", _found(lines, grey=False)),
        Row("seal found, grey", "≥ 95 %", _found(lines, grey=True)),
        Row("false seals, pages", "≤ 0.5 %", _false_seals(lines)),
        Row("seal name similarity ≥ 0.8", "≥ 98 %", _names(lines, ("exact", "near"))),
        Row("seal name exact", "≥ 85 %", _names(lines, ("exact",))),
        Row("seals cut by the edge of their page", "unsure", _cut(lines)),
        Row("special seals that pass for official, pages", "", _passing(lines)),
        Row(
            "complete requests with a false finding on their seals",
            "≤ 7 %, match.seal ≤ 2 %",
            _over_flagged(lines),
        ),
        Row("one-character impostors flagged or unsure", "≥ 98 %", _impostors(lines)),
    ]


def _names(lines: Sequence[Line], words: tuple[str, ...]) -> str:
    """Share of names read so, of all and of those in colour;
    seals that their page cuts are not among them."""
    every, coloured = (
        _values(lines, lambda key: key.startswith("seal") and key.endswith(".name"), wear)
        for wear in (lambda _: True, lambda wear: wear not in GREY)
    )
    all_, colour = (
        _share(sum(v.startswith(words) for v in values), len(values))
        for values in (every, coloured)
    )
    return f"{all_}; in colour {colour}"


def _cut(lines: Sequence[Line]) -> str:
    values = _values(lines, lambda key: key.startswith("seal") and key.endswith(".cut"))
    return _share(values.count("unsure"), len(values))


def _passing(lines: Sequence[Line]) -> str:
    """Kinds of special seals read as official."""
    kinds = _values(lines, lambda key: key.startswith("seal") and key.endswith(".kind"))
    passing = [v for v in kinds if v.endswith("-> official")]
    return f"{len(passing)} of {len(kinds)} seals of all kinds"


def _over_flagged(lines: Sequence[Line]) -> str:
    """Complete requests on which an administrator is shown a fault of the seal that is none.

    On grey pages every seal is unsure by rule.
    """
    coloured = [line for line in lines if not line["lacks"] and line["how"]["wear"] not in GREY]
    told = [c for line in coloured for c in sorted(SEAL_FINDINGS & set(line["codes"]))]
    flagged = sum(bool(SEAL_FINDINGS & set(line["codes"])) for line in coloured)
    return (
        f"{_share(flagged, len(coloured))} in colour: "
        f"{', '.join(f'{c} {told.count(c)}' for c in dict.fromkeys(told))}"
    ).removesuffix(": ")


def _found(lines: Sequence[Line], *, grey: bool) -> str:
    values = _values(
        lines,
        lambda key: key.startswith("seal") and key.endswith(".found"),
        lambda wear: (wear in GREY) is grey,
    )
    return _share(values.count("right"), len(values))


def _false_seals(lines: Sequence[Line]) -> str:
    pages = [
        [str(v) for k, v in page.items() if k.startswith("false_seal")] for page in _pages(lines)
    ]
    sure = sum(any("doubtful=False" in v for v in page) for page in pages)
    doubtful = sum(bool(page) for page in pages) - sure
    return f"{_share(sure, len(pages))}; {doubtful} more with a doubtful one"


def _impostors(lines: Sequence[Line]) -> str:
    impostors = [line for line in lines if "seal_name" in line["lacks"]]
    return _share(sum("seal_name" not in line["unreported"] for line in impostors), len(impostors))


def _unreported(lines: Sequence[Line]) -> str:
    lacking = [line for line in lines if line["lacks"]]
    unreported = [
        f"{line['seed']} {'+'.join(line['unreported'])}" for line in lacking if line["unreported"]
    ]
    rejected = sum(line["decision"] == "reject" for line in lacking)
    return (
        f"{_share(len(unreported), len(lacking))}; {rejected} rejected at once {unreported or ''}"
    ).strip()


def counted(lines: Sequence[Line]) -> str:
    """How much was measured."""
    complete = sum(not line["lacks"] for line in lines)
    queued = sum(not line["lacks"] and line["decision"] == "queue" for line in lines)
    pages = sum(len(line["pages"]) for line in lines)
    return (
        f"{len(lines)} requests, {pages} pages, {complete} complete requests "
        f"({queued} of them queued)"
    )


def badness(line: Line) -> float:
    """How badly a request was read: wrong weighs more than missing,
    missing more than a seal's name."""
    weights = {
        "wrong": 4.0,
        "missing": 2.0,
        "doubtful": 2.0,
        "far": 1.5,
        "near": 0.5,
        "unsure": 0.3,
    }
    of_values: float = sum(
        weights.get(str(v).split(":")[0], 0.0) for page in line["pages"] for v in page.values()
    )
    false_seals = sum(k.startswith("false_seal") for page in line["pages"] for k in page)
    rejected = not line["lacks"] and line["decision"] == "reject"
    return float(of_values + 3.0 * false_seals + 5.0 * len(line["unreported"]) + 20.0 * rejected)


def worst(lines: Sequence[Line], count: int = 10) -> list[Line]:
    """The requests that were read worst."""
    return [line for line in sorted(lines, key=badness, reverse=True)[:count] if badness(line) > 0]


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    verdict = {None: "", True: "PASS", False: "FAIL"}
    body = [f"| {r.what} | {r.goal} | {r.figure} | {verdict[r.holds]} |" for r in rows]
    return "\n".join(["| | goal | measured | gate |", "|---|---|---|---|", *body])
