"""Words laid over papers that speak against them, in every colour and direction; and words that do
not."""

import random

import pytest
from PIL import Image, ImageChops, ImageDraw

from tests.documents.reading_pages import read, reader_of
from tests.drawing.fonts import font
from tests.drawing.generate import id_page, invent_enterprise, invent_person, licence_page
from tests.thorough import share as some

SEED = 31
ENTERPRISE, PERSON = invent_enterprise(SEED), invent_person(SEED)
RED, BLUE, BLACK, GREY = (200, 40, 50), (40, 60, 160), (30, 30, 30), (120, 120, 120)
reader = reader_of()


def lay(page, words, ink, *, size, turn=0, style="hei_bold", share=0.6, at=(0.5, 0.5)):
    """Lays words over a page: `size` of its longer side, turned by degrees, `share` of the ink."""
    height = int(size * max(page.image.size))
    face = font(style, height, 0)
    x0, y0, x1, y1 = face.getbbox(words)
    cover = Image.new("L", (int(x1 - x0) + height, int(y1 - y0) + height))
    ImageDraw.Draw(cover).text((height // 2 - x0, height // 2 - y0), words, int(255 * share), face)
    cover = cover.rotate(turn, expand=True)
    inked = page.image.convert("RGB")
    place = tuple(
        int(part * whole - own / 2)
        for part, whole, own in zip(at, inked.size, cover.size, strict=True)
    )
    inked.paste(Image.new("RGB", cover.size, ink), place, cover)
    page.image = ImageChops.darker(page.image.convert("RGB"), inked)
    return page


def licence(layout="landscape"):
    return licence_page(ENTERPRISE, random.Random(SEED), SEED, layout=layout)


def marks(reader, page):
    return {part.fields["mark"] for part in read(reader, [page]).parts if "mark" in part.fields}


@pytest.mark.parametrize(
    ("words", "ink", "looks"),
    some(
        [
            ("作废", BLUE, {"size": 0.14, "turn": 15}),
            ("作 废", RED, {"size": 0.1, "turn": -20}),
            ("已注销", BLACK, {"size": 0.07}),
            ("样本", GREY, {"size": 0.15, "turn": 30, "share": 0.35}),
            ("样　　本", GREY, {"size": 0.15, "turn": 20, "share": 0.35}),
            ("样张", RED, {"size": 0.08, "turn": 25, "style": "song_bold", "share": 0.9}),
            ("仅供招聘使用", RED, {"size": 0.06, "turn": 20}),
            ("招聘专用", RED, {"size": 0.08, "turn": 20}),
            ("仅限办理租房使用", GREY, {"size": 0.025, "turn": 20}),
            ("仅限办理社保使用", GREY, {"size": 0.047, "turn": 28}),
            ("仅用于天猫开店", GREY, {"size": 0.047, "turn": 28}),
        ],
        2,
    ),
)
def test_words_against_a_licence_are_seen(reader, words, ink, looks):
    [mark] = marks(reader, lay(licence(), words, ink, **looks))
    assert mark in "".join(words.split())


def test_words_across_a_card_belong_to_the_card(reader):
    page = id_page(PERSON, random.Random(SEED), SEED, ["id_front"])
    x0, y0, x1, y1 = page.parts[0].box
    middle = (x0 + x1) / 2, (y0 + y1) / 2
    lay(page, "仅供贷款使用", BLUE, size=0.04, turn=12, at=middle)
    [part] = read(reader, [page]).parts
    assert part.fields["mark"] == "贷款"
    assert part.field_boxes["mark"].height > 0.02


@pytest.mark.parametrize(
    ("words", "ink", "looks"),
    some(
        [
            ("仅供CA锁解绑使用", RED, {"size": 0.06, "turn": 20}),
            ("仅供招标交易使用", GREY, {"size": 0.05, "turn": 20}),
            ("仅供公共资源平台入库使用", GREY, {"size": 0.04, "turn": 20}),
            ("再次复印无效", BLUE, {"size": 0.06, "turn": -20}),
            ("代理注销登记", BLACK, {"size": 0.012, "style": "song"}),
        ],
        2,
    ),
)
def test_words_of_a_request_and_of_a_business_are_none(reader, words, ink, looks):
    assert not marks(reader, lay(licence(), words, ink, **looks))


@pytest.mark.parametrize("layout", ["landscape", "portrait"])
def test_a_licence_without_such_words_has_none(reader, layout):
    assert not marks(reader, licence(layout))
