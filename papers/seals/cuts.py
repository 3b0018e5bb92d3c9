"""Seals cut out of their pages, so that they can be asked for names once all papers
of the mail are known.

A cut is no larger than what can be read of a seal, and is kept without loss: it was compressed once
already. It lives no longer than its mail is read, so that packing it would only cost time. What is
shown of it is cut out of the page as it may be shown unasked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2

from core.data.documents import Seal, SealKind
from papers.lines.layout import overlap
from papers.lines.ocr_models import Image, Ocr
from papers.lines.pictures import decode
from papers.seals.face import Face
from papers.seals.planes import Planes
from papers.seals.rings import Ring
from papers.seals.seals import Pressed
from papers.seals.strips import around


@dataclass(frozen=True)
class SealCut:
    """One seal of a page: which of its seals it is, the picture around it (BMP), its ring there,
    its colour; the same as it may be shown (BMP); what kind it was read to be; where it is cut
    open; the rings of other seals that lie across it.
    """

    seal: int
    picture: bytes
    ring: Ring
    colour: str
    shown: bytes
    kind: SealKind
    seam: float
    across: tuple[Ring, ...] = ()

    def face(self, ocr: Ocr) -> Face:
        """The seal as it was read. Raises ValueError where its picture is none."""
        planes = Planes.of(decode(self.picture), self.ring, self.colour)
        return Face(ocr, planes, self.ring, self.seam, self.across)


def cut_seals(
    seals: Sequence[Seal], pressed: Sequence[Pressed], page: Image, shown: Image
) -> tuple[SealCut, ...]:
    """The cuts of seals whose rings are known. `shown`: the page as it may be shown unasked."""
    return tuple(_cut(one, page, shown, seals) for one in pressed)


def _cut(one: Pressed, page: Image, shown: Image, seals: Sequence[Seal]) -> SealCut:
    picture, mine = around(page, one.ring)
    across = tuple(
        _ring_in_cut(s, one.ring, mine, page)
        for s in seals
        if s != one.seal and overlap(s.box, one.seal.box) > 0
    )
    return SealCut(
        seals.index(one.seal),
        _bitmap(picture),
        mine,
        one.seal.colour,
        _bitmap(around(shown, one.ring)[0]),
        one.seal.kind,
        one.seam,
        across,
    )


def _ring_in_cut(seal: Seal, ring: Ring, mine: Ring, page: Image) -> Ring:
    """The ring of another seal in the picture of one;
    `ring`, `mine`: its own on the page, and there."""
    height, width = page.shape[:2]
    step, box = mine.a / ring.a, seal.box
    cx, cy = box.centre[0] * width, box.centre[1] * height
    a, b = box.width / 2 * width * step, box.height / 2 * height * step
    return Ring(
        mine.cx + (cx - ring.cx) * step,
        mine.cy + (cy - ring.cy) * step,
        a,
        b,
        0.0,
        seal.confidence,
        0.0,
    )


def _bitmap(picture: Image) -> bytes:
    ok, data = cv2.imencode(".bmp", picture)
    return data.tobytes() if ok else b""
