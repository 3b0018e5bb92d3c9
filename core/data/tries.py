"""How often a password may be tried: guessing is slowed, and nobody can lock out anybody else.

| counter | counts | beyond the limit |
|---|---|---|
| account × source | wrong passwords in a row | closed for 1, 2, 4, 8, then 15 minutes |
| account, all sources | wrong passwords without an hour's rest | one try in 60 / limit minutes |
| source, all accounts | the same: one password tried on many accounts | the same |
| account × known browser | wrong passwords in a row | closed as the first one |

A browser that logged in before has its own counter in place of all others, so a stranger closes an
account for strangers at most, and each closing ends by itself. A source is an address prefix. Names
count whether or not an account has them, so that counters disclose nothing. A try is counted before
it is verified. A right password takes its own try back, and no others: else one's own account would
buy guesses.

A browser is known by a token in its cookie: an expiry and a MAC over it, the account and the
account's password hash (OWASP device cookies). So nothing is stored, nobody can make one, and a new
password voids it.
"""

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final, Protocol

from core.enterprise_names import fold_name
from core.errors import EntryRefused

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=24)
HOUR: Final = timedelta(hours=1)
BROWSER_LIFE: Final = timedelta(days=180)
"""Since its last login, a browser counts as known."""
BROWSER_ACCOUNTS: Final = 4
"""So many accounts know one browser: those that it logged in to last."""
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
"""What a person who is locked out can do instead of waiting."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a name means. `id` is None and `password_hash` "" where there is none."""

    audience: Audience
    name: str
    id: int | None = None
    password_hash: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """By what its counters are found."""
        return f"{self.audience}\n{self.name}"


@dataclass(frozen=True, slots=True)
class LoginSource:
    """Where a try comes from. `source`: an address prefix; `browser`: what its cookie holds, the
    tokens of the accounts that know it, with dots between them."""

    source: str
    browser: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Tries:
    """The state of one counter: wrong tries, the last one's time, when the next may be made."""

    failed: int
    at: datetime
    closed_until: datetime


@dataclass(frozen=True, slots=True)
class TryLimits:
    """Limits (config.yaml). `in_a_row`: wrong ones that lock an account for a source; per hour:
    wrong ones of an account and of a source."""

    in_a_row: int = 5
    per_account_hour: int = 60
    per_source_hour: int = 30


@dataclass(frozen=True, slots=True)
class Pace:
    """Open for `most` wrong tries; each further one closes for `pause`, doubled each time up to
    `longest`. After `forgotten_after` without a wrong try it begins anew."""

    most: int
    pause: timedelta = FIRST_PAUSE
    longest: timedelta = LONGEST_PAUSE
    forgotten_after: timedelta = FORGOTTEN_AFTER

    def counted(self, former: Tries | None, now: datetime) -> Tries:
        is_fresh = former is not None and now - former.at < self.forgotten_after
        failed = former.failed + 1 if former and is_fresh else 1
        return Tries(failed, now, now + self._pause(failed))

    def given_back(self, tries: Tries) -> Tries:
        return Tries(tries.failed - 1, tries.at, tries.at + self._pause(tries.failed - 1))

    def _pause(self, failed: int) -> timedelta:
        beyond = failed - self.most
        return min(self.pause * 2 ** min(beyond, 10), self.longest) if beyond >= 0 else timedelta(0)


def hourly(most: int) -> Pace:
    """So many tries at once, and as many in each hour after that."""
    each = HOUR / most
    return Pace(most, each, each, HOUR)


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter. `account`: whose it is, None for one of a source alone."""

    name: str
    pace: Pace
    account: Account | None


@dataclass(frozen=True, slots=True)
class CountedTry:
    """`verify`: the try was counted, and its password may be verified. `failed`: wrong ones in a
    row, `left`: those before a pause. `locked`: this source's own row is closed by now; else a
    refusal is one of the wide counters'. `counted`: what to take back.
    """

    verify: bool
    failed: int
    left: int
    locked: bool
    closed_until: datetime
    counted: tuple[Counter, ...] = ()


class TryRepository(Protocol):
    """Where counters are kept."""

    def of(self, counter: Counter) -> Tries | None: ...
    def save(self, counter: Counter, tries: Tries, *, tell: bool) -> None:
        """Write a counter; `tell`: the account's owner has to be notified
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
        """Accounts that were locked and whose owners were not notified yet; what is handed out
        here counts as notified."""

    def drop_old(self, now: datetime) -> None:
        """Delete counters that count no more, and sessions that are over."""

    def browser_mac(self, account: Account, expires_s: int) -> str:
        """The MAC of a known browser, by the vault's key."""


class TriesTransaction(Protocol):
    """What counting tries asks of a transaction."""

    @property
    def tries(self) -> TryRepository: ...


