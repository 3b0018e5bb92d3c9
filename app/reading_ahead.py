"""Reading for the portal: requests that an enterprise checks before sending (先查后发), and papers
of registrations."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from app.wiring import Wiring
from core.cases.desk import Desk
from mail_intake.mail_reading import ReadMail
from papers.paper_reading import DocumentReader, Reading
from web.common.site import Reads

MAX_WALL_S = 90.0
MAX_BYTES = 96 * 2**20
MAX_FILES = 2
NICE = 10  # so that mails go first
IDLE_S = 300.0
"""After this time without a file, the reader ends and frees 500 MB. The next file then waits two
seconds for the models."""
FILE_NAME = "材料"
"""For a paper, in place of the name that the enterprise gave it."""


class EndWhenIdle:
    """Calls `end` after `after_s` without use, to free a reader's memory. The reader starts again
    by itself at its next use. One use at a time, as web.common.site has it (`checks`)."""

    def __init__(self, end: Callable[[], None], after_s: float) -> None:
        self._end, self._after_s = end, after_s
        self._turn = threading.Lock()
        self._timer = threading.Timer(after_s, end)

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        """The reader is in use while the block runs."""
        with self._turn:
            self._timer.cancel()
            try:
                yield
            finally:
                self._timer = threading.Timer(self._after_s, self._end_in_turn)
                self._timer.daemon = True
                self._timer.start()

    def _end_in_turn(self) -> None:
        with self._turn:
            self._end()

    def close(self) -> None:
        """End the reader, also one that reads."""
        self._timer.cancel()
        self._end()


@contextlib.contextmanager
def reading_ahead(wiring: Wiring, desk: Desk) -> Iterator[Reads]:
    """The portal's reader, while the block runs. It reads requests as the intake does, but without
    a check of the sender, in one worker that starts with the first file."""
    # pictures for papers of registrations; `read_mail` still refuses pictures as configured
    settings = replace(
        wiring.document_settings(),
        allow_images=True,
        workers=1,
        mail_files=MAX_FILES,
        mail_wall_s=MAX_WALL_S,
        mail_bytes=MAX_BYTES,
        nice=NICE,
    )
    reader = DocumentReader(settings)
    read = wiring.reading(reader)
    end_when_idle = EndWhenIdle(reader.close, IDLE_S)

    def read_mail(raw: bytes) -> ReadMail:
        with end_when_idle.used():
            return read(raw, desk.now())

    def read_paper(content: bytes) -> Reading:
        with end_when_idle.used():
            return reader.read([(FILE_NAME, content)])

    with contextlib.closing(end_when_idle):
        yield Reads(read_mail, read_paper)
