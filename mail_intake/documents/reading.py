"""Reads the documents of a mail: files in, `Documents` and page pictures out. Never raises for what a sender sent.

Each file is opened in a bounded child process (sandbox), each page read by a worker with loaded models (workers), or in this process when an Ocr is
passed in. What could not be opened or read is told as such, never as absence.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Final

from core.cases.submission import Documents, Page, Part, Seal, Unopened
from mail_intake.documents.ocr_models import Ocr
from mail_intake.documents.page_reading import PageReading, decode, read_page, read_page_unread, with_image
from mail_intake.documents.sandbox import PdfSandbox, RawFile, RawPage
from mail_intake.documents.signed import signature_note
from mail_intake.documents.workers import Workers

_PAGE_WALL_S: Final = 60.0
_HEADER_WITHIN: Final = 1024
_IMAGE_STARTS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"BM", b"GIF8", b"RIFF", b"\x00\x00\x00\x0cjP  ")


@dataclass(frozen=True, slots=True)
class DocumentSettings:
    """Limits of reading. `wall_s`, `cpu_s`, `memory_bytes` bound the child of one file; `workers` is the number of reading processes."""

    max_bytes: int = 25 * 2**20
    max_pages: int = 20
    max_pixels: int = 12_000_000
    dpi: int = 200
    wall_s: float = 30.0
    cpu_s: float = 20.0
    memory_bytes: int = 3 * 2**29
    ocr: bool = True
    allow_images: bool = False
    workers: int = 1
    page_wall_s: float = _PAGE_WALL_S


@dataclass(slots=True)
class Reading:
    """What was read. `images`: upright page pictures (JPEG) by SHA-256, to which Page.image_sha256 refers."""

    documents: Documents
    images: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Job:
    """One page on its way."""

    attachment: str
    raw: RawPage
    result: "Future[PageReading | None]"


class DocumentReader:
    """Reads files of mails. Safe between threads; starts its processes when first needed; `close` ends them."""

    def __init__(self, settings: DocumentSettings, ocr: Ocr | None = None) -> None:
        self._settings = settings
        self._ocr = ocr
        self._sandbox = PdfSandbox()
        self._workers = Workers(max(1, settings.workers), settings.page_wall_s)

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        """Everything on the pages of the files (attachment name, content), read together."""
        started = time.perf_counter()
        unopened: dict[str, Unopened] = {}
        jobs: list[_Job] = []
        signed: dict[str, str] = {}
        for name, data in _distinct_names(files):
            raw = self._open(data)
            signed[name] = signature_note(data)
            if raw.unopened is not None:
                unopened[name] = raw.unopened
            jobs += [_Job(name, page, self._start(name, page)) for _, page in sorted(raw.pages.items())]
        drawn_ms = (time.perf_counter() - started) * 1000
        return _gathered(jobs, unopened, drawn_ms, signed)

    def close(self) -> None:
        """Ends the reading processes."""
        self._workers.close()
        self._sandbox.close()

    def _open(self, data: bytes) -> RawFile:
        """The pages of one file, or why there are none."""
        settings = self._settings
        if not data.strip(b"\x00 \r\n\t"):
            return RawFile(unopened=Unopened.EMPTY)
        if len(data) > settings.max_bytes:
            return RawFile(unopened=Unopened.TOO_LARGE)
        image = b"%PDF-" not in data[:_HEADER_WITHIN] and data.startswith(_IMAGE_STARTS)
        if image and not settings.allow_images:
            return RawFile(unopened=Unopened.DAMAGED)
        limits = {
            "max_pages": settings.max_pages,
            "max_pixels": settings.max_pixels,
            "dpi": settings.dpi,
            "wall_s": settings.wall_s,
            "cpu_s": settings.cpu_s,
            "memory_bytes": settings.memory_bytes,
            "image": image,
        }
        try:
            return self._sandbox.read(data, limits)
        except OSError:
            return RawFile(unopened=Unopened.LIMIT)

    def _start(self, name: str, raw: RawPage) -> "Future[PageReading | None]":
        """Begins to read a page: by a worker, by the Ocr passed in, or not at all."""
        number = raw.number + 1
        if self._settings.ocr and self._ocr is None:
            return self._workers.submit(raw, name) if raw.picture else _done(None)
        try:
            return _done(self._read_here(name, number, raw))
        except Exception:  # noqa: BLE001  whatever a strange page does to the reader, it is one page in doubt
            return _done(None)

    def _read_here(self, name: str, number: int, raw: RawPage) -> PageReading | None:
        """A page read in this process."""
        image = decode(raw.picture)
        if image is None:
            return None
        if self._ocr is None or not self._settings.ocr:
            return read_page_unread(image, name, number, raw.pictures)
        return read_page(self._ocr, image, name, number, raw.words, raw.pictures)


def _done(reading: PageReading | None) -> "Future[PageReading | None]":
    future: Future[PageReading | None] = Future()
    future.set_result(reading)
    return future


def _distinct_names(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The files with names made distinct by a number, since `unopened` is told by name."""
    seen: dict[str, int] = {}
    out = []
    for name, data in files:
        seen[name] = seen.get(name, 0) + 1
        out.append((name if seen[name] == 1 else f"{name} ({seen[name]})", data))
    return out


def _gathered(jobs: Sequence[_Job], unopened: Mapping[str, Unopened], drawn_ms: float, signed: Mapping[str, str]) -> Reading:
    """All pages together, in order of files and pages. `signed`: the note for the first page of a file, or ""."""
    pages: list[Page] = []
    parts: list[Part] = []
    seals: list[Seal] = []
    images: dict[str, bytes] = {}
    timing = {"pages": drawn_ms, "ocr": 0.0, "seals": 0.0}
    for job in jobs:
        reading = job.result.result() or _unread(job)
        if reading.image:
            sha256 = hashlib.sha256(reading.image).hexdigest()
            images[sha256] = reading.image
            reading = with_image(reading, sha256)
        pages.append(_noted(reading.page, signed[job.attachment]))
        parts += reading.parts
        seals += reading.seals
        for stage, ms in reading.timing_ms.items():
            timing[stage] = timing.get(stage, 0.0) + ms
    return Reading(Documents(tuple(pages), tuple(parts), tuple(seals), dict(unopened), {k: round(v, 1) for k, v in timing.items()}), images)


def _noted(page: Page, note: str) -> Page:
    """The page with the note before its words, if it is the first of its file."""
    return replace(page, text=f"{note}\n{page.text}".rstrip()) if note and page.number == 1 else page


def _unread(job: _Job) -> PageReading:
    """A page that could not be drawn or read: nothing on it is known, so any ink may be there."""
    page = Page(job.attachment, job.raw.number + 1, confident=False, colour=False, seal_ink=True)
    return PageReading(page, image=job.raw.picture)
