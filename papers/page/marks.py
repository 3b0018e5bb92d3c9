"""Words laid over a paper that speak against it: 作废, 注销, 样本, or another purpose than a
request's (仅供招聘使用).

They are larger than the print that they cross, and may be red, so that the reader of lines sees
neither. They are looked for at a small scale, on two planes beside each other: one without strokes
as thin as print, and one of colour alone. Words that the reader of lines sees count where they run
across its lines or are larger: an enterprise's business may say them, too (注销登记代理).
"""

import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from core.data.documents import Part
from papers.lines.layout import in_fractions, inside, is_across, line_box
from papers.lines.ocr_models import Image, Line, Quad
from papers.lines.onnx_ocr import SIDE, cut_out
from papers.lines.pictures import resized, square
from papers.lines.words import fold, word_list
from papers.page.trust import DRAWN
from papers.page.upright_page import UprightPage
from papers.page.watermark import relative_to_paper

FIELD = "mark"
_VOID = word_list("作废 注销 样本 样张 样例 吊销 失效")
_LETTERS = frozenset("".join(_VOID))
_PURPOSES = word_list("仅供 仅用 仅限 只供 只用 限于 专用")
_OTHER = word_list(
    "招聘 应聘 求职 入职 租房 购房 贷款 开户 办卡 报名 考试 落户 签证 存档 社保 公积金 税务 银行 "
    "保险 工商 年检 审计 签订 签约 入库 入驻 开店 网店 公众号 备案 资质"
)
_OF_REQUESTS = word_list("解绑 CA 锁 交易 招标 投标 采购 公共资源")
_SIDE = 1400  # pixels of the longer side of each plane
_THIN = 5  # of these: a stroke of print
_LARGE = 35  # of these: the height of a large word
_SQUARE = 1.3  # so much higher than wide, or than another, is a character of the same size
_LARGER = 1.6  # times as high as the page's lines
_ALONE = 8  # characters of a line that says nothing but such a word


def with_marks(parts: Sequence[Part], lines: Sequence[Line], page: UprightPage) -> list[Part]:
    """The parts; a card or licence that such words lie on has the first of them as a field.

    `lines`: those that were read on the page. What lies beside all papers belongs to the first.
    """
    papers = [part for part in parts if part.kind in DRAWN]
    if not papers:
        return list(parts)
    found: dict[int, tuple[str, Line]] = {}
    for line in (*_words_over(lines, page.angle), *_large_lines(page)):
        if word := _word_against(fold(line.text)):
            at = in_fractions(line.centre, page.image)
            paper = next((one for one in papers if inside(one.box, at)), papers[0])
            found.setdefault(id(paper), (word, line))
    return [
        _marked(part, *found[id(part)], page.image) if id(part) in found else part for part in parts
    ]


def _marked(part: Part, word: str, line: Line, page: Image) -> Part:
    return replace(
        part,
        fields={**part.fields, FIELD: word},
        field_boxes={**part.field_boxes, FIELD: line_box(line, page)},
    )


def _word_against(text: str) -> str:
    """The word of a folded line that speaks against the paper that it lies on, or ""."""
    void = next((word for word in _VOID if word in text and len(text) <= _ALONE), "")
    of_request = any(word in text for word in _OF_REQUESTS)
    apart_from_seals = text.replace("专用章", "")
    if void or of_request or not any(word in apart_from_seals for word in _PURPOSES):
        return void
    return next((word for word in _OTHER if word in text), "")


def _words_over(lines: Sequence[Line], angle: float) -> Iterator[Line]:
    """The lines that run across the others, or are larger."""
    read = [line for line in lines if line.text.strip()]
    height = statistics.median(line.height for line in read) if read else 0.0
    return (line for line in read if is_across(line, angle) or line.height > _LARGER * height)


def _large_lines(page: UprightPage) -> Iterator[Line]:
    """The large words of the page, as the better reader reads them; of characters that stand far
    apart each two of a size."""
    beside = np.concatenate(_planes(page.image), axis=1)
    small = _shrunk(beside, SIDE)
    width, scale = beside.shape[1] / 2, beside.shape[1] / small.shape[1]
    to_page = page.image.shape[1] / width
    alone: list[Line] = []
    for found in page.ocr.detect(cv2.merge([small] * 3)):
        quad = _scaled(found, scale)
        line = Line(quad)
        if not _LARGE <= line.height <= _SQUARE * line.width:
            continue
        strip = page.ocr.strip(cut_out(beside, quad))
        line = Line(_scaled(quad, to_page, width * (line.centre[0] >= width)), *strip)
        if fold(line.text) in _LETTERS:
            alone.append(line)
        yield line
    for one, other in itertools.permutations(alone, 2):
        if one.height < _SQUARE * other.height and other.height < _SQUARE * one.height:
            yield replace(one, text=one.text + other.text)


def _scaled(quad: Quad, scale: float, left: float = 0.0) -> Quad:
    a, b, c, d = (((x - left) * scale, y * scale) for x, y in quad)
    return a, b, c, d


def _planes(page: Image) -> tuple[Image, Image]:
    """The page in grey: its thick strokes, and what has a colour."""
    channels = cv2.split(relative_to_paper(_shrunk(page, _SIDE)))
    dark, light = np.minimum.reduce(channels), np.maximum.reduce(channels)
    thick = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, square(_THIN))
    return thick, 255 - (light - dark)


def _shrunk(image: Image, side: int) -> Image:
    """The image with its longer side at most so many pixels."""
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    return resized(image, max(1, round(width * scale)), max(1, round(height * scale)))
