"""The seals of a mail asked for the names on its papers: the way from the page to the worker that
asks and back, and what becomes of failures."""

import random
from contextlib import closing
from functools import cache

import numpy as np
import pytest

from core.data.documents import Box, Page, Seal, SealCheck, SealKind, SealVerdict
from core.enterprise_names import fold_name
from papers.lines.pictures import decode
from papers.page.page_reading import PageReading
from papers.page.worker_messages import ANSWERS, READING, answers_from, reading_from
from papers.paper_reading import DocumentReader, DocumentSettings
from papers.seals.asking import SealAnswer
from papers.seals.cuts import SealCut, cut_seals
from papers.seals.rings import Ring
from papers.seals.seals import Pressed
from tests.documents.files import blank_pdf
from tests.documents.in_process import InProcess
from tests.documents.reading_pages import loaded_ocr, reader_of
from tests.drawing.generate import invent_enterprise, invent_person, pdf_of, request_pages
from tests.drawing.wear import WEAR

ENTERPRISE, PERSON = invent_enterprise(600_002), invent_person(600_002)
NAME = fold_name(ENTERPRISE.name)
OTHER = NAME[:2] + "犇" + NAME[3:]
RING = Ring(50.0, 50.0, 40.0, 40.0, 0.0, 0.9, 0.2)


reader = reader_of()


@cache
def pdf() -> bytes:
    pages = request_pages(ENTERPRISE, PERSON, parts=("licence",), wear="clean", seed=3)
    return pdf_of([WEAR["scan"](p.image, random.Random(3)) for p in pages], quality=75)


@pytest.mark.parametrize("in_a_worker", [False, True])
def test_the_seals_of_a_file_answer_to_the_names_that_are_asked(reader, in_a_worker):
    with closing(DocumentReader(DocumentSettings(), InProcess(loaded_ocr()))) as beside:
        read = (reader if in_a_worker else beside).read([("a.pdf", pdf())])
        asked = read.with_checked_seals([ENTERPRISE.name, OTHER])
    [own] = [s for s in asked.documents.seals if s.kind is not SealKind.AUTHORITY]
    assert [(c.name, c.verdict) for c in own.checks] == [
        (NAME, SealVerdict.AGREES),
        (OTHER, SealVerdict.DIFFERS),
    ]
    assert asked.images[own.unrolled_sha256].startswith(b"\xff\xd8")
    assert all(not s.checks for s in read.documents.seals)
    assert all(not s.checks for s in asked.documents.seals if s.kind is SealKind.AUTHORITY)


def test_a_reader_that_breaks_over_a_seal_leaves_it_unasked(monkeypatch):
    asked = []

    def broken(cut):
        asked.append(cut)
        raise RuntimeError("broken")

    monkeypatch.setattr(loaded_ocr(), "frames", broken)
    with closing(DocumentReader(DocumentSettings(), InProcess(loaded_ocr()))) as reader:
        read = reader.read([("a.pdf", pdf())])
        assert read.with_checked_seals([NAME]).documents == read.documents
    assert asked


def test_nobody_is_asked_where_there_is_no_name_or_no_seal():
    with closing(DocumentReader(DocumentSettings(), InProcess())) as reader:
        read = reader.read([("a.pdf", pdf())])
        assert read.with_checked_seals(["", " "]) is read
        unsealed = reader.read([("a.pdf", blank_pdf())])
        assert unsealed.with_checked_seals([NAME]) is unsealed


def page_with(*cuts: SealCut) -> PageReading:
    seals = tuple(Seal("a.pdf", 1, Box(0, 0, 1, 1), SealKind.UNKNOWN) for _ in cuts)
    return PageReading(
        Page("a.pdf", 1, confident=True, colour=True, seal_ink=True),
        (),
        seals,
        b"open",
        b"covered",
        {},
        cuts,
    )


@pytest.mark.parametrize("covered", [b"open", b"covered"])
def test_cuts_come_over_from_the_worker_as_they_are(covered):
    reading = page_with(
        SealCut(0, b"one", RING, "red", b"shown", SealKind.UNKNOWN, 0.5),
        SealCut(1, b"two", RING, "blue", b"", SealKind.FINANCE, 0.0, (RING,)),
    )
    reading.covered = covered
    there = reading_from(READING.dump_json((reading,)), "a.pdf", 1)
    assert (there.cuts, there.image, there.covered) == (reading.cuts, b"open", covered)


TWO = (
    SealAnswer((SealCheck(NAME, SealVerdict.DIFFERS, (("a", "b"),)),), None, b"x"),
    SealAnswer((), SealKind.OFFICIAL, b"yz", "某某公司", True),
)


def test_answers_come_back_as_they_are():
    assert answers_from(ANSWERS.dump_json(TWO), 2, [NAME]) == TWO


@pytest.mark.parametrize(("count", "names"), [(1, [NAME]), (3, [NAME]), (2, [OTHER])])
def test_answers_of_other_seals_or_to_other_names_are_refused(count, names):
    with pytest.raises(ValueError, match="other seals"):
        answers_from(ANSWERS.dump_json(TWO), count, names)


@pytest.mark.parametrize("side", [300, 2000])
def test_a_cut_is_no_larger_than_what_can_be_read_of_a_seal(side):
    page = np.full((side, side, 3), 255, np.uint8)
    found = Seal("a.pdf", 1, Box(0.1, 0.1, 0.9, 0.9), SealKind.UNKNOWN)
    ring = Ring(side / 2, side / 2, side * 0.4, side * 0.4, 0.0, 0.9, 0.2)
    [cut] = cut_seals([found], [Pressed(found, ring, 0.0)], page, page)
    picture = decode(cut.picture)
    assert max(picture.shape) <= 810
    assert cut.ring.a / picture.shape[0] == pytest.approx(0.4, abs=0.01)
