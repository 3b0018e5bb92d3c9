"""The registered contact of an account: the form of an address,
how old it is, and how it changes.

Links that open an account go to this address, so it is exactly one plain address (RFC 5321 lengths,
RFC 5322 dot-atom, a domain of letters, digits and hyphens), never a list, a name with an address,
or one of ours: a link that we send to ourselves opens the account to nobody.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import is_recent
from core.data.enterprise import Enterprise
from core.errors import NotAllowed

LONGEST_ADDRESS = 200
"""RFC 5321 allows 254; the lock agent shows and signs at most 200 characters of an address,
and so do the pages."""
LONGEST_NAME = 100
LONGEST_PHONE = 40
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(
    rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}"
)


@dataclass(frozen=True)
class ContactChange:
    """A wish to change the contact address.

    `link_id`: the link that confirms it, sent to `after`; `objection_id`: the link that takes it
    back, sent to `before`, None where there was no address. `before_since`: since when `before` was
    the contact, None where that is not known. `person`: name and telephone that come with the
    address, and `person_before` those of then; None where they stay.
    """

    id: int
    enterprise_id: int
    before: str
    before_since: datetime | None
    after: str
    asked_at: datetime
    link_id: int
    objection_id: int | None = None
    confirmed_at: datetime | None = None
    objected_at: datetime | None = None
    person: tuple[str, str] | None = None
    person_before: tuple[str, str] | None = None


def is_address(text: str) -> bool:
    """Whether the text is exactly one plain address."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def is_own(address: str, own: Collection[str]) -> bool:
    """Whether the address is one of `own`: letter case and what follows a plus sign
    reach the same mailbox."""
    return _mailbox(address) in {_mailbox(one) for one in own if one}


def require_address(address: str, own: Collection[str]) -> None:
    """Raise NotAllowed unless the contact can be reached at the address."""
    if not is_address(address):
        raise NotAllowed("请填写正确的联系邮箱（只填一个），重置链接和通知将发送到该邮箱。")
    if is_own(address, own):
        raise NotAllowed("联系邮箱不能是本中心收取申请的邮箱，请填写贵单位自己的邮箱。")


def require_person(name: str, phone: str) -> None:
    """Raise NotAllowed unless the contact has a name, and name and phone are a line each."""
    if not name.strip():
        raise NotAllowed("请填写联系人姓名。")
    if not (name + phone).isprintable() or len(name) > LONGEST_NAME or len(phone) > LONGEST_PHONE:
        raise NotAllowed(
            f"联系人姓名（不超过 {LONGEST_NAME} 字）或电话（不超过 {LONGEST_PHONE} 字）填写有误。"
        )


def is_young(enterprise: Enterprise, now: datetime, wait_hours: int) -> bool:
    """Whether the contact address is too new for a reset link."""
    return is_recent(enterprise.contact_since, now, timedelta(hours=wait_hours))


def _mailbox(address: str) -> str:
    local, _, domain = address.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
