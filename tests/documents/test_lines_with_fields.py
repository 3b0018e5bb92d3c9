"""Which lines the better reader reads after the fast one."""

import pytest

from papers.lines.ocr_models import Line
from papers.page.page_parts import found_in, lines_with_fields

WIDTH = 1000
FRONT = {
    "姓名李珉": (0.061, 0.096),
    "性别女": (0.061, 0.172),
    "民族汉": (0.287, 0.172),
    "出生1990年1月1日": (0.061, 0.249),
    "住址北京市海淀区": (0.061, 0.326),
    "清河路3号": (0.15, 0.39),
    "公民身份号码": (0.061, 0.551),
    "119999199001011230": (0.336, 0.551),
}
BACK = {
    "中华人民共和国": (0.36, 0.125),
    "居民身份证": (0.38, 0.236),
    "签发机关北京市公安局": (0.215, 0.468),
    "有效期限2015.01.01-长期": (0.215, 0.552),
}
LICENCE = {
    "营业执照": (0.35, 0.05),
    "统一社会信用代码": (0.05, 0.12),
    "91119999MA0ABCDE1X": (0.4, 0.12),
    "名称骉远贸易有限公司": (0.05, 0.25),
    "类型有限责任公司": (0.05, 0.33),
    "法定代表人劼文": (0.05, 0.41),
    "经营范围货物进出口": (0.05, 0.5),
    "营业期限2015年01月01日至长期": (0.05, 0.6),
}


def lines(words: dict[str, tuple[float, float]], sure: float) -> list[Line]:
    return [line(text, x * WIDTH, y * WIDTH, sure) for text, (x, y) in words.items()]


def line(text: str, x: float, y: float, sure: float) -> Line:
    width = sum(36 if c > "\x7f" else 20 for c in text)
    quad = (x, y - 20), (x + width, y - 20), (x + width, y + 20), (x, y + 20)
    return Line(quad, text, 0.99, scores=(sure,) * len(text))


@pytest.mark.parametrize(
    ("words", "left_alone"),
    [
        (FRONT, FRONT.keys() - {"姓名李珉", "119999199001011230"}),
        (BACK, BACK.keys() - {"有效期限2015.01.01-长期"}),
        (
            LICENCE,
            {"营业执照", "统一社会信用代码", "类型有限责任公司", "经营范围货物进出口"},
        ),
    ],
)
def test_every_line_that_a_rule_needs_is_read_twice_however_sure_the_fast_reader_is(
    words: dict[str, tuple[float, float]], left_alone: set[str]
) -> None:
    read = lines(words, 0.99)
    wanted = lines_with_fields(found_in(read, 0.0))
    assert {one.text for one in read if id(one) in wanted} == words.keys() - left_alone


@pytest.mark.parametrize(
    ("words", "sure", "is_read_again"),
    [
        ("有效期限2015.01.01-2035.01.01", 0.7, False),
        ("有效期限2015.01.01-2035.01.01", 0.5, True),
        ("有效期限2015.01.01-2036.01.01", 0.99, True),
        ("有效期限2015.01.07-2035.01.01", 0.99, True),
        ("有效期限2015.01.01-长期", 0.99, True),
        ("有效期限长期", 0.99, False),
    ],
)
def test_a_period_that_a_card_can_have_is_read_again_only_where_it_is_a_guess(
    words: str, sure: float, is_read_again: bool
) -> None:
    back = {words if text[:4] == "有效期限" else text: at for text, at in BACK.items()}
    read = lines(back, sure)
    wanted = lines_with_fields(found_in(read, 0.0))
    assert any(one.text == words and id(one) in wanted for one in read) is is_read_again


CODE, NUMBER = "91119999MA0000111N", "119999199001011234"


@pytest.mark.parametrize(("sure", "is_read_again"), [(0.99, False), (0.8, True)])
@pytest.mark.parametrize(
    ("words", "number"),
    [
        ({CODE if text[:4] == "9111" else text: at for text, at in LICENCE.items()}, CODE),
        ({NUMBER if text[:4] == "1199" else text: at for text, at in FRONT.items()}, NUMBER),
    ],
)
def test_a_number_whose_check_characters_fit_is_read_again_only_where_it_is_unsure(
    words: dict[str, tuple[float, float]], number: str, sure: float, is_read_again: bool
) -> None:
    read = lines(words, sure)
    wanted = lines_with_fields(found_in(read, 0.0))
    assert any(one.text == number and id(one) in wanted for one in read) is is_read_again


@pytest.mark.parametrize(
    ("words", "is_read_again"),
    [
        ({}, False),
        ({"姓名李珉": "李珉"}, True),
        ({"住址北京市海淀区": "北京市海淀区"}, True),
    ],
)
def test_what_has_no_label_is_read_again_only_while_name_or_address_are_sought(
    words: dict[str, str], is_read_again: bool
) -> None:
    front = {words.get(text, text): at for text, at in FRONT.items()}
    stray = line("贸易", 0.5 * WIDTH, 0.25 * WIDTH, 0.5)
    read = [*lines(front, 0.99), stray]
    found = found_in(read, 0.0)
    assert (id(stray) in lines_with_fields(found)) is is_read_again
