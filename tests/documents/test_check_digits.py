"""GB 11643 and GB 32100 on known good numbers and their nearest wrong ones."""

import pytest

from core.check_digits import id_check_digit, id_number_ok, uscc_check_character, uscc_ok

GOOD_IDS = ["11010519491231002X", "119999199001011234"[:17] + id_check_digit("11999919900101123")]
GOOD_USCCS = ["91110000802100433B", "914403001922038216"]


@pytest.mark.parametrize("number", GOOD_IDS)
def test_good_id_number_and_every_single_digit_change(number: str) -> None:
    assert id_number_ok(number)
    for i in range(17):
        changed = number[:i] + str((int(number[i]) + 1) % 10) + number[i + 1 :]
        assert not id_number_ok(changed)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "110105194912310020",
        "11010519491331002X",
        "11010519491231002x",
        "1101051949123100２X",
        "1" * 17,
    ],
)
def test_wrong_id_numbers(number: str) -> None:
    assert not id_number_ok(number)


@pytest.mark.parametrize("code", GOOD_USCCS)
def test_good_uscc_and_every_single_change(code: str) -> None:
    assert uscc_ok(code)
    for i in range(18):
        changed = code[:i] + ("1" if code[i] != "1" else "2") + code[i + 1 :]
        assert not uscc_ok(changed)


@pytest.mark.parametrize(
    "code",
    ["", "91110000802100433b", "9111000O802100433B", "91110000802100433", "9A110000802100433B"],
)
def test_wrong_usccs(code: str) -> None:
    assert not uscc_ok(code)


def test_zeros_alone_are_no_code():
    """A frame of rings was read as zeros, whose check character is right, and the code beside it
    was thrown away as one of two."""
    assert not uscc_ok("0" * 18)


def test_bodies_of_wrong_length_are_refused() -> None:
    with pytest.raises(ValueError):
        id_check_digit("123")
    with pytest.raises(ValueError):
        uscc_check_character("9111000O80210043")
