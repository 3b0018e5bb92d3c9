"""Enterprise names in every charset and place, none of them different: 100 of them, or NAMES as
the environment says (10,000: make soak)."""

import os

from tests.message.encoded_names import CHARSETS, PLACES, differences, names

NAMES = int(os.environ.get("NAMES", "100"))


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
