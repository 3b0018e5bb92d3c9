"""Blocked senders in the store."""

from core.data.mail_record import BlockedSender
from core.store.repositories.store_rows import SealedRecords
from core.store.tables.case_tables import blocked_senders


class BlockedRows(SealedRecords[BlockedSender]):
    """The blocked senders in a transaction."""

    table = blocked_senders
    title = "屏蔽"
    acts = True

    def add(self, blocked: BlockedSender) -> BlockedSender:
        """Block a sender, in the place of an earlier block."""
        self.remove(sender=blocked.sender)
        return self.insert_numbered(blocked)

    def of(self, sender: str) -> BlockedSender | None:
        """The block of a sender that is in force."""
        its = self.matches(blocked_senders.c.sender_key, sender)
        return self.last(its, blocked_senders.c.until > self.now)

    def drop_ended(self) -> None:
        self.delete(blocked_senders, blocked_senders.c.until <= self.now)
