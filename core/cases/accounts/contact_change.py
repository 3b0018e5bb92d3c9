"""Changing the registered contact's address: asked for with a fresh proof, confirmed at the new
address, notified to the old one.

The proof is a signature of a bound lock over the new address, or the password where no lock is
bound. Nothing changes before the link sent to the new address is used; the letter to the old one is
written at once, so its objection may come before or after. An objection brings the old address
back, freezes the account and raises an alert; of several changes the oldest address outranks later
ones. There is one pending change; a freeze, or a change of bindings, makes it void. Who can ask can
have letters sent to strangers, hence MOST_A_DAY.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.accounts.enterprises.enterprise_login import enterprise_of, require_password
from core.accounts.enterprises.lock_keys import require_own_lock
from core.accounts.enterprises.lock_proof import consume, verify_proof
from core.accounts.front_desk import FrontDesk
from core.cases.desk import Desk
from core.cases.letters.letter_content import mask_address
from core.cases.letters.objection import UNUSABLE, freeze, usable_link
from core.cases.letters.outbox import write_letter
from core.data.account_ports import OPENING, LinkPurpose
from core.data.contact import ContactChange, require_address
from core.data.enterprise import Enterprise
from core.data.letter import LINK_PLACE, LetterFacts, LetterKind
from core.data.tries import LoginSource
from core.errors import EntryRefused, NotAllowed
from core.locks.challenge import EnterpriseSession, Proof, Purpose
from core.store.store import Transaction

MOST_A_DAY: Final = 3


def ask_by_lock(
    desk: Desk,
    front: FrontDesk,
    session: EnterpriseSession,
    address: str,
    proof: Proof,
    origin: str,
) -> None:
    """Ask for a change with a bound lock's signature (purpose `contact`, account: the new address).

    Raises EntryRefused, NotAllowed, CertificateRefused.
    """
    require_address(address, front.settings.own_addresses)
    verified_lock = verify_proof(front, proof, origin, Purpose.CONTACT, address)
    with desk.store.transaction() as tx:
        certificate, enterprise = consume(tx, verified_lock), enterprise_of(tx, session)
        require_own_lock(tx, certificate, enterprise)
        _ask(tx, desk, enterprise, address)


def ask_by_password(
    desk: Desk,
    front: FrontDesk,
    session: EnterpriseSession,
    address: str,
    password: str,
    login_source: LoginSource,
) -> None:
    """Ask for a change with the account's password, where no lock is bound.

    Raises EntryRefused, NotAllowed.
    """
    require_address(address, front.settings.own_addresses)
    require_password(front, session, password, login_source)
    with desk.store.transaction() as tx:
        enterprise = enterprise_of(tx, session)
        if tx.bindings.of_enterprise(enterprise.id):
            raise EntryRefused("password.use_lock", "该账号已绑定CA锁，更改联系邮箱须用CA锁签名。")
        _ask(tx, desk, enterprise, address)


def confirm(desk: Desk, token: str) -> None:
    """What the POST of the link to the new address does: the contact is the new address now.

    Raises NotAllowed for an unusable link.
    """
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        link = usable_link(tx, token, now)
        change, enterprise = (
            tx.contact_changes.by_link(link.id),
            tx.accounts.get(link.enterprise_id),
        )
        stale = change is None or enterprise.frozen_at or enterprise.contact_email != change.before
        if (
            link.purpose is not LinkPurpose.CONTACT
            or stale
            or change is None
            or not tx.links.use(link.id, now)
        ):
            raise NotAllowed(UNUSABLE)
        tx.contact_changes.save(replace(change, confirmed_at=now))
        tx.accounts.save(
            replace(enterprise, contact_email=change.after, contact_since=now, changed_at=now)
        )
        tx.links.void(enterprise.id, now, OPENING)
        tx.audit.write(now, "enterprise", "contact.changed", enterprise=str(enterprise.id))


def object_to_change(desk: Desk, token: str) -> None:
    """What the POST of the link to the old address does. Raises NotAllowed for an unusable link."""
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        link = usable_link(tx, token, now)
        change = tx.contact_changes.by_link(link.id)
        if (
            link.purpose is not LinkPurpose.CONTACT_OBJECTION
            or change is None
            or not tx.links.use(link.id, now)
        ):
            raise NotAllowed(UNUSABLE)
        tx.contact_changes.save(replace(change, objected_at=now))
        enterprise = bring_back(tx, change, now)
        freeze(tx, enterprise.id, now)
        tx.audit.write(now, "registered contact", "contact.objected", enterprise=str(enterprise.id))
        text = (
            f"{enterprise.name}（企业编号 {enterprise.id}）的原联系邮箱对更改联系邮箱提出异议："
            "已恢复原邮箱并冻结账号，请核实处理。"
        )
        tx.alerts.add(now, f"contact.objected.{enterprise.id}", text)


def first_since(tx: Transaction, enterprise: Enterprise, since: datetime) -> ContactChange | None:
    """The first of the changes since then that led to the address of now;
    None where that is older."""
    if enterprise.contact_since is None or enterprise.contact_since < since:
        return None
    changes = [
        one
        for one in tx.contact_changes.of_enterprise(enterprise.id)
        if one.confirmed_at and one.confirmed_at >= since and not one.objected_at
    ]
    return changes[-1] if changes else None


def bring_back(tx: Transaction, change: ContactChange, now: datetime) -> Enterprise:
    """Make the address of before a change the contact again; objections to later changes bring no
    other back. Links are the caller's to void."""
    enterprise = replace(
        tx.accounts.get(change.enterprise_id),
        contact_email=change.before,
        contact_since=change.before_since,
        changed_at=now,
    )
    tx.accounts.save(enterprise)
    _outrank_later(tx, change, now)
    return enterprise


