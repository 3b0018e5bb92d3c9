"""Seals: a ring with a star, the name along the arc, and a line of words or a number below.

Drawn three times as large and made smaller, as RGBA with transparent ground. Real sizes: official
seals of enterprises 40–42 mm, registries 45 mm.
"""

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from tests.drawing.fonts import font

Colour = tuple[int, int, int]
RED: Colour = (214, 32, 38)
BLUE: Colour = (40, 60, 170)
_FINE = 3


def _glyph(
    ink: Image.Image,
    char: str,
    face: ImageFont.FreeTypeFont,
    centre: tuple[float, float],
    turn: float,
    squeeze: float,
) -> None:
    size = int(face.size * 1.5)
    tile = Image.new("L", (size, size), 0)
    ImageDraw.Draw(tile).text((size / 2, size / 2), char, font=face, fill=255, anchor="mm")
    if squeeze != 1.0:
        thin = tile.resize((max(1, int(size * squeeze)), size))
        tile = Image.new("L", (size, size), 0)
        tile.paste(thin, ((size - thin.width) // 2, 0))
    tile = tile.rotate(-turn, resample=Image.Resampling.BICUBIC)
    ink.paste(255, (int(centre[0] - size / 2), int(centre[1] - size / 2)), tile)


def _star(draw: ImageDraw.ImageDraw, centre: float, radius: float) -> None:
    points = []
    for i in range(10):
        r = radius if i % 2 == 0 else radius * 0.382
        a = math.radians(-90 + 36 * i)
        points.append((centre + r * math.cos(a), centre + r * math.sin(a)))
    draw.polygon(points, fill=255)


def _arc_text(
    ink: Image.Image,
    text: str,
    radius: float,
    span: float,
    face: ImageFont.FreeTypeFont,
    *,
    inward: bool,
    ratio: float,
    squeeze: float,
) -> None:
    centre = ink.width / 2
    step = span / max(1, len(text) - 1) if len(text) > 1 else 0
    for i, char in enumerate(text):
        angle = -span / 2 + step * i if len(text) > 1 else 0.0
        if inward:  # along the bottom, readable from inside
            a = math.radians(90 - angle)
            turn = -angle
        else:
            a = math.radians(-90 + angle)
            turn = angle
        _glyph(
            ink,
            char,
            face,
            (centre + radius * math.cos(a), ink.height / 2 + radius * ratio * math.sin(a)),
            turn,
            squeeze,
        )


def seal(
    name: str,
    *,
    bottom: str = "",
    number: str = "",
    size_px: int = 330,
    colour: Colour = RED,
    oval: bool = False,
    style: str = "song_bold",
    star: bool = True,
) -> Image.Image:
    """A seal as RGBA.

    `bottom`: words below the star (合同专用章); `number`: digits along the lower arc;
    `oval` for invoice seals.
    """
    side = size_px * _FINE
    ink = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(ink)
    ratio = 0.75 if oval else 1.0
    line, inset = max(2, int(side * 0.018)), int(side * 0.01)
    top = side * (1 - ratio) / 2
    draw.ellipse((inset, top + inset, side - inset, side - top - inset), outline=255, width=line)
    if star and not oval:
        _star(draw, side / 2, side * 0.145)
    glyph = side * (0.125 if len(name) <= 16 else 0.105)
    squeeze = 0.62 if len(name) > 20 else 0.75 if len(name) > 14 else 0.9
    span = min(262.0, 20.0 * max(1, len(name) - 1)) if len(name) < 14 else 262.0
    radius = side / 2 - glyph * 0.72 - line
    _arc_text(
        ink,
        name,
        radius,
        span,
        font(style, int(glyph)),
        inward=False,
        ratio=ratio,
        squeeze=squeeze,
    )
    if bottom:
        face = font(style, int(side * 0.092))
        if draw.textlength(bottom, font=face) < side * 0.7:
            at = side / 2, side * (0.68 if oval else 0.735)
            draw.text(at, bottom, font=face, fill=255, anchor="mm")
    if oval:  # the taxpayer's number across the middle of an invoice seal
        face = font("digits", int(side * 0.075))
        draw.text((side / 2, side / 2), number, font=face, fill=255, anchor="mm")
    elif number:
        _arc_text(
            ink,
            number,
            side / 2 - side * 0.05 - line,
            62,
            font("digits", int(side * 0.05)),
            inward=True,
            ratio=ratio,
            squeeze=1.0,
        )
    stamp = Image.new("RGBA", ink.size, colour)
    stamp.putalpha(ink)
    return stamp.resize((size_px, size_px), Image.Resampling.LANCZOS)


def worn(
    stamp: Image.Image,
    rng: random.Random,
    *,
    strength: float = 0.85,
    blotches: float = 0.12,
    turn: float | None = None,
) -> Image.Image:
    """The seal as pressed on paper: turned a little, thinner ink, patches that did not take."""
    alpha = stamp.getchannel("A")
    noise = (
        Image.frombytes("L", (24, 24), rng.randbytes(576))
        .resize(stamp.size, Image.Resampling.BICUBIC)
        .filter(ImageFilter.GaussianBlur(3))
    )
    keep = noise.point(lambda v: 255 if v > 255 * blotches * 2.2 else int(255 * 0.45))
    grain = (
        Image.frombytes("L", stamp.size, rng.randbytes(stamp.width * stamp.height))
        .filter(ImageFilter.GaussianBlur(0.8))
        .point(lambda v: min(255, int(v * 0.5 + 190)))
    )
    alpha = ImageChops.multiply(ImageChops.multiply(alpha, keep), grain).point(
        lambda v: int(v * strength)
    )
    out = stamp.copy()
    out.putalpha(alpha)
    return out.rotate(
        rng.uniform(-25, 25) if turn is None else turn,
        resample=Image.Resampling.BICUBIC,
        expand=False,
    )


def press(
    page: Image.Image, stamp: Image.Image, centre: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Multiplies the seal's ink into the page around a point;
    gives its box in fractions of the page."""
    x, y = int(centre[0] - stamp.width / 2), int(centre[1] - stamp.height / 2)
    ink = Image.new("RGB", stamp.size, "white")
    ink.paste(stamp.convert("RGB"), mask=stamp.getchannel("A"))
    under = page.crop((x, y, x + stamp.width, y + stamp.height))
    page.paste(ImageChops.multiply(under, ink), (x, y))
    return (
        max(0.0, x / page.width),
        max(0.0, y / page.height),
        min(1.0, (x + stamp.width) / page.width),
        min(1.0, (y + stamp.height) / page.height),
    )
