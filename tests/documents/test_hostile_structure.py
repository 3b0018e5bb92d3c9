"""PDFs that are strange in their structure: each ends in a page as viewers show it, in doubt, or in
the reason why it cannot be opened."""

import io
import zipfile

import numpy as np
import pytest

from core.data.documents import Box
from core.data.finding import Decision
from core.data.submission import AttachmentKind
from papers.content_kind import kind_of
from papers.lines.layout import overlap
from papers.paper_reading import DocumentReader, DocumentSettings
from tests.documents import hostile
from tests.documents.files import blank_pdf, locked, with_content, without_xref
from tests.documents.in_process import InProcess
from tests.documents.reading_pages import reader_of
from tests.documents.test_hostile_pictures import drawn, verdict

PDF = "材料.pdf"
SIGNATURE = (
    b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange [0 840 960 "
    b"240]/Contents<00>>>"
)
FORM = b"/AcroForm<</Fields[6 0 R]/SigFlags 3>>"
reader = reader_of(DocumentSettings(wall_s=8, cpu_s=4, max_pixels=1_000_000), hostile.Reads())


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "hello")
    return out.getvalue()


def swapped(old: bytes, new: bytes) -> bytes:
    pdf = hostile.plain()
    assert old in pdf
    return pdf.replace(old, new)


JUNK = b"From: somebody\r\n\r\n"
SOUND = {
    "owner password": lambda: locked(hostile.plain(), "", "owner", "AES-256"),
    "junk before": lambda: JUNK * 50 + hostile.plain(),
    "much junk before": lambda: JUNK * 500 + hostile.plain(),
    "junk behind": lambda: hostile.plain() + b"junk\n" * 5000,
    "zeros behind": lambda: hostile.plain() + bytes(100_000),
    "zip behind": lambda: hostile.plain() + zipped(),
    "version of the future": lambda: swapped(b"%PDF-1.4", b"%PDF-2.9"),
    "script and launch": lambda: hostile.plain(
        catalogue=(
            b"/OpenAction<</S/JavaScript/JS(while\\(1\\){app.alert\\(1\\)})>>/AA<</WC<"
            b"</S/Launch/F(/bin/sh)>>>>"
        )
    ),
    "xref names itself": hostile.xref_loop,
    "startxref nowhere": lambda: (
        hostile.plain().rpartition(b"startxref")[0] + b"startxref\n9\n%%EOF"
    ),
    "contents name the page": lambda: swapped(b"/Contents 4 0 R", b"/Contents[4 0 R 3 0 R]"),
    "length names itself": lambda: swapped(b"<</Length 28>>", b"<</Length 4 0 R>>"),
    "negative count": lambda: swapped(b"/Count 1/", b"/Count -1/"),
    "huge count": lambda: swapped(b"/Count 1/", b"/Count 999999999/"),
    "user unit": lambda: hostile.plain(page=b"/UserUnit 1e9"),
    "upside-down box": lambda: swapped(b"[0 0 595 842]", b"[595 842 0 0]"),
    "empty crop box": lambda: hostile.plain(page=b"/CropBox[0 0 0 0]"),
    "note in XML inside": lambda: hostile.enclosing(b"<note/>"),
    "layer switched on": lambda: hostile.layered(shown=True),
    "page as large as its pixels": lambda: hostile.plain(box=(4960, 7016)),
}


@pytest.mark.parametrize("made", SOUND.values(), ids=SOUND)
def test_what_a_viewer_shows_is_read(reader, made):
    content = made()
    assert kind_of(content) is AttachmentKind.PDF
    reading = reader.read([(PDF, content)])
    assert not reading.documents.unopened
    assert [hostile.shows_the_sheet(page) for page in drawn(reading)] == [True]
    assert [page.confident for page in reading.documents.pages] == [True]


DOUBTFUL = {
    "papers inside": lambda: hostile.enclosing(hostile.plain()),
    "portfolio": lambda: hostile.enclosing(hostile.plain(), portfolio=True),
    "dynamic form": hostile.dynamic_form,
    "font missing": hostile.missing_font,
    "layer switched off": lambda: hostile.layered(shown=False),
    "sheet in a corner of five metres": lambda: hostile.plain(
        box=(14_173, 14_173), draw=b"q 595 0 0 842 0 13331 cm /I Do Q"
    ),
    "crop box elsewhere": lambda: hostile.plain(page=b"/CropBox[1000 1000 1300 1300]"),
    "pages lost": lambda: swapped(b"/Count 1/", b"/Count 99/"),
    "picture lost": lambda: swapped(b"/I 5 0 R", b"/I 9 0 R"),
    "picture and commands lost": lambda: swapped(b"q 595 0 0 842 0 0 cm /I Do Q", b"\x00" * 28),
    "cut off behind its page": lambda: without_xref(hostile.plain()),
    "page tree names itself": lambda: swapped(b"/Kids[3 0 R]", b"/Kids[2 0 R]"),
}


