"""The words of a seal (the name along its ring, the line below its star), and its kind by them.

The reading does not know which name is expected.
"""

import re
from dataclasses import replace

import numpy as np

from core.data.documents import SealKind
from papers.lines.ocr_models import Image, Strip
from papers.lines.words import chinese_count, fold, word_list
from papers.seals.face import LETTERS, Face
from papers.seals.name import MOST_ROUNDS, SealWords, read_name
from papers.seals.planes import INK
from papers.seals.strips import across, unrolled

# where a special line may lie, below the centre in radii: the last is across the centre,
# or in an oval seal below the number that is there
_BOTTOMS = ((0.34, 0.62), (0.26, 0.58), (0.40, 0.72), (-0.16, 0.16))
_OVAL_BOTTOMS = ((0.10, 0.42), *_BOTTOMS)
_NUMBER = re.compile(r"^[^\u3400-\u9fff(]+|[^\u3400-\u9fff)]+$")
# confidences: of a line that needs no other strip; the least of a name, and of a special line
_ENOUGH = 0.9
_READABLE = 0.45
_READABLE_BOTTOM = 0.6
# more contrast below the star than this may be an unread line: grey levels, share of the name's
_BOTTOM_INK, _BOTTOM_SHARE = 45, 0.4
_OVAL = 0.82  # roundness below it: official seals are round, so its line must name the kind
_BELOW = (0.33, 0.7)  # the band of the line, in radii
# a seal at least so round, with less contrast below its star than this, has no line there: grey
# levels, share of the name's
_ROUND, _BLANK, _BLANK_SHARE = 0.9, 10.0, 0.2
_SPECIAL = frozenset("合同财务发票业专用章")  # letters of special lines
_ENDING = frozenset("专用章")  # of such a line
_PROVING = 2  # so many of its letters prove one
_FEWEST = 4  # Chinese characters of a name
_COMPANY = re.compile("公司|有限")
# a name with more text after its last legal form was cut at the wrong place, so that the line below
# the star was searched in the wrong place too
_GOES_ON = re.compile("(?:公司|有限公.)(?!.*(?:公司|有限公)).")
_AUTHORITY = re.compile(
    "市场监(?![测控理视])|监督管理|(?:药品|技术)监督|工商行政|行政审批|管理局|审批局|政务服务"
    "|自由贸易|(?:登记|审批|许可|注册|备案)专用|^中华人民共和国|人民政府"
    "|(?<!书)局.{0,2}$|厅$|法院$|检察院$|街道办事处$"
    "|(?<!村民|居民|工会|业主|仲裁)委员会(?:办公室)?$"
)
"""The words of authorities, one of which may also be a sender of its own."""
_KINDS = {
    SealKind.CONTRACT: word_list("合同专用 合同章 合同专"),
    SealKind.FINANCE: word_list("财务专用 财务章 财务专"),
    SealKind.INVOICE: word_list("发票专用 发票章 发票专"),
    SealKind.BUSINESS: word_list(
        """
        业务专用 业务章 业务专 投标专用 招标专用 报关专用 项目专用 项目部 人事专用 资料专用
        技术专用 采购专用 销售专用 部门章 收货专用 仓库
        """
    ),
}
_MARKS = {
    SealKind.CONTRACT: frozenset("合同"),
    SealKind.FINANCE: frozenset("财"),
    SealKind.INVOICE: frozenset("发票"),
}
"""Letters by which a special line is known whose others were misread (合阅专用意)."""


def _cleaned(strip: Strip) -> str:
    """The words without punctuation, and without the number along the lower rim."""
    return _NUMBER.sub("", fold(strip.text)).strip(".,:;·*★☆-_|'\"`~^")


