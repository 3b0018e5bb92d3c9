"""Acts of an administrator that open an account or its password login (RULES.md section 7).

The administrator may have been deceived, so the registered contact is notified of each, with a link
to object.
"""

from dataclasses import replace

from core.accounts.enterprises.administration import require_reason
from core.cases.accounts.account_notice import notify
from core.cases.desk import DeskStep, one_step
from core.cases.letters.letter_content import lock_words
from core.cases.letters.words import ACTIONS
from core.data.enterprise import Binding
from core.errors import NotAllowed


@one_step
def unfreeze(tx: DeskStep, actor: str, enterprise_id: int, reason: str) -> None:
    """Open an account that an objection froze, once the objection is settled."""
    require_reason(reason)
    enterprise = tx.accounts.get(enterprise_id)
    enterprise = replace(enterprise, frozen_at=None, unfrozen_at=tx.now)
    tx.accounts.save(enterprise)
    tx.audit.write(actor, "account.unfrozen", enterprise=enterprise_id, reason=reason)
    notify(tx, enterprise, "解除冻结（由中心办理）")


@one_step
def end_binding(tx: DeskStep, actor: str, binding_id: int, reason: str) -> None:
    """End one binding.

    Its sessions end at once; a lock that was reported lost stays reported.
    """
    require_reason(reason)
    binding = tx.bindings.get(binding_id)
    if not tx.bindings.end([binding_id]):
        raise NotAllowed("该绑定已经解除。")
    _after_change(tx, actor, "lock.ended", binding, reason)


@one_step
def restore_binding(tx: DeskStep, actor: str, binding_id: int, reason: str) -> None:
    """Make an ended binding active again.

    Raises NotAllowed when its lock or the place of the primary lock is taken meanwhile.
    """
    require_reason(reason)
    binding = tx.bindings.get(binding_id)
    if not binding.ended_at:
        raise NotAllowed("该绑定没有解除，无需恢复。")
    if binding.lost_at:
        raise NotAllowed("该锁已挂失，不能恢复绑定；已找回的，请先解除挂失。")
    if not tx.bindings.restore(binding_id):
        raise NotAllowed("该锁已绑定到其他账号，或该企业已有新的主锁，不能恢复。")
    _after_change(tx, actor, "lock.restored", binding, reason)


def _after_change(tx: DeskStep, actor: str, action: str, binding: Binding, reason: str) -> None:
    """Void earlier links; write notice and audit row."""
    enterprise = tx.accounts.get(binding.enterprise_id)
    tx.links.void(enterprise.id)
    notify(tx, enterprise, f"{ACTIONS[action]}：{lock_words(binding)}（由中心办理）")
    tx.audit.write(actor, action, enterprise=enterprise.id, binding=binding.id, reason=reason)
