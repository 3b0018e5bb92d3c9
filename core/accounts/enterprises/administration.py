"""Acts of an administrator on an enterprise's account; each writes an audit row (RULES.md section
7)."""

from core.data.enterprise import Binding
from core.data.tries import enterprise_account
from core.errors import NotAllowed
from core.store.store import Steps


def unlock(desk: Steps, actor: str, enterprise_id: int, reason: str) -> None:
    """Open a password login that five wrong passwords locked."""
    with desk.step() as tx:
        enterprise = tx.accounts.get(enterprise_id)
        tx.tries.clear(enterprise_account(enterprise.name))
        tx.audit.write(actor, "account.unlocked", enterprise=enterprise_id, reason=reason)


def disclose_dates(desk: Steps, actor: str, enterprise_id: int, asker: str) -> list[Binding]:
    """The bindings, whose dates are disclosed to the registered contact or to an asker who was
    verified; the disclosure is recorded."""
    require_reason(asker)
    with desk.step() as tx:
        tx.audit.write(actor, "account.dates_told", enterprise=enterprise_id, asker=asker)
        return tx.bindings.of_enterprise(enterprise_id, ended=True)


def require_reason(reason: str) -> None:
    """Raise NotAllowed for an empty reason."""
    if not reason.strip():
        raise NotAllowed("请填写理由。")
