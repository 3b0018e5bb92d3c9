"""Reads the documents of a mail: files in, `Documents` and page pictures out.

Never raises for what a sender sent.

Each file is opened in a bounded child process (sandbox), each page read by a worker with loaded
models (workers). What could not be opened or read is reported as such, never as absence. One mail
has a share of files, pages and time, so that a mail of a thousand files holds up no other; what
lies beyond its share is unread, which is doubt.
"""

import functools
import hashlib
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from core.data.documents import Documents, Page, Part, Seal, Signature, Unopened
from core.enterprise_names import fold_name
from core.settings import setting
from papers.content_kind import is_image
from papers.opening.processes import Confine, Confinement
from papers.opening.sandbox import PdfSandbox, RawFile, RawPage
from papers.page.page_reading import PageReading, with_images
from papers.page.workers import WORKER, Workers
from papers.seals.asking import with_answer
from papers.seals.cuts import SealCut
from papers.signatures.signed import signatures_of

_MOST_NAMES = 4  # of one mail, that its seals are asked for
_MOST_SEALS = 8  # that are asked; of the others the reading counts
_HEADER_WITHIN = 1024
_OF_A_CHILD = ("max_pages", "max_pixels", "dpi", "cpu_s", "memory_bytes")  # its settings
ENCLOSED = "（内嵌的文件）"


@dataclass(frozen=True)
class DocumentSettings:
    """Limits of reading (config.yaml, section `documents`).

    `wall_s`, `cpu_s`, `memory_bytes` bound the child of one file.

    `mail_files`: so many files of one mail are opened; `mail_pages`: no further file is opened when
    so many pages were found; `mail_wall_s`: seconds for the whole mail. `answer_bytes`,
    `mail_bytes`: what children may report of one file, pictures of one mail. `worker`: the module
    of a reading worker, which chooses the OCR. `signature_roots`: certificates (DER) that vouch for
    the signers of electronic signatures. `nice`: by how much the reading stands back for other work
    of the machine.
    """

    max_bytes: int = setting(
        25 * 2**20,
        "bytes of one attachment; over it: attachment.too_large",
        example="20971520",
        ge=1024,
    )
    max_pages: int = setting(
        20, "pages of one PDF; over it: attachment.too_many_pages", ge=1, le=200
    )
    max_pixels: int = 12_000_000
    dpi: int = 200
    wall_s: float = 30.0
    cpu_s: float = 20.0
    memory_bytes: int = 3 * 2**29
    allow_images: bool = False
    workers: int = 1
    worker: str = WORKER
    page_wall_s: float = 60.0
    mail_files: int = 20
    mail_pages: int = 60
    mail_wall_s: float = 180.0
    answer_bytes: int = 128 * 2**20
    mail_bytes: int = 512 * 2**20
    confine: Confine = setting(
        Confine.IF_POSSIBLE,
        "isolate (bubblewrap) what opens strangers' files. "
        "require: refuse to start, or to open a file, where that cannot be done: set "
        "it in production. if_possible: go on without, and say so in log, doctor and /health: "
        "a first try needs no apt",
        example="require",
    )
    signature_roots: tuple[bytes, ...] = ()
    nice: int = 0


@dataclass(slots=True)
class Reading:
    """The result of reading.

    `images`: pictures (JPEG) by SHA-256, to which the pages, parts and seals refer.

    `ask`: asks the seals for names, those of enterprises that the mail or its papers give,
    once these are known.
    """

    documents: Documents
    images: Mapping[str, bytes] = field(default_factory=dict)
    ask: "Callable[[Sequence[str]], Reading] | None" = None

    def with_checked_seals(self, names: Iterable[str]) -> "Reading":
        """The reading with the answers of its seals to these names."""
        folded = [name for name in dict.fromkeys(map(fold_name, names)) if name]
        return self.ask(folded) if self.ask is not None and folded else self


@dataclass(slots=True)
class _Job:
    """One page and its reading to come: None for a page that cannot be read."""

    attachment: str
    raw: RawPage
    result: "Future[PageReading | None] | None"


