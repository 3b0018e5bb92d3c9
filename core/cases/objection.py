"""The registered contact objects to a case, by the link of the notice (RULES.md section 6).

An open case is set aside. After completion the account's password login is frozen and its reset links are void, and an alert asks a
person to look. The page of the link only shows a form; `object_by_link` is what its POST does.
"""

from dataclasses import replace
from datetime import datetime

from core.accounts.events import EventKind
from core.accounts.ports import OPENING, Link, LinkPurpose
from core.cases.case import ENDED, Case, State, Step, advance, amend
from core.cases.desk import Desk
from core.cases.ports import Transaction
from core.errors import NotAllowed

UNUSABLE = "此链接已失效：可能已使用、已过期，或账号情况已有变化。如需帮助请联系中心。"
LONGEST_WORDS = 500


def peek(desk: Desk, token: str) -> Link:
    """The link of a token, without any effect. Raises NotAllowed for one that cannot be used."""
    with desk.store.view() as tx:
        return usable_link(tx, token, desk.clock.now())


def usable_link(tx: Transaction, token: str, now: datetime) -> Link:
    """The link, if it is known, unused, not void and not expired. Raises NotAllowed, in the same words for each reason."""
    link = tx.links.by_token(token)
    if link is None or link.used_at or link.voided_at or now >= link.expires_at:
        raise NotAllowed(UNUSABLE)
    return link


def object_by_link(desk: Desk, token: str, words: str = "") -> Case:
    """Object to the case of a link. Raises NotAllowed for an unusable link."""
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        link = usable_link(tx, token, now)
        if link.purpose is not LinkPurpose.OBJECTION or link.case_id is None or not tx.links.use(link.id, now):
            raise NotAllowed(UNUSABLE)
        return object_to(tx, tx.cases.get(link.case_id), link.enterprise_id, words, "registered contact", now)


def object_to(tx: Transaction, case: Case, enterprise_id: int | None, words: str, actor: str, now: datetime) -> Case:
    """Everything that follows from an objection to a case of that enterprise. `actor`: who made it, or took it for one."""
    case = _objected(case, words.strip()[:LONGEST_WORDS], now)
    tx.cases.save(case)
    tx.audit.write(now, actor, "case.objected", case)
    if case.state is State.COMPLETED and enterprise_id is not None:
        freeze(tx, enterprise_id, now)
    tx.alerts.add(now, f"objection.{case.number}", f"登记联系人对工单 {case.number} 提出异议，请核实处理。")
    return case


def _objected(case: Case, words: str, now: datetime) -> Case:
    reason = f"登记联系人提出异议。{words}".strip()
    if case.state in ENDED:
        return amend(case, now, objected_at=now, reason=reason)
    return advance(case, Step.HOLD, now, objected_at=now, reason=reason, approved_by="")


def freeze(tx: Transaction, enterprise_id: int, now: datetime) -> None:
    """Shut an account until a person has looked: no login, no session, no link that opens it."""
    enterprise = tx.accounts.get(enterprise_id)
    tx.accounts.save(replace(enterprise, frozen_at=now, password_open=False, changed_at=now))
    tx.links.void(enterprise_id, now, OPENING)
    tx.logins.end_sessions(enterprise_id)
    tx.events.add(EventKind.FROZEN, enterprise_id, now)
