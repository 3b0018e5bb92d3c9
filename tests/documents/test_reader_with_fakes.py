"""The reader with an Ocr passed in: what a fake tells is what is read,
and one that breaks leaves the page in doubt."""

from papers.lines.ocr_models import Line
from papers.paper_reading import DocumentReader, DocumentSettings, distinct_names
from tests.documents.fake_ocr import FakeOcr
from tests.documents.in_process import InProcess
from tests.drawing.generate import invent_enterprise, invent_person, request_pdf

PDF = request_pdf(
    invent_enterprise(1), invent_person(1), parts=("id_front",), sealed=False, wear="clean", seed=1
)


class BrokenOcr(FakeOcr):
    def lines(self, image, quads=()):
        raise RuntimeError("broken")


def line(text: str, y: float) -> Line:
    return Line(((100, y), (900, y), (900, y + 40), (100, y + 40)), text, 0.99)


def read(ocr):
    reader = DocumentReader(DocumentSettings(), InProcess(ocr))
    try:
        return reader.read([("a.pdf", PDF)]).documents
    finally:
        reader.close()


def test_a_fake_tells_the_text() -> None:
    letter = (
        line("解绑申请书", 100),
        line("我单位因CA锁丢失申请解绑并重置注册密码请予以办理为盼谢谢领导", 200),
    )
    documents = read(FakeOcr(dict.fromkeys(range(1650, 1660), letter)))
    assert [p.kind for p in documents.parts] == ["request_letter"]


def test_a_broken_reader_leaves_the_page_in_doubt() -> None:
    [page] = read(BrokenOcr()).pages
    assert not page.confident
    assert page.seal_ink


def test_a_worker_that_cannot_start_leaves_the_page_in_doubt(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionError("no process")

    monkeypatch.setattr("papers.page.workers._Worker", refuse)
    [page] = read(None).pages
    assert not page.confident


def test_files_of_one_name_are_told_apart_whatever_else_is_named() -> None:
    assert distinct_names(["a", "a (2)", "a", "b", "a"]) == ["a", "a (2)", "a (3)", "b", "a (4)"]
