"""Square seals of persons and tables: none is taken for the seal of an enterprise."""

import random

import cv2
import numpy as np
import pytest
from PIL import Image

from core.data.documents import SealCheck, SealKind, SealVerdict
from papers.seals.asking import ask_seals
from papers.seals.cuts import cut_seals
from papers.seals.seals import SealPage, read_seals
from tests.documents.reading_pages import loaded_ocr
from tests.drawing.seal_kinds import personal_seal
from tests.drawing.seals import RED, press, seal, worn


@pytest.fixture(scope="module")
def ocr():
    return loaded_ocr()


def sheet(ocr, *stamps, size=(1654, 1169)):
    page = Image.new("RGB", size, (250, 250, 248))
    for ink, at in stamps:
        press(page, ink, at)
    return SealPage(np.asarray(page)[:, :, ::-1].copy(), ("a.pdf", 1), ocr=ocr)


def persons(name, turn=0.0, **how):
    rng = random.Random(3)
    ink = personal_seal(name, rng, **how)
    room = Image.new("RGBA", (ink.width * 3 // 2,) * 2, (*how.get("colour", RED), 0))
    room.paste(ink, (ink.width // 4,) * 2)
    return worn(room, rng, turn=turn)


@pytest.mark.parametrize("turn", [0, 12, 90])
@pytest.mark.parametrize("how", [{}, {"white": True}])
def test_a_seal_of_a_person_is_ink_and_bears_no_name(ocr, turn, how):
    read = read_seals(sheet(ocr, (persons("周慕白", turn, **how), (800, 500))))
    assert read.seal_ink
    assert {(s.kind, s.text) for s in read.seals} <= {(SealKind.UNKNOWN, None)}


def test_it_changes_nothing_for_an_official_seal_beside_it(ocr):
    name = "北京青禾测绘有限公司"
    official = worn(seal(name, size_px=330), random.Random(3), strength=0.85, turn=5)
    page = sheet(ocr, (official, (500, 500)), (persons("周慕白"), (900, 600)))
    read = read_seals(page)
    first, *others = read.seals
    assert (first.kind, first.text, first.doubtful) == (SealKind.OFFICIAL, name, False)
    assert {(s.kind, s.text) for s in others} <= {(SealKind.UNKNOWN, None)}
    cuts = cut_seals(read.seals, read.pressed, page.image, page.image)
    answer, *others = ask_seals(ocr, cuts, [name])
    assert answer.checks == (SealCheck(name, SealVerdict.AGREES),)
    assert {(one.kind, one.text) for one in others} <= {(SealKind.UNKNOWN, None)}


def test_cells_of_a_table_and_large_letters_are_no_seals(ocr):
    page = np.full((1169, 1654, 3), 250, np.uint8)
    for x in range(300, 900, 120):
        for y in range(300, 700, 100):
            cv2.rectangle(page, (x, y), (x + 120, y + 100), (30, 30, 30), 4)
            cv2.putText(page, "18", (x + 30, y + 65), 0, 1.4, (30, 30, 30), 3)
    assert not read_seals(SealPage(page, ("a.pdf", 1), ocr=ocr)).seals
