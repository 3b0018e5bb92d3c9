"""How often a password may be tried.

Guessing is slowed until it is hopeless, and nobody can lock out anybody else
(OWASP: device cookies).

| counter | counts | beyond it |
| account × source | wrong passwords in a row | closed for 1, 2, 4, 8, then 15 minutes each |
| account, all sources | wrong passwords an hour | closed until the hour allows one again |
| source, all accounts | wrong passwords an hour | the same: one password tried on many accounts |
| account × browser that logged in before | wrong passwords in a row | closed as the first one |

A browser that logged in before has its own counter in place of all others; a source where such a
browser is known skips the two wide ones. So a stranger closes an account for strangers at most, and
each closing ends by itself. A source is an address prefix. Names are counted whether or not an
account has them, so that counters disclose nothing. A try is counted before it is verified, in one
transaction: tries made at the same moment cannot be more than one after the other. A right password
takes its own try back, and no others: else one's own account would buy guesses.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final, Protocol

from core.enterprise_names import fold_name
from core.errors import EntryRefused
from core.tokens import digest

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=24)
"""Of no wrong try, a row begins anew."""
DEVICE_LIFE: Final = timedelta(days=180)
"""Since its last login, a browser counts as known."""
HOUR: Final = timedelta(hours=1)
WRONG: Final = "账号或密码不正确。"


class Audience(StrEnum):
    """Whose account it is."""

    ENTERPRISE = "enterprise"
    ADMINISTRATOR = "administrator"


AT_ONCE: Final = {
    Audience.ENTERPRISE: (
        "已绑定CA锁的可使用CA锁登录；需要立即解锁的，请联系系统管理员，或申请重置密码。"
    ),
    Audience.ADMINISTRATOR: "需要立即解锁的，请由系统管理员执行 unbind admin unlock。",
}
"""Who is locked need not wait."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a name means. `id` is None where there is none of that name."""

    audience: Audience
    name: str
    id: int | None = None

    @property
    def key(self) -> str:
        """By what its counters are found."""
        return f"{self.audience}\n{self.name}"


@dataclass(frozen=True, slots=True)
class LoginSource:
    """Where a try comes from.

    `source`: an address prefix; `device`: the token in the browser's cookie, "" without one.
    """

    source: str
    device: str = field(default="", repr=False)

    @property
    def device_sha256(self) -> str:
        """What is stored of the browser's token; "" without one."""
        return digest(self.device) if self.device else ""


@dataclass(frozen=True, slots=True)
class Tries:
    """The state of one counter: wrong tries, the last one's time, and when the next may be made."""

    failed: int
    at: datetime
    closed_until: datetime


@dataclass(frozen=True, slots=True)
class TryLimits:
    """Limits (config.yaml).

    `in_a_row`: wrong ones that lock an account for a source;
    per hour: wrong ones of an account and of a source.
    """

    in_a_row: int = 5
    per_account_hour: int = 60
    per_source_hour: int = 30


@dataclass(frozen=True, slots=True)
class InARow:
    """Open for `most` tries in a row; then each further one closes for twice as long,
    up to LONGEST_PAUSE."""

    most: int

    def counted(self, former: Tries | None, now: datetime) -> Tries:
        failed = 1 + (former.failed if former and now - former.at < FORGOTTEN_AFTER else 0)
        return Tries(failed, now, now + self._pause(failed))

    def given_back(self, tries: Tries) -> Tries:
        return Tries(tries.failed - 1, tries.at, tries.at + self._pause(tries.failed - 1))

    def closes(self, tries: Tries) -> bool:
        """Whether the try just counted is one that its account's owner should be notified of."""
        return tries.failed == self.most

    def _pause(self, failed: int) -> timedelta:
        beyond = failed - self.most
        return (
            min(FIRST_PAUSE * 2 ** min(beyond, 10), LONGEST_PAUSE) if beyond >= 0 else timedelta(0)
        )


@dataclass(frozen=True, slots=True)
class Hourly:
    """Room for `most` tries, filled up again evenly over an hour (GCRA, ITU-T I.371: one instant
    holds the whole state)."""

    most: int

    @property
    def _each(self) -> timedelta:
        return HOUR / self.most

    def counted(self, former: Tries | None, now: datetime) -> Tries:
        slack = self._each * (self.most - 1)
        empty_at = max(former.closed_until + slack, now) if former else now
        return Tries((former.failed if former else 0) + 1, now, empty_at + self._each - slack)

    def given_back(self, tries: Tries) -> Tries:
        return Tries(tries.failed - 1, tries.at, tries.closed_until - self._each)

    def closes(self, tries: Tries) -> bool:
        return tries.closed_until > tries.at


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter. `pace`: how it closes.

    `account`: whose it is, None for one of a source alone.
    """

    name: str
    pace: InARow | Hourly
    account: Account | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a try. `verify`: it was counted, and its password may be verified.

    `failed`: wrong ones in a row, `left`: those before a pause.

    `locked`: this source's own row of wrong ones is closed by now; else a refusal is one of the
    wide counters'. `counted`: what to take back.
    """

    verify: bool
    failed: int
    left: int
    locked: bool
    closed_until: datetime
    counted: tuple[Counter, ...] = ()


