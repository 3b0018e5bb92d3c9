"""What a covered page picture still shows: neither number, birth nor address of a card,
read or not; all else stays."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from core.data.documents import Box, Part, PartKind
from papers.kinds.numbers import may_hold_id
from papers.lines.ocr_models import Line
from papers.lines.pictures import decode
from papers.page.redaction import redacted
from tests.documents.reading_pages import loaded_ocr, reader_of
from tests.drawing.generate import (
    invent_enterprise,
    invent_person,
    letter_page,
    pdf_of,
    request_pages,
)
from tests.thorough import share

ENTERPRISE, PERSON = invent_enterprise(1), invent_person(1)
PAGE = np.full((1000, 1000, 3), 255, np.uint8)
reader = reader_of()


@pytest.fixture(scope="module")
def ocr():
    return loaded_ocr()


def shown(reader, ocr, image: Image.Image) -> str:
    """The words that are still legible on the covered picture of a page,
    and on what is cut out of it."""
    reading = reader.read([("a.pdf", pdf_of([image], quality=75))])
    [page] = reading.documents.pages
    cut_out = [
        one.crop_sha256
        for one in (*reading.documents.parts, *reading.documents.seals)
        if one.crop_sha256
    ]
    return "".join(
        line.text
        for sha256 in (page.covered_sha256, *cut_out)
        for picture in [decode(reading.images[sha256])]
        for line in ocr.lines(picture, ocr.detect(picture))
    )


def card_page(**changes) -> Image.Image:
    return request_pages(ENTERPRISE, PERSON, parts=("id_front",), **changes)[0].image


@pytest.mark.parametrize(
    "changes",
    share([{"turn": 90}, {"wear": "photo"}, {"wear": "fax"}, {"wear": "watermark"}], 2),
    ids=str,
)
def test_of_a_card_the_name_stays_and_number_birth_and_address_go(reader, ocr, changes):
    text = shown(reader, ocr, card_page(seed=3, **changes))
    assert PERSON.id_number[:6] not in text
    assert PERSON.id_number[6:14] not in text
    assert PERSON.address[-4:] not in text
    assert f"{PERSON.id_number[6:10]}年" not in text


def test_a_card_that_was_not_recognised_is_hidden_whole(reader, ocr):
    page = card_page(seed=3, sealed=False)
    blurred = page.filter(ImageFilter.GaussianBlur(page.width / 500))
    text = shown(reader, ocr, blurred)
    assert not any(c.isdigit() for c in text)


def test_a_licence_keeps_its_code_and_address(reader, ocr):
    page = request_pages(ENTERPRISE, PERSON, parts=("licence",), seed=3)[0].image
    text = shown(reader, ocr, page)
    assert ENTERPRISE.uscc in text
    assert ENTERPRISE.address[-4:] in text, "the pages of the portal say that it is not covered"


def test_an_id_number_in_a_letter_goes_with_its_line(reader, ocr):
    page = letter_page(
        "解绑申请书",
        [
            "我单位申请解绑CA锁，请予办理。",
            f"经办人身份证号码 {PERSON.id_number}",
            "联系电话另附。",
        ],
        seed=1,
    )
    text = shown(reader, ocr, page.image)
    assert "申请解绑" in text
    assert PERSON.id_number[:10] not in text


def line(text: str, x: float, y: float, width: float) -> Line:
    return Line(((x, y), (x + width, y), (x + width, y + 40), (x, y + 40)), text, 0.9)


def is_hidden(shown, x, y) -> bool:
    return bool((shown[y, x] != 255).any())


def test_a_number_read_in_groups_is_hidden_whole():
    groups = [
        line("119999", 100, 300, 120),
        line("19900101", 240, 302, 160),
        line("1234", 420, 298, 80),
    ]
    shown_page = redacted(PAGE, [], groups, confident=True)
    assert all(is_hidden(shown_page, x, 320) for x in (150, 300, 450))
    assert not is_hidden(shown_page, 150, 500)


def test_what_only_one_reader_took_for_a_number_is_hidden():
    better, fast = [line("看不清", 100, 300, 400)], [line("11999919900101123X", 100, 300, 400)]
    assert is_hidden(redacted(PAGE, [], better, fast, confident=True), 300, 320)


def test_beside_the_recognised_parts_of_a_doubtful_page_all_is_hidden():
    parts = [
        Part("a.pdf", 1, PartKind.LICENCE, Box(0.1, 0.1, 0.9, 0.4), 0.9),
        Part("a.pdf", 1, PartKind.OTHER, Box(0.1, 0.6, 0.9, 0.8), 0.9),
    ]
    shown_page = redacted(PAGE, parts, [], confident=False)
    assert not is_hidden(shown_page, 500, 250)
    assert all(
        is_hidden(shown_page, x, y)
        for x, y in ((50, 250), (950, 250), (500, 50), (500, 500), (500, 700), (999, 999), (0, 0))
    )
    assert redacted(PAGE, parts, [], confident=True) is PAGE


def test_a_period_is_no_number():
    back = Part(
        "a.pdf",
        1,
        PartKind.ID_BACK,
        Box(0, 0, 1, 1),
        0.9,
        {},
        {"valid_until": Box(0.1, 0.3, 0.5, 0.34)},
    )
    period = [line("2015.01.01-2025.01.01", 100, 300, 400)]
    assert redacted(PAGE, [back], period, confident=True) is PAGE


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("119999199001011234", True),
        ("11999919900101123X", True),
        ("1199 9919 9001 0112 34", True),
        ("号码119999I99OO1O11234", True),
        ("119999900101123", True),
        (ENTERPRISE.uscc, False),
        ("2019年07月08日", False),
        ("010-12345678", False),
    ],
)
def test_which_words_may_be_an_id_number(text, may):
    assert may_hold_id(text) is may


def test_painting_leaves_the_page_itself_alone():
    before = PAGE.copy()
    number = [line("119999199001011234", 100, 300, 400)]
    for confident in (True, False):
        assert (redacted(PAGE, [], number, confident=confident) != PAGE).any()
    assert (before == PAGE).all()
