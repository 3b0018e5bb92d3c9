"""The two sides of an ID card as images (85.6 × 54 mm at about 300 dpi: 1012 × 638 px),
and a plain other paper.

Labels, order and proportions follow GA 448; the tint, portrait and emblem are only hinted at.
"""

import random

from PIL import Image, ImageDraw, ImageFilter
from PIL.ImageFont import FreeTypeFont

from tests.drawing.fonts import font
from tests.drawing.people import Person

SIZE = (1012, 638)
_LABEL = (40, 110, 165)
_INK = (25, 25, 28)
_LONG_NAME = 10
_Drawn = tuple[str, int, int, FreeTypeFont, tuple[int, int, int]]


def _ground(rng: random.Random, tint: tuple[int, int, int]) -> Image.Image:
    card = Image.new("RGB", SIZE, tint)
    draw = ImageDraw.Draw(card)
    for i in range(40):  # the faint guilloche
        y = i * 17 + rng.randrange(8)
        points = [
            (x, y + 14 * ((x // 60) % 2) + rng.randrange(3)) for x in range(0, SIZE[0] + 60, 60)
        ]
        draw.line(points, fill=tuple(max(0, c - 14) for c in tint), width=2)
    return card.filter(ImageFilter.GaussianBlur(2))


def _rounded(card: Image.Image) -> Image.Image:
    mask = Image.new("L", card.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, card.width - 1, card.height - 1), 38, fill=255)
    out = Image.new("RGB", card.size, "white")
    out.paste(card, (0, 0), mask)
    ImageDraw.Draw(out).rounded_rectangle(
        (0, 0, card.width - 1, card.height - 1), 38, outline=(190, 195, 200), width=2
    )
    return out


def _portrait(card: Image.Image, rng: random.Random) -> None:
    draw = ImageDraw.Draw(card)
    skin, cloth = (
        (rng.randrange(190, 225), rng.randrange(150, 180), rng.randrange(125, 150)),
        (rng.randrange(30, 90),) * 3,
    )
    x, y = 650, 90
    draw.ellipse((x + 70, y + 60, x + 230, y + 270), fill=skin)
    draw.pieslice((x + 60, y + 30, x + 240, y + 230), 180, 360, fill=(30, 28, 28))
    draw.pieslice((x - 10, y + 255, x + 310, y + 560), 180, 360, fill=cloth)
    draw.rectangle((x + 120, y + 240, x + 180, y + 300), fill=skin)
    for ex in (110, 170):
        draw.ellipse((x + ex, y + 150, x + ex + 22, y + 162), fill=(40, 30, 30))
    draw.arc((x + 115, y + 195, x + 185, y + 235), 20, 160, fill=(150, 70, 70), width=4)


def _name_rows(name: str, variant: int) -> list[_Drawn]:
    """A long name takes two rows, between which its label stands."""
    if len(name) < _LONG_NAME:
        return [(name, 166, 74, font("hei", 42, variant), _INK)]
    first, dot, second = name.partition("·")
    face = font("hei", 38, variant)
    return [(first + dot, 166, 50, face, _INK), (second, 166, 98, face, _INK)]


def id_front(person: Person, seed: int = 0) -> Image.Image:
    """The side with portrait and number (人像面)."""
    rng = random.Random(f"front {seed}")
    card = _ground(rng, (226, 236, 240))
    _portrait(card, rng)
    draw, variant = ImageDraw.Draw(card), rng.randrange(4)
    label, value = font("hei", 30, variant), font("hei", 36, variant)
    year, month, day = person.birth.split("-")
    for text, x, y, face, ink in (
        ("姓名", 62, 78, label, _LABEL),
        *_name_rows(person.name, variant),
        ("性别", 62, 156, label, _LABEL),
        (person.sex, 166, 153, value, _INK),
        ("民族", 290, 156, label, _LABEL),
        (person.nation, 380, 153, value, _INK),
        ("出生", 62, 233, label, _LABEL),
        (year, 166, 230, value, _INK),
        ("年", 262, 233, label, _LABEL),
        (str(int(month)), 320, 230, value, _INK),
        ("月", 375, 233, label, _LABEL),
        (str(int(day)), 430, 230, value, _INK),
        ("日", 485, 233, label, _LABEL),
        ("住址", 62, 311, label, _LABEL),
        ("公民身份号码", 62, 540, label, _LABEL),
    ):
        draw.text((x, y), text, font=face, fill=ink)
    for i in range(0, len(person.address), 11):
        draw.text((166, 308 + i // 11 * 52), person.address[i : i + 11], font=value, fill=_INK)
    number = font("digits", 46, rng.randrange(2))
    for i, char in enumerate(person.id_number):
        draw.text((340 + i * 33, 532), char, font=number, fill=_INK)
    return _rounded(card)


def emblem(draw: ImageDraw.ImageDraw, x: int, y: int, size: int) -> None:
    """A hint of the national emblem: a red disc in a gold and red wreath."""
    draw.ellipse((x, y, x + size, y + int(size * 1.06)), fill=(208, 150, 40))
    inner = int(size * 0.13)
    draw.ellipse((x + inner, y + inner, x + size - inner, y + size - inner), fill=(200, 30, 35))
    for dx, dy, r in (
        (0.5, 0.32, 0.09),
        (0.33, 0.42, 0.04),
        (0.67, 0.42, 0.04),
        (0.4, 0.5, 0.04),
        (0.6, 0.5, 0.04),
    ):
        draw.ellipse(
            (x + size * (dx - r), y + size * (dy - r), x + size * (dx + r), y + size * (dy + r)),
            fill=(235, 190, 60),
        )
    draw.rectangle(
        (x + int(size * 0.3), y + int(size * 0.62), x + int(size * 0.7), y + int(size * 0.72)),
        fill=(225, 175, 60),
    )
    draw.chord(
        (x + int(size * 0.15), y + int(size * 0.74), x + int(size * 0.85), y + int(size * 1.12)),
        180,
        360,
        fill=(190, 30, 35),
    )


def id_back(person: Person, seed: int = 0) -> Image.Image:
    """The side with the national emblem and the validity (国徽面)."""
    rng = random.Random(f"back {seed}")
    card = _ground(rng, (236, 228, 226))
    draw = ImageDraw.Draw(card)
    emblem(draw, 60, 62, 165)
    draw.text(
        (560, 125),
        "中华人民共和国",
        font=font("hei_bold", 52),
        fill=_INK,
        anchor="mm",
        features=None,
    )
    title = "  ".join("居民身份证") if rng.random() < 0.3 else "居民身份证"
    draw.text(
        (580, 230),
        title,
        font=font("hei_bold", 72 if len(title) == 5 else 60),
        fill=_INK,
        anchor="mm",
    )
    variant = rng.randrange(4)
    label, value = font("hei_bold", 32), font("hei", 34, variant)
    until = "长期" if person.valid_until == "long-term" else person.valid_until.replace("-", ".")
    draw.text((225, 458), "签发机关", font=label, fill=_INK)
    draw.text((395, 456), person.authority, font=value, fill=_INK)
    draw.text((225, 545), "有效期限", font=label, fill=_INK)
    draw.text((395, 543), f"{person.valid_from.replace('-', '.')}-{until}", font=value, fill=_INK)
    return _rounded(card)
