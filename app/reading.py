"""The settings of the readers of documents, from those of the desk."""

from app.config import Config
from app.entrance import signature_roots
from mail_intake.documents.opening.processes import Confine
from mail_intake.documents.reading import DocumentSettings


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
