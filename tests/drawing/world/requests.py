"""Requests as they come from the world: the papers of an invented sender on sheets, sealed, worn,
with their truth. All by a seed."""

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image
from pypdf import PdfWriter

from tests.drawing.generate import PARTS, PageTruth, PartTruth, pdf_of
from tests.drawing.world import overlaid
from tests.drawing.world.drawing import Artist, Drawn, multiplied
from tests.drawing.world.papers import (
    card_back,
    card_front,
    licence_lying,
    licence_upright,
    sheet,
    unit_certificate,
)
from tests.drawing.world.stamps import stamp
from tests.drawing.world.subjects import Subject, subject
from tests.drawing.world.wear import WEAR, Pixels

_WEARS = (
    "scan",
    "scan",
    "scan",
    "photo",
    "photo",
    "app",
    "app",
    "wall",
    "screen",
    "copies",
    "fax",
    "electronic",
)
_MARKS = ("扫描全能王 创建", "由 WPS 手机版扫描", "")
_A4 = (210.0, 297.0)


@dataclass(frozen=True, slots=True)
class WorldRequest:
    """A request: its sender, how it looks, its PDF, and the truth of its pages (upright)."""

    who: Subject
    wear: str
    turn: int
    dpi: int
    pdf: bytes
    pages: Sequence[PageTruth]
    over: overlaid.Plan | None


def request(artist: Artist, seed: int, *, seal_name: str = "") -> WorldRequest:
    """The request of a seed; `seal_name`: another name on all its seals."""
    who, rng = subject(seed), random.Random(f"world request {seed}")
    wear = rng.choice(_WEARS)
    turn, dpi = (
        rng.choice((0, 0, 0, 0, 90, 180, 270)),
        rng.choice(
            (
                200,
                200,
                200,
                150,
                300,
                600 if wear == "scan" else 200,
                100 if wear == "scan" else 200,
            )
        ),
    )
    name, over = seal_name or who.name, overlaid.plan(seed)
    if wear == "electronic" and over and len(over.parts) < len(PARTS):
        wear = "scan"
    turn = 0 if wear == "electronic" else turn
    sheets, noise = (
        list(_sheets(who, name, rng, over, app_mark=wear == "app")),
        np.random.default_rng(seed),
    )
    drawn = [artist.draw(html, dpi) for html, _ in sheets]
    pages = [_truth(one, who, _worn(one, wear, noise), turn, wear) for one in drawn]
    # the licence as the app prints it, with its text; the cards beside it as pictures
    if wear == "electronic":
        pdf = _joined(
            [pdf_of([pages[0].image], quality=80, dpi=dpi), artist.pdf(sheets[1][0], *sheets[1][1])]
        )
    else:
        pdf = pdf_of([page.image for page in pages], quality=80, dpi=dpi)
    return WorldRequest(who, wear, turn, dpi, pdf, pages, over)


def _joined(files: Sequence[bytes]) -> bytes:
    """PDFs one after another."""
    writer, out = PdfWriter(), io.BytesIO()
    for file in files:
        writer.append(io.BytesIO(file))
    writer.write(out)
    return out.getvalue()


def _sheets(
    who: Subject, name: str, rng: random.Random, over: overlaid.Plan | None, *, app_mark: bool
) -> Iterator[tuple[str, tuple[float, float]]]:
    """The sheets: cards on one, one above the other, real size or enlarged; the licence on the
    other."""
    scale, x = rng.choice((1.0, 1.0, 1.3)), rng.uniform(20, 60)
    y, mark = rng.uniform(25, 45), rng.choice(_MARKS) if app_mark else ""
    lean = rng.uniform(-2, 2)
    front = card_front(who, rng, _card_style(x, y, lean, scale))
    below = y + 54 * scale + rng.uniform(12, 30)
    back = card_back(who, _card_style(x, below, rng.uniform(-2, 2), scale))
    note = (
        f'<div class="abs" style="right:8mm;bottom:6mm;font-size:4mm;color:#5a6a78">{mark}</div>'
        if mark
        else ""
    )
    seal_at = rng.uniform(60, 150), rng.uniform(200, 250)
    if rng.random() < 0.35:  # across a card's lower part
        seal_at = x + 85.6 * scale * rng.uniform(0.5, 1.0), y + 54 * scale * rng.uniform(1.0, 1.6)
    if over is None:
        yield sheet(*_A4, front, back, stamp(name, rng, *seal_at), note), _A4
    else:
        size = 85.6 * scale, 54 * scale
        cards = {"id_front": (front, y), "id_back": (back, below)}
        drawn = [
            html + over.seal(name, rng, side, (x, top, *size))
            for side, (html, top) in cards.items()
            if side in over.parts
        ]
        yield sheet(*_A4, *drawn, note), _A4
    if over is None or "licence" in over.parts:
        yield _licence_sheet(who, name, rng, over, note)


