"""What a reading gets right of a labelled paper: pure functions over lines of `bench.specimens`.

A result is (measure, outcome, detail); `right` is the one good outcome. Values are compared after
`fold_name`. What the measures mean: docs/BENCHMARKS.md, "Your own scans".
"""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from bench.documents.table import Result, Row, rows_of, time_row
from bench.program import Line
from core.data.documents import Box
from core.enterprise_names import fold_name
from papers.lines.layout import overlap

ReadSeal = dict[str, Any]

_ALIKE = 0.8
_SAME_WORDS = 0.3  # below, two seals are paired only by their kind or as the last ones
_SAME_PLACE = 0.35  # of the smaller box
FIELDS = {
    "licence": {"enterprise name": ("enterprise_name", "name"), "USCC": ("uscc", "uscc")},
    "id_front": {"person's name": ("name", "name"), "ID number": ("id_number", "id_number")},
    "id_back": {},
}
"""By kind of paper that the reader must know: measure, field as read, key of the truth."""

MEASURES = {
    "licence known": ("100 %", ""),
    "id_front known": ("100 %", ""),
    "id_back known": ("100 %", ""),
    "other paper taken for none of these": ("100 %", ""),
    "enterprise name": ("≥ 95 %", ""),
    "USCC": ("≥ 95 %, wrong 0", "wrong"),
    "person's name": ("≥ 97 %", ""),
    "ID number": ("≥ 95 %, wrong 0", "wrong"),
    "unreadable paper: nothing read": ("", ""),
    "seal found": ("≥ 99.5 %", ""),
    "grey seal found": ("≥ 7 of 8", ""),
    "seal's kind": ("≥ 88 %, official 0", "official"),
    "seal's words exact": ("≥ 70 %", ""),
    "seal's words alike": ("≥ 92 %", ""),
    "authority's seal found": ("", ""),
    "authority's seal's kind": ("official 0", "official"),
    "authority's seal's words exact": ("", ""),
    "authority's seal's words alike": ("", ""),
    "no false seal": ("≥ 98 %", ""),
    '"no seal" proved': ("≥ 85 %", ""),
    '"no seal" proved of no sealed page': ("wrong 0", "wrong"),
}
"""Measures in the table's order: the goal in words, and the outcome that fails it ("": none)."""


class Paper(BaseModel):
    """The truth of one paper. `seals`: words ("" where nobody can read them) and kind of each."""

    model_config = ConfigDict(extra="allow")
    kind: str
    seals: list[tuple[str, str]]
    name: str | None = None
    uscc: str | None = None
    id_number: str | None = None
    readable: bool = True
    grey: bool = False
    note: str = ""

    def results(self, line: Line) -> Iterator[Result]:
        """What the reading gets right of it."""
        yield from _paper_results(self, line)
        left, open_ = list(line["seals"]), list(self.seals)
        while open_:
            words, kind = label = max(open_, key=lambda one: _best_fitness(one[0], one[1], left))
            open_.remove(label)
            seal = _partner(words, kind, left, len(self.seals))
            if seal:
                left.remove(seal)
            prefix = "authority's seal" if kind == "authority" else "seal"
            yield from _seal_results(prefix, words, kind, seal)
        yield _false_seals(left)
        sealed = any(kind != "authority" for _, kind in self.seals)
        provable = self.kind == "licence" and self.readable and not self.grey
        yield from _absence_results(line, sealed=sealed, provable=provable)


class Drawn(BaseModel):
    """The truth of a page on which a program drew one seal, or `none`.
    `at`: of the upright page."""

    none: bool = False
    grey: bool = False
    name: str = ""
    kind: str = ""
    at: tuple[float, float, float, float] = (0, 0, 0, 0)

    def results(self, line: Line) -> Iterator[Result]:
        """What the reading gets right of it."""

        def shared(seal: ReadSeal) -> float:
            return overlap(Box(*seal["box"]), Box(*self.at))

        hits = [seal for seal in line["seals"] if shared(seal) > _SAME_PLACE]
        if not self.none:
            seal = max(hits, key=shared, default=None)
            yield from _seal_results("seal", self.name, self.kind, seal)
            if self.grey:
                yield "grey seal found", "right" if seal else "missing", self.name
        others = [seal for seal in line["seals"] if seal not in hits]
        yield _false_seals([seal for seal in others if not _is_registrys(seal)])
        yield from _absence_results(line, sealed=not self.none, provable=not self.grey)


