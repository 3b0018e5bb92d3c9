"""Seeded page images and PDFs of requests, with their truth: for samples, tests and measurement.

`request_pdf` makes the PDF of a mail (scanned-looking, JPEG pages of ordinary size);
`request_pages` gives the same pages with what stands where on them. Everything depends on the
arguments alone, so the same call gives the same bytes.
"""

import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageDraw

from tests.drawing.cards import id_back, id_front
from tests.drawing.fonts import font
from tests.drawing.licence_forms import WITHOUT_CODE
from tests.drawing.licences import licence
from tests.drawing.people import Enterprise, Person, invent_enterprise, invent_person
from tests.drawing.seals import BLUE, RED, press, seal, worn
from tests.drawing.wear import WEAR

__all__ = [
    "PARTS",
    "Enterprise",
    "PageTruth",
    "PartTruth",
    "Person",
    "id_back",
    "id_front",
    "invent_enterprise",
    "invent_person",
    "letter_page",
    "licence",
    "pdf_of",
    "request_pages",
    "request_pdf",
    "seal",
]

A4 = (1654, 2339)  # at 200 dpi
MM = 200 / 25.4
CARD_PX = int(85.6 * MM)
PARTS = ("id_front", "id_back", "licence")


@dataclass(frozen=True, slots=True)
class PartTruth:
    """What one region shows. `box` in fractions of the upright page."""

    kind: str
    fields: dict[str, str]
    box: tuple[float, float, float, float]


@dataclass(slots=True)
class PageTruth:
    """A page and what is on it. `seals`: (name, kind, box).

    `turned`: degrees clockwise by which the page was turned away from upright.
    """

    image: Image.Image
    parts: list[PartTruth] = field(default_factory=list)
    seals: list[tuple[str, str, tuple[float, float, float, float]]] = field(default_factory=list)
    turned: int = 0
    wear: str = "clean"


def _put(
    page: Image.Image, picture: Image.Image, at: tuple[int, int], width_px: int
) -> tuple[float, float, float, float]:
    height = int(picture.height * width_px / picture.width)
    page.paste(picture.resize((width_px, height), Image.Resampling.LANCZOS), at)
    return (
        at[0] / page.width,
        at[1] / page.height,
        (at[0] + width_px) / page.width,
        (at[1] + height) / page.height,
    )


def front_fields(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "id_number": person.id_number,
        "birth": person.birth,
        "address": person.address,
    }


def back_fields(person: Person) -> dict[str, str]:
    return {
        "valid_from": person.valid_from,
        "valid_until": person.valid_until,
    }


def licence_fields(enterprise: Enterprise, *, show_validity: bool = True) -> dict[str, str]:
    fields = {
        "enterprise_name": enterprise.name,
        "uscc": enterprise.uscc,
        "legal_representative": enterprise.legal_representative,
    }
    if show_validity and enterprise.valid_until:
        fields["valid_until"] = enterprise.valid_until
    return fields


def card(
    person: Person, side: str, seed: int, stretch: float = 1.0
) -> tuple[Image.Image, dict[str, str]]:
    """One side of a card and its fields. `stretch`: of its height."""
    front = side == "id_front"
    picture = id_front(person, seed) if front else id_back(person, seed)
    stretched = picture.resize(
        (picture.width, int(picture.height * stretch)), Image.Resampling.LANCZOS
    )
    return stretched, front_fields(person) if front else back_fields(person)


def id_page(
    person: Person,
    rng: random.Random,
    seed: int,
    sides: Sequence[str] = ("id_front", "id_back"),
    *,
    stretch: float = 1.0,
) -> PageTruth:
    """An A4 page with one or both sides of a card, real size or enlarged."""
    truth = PageTruth(Image.new("RGB", A4, "white"))
    width = int(CARD_PX * rng.choice((1.0, 1.0, 1.25, 1.6)))
    x, y = (A4[0] - width) // 2 + rng.randrange(-100, 100), rng.randrange(220, 360)
    for side in sides:
        picture, fields = card(person, side, seed, stretch)
        truth.parts.append(PartTruth(side, fields, _put(truth.image, picture, (x, y), width)))
        y += int(width * 0.63 * stretch) + rng.randrange(80, 160)
    return truth


