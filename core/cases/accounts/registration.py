"""Registering an enterprise with its lock: name and USCC are read from the certificate, never typed
(RULES.md section 7).

The contact's address is typed, so it is the registered contact only once the link sent to it is
used. Name and telephone change without a proof; the contact is notified, with a link to object.
"""

from dataclasses import replace

from core.accounts.enterprises.enterprise_login import Entry, enter, enterprise_of
from core.accounts.enterprises.lock_proof import consume, require_not_lost, verify_proof
from core.accounts.enterprises.registration_papers import require_papers
from core.accounts.front_desk import FrontDesk
from core.accounts.password_rules import hashed
from core.cases.accounts import account_notice, contact_change
from core.cases.desk import Desk, DeskStep, one_step
from core.data.audit_entry import ENTERPRISE
from core.data.contact import require_address, require_person
from core.data.enterprise import Contact, Enterprise
from core.data.tries import LoginSource
from core.errors import EntryRefused, NotAllowed
from core.locks.challenge import EnterpriseSession, Proof
from core.locks.lock_certificate import LockCertificate
from core.store.store import Transaction
from lock_protocol import Purpose

UNCONFIRMED = (
    "请先打开发往联系邮箱的链接，确认该邮箱，再提交企业信息。没有收到的，可在“联系邮箱”页重新申请。"
)
PERSON_CHANGED = "account.person_changed"


def register(
    desk: Desk,
    front: FrontDesk,
    proof: Proof,
    contact: Contact,
    password: str,
    again: str,
    login_source: LoginSource,
) -> Entry:
    """A new account for the enterprise on the lock, and its first session.

    The lock is bound in a step of its own; the link to the contact's address outlives that.

    Raises EntryRefused (registered already, no USCC on the certificate), CertificateRefused (a
    person's lock …), NotAllowed (a rule of form).
    """
    verified_lock = verify_proof(front, proof, Purpose.REGISTER)
    certificate = verified_lock.certificate
    require_uscc(certificate)
    require_person(contact.name, contact.phone)
    require_address(contact.email, front.settings.own_addresses)
    password_hash = hashed(front.passwords, password, again, certificate.enterprise_name)
    with desk.step() as tx:
        _require_new(tx, consume(tx, verified_lock))
        enterprise = Enterprise(
            id=0,
            name=certificate.enterprise_name,
            uscc=certificate.uscc,
            contact_name=contact.name,
            contact_email="",  # until the link sent to it is used
            contact_phone=contact.phone,
            registered_at=tx.now,
            information_submitted=False,
            password_set=True,
        )
        enterprise = replace(enterprise, id=tx.accounts.add(enterprise))
        tx.accounts.set_columns(enterprise.id, password_hash=password_hash)
        tx.audit.write(ENTERPRISE, "account.registered", enterprise=enterprise.id)
        contact_change.ask(tx, enterprise, contact.email)
        return enter(tx, front, enterprise, None, login_source)


@one_step
def submit_information(
    tx: DeskStep, front: FrontDesk, session: EnterpriseSession, name: str, phone: str
) -> None:
    """The enterprise's particulars, submitted: the contact's name and phone.

    Its address changes by core.cases.accounts.contact_change only.
    """
    require_person(name, phone)
    enterprise = enterprise_of(tx, session)
    if not enterprise.contact_email:
        raise NotAllowed(UNCONFIRMED)
    if not enterprise.information_submitted:
        require_papers(front, tx, enterprise)
    if (name, phone) != (enterprise.contact_name, enterprise.contact_phone):
        account_notice.notify_of_own(tx, enterprise, contact_change.person_words(name, phone))
        tx.audit.write(ENTERPRISE, PERSON_CHANGED, enterprise=enterprise.id)
    enterprise = replace(
        enterprise,
        contact_name=name,
        contact_phone=phone,
        information_submitted=True,
        information_returned="",
    )
    tx.accounts.save(enterprise)
    tx.audit.write(ENTERPRISE, "account.information_submitted", enterprise=enterprise.id)


def require_uscc(certificate: LockCertificate) -> None:
    """Raise EntryRefused for a certificate that names no USCC."""
    if not certificate.uscc:
        raise EntryRefused(
            "certificate.no_uscc",
            "此锁的证书中没有统一社会信用代码，不能用于注册，请联系系统管理员。",
        )


def _require_new(tx: Transaction, certificate: LockCertificate) -> None:
    require_not_lost(tx, certificate)
    if tx.accounts.by_uscc(certificate.uscc):
        raise EntryRefused(
            "account.registered",
            "该统一社会信用代码已注册，请勿重复注册。请先在单位内部询问由谁注册；"
            "可联系系统管理员查询注册日期及绑锁日期。",
        )
    if tx.accounts.by_name(certificate.enterprise_name):
        raise EntryRefused("account.name_taken", "该企业名称已有账号使用，请联系系统管理员核实。")
    if certificate.ca_unique_id and tx.bindings.newest(ca_unique_id=certificate.ca_unique_id):
        raise EntryRefused(
            "lock.former_binding",
            "此锁曾绑定过其他账号（更新、续期或在其他系统绑定），请先按“解除绑定”办理后再注册。",
        )
