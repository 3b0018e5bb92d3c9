"""Tables for the small pure parts: labels with slips, dates and periods, numbers repaired only
behind check digits, seals' kinds."""

import pytest

from core.data.documents import LONG_TERM, SealKind
from papers.kinds.numbers import Settled, settle_code, settle_id
from papers.lines.ocr_models import Strip
from papers.lines.words import dates_in, find_label, fold, validity_end
from papers.seals.name import SealWords
from papers.seals.text import kind_of
from tests.drawing.people import invent_enterprise, invent_person

NUMBER, CODE = invent_person(7).id_number, invent_enterprise(7).uscc


@pytest.mark.parametrize(
    ("text", "label", "found"),
    [
        ("名称:某公司", "名称", True),
        ("名 称", "名称", True),
        ("法定代表入张三", "法定代表人", True),
        ("公民身份号吗", "公民身份号码", True),
        ("公民身分号吗", "公民身份号码", True),
        ("名胜", "名称", False),
        ("法人代表", "法定代表人", False),
        ("有效期服", "有效期限", True),
        ("住址", "住所", False),
    ],
)
def test_labels_are_found_with_slips_where_they_are_long(text, label, found):
    assert (find_label(fold(text), label) is not None) is found


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2015.01.01-2035.01.01", "2035-01-01"),
        ("2015.01.01-长期", LONG_TERM),
        ("自2012年05月18日至2042年05月17日", "2042-05-17"),
        ("2012年5月18日 至 长期", LONG_TERM),
        ("长期", LONG_TERM),
        ("无固定期限", LONG_TERM),
        ("2012年05月18日", None),
        ("至2030年1月1日", "2030-01-01"),
        ("2035.01.01-2015.01.01", None),
        ("2015.13.01-2035.01.01", None),
        ("", None),
        ("20150101-20350101", "2035-01-01"),
        ("2015,01.01-2035.01,01", "2035-01-01"),
    ],
)
def test_the_end_of_a_period(text, end):
    assert validity_end(text) == end


def test_impossible_days_are_no_dates():
    assert dates_in("2023.02.30 2024.02.29") == ["2024-02-29"]


@pytest.mark.parametrize(
    ("texts", "value", "ok"),
    [
        ([NUMBER], NUMBER, True),
        ([" ".join(NUMBER)], NUMBER, True),
        ([NUMBER.replace("0", "O")], NUMBER, True),
        ([NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")], None, False),
        (
            [NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")] * 2,
            NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2"),
            False,
        ),
        ([NUMBER, invent_person(8).id_number], None, False),
        ([NUMBER[:15]], None, False),
        ([], None, False),
    ],
)
def test_id_numbers_are_settled_by_their_check_digit(texts, value, ok):
    settled = settle_id([Strip(t, 0.99) for t in texts])
    assert (settled.value, settled.ok) == (value, ok)


def test_a_wrong_number_read_without_certainty_is_left_out():
    wrong = NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")
    assert settle_id([Strip(wrong, 0.8, scores=(0.4,))] * 2).value is None


FULL = "91119999MA0000111N"


def seen(text, **doubtful):
    """A reading; `doubtful`: the score of the character at a place (`at5=0.6`)."""
    scores = [0.99] * len(text)
    for at, score in doubtful.items():
        scores[int(at.removeprefix("at"))] = score
    return Strip(text, 0.99, scores=tuple(scores))


@pytest.mark.parametrize(
    ("reading", "value"),
    [
        (seen(FULL[:17] + "1", at17=0.93), FULL),
        (seen("8" + FULL[1:], at0=0.6), FULL),
        (seen(FULL.replace("111N", "11N")), FULL),
        (seen("8" + FULL[1:]), None),  # all sure: perhaps the paper is wrong
        (seen("888" + FULL[3:], at0=0.6, at1=0.6, at2=0.6), None),
        (seen(FULL[:9]), None),
    ],
)
def test_one_doubtful_or_lost_character_of_a_code_is_completed(reading, value):
    settled = settle_code([reading])
    assert (settled.value, settled.ok) == (value, False)


def test_two_readings_that_are_completed_to_two_codes_give_none():
    other = "91119999MA0000103U"
    assert settle_code([seen("8" + one[1:], at0=0.6) for one in (FULL, other)]).value is None


def test_a_doubtful_digit_of_an_id_number_is_completed_in_doubt():
    wrong = NUMBER[:-2] + ("1" if NUMBER[-2] != "1" else "2") + NUMBER[-1]
    assert settle_id([seen(wrong, at16=0.5)]) == Settled(NUMBER)
    assert settle_id([seen(wrong)]).value is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (CODE, CODE),
        ("统一社会信用代码" + CODE, CODE),
        (CODE.replace("1", "I"), CODE),
        (CODE.replace("0", "O"), CODE),
        (CODE[:-2], None),
    ],
)
def test_credit_codes_are_settled_by_their_check_character(text, value):
    assert settle_code([Strip(text, 0.99)]).value == value


@pytest.mark.parametrize(
    ("name", "bottom", "kind"),
    [
        ("北京某某科技有限公司", "", SealKind.OFFICIAL),
        ("北京某某科技有限公司", "合同专用章", SealKind.CONTRACT),
        ("北京某某科技有限公司", "财务专用章", SealKind.FINANCE),
        ("北京某某科技有限公司发票专用章", "", SealKind.INVOICE),
        ("北京某某科技有限公司", "业务专用章", SealKind.BUSINESS),
        ("北京市大兴区市场监督管理局", "", SealKind.AUTHORITY),
        ("北京市监督管理咨询有限公司", "", SealKind.OFFICIAL),
        ("北京某某科技有限公司", "财用", SealKind.FINANCE),
        ("北京某某科技有限公司", "及票专用意", SealKind.INVOICE),
        ("北京某某科技有限公司", "登记机关", SealKind.OFFICIAL),
        ("某某科技有限公司(北京)", "", SealKind.UNKNOWN),
        ("工程监理集团有限公司北京某某", "", SealKind.UNKNOWN),
        ("工程监理集团有限公司北京某某", "合同专用章", SealKind.CONTRACT),
        ("北京某某有限公司天津分公司", "", SealKind.OFFICIAL),
        (None, "", SealKind.UNKNOWN),
        ("张三", "", SealKind.UNKNOWN),
    ],
)
def test_what_a_seal_says_it_is(name, bottom, kind):
    assert kind_of(SealWords(name, bottom, 0.9)) is kind
