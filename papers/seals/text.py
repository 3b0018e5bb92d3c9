"""The words of a seal: the name along its ring, the line below its star,
and what kind of seal they say it is.

The reading is what the seal "reads as"; it is never helped by the name that is expected there.
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.data.submission import SealKind
from papers.kinds.paper_kinds import REGISTRY_WORDS
from papers.lines.ocr_models import Image, Strip
from papers.lines.words import chinese_count, fold, word_list
from papers.seals.face import Face
from papers.seals.name import end_of_company, read_name
from papers.seals.planes import INK
from papers.seals.strips import across, unrolled

_BOTTOMS: Final = ((0.34, 0.62), (0.26, 0.58), (0.40, 0.72), (-0.16, 0.16))
_NUMBER: Final = re.compile(r"^[^\u3400-\u9fff(]+|[^\u3400-\u9fff)]+$")
_ENOUGH: Final = 0.9
_READABLE, _LEGIBLE = 0.45, 0.25
# the least certainty of a whole name, and the least share of the turn that one
# fills (ten letters: half)
_WHOLE, _SHORTEST_ARC = 0.75, 0.42
_PIECE: Final = 0.22  # of the turn: less is a piece of a name, or a name of three or four letters
_READABLE_BOTTOM: Final = 0.6
_BOTTOM_INK: Final = 45  # grey levels between paper and ink below the star
_BELOW, _NAME = (0.33, 0.7), (0.6, 0.9)
# a round seal with so little ink there, in grey levels or of the name's, has no line below its star
_ROUND, _BLANK, _BLANK_SHARE = 0.9, 10.0, 0.2
# any of these below the star: some special seal, misread
_SPECIAL: Final = frozenset("合同财务发票业专用章")
_ISSUERS: Final = word_list("民政局 民政厅 民政部 司法局 司法厅 编制委员会 编制委员会办公室")
"""Offices that issue the certificates of other legal persons.

One may also be a sender of its own.
"""
_KINDS: Final = {
    SealKind.CONTRACT: word_list("合同专用 合同章 合同专"),
    SealKind.FINANCE: word_list("财务专用 财务章 财务专"),
    SealKind.INVOICE: word_list("发票专用 发票章 发票专"),
    SealKind.BUSINESS: word_list(
        """
        业务专用 业务章 业务专 投标专用 招标专用 报关专用 项目专用 项目部 人事专用 资料专用
        技术专用 采购专用 销售专用 部门章 收货专用 仓库 专用章
        """
    ),
}


@dataclass(frozen=True, slots=True)
class SealWords:
    """The words of a seal: the name (None: unreadable), the line below, how sure the name is, how
    sure its weakest letter, and how far round it goes."""

    name: str | None
    bottom: str
    confidence: float
    bottom_unread: bool = False
    weakest: float = 1.0
    arc: float = 1.0

    @property
    def whole(self) -> bool:
        """Whether this is the whole name: no place of it unread.

        Behind half a name the gap of the ring, and with it the line below the star,
        are looked for in the wrong place.
        """
        return self.weakest > 0 and self.confidence >= _WHOLE and self.arc >= _SHORTEST_ARC

    @property
    def legible(self) -> bool:
        """Whether every letter of the name was read by more than a guess,
        and they go far enough round for a name.

        A name with an unread letter, or a piece of one (有限公),
        neither is nor differs from another.
        """
        return self.weakest >= _LEGIBLE and self.arc >= _PIECE


def _cleaned(strip: Strip) -> str:
    """The words without marks, and without the digits of the number
    that runs along the lower rim."""
    return _NUMBER.sub("", fold(strip.text)).strip(".,:;·*★☆-_|'\"`~^")


def _bottom(face: Face, middle: float) -> tuple[str, bool]:
    """The words across the lower part, and whether there is ink that may be words
    and could not be read."""
    best, plane, ring, glimpsed = Strip("", 0.0), face.planes[INK], face.ring, set[str]()
    if ring.roundness > _ROUND and _contrast(across(plane, ring, middle, *_BELOW)) < max(
        _BLANK, _BLANK_SHARE * _contrast(unrolled(plane, ring, _NAME, 0.0))
    ):
        return "", False
    for low, high in _BOTTOMS:
        strip = face.ocr.strip(across(plane, ring, middle, low, high))
        glimpsed |= _SPECIAL.intersection(strip.text)
        if chinese_count(strip.text) >= 2 and strip.confidence > best.confidence:
            best = strip
        if best.confidence > _ENOUGH:
            break
    if best.confidence >= _READABLE_BOTTOM:
        return _cleaned(best), False
    return "", len(glimpsed) > 1 or _contrast(across(plane, ring, middle, 0.36, 0.56)) > _BOTTOM_INK


def _contrast(strip: Image) -> float:
    """Grey levels between paper and ink in the middle of a strip;
    behind the star, without the ends of the name at either side."""
    field = strip[:, strip.shape[1] // 4 : -strip.shape[1] // 4].astype(np.float32)
    return float(np.percentile(field, 80) - np.percentile(field, 8))


def read_seal(
    face: Face, *, at_registry: bool = False, thoroughly: bool = True
) -> tuple[SealWords, Face]:
    """The words of a seal, and its face as it was read.

    `at_registry`: it lies where the registry presses its own; words that say so are enough there,
    read badly or not. `thoroughly`: what is in doubt is looked at alone; not worth it for a seal
    that will be asked for a name.
    """
    name, face = read_name(
        face, thoroughly=thoroughly, says_enough=lambda said: at_registry and is_authority(said)
    )
    if name is None or name.confidence < _READABLE:
        return SealWords(None, "", 0.0 if name is None else name.confidence), face
    bottom, unread = (
        ("", False) if at_registry and is_authority(name.text) else _bottom(face, name.middle)
    )
    return SealWords(
        name.text, bottom, min(1.0, name.confidence), unread, name.weakest, name.arc
    ), face


def kind_of_named(face: Face, name: str, middle: float, arc: float) -> SealKind:
    """The kind of a seal that bears this name from end to end, and leaves its gap at an angle, by
    the line below its star."""
    bottom, unread = _bottom(face, middle)
    return kind_of(SealWords(name, bottom, 1.0, unread, arc=arc))


def kind_of(words: SealWords) -> SealKind:
    """The kind of the seal by its own words.

    A seal whose name cannot be read is UNKNOWN, and so is one that has no special words
    and was not read whole.
    """
    text = f"{words.name or ''}{words.bottom}"
    for kind, signs in _KINDS.items():
        if any(sign in text for sign in signs):
            return kind
    if words.name is None or chinese_count(words.name) < 4:
        return SealKind.UNKNOWN
    if is_authority(words.name) or words.name.endswith(_ISSUERS):
        return SealKind.AUTHORITY
    if (
        words.bottom_unread
        or not words.whole
        or _continues_after_company(words.name)
        or _SPECIAL & set(words.bottom)
    ):
        return SealKind.UNKNOWN
    return SealKind.OFFICIAL


def _continues_after_company(name: str) -> bool:
    """Whether the name goes on after its 公司: then the gap of the ring was not found, and the line
    below the star was looked for in the wrong place."""
    at = end_of_company(name)
    return at is not None and at < len(name) - 1


def is_authority(name: str) -> bool:
    """Whether the name is a registry's or another authority's."""
    return any(word in name for word in REGISTRY_WORDS) and "公司" not in name


def display_name(name: str | None) -> str | None:
    """The name with the brackets that Chinese names are written with."""
    return name.replace("(", "（").replace(")", "）") if name else None