def pending(tx: Transaction, enterprise_id: int, now: datetime) -> ContactChange | None:
    """The change that waits for its confirmation, if its link can still be used."""
    latest = next(iter(tx.contact_changes.of_enterprise(enterprise_id)), None)
    link = tx.links.get(latest.link_id) if latest else None
    usable = link and not link.used_at and not link.voided_at and now < link.expires_at
    return latest if usable else None


def _ask(tx: Transaction, desk: Desk, enterprise: Enterprise, address: str) -> None:
    now, settings, before = desk.clock.now(), desk.settings, enterprise.contact_email
    if address.casefold() == before.casefold():
        raise NotAllowed("新邮箱与现在的联系邮箱相同，无需更改。")
    if (
        len(
            [
                one
                for one in tx.contact_changes.of_enterprise(enterprise.id)
                if now - one.asked_at < timedelta(days=1)
            ]
        )
        >= MOST_A_DAY
    ):
        raise NotAllowed(f"24 小时内已申请更改 {MOST_A_DAY} 次，请稍后再试，或联系系统管理员。")
    tx.links.void(enterprise.id, now, (LinkPurpose.CONTACT,))
    link = tx.links.add(
        LinkPurpose.CONTACT, enterprise.id, None, now, now + timedelta(hours=settings.link_hours)
    )
    # without the enterprise: the address may be a stranger's by mistake
    facts = LetterFacts(link=LINK_PLACE, link_hours=settings.link_hours)
    write_letter(tx, desk, LetterKind.CONTACT_CONFIRM, facts, address, now, link=link)
    objection_id = _notify_former_address(tx, desk, enterprise, address, now) if before else None
    tx.contact_changes.add(
        ContactChange(
            0, enterprise.id, before, enterprise.contact_since, address, now, link.id, objection_id
        )
    )
    tx.audit.write(now, "enterprise", "contact.asked", enterprise=str(enterprise.id))


def _notify_former_address(
    tx: Transaction, desk: Desk, enterprise: Enterprise, address: str, now: datetime
) -> int:
    days = desk.settings.objection_days
    link = tx.links.add(
        LinkPurpose.CONTACT_OBJECTION, enterprise.id, None, now, now + timedelta(days=days)
    )
    facts = LetterFacts(
        enterprise_name=enterprise.name,
        link=LINK_PLACE,
        link_hours=days * 24,
        address_masked=mask_address(address),
    )
    write_letter(
        tx, desk, LetterKind.CONTACT_CHANGED, facts, enterprise.contact_email, now, link=link
    )
    return link.id


def _outrank_later(tx: Transaction, change: ContactChange, now: datetime) -> None:
    """Void the objections of later changes: whoever came in between does not take
    the older address away again."""
    for later in tx.contact_changes.of_enterprise(change.enterprise_id):
        if later.id > change.id and later.objection_id:
            tx.links.use(later.objection_id, now)
