"""Taking watermarks (仅供办理…使用) off a page for reading, where they are paler than its print.

People lay such words over copies, slanted and in grey; the detector then joins their strokes with
the print, so that labels and values are not found or get characters that belong to the watermark.
Lines that run across the page's print, or whose words are a watermark's, show how dark the
watermark is; what is no darker becomes paper. Only the reading uses the cleaned page: whether
something is absent is judged by the page as it came, because faint print vanishes with a watermark.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from papers.lines.layout import is_across
from papers.lines.ocr_models import Image, Line, Ocr
from papers.lines.onnx_ocr import cut_out
from papers.lines.pictures import resized, square
from papers.lines.words import fold, has_watermark_words
from papers.page.trust import READ_WELL

_LEAST = 2  # lines that make up a watermark
_SIDE = 500  # pixels of the longer side at which the paper's own brightness is measured
_AROUND = 31  # of those: the neighbourhood whose brightest pixels are paper
# of the paper's brightness by which print must be darker than the watermark
_CONTRAST = 0.18
_MARGIN = 0.07
_PALEST = 0.95
_LEVELS = 50
_BLACK = 0.3  # of the level: what is darker becomes black
_INK_SHARE = 0.02
_LEAST_SHARE_READ = 0.8  # of what the first reading said beside the watermark
_ENOUGH_CHARACTERS = 4

Brightness = NDArray[np.uint8]
"""Height × width: the darkest channel, in 255ths of the paper's brightness around."""


def _without_watermark(page: Image, marks: Sequence[Line], print_: Sequence[Line]) -> Image | None:
    """The page with the watermark turned to paper, or None where there is none or it
    is as dark as the print."""
    has_words = any(has_watermark_words(line.text) for line in marks)
    if len(marks) < _LEAST or not has_words or not print_:
        return None
    relative = relative_to_paper(page)
    cleaned = [
        c
        for c in (_cleaned(relative, marks, print_), _cleaned(_lightest(relative), marks, print_))
        if c is not None
    ]
    return max(cleaned, key=lambda c: c[0])[1] if cleaned else None


def _lightest(relative: Image) -> Image:
    """The lightest channel three times: coloured ink is pale there, black print is not."""
    light: Image = np.maximum.reduce(cv2.split(relative))
    return cv2.cvtColor(light, cv2.COLOR_GRAY2BGR)


def _cleaned(
    relative: Image, marks: Sequence[Line], print_: Sequence[Line]
) -> tuple[float, Image] | None:
    """By how much print is darker than the watermark, and the page without the watermark."""
    bright = np.minimum.reduce(cv2.split(relative))  # a quarter of what `min` takes
    ink = _ink_level(bright, print_)
    if ink is None:
        return None
    level = _pale_level(bright, marks, ink + _CONTRAST)
    return None if level is None else (level - ink, _levelled(relative, level - _MARGIN))


def read_under_watermark(
    ocr: Ocr, page: Image, lines: Sequence[Line], angle: float
) -> tuple[Image, Sequence[Line]]:
    """The page to read from and its lines: those under the watermark,
    and of the first reading what is lost with it.

    A watermark's lines run across the page's print or have its words. Those across it are kept, so
    that a card laid askew stays in doubt; so are longer ones that read well, which may be faint
    print.
    """
    read = [line for line in lines if line.text.strip()]
    marks = [line for line in read if is_across(line, angle) or has_watermark_words(line.text)]
    plain = [line for line in read if line not in marks]
    clean = _without_watermark(page, marks, plain)
    if clean is None:
        return page, lines
    beneath = ocr.lines(clean, ocr.detect(clean))
    if _amount_read(beneath) < _LEAST_SHARE_READ * _amount_read(plain):
        return page, lines
    lost = [line for line in marks if is_across(line, angle)]
    lost += [
        line
        for line in plain
        if len(fold(line.text)) >= _ENOUGH_CHARACTERS and line.confidence >= READ_WELL
    ]
    return clean, [
        *beneath,
        *(line for line in lost if not any(_contains(other, line) for other in beneath)),
    ]


def _amount_read(lines: Sequence[Line]) -> float:
    return sum(len(line.text) * line.confidence for line in lines)


def _contains(line: Line, other: Line) -> bool:
    """Whether the other line's middle lies on this one."""
    x0, y0, x1, y1 = line.bounds
    x, y = other.centre
    return x0 <= x <= x1 and y0 <= y <= y1


def relative_to_paper(page: Image) -> Image:
    """The page in 255ths of the paper's brightness around each pixel."""
    return cv2.divide(page, _paper(page), scale=255)


def _paper(page: Image) -> Image:
    """How bright the paper is around each pixel, three times,
    so that shade is not taken for ink."""
    h, w = page.shape[:2]
    shrink = max(h, w) / _SIDE
    small = resized(page, max(1, round(w / shrink)), max(1, round(h / shrink)))
    light = cv2.GaussianBlur(
        cv2.dilate(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), square(_AROUND)),
        (_AROUND, _AROUND),
        0,
    )
    return cv2.merge([cv2.resize(light, (w, h), interpolation=cv2.INTER_LINEAR)] * 3)


def _ink_level(bright: Brightness, lines: Sequence[Line]) -> float | None:
    """The brightness of the ink in the darker ones of the lines;
    the rest may be pieces of the watermark."""
    levels = [level for line in lines if (level := _ink_of(bright, line)) is not None]
    return float(np.quantile(levels, 0.25)) if levels else None


def _ink_of(bright: Brightness, line: Line) -> float | None:
    cut = cut_out(bright, line.quad)
    threshold, mask = cv2.threshold(cut, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    if threshold > _PALEST * 255 or float(mask.mean()) < _INK_SHARE:
        return None
    return float(np.median(cut[mask > 0])) / 255


def _pale_level(bright: Brightness, marks: Sequence[Line], least: float) -> float | None:
    """The brightness of the watermark's own strokes: the fullest level between print and paper in
    its lines, or None where there is none."""
    counts = np.zeros(_LEVELS, dtype=np.float64)
    for mark in marks:
        counts += np.histogram(cut_out(bright, mark.quad), bins=_LEVELS, range=(0, 255))[0]
    smooth = np.convolve(counts, np.ones(3) / 3, mode="same")
    first, last = int(least * _LEVELS), int(_PALEST * _LEVELS)
    peaks = [
        i
        for i in range(first, last)
        if smooth[i] >= smooth[i - 1]
        and smooth[i] > smooth[i + 1]
        and smooth[i] > _INK_SHARE * smooth.sum()
    ]
    return (max(peaks, key=lambda i: smooth[i]) + 0.5) / _LEVELS if peaks else None


def _levelled(relative: Image, level: float) -> Image:
    """The page with everything brighter than the level white and everything much darker black."""
    low, high = _BLACK * level * 255, level * 255
    table = np.clip((np.arange(256) - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    return cv2.LUT(relative, table)
