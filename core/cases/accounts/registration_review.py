"""What an administrator makes of a registration: its information and papers are right, or go back
with the reason (RULES.md section 7).

The registered contact is told by a letter that leaves in the transaction of the act: who registers
looks at the pages only when something is expected there. Its reason is the administrator's own
words; where no address is registered, the pages alone say it.
"""

from dataclasses import replace

from core.cases.desk import Desk
from core.cases.letters.outbox import write_letter
from core.data.enterprise import Enterprise
from core.data.letter import LetterFacts, LetterKind
from core.errors import NotAllowed
from core.store.store import Transaction


def accept_information(desk: Desk, actor: str, enterprise_id: int, reason: str) -> None:
    """The papers were looked at and are right.

    Raises NotAllowed where nothing waits to be looked at.
    """
    with desk.store.transaction() as tx:
        now, enterprise = desk.clock.now(), _submitted(tx, enterprise_id)
        tx.accounts.save(
            replace(
                enterprise, information_accepted_at=now, information_returned="", changed_at=now
            )
        )
        tx.audit.write(
            now, actor, "account.information_accepted", enterprise=str(enterprise_id), reason=reason
        )
        _tell(tx, desk, LetterKind.INFORMATION_ACCEPTED, enterprise)


def return_information(desk: Desk, actor: str, enterprise_id: int, reason: str) -> None:
    """The information goes back: it counts as not submitted until the enterprise submits it again.

    Raises NotAllowed likewise.
    """
    with desk.store.transaction() as tx:
        now, enterprise = desk.clock.now(), _submitted(tx, enterprise_id)
        returned = replace(
            enterprise,
            information_submitted=False,
            information_accepted_at=None,
            information_returned=reason,
            changed_at=now,
        )
        tx.accounts.save(returned)
        tx.audit.write(
            now, actor, "account.information_returned", enterprise=str(enterprise_id), reason=reason
        )
        _tell(tx, desk, LetterKind.INFORMATION_RETURNED, enterprise, reason)


def _submitted(tx: Transaction, enterprise_id: int) -> Enterprise:
    enterprise = tx.accounts.get(enterprise_id)
    if not enterprise.information_submitted:
        raise NotAllowed("企业尚未提交信息，或已退回。")
    return enterprise


def _tell(
    tx: Transaction, desk: Desk, kind: LetterKind, enterprise: Enterprise, reason: str = ""
) -> None:
    if enterprise.contact_email:
        write_letter(
            tx,
            desk,
            kind,
            LetterFacts(enterprise_name=enterprise.name, reason=reason),
            enterprise.contact_email,
            desk.clock.now(),
        )
