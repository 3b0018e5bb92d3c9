"""Pages beyond the ordinary request, with their truth: papers in place of a card or licence,
crowded pages, thick files."""

import random

from PIL import Image

from tests.drawing.cards import id_back, id_front
from tests.drawing.generate import (
    A4,
    CARD_PX,
    PageTruth,
    PartTruth,
    _put,
    back_fields,
    front_fields,
    letter_page,
    licence_fields,
)
from tests.drawing.letters import contract, invoice
from tests.drawing.licences import licence
from tests.drawing.organisations import certificate
from tests.drawing.people import Enterprise, Person
from tests.drawing.permits import PERMITS, residence_title

_TITLES = {
    "hong_kong_permit": "港澳居民来往内地通行证",
    "taiwan_permit": "台湾居民来往大陆通行证",
    "permanent_residence": "外国人永久居留身份证",
    "passport": "护照",
}


def permit_page(person: Person, kind: str, seed: int = 0) -> PageTruth:
    """All pictures of one personal paper on an A4 page. `kind`: a key of PERMITS."""
    rng = random.Random(f"permit page {seed}")
    page = PageTruth(Image.new("RGB", A4, "white"))
    width = int(CARD_PX * (1.6 if kind == "passport" else rng.choice((1.25, 1.6))))
    x, y = (A4[0] - width) // 2 + rng.randrange(-80, 80), rng.randrange(240, 340)
    for i, drawn in enumerate(PERMITS[kind]):
        box = _put(page.image, drawn(person, seed), (x, y), width)
        page.parts += _permit_parts(person, kind, i, seed, box)
        y += int(width * 0.75) + rng.randrange(80, 160)
    return page


def _permit_parts(
    person: Person, kind: str, side: int, seed: int, box: tuple[float, float, float, float]
) -> list[PartTruth]:
    if kind == "temporary":
        return [
            PartTruth("id_back", {}, box)
            if side
            else PartTruth("id_front", front_fields(person), box)
        ]
    title = _TITLES.get(kind) or residence_title(person, seed)
    return [PartTruth("other_certificate", {"certificate": title}, box)] if side == 0 else []


def certificate_page(enterprise: Enterprise, title: str, seed: int = 0) -> PageTruth:
    """A page filled by an organisation's certificate."""
    page = PageTruth(Image.new("RGB", (A4[1], A4[0]), "white"))
    box = _put(page.image, certificate(enterprise, title, seed), (60, 40), 2200)
    page.parts.append(
        PartTruth("other_certificate", {"certificate": title, "uscc": enterprise.uscc}, box)
    )
    return page


def crowded_page(enterprise: Enterprise, person: Person, seed: int = 0) -> PageTruth:
    """A licence, both sides of a card and a letter's words on one page."""
    rng = random.Random(f"crowded {seed}")
    page = letter_page(
        "",
        [
            "现申请将我单位CA锁与账号解绑，证照如上，请予办理。",
            "经办人签字：          日期：2026年2月25日",
        ],
        seed,
    )
    words = page.image.crop((0, 400, A4[0], 700))
    page.image = Image.new("RGB", A4, "white")
    page.image.paste(words, (0, 1950))
    box = _put(page.image, licence(enterprise, seed, layout="landscape"), (150, 60), 1350)
    page.parts = [PartTruth("licence", licence_fields(enterprise), box)]
    for i, side in enumerate(("id_front", "id_back")):
        picture = id_front(person, seed) if side == "id_front" else id_back(person, seed)
        at = (110 + i * 740 + rng.randrange(20), 1230 + rng.randrange(60))
        fields = front_fields(person) if side == "id_front" else back_fields(person)
        page.parts.append(PartTruth(side, fields, _put(page.image, picture, at, CARD_PX)))
    return page


def stray_page(enterprise: Enterprise, seed: int) -> PageTruth:
    """A page that belongs to no request: an invoice, a contract's page,
    an empty sheet with the grain of its paper."""
    if seed % 3 == 2:
        return PageTruth(
            Image.effect_noise(A4, 8).point(lambda v: 244 + (v - 128) // 4).convert("RGB")
        )
    return letter_page(*(invoice if seed % 3 else contract)(enterprise), seed)
