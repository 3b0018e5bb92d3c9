"""Whether a case may be approved unseen, in a batch: one judgement for the list, the case page, the
batch and the command line.

A case with a reason against it is opened and approved by itself. Nothing here approves or refuses
anything (core.cases.decision.approve). Reasons that the case alone decides are in its row, too
(case_query.reasons_in_case), so that a list asks the store for the others only. Those are never
stored, since they change without the case: account, locks, mails, letters, time.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from core.cases.desk import CaseSettings, DeskStep
from core.cases.requester import is_contact
from core.clock import is_recent
from core.data.case import Case
from core.data.case_query import NOT_THE_CONTACT, reasons_in_case
from core.data.contact import is_young
from core.data.enterprise import Enterprise
from core.data.mail_record import CaseMails
from core.enterprise_names import fold_name

CHECKED = "机检通过"
"""The mark on screens for a case that may be approved unseen."""
ANOTHER = "账号与申请中的企业不同"
FROZEN = "账号已冻结"
BOUNCED = "登记联系人邮箱退信"
_OF_NAMES = frozenset({"match.enterprise_name", "account.renamed"})
SHUT_OUT = "账号没有密码且未要求重置，批准后企业无法登录"
RECENT = timedelta(days=90)
"""An enterprise loses or renews its locks once in years; one that unbinds again within a quarter is
being attacked or needs advice, and either is for a person to find out."""


def reasons_to_look(
    case: Case,
    enterprise: Enterprise | None,
    mails: CaseMails,
    settings: CaseSettings,
    now: datetime,
    *,
    keeps_a_lock: bool,
    unbound_at: datetime | None,
    bounced: Collection[str],
) -> tuple[str, ...]:
    """Why a person has to look at the case before it is approved, in short words for the list; ()
    where it may be approved unseen. `keeps_a_lock`: a lock stays bound after the case has ended its
    bindings. `unbound_at`: when its last binding ended, if any did. `bounced`: addresses to which a
    letter came back for good.
    """
    if enterprise is None:
        return reasons_in_case(case)
    wait_hours = settings.contact_wait_hours
    stranger = NOT_THE_CONTACT
    if enterprise.is_contact_address(case.sender):
        stranger = f"{NOT_THE_CONTACT}（发件地址未经证实）"
    unread = mails.unread - mails.unread_unproved  # anybody may borrow an address
    no_password = not enterprise.password_set and case.reset_password is False
    unbinds_all = bool(case.unbind) and not keeps_a_lock
    reasons = {
        stranger: not is_contact(case, enterprise, mails),
        ANOTHER: is_another(case, enterprise),
        FROZEN: enterprise.frozen_at is not None,
        f"登记联系邮箱启用不足 {wait_hours} 小时，暂不能发送重置密码的链接": (
            bool(case.reset_password) and is_young(enterprise, now, wait_hours)
        ),
        SHUT_OUT: settings.passwords_here and no_password and unbinds_all,
        "没有登记联系人邮箱": not enterprise.contact_email,
        BOUNCED: enterprise.contact_email in bounced,
        f"{unread} 封来信未阅": bool(unread),
        f"{RECENT.days} 天内解除过绑定": is_recent(unbound_at, now, RECENT),
    }
    live = [words for words, applies in reasons.items() if applies]
    return tuple(dict.fromkeys((*live, *reasons_in_case(case))))  # a list shows the first: who asks


def looked_up(tx: DeskStep, cases: Sequence[Case]) -> dict[int, tuple[str, ...]]:
    """`reasons_to_look` of each of these cases, by its id."""
    if not cases:
        return {}
    ids = {case.enterprise_id for case in cases}
    enterprises, active = tx.accounts.by_ids(ids), tx.bindings.active_ids(ids)
    ended, mails = tx.bindings.last_ended(ids), tx.mails.summaries(cases)
    contacts = {one.contact_email for one in enterprises.values() if one.contact_email}
    bounced = tx.letters.bounced_among(contacts)
    found: dict[int, tuple[str, ...]] = {}
    for case in cases:
        its = case.enterprise_id
        found[case.id] = reasons_to_look(
            case,
            enterprises.get(its),
            mails[case.id],
            tx.settings,
            tx.now,
            keeps_a_lock=bool({*active.get(its, ())} - {*(case.binding_ids or ())}),
            unbound_at=ended.get(its),
            bounced=bounced,
        )
    return found


def is_another(case: Case, account: Enterprise) -> bool:
    """Whether the account is not the one that the papers name: renamed, or a slip of whoever chose
    it. Where the code is the account's and a finding is about the name already, that is enough: an
    abbreviation in the mail is one cause.
    """
    if case.uscc and case.uscc != account.uscc:
        return True
    if case.uscc and _OF_NAMES & {one.code for one in case.serious}:
        return False
    name = case.enterprise_name or account.name
    return fold_name(name) != fold_name(account.name)