def licence_page(
    enterprise: Enterprise,
    rng: random.Random,
    seed: int,
    *,
    layout: str = "",
    show_validity: bool = True,
) -> PageTruth:
    """A page filled by a licence, in the licence's own orientation."""
    picture = licence(enterprise, seed, layout=layout, show_validity=show_validity)
    size = A4 if picture.height > picture.width else (A4[1], A4[0])
    truth = PageTruth(Image.new("RGB", size, "white"))
    width = int(min(size[0] * 0.94, size[1] * 0.94 * picture.width / picture.height))
    box = _put(truth.image, picture, ((size[0] - width) // 2, rng.randrange(40, 70)), width)
    fields = licence_fields(enterprise, show_validity=show_validity)
    if layout in WITHOUT_CODE:
        del fields["uscc"]
    truth.parts.append(PartTruth("licence", fields, box))
    return truth


def combined_page(
    enterprise: Enterprise,
    person: Person,
    rng: random.Random,
    seed: int,
    parts: Sequence[str],
    *,
    stretch: float = 1.0,
) -> PageTruth:
    """Everything on one A4 page: the licence above, the cards side by side below."""
    truth = PageTruth(Image.new("RGB", A4, "white"))
    y = 80
    if "licence" in parts:
        box = _put(truth.image, licence(enterprise, seed, layout="landscape"), (100, y), 1454)
        truth.parts.append(PartTruth("licence", licence_fields(enterprise), box))
        y = int(box[3] * A4[1]) + 90
    for i, side in enumerate(p for p in parts if p != "licence"):
        picture, fields = card(person, side, seed, stretch)
        box = _put(truth.image, picture, (100 + i * 740, y + rng.randrange(30)), CARD_PX)
        truth.parts.append(PartTruth(side, fields, box))
    return truth


def letter_page(title: str, lines: Sequence[str], seed: int = 0) -> PageTruth:
    """A typed letter: a request, an authorisation, or anything else."""
    rng = random.Random(f"letter {seed}")
    page = Image.new("RGB", A4, "white")
    draw, body = (
        ImageDraw.Draw(page),
        font(rng.choice(("song", "hei", "kai")), 44, rng.randrange(3)),
    )
    draw.text((A4[0] / 2, 300), title, font=font("hei_bold", 64), fill="black", anchor="mm")
    y = 450
    for line in lines:
        for i in range(0, len(line), 31):
            draw.text((200, y), line[i : i + 31], font=body, fill="black")
            y += 80
    return PageTruth(
        page,
        [
            PartTruth(
                "request_letter" if "解绑" in title + "".join(lines) else "other", {}, (0, 0, 1, 1)
            )
        ],
    )


_KINDS = {
    "official": "",
    "contract": "合同专用章",
    "finance": "财务专用章",
    "invoice": "发票专用章",
    "business": "业务专用章",
}


def stamp(
    truth: PageTruth,
    name: str,
    rng: random.Random,
    *,
    kind: str = "official",
    centre: tuple[float, float] | None = None,
    colour: str = "red",
    strength: float = 0.85,
) -> None:
    """Presses an enterprise's seal on the page, by default into the free lower part or over a lower
    corner of the last part."""
    page = truth.image
    size = int(rng.uniform(39, 43) * MM)
    ink = worn(
        seal(
            name,
            bottom=_KINDS[kind],
            number="1101" + f"{rng.randrange(10**9):09d}",
            size_px=size,
            colour=BLUE if colour == "blue" else RED,
            oval=kind == "invoice",
        ),
        rng,
        strength=strength,
    )
    x, y = centre or (rng.uniform(0.25, 0.6), rng.uniform(0.72, 0.84))
    truth.seals.append((name, kind, press(page, ink, (int(x * page.width), int(y * page.height)))))


def _over(page: PageTruth, rng: random.Random) -> tuple[float, float]:
    """A place across the lower right of the last part, where people like to stamp."""
    x0, y0, x1, y1 = page.parts[-1].box
    return rng.uniform(x0 + 0.35 * (x1 - x0), x1), rng.uniform(y0 + 0.5 * (y1 - y0), y1)


def _at(part: PartTruth, place: tuple[float, float]) -> tuple[float, float]:
    """Where a place of a part lies on its page."""
    x0, y0, x1, y1 = part.box
    return x0 + place[0] * (x1 - x0), y0 + place[1] * (y1 - y0)


def request_pages(
    enterprise: Enterprise,
    person: Person,
    *,
    parts: Sequence[str] = PARTS,
    sealed: bool = True,
    seal_kind: str = "official",
    seal_name: str = "",
    seal_colour: str = "red",
    layout: str = "",
    one_page: bool = False,
    show_validity: bool = True,
    wear: str = "scan",
    turn: int = 0,
    seed: int = 0,
    over_text: bool = False,
    stretch: float = 1.0,
    over: Mapping[str, tuple[tuple[float, float], str]] | None = None,
) -> list[PageTruth]:
    """The pages of one request.

    `turn`: degrees clockwise (0, 90, 180, 270) by which every page is turned away from upright.
    `stretch`: of the height of cards. `over`: by kind of part, the place (in fractions of it, with
    its name) that a seal lies over.
    """
    rng = random.Random(f"pages {seed}")
    cards = [p for p in parts if p.startswith("id_")]
    pages: list[PageTruth] = []
    if one_page:
        pages.append(combined_page(enterprise, person, rng, seed, parts, stretch=stretch))
    else:
        if cards:
            pages.append(id_page(person, rng, seed, cards, stretch=stretch))
        if "licence" in parts:
            pages.append(
                licence_page(enterprise, rng, seed, layout=layout, show_validity=show_validity)
            )
    for page in pages:
        places = (
            [_at(part, over[part.kind][0]) for part in page.parts]
            if over
            else [_over(page, rng) if over_text else None]
        )
        for centre in places if sealed else ():
            stamp(
                page,
                seal_name or enterprise.name,
                rng,
                kind=seal_kind,
                colour=seal_colour,
                centre=centre,
            )
        page.image, page.wear = WEAR[wear](page.image, rng), wear
        page.image, page.turned = page.image.rotate(-turn, expand=True), turn
    return pages


def pdf_of(images: Sequence[Image.Image], *, quality: int = 55, dpi: int = 200) -> bytes:
    """A PDF whose pages are JPEG pictures; always the same bytes for the same pictures."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for image in images:
        jpeg = io.BytesIO()
        image.convert("RGB").save(jpeg, "JPEG", quality=quality)
        scale = 72 / (dpi if max(image.size) > 1600 else dpi * max(image.size) / 2339)
        width, height = image.width * scale, image.height * scale
        draw = f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /I Do Q".encode()
        n = len(objects) + 1
        kids.append(n)
        objects.append(
            (
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width:.2f} {height:.2f}]/Contents "
                f"{n + 1} 0 R/Resources<</XObject<</I {n + 2} 0 R>>>>>>"
            ).encode()
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(draw), draw))
        head = (
            f"<</Type/XObject/Subtype/Image/Width {image.width}/Height "
            f"{image.height}/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length "
            f"{jpeg.tell()}>>stream\n"
        )
        objects.append(head.encode() + jpeg.getvalue() + b"\nendstream")
    objects[1] = (
        f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{k} 0 R' for k in kids)}]>>".encode()
    )
    return _assembled(objects)


def _assembled(objects: Sequence[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def request_pdf(enterprise: Enterprise, person: Person, **looks: Any) -> bytes:
    """The PDF of one request: ID card page, then licence page. `looks`: as for `request_pages`."""
    return pdf_of([page.image for page in request_pages(enterprise, person, **looks)])
