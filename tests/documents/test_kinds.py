"""Every kind of paper at least once, drawn from a seed: what it is, what stands on it, and that
what it shows is never proved absent."""

import random
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from core.data.documents import PartKind
from tests.documents.reading_pages import read, reader_of, wrong_values
from tests.drawing import letters
from tests.drawing.fonts import font
from tests.drawing.generate import (
    PageTruth,
    combined_page,
    id_page,
    invent_enterprise,
    invent_person,
    letter_page,
    licence_page,
)
from tests.drawing.licence_forms import FORMS as PRINTED
from tests.drawing.organisations import TITLES
from tests.drawing.other_pages import certificate_page, crowded_page, permit_page, stray_page
from tests.drawing.people import FORMS, invent_formed
from tests.drawing.permits import PERMITS
from tests.thorough import share
from validators.absence import proved_absent

SEED = 7
ENTERPRISE, PERSON = invent_enterprise(SEED), invent_person(SEED)
reader = reader_of()


def turned(page, degrees):
    page.image, page.turned = page.image.rotate(-degrees, expand=True), degrees
    return page


@pytest.mark.parametrize("kind", PERMITS)
def test_papers_of_persons(reader, kind):
    page = permit_page(PERSON, kind, SEED)
    documents = read(reader, [page])
    assert wrong_values([page], documents) == {}
    assert "document.id_front.missing" not in proved_absent(documents)
    if kind == "temporary":
        backs = documents.of(PartKind.ID_BACK)
        assert all("valid_until" not in p.doubts for p in backs)
        assert backs[-1].fields["certificate"] == "临时居民身份证"
    else:
        assert {p.kind for p in documents.parts} == {PartKind.OTHER_CERTIFICATE}
    assert not documents.seals, "a portrait or an emblem was taken for a seal"


def test_a_long_name_in_two_rows_is_read_whole(reader):
    page = id_page(replace(PERSON, name="阿卜杜热合曼·买买提艾力江"), random.Random(SEED), SEED)
    documents = read(reader, [page])
    assert wrong_values([page], documents) == {}


@pytest.mark.parametrize("title", share(TITLES, 2))
def test_certificates_of_organisations(reader, title):
    page = certificate_page(ENTERPRISE, title, SEED - 1)
    documents = read(reader, [page])
    assert wrong_values([page], documents) == {}
    [part] = documents.parts
    assert part.fields["legal_representative"] == ENTERPRISE.legal_representative
    assert part.fields["valid_until"] == "2027-03-31"
    assert "document.licence.missing" not in proved_absent(documents)


PRINTS = [
    ("company", "electronic", 0),
    ("company", "landscape", 180),
    *(("company", form, turn) for form, turn in zip(PRINTED, (0, 90, 270), strict=True)),
    *((form, ("portrait", "landscape")[n % 2], (0, 90)[n % 2]) for n, form in enumerate(FORMS[1:])),
]


@pytest.mark.parametrize(("form", "layout", "turn"), share(PRINTS, 2))
def test_licences_of_every_form(reader, form, layout, turn):
    page = turned(
        licence_page(invent_formed(SEED, form), random.Random(SEED), SEED, layout=layout), turn
    )
    documents = read(reader, [page])
    assert wrong_values([page], documents) == {}
    assert [p.kind for p in documents.parts] == [PartKind.LICENCE]


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        (letters.authorisation(ENTERPRISE, PERSON), PartKind.REQUEST_LETTER),
        (letters.unbind_request(ENTERPRISE, PERSON), PartKind.REQUEST_LETTER),
        (letters.invoice(ENTERPRISE), PartKind.OTHER),
        (letters.contract(ENTERPRISE), PartKind.OTHER),
    ],
    ids=["授权委托书", "解绑申请书", "发票", "合同"],
)
def test_typed_pages_are_neither_card_nor_licence(reader, typed, kind):
    documents = read(reader, [letter_page(*typed, SEED)])
    assert [p.kind for p in documents.parts] == [kind]
    assert documents.pages[0].confident


def test_licence_cards_and_a_letter_on_one_page(reader):
    page = crowded_page(ENTERPRISE, PERSON, SEED)
    documents = read(reader, [page])
    assert wrong_values([page], documents) == {}
    assert PartKind.REQUEST_LETTER in {p.kind for p in documents.parts}


def test_both_sides_of_a_card_upside_down_in_a_file_of_five_pages(reader):
    card = turned(id_page(PERSON, random.Random(SEED), SEED), 180)
    paper = licence_page(ENTERPRISE, random.Random(SEED), SEED, layout="portrait")
    pages = [
        stray_page(ENTERPRISE, 2),
        stray_page(ENTERPRISE, 0),
        card,
        paper,
        stray_page(ENTERPRISE, 1),
    ]
    documents = read(reader, pages)
    assert len(documents.pages) == 5
    assert wrong_values(pages, documents) == {}
    assert {p.page for p in documents.parts if p.kind is not PartKind.OTHER} == {3, 4}
    assert proved_absent(documents) == ()


def below(*pages):
    """Pages on one sheet, one above the other."""
    width, height = max(p.image.width for p in pages), sum(p.image.height for p in pages)
    sheet = Image.new("RGB", (width, height), "white")
    y = 0
    for page in pages:
        sheet.paste(page.image, (0, y))
        y += page.image.height
    return PageTruth(sheet)


def test_two_licences_and_two_persons_on_one_page_are_all_reported(reader):
    others, stranger = invent_enterprise(SEED + 1), invent_person(SEED + 1)
    rng = random.Random(SEED)
    pages = [
        combined_page(ENTERPRISE, PERSON, rng, SEED, ("licence", "id_front")),
        combined_page(others, stranger, rng, SEED + 1, ("licence", "id_front")),
    ]
    for page in pages:
        page.image = page.image.crop((0, 0, page.image.width, 1700))
    documents = read(reader, [below(*pages)])
    names = [p.fields["enterprise_name"] for p in documents.of(PartKind.LICENCE)]
    assert names == [ENTERPRISE.name, others.name]
    codes = [p.fields["uscc"] for p in documents.of(PartKind.LICENCE)]
    assert codes == [ENTERPRISE.uscc, others.uscc]
    persons = [p.fields["name"] for p in documents.of(PartKind.ID_FRONT)]
    assert persons == [PERSON.name, stranger.name]


def test_a_scan_that_is_drawn_larger_than_it_is_leaves_names_in_doubt(reader):
    page = licence_page(ENTERPRISE, random.Random(SEED), SEED, layout="form_2019")
    page.image.thumbnail((640, 640))
    [part] = read(reader, [page]).of(PartKind.LICENCE)
    assert {"enterprise_name", "legal_representative"} <= set(part.doubts)


def test_a_printed_electronic_licence_is_one(reader):
    page = licence_page(ENTERPRISE, random.Random(SEED), SEED, layout="landscape")
    width, height = page.image.size
    face = font("hei", height // 60, 0)
    ImageDraw.Draw(page.image).text(
        (0.1 * width, 0.1 * height), "电子营业执照", (200, 30, 30), face
    )
    documents = read(reader, [page])
    assert wrong_values([page], documents) == {}
    assert len(documents.licences) == 1
