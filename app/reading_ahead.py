"""The reader that looks at a file before it is sent."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from app.wiring import Wiring
from core.cases.desk import Desk
from mail_intake.mail_reading import ReadMail, read_submission
from papers.paper_reading import DocumentReader, Reading
from web.common.site import Reads

AHEAD_WALL_S: Final = 90.0
AHEAD_BYTES: Final = 96 * 2**20
AHEAD_FILES: Final = 2
AHEAD_NICE: Final = 10
AHEAD_IDLE_S: Final = 300.0
"""Then its 500 MB are given back; the next file waits two seconds for the models."""
PAPER: Final = "材料"


class Resting:
    """Ends a reader, which takes memory, after some time without use; the next use starts it again.

    Safe between threads.
    """

    def __init__(self, end: Callable[[], None], after_s: float) -> None:
        self._end, self._after_s = end, after_s
        self._lock = threading.Lock()
        self._users = 0
        self._timer: threading.Timer | None = None

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        """A use, for as long as the block runs."""
        with self._lock:
            self._users += 1
            self._forget_timer()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._timer = threading.Timer(self._after_s, self._rest)
                    self._timer.daemon = True
                    self._timer.start()

    def close(self) -> None:
        with self._lock:
            self._forget_timer()
            self._end()

    def _rest(self) -> None:
        with self._lock:  # held meanwhile, so that nobody begins to use what is ending
            if not self._users:
                self._end()

    def _forget_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


@contextlib.contextmanager
def reading_ahead(wiring: Wiring, desk: Desk) -> Iterator[Reads]:
    """Reads a request before it is sent, as the intake would, while the block runs: by one worker
    that stands back for those of the mails.

    Its processes start with the first file and end when none came for AHEAD_IDLE_S.
    Whether the sender is who From says is not looked at: there is no sender yet.
    """
    # papers of registrations may be pictures; which attachments of a mail count is said below
    usual = wiring.document_settings(images=True)
    settings = replace(
        usual,
        workers=1,
        mail_files=AHEAD_FILES,
        mail_wall_s=AHEAD_WALL_S,
        mail_bytes=AHEAD_BYTES,
        nice=AHEAD_NICE,
    )
    own, images, words = (
        wiring.config.settings.mailbox.own_addresses,
        wiring.config.settings.rules.allow_images,
        wiring.own_words(),
    )
    reader = DocumentReader(settings)

    def mail(raw: bytes) -> ReadMail:
        with resting.used():
            return read_submission(
                raw, desk.clock.now(), own, reader, allow_images=images, own_words=words
            )

    def paper(content: bytes) -> Reading:
        with resting.used():
            return reader.read([(PAPER, content)])

    with contextlib.closing(Resting(reader.close, AHEAD_IDLE_S)) as resting:
        yield Reads(mail, paper)
