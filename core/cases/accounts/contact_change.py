"""Changing the registered contact's address: requested with a fresh proof, confirmed at the new
address, and notified to the old one.

The proof is a signature of a bound lock over the new address, or the password where no lock is
bound. The address changes when the link sent to the new address is used. The letter to the old
address is written with the request, so an objection may come before or after the change. An
objection restores the old address, freezes the account and raises an alert; after several changes,
one from an older address outranks later ones. At most one change is pending; a freeze, or a change
of bindings, makes it void. MOST_A_DAY limits how many letters a requester can send to strangers.
"""

from dataclasses import replace
from datetime import datetime

from core.accounts.enterprises.enterprise_login import require_password
from core.cases.accounts.account_notice import Visitor
from core.cases.desk import DeskStep, one_step
from core.cases.intake.request_case import submission_of
from core.cases.letters.letter_content import notify_contact
from core.cases.letters.masked import address_for_contact, mask_name
from core.cases.letters.objection import freeze, use_link
from core.cases.letters.outbox import write_to_contact
from core.clock import A_DAY, is_recent
from core.data.audit_entry import DESK, ENTERPRISE
from core.data.case import State, Step, amend
from core.data.contact import ContactChange, require_address
from core.data.enterprise import Enterprise
from core.data.letter import LetterFacts, LetterKind
from core.data.link import LinkPurpose
from core.data.tries import LoginSource
from core.errors import EntryRefused, LinkUnusable, NotAllowed
from core.locks.challenge import Proof
from core.store.store import Transaction
from lock_protocol import Purpose

MOST_A_DAY = 3  # requests of an enterprise
MOST_NOTIFIED = 40
"""So many open cases a new contact is notified of, approved ones before others, however many
strangers opened."""
MOVED = "case.contact_moved"


def ask_by_lock(visitor: Visitor, address: str, proof: Proof) -> None:
    """Request a change with a bound lock's signature (purpose `contact`, account: the new address).
    Raises EntryRefused, NotAllowed, CertificateRefused.
    """
    require_address(address, visitor.front.settings.own_addresses)
    with visitor.signed(proof, Purpose.CONTACT, address) as (tx, enterprise, _):
        ask(tx, enterprise, address)


def ask_by_password(
    visitor: Visitor, address: str, password: str, login_source: LoginSource
) -> None:
    """Request a change with the account's password, where no lock is bound. Raises EntryRefused,
    NotAllowed.
    """
    require_address(address, visitor.front.settings.own_addresses)
    require_password(visitor.front, visitor.session, password, login_source)
    with visitor.step() as (tx, enterprise):
        if tx.bindings.of_enterprise(enterprise.id):
            raise EntryRefused("password.use_lock", "该账号已绑定CA锁，更改联系邮箱须用CA锁签名。")
        ask(tx, enterprise, address)


def ask(
    tx: DeskStep,
    enterprise: Enterprise,
    address: str,
    actor: str = ENTERPRISE,
    person: tuple[str, str] | None = None,
) -> None:
    """Store the requested change, and write to both addresses. The letter to the new address does
    not name the enterprise: it may be a stranger's, by a typing error. `person`: name and telephone
    of a new contact, where an administrator, the actor, enters them. Raises NotAllowed.
    """
    before = enterprise.contact_email
    if enterprise.is_contact_address(address):
        raise NotAllowed("新邮箱与现在的联系邮箱相同，无需更改。")
    changes = tx.contact_changes.of_enterprise(enterprise.id)
    if sum(is_recent(one.asked_at, tx.now, A_DAY) for one in changes) >= MOST_A_DAY:
        raise NotAllowed(f"24 小时内已申请更改 {MOST_A_DAY} 次，请稍后再试，或联系系统管理员。")
    tx.links.void(enterprise.id, (LinkPurpose.CONTACT,))
    kind = LetterKind.CONTACT_CONFIRM
    link = write_to_contact(tx, kind, LetterFacts(), enterprise, recipient=address)
    done = (f"新的联系人：{mask_name(person[0])}",) if person else ()
    masked = address_for_contact(address, before)
    facts = LetterFacts(address_masked=masked, done=done)
    objection = write_to_contact(tx, LetterKind.CONTACT_CHANGED, facts, enterprise)
    assert link is not None
    change = ContactChange(
        id=0,
        enterprise_id=enterprise.id,
        before=before,
        before_since=enterprise.contact_since,
        after=address,
        asked_at=tx.now,
        link_id=link.id,
        objection_id=objection.id if objection else None,
        person=person,
        person_before=(enterprise.contact_name, enterprise.contact_phone) if person else None,
    )
    tx.contact_changes.insert_numbered(change)
    tx.audit.write(actor, "contact.asked", enterprise=enterprise.id)


