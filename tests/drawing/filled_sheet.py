"""A request sheet as an enterprise brings it back: printed, filled with papers, sealed,
scanned or photographed."""

import random

import numpy as np
import pypdfium2
from PIL import Image

from core.cases.intake import request_sheet
from tests.drawing.cards import id_back, id_front
from tests.drawing.generate import PageTruth, pdf_of, stamp
from tests.drawing.licences import licence
from tests.drawing.people import Enterprise, Person
from tests.drawing.wear import WEAR
from tests.drawing.world.wear import WEAR as WORLD_WEAR

DPI = 200


def printed(pdf: bytes) -> list[Image.Image]:
    """The pages of a PDF as a printer puts them on paper."""
    return [
        page.render(scale=DPI / 72).to_pil().convert("RGB") for page in pypdfium2.PdfDocument(pdf)
    ]


def scanned(
    pdf: bytes, enterprise: Enterprise, person: Person, *, seed: int = 0, sealed: bool = True
) -> bytes:
    """The scan of the printed sheet with papers in its frames, as a PDF.

    `sealed`: with the enterprise's seal in its own frame.
    """
    rng = random.Random(f"sheet {seed}")
    return pdf_of(
        [WEAR["scan"](filled(pdf, enterprise, person, rng, seed=seed, sealed=sealed), rng)]
    )


def photographed(
    pdf: bytes,
    enterprise: Enterprise,
    person: Person,
    *,
    seed: int = 0,
    sealed: bool = True,
    wear: str = "photo",
) -> bytes:
    """The same by a telephone, or with another wear of tests.drawing.world.wear."""
    sheet = filled(
        pdf, enterprise, person, random.Random(f"sheet {seed}"), seed=seed, sealed=sealed
    )
    worn = WORLD_WEAR[wear](np.asarray(sheet), np.random.default_rng(seed))
    return pdf_of([Image.fromarray(worn)], quality=75)


def filled(
    pdf: bytes,
    enterprise: Enterprise,
    person: Person,
    rng: random.Random,
    *,
    seed: int,
    sealed: bool,
) -> Image.Image:
    """The printed sheet with copies of the papers in its frames, and the seal."""
    [paper] = printed(pdf)
    pictures = (
        (id_front(person, seed), request_sheet.ID_FRONT),
        (id_back(person, seed), request_sheet.ID_BACK),
        (licence(enterprise, seed, layout="landscape"), request_sheet.LICENCE),
    )
    for picture, place in pictures:
        _put(paper, picture, place)
    truth = PageTruth(paper)
    if sealed:
        seal = request_sheet.SEAL
        stamp(
            truth,
            enterprise.name,
            rng,
            centre=(
                (seal.x + seal.width / 2) / request_sheet.WIDTH,
                (seal.y + seal.height / 2) / request_sheet.HEIGHT,
            ),
        )
    return truth.image


def _put(paper: Image.Image, picture: Image.Image, place: request_sheet.Place) -> None:
    """A paper in the middle of its frame, a little smaller than it."""
    scale = paper.width / request_sheet.WIDTH
    size = min((place.width - 3) / picture.width, (place.height - 3) / picture.height) * scale
    small = picture.resize(
        (int(picture.width * size), int(picture.height * size)), Image.Resampling.LANCZOS
    )
    x, y = (
        (place.x + place.width / 2) * scale - small.width / 2,
        (place.y + place.height / 2) * scale - small.height / 2,
    )
    paper.paste(small, (int(x), int(y)))
