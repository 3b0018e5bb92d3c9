"""Cards and papers from prepared lines: what fits, what is in doubt,
what is evidence of presence."""

import pytest

from core.data.documents import PartKind
from papers.kinds.card_fields import front_fields
from papers.kinds.cards import find_fronts
from papers.kinds.traces import shows_back, shows_front, shows_licence
from papers.lines.layout import pieces_of
from papers.lines.ocr_models import Line, Strip
from papers.page.page_parts import found_in
from tests.validators.builders import ID_NUMBER, USCC

FRONT = {
    "姓名": (62, 93),
    "张三": (166, 93),
    "性别": (62, 171),
    "男": (166, 171),
    "民族": (290, 171),
    "汉": (380, 171),
    "出生": (62, 248),
    "1990年1月1日": (166, 248),
    "住址": (62, 326),
    "某某省某某市某某区甲": (166, 326),
    "公民身份号码": (62, 555),
    ID_NUMBER: (340, 555),
}


def pieces(placed, stretch=1.0):
    lines = []
    for text, (x, y) in placed.items():
        width = 590 if text == ID_NUMBER else 30 * len(text)
        top = y * stretch
        lines.append(
            Line(((x, top), (x + width, top), (x + width, top + 30), (x, top + 30)), text, 0.99)
        )
    return pieces_of(lines, 0.0)


def below(*texts):
    return pieces({text: (100, 100 + 80 * n) for n, text in enumerate(texts)})


def paper_in(texts):
    return found_in([piece.line for piece in below(*texts)], 0.0).paper


def fields(placed, stretch=1.0):
    lines = pieces(placed, stretch)
    [card] = find_fronts(lines)
    return front_fields(card, lines, lambda _area: Strip())


@pytest.mark.parametrize("stretch", [1.0, 0.8, 1.25])
def test_a_card_of_other_proportions_is_read_without_doubt(stretch):
    out = fields(FRONT, stretch)
    assert (out.values["name"], out.values["id_number"], out.doubts) == ("张三", ID_NUMBER, [])


def test_a_number_under_labels_that_stand_elsewhere_is_a_card_in_doubt():
    placed = FRONT | {
        "姓名": (62, 150),
        "张三": (300, 150),
        "性别": (62, 300),
        "出生": (62, 480),
        ID_NUMBER: (230, 555),
    }
    out = fields(
        {text: at for text, at in placed.items() if text not in {"住址", "公民身份号码", "民族"}}
    )
    assert out.values["id_number"] == ID_NUMBER
    assert "name" in out.doubts


@pytest.mark.parametrize(("digits", "looks"), [("44", 1), ("119999199001011230", 3)])
def test_a_number_that_is_hidden_is_not_sought_in_wider_strips(digits, looks):
    lines = pieces({digits if text == ID_NUMBER else text: at for text, at in FRONT.items()})
    [card] = find_fronts(lines)
    areas = []
    out = front_fields(card, lines, lambda area: areas.append(area) or Strip(digits, 0.9))
    assert len(areas) == looks
    assert "id_number" in out.doubts


def test_a_name_whose_first_character_was_not_found_is_in_doubt():
    placed = {text: at for text, at in FRONT.items() if text != "张三"}
    assert fields(placed | {"晓燕": (166, 93)}).doubts == []
    out = fields(placed | {"晓燕": (226, 93)})
    assert (out.values["name"], out.doubts) == ("晓燕", ["name"])


def test_labels_with_colons_are_those_of_a_form():
    form = {
        text + ":" * (text in {"姓名", "性别", "民族", "出生", "住址", "公民身份号码"}): at
        for text, at in FRONT.items()
    }
    assert find_fronts(pieces(form)) == []


@pytest.mark.parametrize(
    ("texts", "front"),
    [
        ([ID_NUMBER], True),
        ([f"公民身份号码{ID_NUMBER}"], True),
        ([f"份号码{ID_NUMBER[:15]}"], True),
        (["公民身份号码61999919661101674X"], True),  # it fits as a credit code, too
        (["911199994990930818"], False),
        (["119999057967684E。"], False),
        (["性别女民族汉"], True),
        (["多出生1990年1月1日", "住址某某省某某市"], True),
        (["姓名张三"], False),
        ([f"身份证号码{ID_NUMBER}"], False),
        (["姓名：张三", "性别：男"], False),
        (["999Y99405077607"], True),
        (["2022.11.18-2032.11.18", "13800000000"], False),
        ([f"经办人姓名张三性别男于本月持身份证前来办理解除绑定与重置密码的手续{ID_NUMBER}"], False),
    ],
)
def test_what_is_evidence_of_a_portrait_side(texts, front):
    assert shows_front(below(*texts)) is front


@pytest.mark.parametrize(
    ("texts", "back"),
    [
        (["民身份证"], True),
        (["尽民身份证"], True),
        (["居民身份证复印件"], False),
        (["某某市公安局某某分局", "2022.11.18-2032.11.18"], True),
        (["中华人民共和国", "2022.06,22-长期"], True),
        (["中华人民共和国", "某某市公安局某某分局"], True),
        (["2022.11.18-2032.11.18", "2022年11月18日"], False),
        (["签发机关某某公安局", "有效期限"], True),
        (["有效期限2020年1月1日"], False),
        (["有效期限：三年", "签发机关：甲"], False),
    ],
)
def test_what_is_evidence_of_an_emblem_side(texts, back):
    assert shows_back(below(*texts)) is back


@pytest.mark.parametrize(
    ("texts", "licence"),
    [
        (["营业执照"], True),
        (["附:营业执照复印件"], False),
        (["国家市场监督管理总局监制"], True),
        ([f"统一社会信用代码{USCC}"], True),
        (["注册资本壹仟万元整", "成立日期2012年1月1日"], True),
        (["法定代表人张三", "名称某某有限公司", "住所某某市"], True),
        (["法定代表人张三", "名称某某有限公司"], False),
        (
            ["法定代表人：张三", "名称：某某有限公司", "住所：某某市", f"统一社会信用代码：{USCC}"],
            False,
        ),
    ],
)
def test_what_is_evidence_of_a_licence(texts, licence):
    assert shows_licence(below(*texts)) is licence


def test_short_lines_alone_are_no_paper():
    """Thirty characters of a card that did not fit were a paper of an unknown kind."""
    short = [f"某某省某某市某某区甲{n}" for n in "乙丙丁戊"]
    assert paper_in(short) is None
    paper = paper_in([*short, "本公司成立于某年并以诚信经营为宗旨服务于广大客户"])
    assert paper is not None
    assert paper.kind is PartKind.OTHER
