"""Senders whose mails a person does not want to see: for BLOCKED_DAYS their mails open nothing and
wait for nobody.

A forger of an address must not cost its owner a request: a block for a mail that nobody vouches for
stops no proved one, and the proved mail of a registered contact is never blocked. What was put
aside can be read again, one by one, once the block is lifted.
"""

from datetime import timedelta

from core.cases.desk import DeskStep, one_step
from core.data.mail_record import BlockedSender
from core.data.submission import Message
from core.errors import NotAllowed
from core.store.store import Transaction

BLOCKED_DAYS = 30
MOST_BLOCKED = 200


@one_step
def block(tx: DeskStep, mail_id: int, actor: str) -> None:
    """Block the sender of a mail. Raises NotAllowed for a registered contact, and for too many."""
    record = tx.mails.get(mail_id)
    sender = record.sender
    if not sender:
        raise NotAllowed("这封邮件没有可以屏蔽的发件人。")
    if tx.accounts.names_of_contact(sender):
        raise NotAllowed("此邮箱是企业的登记联系邮箱，不能屏蔽。")
    tx.blocked.drop_ended()
    if tx.blocked.of(sender) is None and len(tx.blocked.newest()) >= MOST_BLOCKED:
        raise NotAllowed(f"最多屏蔽 {MOST_BLOCKED} 个发件人，请先解除不再需要的。")
    until = tx.now + timedelta(days=BLOCKED_DAYS)
    tx.blocked.add(BlockedSender(0, sender, tx.now, until, actor, record.proved))
    tx.audit.write(actor, "mail.blocked", mail=mail_id)


@one_step
def unblock(tx: DeskStep, blocked_id: int, actor: str) -> None:
    """Lift a block. Raises LookupError."""
    tx.blocked.remove(id=tx.blocked.get(blocked_id).id)
    tx.audit.write(actor, "mail.unblocked", detail=blocked_id)


def is_blocked(tx: Transaction, message: Message) -> bool:
    """Whether a mail's sender is blocked, and the mail is none that no block stops."""
    block = tx.blocked.of(message.sender)
    if block is None or not message.proved:
        return block is not None
    return block.proved and not tx.accounts.names_of_contact(message.sender)
