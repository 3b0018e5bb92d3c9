"""Makes the readers of documents from the settings: the one of the mails, and the small one that looks at a file before it is sent."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from app.config import Config
from app.entrance import signature_roots
from app.wiring import Wiring
from core.cases.desk import Desk
from mail_intake.documents.opening.processes import Confine
from mail_intake.documents.reading import DocumentReader, DocumentSettings
from mail_intake.intake import read_submission
from web.site import Reads

AHEAD_WALL_S: Final = 90.0
AHEAD_BYTES: Final = 96 * 2**20
AHEAD_FILES: Final = 2
AHEAD_NICE: Final = 10
PAPER: Final = "材料"


def document_settings(config: Config, *, images: bool | None = None) -> DocumentSettings:
    """The limits of reading as configured. `images`: pictures too, by default as configured."""
    zone = config.settings.documents
    return DocumentSettings(
        max_bytes=zone.max_file_bytes, max_pages=zone.max_pages, wall_s=zone.wall_s,
        cpu_s=zone.cpu_s, memory_bytes=zone.memory_bytes, workers=zone.workers, page_wall_s=zone.page_wall_s, confine=Confine(zone.confine),
        signature_roots=signature_roots(config),
        mail_files=zone.mail_files, mail_pages=zone.mail_pages, mail_wall_s=zone.mail_wall_s,
        allow_images=config.settings.rules.allow_images if images is None else images,
    )  # fmt: skip


@contextlib.contextmanager
def reading_ahead(wiring: Wiring, desk: Desk) -> Iterator[Reads]:
    """Reads a request before it is sent, as the intake would, while the block runs: by one worker that stands back for those of the mails.

    Its processes start with the first file. Whether the sender is who From says is not looked at: there is no sender yet.
    """
    settings = replace(
        document_settings(wiring.config), workers=1, mail_files=AHEAD_FILES, mail_wall_s=AHEAD_WALL_S, mail_bytes=AHEAD_BYTES, nice=AHEAD_NICE,
    )
    settings = replace(settings, allow_images=True)  # papers of registrations may be pictures; which attachments of a mail count is said below
    own, images, words = wiring.config.settings.mailbox.own_addresses, wiring.config.settings.rules.allow_images, wiring.own_words()
    with contextlib.closing(DocumentReader(settings)) as reader:
        yield Reads(
            lambda raw: read_submission(raw, desk.clock.now(), own, reader, allow_images=images, own_words=words),
            lambda content: reader.read([(PAPER, content)]),
        )
