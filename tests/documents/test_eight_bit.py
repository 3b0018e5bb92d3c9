"""The recognisers with weights of eight bits: made from the models that are installed, used where
the processor gains by it, and alike in what they read."""

import hashlib
import json

import cv2
import numpy as np
import pytest

from papers.lines import eight_bit
from papers.lines.eight_bit import FOLDER, EightBit, multiplies_bytes, rounded
from papers.lines.ocr_models import find_models
from papers.lines.onnx_ocr import OnnxOcr, cut_out, red_channel
from tests.drawing.generate import letter_page

RECOGNISERS = [find_models().recognition, find_models().fast_recognition]
LETTER = [
    "北京堃泰镕喆工程有限公司",
    "统一社会信用代码 91119999MA0ABCDE1X",
    "公民身份号码 119999199001011234",
    "有效期限 2015.01.01-长期",
    "申请解绑并重置密码。",
]
only_there = pytest.mark.skipif(
    not multiplies_bytes(), reason="this processor does not add products of bytes in 32 bits"
)


@pytest.mark.parametrize("model", RECOGNISERS, ids=lambda model: model.stem)
def test_graphs_are_those_of_the_tool_for_the_models_that_are_installed(model):
    """Otherwise: python -m tools.eight_bit."""
    told = json.loads((FOLDER / f"{model.stem}.json").read_text("utf-8"))
    assert told["model"] == hashlib.sha256(model.read_bytes()).hexdigest()
    for kind, ending in (("graph", "onnx"), ("rounding", "npz")):
        assert (
            told[kind]
            == hashlib.sha256((FOLDER / f"{model.stem}.{ending}").read_bytes()).hexdigest()
        )


def test_a_column_is_rounded_by_its_largest_number_and_one_of_zeros_stays():
    matrix = np.array([[1.0, 0, -300], [-0.5, 0, 2]], np.float32)
    small, scale = rounded(matrix)
    assert small.tolist() == [[127, 0, -127], [-64, 0, 1]]
    assert (np.abs(small * scale - matrix) <= scale / 2 + 1e-6).all()


@only_there
def test_another_model_is_read_with_the_weights_that_it_has(tmp_path):
    other = tmp_path / RECOGNISERS[1].name
    other.write_bytes(RECOGNISERS[1].read_bytes() + b"\0")
    assert EightBit.of(RECOGNISERS[1])
    assert EightBit.of(other) is None


@pytest.mark.parametrize(
    ("flags", "can"),
    [
        ("avx512f avx512_vnni", True),
        ("avx2 avx_vnni", True),
        ("avx2 avx512f", False),
        (None, False),
    ],
)
def test_without_products_of_bytes_models_stay_as_they_are(tmp_path, monkeypatch, flags, can):
    if flags:
        (tmp_path / "cpuinfo").write_text(f"processor\t: 0\nflags\t\t: fpu {flags}\n")
    monkeypatch.setattr(eight_bit, "_CPU_INFO", tmp_path / "cpuinfo")
    assert multiplies_bytes.__wrapped__() is can


@only_there
def test_both_kinds_of_weights_read_the_same():
    page = cv2.cvtColor(np.asarray(letter_page("情况说明", LETTER).image), cv2.COLOR_RGB2BGR)
    small, whole = OnnxOcr(), OnnxOcr(eight_bit=False)
    assert small._small._weights
    assert not whole._small._weights
    quads = whole.detect(page)
    assert [plain(line.text) for line in small.lines(page, quads)] == [
        plain(line.text) for line in whole.lines(page, quads)
    ]
    cuts = [cut_out(red_channel(page), quad) for quad in quads]
    texts = [plain(small.strip(cut).text) for cut in cuts]
    assert texts == [plain(whole.strip(cut).text) for cut in cuts]
    assert LETTER[0] in texts


def plain(text):
    return text.replace(" ", "")
