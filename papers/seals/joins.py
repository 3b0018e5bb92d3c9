"""A seal pressed across two pages (骑缝章): its halves on the facing edges of consecutive pages put
together, so that its name can be read.

The halves stay in doubt, whatever they read together: an administrator sees the name, but no half
proves an official seal on its page.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from core.data.submission import Documents, Page, Seal, SealKind
from papers.lines.ocr_models import Image
from papers.lines.pictures import decode, encode

_AT_EDGE: Final = 0.012
_AROUND: Final = 0.2  # of a seal's height: so much paper is cut out with each half
_SHEET: Final = 4  # seal heights: the side of the paper on which the halves are laid together
MOST_JOINS: Final = 3

Halves = tuple[Seal, Seal]


def facing_halves(documents: Documents) -> Iterator[Halves]:
    """Parts of seals on the right edge of a page and the left edge
    of the next one of the same file."""
    for page, following in itertools.pairwise(documents.pages):
        if page.attachment == following.attachment and page.number + 1 == following.number:
            rights = [s for s in _parts_on(documents.seals, page) if s.box.x1 > 1 - _AT_EDGE]
            lefts = [s for s in _parts_on(documents.seals, following) if s.box.x0 < _AT_EDGE]
            yield from itertools.product(rights, lefts)


def _parts_on(seals: Sequence[Seal], page: Page) -> list[Seal]:
    """Seals of a page whose name was not read."""
    return [
        s
        for s in seals
        if (s.attachment, s.page) == (page.attachment, page.number)
        and s.kind is SealKind.UNKNOWN
        and s.colour != "grey"
    ]


def joined_picture(halves: Halves, pictures: Sequence[bytes]) -> bytes:
    """The halves side by side on an empty sheet, as JPEG; empty where a page has no picture.

    `pictures`: of the two pages.
    """
    pages = [decode(picture) for picture in pictures]
    if len(pages) != len(halves) or any(page is None for page in pages):
        return b""
    cut = [_cut(page, half) for page, half in zip(pages, halves, strict=True) if page is not None]
    height = max(c.shape[0] for c in cut)
    side = max(_SHEET * height, sum(c.shape[1] for c in cut))
    sheet = np.full((side, side, 3), 255, np.uint8)
    middle = side // 2
    for half, x in zip(cut, (middle - cut[0].shape[1], middle), strict=True):
        y = middle - half.shape[0] // 2
        sheet[y : y + half.shape[0], x : x + half.shape[1]] = half
    return encode(sheet)


def _cut(page: Image, half: Seal) -> Image:
    """A half with a little paper above, below and on its inner side,
    but nothing beyond the edge that it touches."""
    rows, columns = page.shape[:2]
    box, height = half.box, half.box.height * rows
    y0, y1 = box.y0 * rows - _AROUND * height, box.y1 * rows + _AROUND * height
    x0 = 0.0 if box.x0 < _AT_EDGE else box.x0 * columns - _AROUND * height
    x1 = columns if box.x1 > 1 - _AT_EDGE else box.x1 * columns + _AROUND * height
    return page[int(max(0, y0)) : int(y1), int(max(0, x0)) : int(x1)]


def with_joined(documents: Documents, read: Mapping[int, Seal]) -> Documents:
    """The documents in which halves (by the identity of their seals)
    have the words that they read together."""
    seals = tuple(
        replace(s, text=read[id(s)].text, kind=read[id(s)].kind, doubtful=True)
        if id(s) in read
        else s
        for s in documents.seals
    )
    return replace(documents, seals=seals)


def best_named(seals: Sequence[Seal]) -> Seal | None:
    """The seal of a joined sheet that has a name."""
    return max(
        (s for s in seals if s.text and s.kind is not SealKind.AUTHORITY),
        key=lambda s: s.confidence,
        default=None,
    )
