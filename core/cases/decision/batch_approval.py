"""Whether a case may be approved unseen, in a batch: one judgement for the list, the case page,
the batch and the command line.

A case for which a reason stands against it is opened and approved by itself. Nothing here approves
or refuses anything (core.cases.decision.approve). Some reasons stand in the case itself
(`reasons_in_case`): they change with it alone, so that its row says whether there is one, written
with it, and a list asks the store for the others only. The rest is never stored, since it changes
without the case: account, locks, mails, letters, time (`reasons_to_look`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.cases.desk import Desk
from core.cases.requester import has_contact_address, is_contact
from core.data.case import Case
from core.data.case_query import NOT_THE_CONTACT, reasons_in_case
from core.data.contact import is_young
from core.data.enterprise import Enterprise
from core.data.mail_record import CaseMails
from core.enterprise_names import fold_name
from core.store.store import Transaction

CHECKED: Final = "机检通过"
"""What screens say of a case that may be approved unseen."""
RECENT: Final = timedelta(days=90)
"""An enterprise loses or renews its locks once in years; one that unbinds again within a quarter is
being attacked or needs advice, and either is for a person to find out."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the case. `keeps_a_lock`: a lock stays bound after what the case ends.

    `unbound_at`: when its last binding ended, if any did.

    `bounced`: a letter to the registered contact came back for good. `passwords_here`: enterprises
    log in by this desk's own entrance.
    """

    enterprise: Enterprise | None
    mails: CaseMails = CaseMails()  # noqa: RUF009  a frozen value
    keeps_a_lock: bool = False
    unbound_at: datetime | None = None
    bounced: bool = False
    passwords_here: bool = True


def reasons_to_look(case: Case, known: Known, now: datetime) -> tuple[str, ...]:
    """Why a person has to look at the case before it is approved, in short words for the list; ()
    where it may be approved unseen."""
    enterprise = known.enterprise
    if enterprise is None:
        return reasons_in_case(case)
    unread = known.mails.unread - known.mails.unread_unproved  # anybody may borrow an address
    young = bool(case.reset_password) and is_young(enterprise, now)
    facts = (
        (not is_contact(case, enterprise, known.mails), _not_the_contact(case, enterprise)),
        (is_another(case, enterprise), "账号与申请中的企业不同"),
        (enterprise.frozen_at is not None, "账号已冻结"),
        (young, "登记联系邮箱启用不足 24 小时，暂不能发送重置密码的链接"),
        (_locked_out(case, known), "账号没有密码且未要求重置，批准后企业无法登录"),
        (not enterprise.contact_email, "没有登记联系人邮箱"),
        (known.bounced, "登记联系人邮箱退信"),
        (unread > 0, f"{unread} 封来信未阅"),
        (
            known.unbound_at is not None and now - known.unbound_at < RECENT,
            f"{RECENT.days} 天内解除过绑定",
        ),
    )
    live = [words for against, words in facts if against]
    # the list shows the first: who asks
    return tuple(dict.fromkeys((*live, *reasons_in_case(case))))


def looked_up(
    tx: Transaction, desk: Desk, cases: Sequence[Case], now: datetime
) -> dict[int, tuple[str, ...]]:
    """`reasons_to_look` of each of these cases, by its id."""
    if not cases:
        return {}
    ids = {case.enterprise_id for case in cases if case.enterprise_id is not None}
    enterprises, active, ended = (
        tx.accounts.by_ids(ids),
        tx.bindings.active_ids(ids),
        tx.bindings.last_ended(ids),
    )
    bounced = tx.letters.bounced_among(
        {
            enterprise.contact_email
            for enterprise in enterprises.values()
            if enterprise.contact_email
        }
    )
    mails = tx.mails.summaries([case.id for case in cases])

    def known(case: Case) -> Known:
        enterprise, found = (
            enterprises.get(case.enterprise_id or 0),
            mails.get(case.id, CaseMails()),
        )
        if enterprise is None:
            return Known(None)
        stays = any(
            binding_id not in (case.binding_ids or ())
            for binding_id in active.get(enterprise.id, ())
        )
        return Known(
            enterprise,
            found,
            keeps_a_lock=stays,
            unbound_at=ended.get(enterprise.id),
            bounced=enterprise.contact_email in bounced,
            passwords_here=desk.settings.passwords_here,
        )

    return {case.id: reasons_to_look(case, known(case), now) for case in cases}


def _not_the_contact(case: Case, enterprise: Enterprise) -> str:
    forged = has_contact_address(case, enterprise)
    return f"{NOT_THE_CONTACT}（发件地址未经证实）" if forged else NOT_THE_CONTACT


def is_another(case: Case, account: Enterprise) -> bool:
    """Whether the account is not the one that the papers name:
    renamed, or a slip of whoever chose it."""
    return (case.uscc or account.uscc) != account.uscc or fold_name(
        case.enterprise_name or account.name
    ) != fold_name(account.name)


def _locked_out(case: Case, known: Known) -> bool:
    """Accounts of an imported register have no password:
    with its locks gone such an enterprise is locked out."""
    has_password = known.enterprise is not None and known.enterprise.password_set
    return bool(
        known.passwords_here
        and case.unbind
        and case.reset_password is False
        and not has_password
        and not known.keeps_a_lock
    )
