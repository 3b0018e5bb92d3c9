"""Every coding of a scan is drawn as viewers draw it; what breaks off or leaves nothing is doubt
and never proves an absence. No models are loaded."""

import cv2
import numpy as np
import pytest
from PIL import Image

from core.data.finding import Decision
from core.data.submission import AttachmentKind
from papers.opening.image_pages import jpeg
from papers.paper_reading import DocumentSettings
from tests.documents import hostile
from tests.documents.reading_pages import reader_of
from tests.validators.builders import PDF, attachment, complete_submission, message
from validators.check import check
from validators.evidence import Policy

reader = reader_of(
    DocumentSettings(wall_s=8, cpu_s=4, max_pixels=1_000_000, allow_images=True), hostile.Reads()
)


def drawn(reading):
    """The pages as grey pixels."""
    pages = reading.documents.pages
    return [
        cv2.imdecode(np.frombuffer(reading.images[p.image_sha256], np.uint8), cv2.IMREAD_GRAYSCALE)
        for p in pages
        if p.image_sha256
    ]


def verdict(reading, name=PDF, policy=Policy()):  # noqa: B008 - a frozen value
    kind = AttachmentKind.PDF if name.endswith(".pdf") else AttachmentKind.IMAGE
    return check(
        complete_submission(message([attachment(name, kind)]), documents=reading.documents), policy
    )


@pytest.mark.parametrize(
    "coded",
    [
        hostile.plain,
        lambda: hostile.picture_pdf(hostile.DCT, hostile.jpeg(progressive=True)),
        lambda: hostile.cmyk_jpeg(decode=True),
        hostile.cmyk_flate,
        hostile.sixteen_bit,
        hostile.jpeg_2000,
        hostile.fax,
        hostile.jbig2,
    ],
    ids=["jpeg", "progressive", "cmyk jpeg", "cmyk", "16 bit", "jpeg 2000", "ccitt", "jbig2"],
)
def test_a_sound_picture_of_any_coding_is_drawn_and_trusted(reader, coded):
    reading = reader.read([(PDF, coded())])
    assert [hostile.shows_the_sheet(page) for page in drawn(reading)] == [True]
    assert [page.confident for page in reading.documents.pages] == [True]
    assert "document.licence.missing" in {f.code for f in verdict(reading).findings}


@pytest.mark.parametrize(
    "cut",
    [
        lambda: hostile.cut_jpeg(0.05),
        lambda: hostile.cut_jpeg(0.6),
        lambda: hostile.cut_jpeg(0.9),
        lambda: hostile.cut_jpeg(0.6, zeros=True),
        lambda: hostile.cut_jpeg(0.9, page=b"/Rotate 90"),
        lambda: hostile.cut_jpeg(0.9, page=b"/Rotate 270"),
        lambda: hostile.cut_flate(0.9),
        lambda: hostile.jpeg_2000(0.5),
        lambda: hostile.fax(0.5),
        lambda: hostile.jbig2(0.5),
        lambda: hostile.cmyk_jpeg(decode=False).replace(b"DCTDecode", b"JPXDecode"),
    ],
    ids=[
        "jpeg 5 %",
        "jpeg 60 %",
        "jpeg 90 %",
        "jpeg, zeros behind",
        "jpeg, turned to the right",
        "jpeg, turned to the left",
        "flate",
        "jpeg 2000",
        "ccitt",
        "jbig2",
        "another coding than told",
    ],
)
def test_a_picture_that_breaks_off_is_doubt_and_never_rejects(reader, cut):
    reading = reader.read([(PDF, cut())])
    judged = verdict(reading)
    assert [(page.confident, page.blank) for page in reading.documents.pages] == [(False, False)]
    assert judged.decision is Decision.QUEUE
    assert "document.unreadable" in {f.code for f in judged.findings}


def lost_below(height: int, tint: int) -> Image.Image:
    """The sheet with everything below a height in one tint."""
    picture = hostile.sheet().copy()
    picture.paste((tint,) * 3, (0, height, *picture.size))
    return picture


def flat(height: int, tint: int) -> Image.Image:
    """A page that a program drew: no grain anywhere, and one tint below a height."""
    picture = Image.new("RGB", hostile.sheet().size, (252, 252, 252))
    picture.paste(
        hostile.sheet().crop((42, 59, 252, 77)).point(lambda v: 20 if v < 140 else 252), (42, 59)
    )
    picture.paste((tint,) * 3, (0, height, *picture.size))
    return picture


