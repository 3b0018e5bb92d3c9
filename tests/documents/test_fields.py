"""Fields from prepared lines: how sure a name is, twins of characters, values behind a lone colon,
half labels, papers told by their words."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.data.documents import LONG_TERM, Box, PartKind
from papers.kinds.card_fields import Fields, _plausible
from papers.kinds.labels import find_labels, split_at_labels
from papers.kinds.licence import find_licence, find_licences
from papers.kinds.licence_fields import licence_fields
from papers.kinds.other_papers import find_paper
from papers.lines.certainty import least_score, surely
from papers.lines.layout import pieces_of
from papers.lines.ocr_models import Line, Strip
from papers.lines.words import simplified
from papers.page.page_parts import _part

CODE, OTHER_CODE = "91119999MA6GH6GPQ7", "91119999MA3C6L6UX5"


def line(text, x, y, width=0, scores=(), confidence=0.99):
    wide = width or 40 * len(text)
    return Line(
        ((x, y), (x + wide, y), (x + wide, y + 40), (x, y + 40)),
        text,
        confidence,
        scores=scores,
    )


def unread(_area):
    return Strip()


@pytest.mark.parametrize(
    ("text", "scores", "value", "sure"),
    [
        ("董骉峰", (0.99, 0.98, 0.99), "董骉峰", True),
        ("董尋峰", (0.99, 0.53, 0.99), "董寻峰", True),  # a twin is no doubt by itself: 尋 is 寻
        ("董弱峰", (0.99, 0.53, 0.99), "董弱峰", False),
        ("黎靜", (0.99, 0.55), "黎静", True),
        (
            "姓名 黎静",
            (0.9, 0.9, 0.2, 0.99, 0.98),
            "黎静",
            True,
        ),  # the unsure space is no part of the name
        ("法定代表人张旋", (0.3, 0.9, 0.9, 0.9, 0.9, 0.9, 0.99), "张旋", True),
        (
            "某某中心(有限合伙)",
            (0.9, 0.9, 0.9, 0.9, 0.4, 0.9, 0.9, 0.9, 0.9, 0.3),
            "某某中心（有限合伙）",
            True,
        ),  # a bracket is no letter
        ("张旋", (), "张旋", True),  # a text layer has no scores
    ],
)
def test_a_name_is_as_sure_as_its_least_sure_character(text, scores, value, sure):
    pieces = pieces_of([line(text, 100, 100, scores=scores)])
    assert surely(pieces, value) is sure


def test_the_score_is_that_of_the_value_only():
    pieces = pieces_of([line("名称某某公司", 100, 100, scores=(0.1, 0.2, 0.9, 0.8, 0.95, 0.99))])
    assert least_score(pieces, "某某公司") == 0.8


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("黎靜", "黎静"),
        ("黃村", "黄村"),
        ("汤鵬飞", "汤鹏飞"),
        ("乾", "乾"),
        ("張強", "张强"),
        ("緱粵", "缑粤"),
    ],
)
def test_traditional_twins_become_what_these_papers_print(read, printed):
    assert simplified(read) == printed


def test_a_colon_read_with_its_label_does_not_end_the_value():
    pieces = pieces_of(
        [
            line("名称：", 100, 100),
            line("某某有限公司", 500, 100),
            line("类型：有限责任公司", 100, 200),
        ]
    )
    labels = ("名称", "类型")
    assert {
        lab.label: lab.text for lab in find_labels(split_at_labels(pieces, labels), labels)
    } == {
        "名称": "某某有限公司",
        "类型": "有限责任公司",
    }


def licence_lines(**changed):
    rows = {
        "title": line("营业执照", 700, 100, 600),
        "code": line(f"统一社会信用代码{CODE}", 100, 220),
        "name": line("名称某某建材经营部", 100, 300),
        "type": line("类型个体工商户", 100, 380),
        "head": line("经营者张旋", 100, 460),
        "founded": line("注册日期2012年05月18日", 900, 300),
        "period": line("营业期限长期", 900, 380),
        "scope": line("经营范围销售建筑材料", 100, 540),
    }
    return [row for row in (rows | changed).values() if row is not None]


def fields(lines, reread=unread):
    found = find_licence(pieces_of(lines))
    assert found is not None
    return licence_fields(found, None, reread)


def test_the_fields_of_a_sole_traders_licence():
    values = fields(licence_lines()).values
    assert values["enterprise_name"] == "某某建材经营部"
    assert values["uscc"] == CODE
    assert values["legal_representative"] == "张旋"
    assert values["valid_until"] == LONG_TERM


@pytest.mark.parametrize(
    ("strip", "value", "doubtful"),
    [
        (Strip("长期", 0.99, scores=(0.98,)), LONG_TERM, False),
        (Strip("长期", 0.9, scores=(0.5,)), LONG_TERM, True),
        (Strip("2012年05月", 0.99), None, False),
    ],
)
def test_a_period_whose_line_was_not_found_is_read_from_its_row(strip, value, doubtful):
    out = fields(licence_lines(period=line("营业期限", 900, 380)), lambda _area: strip)
    assert out.values.get("valid_until") == value
    assert ("valid_until" in out.doubts) is doubtful


def test_the_name_behind_half_a_label_is_found():
    out = fields(
        licence_lines(
            name=line("称某某建材经营部", 140, 300), type=line("类型个体工商户", 100, 380)
        )
    )
    assert out.values["enterprise_name"] == "某某建材经营部"


def test_a_name_whose_line_was_not_found_is_in_doubt():
    """So that the page is looked at again."""
    assert "enterprise_name" in fields(licence_lines(name=line("名称", 100, 300))).doubts


@pytest.mark.parametrize("owner", ["派出企业名称", "隶属企业名称", "举办单位名称"])
def test_an_owners_name_is_not_the_enterprises(owner):
    out = fields(licence_lines(owner=line(f"{owner}某某重工株式会社", 100, 620)))
    assert out.values["enterprise_name"] == "某某建材经营部"


def test_the_closing_bracket_of_a_partnership_is_not_lost():
    out = fields(licence_lines(name=line("名称某某建材中心（有限合伙", 100, 300)))
    assert out.values["enterprise_name"] == "某某建材中心（有限合伙）"


def test_two_codes_that_both_fit_and_differ_are_in_doubt():
    found = find_licence(pieces_of(licence_lines()))
    assert found is not None
    out = licence_fields(found, "91119999MA3C6L6UX5", unread)
    assert out.values["uscc"] == CODE
    assert "uscc" in out.doubts
    assert "uscc" not in licence_fields(found, CODE, unread).doubts


@pytest.mark.parametrize(
    ("start", "end", "plausible"),
    [
        ("2016-05-20", "2026-05-20", True),
        ("2026-01-12", "2026-04-12", True),  # a temporary card
        ("2026-01-12", "2026-06-12", False),
        ("2016-05-20", "2027-05-20", False),
        ("2016-05-20", LONG_TERM, True),
    ],
)
def test_periods_that_a_card_can_have(start, end, plausible):
    assert _plausible(start, end) is plausible


@pytest.mark.parametrize(
    ("texts", "title"),
    [
        (["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"], "护照"),
        (["PASSPORT / PASSEPORT"], "护照"),
        (["Date of birth", "Nationality", "Surname"], "外国身份证件"),
        (["外国人永久居留身份证"], "外国人永久居留身份证"),
        (["台湾居民来往大陆通行证"], "台湾居民来往大陆通行证"),
    ],
)
def test_papers_of_persons_are_told_by_their_words(texts, title):
    paper = find_paper(pieces_of([line(text, 100, 100 + 80 * n) for n, text in enumerate(texts)]))
    assert paper is not None
    assert paper.title == title


def test_an_english_word_alone_makes_no_paper_of_a_person():
    assert find_paper(pieces_of([line("Nationality", 100, 100)])) is None


CAPTION = ("扫描二维码登录", "‘国家企业信用", "信息公示系统’", "了解更多登记、")


def test_a_caption_beside_the_title_makes_no_report_of_the_register():
    caption = [line(text, 1500, 60 + 40 * n, 160) for n, text in enumerate(CAPTION)]
    lines = licence_lines()
    assert find_licence(pieces_of([*caption[:2], *lines, *caption[2:]])) is not None


@pytest.mark.parametrize(
    "title", ["营业执照信息", "企业信用信息公示报告", "国家企业信用信息公示系统报告"]
)
def test_the_report_of_the_register_is_no_licence(title):
    assert find_licence(pieces_of(licence_lines(title=line(title, 700, 100, 600)))) is None


def beside(lines, x=0, y=0):
    return [
        replace(one, quad=tuple((a + x, b + y) for a, b in one.quad), text=swapped(one.text))
        for one in lines
    ]


def swapped(text):
    return text.replace("某某建材", "另一建材").replace(CODE, OTHER_CODE)


@pytest.mark.parametrize(("x", "y"), [(0, 900), (1900, 0)])
def test_two_licences_on_a_page_are_two(x, y):
    lines = licence_lines()
    found = find_licences(pieces_of([*lines, *beside(lines, x, y)]))
    values = [licence_fields(one, None, unread).values for one in found]
    assert [one["enterprise_name"] for one in values] == ["某某建材经营部", "另一建材经营部"]
    assert [one["uscc"] for one in values] == [CODE, OTHER_CODE]


def test_a_title_over_a_title_makes_no_second_licence():
    electronic = line("电子营业执照", 700, 20, 400)
    assert len(find_licences(pieces_of([electronic, *licence_lines()]))) == 1


def test_a_heading_over_a_title_parts_no_licence_of_two_columns():
    """A word processor's 营业执照 above the picture: its right column had become a licence."""
    right = ("注册资本100万元", "成立日期2017年05月27日", "营业期限长期", "住所某某市某某路2号")
    lines = [line(text, 1100, 300 + 50 * n) for n, text in enumerate(right)]
    heading = line("营业执照", 760, 20, 200)
    assert len(find_licences(pieces_of([heading, *licence_lines(), *lines]))) == 1


