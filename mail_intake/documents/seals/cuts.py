"""Seals cut out of their pages, so that they can be asked for names once all papers of the mail are known.

A cut is no larger than what can be read of a seal, and is kept without loss: it was compressed once already. What is shown of it is cut out of the page
as it may be shown unasked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2

from core.cases.submission import Seal, SealKind
from mail_intake.documents.lines.ocr_models import Frames, Image, Ocr
from mail_intake.documents.lines.pictures import decode
from mail_intake.documents.seals.face import Face
from mail_intake.documents.seals.rings import Ring
from mail_intake.documents.seals.seals import Pressed
from mail_intake.documents.seals.strips import around


@dataclass(frozen=True, slots=True)
class SealCut:
    """One seal of a page: which of its seals it is, the picture around it (PNG), its ring there, its colour; the same as it may be shown (PNG); what
    kind it was read to be; where it was cut open, and what was read of its first strips (Frames.packed).
    """

    seal: int
    picture: bytes
    ring: Ring
    colour: str
    shown: bytes = b""
    kind: SealKind = SealKind.UNKNOWN
    seam: float | None = None
    read: tuple[bytes, ...] = ()

    def face(self, ocr: Ocr) -> Face:
        """The seal as it was read. Raises ValueError where its picture is none."""
        face = Face.of(ocr, self.image, self.ring, self.colour)
        if self.seam is None:
            return face
        return replace(face, seam=self.seam, read=[Frames.unpacked(packed, ocr.alphabet) for packed in self.read])

    @property
    def image(self) -> Image:
        """The picture as pixels. Raises ValueError where it is none."""
        return _pixels(self.picture)

    @property
    def shown_image(self) -> Image | None:
        return _pixels(self.shown) if self.shown else None


def cut_seals(seals: Sequence[Seal], pressed: Sequence[Pressed], page: Image, shown: Image | None) -> tuple[SealCut, ...]:
    """The cuts of seals whose rings are known. `shown`: the page as it may be shown unasked, or None."""
    return tuple(_cut(next(i for i, s in enumerate(seals) if s is one.seal), one, page, shown) for one in pressed)


def _cut(index: int, one: Pressed, page: Image, shown: Image | None) -> SealCut:
    picture, mine = around(page, one.ring)
    covered = b"" if shown is None else _png(around(shown, one.ring)[0])
    seam, read = (one.face.seam, tuple(frames.packed() for frames in one.face.read)) if one.face is not None else (None, ())
    return SealCut(index, _png(picture), mine, one.seal.colour, covered, one.seal.kind, seam, read)


def _png(picture: Image) -> bytes:
    ok, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return data.tobytes() if ok else b""


def _pixels(picture: bytes) -> Image:
    image = decode(picture)
    if image is None:
        raise ValueError("No picture of a seal.")
    return image
