"""Every kind of seal and every defect on a page of its own: found, or at least unsure, and never
called official where it is not."""

import random
from functools import cache

import numpy as np
import pytest

from core.data.documents import SealKind
from papers.lines.pictures import decode, encode
from papers.opening.sandbox import RawPage
from papers.page.page_reading import read_page
from papers.paper_reading import DocumentReader, DocumentSettings
from tests.documents.in_process import InProcess
from tests.documents.reading_pages import loaded_ocr
from tests.drawing.generate import (
    invent_enterprise,
    invent_person,
    licence_page,
    pdf_of,
    request_pages,
)
from tests.drawing.seal_kinds import dotted, personal_seal, press_across
from tests.drawing.seals import BLUE, press, seal, worn
from tests.drawing.wear import WEAR
from tests.thorough import share
from validators.absence import bears_no_ink, registry_only

ENTERPRISE, PERSON = invent_enterprise(600_002), invent_person(600_002)
VIOLET = (122, 58, 160)
SIDE = int(41 * 200 / 25.4)
FREE, OVER_PRINT, CUT_RIGHT = (0.4, 0.8), (0.5, 0.2), (0.985, 0.6)


@pytest.fixture(scope="module")
def ocr():
    return loaded_ocr()


def round_seal(**how):
    return seal(ENTERPRISE.name, number="1101123456789", size_px=SIDE, **how)


def id_page(*stamps, wear="scan", parts=("id_front",), seed=1):
    """An ID page with seals pressed at places (fractions of the page), worn as told."""
    image = clean_page(parts, seed).copy()
    for ink, (x, y) in stamps:
        press(image, ink, (int(x * image.width), int(y * image.height)))
    return WEAR[wear](image, random.Random(seed))


@cache
def clean_page(parts, seed):
    [page] = request_pages(ENTERPRISE, PERSON, parts=parts, sealed=False, wear="clean", seed=seed)
    return page.image


def read(ocr, picture):
    image = decode(encode(np.asarray(picture.convert("RGB"))[:, :, ::-1].copy()))
    return read_page(ocr, image, "a.pdf", RawPage(1))


def own(reading):
    return [s for s in reading.seals if not registry_only(s)]


def rng():
    return random.Random(7)


PLACES = ((0.5, 0.62), (0.2, 0.85), (0.5, 0.85), (0.8, 0.85))
"""Beside each other on one page."""


def seals_beside_each_other(*seals):
    return id_page(*zip((worn(one, rng()) for one in seals), PLACES, strict=False))


def test_seals_of_each_colour_are_read_whole(ocr):
    found = own(
        read(
            ocr,
            seals_beside_each_other(
                round_seal(), round_seal(colour=BLUE), round_seal(colour=VIOLET)
            ),
        )
    )
    assert [(s.kind, s.text, s.doubtful) for s in found] == [
        (SealKind.OFFICIAL, ENTERPRISE.name, False)
    ] * 3


NAMED = {
    "over print": lambda: id_page((worn(round_seal(), rng()), OVER_PRINT)),
    "coarse and upside down": lambda: id_page(
        (worn(round_seal(), rng(), turn=170), FREE), wear="coarse"
    ),
}


@pytest.mark.parametrize("kind", NAMED)
def test_an_official_seal_is_read_whole(ocr, kind):
    [found] = own(read(ocr, NAMED[kind]()))
    assert (found.kind, found.text, found.doubtful) == (SealKind.OFFICIAL, ENTERPRISE.name, False)


def test_special_seals_say_what_they_are(ocr):
    special = {
        SealKind.CONTRACT: round_seal(bottom="合同专用章"),
        SealKind.FINANCE: round_seal(bottom="财务专用章"),
        SealKind.INVOICE: seal(
            ENTERPRISE.name, bottom="发票专用章", number=ENTERPRISE.uscc, size_px=SIDE, oval=True
        ),
        SealKind.BUSINESS: round_seal(bottom="业务专用章"),
    }
    found = own(read(ocr, seals_beside_each_other(*special.values())))
    assert {(s.kind, s.text) for s in found} == {(kind, ENTERPRISE.name) for kind in special}
    assert len(found) == len(special)


