"""The bytes that a lock signs: fixed, and different for every difference."""

import hashlib

import pytest

from lock_protocol import HEADER, signed_bytes

NONCE = bytes(range(32))


def test_the_bytes_are_fixed() -> None:
    made = signed_bytes("https://desk.example.org", "login", NONCE, "7")
    parts = [
        hashlib.sha256(part).digest()
        for part in (b"https://desk.example.org", b"login", NONCE, b"7")
    ]
    assert made == b"UNBIND-DESK LOCK 1\n" + b"".join(parts)
    assert len(made) == 147


def test_nothing_runs_over_into_its_neighbour() -> None:
    rows = [
        ("https://a", "login", NONCE, "b"),
        ("https://a", "bind", NONCE, "b"),
        ("https://ab", "login", NONCE, ""),
        ("https://a", "login", NONCE[::-1], "b"),
        ("https://a", "login", NONCE, "c"),
        ("https://a", "login", NONCE + b"\x00", "b"),
    ]
    assert len({signed_bytes(*row) for row in rows}) == len(rows)
    assert all(signed_bytes(*row).startswith(HEADER) for row in rows)


@pytest.mark.parametrize(
    ("purpose", "nonce"),
    [("sell", NONCE), ("", NONCE), ("Login", NONCE), ("login", NONCE[:31]), ("login", b"")],
)
def test_an_unknown_purpose_or_a_short_nonce_is_refused(purpose: str, nonce: bytes) -> None:
    with pytest.raises(ValueError):
        signed_bytes("https://a", purpose, nonce, "")
