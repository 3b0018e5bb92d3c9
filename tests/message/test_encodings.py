"""Enterprise names in every charset and place, none of them different."""

from tests.message.encoded_names import CHARSETS, PLACES, differences, names
from tests.thorough import THOROUGH

NAMES = 10_000 if THOROUGH else 100


def test_names_in_every_encoding_and_place():
    made, wrong = differences(NAMES)
    assert made > NAMES * len(CHARSETS) * len(PLACES) * 0.8, "few combinations are left out"
    assert dict(wrong) == {}


def test_the_names_hold_what_makes_them_hard():
    told = "".join(names(100))
    assert any(ord(character) > 0xFFFF for character in told)
    assert any("㐀" <= character <= "䶵" for character in told)
    assert "堃" in told


def test_a_difference_would_be_seen(monkeypatch):
    monkeypatch.setitem(PLACES, "subject", lambda name, label, codec: name + "x")
    assert sum(differences(3)[1].values()) == 3 * len(CHARSETS)
