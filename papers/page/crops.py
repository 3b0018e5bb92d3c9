"""Pictures of a page's parts and seals, cut out and upright: evidence to compare with the readings.

Of a card a whole side, of a licence its head (title, name, code, representative), of a seal what
lies around it. All is cut out of the covered page, so that no crop shows personal data;
and no crop is larger than a person needs to compare it.
"""

from collections.abc import Sequence

import numpy as np

from core.data.documents import Box, Part, Seal
from papers.kinds.card_fields import Fields
from papers.kinds.licence import Licence
from papers.lines.layout import Piece, corners
from papers.lines.ocr_models import Image, Quad
from papers.lines.onnx_ocr import cut_out
from papers.lines.pictures import encode, resized
from papers.page.trust import RECOGNISED

_HEAD = ("enterprise_name", "uscc", "legal_representative")
_MARGIN = 0.03  # of the width
_HEAD_SHARE = 0.5  # of a licence whose fields were not read
_WIDEST, _SEAL_SIDE = 720, 240  # pixels
_AROUND = 0.06  # of a seal's size


def head_of(licence: Licence, fields: Fields) -> Quad:
    """The head of a licence on the straightened page: from its title to a line below the last of
    the fields that tell whose it is."""
    x0, y0 = min(p.x0 for p in licence.pieces), min(p.y0 for p in licence.pieces)
    x1, foot = max(p.x1 for p in licence.pieces), max(p.y1 for p in licence.pieces)
    head_pieces: list[Piece] = [piece for name in _HEAD for piece in fields.places.get(name, ())]
    y1 = max((p.y1 + p.height for p in head_pieces), default=y0 + _HEAD_SHARE * (foot - y0))
    return corners(x0, y0, x1, y1)


def corners_of(box: Box) -> Quad:
    """The corners of a box."""
    return corners(box.x0, box.y0, box.x1, box.y1)


def crops(page: Image, parts: Sequence[Part], seals: Sequence[Seal]) -> tuple[bytes, ...]:
    """A JPEG for each part and then for each seal; empty where nothing is shown.

    `page`: with personal data painted over.
    """
    of_parts = [
        _cut(page, part.corners or corners_of(part.box), _MARGIN, _WIDEST)
        if part.kind in RECOGNISED
        else b""
        for part in parts
    ]
    return (*of_parts, *(_cut(page, corners_of(seal.box), _AROUND, _SEAL_SIDE) for seal in seals))


def _cut(page: Image, quad: Quad, margin: float, widest: int) -> bytes:
    """The picture between corners (fractions of the page) and a little around it, no wider than so
    many pixels."""
    height, width = page.shape[:2]
    places = np.array(quad) * (width, height)
    middle, reach = places.mean(axis=0), margin * np.ptp(places[:, 0])
    wider = tuple((float(x), float(y)) for x, y in places + np.sign(places - middle) * reach)
    cut = cut_out(page, wider, widest)
    if cut.shape[1] > widest:
        cut = resized(cut, widest, max(1, round(cut.shape[0] * widest / cut.shape[1])))
    return encode(cut)
