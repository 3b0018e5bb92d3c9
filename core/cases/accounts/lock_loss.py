"""挂失: a lock is reported lost, and found again (RULES.md section 7).

Reported by another lock's signature, by a link (of a letter, or given for the password), or by an
administrator. The binding stays while nobody ends it, so a report opens no other way in: who knows
only the password can shut a lock, not take its account. Found is said by an administrator alone:
whoever took a lock may know its PIN and the password, too. Each act tells the registered contact,
with a link to object.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from core.accounts.enterprises.administration import require_reason
from core.accounts.enterprises.enterprise_login import enterprise_of, right_password
from core.accounts.enterprises.lock_keys import require_own_lock
from core.accounts.enterprises.lock_proof import consume, verify_proof
from core.accounts.front_desk import FrontDesk
from core.cases.accounts.account_notice import notify
from core.cases.desk import Desk
from core.cases.letters.letter_content import lock_words
from core.cases.letters.objection import UNUSABLE, usable_link
from core.cases.letters.outbox import write_letter
from core.data.account_ports import OPENING, REPORTING_LOSS, LinkPurpose
from core.data.enterprise import Binding, Enterprise
from core.data.letter import LINK_PLACE, LetterFacts, LetterKind
from core.data.tries import Counter, LoginSource, hourly
from core.errors import EntryRefused, NotAllowed
from core.locks.challenge import EnterpriseSession, Proof, Purpose
from core.store.store import Transaction

PASSWORD_LINK: Final = timedelta(minutes=15)
ONE_LETTER_IN: Final = timedelta(hours=12)
"""An enterprise gets one in that time, whoever asks; each is good for longer."""
AN_HOUR: Final = 10
"""Letters are asked for from one source, whatever enterprises it names: nobody uses up those of
others."""
NOTHING_TO_REPORT: Final = "该账号没有可以挂失的CA锁。"


def report_by_lock(
    desk: Desk,
    front: FrontDesk,
    session: EnterpriseSession,
    binding_id: int,
    proof: Proof,
    origin: str,
) -> None:
    """Report a lock lost with the signature of another one (purpose `lost`, account: the serial of
    the lost one). Raises EntryRefused, CertificateRefused."""
    with desk.store.view() as tx:
        binding = _reportable(tx, session.enterprise_id, [binding_id])[0]
    verified_lock = verify_proof(front, proof, origin, Purpose.LOST, binding.serial)
    with desk.store.transaction() as tx:
        certificate, enterprise = consume(tx, verified_lock), enterprise_of(tx, session)
        if require_own_lock(tx, certificate, enterprise).id == binding_id:
            raise EntryRefused(
                "lock.at_hand",
                "签名的正是要挂失的锁：它还在手中，无需挂失。不再使用的，请解除绑定。",
            )
        _report(tx, desk, enterprise, [binding_id], "enterprise", desk.clock.now(), by="lock")


def ask_by_password(front: FrontDesk, name: str, password: str, login_source: LoginSource) -> str:
    """The token of a link that reports locks lost, for who knows account and password; it is
    counted as a login is. Raises EntryRefused."""
    now = front.clock.now()
    with right_password(front, name, password, login_source) as (tx, enterprise):
        if not reportable(tx, enterprise.id):
            raise EntryRefused("lock.none", NOTHING_TO_REPORT)
        tx.audit.write(
            now, "enterprise", "loss.asked", enterprise=str(enterprise.id), by="password"
        )
        return tx.links.token(
            tx.links.add(
                LinkPurpose.LOSS_PASSWORD, enterprise.id, None, now, now + PASSWORD_LINK
            ).id
        )


def ask_by_letter(desk: Desk, name: str, source: str) -> None:
    """Send the registered contact a link that reports locks lost. Says nothing of whether there is
    an account, a lock or an address. Raises NotAllowed where
    too many were asked for from this `source` (an address prefix), for whatever name."""
    with desk.store.transaction() as tx:
        now, enterprise = desk.clock.now(), tx.accounts.by_name(name)
        counter = Counter(f"loss\n{source}", hourly(AN_HOUR), None)
        former = tx.tries.of(counter)
        if former and former.closed_until > now:
            raise NotAllowed("本网络申请挂失链接过多，请稍后再试；急需挂失的，请联系系统管理员。")
        tx.tries.save(counter, counter.pace.counted(former, now), tell=False)
        if (
            enterprise is None
            or enterprise.frozen_at
            or not enterprise.contact_email
            or not reportable(tx, enterprise.id)
        ):
            return
        if tx.links.made_since(enterprise.id, LinkPurpose.LOSS, now - ONE_LETTER_IN):
            return
        tx.audit.write(now, "desk", "loss.asked", enterprise=str(enterprise.id), by="letter")
        hours = desk.settings.link_hours
        link = tx.links.add(
            LinkPurpose.LOSS, enterprise.id, None, now, now + timedelta(hours=hours)
        )
        facts = LetterFacts(enterprise_name=enterprise.name, link=LINK_PLACE, link_hours=hours)
        write_letter(
            tx, desk, LetterKind.LOSS_LINK, facts, enterprise.contact_email, now, link=link
        )


def report_by_link(desk: Desk, token: str, binding_ids: Collection[int]) -> None:
    """What the POST of such a link does.

    Raises NotAllowed for an unusable link, or where no lock was chosen.
    """
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        link = usable_link(tx, token, now)
        enterprise = tx.accounts.get(link.enterprise_id)
        if link.purpose not in REPORTING_LOSS or enterprise.frozen_at:
            raise NotAllowed(UNUSABLE)
        if not binding_ids:
            raise NotAllowed("请选择要挂失的CA锁。")
        _report(
            tx,
            desk,
            enterprise,
            binding_ids,
            "enterprise",
            now,
            by="password" if link.purpose is LinkPurpose.LOSS_PASSWORD else "letter",
        )
        if not tx.links.use(link.id, now):
            raise NotAllowed(UNUSABLE)


def report_by_administrator(desk: Desk, actor: str, binding_id: int, reason: str) -> None:
    """Report a lock lost for an enterprise that an administrator has verified."""
    require_reason(reason)
    with desk.store.transaction() as tx:
        enterprise = tx.accounts.get(tx.bindings.get(binding_id).enterprise_id)
        _report(tx, desk, enterprise, [binding_id], actor, desk.clock.now(), reason=reason)


def found(desk: Desk, actor: str, binding_id: int, reason: str) -> None:
    """The lock is back in the enterprise's hands: its binding serves again, or, where that has
    ended, the lock may be bound anew."""
    require_reason(reason)
    with desk.store.transaction() as tx:
        now, binding = desk.clock.now(), tx.bindings.get(binding_id)
        if not binding.lost_at:
            raise NotAllowed("该锁没有挂失。")
        tx.bindings.mark_found(binding_id, now)
        tx.audit.write(
            now,
            actor,
            "lock.found",
            enterprise=str(binding.enterprise_id),
            binding=str(binding_id),
            reason=reason,
        )
        notify(
            tx,
            desk,
            tx.accounts.get(binding.enterprise_id),
            (f"解除挂失：{lock_words(binding)}",),
            now,
        )


def reportable(tx: Transaction, enterprise_id: int) -> list[Binding]:
    """The bound locks that nobody reported lost."""
    return [binding for binding in tx.bindings.of_enterprise(enterprise_id) if not binding.lost_at]


def _reportable(tx: Transaction, enterprise_id: int, binding_ids: Collection[int]) -> list[Binding]:
    chosen = [binding for binding in reportable(tx, enterprise_id) if binding.id in binding_ids]
    if len(chosen) != len(set(binding_ids)):
        raise EntryRefused("lock.unbound", "该绑定不存在、已解除或已挂失，请刷新页面。")
    return chosen


def _report(
    tx: Transaction,
    desk: Desk,
    enterprise: Enterprise,
    binding_ids: Collection[int],
    actor: str,
    now: datetime,
    **detail: str,
) -> None:
    chosen = _reportable(tx, enterprise.id, binding_ids)
    for binding in chosen:
        tx.bindings.mark_lost(binding.id, now)
        tx.audit.write(
            now,
            actor,
            "lock.lost",
            enterprise=str(enterprise.id),
            binding=str(binding.id),
            **detail,
        )
    # whoever has the lock may have asked for a change of the contact
    tx.links.void(enterprise.id, now, OPENING)
    notify(tx, desk, enterprise, tuple(f"挂失：{lock_words(binding)}" for binding in chosen), now)
