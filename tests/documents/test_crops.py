"""Parts and seals cut out of their page: upright, no larger than needed,
and none of what is painted over."""

import cv2
import numpy as np
import pytest

from core.data.documents import Box, Page, Part, PartKind, Seal, SealKind
from papers.lines.pictures import decode
from papers.page.crops import corners_of, crops
from papers.page.page_reading import PageReading, with_images
from papers.page.second_look import look_again
from papers.page.worker_messages import READING, reading_from

RED, GREEN, BLUE, BLACK = (0, 0, 220), (0, 170, 0), (220, 0, 0), (0, 0, 0)
WHOLE = Box(0.0, 0.0, 1.0, 1.0)
SEAL = Seal("a.pdf", 1, Box(0.4, 0.4, 0.6, 0.6), SealKind.OFFICIAL)


def part(kind: PartKind = PartKind.ID_FRONT, box: Box = WHOLE, corners=()) -> Part:
    return Part("a.pdf", 1, kind, box, 0.9, corners=corners)


def turned_sheet(degrees: float) -> tuple[np.ndarray, tuple[tuple[float, float], ...]]:
    """A white page with a sheet of four colours that lies askew, and the sheet's corners."""
    page, sheet = np.full((900, 1200, 3), 255, np.uint8), np.zeros((200, 320, 3), np.uint8)
    for colour, rows, columns in (
        (RED, slice(0, 100), slice(0, 160)),
        (GREEN, slice(0, 100), slice(160, 320)),
        (BLUE, slice(100, 200), slice(160, 320)),
    ):
        sheet[rows, columns] = colour
    turn = cv2.getRotationMatrix2D((160, 100), degrees, 1.0)
    turn[:, 2] += (440, 350)
    cv2.warpAffine(sheet, turn, (1200, 900), dst=page, borderMode=cv2.BORDER_TRANSPARENT)
    corners = (np.array([(0, 0, 1), (320, 0, 1), (320, 200, 1), (0, 200, 1)]) @ turn.T) / (
        1200,
        900,
    )
    return page, tuple(map(tuple, corners))


def colours(picture: bytes) -> list[tuple[int, int, int]]:
    """Of the quarters of a picture, clockwise from the top left:
    black, or the channel that leads."""
    image = decode(picture)
    h, w = image.shape[:2]
    found = [
        image[int(y * h), int(x * w)].astype(int)
        for x, y in ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
    ]
    return [
        max((RED, GREEN, BLUE), key=lambda c: int(np.dot(c, pixel))) if pixel.max() > 90 else BLACK
        for pixel in found
    ]


@pytest.mark.parametrize("degrees", [0, 12, -90, 180])
def test_what_lies_askew_is_cut_out_upright(degrees):
    page, corners = turned_sheet(degrees)
    [picture] = crops(page, [part(corners=corners)], [])
    assert colours(picture) == [RED, GREEN, BLUE, BLACK]


def test_what_was_found_by_a_second_look_is_cut_out_as_it_is_read():
    page, corners = turned_sheet(-90)
    mine = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    xs, ys = zip(*corners, strict=True)
    [found] = look_again(
        page,
        [Box(min(xs), min(ys), max(xs), max(ys))],
        [],
        lambda cut: ([part(box=Box(0.19, 0.19, 0.81, 0.81), corners=tuple(mine))], 3),
    )
    [picture] = crops(page, [found], [])
    image = decode(picture)
    assert image.shape[1] > image.shape[0]
    assert {GREEN, BLUE} <= set(colours(picture))


def test_a_crop_is_no_wider_than_needed_and_a_letter_has_none():
    page = np.full((3000, 4000, 3), 200, np.uint8)
    card, letter, seal = crops(page, [part(), part(PartKind.REQUEST_LETTER)], [SEAL])
    assert decode(card).shape[1] == 720
    assert letter == b""
    assert decode(seal).shape[1] == 240


def test_each_part_and_seal_refers_to_its_picture_also_over_the_way_from_a_worker():
    reading = PageReading(
        Page("a.pdf", 1, confident=True, colour=True, seal_ink=True),
        (part(corners=corners_of(WHOLE)),),
        (SEAL,),
        b"open",
        b"hidden",
        {},
        (),
        (b"one", b"two!"),
    )
    there = reading_from(READING.dump_json((reading,)), "a.pdf", 1)
    assert (there.crops, there.parts) == (reading.crops, reading.parts)
    kept = with_images(there, bytes.decode)
    assert (
        kept.page.image_sha256,
        kept.page.covered_sha256,
        kept.parts[0].crop_sha256,
        kept.seals[0].crop_sha256,
    ) == ("open", "hidden", "one", "two!")


def test_a_worker_that_gives_other_pictures_than_parts_is_not_believed():
    reading = PageReading(
        Page("a.pdf", 1, confident=True, colour=True, seal_ink=True),
        (),
        (SEAL,),
        b"open",
        b"hidden",
        {},
        (),
        (b"one", b"two"),
    )
    with pytest.raises(ValueError, match="another page"):
        reading_from(READING.dump_json((reading,)), "a.pdf", 1)