def _paper_results(truth: Paper, line: Line) -> Iterator[Result]:
    kinds = [part["kind"] for part in line["parts"]]
    if truth.kind not in FIELDS:
        outcome = "wrong" if FIELDS.keys() & set(kinds) else "right"
        yield "other paper taken for none of these", outcome, ", ".join(kinds)
        return
    parts = [part for part in line["parts"] if part["kind"] == truth.kind]
    part = parts[0] if parts else {"fields": {}, "doubts": []}
    if not truth.readable:
        outcome = "something" if any(part["fields"].values()) else "right"
        yield "unreadable paper: nothing read", outcome, str(part["fields"])
        return
    yield f"{truth.kind} known", "right" if parts else "missing", ", ".join(kinds)
    for measure, (field, key) in FIELDS[truth.kind].items():
        wanted, read = getattr(truth, key), part["fields"].get(field)
        if wanted or read:
            outcome = _field_outcome(wanted, read, doubtful=field in part["doubts"])
            yield measure, outcome, f"{wanted} → {read}"


def _field_outcome(wanted: str | None, read: str | None, *, doubtful: bool) -> str:
    """A value that is read where the paper bears none is as wrong as another one."""
    if not read:
        return "missing"
    if fold_name(read) == fold_name(wanted or ""):
        return "right"
    return "doubtful" if doubtful else "wrong"


def _seal_results(prefix: str, words: str, kind: str, seal: ReadSeal | None) -> Iterator[Result]:
    """Kind and words of a seal that was not found count as missed. A `blank` one has neither."""
    yield f"{prefix} found", "right" if seal else "missing", words
    if kind == "blank":
        return
    read, text = (seal["kind"], seal["text"]) if seal else ("missing", None)
    yield f"{prefix}'s kind", "right" if _is_kind(kind, read) else read, f"{kind} → {read}"
    if words:
        exact, near = fold_name(text or "") == fold_name(words), _likeness(text, words) >= _ALIKE
        yield f"{prefix}'s words exact", "right" if exact else "not", f"{words} → {text}"
        yield f"{prefix}'s words alike", "right" if near else "not", f"{words} → {text}"


def _partner(words: str, kind: str, left: Sequence[ReadSeal], wanted: int) -> ReadSeal | None:
    """Of the seals left, the one most like a labelled one; None if it is rather another's."""
    best = max(left, key=lambda seal: _fitness(words, kind, seal), default=None)
    enough = not words or wanted == 1 or len(left) >= wanted
    if best is None or enough or _is_kind(kind, best["kind"]):
        return best
    return best if _likeness(best["text"], words) > _SAME_WORDS else None


def _fitness(words: str, kind: str, seal: ReadSeal) -> float:
    same_kind = _SAME_WORDS if _is_kind(kind, seal["kind"]) else 0.0
    return same_kind + (_likeness(seal["text"], words) if words else 0.0)


def _best_fitness(words: str, kind: str, left: Sequence[ReadSeal]) -> float:
    """How well the best seal left fits a label: the best pairs are parted first."""
    return max((_fitness(words, kind, seal) for seal in left), default=0.0)


def _is_kind(kind: str, read: str) -> bool:
    """Whether a kind was read as labelled; the reader has no kind of its own for `personal`."""
    return read == kind or (kind == "personal" and read == "unknown")


def _likeness(read: str | None, words: str) -> float:
    return difflib.SequenceMatcher(None, fold_name(read or ""), fold_name(words)).ratio()


def _is_registrys(seal: ReadSeal) -> bool:
    """An authority's, or one at the registry's place (lower right) that is not official."""
    (x0, y0, x1, y1), kind = seal["box"], seal["kind"]
    return kind == "authority" or (kind != "official" and x0 + x1 > 1.1 and y0 + y1 > 1.2)


def _false_seals(extra: Sequence[ReadSeal]) -> Result:
    """`doubtful` where each was reported as doubtful, `official` where a sure one was."""
    if not extra:
        return "no false seal", "right", ""
    sure = [seal["kind"] for seal in extra if not seal["doubtful"]]
    worst = "official" if "official" in sure else "wrong"
    details = [f"{seal['kind']} {seal['text']} {seal['box']}" for seal in extra]
    return "no false seal", worst if sure else "doubtful", ", ".join(details)


def _absence_results(line: Line, *, sealed: bool, provable: bool) -> Iterator[Result]:
    """Where absence is not proved: the first condition that is not met."""
    if sealed:
        outcome = "wrong" if line["seal_absent"] else "right"
        yield '"no seal" proved of no sealed page', outcome, ""
    elif provable:
        pages = line["pages"]
        conditions = {
            "not opened": bool(pages),
            "not confident": all(page["confident"] for page in pages),
            "grey": all(page["colour"] or page["blank"] for page in pages),
            "ink": not any(page["seal_ink"] for page in pages),
            "a seal": line["seal_absent"],
        }
        unmet = [condition for condition, is_met in conditions.items() if not is_met]
        yield '"no seal" proved', unmet[0] if unmet else "right", ""


def table(results: Sequence[Result], lines: Sequence[Line]) -> list[Row]:
    """A row for each measure that was met with, and the time a page."""
    seconds = [line["ms"] / 1000 / len(line["pages"]) for line in lines if line["pages"]]
    return [*rows_of(results, MEASURES), *([time_row(seconds)] if seconds else [])]
