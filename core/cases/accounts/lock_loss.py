"""挂失: a lock is reported lost, and found again (RULES.md section 7).

Reported by another lock's signature, by a link (of a letter, or given for the password), or by an
administrator. The binding stays while nobody ends it, so a report opens no other way in: who knows
only the password can shut a lock, not take its account. Only an administrator reports a lock found:
whoever took a lock may know its PIN and the password, too. Each act tells the registered contact,
with a link to object.
"""

from collections.abc import Collection
from datetime import timedelta

from core.accounts.enterprises.administration import require_reason
from core.accounts.enterprises.enterprise_login import right_password
from core.accounts.front_desk import FrontDesk
from core.cases.accounts.account_notice import Visitor, notify
from core.cases.desk import DeskStep, one_step
from core.cases.letters.letter_content import lock_words
from core.cases.letters.objection import use_link
from core.cases.letters.outbox import write_to_contact
from core.data.audit_entry import DESK, ENTERPRISE
from core.data.enterprise import Binding, Enterprise
from core.data.letter import LetterFacts, LetterKind
from core.data.link import REPORTING_LOSS, LinkPurpose
from core.data.tries import Counter, LoginSource, hourly
from core.errors import EntryRefused, LinkUnusable, NotAllowed
from core.locks.challenge import Proof
from core.store.store import Transaction
from lock_protocol import Purpose

PASSWORD_LINK = timedelta(minutes=15)
ONE_LETTER_IN = timedelta(hours=12)
"""An enterprise gets one in that time, whoever asks; each is good for longer."""
REQUESTS_AN_HOUR = 10
"""From one source, whatever enterprises it names, so that nobody uses up the letters of others."""
NOTHING_TO_REPORT = "该账号没有可以挂失的CA锁。"


def report_by_lock(visitor: Visitor, binding_id: int, proof: Proof) -> None:
    """Report a lock lost with the signature of another one (purpose `lost`, account: the serial of
    the lost one). Raises EntryRefused, CertificateRefused.
    """
    with visitor.desk.view() as tx:
        serial = _chosen(tx, visitor.session.enterprise_id, [binding_id])[0].serial
    with visitor.signed(proof, Purpose.LOST, serial) as (tx, enterprise, signing):
        if signing.id == binding_id:
            raise EntryRefused(
                "lock.at_hand",
                "签名的正是要挂失的锁：它还在手中，无需挂失。不再使用的，请解除绑定。",
            )
        _report(tx, enterprise, [binding_id], ENTERPRISE, by="lock")


def ask_by_password(front: FrontDesk, name: str, password: str, login_source: LoginSource) -> str:
    """The token of a link that reports locks lost, for who knows account and password; it is
    counted as a login is. Raises EntryRefused.
    """
    with right_password(front, name, password, login_source) as (tx, enterprise):
        if not reportable(tx, enterprise.id):
            raise EntryRefused("lock.none", NOTHING_TO_REPORT)
        tx.audit.write(ENTERPRISE, "loss.asked", by="password", enterprise=enterprise.id)
        purpose, until = LinkPurpose.LOSS_PASSWORD, tx.now + PASSWORD_LINK
        return tx.links.token(tx.links.add(purpose, enterprise.id, None, until).id)


@one_step
def ask_by_letter(tx: DeskStep, name: str, source: str) -> None:
    """Send the registered contact a link that reports locks lost.

    Does not tell whether there is an account, a lock or an address. Raises NotAllowed where too
    many were asked for from this `source` (an address prefix), for whatever name.
    """
    enterprise = tx.accounts.by_name(name)
    counter = Counter(f"loss\n{source}", hourly(REQUESTS_AN_HOUR), None)
    former = tx.tries.of(counter)
    if former and former.closed_until > tx.now:
        raise NotAllowed("本网络申请挂失链接过多，请稍后再试；急需挂失的，请联系系统管理员。")
    tx.tries.save(counter, counter.pace.counted(former, tx.now), tell=False)
    if enterprise is None or enterprise.frozen_at or not enterprise.contact_email:
        return
    recent = tx.links.unused_since(enterprise.id, LinkPurpose.LOSS, tx.now - ONE_LETTER_IN)
    if recent or not reportable(tx, enterprise.id):
        return
    tx.audit.write(DESK, "loss.asked", by="letter", enterprise=enterprise.id)
    write_to_contact(tx, LetterKind.LOSS_LINK, LetterFacts(), enterprise)


@one_step
def report_by_link(tx: DeskStep, token: str, binding_ids: Collection[int]) -> None:
    """Carry out the POST of such a link.

    Raises NotAllowed for an unusable link, or where no lock was chosen.
    """
    link = use_link(tx, token, *REPORTING_LOSS)
    enterprise = tx.accounts.get(link.enterprise_id)
    if enterprise.frozen_at:
        raise LinkUnusable
    if not binding_ids:
        raise NotAllowed("请选择要挂失的CA锁。")
    by = "password" if link.purpose is LinkPurpose.LOSS_PASSWORD else "letter"
    _report(tx, enterprise, binding_ids, ENTERPRISE, by=by)


@one_step
def report_by_administrator(tx: DeskStep, actor: str, binding_id: int, reason: str) -> None:
    """Report a lock lost for an enterprise that an administrator has verified."""
    require_reason(reason)
    enterprise = tx.accounts.get(tx.bindings.get(binding_id).enterprise_id)
    _report(tx, enterprise, [binding_id], actor, reason=reason)


@one_step
def found(tx: DeskStep, actor: str, binding_id: int, reason: str) -> None:
    """The lock is back in the enterprise's hands: its binding serves again, or, where that has
    ended, the lock may be bound anew.
    """
    require_reason(reason)
    binding = tx.bindings.get(binding_id)
    if not binding.lost_at:
        raise NotAllowed("该锁没有挂失。")
    tx.bindings.mark(binding_id, lost=False)
    tx.audit.write(
        actor,
        "lock.found",
        reason=reason,
        enterprise=binding.enterprise_id,
        binding=binding_id,
    )
    enterprise = tx.accounts.get(binding.enterprise_id)
    notify(tx, enterprise, f"解除挂失：{lock_words(binding)}")


def reportable(tx: Transaction, enterprise_id: int) -> list[Binding]:
    """The bound locks that nobody reported lost."""
    return [binding for binding in tx.bindings.of_enterprise(enterprise_id) if not binding.lost_at]


def _chosen(tx: Transaction, enterprise_id: int, binding_ids: Collection[int]) -> list[Binding]:
    chosen = [one for one in reportable(tx, enterprise_id) if one.id in binding_ids]
    if not set(binding_ids).issubset(one.id for one in chosen):
        raise EntryRefused("lock.unbound", "该绑定不存在、已解除或已挂失，请刷新页面。")
    return chosen


def _report(
    tx: DeskStep,
    enterprise: Enterprise,
    binding_ids: Collection[int],
    actor: str,
    **detail: str,
) -> None:
    """Mark the locks lost. Links that open the account are void: whoever has a lock may have asked
    for a change of the contact.
    """
    chosen = _chosen(tx, enterprise.id, binding_ids)
    for binding in chosen:
        tx.bindings.mark(binding.id, lost=True)
        tx.audit.write(actor, "lock.lost", enterprise=enterprise.id, binding=binding.id, **detail)
    tx.links.void(enterprise.id)
    notify(tx, enterprise, *(f"挂失：{lock_words(one)}" for one in chosen))
