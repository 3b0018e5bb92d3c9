"""Pages as people really send them: watermarks across the fields, telephones' shadows, fingers and glare, screens, several papers on a page.

What is read must be right, whatever is not read must be in doubt: nothing of a complete request may be rejected.
"""

import random

import pytest

from bench.documents.generate import invent_enterprise, invent_person, licence_page, request_pages
from bench.documents.wear import scanned, watermarked
from mail_intake.documents.reading import DocumentReader, DocumentSettings
from tests.documents.reading_pages import read, wrong_values


@pytest.fixture(scope="module")
def reader():
    it = DocumentReader(DocumentSettings(allow_images=True))
    yield it
    it.close()


def test_a_licence_beneath_seventeen_lines_of_watermark_is_read_whole(reader):
    """Its title and three labels were joined with the watermark, so that the page was no licence."""
    page = licence_page(invent_enterprise(503060), random.Random(1), 503060, layout="landscape")
    page.image = scanned(watermarked(page.image, random.Random(1), lines=8), random.Random(2))
    documents = read(reader, [page])
    assert wrong_values([page], documents) == {}
    assert documents.pages[0].confident


def test_no_character_of_a_watermark_gets_into_a_value(reader):
    """绑 of the watermark stood before the name of the legal representative, 锁角 behind the capital; 长期 was covered."""
    pages = request_pages(
        invent_enterprise(502035), invent_person(502035), turn=180, layout="landscape", wear="watermark", seal_kind="invoice", seed=502035
    )
    assert wrong_values(pages, read(reader, pages)) == {}
