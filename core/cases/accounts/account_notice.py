"""Notices to the registered contact about its account, written in the transaction of the act or
event.

Acts in the portal (a lock bound, unbound, lost or found, a password changed) and acts of an
administrator that open the account are reported with a link to object, which takes nothing back: it
freezes the account and raises an alert, because whoever acted without the enterprise's knowledge
holds its password or a lock of it, or deceived the administrator. A password set there by or
after the act is good no more, or whoever set it would be in again once the account is thawed.
Without a link: what an administrator decided on a registration, wrong passwords, certificates of
bound locks that end (60, 30 and 7 days before, once each). Where no address is registered, nothing
is written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from core.accounts.enterprises.certificate_end import STAGES, stage
from core.accounts.enterprises.enterprise_login import enterprise_of
from core.accounts.enterprises.lock_proof import consume, require_own_lock, verify_proof
from core.accounts.front_desk import FrontDesk
from core.accounts.password_rules import drop_password
from core.cases.desk import Desk, DeskStep, one_step
from core.cases.letters.letter_content import lock_words
from core.cases.letters.objection import freeze, use_link
from core.cases.letters.outbox import write_to_contact
from core.clock import A_DAY, day_text, local
from core.data.audit_entry import DESK, ENTERPRISE
from core.data.enterprise import Binding, Enterprise
from core.data.letter import LetterFacts, LetterKind
from core.data.link import LinkPurpose
from core.data.system_event import EventKind
from core.data.tries import HOUR, Account, Audience
from core.errors import NotAllowed
from core.locks.challenge import EnterpriseSession, Proof
from lock_protocol import Purpose

LETTERS_AN_HOUR = 50
"""About wrong passwords, which strangers bring about: beyond it one alert takes their place."""
MOST_A_DAY = 10
"""Notices of an enterprise's own acts."""
AT_ONCE = 50
"""A round writes so many letters of events; the next rounds write the others."""
SPRAYED = "login.sprayed"
PASSWORD_SET = ("password.first", "password.changed")


@dataclass(frozen=True)
class Visitor:
    """The enterprise that is logged in, at the desk and its entrance."""

    desk: Desk
    front: FrontDesk
    session: EnterpriseSession

    def enterprise(self) -> Enterprise:
        """The enterprise as it is stored now. `step` looks at it, and at the session, again."""
        with self.desk.view() as tx:
            return tx.accounts.get(self.session.enterprise_id)

    @contextmanager
    def step(self) -> Iterator[tuple[DeskStep, Enterprise]]:
        """A transaction for an act of the enterprise, which may have changed since it was looked
        at. Raises EntryRefused."""
        with self.desk.step() as tx:
            yield tx, enterprise_of(tx, self.session)

    @contextmanager
    def signed(
        self, proof: Proof, purpose: Purpose, account: str
    ) -> Iterator[tuple[DeskStep, Enterprise, Binding]]:
        """The same for an act that one of its bound locks signed just now. Raises EntryRefused,
        CertificateRefused.
        """
        verified_lock = verify_proof(self.front, proof, purpose, account)
        with self.step() as (tx, enterprise):
            certificate = consume(tx, verified_lock)
            yield tx, enterprise, require_own_lock(tx, certificate, enterprise)


def notify(tx: DeskStep, enterprise: Enterprise, *done: str) -> None:
    """Notify the contact of acts on the account."""
    write_to_contact(tx, LetterKind.ACCOUNT_NOTICE, LetterFacts(done=done), enterprise)


def notify_of_own(tx: DeskStep, enterprise: Enterprise, done: str) -> None:
    """The same of an act that a session may repeat. Raises NotAllowed for too many in a day."""
    purpose, since = LinkPurpose.ACCOUNT_OBJECTION, tx.now - A_DAY
    if tx.links.unused_since(enterprise.id, purpose, since, MOST_A_DAY) >= MOST_A_DAY:
        raise NotAllowed("24 小时内账号变动过于频繁，请稍后再试，或联系系统管理员。")
    notify(tx, enterprise, done)


