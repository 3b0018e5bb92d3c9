"""Which lines the better reader reads again: all that may be a name; no number, date or printed
word of which the fast one is sure."""

import pytest

from papers.kinds.cards import find_backs, find_fronts
from papers.kinds.licence import find_licence
from papers.lines.layout import pieces_of
from papers.lines.ocr_models import Line
from papers.page.second_reading import read_twice

WIDTH = 1000
FRONT = {
    "姓名李珉": (0.061, 0.096),
    "性别女": (0.061, 0.172),
    "民族汉": (0.287, 0.172),
    "出生1990年1月1日": (0.061, 0.249),
    "住址北京市海淀区": (0.061, 0.326),
    "清河路3号": (0.15, 0.39),
    "公民身份号码": (0.061, 0.551),
    "119999199001011234": (0.336, 0.551),
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
    return Line(
        ((x, y - 20), (x + width, y - 20), (x + width, y + 20), (x, y + 20)), text, 0.99, sure
    )


def twice(words: dict[str, tuple[float, float]], sure: float) -> set[str]:
    read = lines(words, sure)
    pieces = pieces_of(read, 0.0)
    wanted = read_twice(find_fronts(pieces) + find_backs(pieces), find_licence(pieces))
    return {one.text for one in read if id(one) in wanted}


def test_what_the_fast_reader_is_sure_of_is_read_twice_only_where_it_may_be_a_name() -> None:
    assert twice(FRONT, 0.99) == {"姓名李珉", "民族汉"}
    assert twice(BACK, 0.99) == set()
    assert twice(LICENCE, 0.99) == {"名称骉远贸易有限公司", "类型有限责任公司", "法定代表人劼文"}


def test_a_place_must_be_surer_than_a_number() -> None:
    assert twice(FRONT, 0.95) == {"姓名李珉", "民族汉", "住址北京市海淀区", "清河路3号"}
    assert twice(BACK, 0.95) == {"签发机关北京市公安局"}


@pytest.mark.parametrize(
    ("words", "left_alone"),
    [(FRONT, set()), (BACK, set()), (LICENCE, {"营业执照", "经营范围货物进出口"})],
)
def test_what_it_is_not_sure_of_is_read_twice(
    words: dict[str, tuple[float, float]], left_alone: set[str]
) -> None:
    assert twice(words, 0.5) == words.keys() - left_alone
