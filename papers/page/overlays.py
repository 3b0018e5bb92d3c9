"""Seals that the file itself draws over its scan: an image or a shape that a program put there, no
impression on the paper."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.data.documents import Box, Part, PartKind, Seal, SealKind
from papers.lines.layout import inside, overlap

FIELD = "overlaid"
_SEAL = "公章"
_SHARED = 0.6  # of the smaller box: the object is the seal, or a piece of it
_LEAST, _MOST = 0.05, 2.0  # of a seal's size: its star, and an image with a margin


def with_overlays(
    parts: Sequence[Part],
    seals: Iterable[Seal],
    drawn_over: Iterable[Box],
    quarters: int,
) -> list[Part]:
    """The parts; a licence on which a seal is drawn over the scan has that as a field.

    `drawn_over`: boxes on the page before it was turned by so many quarters clockwise. The
    registry's own seal is left out.
    """
    boxes = [_turned(box, quarters) for box in drawn_over]
    drawn = [
        seal.box.centre
        for seal in seals
        if seal.kind is not SealKind.AUTHORITY and any(_is_of_seal(box, seal.box) for box in boxes)
    ]
    return [
        replace(part, fields={**part.fields, FIELD: _SEAL})
        if part.kind is PartKind.LICENCE and any(inside(part.box, centre) for centre in drawn)
        else part
        for part in parts
    ]


def _turned(box: Box, quarters: int) -> Box:
    for _ in range(quarters):
        box = Box(1 - box.y1, box.x0, 1 - box.y0, box.x1)
    return box


def _is_of_seal(box: Box, seal: Box) -> bool:
    fits = _LEAST * seal.size <= box.size <= _MOST * seal.size
    return fits and overlap(box, seal) >= _SHARED
