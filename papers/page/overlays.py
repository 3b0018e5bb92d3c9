"""What the file itself draws over its scan: a seal that a program put there, no impression on the
paper, or what covers words of a paper."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.data.documents import Box, Part, PartKind, Seal, SealKind
from papers.lines.layout import inside, overlap
from papers.opening.sandbox import RawPage

OVERLAID, ERASED = "overlaid", "erased"
_SEAL = "公章"
_SHARED = 0.5  # of a seal: so many cells have ink of it
_FEWEST = 3  # cells: a word is larger
_PAPERS = frozenset({PartKind.ID_FRONT, PartKind.ID_BACK, PartKind.LICENCE})


def with_overlays(
    parts: Sequence[Part], seals: Iterable[Seal], raw: RawPage, quarters: int
) -> list[Part]:
    """The parts; a licence on which a seal is drawn over the scan has that as a field, and so has a
    card or licence of which print is covered.

    `raw`: the page before it was turned by so many quarters clockwise. The registry's own seal is
    left out.
    """
    inked, erased = (
        [_turned(cell, quarters) for cell in cells] for cells in (raw.inked, raw.erased)
    )
    drawn = [
        seal.box.centre
        for seal in seals
        if seal.kind is not SealKind.AUTHORITY and _shared(seal.box, inked) >= _SHARED
    ]
    return [_overlaid(part, drawn, erased) for part in parts]


def _overlaid(part: Part, seals: Iterable[tuple[float, float]], erased: Iterable[Box]) -> Part:
    fields = dict(part.fields)
    if part.kind is PartKind.LICENCE and any(inside(part.box, seal) for seal in seals):
        fields[OVERLAID] = _SEAL
    cells = sum(inside(part.box, cell.centre) for cell in erased)
    if part.kind in _PAPERS and cells >= _FEWEST:
        fields[ERASED] = "是"
    return replace(part, fields=fields)


def _turned(box: Box, quarters: int) -> Box:
    for _ in range(quarters):
        box = Box(1 - box.y1, box.x0, 1 - box.y0, box.x1)
    return box


def _shared(seal: Box, cells: Iterable[Box]) -> float:
    """How much of a seal lies in cells."""
    return sum(overlap(cell, seal) * min(cell.size, seal.size) for cell in cells) / seal.size
