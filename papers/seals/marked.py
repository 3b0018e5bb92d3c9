"""The name of a seal as a straight line, a bar under each character that says whether it is seen as
claimed: green, red for another, amber for doubt."""

from collections.abc import Mapping

import cv2
import numpy as np

from core.data.documents import SealVerdict
from papers.lines.pictures import decode, encode
from papers.seals.cuts import SealCut
from papers.seals.seal_evidence import AlignedName
from papers.seals.strips import unrolled

_BAND = (0.55, 1.0)
_HEIGHT, _BAR, _GAP = 72, 8, 6  # pixels
# blue green red
_COLOURS = {
    SealVerdict.AGREES: (80, 160, 60),
    SealVerdict.DIFFERS: (40, 30, 210),
    SealVerdict.UNSURE: (0, 160, 240),
}
_NARROW = 0.42  # of the pitch: half a bar


def marked(cut: SealCut, seal: AlignedName, marks: Mapping[int, SealVerdict]) -> bytes:
    """The picture as JPEG, with personal data painted over. `marks`: by place in the name."""
    strip = unrolled(decode(cut.covered), cut.ring, _BAND, seal.face.seam)
    width = round(strip.shape[1] * _HEIGHT / strip.shape[0])
    picture = np.full((_HEIGHT + _GAP + _BAR, width, 3), 255, np.uint8)
    picture[:_HEIGHT] = cv2.resize(strip, (width, _HEIGHT), interpolation=cv2.INTER_AREA)
    for place, mark in marks.items():
        left, right = ((seal.at[place] + side * _NARROW * seal.pitch) * width for side in (-1, 1))
        cv2.rectangle(
            picture,
            (round(left), _HEIGHT + _GAP),
            (round(right), picture.shape[0]),
            _COLOURS[mark],
            -1,
        )
    return encode(picture)
