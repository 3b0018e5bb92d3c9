"""Changes of contact addresses in the store. The addresses stand sealed."""

from datetime import datetime

from sqlalchemy import false, func, or_, select

from core.data.contact import ContactChange
from core.store.repositories.store_rows import SealedRecords
from core.store.tables.enterprise_tables import contact_changes, links

MOST_OF_ENTERPRISE = 50


class ContactRows(SealedRecords[ContactChange]):
    """The changes of contact addresses in a transaction."""

    kind = ContactChange
    table = contact_changes

    def add(self, change: ContactChange) -> int:
        return self.insert_numbered(change).id

    def save(self, change: ContactChange) -> None:
        self.update(change)

    def by_link(self, link_id: int) -> ContactChange | None:
        """The change that one of its two links belongs to."""
        of_link = (contact_changes.c.link_id, contact_changes.c.objection_id)
        return self.first(self.query(or_(*(column == link_id for column in of_link))))

    def of_enterprise(self, enterprise_id: int) -> list[ContactChange]:
        """The latest changes that were requested, newest first."""
        its = contact_changes.c.enterprise_id == enterprise_id
        return self.newest(its, limit=MOST_OF_ENTERPRISE)

    def drop_closed(self, closed_before: datetime) -> None:
        """Forget changes whose links all ran out before then."""
        usable = select(links.c.id).where(links.c.expires_at >= closed_before)
        open_ones = contact_changes.c.link_id.in_(usable) | contact_changes.c.objection_id.in_(
            usable
        )
        self.delete(contact_changes, ~func.coalesce(open_ones, false()))