def test_a_value_ends_where_half_of_the_next_label_begins():
    halves = {
        "name": line("称某某建材经营部", 184, 300),
        "type": line("型个体工商户", 184, 350),
        "address": line("所某某市某某路1号", 184, 400),
    }
    values = fields(licence_lines(**halves)).values
    assert values["enterprise_name"] == "某某建材经营部"


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        ([line("名称称心物业有限公司", 100, 300)], "称心物业有限公司"),
        ([line("名称", 100, 300), line("称心物业有限公司", 200, 300)], "称心物业有限公司"),
        ([line("名", 100, 300), line("称某某物业有限公司", 184, 300)], "某某物业有限公司"),
    ],
)
def test_a_name_keeps_its_first_character_that_ends_the_label_too(lines, value):
    rest = [one for one in licence_lines() if not one.text.startswith("名称")]
    [found] = find_licences(pieces_of([*rest, *lines]))
    assert licence_fields(found, None, unread).values["enterprise_name"] == value


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("北京宸隆远东市政路桥工程集团", "有限公司"),
        ("北京华瑞远东建筑装饰工程设计园", "林绿化有限公司"),
    ],
)
def test_a_name_goes_on_in_the_next_line_where_the_first_could_be_whole(first, second):
    lines = licence_lines(
        name=line("名称", 100, 310), first=line(first, 200, 300), second=line(second, 200, 325)
    )
    assert fields(lines).values["enterprise_name"] == first + second


