"""Registering an enterprise with its lock: name and USCC are read from the certificate, never typed (RULES.md section 7)."""

from dataclasses import dataclass, replace

from core.accounts.certificate import LockCertificate
from core.accounts.challenge import EnterpriseSession, Proof, Purpose
from core.accounts.enterprise import Enterprise
from core.accounts.front_desk import FrontDesk
from core.accounts.login import open_session
from core.accounts.passwords_rules import require_rules
from core.accounts.ports import AccountsTransaction, LinkPurpose
from core.accounts.proving import prove, spend
from core.errors import EntryRefused, NotAllowed


@dataclass(frozen=True, slots=True)
class Contact:
    """The registered contact: links and notices go to `email`."""

    name: str
    email: str
    phone: str


def register(front: FrontDesk, proof: Proof, origin: str, contact: Contact, password: str, again: str) -> tuple[Enterprise, str]:
    """A new account for the enterprise on the lock, and the token of its first session. The lock is bound in a step of its own.

    Raises EntryRefused (registered already, no USCC on the certificate), CertificateRefused (a person's lock …), NotAllowed (a rule of form).
    """
    proven = prove(front, proof, origin, Purpose.REGISTER)
    certificate = proven.certificate
    if not certificate.uscc:
        raise EntryRefused("certificate.no_uscc", "此锁的证书中没有统一社会信用代码，不能用于注册，请联系系统管理员。")
    require_contact(contact)
    require_rules(password, again, certificate.enterprise_name)
    password_hash = front.passwords.hash(password)  # slow on purpose, so outside the transaction
    with front.store.transaction() as tx:
        _require_new(tx, spend(tx, proven))
        now = front.clock.now()
        enterprise = Enterprise(
            0, certificate.enterprise_name, certificate.uscc, contact.name, contact.email, contact.phone, now,
            information_submitted=False, password_set=True, password_open=True,
        )  # fmt: skip
        enterprise = replace(enterprise, id=tx.add_enterprise(enterprise))
        tx.set_password_hash(enterprise.id, password_hash)
        tx.record(now, "enterprise", "account.registered", enterprise=str(enterprise.id))
        return enterprise, open_session(tx, front, enterprise.id, None)


def submit_information(front: FrontDesk, session: EnterpriseSession, contact: Contact) -> Enterprise:
    """The enterprise's particulars, submitted. A changed contact address makes every link of before void."""
    require_contact(contact)
    with front.store.transaction() as tx:
        now, enterprise = front.clock.now(), tx.enterprise(session.enterprise_id)
        if contact.email.casefold() != enterprise.contact_email.casefold():
            tx.void_links(enterprise.id, now, LinkPurpose.RESET)
        enterprise = replace(
            enterprise, contact_name=contact.name, contact_email=contact.email, contact_phone=contact.phone,
            information_submitted=True, changed_at=now,
        )  # fmt: skip
        tx.save_enterprise(enterprise)
        tx.record(now, "enterprise", "account.information_submitted", enterprise=str(enterprise.id))
        return enterprise


def require_contact(contact: Contact) -> None:
    """Raise NotAllowed unless the contact can be reached."""
    name, at, domain = contact.email.partition("@")
    if not (name and at and "." in domain and contact.email.isascii() and contact.email.isprintable() and " " not in contact.email):
        raise NotAllowed("请填写正确的联系邮箱，重置链接和通知将发送到该邮箱。")
    if not contact.name.strip():
        raise NotAllowed("请填写联系人姓名。")


def _require_new(tx: AccountsTransaction, certificate: LockCertificate) -> None:
    if tx.enterprise_by_uscc(certificate.uscc):
        raise EntryRefused(
            "account.registered",
            "该统一社会信用代码已注册，请勿重复注册。请先在单位内部询问由谁注册；可联系系统管理员查询注册日期及绑锁日期。",
        )
    if tx.enterprise_by_name(certificate.enterprise_name):
        raise EntryRefused("account.name_taken", "该企业名称已有账号使用，请联系系统管理员核实。")
    if certificate.ca_unique_id and tx.former_bindings(certificate.ca_unique_id):
        raise EntryRefused("lock.former_binding", "此锁曾绑定过其他账号（更新、续期或在其他系统绑定），请先按“解除绑定”办理后再注册。")
