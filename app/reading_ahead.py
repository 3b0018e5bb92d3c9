"""The reader of files that the portal checks before they are sent."""

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
"""Without a file for so long, the reader ends and frees 500 MB; the next file waits two seconds for
the models."""
PAPER: Final = "材料"  # instead of a file name


class EndWhenIdle:
    """Ends a reader, which needs much memory, after `after_s` without use. Its next use starts it
    again. Threads may share it.
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
            self._cancel_timer()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._timer = threading.Timer(self._after_s, self._end_if_unused)
                    self._timer.daemon = True
                    self._timer.start()

    def close(self) -> None:
        with self._lock:
            self._cancel_timer()
            self._end()

    def _end_if_unused(self) -> None:
        with self._lock:  # until the end, so that no use begins while the reader ends
            if not self._users:
                self._end()

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


@contextlib.contextmanager
def reading_ahead(wiring: Wiring, desk: Desk) -> Iterator[Reads]:
    """Reads a request as the intake would, before it is sent, while the block runs. One worker of
    low priority does it, so that mails go first.

    Its processes start with the first file. The sender is not checked: there is none yet.
    """
    # pictures are read, because papers of registrations may be pictures; for mails, `mail` decides
    settings = replace(
        wiring.document_settings(images=True),
        workers=1,
        mail_files=AHEAD_FILES,
        mail_wall_s=AHEAD_WALL_S,
        mail_bytes=AHEAD_BYTES,
        nice=AHEAD_NICE,
    )
    own_addresses = wiring.config.settings.mailbox.own_addresses
    allow_images = wiring.config.settings.rules.allow_images
    own_words = wiring.own_words()
    reader = DocumentReader(settings)
    end_when_idle = EndWhenIdle(reader.close, AHEAD_IDLE_S)

    def mail(raw: bytes) -> ReadMail:
        with end_when_idle.used():
            return read_submission(
                raw,
                desk.clock.now(),
                own_addresses,
                reader,
                allow_images=allow_images,
                own_words=own_words,
            )

    def paper(content: bytes) -> Reading:
        with end_when_idle.used():
            return reader.read([(PAPER, content)])

    with contextlib.closing(end_when_idle):
        yield Reads(mail, paper)
