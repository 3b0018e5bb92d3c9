"""Tells the registered contact what was done to the account in the portal:
a lock reported lost or found, a password changed.

The letter leaves in the transaction of the act. Its link takes nothing back, it freezes the account
and raises an alert: who did the act without the enterprise's knowledge holds its password or a lock
of it, and a person must look.
"""

from datetime import datetime, timedelta

from core.cases.desk import Desk
from core.cases.letters.objection import UNUSABLE, freeze, usable_link
from core.cases.letters.outbox import write_letter
from core.data.account_ports import LinkPurpose
from core.data.enterprise import Enterprise
from core.data.letter import LINK_PLACE, LetterFacts, LetterKind
from core.errors import NotAllowed
from core.store.store import Transaction


def notify(
    tx: Transaction, desk: Desk, enterprise: Enterprise, done: tuple[str, ...], now: datetime
) -> None:
    """Write the letter that says what was done; none where no address is registered."""
    if not enterprise.contact_email:
        return
    days = desk.settings.objection_days
    link = tx.links.add(
        LinkPurpose.ACCOUNT_OBJECTION, enterprise.id, None, now, now + timedelta(days=days)
    )
    facts = LetterFacts(
        enterprise_name=enterprise.name, done=done, link=LINK_PLACE, link_hours=days * 24
    )
    write_letter(
        tx, desk, LetterKind.ACCOUNT_NOTICE, facts, enterprise.contact_email, now, link=link
    )


def object_to_act(desk: Desk, token: str) -> None:
    """What the POST of the letter's link does. Raises NotAllowed for an unusable link."""
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        link = usable_link(tx, token, now)
        if link.purpose is not LinkPurpose.ACCOUNT_OBJECTION or not tx.links.use(link.id, now):
            raise NotAllowed(UNUSABLE)
        freeze(tx, link.enterprise_id, now)
        tx.audit.write(
            now, "registered contact", "account.objected", enterprise=str(link.enterprise_id)
        )
        name = tx.accounts.get(link.enterprise_id).name
        text = (
            f"{name}（企业编号 {link.enterprise_id}）的登记联系人对账号变动（挂失、密码等）"
            "提出异议：账号已冻结，请核实处理。"
        )
        tx.alerts.add(now, f"account.objected.{link.enterprise_id}", text)
