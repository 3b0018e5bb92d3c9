"""Acts of an administrator on an enterprise's account; each writes an audit row (RULES.md section
7)."""

from dataclasses import replace

from core.data.enterprise import Binding, Enterprise
from core.data.tries import enterprise_account
from core.errors import NotAllowed
from core.store.store import Steps, Transaction


def unlock(desk: Steps, actor: str, enterprise_id: int, reason: str = "") -> Enterprise:
    """Open a password login that five wrong passwords locked."""
    with desk.step() as tx:
        enterprise = tx.accounts.get(enterprise_id)
        tx.tries.clear(enterprise_account(enterprise.name))
        tx.audit.write(
            actor,
            "account.unlocked",
            enterprise=enterprise_id,
            **({"reason": reason} if reason else {}),
        )
        return enterprise


def unfreeze(desk: Steps, actor: str, enterprise_id: int, reason: str) -> Enterprise:
    """Open an account that an objection froze, once the objection is settled."""
    require_reason(reason)
    with desk.step() as tx:
        enterprise = tx.accounts.get(enterprise_id)
        enterprise = replace(
            enterprise,
            frozen_at=None,
            unfrozen_at=tx.now,
            password_open=not tx.bindings.of_enterprise(enterprise_id),
        )
        tx.accounts.save(enterprise)
        tx.audit.write(actor, "account.unfrozen", enterprise=enterprise_id, reason=reason)
        return enterprise


def end_binding(desk: Steps, actor: str, binding_id: int, reason: str) -> Binding:
    """End one binding.

    Its sessions end at once; a lock that was reported lost stays reported.
    """
    require_reason(reason)
    with desk.step() as tx:
        binding = tx.bindings.get(binding_id)
        if not tx.bindings.end([binding_id]):
            raise NotAllowed("该绑定已经解除。")
        return _changed(tx, actor, "lock.ended", binding, reason)


def restore_binding(desk: Steps, actor: str, binding_id: int, reason: str) -> Binding:
    """Make an ended binding active again.

    Raises NotAllowed when its lock or the place of the primary lock is taken meanwhile.
    """
    require_reason(reason)
    with desk.step() as tx:
        binding = tx.bindings.get(binding_id)
        if not binding.ended_at:
            raise NotAllowed("该绑定没有解除，无需恢复。")
        if binding.lost_at:
            raise NotAllowed("该锁已挂失，不能恢复绑定；已找回的，请先解除挂失。")
        if not tx.bindings.restore(binding_id):
            raise NotAllowed("该锁已绑定到其他账号，或该企业已有新的主锁，不能恢复。")
        return _changed(tx, actor, "lock.restored", binding, reason)


def disclose_dates(
    desk: Steps, actor: str, enterprise_id: int, asker: str
) -> tuple[Enterprise, list[Binding]]:
    """Registration and binding dates, to be disclosed to the registered contact or to an asker who
    was verified; the disclosure is recorded."""
    require_reason(asker)
    with desk.step() as tx:
        tx.audit.write(actor, "account.dates_told", enterprise=enterprise_id, asker=asker)
        return tx.accounts.get(enterprise_id), tx.bindings.of_enterprise(enterprise_id, ended=True)


def require_reason(reason: str) -> None:
    """Raise NotAllowed for an empty reason."""
    if not reason.strip():
        raise NotAllowed("请填写理由。")


def _changed(tx: Transaction, actor: str, action: str, binding: Binding, reason: str) -> Binding:
    """Whether the password opens an account follows from its bindings; links of before are void."""
    enterprise = tx.accounts.get(binding.enterprise_id)
    is_open = not tx.bindings.of_enterprise(enterprise.id)
    tx.links.void(enterprise.id)
    tx.accounts.save(replace(enterprise, password_open=is_open))
    tx.audit.write(actor, action, enterprise=enterprise.id, binding=binding.id, reason=reason)
    return tx.bindings.get(binding.id)
