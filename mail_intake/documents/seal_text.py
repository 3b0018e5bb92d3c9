"""The words of a seal: the name along its ring, the line below its star, and what kind of seal they say it is.

The ring is unrolled to a strip from the channel in which the ink is darkest (green for red ink; JPEG keeps it sharp, while colour is stored at half
size), cut where the name leaves its gap, and read at several radii. The reading is what the seal "reads as"; it is never helped by the name that is
expected there.
"""

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

_BANDS: Final = ((0.54, 0.95), (0.58, 0.93), (0.50, 0.92), (0.62, 0.97), (0.57, 0.88))
_BOTTOMS: Final = ((0.26, 0.60), (0.34, 0.68), (0.20, 0.52))
_NUMBER: Final = re.compile(r"^[^\u3400-\u9fff(]+|[^\u3400-\u9fff)]+$")
_ENOUGH: Final = 0.93
_READABLE: Final = 0.55
_CHANNEL: Final = {"red": 1, "blue": 2}
_KINDS: Final = (
    (SealKind.CONTRACT, ("合同专用", "合同章", "合同专")), (SealKind.FINANCE, ("财务专用", "财务章", "财务专")), (SealKind.INVOICE, ("发票专用", "发票章", "发票专")),
    (SealKind.BUSINESS, ("业务专用", "业务章", "业务专", "投标专用", "招标专用", "报关专用", "项目专用", "项目部", "人事专用", "资料专用", "技术专用", "采购专用", "销售专用", "部门章", "收货专用",
                         "仓库", "专用章")),
)


@dataclass(frozen=True, slots=True)
class SealWords:
    """What a seal's words are: the name (None: unreadable), the line below, and how sure the name is."""

    name: str | None
    bottom: str
    confidence: float


def _plane(page: Image, colour: str) -> Image:
    """The channel in which the ink is darkest, three times."""
    plane = page[:, :, _CHANNEL[colour]] if colour in _CHANNEL else page.min(axis=2)
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
    return np.asarray(cv2.remap(plane, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


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
    """The name along the ring: the most confident of several readings; two that agree are believed more."""
    readings: list[tuple[str, float]] = []
    for band in _BANDS:
        strip = ocr.strip(_unrolled(plane, ring, band, middle, 2 * np.pi))
        text = _cleaned(strip)
        if chinese_count(text) >= 2:
            readings.append((text, strip.confidence))
        if strip.confidence >= _ENOUGH and sum(text == t for t, _ in readings) >= 2:
            break
    if not readings:
        return None, 0.0
    return max(((text, score + 0.08 * (sum(t == text for t, _ in readings) - 1)) for text, score in readings), key=lambda r: r[1])


def _bottom(ocr: Ocr, plane: Image, ring: Ring, middle: float) -> str:
    """The words across the lower part, read in the frame in which the gap is below."""
    best = Strip("", 0.0)
    down = np.array([np.cos(middle), np.sin(middle)], dtype=np.float32)
    right = np.array([down[1], -down[0]], dtype=np.float32)
    for low, high in _BOTTOMS:
        height = 48
        width = int(height * 1.36 / (high - low))
        across = np.linspace(-0.68, 0.68, width, dtype=np.float32)[None, :]
        depth = np.linspace(low, high, height, dtype=np.float32)[:, None]
        cut = _sample(plane, ring, across * right[0] + depth * down[0], across * right[1] + depth * down[1])
        strip = ocr.strip(cut)
        if chinese_count(strip.text) >= 2 and strip.confidence > best.confidence:
            best = strip
        if best.confidence > 0.9:
            break
    return _cleaned(best) if best.confidence >= 0.6 else ""


def read_seal(ocr: Ocr, page: Image, ring: Ring, colour: str) -> SealWords:
    """The words of the seal whose ring is given in page pixels."""
    plane = _plane(page, colour)
    middle, _ = _gap(plane, ring)
    name, confidence = _name(ocr, plane, ring, middle)
    if name is None or confidence < _READABLE:
        return SealWords(None, "", confidence)
    return SealWords(name, _bottom(ocr, plane, ring, middle), min(1.0, confidence))


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
    return SealKind.OFFICIAL


def is_authority(name: str) -> bool:
    """Whether the name is a registry's or another authority's."""
    return any(word in name for word in REGISTRY_WORDS) and "公司" not in name


def display_name(name: str | None) -> str | None:
    """The name with the brackets that Chinese names are written with."""
    return name.replace("(", "（").replace(")", "）") if name else None


def signs_of_kind() -> Sequence[str]:
    """All words that name a special seal, for telling them from a name."""
    return [sign for _, signs in _KINDS for sign in signs]
