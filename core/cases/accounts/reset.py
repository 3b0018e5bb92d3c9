"""Setting a new password by the link of the reset letter: twice the same, by the rules,
once (RULES.md section 6).

Whoever was logged in with the password of before is logged out,
and a lock of the password login is open.
"""

from core.accounts.password_rules import hashed, set_password
from core.cases.desk import Desk
from core.cases.letters.objection import UNUSABLE, usable_link
from core.data.account_ports import LinkPurpose
from core.data.tries import LoginSource, remember_browser
from core.errors import NotAllowed


def set_password_by_link(
    desk: Desk, token: str, password: str, again: str, login_source: LoginSource | None = None
) -> str:
    """Set the password of the link's enterprise and use up the link.

    Raises NotAllowed with the rule that is broken.

    Browsers that were known are so no more; with `login_source` this one is now,
    and the token for its cookie is given back.
    """
    now = desk.clock.now()
    with desk.store.view() as tx:
        link = usable_link(tx, token, now)
        enterprise = tx.accounts.get(link.enterprise_id)
    if link.purpose is not LinkPurpose.RESET or enterprise.frozen_at:
        raise NotAllowed(UNUSABLE)
    password_hash = hashed(desk.passwords, password, again, enterprise.name)
    with desk.store.transaction() as tx:
        if not tx.links.use(link.id, now):
            raise NotAllowed(UNUSABLE)
        enterprise = tx.accounts.get(link.enterprise_id)
        if enterprise.frozen_at:
            raise NotAllowed(UNUSABLE)
        account = set_password(tx, enterprise, password_hash, now)
        case = tx.cases.get(link.case_id) if link.case_id else None
        tx.audit.write(
            now, "registered contact", "password.set", case, enterprise=str(enterprise.id)
        )
        return remember_browser(tx, account, login_source, now) if login_source else ""
