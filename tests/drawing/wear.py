"""What scanners, copiers and telephones do to a page.

Each takes a page and a seeded generator and gives a page.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from tests.drawing.fonts import font

Pixels = NDArray[Any]
_BAND_ROWS = 32
_WHITE = (255, 255, 255)


def scanned(
    page: Image.Image,
    rng: random.Random,
    *,
    skew_degrees: float = 0.6,
    blur_px: float = 0.5,
    noise: int = 4,
) -> Image.Image:
    """An ordinary scan: a little skew, softness, grain, and paper that is not quite white."""
    middle = (page.width - 1) / 2, (page.height - 1) / 2
    skewed = cv2.warpAffine(
        np.asarray(page),
        cv2.getRotationMatrix2D(middle, rng.uniform(-skew_degrees, skew_degrees), 1.0),
        page.size,
        flags=cv2.INTER_CUBIC,
        borderValue=_WHITE,
    )
    soft = cv2.GaussianBlur(skewed, (0, 0), rng.uniform(0.2, blur_px))
    grain = np.random.default_rng(rng.randrange(2**32))
    strength = noise * rng.uniform(0.4, 1.0)
    shade = rng.uniform(0.97, 1.0)

    def grainy(band: Pixels, _rows: slice) -> Pixels:
        return band * shade + grain.normal(0, strength, (*band.shape[:2], 1))

    return Image.fromarray(_by_bands(soft, grainy))


def _by_bands(page: Pixels, changed: Callable[[Pixels, slice], Pixels]) -> Pixels:
    """The page with its rows changed, so many at a time: as numbers of many bytes a whole page
    would go through memory several times."""
    for top in range(0, len(page), _BAND_ROWS):
        rows = slice(top, top + _BAND_ROWS)
        page[rows] = np.clip(changed(page[rows].astype(np.float32), rows), 0, 255)
    return page


def grey(page: Image.Image, rng: random.Random) -> Image.Image:
    """A grey scan or photocopy."""
    return ImageOps.autocontrast(page.convert("L"), cutoff=rng.choice((0, 1))).convert("RGB")


def faxed(page: Image.Image, rng: random.Random) -> Image.Image:
    """Two tones, coarse."""
    small = page.convert("L").resize((page.width * 3 // 4, page.height * 3 // 4))
    return (
        small.point(lambda v: 255 if v > rng.randrange(150, 156) else 0)
        .resize(page.size)
        .convert("RGB")
    )


def photographed(page: Image.Image, rng: random.Random) -> Image.Image:
    """A telephone's picture: perspective, uneven light, a dark table around it."""
    w, h = page.size
    d = [rng.uniform(0.01, 0.06) for _ in range(8)]
    quad = (
        (-w * d[0], -h * d[1]),
        (-w * d[2], h * (1 + d[3])),
        (w * (1 + d[4]), h * (1 + d[5])),
        (w * (1 + d[6]), -h * d[7]),
    )
    table = rng.randrange(60, 130)
    corners = np.array(((0, 0), (0, h), (w, h), (w, 0)), np.float32)
    seen = cv2.warpPerspective(
        np.asarray(page),
        cv2.getPerspectiveTransform(np.array(quad, np.float32), corners),
        page.size,
        flags=cv2.INTER_CUBIC,
        borderValue=(table, table - 8, table - 15),
    )
    across = np.linspace(rng.uniform(0.72, 0.9), 1.0, w, dtype=np.float32)[None, :, None]
    down = np.linspace(1.0, rng.uniform(0.8, 1.0), h, dtype=np.float32)[:, None, None]
    lit = _by_bands(seen, lambda band, rows: band * (across * down[rows]))
    return Image.fromarray(cv2.GaussianBlur(lit, (0, 0), 0.7))