def _card_style(x: float, y: float, lean: float, scale: float) -> str:
    return (
        f"left:{x:.1f}mm;top:{y:.1f}mm;transform:rotate({lean:.2f}deg) "
        f"scale({scale});transform-origin:0 0"
    )


def _licence_sheet(
    who: Subject, name: str, rng: random.Random, over: overlaid.Plan | None, note: str
) -> tuple[str, tuple[float, float]]:
    registry = who.address.split("区")[0] + "区市场监督管理局"
    layout = "landscape"
    if who.kind == "unit":
        paper, size, office, free = (
            unit_certificate(who, "left:23mm;top:17mm"),
            (297.0, 210.0),
            (225.0, 158.0),
            (rng.uniform(60, 200), rng.uniform(120, 170)),
        )
        registry, frame = "某某区事业单位登记管理局", (23.0, 17.0, 250.0, 176.0)
    elif rng.random() < 0.35:
        paper, size, office, free = (
            licence_upright(who, rng, "left:17mm;top:14mm"),
            _A4,
            (140.0, 238.0),
            (rng.uniform(60, 120), rng.uniform(180, 250)),
        )
        layout, frame = "portrait", (17.0, 14.0, 176.0, 250.0)
    else:
        paper, size, office, free = (
            licence_lying(who, rng, "left:13mm;top:10mm"),
            (297.0, 210.0),
            (232.0, 165.0),
            (rng.uniform(60, 180), rng.uniform(120, 175)),
        )
        frame = (13.0, 10.0, 270.0, 190.0)
    own = stamp(registry, rng, *office, truth="", turn=0, worn=False, colour="#cf2a2a")
    pressed = over.seal(name, rng, layout, frame) if over else stamp(name, rng, *free)
    return sheet(*size, paper, own, pressed, note), size


def _worn(drawn: Drawn, wear: str, rng: np.random.Generator) -> Pixels:
    """The sheet as it comes: on copies the seal is pressed on the last one,
    else it was on the paper."""
    if wear == "copies":
        return multiplied(WEAR["copies"](drawn.paper, rng), drawn.marks)
    return WEAR[wear](drawn.pressed, rng)


def _truth(drawn: Drawn, who: Subject, worn: Pixels, turn: int, wear: str) -> PageTruth:
    parts = [PartTruth(kind, _fields(kind, who), box) for kind, _, box in drawn.parts]
    turned = np.ascontiguousarray(np.rot90(worn, -turn // 90))
    largest = max(turned.shape[:2])
    if largest > 5000:
        turned = np.asarray(
            cv2.resize(
                turned, None, fx=5000 / largest, fy=5000 / largest, interpolation=cv2.INTER_AREA
            ),
            dtype=np.uint8,
        )
    return PageTruth(Image.fromarray(turned), parts, list(drawn.seals), turn, wear)


def _fields(kind: str, who: Subject) -> dict[str, str]:
    if kind == "id_front":
        return {"name": who.handler, "id_number": who.id_number}
    if kind == "id_back":
        return {"valid_until": who.card_until}
    fields = {"enterprise_name": who.name, "uscc": who.uscc, "legal_representative": who.head}
    return fields | (
        {"valid_until": who.until}
        if kind == "licence" and who.until and who.kind == "company"
        else {}
    )
