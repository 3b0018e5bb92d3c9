"""Seals beyond the ordinary round one: personal seals, dotted rings with text across, and one
pressed across two pages (骑缝章)."""

import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

from tests.drawing.fonts import font
from tests.drawing.generate import MM, PageTruth
from tests.drawing.seals import RED, press, seal, worn

_FINE = 3


def personal_seal(
    name: str, rng: random.Random, *, white: bool = False, colour: tuple[int, int, int] = RED
) -> Image.Image:
    """The square seal of a person (法定代表人名章): 18 to 22 mm, two columns from the right;
    `white`: letters cut out of the ink."""
    side = int(rng.uniform(18, 22) * MM) * _FINE
    ground, ink = ((*colour, 255), (*colour, 0)) if white else ((*colour, 0), (*colour, 255))
    canvas = Image.new("RGBA", (side, side), ground)
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((0, 0, side - 1, side - 1), outline=(*colour, 255), width=max(3, side // 24))
    letters = (name + "之印")[:4] if len(name) < 3 else (name + "印")[:4]
    for n, letter in enumerate(letters):
        x, y = (0.72, 0.28)[n // 2], (0.29, 0.72)[n % 2]
        draw.text(
            (x * side, y * side),
            letter,
            font=font("song_bold", int(side * 0.4)),
            fill=ink,
            anchor="mm",
        )
    return canvas.resize((side // _FINE, side // _FINE), Image.Resampling.LANCZOS)


def dotted(
    stamp: Image.Image, rng: random.Random, *, keep: float = 0.5, dash_degrees: int = 5
) -> Image.Image:
    """The seal with its rim thinned and broken into dots, as worn rubber leaves it."""
    size = stamp.width
    mask = Image.new("L", stamp.size, 255)
    draw = ImageDraw.Draw(mask)
    for start in range(0, 360, dash_degrees):
        if rng.random() > keep:
            draw.arc(
                (0, 0, size - 1, size - 1),
                start,
                start + dash_degrees,
                fill=0,
                width=max(3, int(size * 0.035)),
            )
    draw.ellipse((2, 2, size - 3, size - 3), outline=0, width=max(1, int(size * 0.012)))
    out = stamp.copy()
    out.putalpha(Image.composite(stamp.getchannel("A"), Image.new("L", stamp.size, 0), mask))
    return out


def press_across(
    pages: Sequence[PageTruth],
    name: str,
    rng: random.Random,
    *,
    share: float = 0.5,
    height: float = 0.55,
) -> None:
    """Presses one seal on the right edge of the first page and the left edge of the second.

    `share`: how much of it the first page gets.
    """
    ink = worn(
        seal(
            name,
            number="1101" + f"{rng.randrange(10**9):09d}",
            size_px=int(rng.uniform(39, 43) * MM),
        ),
        rng,
    )
    first, second = pages[0].image, pages[1].image
    y = height * min(first.height, second.height)
    on_first = (int(first.width + ink.width * (0.5 - share)), int(y))
    on_second = (int(ink.width * (0.5 - share)), int(y))
    for page, centre in ((pages[0], on_first), (pages[1], on_second)):
        page.seals.append((name, "across", press(page.image, ink, centre)))
