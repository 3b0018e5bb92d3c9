"""Taking back what a window carried out: within `reverse_hours` one act restores the account and
puts the case aside (RULES.md section 7).

All or nothing: the bindings that the case ended are bound again, links that open the account and
all logins are void, a password that was set by the case's link is valid no more, and a contact
address that was changed since is again what it was: whoever the case let in may have changed it.
Where a lock was bound meanwhile the act is refused with what is against it, and nothing happens. A
case that two people approved takes two people here, too. The sender and the registered contact get
one letter each; only the contact, who owns the account, reads the reason.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.accounts.enterprises.administration import require_reason
from core.accounts.password_rules import drop_password
from core.cases.accounts.contact_change import bring_back, first_since
from core.cases.decision.approval_needs import first_of_two
from core.cases.decision.approve import BETWEEN_APPROVERS
from core.cases.decision.seen_case import on_seen_case, seen_case
from core.cases.desk import Desk, DeskStep
from core.cases.letters.outbox import cancel_waiting, rendered, write_letter, write_to_sender
from core.cases.letters.words import STATES
from core.data.case import Case, Step, advance, amend
from core.data.contact import ContactChange
from core.data.enterprise import Binding, Enterprise
from core.data.letter import LetterFacts, LetterKind, Rendered
from core.errors import NotAllowed

_OF_THE_ACT = frozenset({LetterKind.COMPLETED, LetterKind.RESET_LINK})


@dataclass(frozen=True)
class Reversal:
    """The effects of taking a case back. `locks`: bound again; `drops_password`: the password set
    by the case's link is removed; `contact`: the later change of the contact address is undone.
    `two`: two people must agree; `first`: the one who wanted it first and has the right still, or
    "".
    """

    enterprise: Enterprise
    locks: tuple[Binding, ...]
    drops_password: bool
    two: bool
    first: str = ""
    contact: ContactChange | None = None

    @property
    def contact_email(self) -> str:
        """The registered contact afterwards."""
        return self.contact.before if self.contact else self.enterprise.contact_email

    def in_words(self, *, done: bool) -> tuple[str, ...]:
        """The same in words, for letter and page: what was done, or what is going to be."""
        when, tails = "已" if done else "将", "、".join(lock.tail for lock in self.locks)
        count = len(self.locks)
        effects = {
            f"{when}恢复 {count} 把 CA 锁的绑定：序列号末六位 {tails}。": bool(self.locks),
            f"重置密码的链接{when}失效，登录中的会话{when}退出。": True,
            f"通过重置链接设置的密码{when}失效。": self.drops_password,
            f"办结之后更改的登记联系邮箱{when}恢复为原邮箱。": self.contact is not None,
        }
        return tuple(words for words, applies in effects.items() if applies)


def reversible_until(desk: Desk, case: Case) -> datetime | None:
    """Until when a case can be taken back; None for one that was not carried out,
    or whose data were removed.
    """
    hours = desk.settings.reverse_hours
    if case.completed_at is None or case.purged_at:
        return None
    return case.completed_at + timedelta(hours=hours) if hours else None


def draft(
    desk: Desk, case_id: int, version: int, reason: str
) -> tuple[Reversal, list[tuple[str, Rendered]]]:
    """The effects of `reverse`, and its letters with their recipients. Changes nothing. Raises as
    `reverse`, except for refusals by the store.
    """
    kind = LetterKind.REVERSED
    with desk.view() as tx:
        case = seen_case(tx, case_id, version)
        planned = _planned(tx, case)
        letters = [
            (to, rendered(desk, kind, facts, case if is_sender else None))
            for to, facts, is_sender in _letters(case, planned, reason)
        ]
        return planned, letters


@on_seen_case
def reverse(tx: DeskStep, case: Case, actor: str, reason: str) -> Case:
    """Take back what was carried out; where it takes two people, the first time as the first of
    them. Raises NotAllowed, Conflict, IllegalTransition.
    """
    require_reason(reason)
    planned, action = _planned(tx, case), "case.reversed"
    if planned.two and planned.first == actor:
        raise NotAllowed(
            f"工单 {case.number} 由两人批准，撤销办理也须两人：您已要求撤销，"
            "请另一名批准人核实后再确认。"
        )
    if planned.two and not planned.first:
        action = "case.first_reversed"
        case = amend(case, tx.now, first_reversed_by=actor, reason=reason)
    else:
        case = _reversed(tx, case, planned, actor, reason)
    tx.write_case(actor, action, case, detail=reason)
    return case


def _reversed(tx: DeskStep, case: Case, planned: Reversal, actor: str, reason: str) -> Case:
    """The case, its act taken back, with letters in the place of those that still wait."""
    _restore(tx, planned)
    if planned.contact:
        tx.audit.write(actor, "contact.restored", enterprise=planned.enterprise.id)
    after = advance(
        case,
        Step.REVERSE,
        tx.now,
        reason=f"办理已撤销：{reason}",
        completed_at=None,
        window_opens_at=None,
        confirmed_at=None,
    )
    cancel_waiting(tx, case, "办理已撤销", kind=_OF_THE_ACT)
    kind, now = LetterKind.REVERSED, tx.now
    for to, facts, is_sender in _letters(case, planned, reason):
        if is_sender:
            write_to_sender(tx, kind, facts, after, now)
        else:
            write_letter(tx, kind, facts, to, case=after, not_before=now, with_status=False)
    return after


def _planned(tx: DeskStep, case: Case) -> Reversal:
    """Whoever bound a lock since may be the stranger, or the enterprise with its new lock: a person
    has to look. Two people by how the case was approved, not by its risks now: an objection must
    not slow this down.
    """
    until, done_at = reversible_until(tx.desk, case), case.completed_at
    if until is None:
        state = STATES[case.state]
        raise NotAllowed(f"工单 {case.number} 现为{state}，没有可以撤销的办理。")
    if tx.now >= until:
        raise NotAllowed(
            f"工单 {case.number} 办结已超过 {tx.settings.reverse_hours} 小时，不能撤销办理；"
            "仍须恢复的，请在企业页面逐项处理。"
        )
    assert done_at is not None
    assert case.enterprise_id is not None
    enterprise = tx.accounts.get(case.enterprise_id)
    bindings = tx.bindings.of_enterprise(enterprise.id, ended=True)
    since = [lock.tail for lock in bindings if not lock.ended_at and lock.bound_at >= done_at]
    if since:
        raise NotAllowed(
            f"办结之后该企业又绑定了 CA 锁（尾号 {'、'.join(since)}）。请先与企业核实；"
            "确属他人绑定的，在企业页面解除后再撤销办理。"
        )
    passwords_set = tx.audit.entries(case.id, action="password.set")
    return Reversal(
        enterprise,
        tuple(lock for lock in bindings if lock.ended_by_case == case.id),
        drops_password=any(entry.at >= done_at for entry in passwords_set),
        two=BETWEEN_APPROVERS in case.approved_by,
        first=first_of_two(tx, case.first_reversed_by),
        contact=first_since(tx, enterprise, done_at),
    )


def _restore(tx: DeskStep, planned: Reversal) -> None:
    for lock in planned.locks:
        if not tx.bindings.restore(lock.id):
            raise NotAllowed(
                f"CA 锁（尾号 {lock.tail}）在办结之后已绑定到其他账号，不能一并恢复，未作任何改动。"
                "其余的锁可在企业页面逐一恢复。"
            )
    enterprise = planned.enterprise
    if planned.contact:
        enterprise = bring_back(tx, planned.contact)
    tx.links.void(enterprise.id)
    tx.logins.end_sessions(enterprise.id)
    if planned.drops_password:
        drop_password(tx, enterprise)


def _letters(case: Case, planned: Reversal, reason: str) -> list[tuple[str, LetterFacts, bool]]:
    """Recipient, words, and whether it is the sender's."""
    facts = LetterFacts(
        case_number=case.number,
        enterprise_name=planned.enterprise.name,
        done=planned.in_words(done=True),
        unbound=bool(planned.locks),
        reset=planned.drops_password,
    )
    sender = case.sender if case.may_be_answered else ""
    contact = planned.contact_email
    with_reason = replace(facts, reason=reason)
    if not contact or contact.lower() == sender.lower():
        letters = [(sender, with_reason, True)]
    else:
        letters = [(sender, facts, True), (contact, with_reason, False)]
    return [letter for letter in letters if letter[0]]