class TryRepository(Protocol):
    """Where counters and known browsers are kept."""

    def of(self, counter: Counter) -> Tries | None: ...
    def save(self, counter: Counter, tries: Tries, *, tell: bool) -> None:
        """Write a counter; `tell`: the owner of the account has to be notified
        (`accounts_to_notify`)."""

    def drop(self, counter: Counter) -> None: ...
    def clear(self, account: Account) -> None:
        """Open an account for all sources at once."""

    def closed_until(self, account: Account, now: datetime) -> datetime | None:
        """Until when an account is closed for at least one source;
        None where it is closed for none."""

    def any_to_notify(self) -> bool:
        """Whether `accounts_to_notify` would give any; hands nothing out."""

    def accounts_to_notify(self, limit: int) -> list[Account]:
        """Accounts, known or not, that were locked and whose owners were not notified yet; what is
        handed out here counts as notified."""

    def drop_old(self, now: datetime) -> None:
        """Forget counters that count no more, known browsers and sessions that are over."""

    def add_device(
        self, token_sha256: str, account: Account, source: str, expires_at: datetime
    ) -> None:
        """Remember that this browser logged in to the account, or that it did so again."""

    def is_device(self, token_sha256: str, now: datetime, account: Account | None = None) -> bool:
        """Whether a browser is known (to an account)."""

    def is_source(self, source: str, account: Account, now: datetime) -> bool:
        """Whether a known browser of the account logged in from this source."""

    def drop_devices(self, account: Account) -> None: ...


class TriesTransaction(Protocol):
    """What counting tries asks of a transaction."""

    tries: TryRepository


def enterprise_account(name: str, account_id: int | None = None) -> Account:
    """The account of an enterprise. Names are compared as the registry compares them."""
    return Account(Audience.ENTERPRISE, fold_name(name), account_id)


def administrator_account(name: str, account_id: int | None = None) -> Account:
    """The account of an administrator."""
    return Account(Audience.ADMINISTRATOR, name.strip(), account_id)


def count_try(
    tx: TriesTransaction,
    limits: TryLimits,
    account: Account,
    login_source: LoginSource,
    now: datetime,
) -> Standing:
    """Count a try before it is verified.

    One that comes while a counter is closed is neither counted nor to be verified.
    """
    counters = _counters(tx, limits, account, login_source, now)
    former = [tx.tries.of(counter) for counter in counters]
    own = former[0]
    closed = [tries.closed_until for tries in former if tries and tries.closed_until > now]
    if closed:
        locked = own is not None and own.closed_until > now
        return Standing(
            verify=False,
            failed=own.failed if own else 0,
            left=0,
            locked=locked,
            closed_until=max(closed),
        )
    fresh = [
        counter.pace.counted(tries, now) for counter, tries in zip(counters, former, strict=True)
    ]
    for counter, tries in zip(counters, fresh, strict=True):
        tx.tries.save(
            counter, tries, tell=counter.account is not None and counter.pace.closes(tries)
        )
    mine = fresh[0]
    left = max(limits.in_a_row - mine.failed, 0)
    return Standing(
        verify=True,
        failed=mine.failed,
        left=left,
        locked=mine.closed_until > now,
        closed_until=mine.closed_until,
        counted=counters,
    )


def take_back(tx: TriesTransaction, standing: Standing, *, opened: bool) -> None:
    """Take a try back that was not wrong.

    `opened`: it was right, and the row of wrong ones of its source ends.
    """
    for number, counter in enumerate(standing.counted):
        tries = tx.tries.of(counter)
        if opened and number == 0:
            tx.tries.drop(counter)
        elif tries:
            tx.tries.save(counter, counter.pace.given_back(tries), tell=False)


def refused(standing: Standing, audience: Audience, now: datetime) -> EntryRefused:
    """What is said of a try that opened nothing: how many are left, or when the next may be made;
    the same whether or not there is such an account."""
    minutes = ceil((standing.closed_until - now) / timedelta(minutes=1))
    if standing.locked:
        locked = (
            f"账号被锁定：密码连续输错 {standing.failed} 次。"
            f"本网络暂停账号登录，{minutes} 分钟后自动恢复。"
        )
        return EntryRefused("password.locked", locked + AT_ONCE[audience])
    if not standing.verify:
        return EntryRefused(
            "password.later", f"登录尝试过多，请 {minutes} 分钟后再试。{AT_ONCE[audience]}"
        )
    return EntryRefused("password.wrong", f"{WRONG}还可尝试 {standing.left} 次。")


def remember_device(
    tx: TriesTransaction, account: Account, login_source: LoginSource, now: datetime
) -> str:
    """Remember the browser that logged in just now; gives the token for its cookie.

    One browser may know several accounts.

    Only a token that was given out here is kept: nobody chooses one for somebody else.
    """
    kept = bool(login_source.device) and tx.tries.is_device(login_source.device_sha256, now)
    known = login_source if kept else LoginSource(login_source.source, secrets.token_urlsafe(32))
    tx.tries.add_device(known.device_sha256, account, known.source, now + DEVICE_LIFE)
    return known.device


def _counters(
    tx: TriesTransaction,
    limits: TryLimits,
    account: Account,
    login_source: LoginSource,
    now: datetime,
) -> tuple[Counter, ...]:
    """The counters of a try; the first one is its own row of wrong tries."""
    if login_source.device and tx.tries.is_device(login_source.device_sha256, now, account):
        return (
            Counter(
                f"device\n{account.key}\n{login_source.device_sha256}",
                InARow(limits.in_a_row),
                account,
            ),
        )
    own = Counter(f"source\n{account.key}\n{login_source.source}", InARow(limits.in_a_row), account)
    if tx.tries.is_source(login_source.source, account, now):
        return (own,)
    wide = Counter(f"account\n{account.key}", Hourly(limits.per_account_hour), account)
    sprayed = Counter(
        f"sprayed\n{account.audience}\n{login_source.source}", Hourly(limits.per_source_hour), None
    )
    return own, wide, sprayed
