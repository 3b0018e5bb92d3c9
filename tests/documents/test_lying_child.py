"""A child that a hostile file has taken over can only lie about pages:
whatever it says, the desk reads on."""

import contextlib
import json
import os
import socket
import struct
import threading

import pytest

from core.data.documents import Page, SealKind, Unopened
from papers.opening.processes import module_process
from papers.opening.sandbox import RawFile, _collect
from papers.opening.socket_frames import receive_frame
from papers.page.page_reading import PageReading
from papers.page.worker_messages import READING, reading_from
from papers.seals.cuts import SealCut
from papers.seals.rings import Ring

LIMITS = {"max_pages": 3, "max_pixels": 1000, "wall_s": 5, "answer_bytes": 10_000_000}


def heard(*frames: bytes) -> RawFile:
    """What the desk takes from a child that says this."""
    ours, theirs = socket.socketpair()

    def speak() -> None:
        # the desk need not hear it out
        with theirs, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            receive_frame(theirs)
            for frame in frames:
                theirs.sendall(frame)

    child = threading.Thread(target=speak)
    child.start()
    with ours:
        ours.settimeout(40)
        out = _collect(ours, b"x", LIMITS)
    child.join(40)
    return out


def frame(head: object, body: bytes = b"") -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("!II", len(text), len(body)) + text + body


WHOLE = {"x0": 0, "y0": 0, "x1": 1, "y1": 1}
PAGE = frame({"page": 1, "chinese": 1, "pictures": [WHOLE]}, b"picture")


@pytest.mark.parametrize(
    "lie",
    [
        frame([1, 2]),
        frame("page"),
        frame(7),
        frame(None),
        frame(["page"]),
        frame({"page": "x"}),
        frame({"page": 2, "pictures": [[1, 2]]}),
        frame({"page": 2, "pictures": 5}),
        frame({"unopened": "no such reason"}),
        frame({"text": 1, "words": [[1]]}),
        frame({"text": 1, "words": [["a", 0, 0, 1, float("nan")]]}),
        frame({"page": 2, "pictures": [WHOLE | {"x1": float("inf")}]}),
        frame({"signatures": 5}),
        frame({"signatures": ["intact"]}),
        frame({"signatures": [{"attachment": "", "signer": "", "state": "bogus"}]}),
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
    assert out.pages[1].picture == b"picture"
    assert out.unopened is Unopened.LIMIT


def test_pages_beyond_the_limit_and_twice_the_same_are_not_taken():
    out = heard(
        PAGE,
        frame({"page": 1}, b"again"),
        frame({"page": 4}, b"x"),
        frame({"page": 0}, b"x"),
        frame({"enclosed": False}),
    )
    assert {number: page.picture for number, page in out.pages.items()} == {1: b"picture"}
    assert out.unopened is None


@pytest.mark.parametrize(
    "lie", [frame({"page": 2}, bytes(3001)), frame({"end": "x" * (4 * 2**20)})]
)
def test_an_answer_that_is_too_large_is_doubt_whatever_was_said_before(lie):
    out = heard(PAGE, frame({"enclosed": False}), lie)
    assert out.pages[1].picture == b"picture"
    assert out.unopened is Unopened.LIMIT


def test_a_reading_of_another_page_is_none():
    page = Page("other.pdf", 1, confident=True, colour=True, seal_ink=True)
    answer = READING.dump_json((PageReading(page),))
    with pytest.raises(ValueError, match="another page"):
        reading_from(answer, "a.pdf", 1)
    assert reading_from(answer, "other.pdf", 1).page.confident


@pytest.mark.parametrize("seal", [-1, 0, 1])
def test_a_cut_of_no_seal_of_the_page_is_not_believed(seal):
    page = Page("a.pdf", 1, confident=True, colour=True, seal_ink=True)
    ring = Ring(1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0)
    cut = SealCut(seal, b"x", ring, "red", b"x", SealKind.UNKNOWN, 0.0)
    with pytest.raises(ValueError, match="another page"):
        reading_from(READING.dump_json((PageReading(page, cuts=(cut,)),)), "a.pdf", 1)


@pytest.mark.parametrize("lie", [b"", b"[", b"[" * 100_000, b"[{}]", b'[{"page": 1}]', b"\xff"])
def test_an_answer_of_a_worker_that_is_nonsense_is_none(lie):
    with pytest.raises(ValueError, match="valid"):
        reading_from(lie, "a.pdf", 1)


def test_a_server_whose_desk_ended_meanwhile_says_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Ctrl-C while it starts: neither signal nor broken line is a traceback on the screen."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = module_process("papers.opening.pdf_server", theirs)
    ours.close()
    assert os.getpgid(process.pid) == process.pid, "a terminal's Ctrl-C reaches it"
    assert process.wait(60) == 0
    assert capfd.readouterr().err == ""
