"""What the file itself draws over its scan: a seal that a program put there, no impression on the
paper, or what covers words of a paper."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.data.documents import Box, Part, Seal, SealKind
from papers.lines.layout import inside, overlap
from papers.opening.sandbox import RawPage
from papers.page.trust import RECOGNISED

OVERLAID, ERASED = "overlaid", "erased"
_SHARED = 0.5  # of a seal: so many cells have ink of it
_FEWEST = 3  # cells: a word is larger


def with_overlays(
    parts: Sequence[Part], seals: Iterable[Seal], raw: RawPage, quarters: int
) -> list[Part]:
    """The parts; a card or licence has a field OVERLAID if its seal is drawn over the scan, and
    ERASED if print of it is covered.

    `raw`: the page before it was turned by so many quarters clockwise. The registry's own seal is
    left out. A seal beside all papers belongs to the first.
    """
    inked, erased = (
        [_turned(cell, quarters) for cell in cells] for cells in (raw.inked, raw.erased)
    )
    papers = [part for part in parts if part.kind in RECOGNISED]
    overlaid = [
        next((part for part in papers if inside(part.box, seal.box.centre)), papers[0])
        for seal in seals
        if papers and seal.kind is not SealKind.AUTHORITY and _shared(seal.box, inked) >= _SHARED
    ]
    covered = [
        part for part in papers if sum(inside(part.box, cell.centre) for cell in erased) >= _FEWEST
    ]

    def signs(part: Part) -> dict[str, str]:
        found = {OVERLAID: part in overlaid, ERASED: part in covered}
        return {field: "是" for field, is_found in found.items() if is_found}

    return [replace(part, fields={**part.fields, **signs(part)}) for part in parts]


def _turned(box: Box, quarters: int) -> Box:
    for _ in range(quarters):
        box = Box(1 - box.y1, box.x0, 1 - box.y0, box.x1)
    return box


def _shared(seal: Box, cells: Iterable[Box]) -> float:
    """How much of a seal lies in cells."""
    return sum(overlap(cell, seal) * min(cell.size, seal.size) for cell in cells) / seal.size
