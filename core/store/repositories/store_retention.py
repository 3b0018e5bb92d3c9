"""What is due to be removed, and the removal of mails (core.cases.upkeep.retention)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from core.data.mail_record import Disposition, MailRecord
from core.store.repositories.store_cases import in_no_kept_case
from core.store.repositories.store_mails import MailRows
from core.store.tables.mail_tables import IN_BOX, images, mail_bodies, mails, page_images


class RetainedMailRows(MailRows):
    """The mails of a transaction, with what retention asks of them."""

    def to_purge(self, arrived_before: datetime, limit: int) -> list[MailRecord]:
        old = (
            (mails.c.arrived < arrived_before)
            & in_no_kept_case(mails.c.case_id)
            & mails.c.purged_at.is_(None)
        )
        return self._mails_where(old & (mails.c.disposition != Disposition.RECEIVED.value), limit)

    def unpurged(self, after: int, limit: int) -> list[MailRecord]:
        return self._mails_where((mails.c.id > after) & mails.c.purged_at.is_(None), limit)

    def purge(self, mail_ids: Collection[int], at: datetime) -> None:
        for record in self._mails_where(mails.c.id.in_(mail_ids), len(mail_ids)):
            self.save(replace(record, sender="", subject="", message_id="", note="", unread=False))
        self.connection.execute(
            mails.update()
            .where(mails.c.id.in_(mail_ids))
            .values(reading=None, sender_key=None, purged_at=at)
        )
        self.connection.execute(mail_bodies.delete().where(mail_bodies.c.mail_id.in_(mail_ids)))
        self._drop_images(mail_ids)

    def purged_in_box(self, mailbox: str, limit: int) -> list[MailRecord]:
        return self._mails_where((mails.c.mailbox == mailbox) & IN_BOX, limit)

    def mark_removed(self, mail_ids: Collection[int]) -> None:
        self.connection.execute(mails.update().where(mails.c.id.in_(mail_ids)).values(removed=True))

    def _drop_images(self, mail_ids: Collection[int]) -> None:
        """The page images of mails, but for those that another mail shows too:
        one PDF may be sent twice."""
        mine = page_images.c.mail_id.in_(mail_ids)
        seen = set(self.connection.scalars(select(page_images.c.sha256).where(mine)))
        self.connection.execute(page_images.delete().where(mine))
        shared = set(
            self.connection.scalars(
                select(page_images.c.sha256).where(page_images.c.sha256.in_(seen))
            )
        )
        self.connection.execute(images.delete().where(images.c.sha256.in_(seen - shared)))