def _bottom(face: Face) -> tuple[str, bool]:
    """The special line across the lower part, and whether there is ink that may be such a line but
    could not be read. Other words there do not count: print, or words that name no kind.
    """
    plane, ring, middle = face.planes[INK], face.ring, face.seam
    name_ink = _contrast(unrolled(plane, ring, LETTERS, 0.0))
    below = _contrast(across(plane, ring, middle, *_BELOW))
    if ring.roundness > _ROUND and below < max(_BLANK, _BLANK_SHARE * name_ink):
        return "", False
    best, glimpsed = Strip(), set[str]()
    for low, high in _OVAL_BOTTOMS if ring.roundness < _OVAL else _BOTTOMS:
        strip = face.ocr.strip(across(plane, ring, middle, low, high))
        glimpsed |= _SPECIAL.intersection(strip.text)
        if _is_special(strip.text) and strip.confidence >= _READABLE_BOTTOM:
            best = max(best, strip, key=lambda s: (len(_SPECIAL & set(s.text)), s.confidence))
        if best.confidence > _ENOUGH:
            break
    if best.text:
        return _cleaned(best), False
    ink = _contrast(across(plane, ring, middle, 0.36, 0.56))
    oval = ring.roundness < _OVAL
    return "", oval or len(glimpsed) > 1 or ink > min(_BOTTOM_INK, _BOTTOM_SHARE * name_ink)


def _is_special(text: str) -> bool:
    """Whether a text is a special line, perhaps with misread letters, or has 公章."""
    return len(_SPECIAL & set(text)) >= _PROVING or "公章" in text


def _contrast(strip: Image) -> float:
    """Grey levels between paper and ink in the middle half of a strip, which has no ends of the
    name in it."""
    field = strip[:, strip.shape[1] // 4 : -strip.shape[1] // 4].astype(np.float32)
    return float(np.percentile(field, 80) - np.percentile(field, 8))


def read_seal(
    face: Face, *, at_registry: bool = False, rounds: int = MOST_ROUNDS
) -> tuple[SealWords, Face]:
    """The words of a seal, and its face, cut open where it was read.

    `at_registry`: the seal lies where a registry puts its own; there an authority's words are
    enough, even with misread letters. `rounds`: how often a name in doubt is read; once is enough
    where the seal is later compared with a given name.
    """

    def is_enough(name: str) -> bool:
        return at_registry and is_authority(name)

    words, face = read_name(face, rounds=rounds, is_enough=is_enough)
    if words.name is None or words.confidence < _READABLE:
        return SealWords(), face
    if is_enough(words.name):
        return words, face
    bottom, unread = _bottom(face)
    return replace(words, bottom=bottom, bottom_unread=unread), face


def kind_of_named(face: Face, name: str, arc: float) -> SealKind:
    """The kind of a seal whose whole name is known, by the line below its star. `face`: cut open at
    the name's gap; `arc`: as in SealWords."""
    bottom, unread = _bottom(face)
    return kind_of(SealWords(name, bottom, 1.0, unread, arc=arc))


def kind_of(words: SealWords) -> SealKind:
    """The kind of the seal by its own words.

    UNKNOWN where the name cannot be read, and where no special words are read but some text may be
    missing.
    """
    text = f"{words.name or ''}{words.bottom}"
    if is_authority(text):
        return SealKind.AUTHORITY
    if (special := _special_kind(text, words.bottom)) is not None:
        return special
    if words.name is None or chinese_count(words.name) < _FEWEST or not words.whole:
        return SealKind.UNKNOWN
    if "公章" not in words.bottom and (
        words.bottom_unread or _GOES_ON.search(words.name) or _is_special(words.bottom)
    ):
        return SealKind.UNKNOWN
    return SealKind.OFFICIAL


def _special_kind(text: str, bottom: str) -> SealKind | None:
    """The kind that the words name, or that one letter of a badly read special line suggests: its
    first one where only one letter of its end was read."""
    for kind, signs in _KINDS.items():
        if any(sign in text for sign in signs):
            return kind
    ended = len(_ENDING.intersection(bottom))
    is_special = "专用章" in text or ended >= _PROVING
    telling = bottom if is_special else bottom[:ended]
    marked = (kind for kind, marks in _MARKS.items() if marks.intersection(telling))
    return next(marked, SealKind.BUSINESS if is_special else None)


def is_authority(name: str) -> bool:
    """Whether a seal's words are an authority's, such as a registry's; letters may be misread."""
    return not _COMPANY.search(name) and _AUTHORITY.search(name) is not None
