"""The words of a seal: the name along its ring, the line below its star, and what kind of seal they say it is.

The ring is unrolled to a strip from the channel in which the ink is darkest (green for red ink; JPEG keeps it sharp, while colour is stored at half
size), cut where the name leaves its gap, and read at several radii. The reading is what the seal "reads as"; it is never helped by the name that is
expected there.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.cases.submission import SealKind
from mail_intake.documents.kinds import REGISTRY_WORDS
from mail_intake.documents.ocr_models import Image, Ocr, Strip
from mail_intake.documents.rings import Ring
from mail_intake.documents.words import chinese_count, fold

_BANDS: Final = ((0.60, 0.90), (0.58, 0.93), (0.62, 0.88))
_BOTTOMS: Final = ((0.34, 0.62), (0.26, 0.58), (0.40, 0.72), (-0.16, 0.16))
_NUMBER: Final = re.compile(r"^[^\u3400-\u9fff(]+|[^\u3400-\u9fff)]+$")
_ENOUGH: Final = 0.9
_READABLE: Final = 0.55
_READABLE_BOTTOM: Final = 0.6
_BOTTOM_INK: Final = 45  # grey levels between paper and ink below the star
_STRIP_PX, _HALF_WIDTH = 48, 0.68
_GRAIN: Final = 15
_CHANNELS: Final = {"red": (1, 2), "blue": (2, 0)}  # blue green red: where the ink is dark, and where it is light
_SPECIAL: Final = frozenset("合同财务发票业专用章")  # any of these below the star: some special seal, misread
_KINDS: Final = (
    (SealKind.CONTRACT, ("合同专用", "合同章", "合同专")),
    (SealKind.FINANCE, ("财务专用", "财务章", "财务专")),
    (SealKind.INVOICE, ("发票专用", "发票章", "发票专")),
    (
        SealKind.BUSINESS,
        (
            "业务专用",
            "业务章",
            "业务专",
            "投标专用",
            "招标专用",
            "报关专用",
            "项目专用",
            "项目部",
            "人事专用",
            "资料专用",
            "技术专用",
            "采购专用",
            "销售专用",
            "部门章",
            "收货专用",
            "仓库",
            "专用章",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class SealWords:
    """What a seal's words are: the name (None: unreadable), the line below, and how sure the name is."""

    name: str | None
    bottom: str
    confidence: float
    bottom_unread: bool = False


def _plane(page: Image, colour: str) -> Image:
    """The ink alone, dark on light, three times: the channel in which it is darkest, made lighter where black print lies (dark in its own channel too)."""
    if colour not in _CHANNELS:
        plane = page.min(axis=2)
    else:
        dark, light = (page[:, :, i].astype(np.int16) for i in _CHANNELS[colour])
        paper = int(np.percentile(light, 90))
        plane = np.clip(dark + np.maximum(0, paper - light - _GRAIN), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(plane[:, :, None], 3, axis=2))


def _unrolled(plane: Image, ring: Ring, band: tuple[float, float], start: float, sweep: float) -> Image:
    """The band between two radii as a strip, outer edge up, clockwise from `start` (radians)."""
    low, high = band
    mean = (ring.a + ring.b) / 2
    height = int(np.clip((high - low) * mean, 24, 96))
    width = int(sweep * (low + high) / 2 / (high - low) * height)
    angle = start + np.linspace(0, sweep, width, dtype=np.float32)[None, :]
    ratio = np.linspace(high, low, height, dtype=np.float32)[:, None]
    return np.asarray(_sample(plane, ring, np.cos(angle) * ratio, np.sin(angle) * ratio), dtype=np.uint8)


