"""Which words on a screen count as ID numbers."""

from itertools import pairwise

import pytest

from core.masking import hide, hide_numbers
from tests.validators.builders import ID_NUMBER, USCC
from web.common.mail_view import _cut
from web.common.rendering import percent

SPACED = f"{ID_NUMBER[:6]} {ID_NUMBER[6:10]} {ID_NUMBER[10:14]} {ID_NUMBER[14:]}"
WIDE = ID_NUMBER.translate({ord(str(i)): chr(ord("０") + i) for i in range(10)})


@pytest.mark.parametrize(
    "text",
    [
        ID_NUMBER,
        SPACED,
        WIDE,
        "119999900101123",
        ID_NUMBER[:17] + "x",
        f"身份证号{ID_NUMBER}，请",
        f"({ID_NUMBER})",
    ],
)
def test_hidden(text):
    assert hide_numbers(text) != text
    assert ID_NUMBER[4:14] not in hide_numbers(text)


@pytest.mark.parametrize("around", ["{}", "sfz{}.jpg", "{}zhang", "13 附 {} 附 7"])
@pytest.mark.parametrize("parting", [" ", ".", "—", "\u200b", "\r\n", ""])
@pytest.mark.parametrize("places", [(4, 8, 12, 16), (6, 14), (9,), range(1, 18)])
def test_a_whole_number_is_hidden_however_it_is_parted(around, parting, places):
    parted = parting.join(ID_NUMBER[start:end] for start, end in pairwise((0, *places, 18)))
    assert hide_numbers(around.format(parted)) == around.format(hide(ID_NUMBER))


@pytest.mark.parametrize("row", ["1 ", "12012", "1 2 0 1 2 ", f"{ID_NUMBER} "])
def test_rows_of_digits_cost_no_more_than_other_words(row, monkeypatch):
    """A stranger's mails of them kept each page of the case they named from showing for half a
    minute."""
    asked = []
    monkeypatch.setattr("core.masking.id_number_ok", lambda _number: asked.append(1))
    hide_numbers(row * (20_000 // len(row)))
    assert len(asked) <= 2_000


@pytest.mark.parametrize(
    "text",
    [
        USCC,
        "",
        "电话 010-12345678",
        "13900000000",
        "JB20261125-0001",
        "2026-11-25 10:00",
        "3F0000000012",
        "12345678901234567890123",
        "JB20261125-0001 2026-11-25 10:00",
        "010-12345678 13900000000",
        "M1 1h1v1h1v1h1v9z",
    ],
)
def test_left_alone(text):
    assert hide_numbers(text) == text


def test_the_rest_of_the_text_stays():
    assert hide_numbers(f"经办人张三 {ID_NUMBER} 电话") == f"经办人张三 {hide(ID_NUMBER)} 电话"


def test_nothing_in_a_mail_turns_the_direction_of_what_a_person_reads():
    assert _cut("是否解绑：\u202e是否\u202c\u2066") == "是否解绑：是否"


def test_a_short_value_vanishes_whole():
    assert hide("1234567") == "*******"


def test_a_box_outside_the_page_is_cut_to_it():
    assert [percent(place) for place in (-0.5, 0.1, 1.5)] == ["0.00%", "10.00%", "100.00%"]
