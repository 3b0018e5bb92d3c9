"""A request handed in at the portal: a mail like any other, from the registered contact,
that came by no mailbox.

It is stored under a box of its own, whose uidvalidity is the enterprise. What the session says
stands for what the receiving server says of a mail, as far as the mail asks for that enterprise:
whoever registers an account may name anybody's address as its contact, and an agent is the contact
of several. All else is the intake's: the same reading, rules, letters and queue.
"""

from dataclasses import replace

from core.accounts.enterprises.enterprise_login import enterprise_of
from core.cases.desk import DeskStep, one_step
from core.clock import A_DAY
from core.data.audit_entry import ENTERPRISE
from core.data.case import Case
from core.data.mail_record import AuthResult, NewMail
from core.errors import NotAllowed
from core.locks.challenge import EnterpriseSession
from core.store.store import Transaction

PORTAL_BOX = "portal"
"""No mailbox has this name: those of servers contain an @, and a folder's is maildir."""
PROVED_BY = "企业登录门户后提交"
TAKEN_FOR_ANOTHER = "企业登录门户后提交，其后由人工改作其他企业的申请"
MOST_A_DAY = 10
HANDED_IN = "mail.handed_in"


@one_step
def hand_in(tx: DeskStep, session: EnterpriseSession, sender: str, raw: bytes) -> None:
    """Store the mail that the portal made of a request.

    `sender`: the contact address in its From.

    Raises EntryRefused for a session that ended, NotAllowed where the contact is another one
    by now, and beyond MOST_A_DAY.
    """
    enterprise = enterprise_of(tx, session)
    if enterprise.contact_email != sender:
        raise NotAllowed("联系邮箱已变更，请刷新页面后重新提交。")
    today = tx.audit.numbers(HANDED_IN, ENTERPRISE, tx.now - A_DAY)
    if today.count(enterprise.id) >= MOST_A_DAY:
        raise NotAllowed(f"24 小时内已提交 {MOST_A_DAY} 次。请等待办理结果，或以邮件补充。")
    uid = tx.mails.last_uid(PORTAL_BOX, enterprise.id) + 1
    mail = NewMail(
        PORTAL_BOX, enterprise.id, uid, tx.now, len(raw), raw, sender=sender, vouched=True
    )
    mail_id = tx.mails.add(mail)
    assert mail_id is not None, "its number is new"
    tx.mails.set_columns(mail_id, settled=True)
    tx.audit.write(ENTERPRISE, HANDED_IN, mail=mail_id, enterprise=enterprise.id)


def take_for_another(tx: Transaction, case: Case) -> None:
    """A person takes what was handed in at a case, or a part of it, for the request of another
    enterprise: no session vouches for that."""
    for record in tx.mails.of_case(case.id, limit=None):
        reading = tx.mails.reading(record.id)
        if record.mailbox != PORTAL_BOX or reading is None:
            continue
        unknown = AuthResult.UNKNOWN
        message = replace(
            reading.message, authentication=unknown, authenticated_by=TAKEN_FOR_ANOTHER
        )
        tx.mails.save(replace(record, authentication=unknown), replace(reading, message=message))
