"""Page images of mails in the store, each once, whichever mails show it."""

from collections.abc import Collection, Mapping

from sqlalchemy import literal, select

from core.store.repositories.store_context import Rows
from core.store.tables.case_tables import images, page_images


class ImageRows(Rows):
    """The page images in a transaction."""

    def save(self, mail_id: int, pages: Mapping[str, bytes]) -> None:
        """The page images of a mail by their SHA-256; one that is stored already is kept."""
        if not pages:
            return
        known = select(images.c.sha256).where(images.c.sha256.in_(pages))
        for sha256 in pages.keys() - set(self.scalars(known)):
            sealed = self.seal(images.c.sealed, pages[sha256], sha256)
            self.execute(images.insert(), {"sha256": sha256, "sealed": sealed})
        self.assign(mail_id, pages)

    def assign(self, mail_id: int, sha256s: Collection[str]) -> None:
        """These page images, which are stored, are the mail's, and no others."""
        self.delete(page_images, page_images.c.mail_id == mail_id)
        stored = select(literal(mail_id), images.c.sha256).where(images.c.sha256.in_(sha256s))
        self.execute(page_images.insert().from_select(["mail_id", "sha256"], stored))

    def by_sha256(self, sha256: str) -> bytes | None:
        return self.opened(images.c.sealed, sha256)

    def remove_of(self, mail_ids: Collection[int]) -> None:
        """Remove the page images of mails. One that another mail shows, too, stays with it."""
        its = page_images.c.mail_id.in_(mail_ids)
        shown = set(self.scalars(select(page_images.c.sha256).where(its)))
        self.delete(page_images, its)
        shared = select(page_images.c.sha256).where(page_images.c.sha256.in_(shown))
        unused = images.c.sha256.in_(shown) & images.c.sha256.not_in(shared)
        self.delete(images, unused)
