"""Papers of persons that are no resident ID card: the temporary card, travel permits, residence
permits, a passport, the permanent residence card.

Drawn from descriptions of their forms, with invented holders; the residence permit's number begins
810000, 820000 or 830000 as the forms of 2018 say, with digits that belong to nobody. The passport
is of ICAO's own Utopia.
"""

import random
from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw

from core.check_digits import id_check_digit
from tests.drawing.cards import SIZE, _ground, _portrait, _rounded, emblem, id_front
from tests.drawing.fonts import font
from tests.drawing.people import Person

_INK = (25, 25, 28)
_LABEL = (60, 80, 120)
_PASSPORT = (1480, 1040)
Row = tuple[str, str]


def _dotted(iso: str) -> str:
    return "长期" if iso == "long-term" else iso.replace("-", ".")


def _card(
    seed: int, tint: tuple[int, int, int]
) -> tuple[Image.Image, ImageDraw.ImageDraw, random.Random]:
    rng = random.Random(f"permit {seed}")
    card = _ground(rng, tint)
    return card, ImageDraw.Draw(card), rng


def _paste_portrait(
    paper: Image.Image,
    rng: random.Random,
    tint: tuple[int, int, int],
    size: tuple[int, int],
    at: tuple[int, int],
) -> None:
    portrait = Image.new("RGB", SIZE, tint)
    _portrait(portrait, rng)
    paper.paste(portrait.crop((640, 90, 980, 560)).resize(size), at)


def _rows(
    draw: ImageDraw.ImageDraw, rows: list[Row], x: int, y: int, step: int, gap: int, variant: int
) -> None:
    for label, value in rows:
        draw.text((x, y), label, font=font("hei", 26, variant), fill=_LABEL)
        draw.text((x + gap, y - 4), value, font=font("hei", 32, variant), fill=_INK)
        y += step


def temporary_front(person: Person, seed: int = 0) -> Image.Image:
    """The data side of the temporary resident ID card: as the resident card, with authority and
    three months' validity below."""
    rng = random.Random(f"temporary {seed}")
    card = _ground(rng, (230, 236, 228))
    data = id_front(person, seed).crop((40, 40, 980, 600)).resize((846, 504))
    card.paste(data, (40, 20))
    _rows(
        ImageDraw.Draw(card),
        [("签发机关", person.authority), ("有效期限", "2026.01.12-2026.04.12")],
        95,
        534,
        46,
        150,
        rng.randrange(3),
    )
    return _rounded(card)


# the shape of the others
def temporary_back(person: Person, seed: int = 0) -> Image.Image:
    """The title side of the temporary card."""
    card, draw, _ = _card(seed, (226, 232, 224))
    draw.text((506, 230), "中华人民共和国", font=font("hei_bold", 50), fill=_INK, anchor="mm")
    draw.text((506, 340), "临时居民身份证", font=font("hei_bold", 72), fill=_INK, anchor="mm")
    return _rounded(card)


def _travel_permit(title: str, english: str, prefix: str, person: Person, seed: int) -> Image.Image:
    card, draw, rng = _card(seed, (222, 232, 240))
    _paste_portrait(card, rng, (222, 232, 240), (300, 415), (50, 150))
    draw.text((540, 58), title, font=font("hei_bold", 42), fill=(150, 40, 50), anchor="mm")
    draw.text((540, 104), english, font=font("digits", 20), fill=(150, 40, 50), anchor="mm")
    rows = [
        ("姓名", f"{person.name}"),
        ("", "WANG, WEI"),
        ("出生日期", _dotted(person.birth)),
        ("性别", person.sex),
        ("有效期限", f"{_dotted(person.valid_from)}-{_dotted('2035-01-04')}"),
        ("签发机关", "公安部出入境管理局"),
        ("签发地点", "广东"),
    ]
    _rows(draw, rows, 390, 160, 58, 150, rng.randrange(3))
    draw.text(
        (390, 580), f"{prefix}0000{rng.randrange(10**4):04d}", font=font("digits", 38), fill=_INK
    )
    return _rounded(card)


def hong_kong_permit(person: Person, seed: int = 0) -> Image.Image:
    return _travel_permit(
        "港澳居民来往内地通行证",
        "Mainland Travel Permit for Hong Kong and Macao Residents",
        "H",
        person,
        seed,
    )


def taiwan_permit(person: Person, seed: int = 0) -> Image.Image:
    return _travel_permit(
        "台湾居民来往大陆通行证", "Mainland Travel Permit for Taiwan Residents", "", person, seed
    )


def residence_number(person: Person, seed: int) -> str:
    """The number of a residence permit: 81 Hong Kong, 82 Macao, 83 Taiwan, then four zeros."""
    rng = random.Random(f"residence {seed}")
    order = 900 + rng.randrange(50) * 2 + (person.sex == "男")
    body = f"{rng.choice(('81', '82', '83'))}0000{person.birth.replace('-', '')}{order}"
    return body + id_check_digit(body)


def residence_title(person: Person, seed: int) -> str:
    return "台湾居民居住证" if residence_number(person, seed).startswith("83") else "港澳居民居住证"


