"""Reading for the portal: requests that an enterprise checks before sending (先查后发), and papers
of registrations."""

import contextlib
from collections.abc import Iterator
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
FILE_NAME = "材料"
"""For a paper, in place of the name that the enterprise gave it."""


@contextlib.contextmanager
def reading_ahead(wiring: Wiring, desk: Desk) -> Iterator[Reads]:
    """The portal's reader, while the block runs. It reads requests as the intake does, but without
    a check of the sender, one at a time (`checks` in web.common.site). Its processes start with a
    file, which takes two seconds, and end with it: they take 500 MB, and what one stranger's file
    did to them reaches nobody else's."""
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

    def read_mail(raw: bytes) -> ReadMail:
        with contextlib.closing(reader):
            return read(raw, desk.now())

    def read_paper(content: bytes) -> Reading:
        with contextlib.closing(reader):
            return reader.read([(FILE_NAME, content)])

    with contextlib.closing(reader):
        yield Reads(read_mail, read_paper)
