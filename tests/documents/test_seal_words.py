"""What a seal says it is by its words, and how the letters of several readings become one name:
tables without any picture."""

from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import pytest

from core.data.documents import Box, SealKind
from papers.lines.ocr_models import Strip
from papers.seals import name, seals, text
from papers.seals.face import Face
from papers.seals.name import (
    Letter,
    SealWords,
    Window,
    _columns,
    _complete,
    _glyphs,
    _name_in,
    read_name,
)
from papers.seals.rings import Ring
from papers.seals.seals import SealPage
from papers.seals.text import kind_of


@pytest.mark.parametrize(
    ("name", "bottom", "unread", "kind"),
    [
        ("北京华信测绘有限公司", "", False, SealKind.OFFICIAL),
        ("北京华信测绘有限公司广州分公司", "", False, SealKind.OFFICIAL),
        ("北京市华信小学", "", False, SealKind.OFFICIAL),
        ("北京华信测绘有限公司", "", True, SealKind.UNKNOWN),
        ("北京华信测绘有限公司", "综合利用", False, SealKind.UNKNOWN),
        ("北京华信测绘有限公司", "合者用意(1)", False, SealKind.CONTRACT),
        ("北京华信测绘有限公司", "合章", False, SealKind.CONTRACT),
        ("北京华信测绘有限公司", "合同专用章(1)", False, SealKind.CONTRACT),
        ("北京华信测绘有限公司", "合阅专用意(1)", False, SealKind.CONTRACT),
        ("北京华信测绘有限公司", "发崇专用章", False, SealKind.INVOICE),
        ("北京华信测绘有限公司", "报价专用章", False, SealKind.BUSINESS),
        ("北京华信测绘有限公司", "公司公章", False, SealKind.OFFICIAL),
        ("北京华信测绘有限公司项目部", "", False, SealKind.BUSINESS),
        ("北京华信测绘有限公司工会委员会", "", False, SealKind.UNKNOWN),
        ("测绘有限公出北京华信", "", False, SealKind.UNKNOWN),
        ("有限公司北京华信测绘", "", False, SealKind.UNKNOWN),
        ("北京华信测绘有限公出", "", False, SealKind.OFFICIAL),
        ("北京市大兴区市场监督管理局", "", False, SealKind.AUTHORITY),
        ("某某市民政局", "", False, SealKind.AUTHORITY),
        ("某某市民政局服务中心", "", False, SealKind.OFFICIAL),
        ("某某保税港区市场监管局", "", False, SealKind.AUTHORITY),
        ("中华人民共和国国家版权局真出", "", False, SealKind.AUTHORITY),
        ("某某市财政委员会", "", False, SealKind.AUTHORITY),
        ("某某区行政审批服务管理局", "审批专用章", False, SealKind.AUTHORITY),
        ("某某区青竹村村民委员会", "", False, SealKind.OFFICIAL),
        ("某某书局", "", False, SealKind.OFFICIAL),
        ("某某市场监测中心", "", False, SealKind.OFFICIAL),
        ("某某自由贸易有限公出", "", False, SealKind.OFFICIAL),
        ("华信", "", False, SealKind.UNKNOWN),
        (None, "", False, SealKind.UNKNOWN),
    ],
)
def test_the_words_tell_the_kind(name, bottom, unread, kind):
    assert kind_of(SealWords(name, bottom, 1.0, unread)) is kind


@pytest.mark.parametrize(
    ("below", "roundness", "unread"),
    [
        ("专合日专用心", 0.85, True),
        ("★公", 0.85, False),
        ("业有限公司", 0.85, False),
        ("", 0.85, False),
        ("容期", 0.75, True),
    ],
)
def test_the_glimpse_of_a_special_line_is_no_blank(monkeypatch, below, roundness, unread):
    """Print crossed the line of a contract seal, so that it was read by halves:
    it passed for an official seal. An oval seal has a special line, seen or not."""
    strip = np.full((10, 40, 3), 200, np.uint8)
    monkeypatch.setattr(text, "across", lambda *_: strip)
    monkeypatch.setattr(text, "unrolled", lambda *_: strip)
    ocr = SimpleNamespace(strip=lambda _: Strip(below, 0.5))
    ring = SimpleNamespace(roundness=roundness)
    assert text._bottom(Face(ocr, {text.INK: None}, ring, 0.0)) == ("", unread)


@pytest.mark.parametrize("doubt", [{"ends": 0.0}, {"confidence": 0.7}, {"arc": 0.37}])
def test_a_name_that_is_not_surely_whole_makes_no_official_seal(doubt):
    """Contract, finance and invoice seals passed for official ones: of the name 科技发展有限公司
    was left, and the line below was looked for elsewhere."""
    words = {"name": "科技发展有限公司", "bottom": "", "confidence": 0.99, **doubt}
    assert kind_of(SealWords(**words)) is SealKind.UNKNOWN
    assert kind_of(SealWords(**{**words, "bottom": "财务专用章"})) is SealKind.FINANCE