def enterprise_account(
    name: str, account_id: int | None = None, password_hash: str | None = ""
) -> Account:
    """The account of an enterprise. Names are compared as the registry compares them."""
    return Account(Audience.ENTERPRISE, fold_name(name), account_id, password_hash or "")


def administrator_account(
    name: str, account_id: int | None = None, password_hash: str = ""
) -> Account:
    """The account of an administrator."""
    return Account(Audience.ADMINISTRATOR, name.strip(), account_id, password_hash)


def count_try(
    tx: TriesTransaction,
    limits: TryLimits,
    account: Account,
    login_source: LoginSource,
    now: datetime,
) -> CountedTry:
    """Count a try before it is verified. One that comes while a counter is closed is neither
    counted nor to be verified."""
    counters = _counters(tx, limits, account, login_source, now)
    former = [tx.tries.of(counter) for counter in counters]
    own = former[0]
    closed = [tries.closed_until for tries in former if tries and tries.closed_until > now]
    if closed:
        locked = own is not None and own.closed_until > now
        failed = own.failed if own else 0
        return CountedTry(
            verify=False, failed=failed, left=0, locked=locked, closed_until=max(closed)
        )
    fresh = [
        counter.pace.counted(tries, now) for counter, tries in zip(counters, former, strict=True)
    ]
    for counter, tries in zip(counters, fresh, strict=True):
        tell = counter.account is not None and tries.failed == counter.pace.most
        tx.tries.save(counter, tries, tell=tell)
    mine = fresh[0]
    return CountedTry(
        verify=True,
        failed=mine.failed,
        left=max(limits.in_a_row - mine.failed, 0),
        locked=mine.closed_until > now,
        closed_until=mine.closed_until,
        counted=counters,
    )


def take_back(tx: TriesTransaction, counted_try: CountedTry, *, opened: bool) -> None:
    """Take a try back that was not wrong. `opened`: it was right, and its source's row of wrong
    ones ends."""
    for number, counter in enumerate(counted_try.counted):
        tries = tx.tries.of(counter)
        if opened and number == 0:
            tx.tries.drop(counter)
        elif tries:
            tx.tries.save(counter, counter.pace.given_back(tries), tell=False)


def refused(counted_try: CountedTry, audience: Audience, now: datetime) -> EntryRefused:
    """What is said of a try that opened nothing: how many are left, or when the next may be made;
    the same whether or not there is such an account."""
    minutes = ceil((counted_try.closed_until - now) / timedelta(minutes=1))
    if counted_try.locked:
        row = f"账号被锁定：密码连续输错 {counted_try.failed} 次。"
        pause = f"本网络暂停账号登录，{minutes} 分钟后自动恢复。"
        return EntryRefused("password.locked", row + pause + AT_ONCE[audience])
    if not counted_try.verify:
        later = f"登录尝试过多，请 {minutes} 分钟后再试。{AT_ONCE[audience]}"
        return EntryRefused("password.later", later)
    return EntryRefused("password.wrong", f"{WRONG}还可尝试 {counted_try.left} 次。")


def remember_browser(
    tx: TriesTransaction,
    account: Account,
    login_source: LoginSource,
    now: datetime,
) -> str:
    """What the cookie of a browser holds that logged in to this account just now."""
    expires_s = int((now + BROWSER_LIFE).timestamp())
    token = f"{expires_s}-{tx.tries.browser_mac(account, expires_s)}"
    former = _known_by(tx, account, login_source, now)
    others = [one for one in login_source.browser.split(".") if one and one != former]
    return ".".join([token, *others][:BROWSER_ACCOUNTS])


def _known_by(
    tx: TriesTransaction, account: Account, login_source: LoginSource, now: datetime
) -> str:
    """The token by which the account knows the browser; "" where it does not."""
    for token in login_source.browser.split(".")[:BROWSER_ACCOUNTS]:
        expires, _, mac = token.partition("-")
        if not (expires.isdecimal() and len(expires) < 12 and mac.isascii()):
            continue
        is_ours = hmac.compare_digest(mac, tx.tries.browser_mac(account, int(expires)))
        if is_ours and now < datetime.fromtimestamp(int(expires), UTC):
            return token
    return ""


def _counters(
    tx: TriesTransaction,
    limits: TryLimits,
    account: Account,
    login_source: LoginSource,
    now: datetime,
) -> tuple[Counter, ...]:
    """The counters of a try; the first one is its own row of wrong tries."""
    in_a_row = Pace(limits.in_a_row)
    if token := _known_by(tx, account, login_source, now):
        return (Counter(f"browser\n{account.key}\n{token}", in_a_row, account),)
    source = login_source.source
    return (
        Counter(f"source\n{account.key}\n{source}", in_a_row, account),
        Counter(f"account\n{account.key}", hourly(limits.per_account_hour), account),
        Counter(f"sprayed\n{account.audience}\n{source}", hourly(limits.per_source_hour), None),
    )
