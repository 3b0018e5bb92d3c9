"""An enterprise's name or seal on a patch of other paper; shade and tint alone are none."""

import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.documents.reading_pages import read, reader_of
from tests.drawing.fonts import font
from tests.drawing.generate import invent_enterprise, licence_page, stamp

SEED = 31
ENTERPRISE = invent_enterprise(SEED)
PAPER = (247, 241, 226)
reader = reader_of()


def sealed(tint=PAPER):
    """A sealed licence on tinted paper."""
    page = licence_page(ENTERPRISE, random.Random(SEED), SEED, layout="landscape")
    page.image = tinted(page.image, tint)
    stamp(page, ENTERPRISE.name, random.Random(SEED), centre=(0.45, 0.7))
    return page


def tinted(image, tint):
    whole = np.asarray(image.convert("RGB")).astype(np.float32)
    return Image.fromarray((whole * np.array(tint) / 255).astype(np.uint8))


@pytest.fixture(scope="module")
def boxes(reader):
    """The name and the seal of the sealed page, in pixels."""
    page = sealed()
    documents = read(reader, [page])
    [licence] = documents.licences
    seal = next(one for one in documents.seals if one.kind == "official")
    width, height = page.image.size
    return [
        (box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height)
        for box in (licence.field_boxes["enterprise_name"], seal.box)
    ]


def patched(reader, page):
    [licence] = read(reader, [page]).licences
    return licence.fields.get("patched")


def test_a_name_typed_over_stands_on_a_patch(reader, boxes):
    page = sealed()
    x0, y0, x1, y1 = boxes[0]
    draw, margin = ImageDraw.Draw(page.image), (y1 - y0) * 0.2
    draw.rectangle((x0 - margin, y0 - margin, x1 + margin, y1 + margin), "white")
    face = font("hei", int((y1 - y0) * 0.7), 0)
    draw.text((x0, y0), ENTERPRISE.name, (20, 20, 20), face)
    assert patched(reader, page) == "企业名称"


@pytest.mark.parametrize("pasted_on", [(255, 255, 255), (214, 208, 190)])
def test_a_seal_pasted_with_its_paper_stands_on_a_patch(reader, boxes, pasted_on):
    page = sealed()
    x0, y0, x1, y1 = map(int, boxes[1])
    margin = (x1 - x0) // 12
    area = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    change = [255 * new / old for new, old in zip(pasted_on, PAPER, strict=True)]
    cut = np.asarray(page.image.crop(area)).astype(np.float32) * np.array(change) / 255
    page.image.paste(Image.fromarray(np.clip(cut, 0, 255).astype(np.uint8)), area[:2])
    assert patched(reader, page) == "公章"


@pytest.mark.parametrize("shade", [(1.0, 1.0), (0.55, 1.0), (1.0, 0.6)])
def test_paper_in_shade_is_no_patch(reader, shade):
    page = sealed()
    width, height = page.image.size
    falls = np.linspace(*shade, width)[None, :, None] * np.linspace(*shade, height)[:, None, None]
    page.image = Image.fromarray((np.asarray(page.image) * falls).astype(np.uint8))
    assert patched(reader, page) is None
