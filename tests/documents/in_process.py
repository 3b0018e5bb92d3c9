"""Reads pages in the test's own process, by an Ocr that it passes in."""

from collections.abc import Callable, Sequence
from typing import Any

from papers.lines.ocr_models import Ocr
from papers.lines.pictures import decode
from papers.opening.sandbox import RawPage
from papers.page.page_reading import PageReading, read_page
from papers.page.workers import Workers
from papers.seals.asking import SealAnswer, ask_seals
from papers.seals.cuts import SealCut
from tests.documents.fake_ocr import FakeOcr


class _Here:
    """In the place of a worker's process."""

    def __init__(self, ocr: Ocr) -> None:
        self._ocr = ocr

    def read(self, raw: RawPage, attachment: str, _wall_s: float) -> PageReading:
        image = decode(raw.picture)
        return read_page(
            self._ocr, image, attachment, raw.number, raw.words, raw.pictures, raw.grain
        )

    def ask(
        self, cuts: Sequence[SealCut], names: Sequence[str], _wall_s: float
    ) -> Sequence[SealAnswer]:
        return ask_seals(self._ocr, cuts, names)


class InProcess(Workers):
    """Workers without processes. Without an Ocr they read no word on any page."""

    def __init__(self, ocr: Ocr | None = None) -> None:
        super().__init__(1, 60.0)
        self._here = _Here(ocr or FakeOcr())

    def _by_worker(self, job: Callable[[Any], Any]) -> Any:
        try:
            return job(self._here)
        except Exception:  # noqa: BLE001  as a worker's: the page is in doubt
            return None