def watermarked(
    page: Image.Image, rng: random.Random, text: str = "仅供办理CA锁解绑使用", lines: int = 0
) -> Image.Image:
    """The slanted words that people lay over copies.

    `lines`: how many rows of them; a few by default.
    """
    layer = Image.new("L", page.size, 0)
    draw = ImageDraw.Draw(layer)
    face = font("hei", max(24, page.width // 34))
    for y in range(0, page.height, page.height // (lines or rng.randrange(4, 7))):
        for x in range(0, page.width, page.width // 2):
            draw.text((x, y), text, font=face, fill=rng.randrange(70, 110))
    layer = layer.rotate(rng.uniform(15, 35), resample=Image.Resampling.BICUBIC)
    out = page.copy()
    out.paste(Image.new("RGB", page.size, (120, 120, 120)), (0, 0), layer)
    return out


def faint(page: Image.Image, rng: random.Random) -> Image.Image:
    """Washed out."""
    k = rng.uniform(0.4, 0.55)
    return page.point(lambda v: int(255 - (255 - v) * k))


def coarse(page: Image.Image, rng: random.Random) -> Image.Image:
    """Scanned at about 110 dpi."""
    k = rng.uniform(0.5, 0.6)
    return page.resize((int(page.width * k), int(page.height * k)), Image.Resampling.BILINEAR)


def screen(page: Image.Image, rng: random.Random) -> Image.Image:
    """A picture of a screen: fine stripes, a colour cast, glare."""
    pixels = np.asarray(page, dtype=np.float32)
    rows, columns = (np.arange(side, dtype=np.float32) for side in page.size[::-1])
    stripes = 1 + 0.035 * np.sin(
        rows[:, None, None] * rng.uniform(0.9, 1.4)
        + columns[None, :, None] * rng.uniform(0.05, 0.3)
    )
    cast = np.array([rng.uniform(0.92, 1.0), 0.98, 1.0], dtype=np.float32)
    glare = 45 * _spot(page, rng, 260, 260)
    out = Image.fromarray(
        np.clip(pixels * stripes * cast * 0.9 + glare + 12, 0, 255).astype(np.uint8)
    )
    return photographed(out, rng)


def shadowed(page: Image.Image, rng: random.Random) -> Image.Image:
    """A photograph with the shadow of an arm or a telephone across it."""
    out = np.asarray(photographed(page, rng), dtype=np.float32)
    shade = Image.new("L", page.size, 255)
    x, w = rng.uniform(0.1, 0.7) * page.width, rng.uniform(0.2, 0.4) * page.width
    lean = rng.uniform(-0.4, 0.4) * page.width
    ImageDraw.Draw(shade).polygon(
        ((x, 0), (x + w, 0), (x + w + lean, page.height), (x + lean, page.height)),
        fill=rng.randrange(120, 170),
    )
    soft = (
        np.asarray(shade.filter(ImageFilter.GaussianBlur(25)), dtype=np.float32)[:, :, None] / 255
    )
    return Image.fromarray((out * soft).astype(np.uint8))


def fingered(page: Image.Image, rng: random.Random) -> Image.Image:
    """A photograph of a sheet that fingers hold at its edges."""
    out = photographed(page, rng)
    draw = ImageDraw.Draw(out)
    for _ in range(rng.randrange(1, 3)):
        wide, long = page.width // 14, page.width // 6
        y = rng.uniform(0.5, 0.85) * page.height
        left = rng.random() < 0.5
        x0 = -long // 2 if left else page.width - long // 2
        skin = (rng.randrange(195, 225), rng.randrange(150, 175), rng.randrange(125, 150))
        draw.ellipse((x0, y, x0 + long, y + wide), fill=skin)
        tip = x0 + long - wide // 2 if left else x0
        draw.ellipse(
            (tip - wide // 8, y + wide // 5, tip + wide // 3, y + wide * 4 // 5),
            fill=tuple(min(255, c + 20) for c in skin),
        )
    return out


def glaring(page: Image.Image, rng: random.Random) -> Image.Image:
    """A photograph with a lamp's reflection that whitens a patch."""
    out = np.asarray(photographed(page, rng), dtype=np.float32)
    size = rng.uniform(60, 140)
    glare = 260 * _spot(page, rng, size, 1.6 * size)
    return Image.fromarray(np.clip(out + glare, 0, 255).astype(np.uint8))


def _spot(page: Image.Image, rng: random.Random, high: float, wide: float) -> Pixels:
    """How much of a light that falls on a place of the page reaches each pixel."""
    down, across = (
        np.exp(-(((np.arange(side) - rng.uniform(0.2, 0.8) * side) / size) ** 2))
        for side, size in ((page.height, high), (page.width, wide))
    )
    return np.outer(down, across).astype(np.float32)[:, :, None]


# the shape of the others
def unworn(page: Image.Image, rng: random.Random) -> Image.Image:
    """As drawn."""
    return page


Wear = Callable[[Image.Image, random.Random], Image.Image]
WEAR: Mapping[str, Wear] = {
    "clean": unworn,
    "screen": screen,
    "shadow": shadowed,
    "finger": fingered,
    "glare": glaring,
    "scan": scanned,
    "grey": lambda p, r: grey(scanned(p, r), r),
    "fax": faxed,
    "photo": photographed,
    "watermark": lambda p, r: scanned(watermarked(p, r), r),
    "faint": lambda p, r: faint(scanned(p, r), r),
    "coarse": lambda p, r: coarse(scanned(p, r), r),
    "skew": lambda p, r: scanned(p, r, skew_degrees=5.0),
}
