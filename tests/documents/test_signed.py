"""A file with an embedded signature is told as such on its first page, and no other file is."""

import pytest

from core.cases.submission import Page
from mail_intake.documents.ocr_models import FakeOcr
from mail_intake.documents.reading import DocumentReader, DocumentSettings
from mail_intake.documents.signed import SIGNED, signature_note
from tests.documents.files import blank_pdf, with_content

SIGNATURE = b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange [0 840 960 240]/Contents<00>>>"


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (with_content(b"", extra=(SIGNATURE,)), SIGNED),
        (with_content(b"", extra=(SIGNATURE.replace(b"/ByteRange [", b"/ByteRange[\r\n "),)), SIGNED),
        (with_content(b"(/ByteRange) Tj"), ""),
        (with_content(b"", extra=(b"<</FT/Sig/T(empty field)>>",)), ""),
        (b"", ""),
    ],
)
def test_only_a_filled_signature_is_a_signature(data, note):
    assert signature_note(data) == note


def test_the_first_page_of_the_signed_file_tells_it():
    reader = DocumentReader(DocumentSettings(), FakeOcr())
    signed = with_content(b"", extra=(SIGNATURE,))
    pages: tuple[Page, ...] = reader.read([("plain.pdf", blank_pdf(2)), ("signed.pdf", signed)]).documents.pages
    reader.close()
    assert [(p.attachment, p.number, SIGNED in p.text) for p in pages] == [
        ("plain.pdf", 1, False),
        ("plain.pdf", 2, False),
        ("signed.pdf", 1, True),
    ]
