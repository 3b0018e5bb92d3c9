"""A seal that is pressed onto the registry's own: the page proves no absence."""

import random
from functools import cache

import numpy as np
import pytest
from PIL import Image

from papers.lines.pictures import decode, encode
from papers.opening.sandbox import RawPage
from papers.page.page_reading import read_page
from papers.seals.ink import find_ink
from papers.seals.rings import find_rings
from papers.seals.second_rim import has_second_rim
from tests.documents.reading_pages import loaded_ocr
from tests.drawing.generate import invent_enterprise, licence_page
from tests.drawing.seals import press, seal
from tests.drawing.wear import WEAR
from validators.absence import bears_no_ink, registry_only

SIDE = int(41 * 200 / 25.4)
RADIUS = SIDE / 2
REGISTRY = "北京市大兴区市场监督管理局"
OFFSETS = ((0.1, 0.0), (-0.15, 0.1), (0.2, -0.25), (0.0, 0.4), (-0.5, 0.1))
"""In radii."""


@pytest.fixture(scope="module")
def ocr():
    return loaded_ocr()


def pressed(image, *stamps):
    for ink, place in stamps:
        press(image, ink, place)
    return image


def read(ocr, picture):
    image = decode(encode(np.asarray(picture.convert("RGB"))[:, :, ::-1].copy()))
    return read_page(ocr, image, "a.pdf", RawPage(1))


@cache
def licence(seed):
    enterprise = invent_enterprise(seed)
    return licence_page(enterprise, random.Random(seed), seed, layout="landscape").image


def second_rims(picture):
    ink = find_ink(np.asarray(picture.convert("RGB"))[:, :, ::-1].copy())
    return [has_second_rim(ink.red, ring) for ring in find_rings(ink.red)]


def blank():
    return Image.new("RGB", (1654, 2339), (252, 251, 248))


@pytest.mark.parametrize("wear", ["clean", "scan", "photo"])
def test_a_seal_alone_has_one_rim(wear):
    page = pressed(blank(), (seal(REGISTRY, size_px=SIDE), (800, 1200)))
    assert second_rims(WEAR[wear](page, random.Random(1))) == [False]


@pytest.mark.parametrize("offset", OFFSETS)
def test_a_seal_on_another_has_a_second_rim(offset):
    x, y = (int(RADIUS * share) for share in offset)
    page = pressed(
        blank(),
        (seal(REGISTRY, size_px=SIDE), (800, 1200)),
        (seal(invent_enterprise(1).name, size_px=SIDE + 10), (800 + x, 1200 + y)),
    )
    assert second_rims(page) == [True]


@pytest.mark.parametrize(
    ("seed", "offset"), [(4, (0, -0.2)), (6, (-0.22, 0.1)), (7, (0, -0.2)), (8, (-0.22, 0.1))]
)
def test_a_licence_sealed_on_the_registrys_seal_is_not_unsealed(ocr, seed, offset):
    page = licence(seed).copy()
    unsealed = read(ocr, page)
    [registry] = unsealed.seals
    assert registry_only(registry)
    assert bears_no_ink(unsealed.page)
    x, y = registry.box.centre
    place = int(x * page.width + offset[0] * RADIUS), int(y * page.height + offset[1] * RADIUS)
    sealed = read(ocr, pressed(page, (seal(invent_enterprise(seed).name, size_px=SIDE), place)))
    assert not all(map(registry_only, sealed.seals))
    assert not bears_no_ink(sealed.page)
