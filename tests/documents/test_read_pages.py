"""Whole pages through the real models: each kind clean once, turned, combined, without seal, grey,
and papers that are something else."""

import io

import pytest
from PIL import Image, ImageDraw

from core.data.documents import PartKind, SealKind
from papers.contract import documents_json, seals_json
from papers.overlay import draw
from tests.documents.reading_pages import reader_of
from tests.drawing import generate
from tests.drawing.fonts import font
from tests.drawing.generate import (
    invent_enterprise,
    invent_person,
    letter_page,
    pdf_of,
    request_pages,
    request_pdf,
)
from tests.drawing.licences import licence
from tests.thorough import share

ENTERPRISE, PERSON = invent_enterprise(1), invent_person(1)
reader = reader_of()


def read(reader, pages, name="a.pdf"):
    return reader.read(
        [(name, pdf_of([p if isinstance(p, Image.Image) else p.image for p in pages]))]
    )


def wrong_fields(pages, documents):
    """Every field of the truth that was read otherwise."""
    wrong = {}
    for number, page in enumerate(pages, 1):
        for truth in page.parts:
            got = next(
                (p for p in documents.parts if p.page == number and p.kind == truth.kind), None
            )
            wrong |= {
                f"{truth.kind}.{k}": got and got.fields.get(k)
                for k, v in truth.fields.items()
                if got is None or got.fields.get(k) != v
            }
    return wrong


@pytest.mark.parametrize(("turn", "layout"), [(180, "landscape"), (90, "portrait")])
def test_a_sealed_request_is_read_whole_however_it_was_scanned(reader, turn, layout):
    pages = request_pages(ENTERPRISE, PERSON, turn=turn, layout=layout, seed=3)
    reading = read(reader, pages)
    documents = reading.documents
    assert wrong_fields(pages, documents) == {}
    assert all(p.confident and p.seal_ink and p.colour for p in documents.pages)
    assert SealKind.AUTHORITY in {s.kind for s in documents.seals if s.page == 2}
    own = [s for s in documents.seals if s.kind is SealKind.OFFICIAL]
    assert {s.page for s in own} == {1, 2}
    assert all(p.image_sha256 in reading.images for p in documents.pages)


def test_both_sides_and_the_licence_on_one_page(reader):
    pages = request_pages(ENTERPRISE, PERSON, one_page=True, seed=5)
    documents = read(reader, pages).documents
    assert wrong_fields(pages, documents) == {}
    assert [p.kind for p in documents.parts].count(PartKind.LICENCE) == 1
    for truth in pages[0].parts:
        got = next(p for p in documents.parts if p.kind == truth.kind)
        assert abs(got.box.x0 - truth.box[0]) < 0.08
        assert abs(got.box.y1 - truth.box[3]) < 0.08


def test_without_a_seal_no_ink_is_seen_although_the_registry_has_pressed_its_own(reader):
    pages = request_pages(ENTERPRISE, PERSON, sealed=False, seed=2)
    documents = read(reader, pages).documents
    assert wrong_fields(pages, documents) == {}
    assert [(p.confident, p.colour, p.seal_ink) for p in documents.pages] == [
        (True, True, False)
    ] * 2
    assert {s.kind for s in documents.seals} == {SealKind.AUTHORITY}


def test_a_grey_scan_keeps_its_seal_in_doubt(reader):
    documents = read(
        reader,
        request_pages(ENTERPRISE, PERSON, parts=("id_front", "id_back"), wear="grey", seed=4),
    ).documents
    [page] = documents.pages
    assert not page.colour
    assert documents.seals
    assert all(s.doubtful for s in documents.seals)


def test_a_letter_proves_that_nothing_else_is_there(reader):
    lines = [
        "我单位名称为" + ENTERPRISE.name + "，因CA锁丢失无法登录系统，",
        "现申请解绑原锁并重置注册密码，请予以办理为盼。",
    ]
    documents = read(
        reader,
        [
            letter_page("CA锁解绑申请", lines),
            letter_page(
                "会议通知", ["定于下周三上午九时在二楼会议室召开年度工作总结会议，请准时参加。"] * 3
            ),
        ],
    ).documents
    assert [p.kind for p in documents.parts] == [PartKind.REQUEST_LETTER, PartKind.OTHER]
    assert ENTERPRISE.name in documents.parts[0].fields["text"]
    assert all(p.confident and not p.seal_ink for p in documents.pages)


def test_another_certificate_is_named(reader):
    page = letter_page(
        "事业单位法人证书",
        [
            "统一社会信用代码 " + ENTERPRISE.uscc,
            "名称 某某市图书资料服务中心",
            "法定代表人 " + PERSON.name,
            "举办单位 某某市文化局",
            "有效期 自2022年03月31日至2027年03月31日",
        ],
    )
    documents = read(reader, [page]).documents
    assert [(p.kind, p.fields.get("certificate")) for p in documents.parts] == [
        (PartKind.OTHER_CERTIFICATE, "事业单位法人证书")
    ]


def test_a_picture_of_a_card_that_cannot_be_read_is_doubt(reader):
    page = Image.new("RGB", generate.A4, "white")
    small = generate.id_front(PERSON).resize((90, 57)).resize((900, 568))
    page.paste(small, (300, 500))
    ImageDraw.Draw(page).text((300, 300), "经办人身份证复印件", font=font("hei", 50), fill="black")
    documents = read(reader, [page]).documents
    assert not documents.of(PartKind.ID_FRONT)
    assert not documents.pages[0].confident


def test_a_photograph_of_the_card_is_read_where_images_are_allowed(reader):
    out = io.BytesIO()
    generate.id_front(PERSON).save(out, "JPEG", quality=85)
    documents = reader.read([("card.jpg", out.getvalue())]).documents
    [part] = documents.parts
    assert part.fields["id_number"] == PERSON.id_number


def test_the_contract_and_the_overlay_tell_the_same(reader):
    reading = reader.read([("a.pdf", request_pdf(ENTERPRISE, PERSON, parts=("id_back",), seed=6))])
    [part] = documents_json(reading.documents)
    assert part["kind"] == "id_back"
    assert part["fields"] == {"valid_until": PERSON.valid_until}
    assert seals_json(reading.documents)[0].keys() == {"attachment", "page", "box", "text", "kind"}
    page = reading.documents.pages[0]
    png = draw(reading.images[page.image_sha256], page, reading.documents)
    assert (
        Image.open(io.BytesIO(png)).size
        == Image.open(io.BytesIO(reading.images[page.image_sha256])).size
    )


@pytest.mark.parametrize("degrees", share([14, -25], 2))
@pytest.mark.parametrize("upright", ["id_back", "licence"])
def test_a_card_that_lies_askew_beside_a_paper_is_read(reader, upright, degrees):
    page = Image.new("RGB", generate.A4, "white")
    paper = (
        generate.card(PERSON, "id_back", 5)[0] if upright == "id_back" else licence(ENTERPRISE, 5)
    )
    paper.thumbnail((1200, 1300))
    page.paste(paper, (120, 60))
    front = generate.card(PERSON, "id_front", 5)[0].resize((900, 567))
    front = front.convert("RGBA").rotate(degrees, expand=True, resample=Image.Resampling.BICUBIC)
    page.paste(front, (400, 1380), front)
    [found] = read(reader, [page]).documents.of(PartKind.ID_FRONT)
    assert found.fields["id_number"] == PERSON.id_number
    assert found.fields["name"] == PERSON.name
    assert not found.doubts