@dataclass(slots=True)
class _Share:
    """The resources that one mail may still use."""

    files: int
    pages: int
    size: int
    until: float

    @property
    def left_s(self) -> float:
        return self.until - time.monotonic()

    @property
    def is_used_up(self) -> bool:
        return min(self.files, self.pages, self.size, self.left_s) <= 0


class DocumentReader:
    """Reads files of mails.

    Safe between threads; starts its processes when first needed; `close` ends them.

    Raises ConfigError where a sandbox is required and does not work.
    """

    def __init__(self, settings: DocumentSettings, workers: Workers | None = None) -> None:
        self._settings = settings
        confinement = Confinement(settings.confine, nice=settings.nice)
        confinement.check()
        self._sandbox = PdfSandbox(confinement)
        self._workers = workers or Workers(
            max(1, settings.workers), settings.page_wall_s, confinement, settings.worker
        )

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        """Everything on the pages of the files (attachment name, content), read together."""
        began = time.perf_counter()
        settings = self._settings
        share = _Share(
            settings.mail_files,
            settings.mail_pages,
            settings.mail_bytes,
            time.monotonic() + settings.mail_wall_s,
        )
        unopened: dict[str, Unopened] = {}
        jobs: list[_Job] = []
        signatures: list[Signature] = []
        for name, (_, data) in zip(distinct_names(name for name, _ in files), files, strict=True):
            raw = self._open(data, share)
            signatures += signatures_of(name, data, raw.signatures)
            unopened |= _unreported(name, raw)
            for _, page in sorted(raw.pages.items()):
                result = self._workers.submit(page, name) if page.picture else None
                jobs.append(_Job(name, page, result))
        drawn_ms = (time.perf_counter() - began) * 1000
        reading, cuts = _gathered(jobs, unopened, drawn_ms, signatures, share)
        if cuts:
            reading.ask = functools.partial(self._with_answers, reading, cuts, share)
        return reading

    def _with_answers(
        self, reading: Reading, cuts: Mapping[int, SealCut], share: _Share, names: Sequence[str]
    ) -> Reading:
        """The reading with what its seals (by their number) answer to names.

        Unchanged where they could not be asked in time.
        """
        began = time.perf_counter()
        chosen = dict(itertools.islice(cuts.items(), _MOST_SEALS))
        waiting = self._workers.ask(list(chosen.values()), names[:_MOST_NAMES])
        try:
            answers = waiting.result(max(0.0, share.left_s))
        except TimeoutError:
            waiting.cancel()
            return reading
        if answers is None:
            return reading
        images, seals = dict(reading.images), list(reading.documents.seals)
        for number, answer in zip(chosen, answers, strict=True):
            seals[number] = with_answer(seals[number], answer, _stored(images, answer.unrolled))
        timing = dict(reading.documents.timing_ms)
        timing["seals"] = round(timing["seals"] + (time.perf_counter() - began) * 1000, 1)
        return Reading(replace(reading.documents, seals=tuple(seals), timing_ms=timing), images)

    def close(self) -> None:
        """Ends the reading processes."""
        self._workers.close()
        self._sandbox.close()

    def _open(self, data: bytes, share: _Share) -> RawFile:
        """The pages of one file, or why there are none."""
        image = is_image(data) and b"%PDF-" not in data[:_HEADER_WITHIN]
        refused = self._refused(data, image=image)
        if refused is None and share.is_used_up:
            refused = Unopened.UNREAD
        if refused is not None:
            return RawFile(unopened=refused)
        try:
            raw = self._sandbox.read(data, self._limits(share, image=image))
        except OSError:
            raw = RawFile(unopened=Unopened.LIMIT)
        share.files -= 1
        share.pages -= len(raw.pages)
        share.size -= sum(len(page.picture) for page in raw.pages.values())
        if raw.unopened is Unopened.LIMIT and share.left_s <= 0:
            raw.unopened = Unopened.UNREAD
        return raw

    def _refused(self, data: bytes, *, image: bool) -> Unopened | None:
        """Why a file is not opened at all."""
        if not data.strip(b"\x00 \r\n\t"):
            return Unopened.EMPTY
        if len(data) > self._settings.max_bytes:
            return Unopened.TOO_LARGE
        return Unopened.DAMAGED if image and not self._settings.allow_images else None

    def _limits(self, share: _Share, *, image: bool) -> dict[str, object]:
        settings = self._settings
        return {
            **{name: getattr(settings, name) for name in _OF_A_CHILD},
            "wall_s": max(0.1, min(settings.wall_s, share.left_s)),
            "answer_bytes": min(settings.answer_bytes, share.size),
            "image": image,
            "signature_roots": [root.hex() for root in settings.signature_roots],
        }