@pytest.mark.parametrize("made", DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_may_hold_more_than_it_shows_is_doubt(reader, made):
    judged = verdict(reader.read([(PDF, made())]))
    assert judged.decision is Decision.QUEUE
    assert "document.unreadable" in {f.code for f in judged.findings}


REFUSED = {
    "user password": (
        lambda: locked(hostile.plain(), "user", "owner", "AES-256"),
        "attachment.encrypted",
    ),
    "old user password": (
        lambda: locked(hostile.plain(), "user", "owner", "AES-128"),
        "attachment.encrypted",
    ),
    "a certificate": (hostile.locked_to_a_certificate, "attachment.encrypted"),
    "unknown lock": (
        lambda: hostile.in_trailer(b"/Encrypt<</Filter/Foo.Bar/V 9/R 9>>/ID[<00><00>]"),
        "attachment.encrypted",
    ),
    "no page": (lambda: blank_pdf(0), "attachment.damaged"),
    "object stream loop": (hostile.object_stream_loop, "attachment.damaged"),
    "21 pages": (lambda: blank_pdf(21), "attachment.too_many_pages"),
    "1,000 pages": (lambda: blank_pdf(1000), "attachment.too_many_pages"),
}


@pytest.mark.parametrize(("made", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_opened_says_why(reader, made, code):
    judged = verdict(reader.read([(PDF, made())]))
    assert judged.decision is Decision.REJECT
    assert {f.code for f in judged.findings} == {code}


def test_the_empty_sheet_of_an_office_program_is_blank():
    reader = DocumentReader(DocumentSettings(), InProcess())
    commands = (
        b"/P <</MCID 0>> BDC q 0.1 0 0 0.1 0 0 cm 1 1 1 rg 0 0 5950 8420 re f BT "
        b"/F 12 Tf ( ) Tj ET Q EMC"
    )
    [page] = reader.read([(PDF, with_content(commands, flate=True))]).documents.pages
    reader.close()
    assert (page.blank, page.confident) == (True, True)


@pytest.mark.parametrize(("turn", "quarters"), [(90, 1), (180, 2), (-90, 3), (450, 1), (45, 0)])
def test_a_turned_page_is_drawn_turned(reader, turn, quarters):
    [page] = drawn(reader.read([(PDF, hostile.plain(page=b"/Rotate %d" % turn))]))
    assert hostile.shows_the_sheet(np.rot90(page, quarters))


def test_only_the_crop_box_is_shown(reader):
    [page] = drawn(reader.read([(PDF, hostile.plain(page=b"/CropBox[0 421 595 842]"))]))
    assert page.shape[1] > page.shape[0]


def test_chinese_in_a_font_that_is_not_in_the_file_is_drawn(reader):
    [page] = drawn(reader.read([(PDF, hostile.chinese_without_its_font())]))
    assert int((page < 128).sum()) > 1000


SEALS = {
    "stamp": lambda: hostile.annotated(b"/Subtype/Stamp/F 4"),
    "stamp not for print": lambda: hostile.annotated(b"/Subtype/Stamp"),
    "stamp of a vendor": lambda: hostile.annotated(b"/Subtype/ABCD:Seal/F 4"),
    "signature field": lambda: hostile.annotated(
        b"/Subtype/Widget/FT/Sig/T(s)/F 132/V 10 0 R", form=FORM, more=(SIGNATURE,)
    ),
    "signature field without its form": lambda: hostile.annotated(
        b"/Subtype/Widget/FT/Sig/T(s)/F 132/V 10 0 R", more=(SIGNATURE,)
    ),
    "picture button": lambda: hostile.annotated(
        b"/Subtype/Widget/FT/Btn/Ff 65536/T(s)/F 4", form=FORM
    ),
}


@pytest.mark.parametrize("made", SEALS.values(), ids=SEALS)
def test_a_seal_put_on_by_a_pdf_editor_is_seen(reader, made):
    documents = reader.read([(PDF, made())]).documents
    assert [page.seal_ink for page in documents.pages] == [True]
    assert [overlap(seal.box, Box(*hostile.SEAL_AT)) > 0.8 for seal in documents.seals] == [True]


def test_a_hidden_stamp_is_no_seal(reader):
    documents = reader.read([(PDF, hostile.annotated(b"/Subtype/Stamp/F 2"))]).documents
    assert [page.seal_ink for page in documents.pages] == [False]


def test_a_filled_form_is_shown_filled(reader):
    form = (
        b"/AcroForm<</Fields[6 0 R]/NeedAppearances true/DA(/Helv 30 Tf 0 "
        b"g)/DR<</Font<</Helv 10 0 R>>>>>>"
    )
    field = b"/Subtype/Widget/FT/Tx/T(s)/V(WWWWWW)/DA(/Helv 30 Tf 0 g)/F 4"
    filled = hostile.annotated(
        field,
        form=form,
        seal_face=False,
        more=(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",),
    )
    [page] = drawn(reader.read([(PDF, filled)]))
    x0, y0, x1, y1 = (
        int(f * n)
        for f, n in zip(hostile.SEAL_AT, (*page.shape[::-1], *page.shape[::-1]), strict=True)
    )
    assert int((page[y0:y1, x0:x1] < 128).sum()) > 300
