"""Pages as people really send them: watermarks across the fields, telephones' shadows, fingers and
glare, screens, several papers on a page.

What is read must be right, whatever is not read must be in doubt:
nothing of a complete request may be rejected.
"""

import random

import pytest
from PIL import Image

from core.data.documents import PartKind
from tests.documents.reading_pages import read, reader_of, stated_wrong, wrong_values
from tests.drawing.generate import (
    id_page,
    invent_enterprise,
    invent_person,
    licence_page,
    request_pages,
    stamp,
)
from tests.drawing.wear import WEAR, scanned, watermarked
from validators.absence import proved_absent

reader = reader_of()


def test_a_licence_beneath_seventeen_lines_of_watermark_is_read_whole(reader):
    """Its title and three labels were joined with the watermark,
    so that the page was no licence."""
    page = licence_page(invent_enterprise(503060), random.Random(1), 503060, layout="landscape")
    page.image = scanned(watermarked(page.image, random.Random(1), lines=8), random.Random(2))
    documents = read(reader, [page])
    assert wrong_values([page], documents) == {}
    assert documents.pages[0].confident


def test_no_character_of_a_watermark_gets_into_a_value(reader):
    """绑 of the watermark stood before the name of the legal representative,
    锁角 behind the capital; 长期 was covered."""
    enterprise = invent_enterprise(502035)
    [page] = request_pages(
        enterprise,
        invent_person(1),
        parts=("licence",),
        turn=180,
        layout="landscape",
        wear="watermark",
        seal_kind="invoice",
        seed=502035,
    )
    assert wrong_values([page], read(reader, [page])) == {}


def test_a_strong_blue_watermark_is_taken_off_too(reader):
    """It is darker than grey ones, but pale in the lightest channel,
    in which black print stays black."""
    page = id_page(invent_person(7), random.Random(7), 7)
    mark = watermarked(Image.new("RGB", page.image.size, "white"), random.Random(7), lines=9)
    blue = Image.new("RGB", page.image.size, (40, 60, 190))
    page.image.paste(blue, (0, 0), mark.convert("L").point(lambda v: min(230, (255 - v) * 6)))
    documents = read(reader, [page])
    assert stated_wrong([page], documents) == {}
    assert documents.of(PartKind.ID_FRONT)[0].fields["id_number"] == invent_person(7).id_number


def test_a_blue_seal_across_the_period_of_a_card_does_not_hide_it(reader):
    """Rows are read in the red channel, where red ink is paper and blue ink is black."""
    [page] = request_pages(
        invent_enterprise(610240),
        invent_person(610240),
        parts=("id_front", "id_back"),
        seal_colour="blue",
        over_text=True,
        seed=610240,
    )
    documents = read(reader, [page])
    assert stated_wrong([page], documents) == {}
    assert (
        documents.of(PartKind.ID_BACK)[0].fields["valid_until"] == invent_person(610240).valid_until
    )


@pytest.mark.parametrize(
    ("seed", "percent", "read_well"), [(630002, 36, True), (630003, 30, False)]
)
def test_a_sheet_photographed_from_afar_is_looked_at_again_or_in_doubt(
    reader, seed, percent, read_well
):
    """The emblem side's title was read and the front was not, on a page that was trusted: the
    request was rejected for want of the front."""
    page = id_page(invent_person(seed), random.Random(f"far{seed}"), seed)
    small = page.image.resize(
        (page.image.width * percent // 100, page.image.height * percent // 100),
        Image.Resampling.LANCZOS,
    )
    page.image = Image.new("RGB", page.image.size, (120, 100, 80))
    page.image.paste(small, (300, 820))
    documents = read(reader, [page])
    assert stated_wrong([page], documents) == {}
    assert "document.id_front.missing" not in proved_absent(documents)
    assert [p.fields.get("id_number") for p in documents.of(PartKind.ID_FRONT)] == [
        invent_person(seed).id_number
    ] * read_well


@pytest.mark.parametrize("need", ["document.id_front.missing", "document.licence.missing"])
def test_a_paper_that_was_cut_off_is_doubt_and_not_absence(reader, need):
    card = need == "document.id_front.missing"
    page = (
        id_page(invent_person(630000), random.Random(0), 0)
        if card
        else licence_page(invent_enterprise(631001), random.Random(0), 0, layout="portrait")
    )
    x0, _, x1, _ = page.parts[0].box
    page.image = page.image.crop(
        (int((x0 + 0.45 * (x1 - x0)) * page.image.width), 0, page.image.width, page.image.height)
    )
    documents = read(reader, [page])
    assert not documents.of(PartKind.ID_FRONT if card else PartKind.LICENCE)
    assert need not in proved_absent(documents)


@pytest.mark.parametrize(
    ("wear", "card"),
    [("photo", False), ("shadow", True), ("finger", True), ("glare", True), ("screen", False)],
)
def test_photographs_are_read_or_in_doubt(reader, wear, card):
    """Perspective and uneven light, a shadow, fingers at the edge,
    a lamp's reflection, a screen's stripes."""
    rng, person, enterprise = (
        random.Random(f"photograph {wear}"),
        invent_person(7),
        invent_enterprise(7),
    )
    page = id_page(person, rng, 7) if card else licence_page(enterprise, rng, 7)
    stamp(page, enterprise.name, rng)
    page.image = WEAR[wear](page.image, rng)
    documents = read(reader, [page])
    assert stated_wrong([page], documents) == {}
    kinds = [PartKind.ID_FRONT, PartKind.ID_BACK] if card else [PartKind.LICENCE]
    assert [p.kind for p in documents.parts] == kinds
    first = documents.parts[0].fields
    assert first["id_number" if card else "uscc"] == (person.id_number if card else enterprise.uscc)
