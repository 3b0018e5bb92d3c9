"""A seal that a program draws over a scan is found as such, however the file is built, and so is
what covers words of it."""

import io
import random
from dataclasses import astuple, replace

import pypdf
import pypdfium2
import pytest
from PIL import Image
from pypdf import PageObject, Transformation
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    StreamObject,
)

from core.data.documents import Box, Part, PartKind, Seal, SealKind
from papers.lines.layout import around
from papers.opening.drawn_over import drawn_over
from papers.opening.sandbox import RawPage
from papers.page.overlays import with_overlays
from tests.documents import hostile
from tests.documents.reading_pages import read, reader_of
from tests.drawing.generate import invent_enterprise, licence_page, pdf_of, stamp

SEED = 31
ENTERPRISE = invent_enterprise(SEED)
PAGE = Image.new("RGB", (1240, 1754), "white")
SPOT = (0.5, 0.6, 0.7, 0.74)  # of a seal: left, top, right, bottom in fractions of the page
RING = b"1 0 0 RG 4 w %d %d %d %d re S"
NEAR = 0.016  # a cell
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


def below_the_scan(spot) -> PageObject:
    """The shape drawn first, and the scan multiplied over it."""
    page, over = page_of(PAGE), with_shape(spot)
    scan, _, shape = over.get_contents().get_data().rpartition(b"Q")
    multiply = DictionaryObject({NameObject("/BM"): NameObject("/Multiply")})
    page["/Resources"][NameObject("/ExtGState")] = DictionaryObject({NameObject("/G"): multiply})
    return drawing(page, shape + b" /G gs " + scan + b"Q")


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


def found(page: PageObject) -> tuple[list[Box], list[Box]]:
    with pypdfium2.PdfDocument(written(page)) as document:
        return drawn_over(document[0])


def ink(page: PageObject) -> tuple[float, float, float, float]:
    """The box around the ink that is found."""
    boxes, _ = found(page)
    assert boxes
    return astuple(around(boxes))


DRAWN = {
    "an image": lambda: with_image(PAGE, Image.new("RGB", (400, 400), "red"), SPOT),
    "a shape": lambda: with_shape(SPOT),
    "below the scan": lambda: below_the_scan(SPOT),
}


@pytest.mark.parametrize("made", DRAWN.values(), ids=DRAWN)
def test_ink_that_is_not_the_scans_is_found_where_it_is(made):
    assert ink(made()) == pytest.approx(SPOT, abs=NEAR)


@pytest.mark.parametrize("kind", [b"/Subtype/Stamp/F 4", b"/Subtype/ABCD:Seal/F 4"])
def test_so_is_the_stamp_of_an_editor(kind):
    with pypdfium2.PdfDocument(hostile.annotated(kind)) as document:
        inked, erased = drawn_over(document[0])
    near = pytest.approx(hostile.SEAL_AT, abs=NEAR)
    assert (astuple(around(inked)), erased) == (near, [])


def test_it_is_found_within_a_form():
    half = (SPOT[0] / 2, 0.5 + SPOT[1] / 2, SPOT[2] / 2, 0.5 + SPOT[3] / 2)
    assert ink(within_a_form(with_shape(SPOT))) == pytest.approx(half, abs=NEAR)


@pytest.mark.parametrize(
    ("degrees", "turned"),
    [(90, (0.26, 0.5, 0.4, 0.7)), (180, (0.3, 0.26, 0.5, 0.4)), (270, (0.6, 0.3, 0.74, 0.5))],
)
def test_it_is_found_on_a_page_that_is_displayed_turned(degrees, turned):
    assert ink(with_shape(SPOT).rotate(degrees)) == pytest.approx(turned, abs=NEAR)


def test_a_scan_its_layers_and_its_text_are_none():
    nothing = ([], [])
    assert found(page_of(PAGE)) == nothing
    assert found(with_image(PAGE, PAGE, (0.0, 0.0, 1.0, 1.0))) == nothing
    card = Image.new("RGB", (856, 540), "red")
    assert found(with_image(PAGE, card, (0.3, 0.3, 0.7, 0.48))) == nothing, "a paper of its own"
    page = page_of(PAGE)
    lower_half = b"q 400 0 0 300 0 0 cm /I Do Q "
    assert found(drawing(page, lower_half + b"q 50 0 0 50 20 400 cm /I Do Q")) == nothing


def test_a_page_of_too_many_objects_is_in_doubt():
    page = page_of(PAGE)
    lines = b"0 0 m 1 1 l S " * 20_000
    drawing(page, page.get_contents().get_data() + b" " + lines)
    with pypdfium2.PdfDocument(written(page)) as document:
        assert drawn_over(document[0]) is None


def test_words_typed_over_print_cover_it():
    page = page_of(licence_page(ENTERPRISE, random.Random(SEED), SEED, layout="landscape").image)
    white, shaded = b" 1 1 1 rg 150 350 200 60 re f", b" .8 .2 .2 rg 150 350 200 60 re f"
    scan = page.get_contents().get_data()
    assert len(found(drawing(page, scan + white))[1]) >= 3
    assert found(drawing(page, scan + shaded))[1] == []


def test_a_seal_drawn_over_marks_its_paper_and_covered_print_too():
    licence = Part("a.pdf", 1, PartKind.LICENCE, Box(0.05, 0.5, 0.95, 0.95), 1.0)
    card = Part("a.pdf", 1, PartKind.ID_FRONT, Box(0.1, 0.05, 0.5, 0.3), 1.0)
    seal = Seal("a.pdf", 1, Box(0.5, 0.6, 0.62, 0.7), SealKind.OFFICIAL)
    of_card = replace(seal, box=Box(0.6, 0.1, 0.72, 0.2))
    its_own, above = Box(0.5, 0.6, 0.62, 0.68), Box(0.5, 0.6, 0.62, 0.63)
    on_card, beside_card = Box(0.2, 0.1, 0.3, 0.2), Box(0.6, 0.1, 0.72, 0.2)

    def fields(*inked, erased=()):
        raw = RawPage(1, inked=inked, erased=erased)
        return [set(one.fields) for one in with_overlays([card, licence], [seal, of_card], raw, 0)]

    assert fields(its_own) == [set(), {"overlaid"}]
    assert fields(beside_card) == [{"overlaid"}, set()], "a seal beside all papers is the first's"
    assert fields(on_card) == fields(above) == [set(), set()]
    assert fields(erased=(on_card,) * 3) == [{"erased"}, set()]
    assert fields(erased=(on_card,) * 2) == [set(), set()]


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
    assert "overlaid" in licence.fields
    [licence] = read(reader, [page]).licences
    assert "overlaid" not in licence.fields