def _sample(plane: Image, ring: Ring, u: NDArray[np.float32], v: NDArray[np.float32]) -> Image:
    """The plane at points given in radii of the ring; for an ellipse in the frame of the circle that it pictures."""
    t = np.deg2rad(ring.turn)
    cos, sin = np.cos(t), np.sin(t)
    along, across = (u * cos + v * sin) * ring.a, (v * cos - u * sin) * ring.b
    x, y = ring.cx + along * cos - across * sin, ring.cy + along * sin + across * cos
    return np.asarray(
        cv2.remap(plane, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )


def _gap(plane: Image, ring: Ring) -> tuple[float, float]:
    """Where the name leaves its widest gap: the angle of its middle, and its width (radians)."""
    strip = _unrolled(plane, ring, (0.6, 0.85), 0.0, 2 * np.pi)[:, :, 0].astype(np.float32)
    paper = np.percentile(strip, 80)
    ink = (paper - strip).clip(0).mean(axis=0)
    span = max(3, len(ink) // 40)
    smooth = np.convolve(np.concatenate([ink, ink, ink]), np.ones(span) / span, mode="same")[len(ink) : 2 * len(ink)]
    empty = np.tile(smooth < 0.45 * np.median(smooth), 2)
    best, best_at, run = 0, 0, 0
    for i, e in enumerate(empty):
        run = run + 1 if e else 0
        if run > best:
            best, best_at = run, i
    best = min(best, len(ink))
    return float((best_at - best / 2) / len(ink) * 2 * np.pi), float(best / len(ink) * 2 * np.pi)


def _cleaned(strip: Strip) -> str:
    """The words without marks, and without the digits of the number that runs along the lower rim."""
    return _NUMBER.sub("", fold(strip.text)).strip(".,:;·*★☆-_|'\"`~^")


def _name(ocr: Ocr, plane: Image, ring: Ring, middle: float) -> tuple[str | None, float]:
    """The name along the ring: of several readings the one most like the others. Two that agree at once are believed."""
    readings: list[tuple[str, float]] = []
    for band in _BANDS:
        strip = ocr.strip(_unrolled(plane, ring, band, middle, 2 * np.pi))
        text = _cleaned(strip)
        if any(text == other for other, _ in readings) and strip.confidence > _READABLE:
            return text, max(strip.confidence, *(score for other, score in readings if other == text))
        if chinese_count(text) >= 2:
            readings.append((text, strip.confidence))
    if not readings:
        return None, 0.0
    return max(readings, key=lambda r: _likeness(r, readings))


def _likeness(one: tuple[str, float], readings: Sequence[tuple[str, float]]) -> float:
    """How like a reading is to all of them; long and sure ones first among equals."""
    like = sum(difflib.SequenceMatcher(None, one[0], other).ratio() * score for other, score in readings)
    return like + 0.02 * len(one[0]) + 0.3 * one[1]


def _across(plane: Image, ring: Ring, middle: float, low: float, high: float) -> Image:
    """A strip straight across the seal, between two depths below its centre, in the frame in which the name's gap is below."""
    down = np.array([np.cos(middle), np.sin(middle)], dtype=np.float32)
    right = np.array([down[1], -down[0]], dtype=np.float32)
    width = int(_STRIP_PX * 2 * _HALF_WIDTH / (high - low))
    along = np.linspace(-_HALF_WIDTH, _HALF_WIDTH, width, dtype=np.float32)[None, :]
    depth = np.linspace(low, high, _STRIP_PX, dtype=np.float32)[:, None]
    return _sample(plane, ring, along * right[0] + depth * down[0], along * right[1] + depth * down[1])


def _bottom(ocr: Ocr, plane: Image, ring: Ring, middle: float) -> tuple[str, bool]:
    """The words across the lower part, and whether there is ink that may be words and could not be read."""
    best = Strip("", 0.0)
    for low, high in _BOTTOMS:
        strip = ocr.strip(_across(plane, ring, middle, low, high))
        if chinese_count(strip.text) >= 2 and strip.confidence > best.confidence:
            best = strip
        if best.confidence > _ENOUGH:
            break
    if best.confidence >= _READABLE_BOTTOM:
        return _cleaned(best), False
    field = _across(plane, ring, middle, 0.36, 0.56)[:, :, 0].astype(np.float32)
    field = field[:, field.shape[1] // 4 : -field.shape[1] // 4]  # without the ends of the name at either side
    return "", float(np.percentile(field, 80) - np.percentile(field, 8)) > _BOTTOM_INK


def _cropped(page: Image, ring: Ring) -> tuple[Image, Ring]:
    """The part of the page around a ring, and the ring there."""
    reach = 1.25 * max(ring.a, ring.b)
    x0, y0 = int(max(0, ring.cx - reach)), int(max(0, ring.cy - reach))
    cut = page[y0 : int(ring.cy + reach) + 1, x0 : int(ring.cx + reach) + 1]
    return cut, Ring(ring.cx - x0, ring.cy - y0, ring.a, ring.b, ring.turn, ring.coverage, ring.fill)


def read_seal(ocr: Ocr, page: Image, ring: Ring, colour: str) -> SealWords:
    """The words of the seal whose ring is given in page pixels."""
    cut, mine = _cropped(page, ring)
    plane = _plane(cut, colour)
    middle, _ = _gap(plane, mine)
    name, confidence = _name(ocr, plane, mine, middle)
    if name is None or confidence < _READABLE:
        return SealWords(None, "", confidence)
    bottom, unread = _bottom(ocr, plane, mine, middle)
    return SealWords(name, bottom, min(1.0, confidence), unread)


def kind_of(words: SealWords) -> SealKind:
    """What the seal says it is. A seal whose name cannot be read is UNKNOWN."""
    text = f"{words.name or ''}{words.bottom}"
    for kind, signs in _KINDS:
        if any(sign in text for sign in signs):
            return kind
    if words.name is None or chinese_count(words.name) < 4:
        return SealKind.UNKNOWN
    if is_authority(words.name):
        return SealKind.AUTHORITY
    if words.bottom_unread or _begins_elsewhere(words.name) or _SPECIAL & set(words.bottom):
        return SealKind.UNKNOWN
    return SealKind.OFFICIAL


def _begins_elsewhere(name: str) -> bool:
    """Whether the name goes on behind its 公司: then the gap of the ring was not found, and the line below the star was looked for in the wrong place."""
    at = name.rfind("公司")
    return 0 <= at < len(name) - 2


def is_authority(name: str) -> bool:
    """Whether the name is a registry's or another authority's."""
    return any(word in name for word in REGISTRY_WORDS) and "公司" not in name


def display_name(name: str | None) -> str | None:
    """The name with the brackets that Chinese names are written with."""
    return name.replace("(", "（").replace(")", "）") if name else None


def signs_of_kind() -> Sequence[str]:
    """All words that name a special seal, for telling them from a name."""
    return [sign for _, signs in _KINDS for sign in signs]
