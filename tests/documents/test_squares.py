"""Square seals of persons: their frames and the names within, read by the models."""

import random

import cv2
import numpy as np
import pytest
from PIL import Image

from core.data.documents import SealKind
from papers.seals.seals import Sheet, read_seals
from tests.documents.reading_pages import loaded_ocr
from tests.drawing.seal_kinds import personal_seal
from tests.drawing.seals import RED, press, seal, worn

INK = (70, 70, 70)


@pytest.fixture(scope="module")
def ocr():
    return loaded_ocr()


def sheet(ocr, *stamps, size=(1654, 1169)):
    page = Image.new("RGB", size, (250, 250, 248))
    for ink, at in stamps:
        press(page, ink, at)
    return Sheet(np.asarray(page)[:, :, ::-1].copy(), ("a.pdf", 1), ocr=ocr)


def persons(name, turn=0.0, **how):
    rng = random.Random(3)
    ink = personal_seal(name, rng, **how)
    room = Image.new("RGBA", (ink.width * 3 // 2,) * 2, (*how.get("colour", RED), 0))
    room.paste(ink, (ink.width // 4,) * 2)
    return worn(room, rng, turn=turn)


@pytest.mark.parametrize("turn", [0, 12, -20])
@pytest.mark.parametrize(
    ("how", "colour"), [({}, "red"), ({"colour": INK}, "grey"), ({"white": True}, "red")]
)
def test_a_seal_of_a_person_is_found_with_its_name_and_is_in_doubt(ocr, turn, how, colour):
    [found] = read_seals(sheet(ocr, (persons("周慕白", turn, **how), (800, 500)))).seals
    assert (found.kind, found.text, found.colour) == (SealKind.UNKNOWN, "周慕白印", colour)
    assert found.doubtful


def test_it_changes_nothing_for_an_official_seal_beside_it(ocr):
    official = worn(
        seal("北京青禾测绘有限公司", size_px=330), random.Random(3), strength=0.85, turn=5
    )
    read = read_seals(sheet(ocr, (official, (500, 500)), (persons("周慕白"), (900, 600))))
    assert [(s.kind, s.doubtful) for s in read.seals] == [
        (SealKind.OFFICIAL, False),
        (SealKind.UNKNOWN, True),
    ]
    assert len(read.pressed) == 1


def test_cells_of_a_table_and_large_letters_are_no_seals(ocr):
    page = np.full((1169, 1654, 3), 250, np.uint8)
    for x in range(300, 900, 120):
        for y in range(300, 700, 100):
            cv2.rectangle(page, (x, y), (x + 120, y + 100), (30, 30, 30), 4)
            cv2.putText(page, "18", (x + 30, y + 65), 0, 1.4, (30, 30, 30), 3)
    assert not read_seals(Sheet(page, ("a.pdf", 1), ocr=ocr)).seals
