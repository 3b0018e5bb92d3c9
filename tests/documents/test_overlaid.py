"""Seals over every part of cards and licences: what is shown is recognised or in doubt,
never absent."""

import random

import pytest

from core.data.documents import PartKind
from tests.documents.reading_pages import read, reader_of, stated_wrong
from tests.drawing.generate import (
    id_page,
    invent_enterprise,
    invent_person,
    letter_page,
    licence_page,
    stamp,
)
from tests.drawing.overlaid import PLACES
from tests.drawing.wear import WEAR
from tests.thorough import share
from validators.absence import is_unread, proved_absent

SEED = 41
ENTERPRISE, PERSON = invent_enterprise(SEED), invent_person(SEED)
CARDS = [
    (front, [*PLACES["id_back"]][n % len(PLACES["id_back"])])
    for n, front in enumerate(PLACES["id_front"])
]
PROPORTIONS = (1.0, 0.88, 1.15)
reader = reader_of()


def two_by_two(places):
    """Places that lie apart, in pairs; the last one alone where they are odd in number."""
    half = (len(places) + 1) // 2
    return [places[n::half] for n in range(half)]


def press(page, part, places, rng, **ink):
    x0, y0, x1, y1 = part.box
    for u, v in places:
        stamp(page, ENTERPRISE.name, rng, centre=(x0 + u * (x1 - x0), y0 + v * (y1 - y0)), **ink)


def absent(documents):
    return [need for need in proved_absent(documents) if need != "document.seal.missing"]


@pytest.mark.parametrize(
    ("front", "back", "wear"),
    share([(*card, ("scan", "grey")[n % 2]) for n, card in enumerate(CARDS)], 3),
)
def test_a_card_with_a_seal_over_any_part_of_it_is_never_absent(reader, front, back, wear):
    rng = random.Random(f"{front} {back}")
    page = id_page(
        PERSON, rng, SEED, stretch=PROPORTIONS[CARDS.index((front, back)) % len(PROPORTIONS)]
    )
    press(page, page.parts[0], [PLACES["id_front"][front]], rng)
    press(page, page.parts[1], [PLACES["id_back"][back]], rng)
    page.image = WEAR[wear](page.image, rng)
    documents = read(reader, [page])
    assert absent(documents) in ([], ["document.licence.missing"])
    assert stated_wrong([page], documents).keys() <= {"id_back.authority", "id_front.address"}


@pytest.mark.parametrize(
    ("layout", "places", "wear"),
    share(
        [
            (layout, places, ("scan", "grey")[n % 2])
            for layout in ("landscape", "portrait")
            for n, places in enumerate(two_by_two([*PLACES[layout]]))
        ],
        3,
    ),
)
def test_a_licence_with_seals_over_any_two_parts_of_it_is_never_absent(
    reader, layout, places, wear
):
    rng = random.Random(f"{layout} {places}")
    page = licence_page(ENTERPRISE, rng, SEED, layout=layout)
    press(page, page.parts[0], [PLACES[layout][place] for place in places], rng)
    page.image = WEAR[wear](page.image, rng)
    documents = read(reader, [page])
    assert "document.licence.missing" not in absent(documents)
    assert "licence.uscc" not in stated_wrong([page], documents)


@pytest.mark.parametrize(
    ("seed", "stretch", "hidden"), [(13, 1.25, ("出生", "住址")), (14, 0.75, ("性别", "住址"))]
)
def test_a_number_under_a_seal_is_a_card_though_its_labels_are_hidden(
    reader, seed, stretch, hidden
):
    """The number did not count under a seal, the rest was "other" on a trusted page:
    a rejection."""
    rng = random.Random(seed)
    page = id_page(invent_person(seed), rng, seed, ["id_front"], stretch=stretch)
    press(
        page,
        page.parts[0],
        [(0.55, 0.92), *(PLACES["id_front"][place] for place in hidden)],
        rng,
        strength=1.0,
    )
    documents = read(reader, [page])
    assert "document.id_front.missing" not in absent(documents)
    assert documents.of(PartKind.ID_FRONT) or is_unread(documents, documents.pages[0])


def test_a_page_of_running_words_shows_neither_card_nor_licence(reader):
    lines = [
        (
            f"经办人姓名：{PERSON.name}，性别：{PERSON.sex}，身份证号码："
            f"{PERSON.id_number}，特此委托。"
        ),
        f"单位名称：{ENTERPRISE.name}，统一社会信用代码：{ENTERPRISE.uscc}。",
    ]
    assert absent(read(reader, [letter_page("授权委托书", lines, SEED)])) == [
        "document.id_front.missing",
        "document.licence.missing",
        "document.id_back.missing",
    ]
