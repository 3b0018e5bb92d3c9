"""The dearest pages that a sender may send, by mistake or not: print to the edges, noise,
watermarks, a table, fine and large scans, many seals, papers in a heap. Each is drawn from a seed.
"""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from PIL import Image, ImageDraw

from tests.drawing.fonts import font
from tests.drawing.generate import A4, CARD_PX, PageTruth, id_front, licence_page, pdf_of, stamp
from tests.drawing.impostors import COMMON, characters
from tests.drawing.other_pages import crowded_page
from tests.drawing.people import invent_enterprise, invent_person
from tests.drawing.wear import scanned, watermarked

_PT = 200 / 72  # pixels
_MARGIN = 60
_FINE_DPI = 600
Page = Callable[[random.Random], Image.Image]


def _print(rng: random.Random, points: float, count: int = COMMON) -> Image.Image:
    """Print to the edges: random characters, of the first `count` of GB 2312."""
    page, size = Image.new("RGB", A4, "white"), round(points * _PT)
    draw, face = ImageDraw.Draw(page), font("song", size)
    for y in range(_MARGIN, A4[1] - _MARGIN, round(1.4 * size)):
        draw.text(
            (_MARGIN, y),
            "".join(rng.choices(characters()[:count], k=(A4[0] - 2 * _MARGIN) // size)),
            font=face,
            fill="black",
        )
    return scanned(page, rng)


def _words(rng: random.Random) -> Image.Image:
    """880 scattered words of characters rare and common."""
    page = Image.new("RGB", A4, "white")
    draw, face = ImageDraw.Draw(page), font("song", 24)
    for row, column in itertools.product(range(80), range(11)):
        draw.text(
            (40 + 145 * column + rng.randrange(40), 40 + 28 * row),
            "".join(rng.choices(characters(), k=3)),
            font=face,
            fill="black",
        )
    return scanned(page, rng)


def _table(rng: random.Random) -> Image.Image:
    """A list of people and goods, ruled, nine columns by fifty rows."""
    page = Image.new("RGB", A4, "white")
    draw, face, (across, down) = ImageDraw.Draw(page), font("song", 24), (170, 43)
    for row, column in itertools.product(range(50), range(9)):
        x, y = 60 + across * column, 100 + down * row
        draw.rectangle((x, y, x + across, y + down), outline="black")
        words = (
            str(rng.randrange(10**6))
            if column % 3 == 1
            else "".join(rng.choices(characters()[:COMMON], k=rng.randrange(2, 7)))
        )
        draw.text((x + 8, y + 8), words, font=face, fill="black")
    return scanned(page, rng)


def _noise(rng: random.Random) -> Image.Image:
    """A sheet of coloured noise, in specks as large as strokes."""
    specks = np.random.default_rng(rng.randrange(2**32)).integers(
        0, 256, (A4[1] // 3, A4[0] // 3, 3), dtype=np.uint8
    )
    return Image.fromarray(specks).resize(A4, Image.Resampling.BICUBIC)


def _rings(rng: random.Random) -> Image.Image:
    """Four hundred red rings."""
    page = Image.new("RGB", A4, "white")
    draw = ImageDraw.Draw(page)
    for row, column in itertools.product(range(23), range(17)):
        x, y, r = (
            60 + 94 * column + rng.randrange(9),
            60 + 97 * row + rng.randrange(9),
            rng.randrange(36, 46),
        )
        draw.ellipse((x - r, y - r, x + r, y + r), outline=(200, 20, 30), width=5)
    return page


def _sealed(rng: random.Random, seals: int) -> Image.Image:
    """A sheet that so many enterprises have sealed, as partners of a joint bid do."""
    truth = PageTruth(_print(rng, 12))
    for n in range(seals):
        stamp(
            truth,
            invent_enterprise(900 + n).name,
            rng,
            centre=(0.2 + 0.3 * (n % 3), 0.2 + 0.27 * (n // 3)),
        )
    return scanned(truth.image, rng)


def _licence(rng: random.Random) -> Image.Image:
    page = licence_page(invent_enterprise(901), rng, 901)
    stamp(page, invent_enterprise(901).name, rng)
    return page.image


def _crowded(rng: random.Random) -> Image.Image:
    page = crowded_page(invent_enterprise(902), invent_person(902), 902)
    stamp(page, invent_enterprise(902).name, rng)
    return page.image


def _heap(rng: random.Random) -> Image.Image:
    """Six cards, every way up, askew."""
    page = Image.new("RGB", A4, "white")
    for n in range(6):
        card = id_front(invent_person(910 + n), n).resize((CARD_PX, int(CARD_PX * 0.63)))
        turned = card.convert("RGBA").rotate(
            90 * n + rng.uniform(-12, 12), expand=True, resample=Image.Resampling.BICUBIC
        )
        page.paste(turned, (60 + 780 * (n % 2), 60 + 760 * (n // 2)), turned)
    return scanned(page, rng)


PAGES: Mapping[str, Page] = {
    "print of 6.5 points": lambda rng: _print(rng, 6.5),
    "print of 9 points": lambda rng: _print(rng, 9),
    "print of 10.5 points": lambda rng: _print(rng, 10.5),
    "rare characters of 6.5 points": lambda rng: _print(rng, 6.5, len(characters())),
    "880 words": _words,
    "large table": _table,
    "coloured noise": _noise,
    "400 red rings": _rings,
    "print of 12 points under 9 seals": lambda rng: _sealed(rng, 9),
    "licence under a watermark": lambda rng: scanned(
        watermarked(_licence(rng), rng, lines=12), rng
    ),
    "licence, cards and letter": lambda rng: scanned(_crowded(rng), rng),
    "the same under a watermark": lambda rng: scanned(
        watermarked(_crowded(rng), rng, lines=12), rng
    ),
    "six cards in a heap": _heap,
}


def dear_pages() -> Iterator[tuple[str, bytes]]:
    """Each page's name, and the page as a PDF."""
    for name, draw in PAGES.items():
        yield name, pdf_of([draw(random.Random(name))], quality=75)
    fine = _licence(random.Random("fine")).resize((3 * A4[1], 3 * A4[0]), Image.Resampling.BICUBIC)
    yield "licence at 600 dpi", pdf_of([fine], quality=75, dpi=_FINE_DPI)
