"""Counts of password tries: accounts, sources, limits, counters (core.accounts.tries)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.enterprise_names import fold_name

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
HOUR = timedelta(hours=1)


class Audience(StrEnum):
    """Whose account it is."""

    ENTERPRISE = "enterprise"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Account:
    """The account that a name means. `id` is None and `password_hash` "" where there is none."""

    audience: Audience
    name: str
    id: int | None = None
    password_hash: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """The key of its counters."""
        return f"{self.audience}\n{self.name}"


@dataclass(frozen=True)
class LoginSource:
    """Where a try comes from. `source`: an address prefix; `browser`: what its cookie holds, the
    tokens of the accounts that know it, with dots between them."""

    source: str
    browser: str = field(default="", repr=False)


@dataclass(frozen=True)
class Tries:
    """The state of one counter: wrong tries, the last one's time, when the next may be made."""

    failed: int
    at: datetime
    closed_until: datetime


@dataclass(frozen=True)
class Pace:
    """Open for `most` wrong tries; each further one closes for `pause`, doubled each time up to
    `longest`. After `forgotten_after` without a wrong try it begins anew; before that each
    `forgives_one_in`, if any, takes one away."""

    most: int
    pause: timedelta = FIRST_PAUSE
    longest: timedelta = LONGEST_PAUSE
    forgotten_after: timedelta = FORGOTTEN_AFTER
    forgives_one_in: timedelta | None = None

    def counted(self, former: Tries | None, now: datetime) -> Tries:
        """The counter after one more wrong try."""
        failed = 1
        if former and now - former.at < self.forgotten_after:
            forgiven = (now - former.at) // self.forgives_one_in if self.forgives_one_in else 0
            failed += max(former.failed - forgiven, 0)
        return Tries(failed, now, now + self._pause(failed))

    def given_back(self, tries: Tries) -> Tries:
        """The counter without its last try, which was not wrong."""
        return Tries(tries.failed - 1, tries.at, tries.at + self._pause(tries.failed - 1))

    def _pause(self, failed: int) -> timedelta:
        beyond = failed - self.most
        return min(self.pause * 2 ** min(beyond, 10), self.longest) if beyond >= 0 else timedelta(0)


def hourly(most: int) -> Pace:
    """So many tries at once, and as many in each hour after that."""
    each = HOUR / most
    return Pace(most, each, each, HOUR, each)


@dataclass(frozen=True)
class Counter:
    """One counter. `account`: whose it is, None for one of a source alone."""

    name: str
    pace: Pace
    account: Account | None


def enterprise_account(
    name: str, account_id: int | None = None, password_hash: str | None = ""
) -> Account:
    """The account of an enterprise. Names are compared as the registry compares them."""
    return Account(Audience.ENTERPRISE, fold_name(name), account_id, password_hash or "")


def administrator_account(
    name: str, account_id: int | None = None, password_hash: str = ""
) -> Account:
    """The account of an administrator. A typed line end must not reach the count of second factors,
    which stands below the name."""
    return Account(Audience.ADMINISTRATOR, " ".join(name.split()), account_id, password_hash)