UNSURE = {
    "two tones, across print": lambda: id_page((worn(round_seal(), rng()), OVER_PRINT), wear="fax"),
    "grey": lambda: id_page((worn(round_seal(), rng()), FREE), wear="grey"),
    "faint": lambda: id_page((worn(round_seal(), rng(), strength=0.3), FREE)),
    "faint and violet": lambda: id_page(
        (worn(round_seal(colour=VIOLET), rng(), strength=0.3), FREE)
    ),
    "very faint and violet, across print": lambda: id_page(
        (worn(round_seal(colour=VIOLET), rng(), strength=0.2), OVER_PRINT), wear="clean"
    ),
    "very faint and blue": lambda: id_page(
        (worn(round_seal(colour=BLUE), rng(), strength=0.2), FREE)
    ),
    "cut by the edge of the page": lambda: id_page((worn(round_seal(), rng()), CUT_RIGHT)),
    "a dotted rim with print across": lambda: id_page(
        (dotted(worn(round_seal(), rng()), rng()), OVER_PRINT)
    ),
    "two that overlap": lambda: id_page(
        (worn(round_seal(), rng()), FREE),
        (worn(round_seal(bottom="合同专用章"), rng()), (0.47, 0.81)),
    ),
    "square, of a person": lambda: id_page((worn(personal_seal(PERSON.name, rng()), rng()), FREE)),
    "square, letters cut out": lambda: id_page(
        (worn(personal_seal(PERSON.name, rng(), white=True), rng()), OVER_PRINT)
    ),
}


@pytest.mark.parametrize("defect", share(UNSURE, 2))
def test_whatever_may_be_a_seal_is_never_absent(ocr, defect):
    reading = read(ocr, UNSURE[defect]())
    assert own(reading) or not bears_no_ink(reading.page)
    assert not (
        defect.startswith("square") and [s for s in reading.seals if s.kind is SealKind.OFFICIAL]
    )
    if not defect.startswith(("square", "two tones")):
        assert own(reading)


def test_both_halves_of_a_seal_across_two_pages_are_found_and_in_doubt(ocr):
    random_ = rng()
    pages = request_pages(ENTERPRISE, PERSON, sealed=False, wear="clean", seed=2)
    press_across(pages, ENTERPRISE.name, random_, share=0.4)
    reader = DocumentReader(DocumentSettings(), InProcess(ocr))
    documents = reader.read(
        [("a.pdf", pdf_of([WEAR["scan"](p.image, random_) for p in pages], quality=75))]
    ).documents
    reader.close()
    halves = [s for s in documents.seals if not registry_only(s)]
    assert {s.page for s in halves} == {1, 2}
    assert all(s.doubtful for s in halves)
    assert max(s.box.x1 for s in halves if s.page == 1) > 0.98
    assert min(s.box.x0 for s in halves if s.page == 2) < 0.02


EDGES = {"right": (1, 0.6), "left": (0, 0.6), "foot": (0.5, 1), "head": (0.5, 0)}


@pytest.mark.parametrize("edge", share(EDGES, 2))
def test_a_third_of_a_seal_at_an_edge_is_found_and_in_doubt(ocr, edge):
    """Seals across five pages leave less on each; the search for rings alone saw one in six."""
    outside = int(0.15 * SIDE)
    x, y = EDGES[edge]
    page = clean_page(("id_front",), 1)
    place = (x + (2 * x - 1) * outside / page.width, y + (2 * y - 1) * outside / page.height)
    [found] = own(read(ocr, id_page((worn(round_seal(), rng()), place))))
    assert found.doubtful


def test_an_office_that_sends_a_request_is_no_registry(ocr):
    office = seal("北京市青竹山公园管理局", number="1101123456789", size_px=SIDE)
    assert own(read(ocr, id_page((worn(office, rng()), FREE)))), (
        "its seal alone must not pass for the registry's, which proves nothing"
    )


def test_a_sliver_on_the_edge_of_a_licence_is_no_proof_and_no_absence(ocr):
    truth = licence_page(ENTERPRISE, rng(), 3)
    press(truth.image, worn(round_seal(), rng()), (int(-0.2 * SIDE), truth.image.height // 2))
    reading = read(ocr, WEAR["scan"](truth.image, rng()))
    assert reading.page.seal_ink
    [sliver] = own(reading)
    assert sliver.kind is SealKind.UNKNOWN
    assert sliver.doubtful