def distinct_names(names: Iterable[str]) -> list[str]:
    """The names, each that came before with the first free number, since pages and what is unopened
    are reported by the name of their file."""
    unique: dict[str, None] = {}
    for name in names:
        free, number = name, 2
        while free in unique:
            free, number = f"{name} ({number})", number + 1
        unique[free] = None
    return list(unique)


def _unreported(name: str, raw: RawFile) -> dict[str, Unopened]:
    """The parts of a file that were not read, by the name under which they are reported: the file,
    or the files inside it."""
    found = {name: raw.unopened} if raw.unopened is not None else {}
    return found | ({name + ENCLOSED: Unopened.LIMIT} if raw.enclosed else {})


def _gathered(
    jobs: Sequence[_Job],
    unopened: dict[str, Unopened],
    drawn_ms: float,
    signatures: Sequence[Signature],
    share: _Share,
) -> tuple[Reading, dict[int, SealCut]]:
    """All pages together, in order of files and pages, and the cuts of seals that can be asked,
    by the number of the seal."""
    pages: list[Page] = []
    parts: list[Part] = []
    seals: list[Seal] = []
    images: dict[str, bytes] = {}
    cuts: dict[int, SealCut] = {}
    timing = {"pages": drawn_ms, "ocr": 0.0, "seals": 0.0}
    for job in jobs:
        reading = _waited_for(job, unopened, share) or _unread(job)
        reading = with_images(reading, functools.partial(_stored, images))
        pages.append(_in_doubt(reading.page) if job.raw.doubtful else reading.page)
        parts += reading.parts
        cuts |= {len(seals) + cut.seal: cut for cut in reading.cuts}
        seals += reading.seals
        for stage, ms in reading.timing_ms.items():
            timing[stage] = timing.get(stage, 0.0) + ms
    took_ms = {stage: round(ms, 1) for stage, ms in timing.items()}
    return Reading(
        Documents(tuple(pages), tuple(parts), tuple(seals), unopened, took_ms, tuple(signatures)),
        images,
    ), cuts


def _waited_for(job: _Job, unopened: dict[str, Unopened], share: _Share) -> PageReading | None:
    """The reading of a page that comes in time, unless its pictures are more than the mail may
    still keep."""
    if job.result is None:
        return None
    try:
        reading = job.result.result(max(0.0, share.left_s))
    except TimeoutError:
        job.result.cancel()
        unopened.setdefault(job.attachment, Unopened.UNREAD)
        return None
    if reading is None:
        return None
    cuts = sum(len(cut.picture) + len(cut.covered) for cut in reading.cuts)
    share.size -= len(reading.image) + len(reading.covered) + sum(map(len, reading.crops)) + cuts
    return reading if share.size >= 0 else None


def _stored(images: dict[str, bytes], picture: bytes) -> str:
    """The SHA-256 under which a picture is kept; "" for none."""
    if not picture:
        return ""
    sha256 = hashlib.sha256(picture).hexdigest()
    images[sha256] = picture
    return sha256


def _in_doubt(page: Page) -> Page:
    """The page, read well or not: more may be on it than its picture shows."""
    return replace(page, confident=False, blank=False)


def _unread(job: _Job) -> PageReading:
    """A page that could not be drawn or read: nothing on it is known, so any ink may be there."""
    page = Page(job.attachment, job.raw.number, confident=False, colour=False, seal_ink=True)
    return PageReading(page, image=job.raw.picture)