@pytest.mark.parametrize(("roundness", "bottom"), [(1.0, "合专用意"), (0.75, "发票专用章")])
def test_of_several_readings_of_the_line_the_one_with_most_of_its_letters_counts(
    monkeypatch, roundness, bottom
):
    """合制者用意 was likelier than 合群专用意 and said no kind. The line of an oval seal was looked
    for too low, below the number across its middle."""
    read = {
        (0.34, 0.62): Strip("合制者用意", 0.7),
        (0.26, 0.58): Strip("合专用意", 0.65),
        (0.10, 0.42): Strip("发票专用章", 0.95),
    }
    plane = np.tile(np.uint8([200, 20]), (10, 40))
    monkeypatch.setattr(text, "across", lambda *how: how[-2:])
    monkeypatch.setattr(text, "unrolled", lambda *_: plane)
    monkeypatch.setattr(text, "_contrast", lambda _: 90.0)
    ocr = SimpleNamespace(strip=lambda band: read.get(band, Strip()))
    ring = Ring(0, 0, 100, 100 * roundness, 0, 1, 0.2)
    assert text._bottom(Face(ocr, {text.INK: None}, ring, 0.0)) == (bottom, False)


def strip(text, places, scores=None):
    return Strip(text, 0.9, tuple(places), tuple(scores or [0.9] * len(text)))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("杭州5G云谷", "杭州5G云谷"),
        ("苏州K9宠物", "苏州K9宠物"),
        ("北京华信110112345", "北京华信"),
        ("110112北京华信", "北京华信"),
        ("华信12345678测绘", "华信测绘"),
        ("ABC", ""),
    ],
)
def test_letters_and_digits_in_the_midst_of_a_name_are_of_it_and_the_rims_number_is_not(text, kept):
    assert (
        "".join(
            letter for _, letter, _ in _glyphs(strip(text, [at / 20 for at in range(len(text))]))
        )
        == kept
    )


@pytest.mark.parametrize(
    ("doubt", "legible"), [({}, True), ({"weakest": 0.2}, False), ({"arc": 0.1}, False)]
)
def test_a_piece_of_a_name_differs_from_nothing(doubt, legible):
    assert (
        SealWords(
            **{
                "name": "有限公",
                "bottom": "",
                "confidence": 0.9,
                "weakest": 0.9,
                "arc": 0.5,
                **doubt,
            }
        ).legible
        is legible
    )


@pytest.mark.parametrize(
    ("name", "at_registry", "kind", "doubtful"),
    [
        ("夏门市总明区市场监量", True, SealKind.AUTHORITY, False),
        ("夏门市总明区市场监量", False, SealKind.AUTHORITY, True),
        ("门总明监量", True, SealKind.UNKNOWN, False),
        ("总", True, SealKind.AUTHORITY, True),
        ("厦门市场监理有限公司限", True, SealKind.UNKNOWN, False),
    ],
)
def test_what_the_registry_presses_is_its_own_though_misread(
    monkeypatch, name, at_registry, kind, doubtful
):
    monkeypatch.setattr(seals, "read_seal", lambda face, **_: (SealWords(name, "", 0.7), face))
    page = SealPage(
        np.full((1000, 1000, 3), 255, np.uint8),
        ("a.pdf", 1),
        registry_at=[Box(0.4, 0.5, 0.6, 0.52)] if at_registry else (),
        ocr=object(),
    )
    found = seals._seal(page, Ring(500, 510, 80, 80, 0.0, 0.95, 0.1), "red").seal
    assert (found.kind, found.doubtful) == (kind, doubtful)


def window(start, text, places, scores=None):
    """Places in shares of the turn."""
    return Window(start, strip(text, [(at - start) % 1 / 0.32 for at in places], scores))


def read(*windows):
    return sorted(_columns(windows), key=lambda c: c.at)


def test_letters_that_one_window_drops_are_kept_from_the_others():
    columns = read(
        window(0.15, "华信测绘", (0.2, 0.25, 0.3, 0.35)),
        window(0.15, "华测绘", (0.2, 0.301, 0.35)),
        window(0.15, "华言测绘", (0.2, 0.25, 0.3, 0.35), (0.9, 0.3, 0.9, 0.9)),
    )
    assert "".join(c.best for c in columns) == "华信测绘"


def ink_at(*places):
    """Ink along a ring within a third of a letter of these places."""
    turns = np.arange(1000) / 1000
    near = [np.abs((turns - at + 0.5) % 1 - 0.5) < 0.016 for at in places]
    return np.any(near, axis=0).astype(np.float32)


@pytest.mark.parametrize(("stray", "name"), [("信", "华信测绘"), ("出", "华测绘")])
def test_a_letter_that_only_one_of_many_windows_saw_counts_in_a_hole_alone(stray, name):
    """勘 under a title was seen by one window of eight, and lost."""
    place = 0.25 if stray == "信" else 0.42
    seen = window(0.15, "华测绘院", (0.2, 0.3, 0.35, 0.4))
    glimpse = window(0.15, stray, (place,))
    found, _ = _name_in(read(*[seen] * 5, glimpse), ink_at(0.2, 0.3, 0.35, 0.4))
    assert "".join(c.best for c in found) == f"{name}院"


