"""A request sheet as an enterprise brings it back: printed, filled with papers, sealed, scanned."""

import random

import pypdfium2
from PIL import Image

from bench.documents.cards import id_back, id_front
from bench.documents.generate import PageTruth, pdf_of, stamp
from bench.documents.licences import licence
from bench.documents.wear import WEAR
from core.cases import request_sheet

DPI = 200


def printed(pdf: bytes) -> list[Image.Image]:
    """The pages of a PDF as a printer puts them on paper."""
    return [page.render(scale=DPI / 72).to_pil().convert("RGB") for page in pypdfium2.PdfDocument(pdf)]


def scanned(pdf, enterprise, person, *, seed=0, sealed=True, wear="scan", papers=("front", "back", "licence")) -> bytes:
    """The scan of the printed sheet with papers in its frames, as a PDF. `sealed`: with the enterprise's seal in its own frame."""
    [paper] = printed(pdf)
    rng = random.Random(f"sheet {seed}")
    pictures = {
        "front": (id_front(person, seed), request_sheet.ID_FRONT), "back": (id_back(person, seed), request_sheet.ID_BACK),
        "licence": (licence(enterprise, seed, layout="landscape"), request_sheet.LICENCE),
    }
    for name in papers:
        _put(paper, *pictures[name])
    truth = PageTruth(paper)
    if sealed:
        seal = request_sheet.SEAL
        stamp(truth, enterprise.name, rng, centre=((seal.x + seal.width / 2) / request_sheet.WIDTH, (seal.y + seal.height / 2) / request_sheet.HEIGHT))
    return pdf_of([WEAR[wear](truth.image, rng)])


def _put(paper: Image.Image, picture: Image.Image, place: request_sheet.Place) -> None:
    """A paper in the middle of its frame, a little smaller than it."""
    scale = paper.width / request_sheet.WIDTH
    size = min((place.width - 3) / picture.width, (place.height - 3) / picture.height) * scale
    small = picture.resize((int(picture.width * size), int(picture.height * size)), Image.Resampling.LANCZOS)
    x, y = (place.x + place.width / 2) * scale - small.width / 2, (place.y + place.height / 2) * scale - small.height / 2
    paper.paste(small, (int(x), int(y)))
