"""What cannot be opened says why; what kills its child is doubt; neither disturbs the others.

OCR is off here.
"""

import threading
import time

import pytest

from core.data.documents import Unopened
from papers.paper_reading import DocumentReader, DocumentSettings
from tests.documents import files
from tests.documents.fake_ocr import FakeOcr
from tests.documents.in_process import InProcess
from tests.documents.reading_pages import reader_of
from tests.drawing.generate import invent_enterprise, invent_person, request_pdf
from tests.thorough import share

ORDINARY = request_pdf(
    invent_enterprise(1), invent_person(1), parts=("id_front",), wear="clean", seed=1
)
reader = reader_of(DocumentSettings(wall_s=8, cpu_s=2, max_pages=20), FakeOcr())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Unopened.EMPTY),
        (b"\r\n\x00 ", Unopened.EMPTY),
        (b"no pdf at all", Unopened.DAMAGED),
        (b"%PDF-1.7\ngarbage\n%%EOF", Unopened.DAMAGED),
        (b"\x89PNG\r\n\x1a\n not allowed here", Unopened.DAMAGED),
        (files.locked(ORDINARY, "secret", "owner"), Unopened.ENCRYPTED),
        (files.blank_pdf(21), Unopened.TOO_MANY_PAGES),
        (ORDINARY[: len(ORDINARY) // 3], Unopened.DAMAGED),
    ],
)
def test_says_why_a_file_was_not_opened(reader, content, reason):
    reading = reader.read([("a.pdf", content)])
    assert reading.documents.unopened == {"a.pdf": reason}
    assert reading.documents.pages == ()


@pytest.mark.parametrize(
    "content",
    [
        ORDINARY,
        files.locked(ORDINARY, "", "owner"),
        files.without_xref(ORDINARY),
        b"junk before\n" + ORDINARY,
    ],
)
def test_opens_what_an_ordinary_viewer_opens(reader, content):
    reading = reader.read([("a.pdf", content)])
    assert not reading.documents.unopened
    [page] = reading.documents.pages
    assert not page.confident
    assert page.image_sha256 in reading.images


def test_a_file_over_the_size_limit_is_not_touched():
    small = DocumentReader(DocumentSettings(max_bytes=1000), InProcess())
    assert small.read([("a.pdf", ORDINARY)]).documents.unopened == {"a.pdf": Unopened.TOO_LARGE}
    small.close()


@pytest.mark.parametrize(
    "hostile", share([files.deflate_bomb, files.self_recursive_form, files.nested_forms], 3)
)
def test_a_bomb_ends_its_child_or_gives_pages_in_doubt(reader, hostile):
    started = time.monotonic()
    reading = reader.read([("bomb.pdf", hostile()), ("good.pdf", ORDINARY)])
    assert time.monotonic() - started < 60
    bomb = [p for p in reading.documents.pages if p.attachment == "bomb.pdf"]
    assert reading.documents.unopened.get("bomb.pdf") == Unopened.LIMIT or bomb
    assert [p.attachment for p in reading.documents.pages][-1] == "good.pdf"


@pytest.mark.parametrize("box", ["0 0 200000 200000", "0 0 14400 14400", "0 0 3 90000", "0 0 0 0"])
def test_strange_page_boxes_stay_within_the_pixel_limit(reader, box):
    reading = reader.read([("a.pdf", files.blank_pdf(box=box))])
    assert reading.documents.pages or reading.documents.unopened


def test_a_blank_page_is_blank_and_certain(reader):
    [page] = reader.read([("a.pdf", files.blank_pdf())]).documents.pages
    assert page.blank
    assert page.confident
    assert not page.seal_ink


def test_files_of_the_same_name_are_kept_apart(reader):
    documents = reader.read([("a.pdf", ORDINARY), ("a.pdf", b"junk"), ("a.pdf", b"")]).documents
    assert documents.unopened == {"a.pdf (2)": Unopened.DAMAGED, "a.pdf (3)": Unopened.EMPTY}
    assert [p.attachment for p in documents.pages] == ["a.pdf"]


def test_a_killed_server_is_started_again(reader):
    reader.read([("a.pdf", ORDINARY)])
    reader._sandbox._server.kill()
    reader._sandbox._server.wait()
    assert reader.read([("a.pdf", ORDINARY)]).documents.pages


def test_readings_at_once_do_not_disturb_each_other(reader):
    results: dict[int, int] = {}

    def read(n: int) -> None:
        content = files.self_recursive_form() if n % 3 == 0 else ORDINARY
        results[n] = len(
            [p for p in reader.read([(f"{n}.pdf", content)]).documents.pages if p.image_sha256]
        )

    threads = [threading.Thread(target=read, args=(n,)) for n in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert [results[n] for n in (1, 2, 4, 5)] == [1, 1, 1, 1]
