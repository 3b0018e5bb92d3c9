"""A seal that a program draws over a scan is found as such, however the file is built."""

import io
import random
from dataclasses import replace

import pypdf
import pypdfium2
import pytest
from PIL import Image
from pypdf import PageObject, Transformation
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, StreamObject

from core.data.documents import Box, Part, PartKind, Seal, SealKind
from papers.opening.drawn_over import drawn_over
from papers.page.overlays import with_overlays
from tests.documents.reading_pages import read, reader_of
from tests.drawing.generate import invent_enterprise, licence_page, pdf_of, stamp

SEED = 31
ENTERPRISE = invent_enterprise(SEED)
PAGE = Image.new("RGB", (1240, 1754), "white")
SPOT = (0.5, 0.6, 0.7, 0.74)  # of a seal: left, top, right, bottom in fractions of the page
RING = b"1 0 0 RG 4 w %d %d %d %d re S"
reader = reader_of()


def sealed():
    page = licence_page(ENTERPRISE, random.Random(SEED), SEED, layout="landscape")
    bare = page.image.copy()
    stamp(page, ENTERPRISE.name, random.Random(SEED), centre=(0.45, 0.7))
    return page, bare


def page_of(image: Image.Image) -> PageObject:
    """The page of a writer that draws the image and nothing else."""
    return pypdf.PdfWriter(clone_from=io.BytesIO(pdf_of([image]))).pages[0]


def written(page: PageObject) -> bytes:
    out = io.BytesIO()
    page.indirect_reference.pdf.write(out)
    return out.getvalue()


def with_image(under: Image.Image, over: Image.Image, spot) -> PageObject:
    """A scan and an image that the file draws over it at `spot`."""
    page, image = page_of(under), page_of(over)
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    scale = (
        (spot[2] - spot[0]) * width / float(image.mediabox.width),
        (spot[3] - spot[1]) * height / float(image.mediabox.height),
    )
    place = Transformation().scale(*scale).translate(spot[0] * width, (1 - spot[3]) * height)
    page.merge_transformed_page(image, place)
    return page


def with_shape(spot) -> PageObject:
    page = page_of(PAGE)
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    left, top, right, bottom = spot
    corner, size = (left * width, (1 - bottom) * height), (right - left, bottom - top)
    ring = RING % (*corner, size[0] * width, size[1] * height)
    return drawing(page, page.get_contents().get_data() + b" " + ring)


def drawing(page: PageObject, content: bytes) -> PageObject:
    stream = StreamObject()
    stream.set_data(content)
    page[NameObject("/Contents")] = page.indirect_reference.pdf._add_object(stream)
    return page


def within_a_form(page: PageObject) -> PageObject:
    """The page with all that it draws inside a form, at half its size."""
    form = StreamObject()
    form.set_data(page.get_contents().get_data())
    form.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): page.mediabox,
            NameObject("/Resources"): page["/Resources"],
            NameObject("/Matrix"): ArrayObject(map(FloatObject, (0.5, 0, 0, 0.5, 0, 0))),
        }
    )
    added = page.indirect_reference.pdf._add_object(form)
    forms = DictionaryObject({NameObject("/Form"): added})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): forms})
    return drawing(page, b"/Form Do")


def found(page: PageObject) -> list[Box]:
    with pypdfium2.PdfDocument(written(page)) as document:
        return drawn_over(document[0])


def test_an_image_over_a_scan_is_found_where_it_is():
    [box] = found(with_image(PAGE, Image.new("RGB", (400, 400), "red"), SPOT))
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(SPOT, abs=0.002)


def test_a_shape_over_a_scan_is_found():
    [box] = found(with_shape(SPOT))
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(SPOT, abs=0.01)


def test_it_is_found_within_a_form():
    [box] = found(within_a_form(with_shape(SPOT)))
    half = [SPOT[0] / 2, 0.5 + SPOT[1] / 2, SPOT[2] / 2, 0.5 + SPOT[3] / 2]
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(half, abs=0.01)


@pytest.mark.parametrize(
    ("degrees", "turned"),
    [(90, (0.26, 0.5, 0.4, 0.7)), (180, (0.3, 0.26, 0.5, 0.4)), (270, (0.6, 0.3, 0.74, 0.5))],
)
def test_it_is_found_on_a_page_that_is_displayed_turned(degrees, turned):
    [box] = found(with_shape(SPOT).rotate(degrees))
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(turned, abs=0.01)


def test_a_scan_alone_a_frame_around_it_and_its_text_are_none():
    assert found(page_of(PAGE)) == []
    assert found(with_shape((0.01, 0.01, 0.99, 0.99))) == []
    assert found(with_image(PAGE, PAGE, (0.0, 0.0, 1.0, 1.0))) == []


def test_an_image_beside_the_others_is_none():
    page = page_of(PAGE)
    lower_half = b"q 400 0 0 300 0 0 cm /I Do Q "
    assert found(drawing(page, lower_half + b"q 50 0 0 50 20 400 cm /I Do Q")) == []
    assert found(drawing(page, lower_half + b"q 50 0 0 50 20 200 cm /I Do Q")) != []


def test_a_page_of_too_many_objects_is_in_doubt():
    page = page_of(PAGE)
    lines = b"0 0 m 1 1 l S " * 20_000
    drawing(page, page.get_contents().get_data() + b" " + lines)
    with pypdfium2.PdfDocument(written(page)) as document:
        assert drawn_over(document[0]) is None


def test_small_objects_hide_none():
    page = page_of(PAGE)
    lines = b" 0 0 m 1 1 l S" * 5_000
    assert found(
        drawing(page, page.get_contents().get_data() + lines + b" " + RING % (200, 200, 90, 90))
    )


def test_a_card_over_a_licence_is_no_seal():
    licence = Part("a.pdf", 1, PartKind.LICENCE, Box(0.05, 0.05, 0.95, 0.95), 1.0)
    seal = Seal("a.pdf", 1, Box(0.5, 0.6, 0.62, 0.7), SealKind.OFFICIAL)
    card, its_own = Box(0.45, 0.55, 0.75, 0.72), Box(0.49, 0.59, 0.63, 0.71)
    beside = Box(0.1, 0.1, 0.2, 0.2)
    for box, expected in ((card, False), (its_own, True), (beside, False)):
        [part] = with_overlays([licence], [seal], [box], 0)
        assert ("overlaid" in part.fields) is expected, box
    [part] = with_overlays([replace(licence, box=Box(0, 0, 1, 0.5))], [seal], [its_own], 0)
    assert "overlaid" not in part.fields


@pytest.mark.parametrize("degrees", [0, 90])
def test_a_seal_that_the_file_draws_is_told_from_one_on_the_paper(reader, degrees):
    page, bare = sealed()
    [(_, _, box)] = page.seals
    width, height = page.image.size
    edges = [edge * side for edge, side in zip(box, (width, height) * 2, strict=True)]
    area = (int(edges[0]) - 8, int(edges[1]) - 8, int(edges[2]) + 8, int(edges[3]) + 8)
    spot = tuple(edge / side for edge, side in zip(area, (width, height) * 2, strict=True))
    drawn = written(with_image(bare, page.image.crop(area), spot).rotate(degrees))
    [licence] = reader.read([("a.pdf", drawn)]).documents.licences
    assert licence.fields.get("overlaid") == "公章"
    [licence] = read(reader, [page]).licences
    assert "overlaid" not in licence.fields
