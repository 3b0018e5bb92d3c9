"""An enterprise's own password: set by the link of the reset letter, or in the portal by a
signature of a bound lock or by the password of before (RULES.md section 6).

Every other login of the account ends, and no browser is known any more. A lock in strange hands
could set a password in the portal, so the registered contact gets a notice with a link to object.
"""

from core.accounts.enterprises.enterprise_login import Entry, enter, enterprise_of, require_password
from core.accounts.password_rules import hashed, set_password
from core.accounts.tries import remember_browser
from core.cases.accounts.account_notice import Visitor, notify_of_own
from core.cases.desk import Desk, DeskStep
from core.cases.letters.objection import usable_link, use_link
from core.data.audit_entry import CONTACT, ENTERPRISE
from core.data.enterprise import Enterprise
from core.data.link import LinkPurpose
from core.data.tries import LoginSource
from core.errors import EntryRefused, LinkUnusable, NotAllowed
from core.locks.challenge import Proof
from lock_protocol import Purpose


def set_password_by_link(
    desk: Desk, token: str, password: str, again: str, login_source: LoginSource
) -> str:
    """Set the password of the link's enterprise. The browser is known now, and the token for its
    cookie is returned. Raises NotAllowed for an unusable link or a broken rule.
    """
    with desk.view() as tx:
        link = usable_link(tx, token, LinkPurpose.RESET)
        enterprise = tx.accounts.get(link.enterprise_id)
    password_hash = hashed(desk.passwords, password, again, enterprise.name)
    with desk.step() as tx:
        link = use_link(tx, token, LinkPurpose.RESET)
        enterprise = tx.accounts.get(link.enterprise_id)
        if enterprise.frozen_at:
            raise LinkUnusable
        account = set_password(tx, enterprise, password_hash)
        case = tx.cases.optional(link.case_id)
        tx.audit.write(CONTACT, "password.set", case, enterprise=enterprise.id)
        return remember_browser(tx, account, login_source)


def set_by_lock(
    visitor: Visitor, proof: Proof, password: str, again: str, login_source: LoginSource
) -> Entry:
    """Set or replace the password with a bound lock's signature (purpose `password`). Raises
    EntryRefused, CertificateRefused, NotAllowed (a rule of form).
    """
    enterprise = visitor.enterprise()
    password_hash = hashed(visitor.front.passwords, password, again, enterprise.name)
    with visitor.signed(proof, Purpose.PASSWORD, enterprise.uscc) as (tx, enterprise, _):
        return _set(tx, visitor, enterprise, password_hash, login_source)


def change_by_password(
    visitor: Visitor, old: str, password: str, again: str, login_source: LoginSource
) -> Entry:
    """Replace the password by the old one, whose tries are counted as at the login. Raises
    EntryRefused, NotAllowed (a rule of form).
    """
    with visitor.desk.view() as tx:
        enterprise = enterprise_of(tx, visitor.session)
    if not enterprise.password_set:
        raise EntryRefused("password.missing", "账号还没有设置密码，请用CA锁签名设置。")
    if password == old:
        raise NotAllowed("新密码不能与原密码相同。")
    password_hash = hashed(visitor.front.passwords, password, again, enterprise.name)
    require_password(visitor.front, visitor.session, old, login_source)
    with visitor.step() as (tx, enterprise):
        return _set(tx, visitor, enterprise, password_hash, login_source)


def _set(
    tx: DeskStep,
    visitor: Visitor,
    enterprise: Enterprise,
    password_hash: str,
    login_source: LoginSource,
) -> Entry:
    set_password(tx, enterprise, password_hash)
    action, done = "password.first", "设置账号的密码"
    if enterprise.password_set:
        action, done = "password.changed", "更改账号的密码"
    tx.audit.write(ENTERPRISE, action, enterprise=enterprise.id)
    notify_of_own(tx, enterprise, done)
    return enter(tx, visitor.front, enterprise, visitor.session.binding_id, login_source)
