"""A child that a hostile file has taken over can only lie about pages: whatever it says, the desk reads on."""

import json
import socket
import struct
import threading

import pytest

from core.cases.submission import Signature, SignatureState, Unopened
from mail_intake.documents.sandbox import RawFile, _collect
from mail_intake.documents.signed import signatures_of
from mail_intake.documents.sockets import receive_frame

LIMITS = {"max_pages": 3, "wall_s": 5}


def heard(*frames: bytes) -> RawFile:
    """What the desk takes from a child that says this."""
    ours, theirs = socket.socketpair()

    def speak() -> None:
        with theirs:
            receive_frame(theirs)
            for frame in frames:
                theirs.sendall(frame)

    child = threading.Thread(target=speak)
    child.start()
    with ours:
        ours.settimeout(10)
        out = _collect(ours, b"x", LIMITS)
    child.join(10)
    return out


def frame(head: object, body: bytes = b"") -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("!II", len(text), len(body)) + text + body


PAGE = frame({"page": 0, "chinese": 1, "pictures": [[0, 0, 1, 1]]}, b"picture")


@pytest.mark.parametrize(
    "lie",
    [
        frame([1, 2]),
        frame("page"),
        frame(7),
        frame(None),
        frame(["page"]),
        frame({"page": "x"}),
        frame({"page": 1, "pictures": [[1, 2]]}),
        frame({"page": 1, "pictures": 5}),
        frame({"unopened": "no such reason"}),
        frame({"text": 0, "words": [[1]]}),
        frame({"signatures": 5}),
        frame(b"not json"),
        frame(b"[" * 100_000),
        frame(b"\xff\xfe"),
        struct.pack("!II", 2**31, 2**31),
        struct.pack("!II", 100, 0) + b"{}",
        b"\x00",
    ],
)
def test_nonsense_ends_the_child_and_keeps_what_came_before(lie):
    out = heard(PAGE, lie)
    assert out.pages[0].picture == b"picture"
    assert out.unopened is Unopened.LIMIT


def test_pages_beyond_the_limit_and_twice_the_same_are_not_taken():
    out = heard(PAGE, frame({"page": 0}, b"again"), frame({"page": 3}, b"x"), frame({"page": -1}, b"x"), frame({"drawn": True}))
    assert {number: page.picture for number, page in out.pages.items()} == {0: b"picture"}
    assert out.unopened is None


@pytest.mark.parametrize("told", [{}, {"state": "bogus"}, {"state": ["intact"]}, {"state": None, "signer": None, "trusted": 1}])
def test_a_signature_of_nonsense_is_not_verifiable(told):
    assert signatures_of("a.pdf", b"", [told]) == (Signature("a.pdf", "", SignatureState.NOT_VERIFIABLE),)


def test_what_is_no_signature_is_none():
    assert signatures_of("a.pdf", b"", ["intact", 5]) == ()
