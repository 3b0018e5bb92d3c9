"""Patches: an enterprise's name or seal on paper of another colour than all around it. It was typed
over, or cut out of another picture and laid on.

Shade and light change slowly, so that paper is darker on one side of a field and lighter on the
other. A patch is lighter, darker or less tinted than every side: by 5.3 or more where people drew
some, by at most 4.0 on real licences and 2.7 on honest requests. White on white is not seen.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.documents import Box, Part, PartKind, Seal, SealKind
from papers.lines.layout import enlarged, inside, pixels
from papers.lines.ocr_models import Image

FIELD = "patched"
_NAME, _SEAL = "企业名称", "公章"
_LEAST = 5.0  # of CIELAB, lightness counted half: by so much a patch differs
_FEWEST = 30  # pixels that show a paper's colour
_PAPER = 70  # the percentile of lightness at which paper is seen between print
_DARKER, _LIGHTER = 6, 12  # than that is paper, in 255ths of lightness
_NAME_NEAR, _NAME_FAR = 0.6, 1.1  # heights of a name: so far above and below it is its paper
_SEAL_NEAR, _SEAL_FAR = 0.18, 0.3  # sizes of a seal, on all sides
_WITHIN = 0.2  # of a seal's size from its edges: the paper inside it


def with_patches(parts: Sequence[Part], seals: Sequence[Seal], page: Image) -> list[Part]:
    """The parts; a licence has as a field what first stands on a patch, its name or a seal."""
    return [_looked_at(one, seals, page) if one.kind is PartKind.LICENCE else one for one in parts]


def _looked_at(licence: Part, seals: Sequence[Seal], page: Image) -> Part:
    name = licence.field_boxes.get("enterprise_name")
    if name and _is_patch(page, name, _above_and_below(name)):
        return replace(licence, fields={**licence.fields, FIELD: _NAME})
    for seal in seals:
        mine = seal.kind is SealKind.OFFICIAL and inside(licence.box, seal.box.centre)
        if mine and _is_patch(page, enlarged(seal.box, -_WITHIN), _all_around(seal.box)):
            return replace(licence, fields={**licence.fields, FIELD: _SEAL})
    return licence


def _is_patch(page: Image, place: Box, sides: Iterator[Box]) -> bool:
    """Whether the paper of a place differs from that of all sides in the same way."""
    own = _paper(page, place)
    around = [_paper(page, side) for side in sides]
    if own is None or any(one is None for one in around):
        return False
    differences = np.array([own - one for one in around if one is not None])
    alike = np.abs(np.sign(differences).sum(axis=0)) == len(differences)
    lightness, tint = np.where(alike, np.abs(differences).min(axis=0), 0.0)
    return math.hypot(lightness / 2, tint) >= _LEAST


def _paper(page: Image, box: Box) -> NDArray[np.float64] | None:
    """The lightness of the paper in a box, and its place between blue and yellow; None where too
    little of it is seen."""
    cut = page[pixels(box, page)]
    if cut.size < 3 * _FEWEST:
        return None
    lab = cv2.cvtColor(cut, cv2.COLOR_BGR2LAB).reshape(-1, 3).astype(np.float64)
    level = np.percentile(lab[:, 0], _PAPER)
    bright = lab[(lab[:, 0] >= level - _DARKER) & (lab[:, 0] <= level + _LIGHTER)]
    colour: NDArray[np.float64] = np.median(bright[:, ::2], axis=0)
    return colour


def _above_and_below(box: Box) -> Iterator[Box]:
    near, far = _NAME_NEAR * box.height, _NAME_FAR * box.height
    yield Box(box.x0, box.y0 - far, box.x1, box.y0 - near)
    yield Box(box.x0, box.y1 + near, box.x1, box.y1 + far)


def _all_around(box: Box) -> Iterator[Box]:
    near, far = enlarged(box, _SEAL_NEAR), enlarged(box, _SEAL_FAR)
    yield Box(box.x0, far.y0, box.x1, near.y0)
    yield Box(box.x0, near.y1, box.x1, far.y1)
    yield Box(far.x0, box.y0, near.x0, box.y1)
    yield Box(near.x1, box.y0, far.x1, box.y1)