@pytest.mark.parametrize(
    ("picture", "confident"),
    [
        (lost_below(300, 248), False),
        (lost_below(570, 0), False),
        (lost_below(590, 0), True),
        (lost_below(300, 255), True),
        (flat(300, 245), True),
        (flat(560, 252), True),
    ],
    ids=[
        "tint beside grain",
        "black foot",
        "black edge",
        "clean white",
        "two tints of a program",
        "one tint of a program",
    ],
)
def test_a_band_of_one_tint_is_doubt_where_pixels_may_be_lost(reader, picture, confident):
    pdf = hostile.picture_pdf(hostile.FLATE, hostile.zlib.compress(picture.tobytes(), 1))
    [page] = reader.read([(PDF, pdf)]).documents.pages
    assert page.confident is confident


@pytest.mark.parametrize("bulky", [hostile.hundred_megapixels, hostile.thousand_pictures])
def test_bulk_is_doubt(reader, bulky):
    judged = verdict(reader.read([(PDF, bulky())]))
    assert judged.decision is Decision.QUEUE
    assert "document.unreadable" in {f.code for f in judged.findings}


def grey_16():
    return hostile.saved(
        Image.fromarray(np.asarray(hostile.sheet().convert("L")).astype(np.uint16) * 257), "PNG"
    )


def clear_ground():
    """Ink on nothing: behind it lies paper."""
    ink = hostile.sheet().convert("RGBA")
    ink.putalpha(hostile.sheet().convert("L").point(lambda v: 255 if v < 140 else 0))
    return hostile.saved(ink, "PNG")


@pytest.mark.parametrize(
    "picture",
    [
        hostile.jpeg,
        lambda: hostile.jpeg(progressive=True),
        lambda: hostile.saved(hostile.sheet().convert("CMYK"), "JPEG", quality=95),
        lambda: hostile.saved(hostile.sheet(), "JPEG2000"),
        lambda: hostile.saved(hostile.sheet(), "WEBP"),
        lambda: hostile.saved(hostile.two_tones(), "TIFF", compression="group4"),
        lambda: hostile.saved(hostile.sheet().quantize(64, dither=0), "GIF"),
        grey_16,
        clear_ground,
    ],
    ids=[
        "jpeg",
        "progressive",
        "cmyk",
        "jpeg 2000",
        "webp",
        "fax",
        "gif",
        "16 bit",
        "clear ground",
    ],
)
def test_a_picture_as_attachment_is_shown_as_it_is(reader, picture):
    reading = reader.read([("扫描件.jpg", picture())])
    assert not reading.documents.unopened
    assert [hostile.shows_the_sheet(page) for page in drawn(reading)] == [True]


def test_a_fax_of_several_pages_is_read_whole(reader):
    pages = [hostile.two_tones(), hostile.two_tones().rotate(180), hostile.two_tones()]
    tiff = hostile.saved(
        pages[0], "TIFF", compression="group4", save_all=True, append_images=pages[1:]
    )
    assert [hostile.shows_the_sheet(page) for page in drawn(reader.read([("传真.tif", tiff)]))] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (hostile.jpeg()[: len(hostile.jpeg()) * 2 // 3], None),
        (hostile.jpeg()[:100], "damaged"),
        (b"\x89PNG\r\n\x1a\n and nothing", "damaged"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500), "limit"),
    ],
    ids=["cut jpeg", "head of a jpeg", "no png", "heic"],
)
def test_a_broken_picture_as_attachment(reader, picture, reason):
    reading = reader.read([("扫描件.jpg", picture)])
    assert [r.value for r in reading.documents.unopened.values()] == ([reason] if reason else [])
    judged = verdict(reading, "扫描件.jpg", Policy(allow_images=True))
    assert judged.decision is (Decision.REJECT if reason == "damaged" else Decision.QUEUE)


def test_a_hundred_megapixels_as_attachment_are_read_within_the_limits(reader):
    large = Image.new("L", (10_000, 10_000), 240)
    [page] = drawn(reader.read([("扫描件.png", hostile.saved(large, "PNG", compress_level=1))]))
    assert max(page.shape) <= 3200


def test_a_page_of_noise_takes_no_more_of_the_disk_than_a_photograph():
    noise = np.random.default_rng(1).integers(0, 256, (3200, 3200, 3), dtype=np.uint8)
    assert len(jpeg(Image.fromarray(noise))) < 6 * 2**20
