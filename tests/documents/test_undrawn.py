"""A page whose picture cannot be drawn proves nothing; an empty scanned sheet does."""

import random
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.data.documents import Box, PartKind
from papers.opening.hidden_content import breaks_off
from papers.paper_reading import DocumentSettings
from tests.documents.fake_ocr import FakeOcr
from tests.documents.reading_pages import reader_of
from tests.drawing.generate import pdf_of
from tests.validators.builders import complete_submission, message
from validators.check import check

reader = reader_of(DocumentSettings(), FakeOcr())


def scan(seed=0):
    noise = np.random.default_rng(seed).integers(236, 250, (1600, 1130, 3), dtype=np.uint8)
    return Image.fromarray(noise)


def spoilt(pdf: bytes) -> bytes:
    """The PDF with its picture's bytes overwritten: it opens, and the picture cannot be drawn."""
    begin = pdf.index(b"stream", pdf.index(b"DCTDecode")) + 8
    end = pdf.index(b"endstream", begin)
    return pdf[:begin] + random.Random(1).randbytes(end - begin) + pdf[end:]


def test_a_picture_that_cannot_be_drawn_is_doubt_and_never_rejects(reader):
    found = reader.read([("a.pdf", spoilt(pdf_of([scan()])))]).documents
    assert [(page.confident, page.blank) for page in found.pages] == [(False, False)]
    verdict = check(complete_submission(message(), documents=found))
    assert verdict.decision.value == "queue"
    assert "document.unreadable" in {f.code for f in verdict.findings}


def test_an_empty_scanned_sheet_is_blank(reader):
    found = reader.read([("a.pdf", pdf_of([scan()]))]).documents
    assert [page.blank for page in found.pages] == [True]
    assert found.of(PartKind.LICENCE) == ()


def test_the_shadow_at_a_scanners_edge_is_nothing_on_a_sheet(reader):
    page = scan()
    ImageDraw.Draw(page).rectangle((0, 0, 1129, 1599), outline=(90, 90, 90), width=4)
    found = reader.read([("a.pdf", pdf_of([page]))]).documents
    assert [(page.confident, page.blank) for page in found.pages] == [(True, True)]


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ([0.1, 0.1, 0.9, 0.9], True),
        ([0.5, 0.0, 1.0, 1.0], True),
        ([0.0, 0.0, 1.0, 1.0], False),
        ([-0.5, -0.5, 0.45, 0.45], False),
    ],
)
def test_only_a_picture_that_left_nothing_counts(picture, expected):
    page = np.full((200, 200, 3), 255, np.uint8)
    page[5:15, 5:15] = 0
    assert breaks_off(page, [Box(*picture)]) is expected


def test_a_page_without_pictures_is_not_suspected():
    assert not breaks_off(np.full((200, 200, 3), 255, np.uint8), [])


def test_the_spoilt_file_is_spoilt():
    assert re.search(rb"DCTDecode", spoilt(pdf_of([scan()])))