@pytest.mark.parametrize(
    "kind",
    [
        "有限责任公司(自然人独资)",
        "其他有限责任公司",
        "其他股份有限公司",
        "个体工商户",
        "股份有限公司(非上市)",
    ],
)
def test_a_kind_whose_label_was_not_read_is_no_part_of_a_whole_name(kind):
    name = "北京宸隆远东市政路桥工程有限公司"
    lines = licence_lines(
        name=line("名称", 100, 310),
        first=line(name, 200, 300),
        second=line(kind, 200, 325),
        type=line("型", 100, 600),
    )
    assert fields(lines).values["enterprise_name"] == name


@pytest.mark.parametrize("name", ["有限公司", "有限责任公司", "S.NAL.F"])
def test_what_is_left_of_a_name_is_none(name):
    out = fields(licence_lines(name=line(f"名称{name}", 100, 300)))
    assert "enterprise_name" not in out.values
    assert "enterprise_name" in out.doubts


@pytest.mark.parametrize(
    ("read", "doubtful"),
    [
        ("徐家怡联创建筑", True),
        ("买买提·艾力江", False),
        ("某某投资管理有限公司", False),
        ("YAMADATARO", False),
    ],
)
def test_a_person_with_letters_of_a_seal_is_in_doubt(read, doubtful):
    out = fields(licence_lines(head=line(f"经营者{read}", 100, 460)))
    assert out.values["legal_representative"] == read
    assert ("legal_representative" in out.doubts) is doubtful


def test_what_can_hardly_be_seen_is_no_value():
    out = fields(licence_lines(head=line("经营者张旋", 100, 460, confidence=0.4)))
    assert "legal_representative" not in out.values
    assert "legal_representative" in out.doubts


def test_the_code_of_another_paper_is_not_taken_from_a_qr_code():
    code = line("统一社会信用代码10990119XX06Y8503", 100, 220)
    found = find_licence(pieces_of(licence_lines(code=code)))
    assert found is not None
    out = licence_fields(found, CODE, unread)
    assert "uscc" not in out.values
    assert "uscc" in out.doubts


def test_a_qr_code_stands_for_a_code_that_is_misread():
    code = line(f"统一社会信用代码{CODE[:5]}8{CODE[6:17]}?", 100, 220)
    found = find_licence(pieces_of(licence_lines(code=code)))
    assert found is not None
    assert licence_fields(found, CODE, unread).values["uscc"] == CODE


@pytest.mark.parametrize("title", ["营业执", "业执照"])
def test_a_title_that_lacks_a_character_is_one(title):
    found = find_licence(pieces_of(licence_lines(title=line(title, 700, 60, 500), scope=None)))
    assert found is not None
    assert found.titled


@pytest.mark.parametrize("grain", [1.0, 1.63, 1.79, 1.88])
def test_a_name_that_a_paper_lacks_is_no_doubt_however_its_pixels_round(grain):
    """20 times 1.63, divided by it, is less than 20: a licence was in doubt for want of a name."""
    sheet = SimpleNamespace(spot=("a.pdf", 1), image=None, grain=grain)
    assert _part(PartKind.LICENCE, Box(0.0, 0.0, 1.0, 1.0), 0.9, Fields(), sheet).doubts == ()