@one_step
def object_to_act(tx: DeskStep, token: str) -> None:
    """Carry out the POST of that letter's link. Raises NotAllowed for an unusable link."""
    link = use_link(tx, token, LinkPurpose.ACCOUNT_OBJECTION)
    words = "的登记联系人对账号变动（绑定、挂失、密码等）提出异议：账号已冻结，请核实处理。"
    setters = (tx.audit.numbers(act, ENTERPRISE, link.made_at) for act in PASSWORD_SET)
    if any(link.enterprise_id in these for these in setters):
        drop_password(tx, tx.accounts.get(link.enterprise_id))
        words += "此后设置的密码已作废：没有绑定CA锁的，解冻后须申请重置密码。"
    freeze(tx, link.enterprise_id, "account.objected", words)


@one_step
def review_information(
    tx: DeskStep, actor: str, enterprise_id: int, reason: str, *, accepted: bool
) -> None:
    """An administrator accepts the information of a registration, or returns it: then it counts as
    not submitted until it is submitted again. Raises NotAllowed where nothing is submitted.
    """
    enterprise = tx.accounts.get(enterprise_id)
    if not enterprise.information_submitted:
        raise NotAllowed("企业尚未提交信息，或已退回。")
    returned = "" if accepted else reason
    reviewed = replace(
        enterprise,
        information_submitted=accepted,
        information_accepted_at=tx.now if accepted else None,
        information_returned=returned,
    )
    tx.accounts.save(reviewed)
    kind = LetterKind.INFORMATION_ACCEPTED if accepted else LetterKind.INFORMATION_RETURNED
    tx.audit.write(actor, f"account.{kind}", enterprise=enterprise_id, reason=reason)
    write_to_contact(tx, kind, LetterFacts(reason=returned), enterprise)


@one_step
def warn_of_endings(tx: DeskStep) -> int:
    """Warn of certificates that end soon; the binding notes the stage that was told.

    A lock reported lost is left out. Returns how many letters were written.
    """
    due = tx.bindings.due_for_warning(STAGES, AT_ONCE)
    return sum(_warn_of_end(tx, binding) for binding in due)


def _warn_of_end(tx: DeskStep, binding: Binding) -> bool:
    assert binding.valid_until is not None
    enterprise, days = tx.accounts.get(binding.enterprise_id), stage(binding.valid_until, tx.now)
    tx.bindings.set_columns(binding.id, warned_days=days)
    tx.audit.write(DESK, "lock.ending", days=days, enterprise=enterprise.id, binding=binding.id)
    until = day_text(local(binding.valid_until).date())
    facts = LetterFacts(done=(lock_words(binding),), until=until)
    write_to_contact(tx, LetterKind.CERTIFICATE_ENDS, facts, enterprise)
    return bool(enterprise.contact_email)


def notify_locked_accounts(desk: Desk) -> int:
    """Tell the owners of accounts that wrong passwords locked: the contact by letter, at most one a
    day, administrators by an alert. A login only marks the counter (core.data.tries), so that
    none takes longer because the account exists. Returns how many letters were written.
    """
    with desk.view() as tx:
        if not tx.tries.any_to_notify():
            return 0
    with desk.step() as tx:
        return sum(_notify_locked(tx, account) for account in tx.tries.accounts_to_notify(AT_ONCE))


def _notify_locked(tx: DeskStep, account: Account) -> bool:
    assert account.id is not None
    if account.audience is Audience.ADMINISTRATOR:
        name = tx.administrators.get(account.id).name
        tx.audit.write(DESK, "login.locked", administrator=account.id)
        text = (
            f"管理员 {name} 的密码被连续输错，有关来源已暂停登录。"
            "不是本人的，请核查，并考虑用 web.administrators_from 限定网段。"
        )
        tx.alerts.add(f"login.administrator.{account.id}", text)
        return False
    enterprise = tx.accounts.get(account.id)
    tx.audit.write(DESK, "login.locked", enterprise=enterprise.id)
    tx.events.add(EventKind.LOCKED, enterprise.id)
    contact, kind = enterprise.contact_email, LetterKind.LOGIN_LOCKED
    if not contact or tx.letters.count_since(tx.now - A_DAY, {kind}, 1, contact):
        return False
    if tx.letters.count_since(tx.now - HOUR, {kind}, LETTERS_AN_HOUR) >= LETTERS_AN_HOUR:
        text = (
            f"一小时内已有 {LETTERS_AN_HOUR} 个企业账号的密码被连续输错，可能有人在猜密码；"
            "其余企业不再逐一发信告知。"
        )
        tx.alerts.add(SPRAYED, text)
        return False
    write_to_contact(tx, kind, LetterFacts(), enterprise)
    return True
