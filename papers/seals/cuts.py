"""Seals cut out of their pages, so that they can be asked for names once all papers of the mail are
known.

A cut is no larger than what can be read of a seal. It is an uncompressed picture: JPEG would cost
detail, and PNG time, for a picture that lives only while its mail is read.
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
    """One seal of a page.

    `seal`: its place among the page's seals. `picture`: the seal and a little around it (BMP);
    `covered`: the same with personal data painted over. `ring`: its own in the picture; `across`:
    those of seals that overlap it. `kind`: as it was read. `seam`: the angle at which its ring is
    cut open to be read.
    """

    seal: int
    picture: bytes
    ring: Ring
    colour: str
    covered: bytes
    kind: SealKind
    seam: float
    across: tuple[Ring, ...] = ()

    def face(self, ocr: Ocr) -> Face:
        """The seal as it was read. Raises ValueError where its picture is none."""
        planes = Planes.of(decode(self.picture), self.ring, self.colour)
        return Face(ocr, planes, self.ring, self.seam, self.across)


def cut_seals(
    seals: Sequence[Seal], pressed: Sequence[Pressed], page: Image, covered: Image
) -> tuple[SealCut, ...]:
    """The cuts of seals whose rings are known. `covered`: the page with personal data painted
    over."""
    return tuple(_cut(one, page, covered, seals) for one in pressed)


def _cut(one: Pressed, page: Image, covered: Image, seals: Sequence[Seal]) -> SealCut:
    picture, ring = around(page, one.ring)
    across = tuple(
        _ring_in_cut(s, one.ring, ring, page)
        for s in seals
        if s != one.seal and overlap(s.box, one.seal.box) > 0
    )
    return SealCut(
        seals.index(one.seal),
        _bitmap(picture),
        ring,
        one.seal.colour,
        _bitmap(around(covered, one.ring)[0]),
        one.seal.kind,
        one.seam,
        across,
    )


def _ring_in_cut(other: Seal, on_page: Ring, in_cut: Ring, page: Image) -> Ring:
    """The ring of another seal in the picture of one; `on_page`, `in_cut`: the one's own ring."""
    height, width = page.shape[:2]
    scale, box = in_cut.a / on_page.a, other.box
    cx, cy = box.centre[0] * width, box.centre[1] * height
    a, b = box.width / 2 * width * scale, box.height / 2 * height * scale
    return Ring(
        in_cut.cx + (cx - on_page.cx) * scale,
        in_cut.cy + (cy - on_page.cy) * scale,
        a,
        b,
        0.0,
        other.confidence,
        0.0,
    )


def _bitmap(picture: Image) -> bytes:
    ok, data = cv2.imencode(".bmp", picture)
    return data.tobytes() if ok else b""