def residence_front(person: Person, seed: int = 0) -> Image.Image:
    """The data side of the residence permit: as the resident ID card, without the nation."""
    card, draw, rng = _card(seed, (226, 236, 240))
    _portrait(card, rng)
    variant = rng.randrange(3)
    year, month, day = person.birth.split("-")
    for text, x, y, size, ink in (
        ("姓名", 62, 78, 30, _LABEL),
        (person.name, 166, 74, 42, _INK),
        ("性别", 62, 156, 30, _LABEL),
        (person.sex, 166, 153, 36, _INK),
        ("出生", 62, 233, 30, _LABEL),
        (f"{year}  年 {int(month)} 月 {int(day)} 日", 166, 230, 34, _INK),
        ("住址", 62, 311, 30, _LABEL),
        ("公民身份号码", 62, 540, 30, _LABEL),
    ):
        draw.text((x, y), text, font=font("hei", size, variant), fill=ink)
    for i in range(0, len(person.address), 11):
        draw.text(
            (166, 308 + i // 11 * 52),
            person.address[i : i + 11],
            font=font("hei", 36, variant),
            fill=_INK,
        )
    for i, char in enumerate(residence_number(person, seed)):
        draw.text((340 + i * 33, 532), char, font=font("digits", 46), fill=_INK)
    return _rounded(card)


def residence_back(person: Person, seed: int = 0) -> Image.Image:
    card, draw, rng = _card(seed, (236, 230, 226))
    emblem(draw, 60, 62, 150)
    draw.text((560, 110), "中华人民共和国", font=font("hei_bold", 48), fill=_INK, anchor="mm")
    draw.text(
        (580, 205), residence_title(person, seed), font=font("hei_bold", 58), fill=_INK, anchor="mm"
    )
    rows = [
        ("签发机关", person.authority),
        ("有效期限", "2022.03.05-2027.03.05"),
        ("通行证号码", f"H0000{rng.randrange(10**4):04d}"),
        ("签发次数", "1"),
    ]
    _rows(draw, rows, 225, 380, 62, 190, rng.randrange(3))
    return _rounded(card)


def permanent_residence(person: Person, seed: int = 0) -> Image.Image:
    """The foreigner's permanent resident ID card, labels in two languages."""
    card, draw, rng = _card(seed, (224, 230, 238))
    _paste_portrait(card, rng, (224, 230, 238), (270, 373), (50, 170))
    draw.text((540, 52), "外国人永久居留身份证", font=font("hei_bold", 44), fill=_INK, anchor="mm")
    draw.text(
        (540, 102),
        "FOREIGN PERMANENT RESIDENT ID CARD",
        font=font("digits", 24),
        fill=_INK,
        anchor="mm",
    )
    rows = [
        ("姓名/Name", "ANNA MARIA ERIKSSON"),
        ("性别/Sex", f"{person.sex}"),
        ("出生日期/Date of Birth", _dotted(person.birth)),
        ("国籍/Nationality", "乌托邦/UTO"),
        ("有效期限/Period of Validity", "2024.01.01-2034.01.01"),
        ("签发机关/Issuing Authority", "国家移民管理局"),
        ("证件号码/ID No.", f"911UTO{person.birth.replace('-', '')}{rng.randrange(1000):03d}X"),
    ]
    y = 160
    for label, value in rows:
        draw.text((360, y), label, font=font("hei", 21), fill=_LABEL)
        draw.text((360, y + 24), value, font=font("hei", 29), fill=_INK)
        y += 64
    return _rounded(card)


def passport(person: Person, seed: int = 0) -> Image.Image:
    """The data page of a foreign passport with its two machine-readable lines (ICAO 9303)."""
    rng = random.Random(f"passport {seed}")
    page = Image.new("RGB", _PASSPORT, (238, 232, 220))
    draw = ImageDraw.Draw(page)
    _paste_portrait(page, rng, (238, 232, 220), (380, 525), (70, 200))
    number = f"L0000{rng.randrange(10**4):04d}"
    for text, x, y, size in (
        ("UTOPIA", 740, 60, 48),
        ("PASSPORT / PASSEPORT", 740, 120, 36),
        ("Type/Type", 520, 180, 22),
        ("P", 520, 208, 32),
        ("Country code/Code du pays", 720, 180, 22),
        ("UTO", 720, 208, 32),
        ("Passport No./No. du passeport", 1080, 180, 22),
        (number, 1080, 208, 36),
        ("Surname/Nom", 520, 270, 22),
        ("ERIKSSON", 520, 298, 34),
        ("Given names/Prénoms", 520, 360, 22),
        ("ANNA MARIA", 520, 388, 34),
        ("Nationality/Nationalité", 520, 450, 22),
        ("UTOPIAN", 520, 478, 32),
        ("Date of birth/Date de naissance", 520, 540, 22),
        ("12 AUG 1984", 520, 568, 32),
        ("Date of expiry/Date d'expiration", 520, 630, 22),
        ("15 APR 2032", 520, 658, 32),
    ):
        draw.text((x, y), text, font=font("digits", size), fill=_INK)
    for line, y in (
        ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", 860),
        (f"{number}8UTO8408122F3204159<<<<<<<<<<<<<<04", 940),
    ):
        for i, char in enumerate(line):
            draw.text((60 + i * 31, y), char, font=font("digits", 44), fill=_INK)
    return page


Drawn = Callable[[Person, int], Image.Image]
PERMITS: Mapping[str, tuple[Drawn, ...]] = {
    "temporary": (temporary_front, temporary_back),
    "hong_kong_permit": (hong_kong_permit,),
    "taiwan_permit": (taiwan_permit,),
    "residence": (residence_front, residence_back),
    "permanent_residence": (permanent_residence,),
    "passport": (passport,),
}
"""The pictures of each paper by a short name."""
