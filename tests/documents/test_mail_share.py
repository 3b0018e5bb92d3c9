"""One mail has a share of files, pages and time; what lies beyond it is told as unread,
which is doubt and never a rejection."""

import threading
import time

import pytest

from core.cases.letters.words import text_of
from core.data.documents import Unopened
from core.data.finding import Decision
from papers.page.workers import Workers
from papers.paper_reading import DocumentReader, DocumentSettings
from tests.documents.files import blank_pdf
from tests.documents.in_process import InProcess
from tests.validators.builders import attachment, complete_submission, message
from validators.check import check

BROKEN = b"%PDF-1.7\ngarbage\n%%EOF"


def reader_with(**limits):
    return DocumentReader(DocumentSettings(**limits), InProcess())


@pytest.fixture
def reading_of():
    readers = []

    def read(files, **limits):
        readers.append(reader_with(**limits))
        return readers[-1].read(files).documents

    yield read
    for reader in readers:
        reader.close()


def test_a_thousand_broken_files_are_told_and_few_are_opened(reading_of):
    files = [(f"{n}.pdf", BROKEN) for n in range(1000)]
    read = reading_of(files)
    assert sum(reason is Unopened.DAMAGED for reason in read.unopened.values()) == 20
    assert sum(reason is Unopened.UNREAD for reason in read.unopened.values()) == 980
    judged = check(
        complete_submission(message([attachment(name) for name, _ in files]), documents=read)
    )
    assert judged.decision is Decision.QUEUE
    assert any(
        "未能在限定时间内读完" in text_of(f)
        for f in judged.findings
        if f.code == "document.unreadable"
    )
    assert len(judged.findings) < 30


def test_no_further_file_is_opened_when_the_pages_are_used_up(reading_of):
    read = reading_of([(f"{n}.pdf", blank_pdf(3)) for n in range(4)], mail_pages=5)
    assert [p.attachment for p in read.pages] == ["0.pdf"] * 3 + ["1.pdf"] * 3
    assert read.unopened == {"2.pdf": Unopened.UNREAD, "3.pdf": Unopened.UNREAD}


def test_what_is_known_without_opening_is_told_beyond_the_share_too(reading_of):
    read = reading_of(
        [("a.pdf", blank_pdf()), ("b.pdf", b""), ("c.pdf", bytes(5000) + b"x")],
        mail_files=1,
        max_bytes=4000,
    )
    assert read.unopened == {"b.pdf": Unopened.EMPTY, "c.pdf": Unopened.TOO_LARGE}


def test_pages_that_are_not_read_in_time_are_doubt(monkeypatch):
    let_go = threading.Event()

    def by_a_slow_worker(*_of):
        let_go.wait(120)

    monkeypatch.setattr(Workers, "_by_worker", by_a_slow_worker)
    reader = DocumentReader(DocumentSettings(mail_wall_s=1.0))
    began = time.monotonic()
    read = reader.read([("a.pdf", blank_pdf(2)), ("b.pdf", blank_pdf(1))]).documents
    took = time.monotonic() - began
    let_go.set()
    reader.close()
    assert took < 60
    assert read.unopened["a.pdf"] is Unopened.UNREAD
    assert [p.confident for p in read.pages] == [False] * len(read.pages)
    judged = check(
        complete_submission(message([attachment("a.pdf"), attachment("b.pdf")]), documents=read)
    )
    assert judged.decision is Decision.QUEUE
