"""Changing a registered contact from papers, by the centre (RULES.md section 6).

One administrator enters the contact and how the papers were verified, a second one confirms exactly
that (config.yaml, `cases.approvals_required`). The old address is then notified with a link to
object. A new address is the contact once its own link is used, and gets no reset link for
`cases.contact_wait_hours`; name and telephone alone change at once.
"""

from collections.abc import Collection
from dataclasses import replace

from core.accounts.administrators import personnel
from core.accounts.enterprises.administration import require_reason
from core.cases.accounts import account_notice, contact_change
from core.cases.desk import Desk, DeskStep, Risk, one_step
from core.data.contact import require_address, require_person
from core.data.enterprise import Contact, ContactProposal, Enterprise
from core.data.roles import Right
from core.errors import Conflict, NotAllowed

PROPOSED = "contact.proposed"


def takes_two(desk: Desk) -> bool:
    """Whether a second person confirms the change."""
    return desk.settings.approvals_required.get(Risk.CONTACT_CHANGE, 1) > 1


@one_step
def propose(
    tx: DeskStep,
    actor: str,
    enterprise_id: int,
    contact: Contact,
    reason: str,
    own_addresses: Collection[str],
) -> None:
    """Enter a new contact; where one person is enough it is changed at once. Raises NotAllowed."""
    require_reason(reason)
    require_address(contact.email, own_addresses)
    require_person(contact.name, contact.phone)
    enterprise = tx.accounts.get(enterprise_id)
    _require_not_frozen(enterprise)
    known = Contact(enterprise.contact_name, enterprise.contact_email, enterprise.contact_phone)
    if contact == known:
        raise NotAllowed("与现在的登记联系人相同，无需更改。")
    proposal = ContactProposal(**vars(contact), reason=reason, actor=actor, at=tx.now)
    tx.audit.write(actor, PROPOSED, enterprise=enterprise.id, reason=proposal.reason)
    if not takes_two(tx.desk):
        _change(tx, enterprise, proposal, actor)
        return
    tx.accounts.save(replace(enterprise, contact_proposal=proposal))
    text = f"{enterprise.name}（企业编号 {enterprise.id}）的登记联系人待另一名管理员核对更改。"
    tx.alerts.add(f"{PROPOSED}.{enterprise.id}", text)


@one_step
def decide(
    tx: DeskStep, actor: str, enterprise_id: int, seen: str, reason: str, *, accepted: bool
) -> None:
    """Confirm the proposal of the moment `seen` (ISO), as another than who made it, or drop it.
    Raises NotAllowed, and Conflict where it is another one by now.
    """
    require_reason(reason)
    enterprise = tx.accounts.get(enterprise_id)
    proposal = enterprise.contact_proposal
    if proposal is None or proposal.at.isoformat() != seen:
        raise Conflict("登记联系人的更改在您查看之后已有变化，请核对后重新操作。")
    tx.alerts.clear(f"{PROPOSED}.{enterprise.id}")
    if not accepted:
        tx.accounts.save(replace(enterprise, contact_proposal=None))
        tx.audit.write(actor, "contact.refused", enterprise=enterprise.id, reason=reason)
        return
    _require_not_frozen(enterprise)
    if personnel.has_lost(tx, proposal.actor, Right.ACCOUNTS):
        raise NotAllowed(
            f"提出更改的 {proposal.actor} 已无此权限，请不予更改，核对材料后重新提出。"
        )
    if proposal.actor == actor:
        raise NotAllowed("更改登记联系人须由两人办理：您已提出，请另一名管理员核对后更改。")
    _change(tx, enterprise, proposal, actor, reason)


def _require_not_frozen(enterprise: Enterprise) -> None:
    """Raise NotAllowed for a frozen account."""
    if enterprise.frozen_at:
        raise NotAllowed("账号因异议已冻结，请先处理异议。")


def _change(
    tx: DeskStep,
    enterprise: Enterprise,
    proposal: ContactProposal,
    actor: str,
    reason: str = "",
) -> None:
    """Carry the proposal out: by the links to both addresses, or at once where the address stays.
    `reason`: how the second person verified it.
    """
    enterprise = replace(enterprise, contact_proposal=None)
    person = (proposal.name, proposal.phone)
    if not enterprise.is_contact_address(proposal.email):
        tx.accounts.save(enterprise)
        contact_change.ask(tx, enterprise, proposal.email, actor, person)
        return
    enterprise = replace(enterprise, contact_name=person[0], contact_phone=person[1])
    tx.accounts.save(enterprise)
    tx.audit.write(actor, "contact.changed", enterprise=enterprise.id, reason=reason)
    changed = contact_change.person_words(*person)
    account_notice.notify(tx, enterprise, f"{changed}（由中心按贵单位的材料办理）。")
