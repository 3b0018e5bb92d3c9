"""Changes of contact addresses in the store. The addresses stand sealed."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import false, func, or_, select

from core.data.contact import ContactChange
from core.store.repositories.store_rows import Rows
from core.store.rows import Sealed
from core.store.tables.enterprise_tables import contact_changes, links

_change = Sealed(ContactChange, "contact_changes.sealed")
_ROW = (contact_changes.c.id, contact_changes.c.sealed)
_LOOKED_AT = 50


class ContactRows(Rows):
    """The changes of contact addresses in a transaction."""

    def add(self, change: ContactChange) -> int:
        [change_id] = self.draw("contact_changes")
        change = replace(change, id=change_id)
        columns = {
            "enterprise_id": change.enterprise_id,
            "link_id": change.link_id,
            "objection_id": change.objection_id,
        }
        self.connection.execute(
            contact_changes.insert().values(
                id=change_id, sealed=self._sealed_change(change), **columns
            )
        )
        return change_id

    def by_link(self, link_id: int) -> ContactChange | None:
        query = select(*_ROW).where(
            or_(contact_changes.c.link_id == link_id, contact_changes.c.objection_id == link_id)
        )
        row = self.connection.execute(query).first()
        return _change.open(self.vault, row.sealed, row.id) if row else None

    def of_enterprise(self, enterprise_id: int) -> list[ContactChange]:
        query = (
            select(*_ROW)
            .where(contact_changes.c.enterprise_id == enterprise_id)
            .order_by(contact_changes.c.id.desc())
            .limit(_LOOKED_AT)
        )
        return [
            _change.open(self.vault, row.sealed, row.id) for row in self.connection.execute(query)
        ]

    def save(self, change: ContactChange) -> None:
        self.connection.execute(
            contact_changes.update()
            .where(contact_changes.c.id == change.id)
            .values(sealed=self._sealed_change(change))
        )

    def drop_closed(self, closed_before: datetime) -> None:
        usable = select(links.c.id).where(links.c.expires_at >= closed_before)
        open_ones = contact_changes.c.link_id.in_(usable) | contact_changes.c.objection_id.in_(
            usable
        )
        self.connection.execute(contact_changes.delete().where(~func.coalesce(open_ones, false())))

    def _sealed_change(self, change: ContactChange) -> bytes:
        return _change.seal(self.vault, change, change.id)