@one_step
def confirm(tx: DeskStep, token: str) -> None:
    """Carry out the POST of the link to the new address, which becomes the contact address. Raises
    NotAllowed for an unusable link.
    """
    link = use_link(tx, token, LinkPurpose.CONTACT)
    change = tx.contact_changes.by_link(link.id)
    enterprise = tx.accounts.get(link.enterprise_id)
    if change is None or enterprise.frozen_at or enterprise.contact_email != change.before:
        raise LinkUnusable
    tx.contact_changes.save(replace(change, confirmed_at=tx.now))
    changed = replace(enterprise, contact_email=change.after, contact_since=tx.now)
    changed = _with_person(changed, change.person)
    tx.accounts.save(changed)
    tx.links.void(enterprise.id)
    _ask_anew(tx, changed)
    tx.audit.write(ENTERPRISE, "contact.changed", enterprise=enterprise.id)


@one_step
def object_to_change(tx: DeskStep, token: str) -> None:
    """Carry out the POST of the link to the old address. Raises NotAllowed for an unusable link."""
    link = use_link(tx, token, LinkPurpose.CONTACT_OBJECTION)
    change = tx.contact_changes.by_link(link.id)
    assert change is not None, "its letter was written with the change"
    tx.contact_changes.save(replace(change, objected_at=tx.now))
    bring_back(tx, change)
    words = "的原联系邮箱对更改联系邮箱提出异议：已恢复原邮箱并冻结账号，请核实处理。"
    freeze(tx, change.enterprise_id, "contact.objected", words)


def first_since(tx: Transaction, enterprise: Enterprise, since: datetime) -> ContactChange | None:
    """The first of the changes confirmed since then, without those objected to; None where the
    present address is older."""
    if enterprise.contact_since is None or enterprise.contact_since < since:
        return None
    changes = [
        one
        for one in tx.contact_changes.of_enterprise(enterprise.id)
        if one.confirmed_at and one.confirmed_at >= since and not one.objected_at
    ]
    return changes[-1] if changes else None  # newest first


def bring_back(tx: DeskStep, change: ContactChange) -> Enterprise:
    """Restore the contact from before a change. Objections to later changes become void: they would
    restore an address that came in between. Other links are the caller's to void.
    """
    enterprise = replace(
        tx.accounts.get(change.enterprise_id),
        contact_email=change.before,
        contact_since=change.before_since,
    )
    enterprise = _with_person(enterprise, change.person_before)
    tx.accounts.save(enterprise)
    for later in tx.contact_changes.of_enterprise(change.enterprise_id):
        if later.id > change.id and later.objection_id:
            tx.links.use(later.objection_id)
    _ask_anew(tx, enterprise)
    return enterprise


def _ask_anew(tx: DeskStep, enterprise: Enterprise) -> None:
    """What the contact of before sent or confirmed is approved anew; the contact of now is told."""
    found = tx.cases.open_naming(enterprise.id)
    for case in found:
        after = replace(case, confirmed_at=None)
        if case.state is State.APPROVED:
            tx.write_case(DESK, MOVED, tx.queued(after, Step.REVOKE))
        elif case.confirmed_at or case.first_approved_by:
            tx.write_case(DESK, MOVED, amend(after, tx.now))
    for case in sorted(found, key=lambda one: one.state is State.APPROVED)[-MOST_NOTIFIED:]:
        if case.has_papers:
            notify_contact(tx, case, enterprise, submission_of(tx, case))


def person_words(name: str, phone: str) -> str:
    """Another contact person, for a notice."""
    return f"登记联系人改为 {mask_name(name)}，联系电话末四位 {phone[-4:] or '（无）'}"


def _with_person(enterprise: Enterprise, person: tuple[str, str] | None) -> Enterprise:
    if person is None:
        return enterprise
    return replace(enterprise, contact_name=person[0], contact_phone=person[1])


def pending(tx: Transaction, enterprise_id: int) -> ContactChange | None:
    """The change that waits for its confirmation, if its link can still be used."""
    latest = next(iter(tx.contact_changes.of_enterprise(enterprise_id)), None)
    return latest if latest and tx.links.get(latest.link_id).is_usable(tx.now) else None
