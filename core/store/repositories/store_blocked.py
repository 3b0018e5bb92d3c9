"""Blocked senders in the store."""

from datetime import datetime

from sqlalchemy import bindparam, select

from core.data.mail_record import BlockedSender
from core.store.repositories.store_rows import SealedRecords
from core.store.tables.mail_tables import blocked_senders

# What every mail asks is built once (see store_cases).
_IN_FORCE = select(blocked_senders.c.id, blocked_senders.c.sealed).where(
    blocked_senders.c.sender_key == bindparam("sender"),
    blocked_senders.c.until > bindparam("now"),
)


class BlockedRows(SealedRecords[BlockedSender]):
    """The blocked senders in a transaction."""

    kind = BlockedSender
    table = blocked_senders
    title = "屏蔽"
    acts = True

    def add(self, blocked: BlockedSender) -> BlockedSender:
        """Block a sender, in the place of an earlier block."""
        self.remove(blocked)
        return self.insert_numbered(blocked)

    def of(self, sender: str, now: datetime) -> BlockedSender | None:
        """The block of a sender that is in force."""
        return self.first(_IN_FORCE, sender=self.key(sender), now=now)

    def all(self) -> list[BlockedSender]:
        """All blocks, the newest first."""
        return self.newest()

    def remove(self, blocked: BlockedSender) -> None:
        self.delete(blocked_senders, self.matches(blocked_senders.c.sender_key, blocked.sender))

    def drop(self, now: datetime) -> None:
        """Forget those that ended."""
        self.delete(blocked_senders, blocked_senders.c.until <= now)
