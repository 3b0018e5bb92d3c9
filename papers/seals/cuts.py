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
    kind: SealKind = SealKind.UNKNOWN
    seam: float | None = None
    across: tuple[Ring, ...] = ()

    def face(self, ocr: Ocr) -> Face:
        """The seal as it was read. Raises ValueError where its picture is none."""
        face = Face.of(ocr, self.image, self.ring, self.colour, self.across)
        return face if self.seam is None else face.cut_at(self.seam)

    @property
    def image(self) -> Image:
        """The picture as pixels. Raises ValueError where it is none."""
        return decode(self.picture)


def cut_seals(
    seals: Sequence[Seal], pressed: Sequence[Pressed], page: Image, shown: Image
) -> tuple[SealCut, ...]:
    """The cuts of seals whose rings are known. `shown`: the page as it may be shown unasked."""
    return tuple(
        _cut(next(i for i, s in enumerate(seals) if s is one.seal), one, page, shown, seals)
        for one in pressed
    )


def _cut(index: int, one: Pressed, page: Image, shown: Image, seals: Sequence[Seal]) -> SealCut:
    picture, mine = around(page, one.ring)
    across = tuple(
        _ring_in_cut(s, one.ring, mine, page)
        for s in seals
        if s is not one.seal and overlap(s.box, one.seal.box) > 0
    )
    covered = _bitmap(around(shown, one.ring)[0])
    seam = None if one.face is None else one.face.seam
    return SealCut(
        index, _bitmap(picture), mine, one.seal.colour, covered, one.seal.kind, seam, across
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
