"""Reads pages in the test's own process, by an Ocr that it passes in."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from papers.lines.ocr_models import Ocr
from papers.lines.pictures import decode
from papers.opening.processes import Confine, Confinement
from papers.opening.sandbox import RawPage
from papers.page.page_reading import PageReading, read_page
from papers.page.workers import Workers
from papers.seals.asking import SealAnswer, ask_seals
from papers.seals.cuts import SealCut
from tests.documents.fake_ocr import FakeOcr

T = TypeVar("T")


class InProcess(Workers):
    """Workers without processes. Without an Ocr they read no word on any page."""

    def __init__(self, ocr: Ocr | None = None) -> None:
        super().__init__(1, 60.0, Confinement(Confine.IF_POSSIBLE))
        self._ocr = ocr or FakeOcr()

    def submit(self, raw: RawPage, attachment: str) -> "Future[PageReading | None]":
        return self._threads.submit(_or_doubt, self._read, raw, attachment)

    def ask(
        self, cuts: Sequence[SealCut], names: Sequence[str]
    ) -> "Future[Sequence[SealAnswer] | None]":
        return self._threads.submit(_or_doubt, ask_seals, self._ocr, cuts, names)

    def _read(self, raw: RawPage, attachment: str) -> PageReading:
        return read_page(self._ocr, decode(raw.picture), attachment, raw)


def _or_doubt(job: Callable[..., T], *of: Any) -> T | None:
    """The job's result; None where it breaks, as a worker's: the page is in doubt."""
    try:
        return job(*of)
    except Exception:  # noqa: BLE001
        return None