@pytest.mark.parametrize("turn", [0.0, 0.4, 0.8])
@pytest.mark.parametrize(
    ("inked", "names"),
    [
        ((), "华信有限公司"),
        ((0.30,), "华信有限公司"),  # print fills the name's gap: it ends behind 公司 all the same
    ],
)
def test_the_name_begins_behind_its_gap_wherever_the_ring_was_cut(turn, inked, names):
    places = [(turn + 0.6 + 0.05 * n) % 1 for n in range(6)]
    columns = [
        Letter(at, defaultdict(float, {c: 1.0}), 1, 1.0)
        for at, c in zip(places, "华信有限公司", strict=True)
    ]
    ink = ink_at(*places, *((turn + place + n / 100) % 1 for place in inked for n in range(-9, 10)))
    found, seam = _name_in(columns, ink)
    assert "".join(c.best for c in found if c.votes) == names
    assert (seam - turn - 0.225 + 0.5) % 1 - 0.5 == pytest.approx(0, abs=1e-6)


def test_ink_without_a_letter_in_a_name_or_behind_it_is_an_unread_one():
    columns = [
        Letter(at, defaultdict(float, {c: 1.0}), 1, 1.0)
        for at, c in zip((0.2, 0.25, 0.35, 0.4, 0.45), "华信测绘社", strict=True)
    ]
    gaps = [n / 100 for n in (*range(27, 34), *range(47, 55))]
    found, _ = _name_in(columns, ink_at(*(c.at for c in columns), *gaps))
    assert [c.best for c in found] == ["华", "信", "", "测", "绘", "社", ""]


@pytest.mark.parametrize(
    ("strays", "read"),
    [
        ((("出", -0.08, 0.5), ("入", -0.03, 0.46)), "华信测绘协会"),  # ends of the special line
        ((("有", 0.375, 0.4), ("从", 0.42, 0.35)), "华信测绘协会"),
        ((("9", 0.4, 0.4),), "华信测绘协会"),  # the number's end
        ((("新", 0.05, 0.4),), "新华信测绘协会"),  # at its place, though under print
        ((("新", 0.05, 0.15),), "新华信测绘协会"),  # glimpsed at its place
    ],
)
def test_weak_letters_at_the_ends_belong_to_a_name_at_its_distance_alone(strays, read):
    name = [(c, 0.1 + 0.05 * n, 1.0) for n, c in enumerate("华信测绘协会")]
    columns = [
        Letter(at % 1, defaultdict(float, {c: share}), 1, 1.0) for c, at, share in (*strays, *name)
    ]
    found, _ = _name_in(columns, ink_at(*(at for _, at, _ in (*strays, *name))))
    assert "".join(c.best for c in found) == read


def test_a_place_in_a_name_where_hardly_any_ink_is_was_not_read():
    """貉 in a pale part of a seal: the name without it was legible."""
    columns = [
        Letter(at, defaultdict(float, {c: 1.0}), 1, 1.0)
        for at, c in zip((0.2, 0.25, 0.35, 0.4, 0.45), "成都金装社", strict=True)
    ]
    found, _ = _name_in(columns, ink_at(*(c.at for c in columns)))
    assert [c.best for c in found] == ["成", "都", "", "金", "装", "社"]


def letters(text):
    return [
        Letter(0.1 + 0.05 * n, defaultdict(float, {c: 0.95}), 1, 1.0) for n, c in enumerate(text)
    ]


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("华信测绘有限公", "华信测绘有限公司"),
        ("华信中心(有限合伙", "华信中心(有限合伙)"),
        ("华信集员有限公司", "华信集员有限公司"),  # an impostor's
        ("华言测绘公", "华言测绘公"),  # never in what tells enterprises apart
    ],
)
def test_only_the_last_letter_of_the_legal_form_is_completed(text, completed):
    name = letters(text)
    _complete(name)
    assert "".join(letter.best for letter in name) == completed
    assert name[-1].at == pytest.approx(0.1 + 0.05 * (len(completed) - 1))


@pytest.mark.parametrize(
    ("rounds", "votes", "windows"),
    [
        (1, 0.6, 4),  # asked for later: each of its letters was seen
        (1, 0.4, 8),
        (2, 0.9, 4),
        (2, 0.6, 11),  # in the second round those that show the place 0.3
    ],
)
def test_a_name_is_read_no_further_than_its_letters_are_unclear(
    monkeypatch, rounds, votes, windows
):
    letters = [Letter(0.3, {"公": votes}, 1, 1.0), Letter(0.4, {"司": 1.0}, 1, 1.0)]
    monkeypatch.setattr(name, "_name_in", lambda _columns, _ink: (letters, 0.0))
    monkeypatch.setattr(name, "ink_along", lambda *_: None)
    read = []
    face = SimpleNamespace(
        planes=defaultdict(lambda: None),
        ring=None,
        seam=0.0,
        window=lambda _plane, _band, at, _half: at,
        ocr=SimpleNamespace(strip=lambda at: read.append(at) or Strip()),
        cut_at=lambda _seam: face,
    )
    assert read_name(face, rounds=rounds, is_enough=lambda _: False)[0].name == "公司"
    assert len(read) == windows
