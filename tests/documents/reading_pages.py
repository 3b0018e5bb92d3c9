"""Reading generated pages in tests, and what of their truth was read otherwise."""

import atexit
from collections.abc import Iterator
from contextlib import closing
from functools import cache

import pytest

from core.data.documents import Documents
from papers.lines.ocr_models import Ocr
from papers.lines.onnx_ocr import OnnxOcr
from papers.lines.words import fold
from papers.paper_reading import DocumentReader, DocumentSettings
from tests.documents.in_process import InProcess
from tests.drawing.generate import PageTruth, pdf_of

USUAL = DocumentSettings(allow_images=True)
"""Of most tests that read pages: files of tests with the same settings share a reader, whose worker
takes two seconds to load its models."""


@cache
def loaded_ocr() -> OnnxOcr:
    """The desk's OCR in the test's own process, which loads its models once."""
    return OnnxOcr()


@cache
def _loaded(settings: DocumentSettings) -> DocumentReader:
    reader = DocumentReader(settings)
    atexit.register(reader.close)
    return reader


def reader_of(settings: DocumentSettings = USUAL, ocr: Ocr | None = None):
    """A fixture: a reader for the tests of a module."""

    @pytest.fixture(scope="module")
    def reader() -> Iterator[DocumentReader]:
        if ocr is None:
            yield _loaded(settings)
            return
        with closing(DocumentReader(settings, InProcess(ocr))) as it:
            yield it

    return reader


def read(reader: DocumentReader, pages: list[PageTruth]) -> Documents:
    """The pages as a PDF of JPEG pictures, read."""
    return reader.read([("a.pdf", pdf_of([p.image for p in pages], quality=75))]).documents


def wrong_values(pages: list[PageTruth], documents: Documents) -> dict[str, str | None]:
    """Every field of the truth that was read otherwise (brackets and spaces folded),
    and every part that was not found."""
    wrong: dict[str, str | None] = {}
    for number, page in enumerate(pages, 1):
        for truth in page.parts:
            got = next(
                (p for p in documents.parts if p.page == number and p.kind == truth.kind), None
            )
            if got is None:
                wrong[f"{truth.kind}@{number}"] = None
                continue
            wrong |= {
                f"{truth.kind}.{k}": got.fields.get(k)
                for k, v in truth.fields.items()
                if fold(got.fields.get(k, "")) != fold(v)
            }
    return wrong


def stated_wrong(pages: list[PageTruth], documents: Documents) -> dict[str, str | None]:
    """Fields that were read otherwise than they are printed, without any doubt said.

    What is missing is not stated.
    """
    doubted = {f"{p.kind}.{name}" for p in documents.parts for name in p.doubts}
    return {
        key: got
        for key, got in wrong_values(pages, documents).items()
        if got is not None and key not in doubted
    }
