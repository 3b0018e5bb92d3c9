"""How often a password may be tried: guessing is slowed, and nobody can lock out anybody else.

| counter | counts | beyond the limit |
|---|---|---|
| account × source | wrong passwords in a row | closed for 1, 2, 4, 8, then 15 minutes |
| account, all sources | wrong passwords an hour | one try in 60 / limit minutes |
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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from core.data.tries import (
    Account,
    Audience,
    Counter,
    LoginSource,
    Pace,
    Tries,
    hourly,
)
from core.errors import EntryRefused
from core.store.store import Transaction

PER_ACCOUNT_HOUR = 60
PER_SOURCE_HOUR = 30
"""So many wrong ones at once; each further one waits."""
BROWSER_LIFE = timedelta(days=180)
"""Since its last login, a browser counts as known."""
BROWSER_ACCOUNTS = 4
"""So many accounts know one browser: those that it logged in to last."""
WRONG = "账号或密码不正确。"
AT_ONCE = {
    Audience.ENTERPRISE: (
        "已绑定CA锁的可使用CA锁登录；需要立即解锁的，请联系系统管理员，或申请重置密码。"
    ),
    Audience.ADMINISTRATOR: (
        "需要立即解锁的，请由系统管理员在“人员”页解锁，或执行 unbind admin reset。"
    ),
}
"""The alternatives to waiting for a person who is locked out."""


@dataclass(frozen=True)
class CountedTry:
    """`verify`: the try was counted, and its password may be verified. `failed`: wrong ones in a
    row, `left`: those before a pause. `locked`: this source's own row is closed by now; else a
    refusal is one of the wide counters'. `pause_min`: minutes until the next
    one may be made. `counted`: what to take back, each counter with its state
    before and after the try.
    """

    verify: bool
    failed: int
    left: int
    locked: bool
    pause_min: int
    counted: tuple[tuple[Counter, Tries | None, Tries], ...] = ()


def count_try(
    tx: Transaction,
    in_a_row: int,
    account: Account,
    login_source: LoginSource,
) -> CountedTry:
    """Count a try before it is verified. One that comes while a counter is closed is neither
    counted nor to be verified. `in_a_row`: wrong ones that close an account for a source."""
    counters = _counters(tx, in_a_row, account, login_source)
    former = [(counter, tx.tries.of(counter)) for counter in counters]
    closed = [tries.closed_until for _, tries in former if tries and tries.closed_until > tx.now]
    counted: tuple[tuple[Counter, Tries | None, Tries], ...] = ()
    if not closed:
        counted = tuple(
            (counter, tries, counter.pace.counted(tries, tx.now)) for counter, tries in former
        )
    for counter, before, tries in counted:
        failed_before = before.failed if before else 0
        closes = failed_before < counter.pace.most <= tries.failed
        tx.tries.save(counter, tries, tell=counter.account is not None and closes)
    own = counted[0][2] if counted else former[0][1]
    failed, until = (own.failed, own.closed_until) if own else (0, tx.now)
    return CountedTry(
        verify=not closed,
        failed=failed,
        left=max(in_a_row - failed, 0),
        locked=until > tx.now,
        pause_min=ceil((max(*closed, until, tx.now) - tx.now) / timedelta(minutes=1)),
        counted=counted,
    )


def take_back(tx: Transaction, counted_try: CountedTry, *, opened: bool) -> None:
    """Take a try back that was not wrong, so that nothing is left of it. `opened`: it was right,
    and its source's row of wrong ones ends."""
    for number, (counter, before, after) in enumerate(counted_try.counted):
        tries = tx.tries.of(counter)
        alone = tries == after  # nobody tried meanwhile
        if (opened and number == 0) or (alone and before is None):
            tx.tries.drop(counter)
        elif alone and before is not None:
            tx.tries.save(counter, before, tell=False)
        elif tries:
            tx.tries.save(counter, counter.pace.given_back(tries), tell=False)


def refused(counted_try: CountedTry, audience: Audience) -> EntryRefused:
    """The message after a failed try: how many are left, or when the next one is allowed; the same
    whether or not there is such an account."""
    minutes = counted_try.pause_min
    if counted_try.locked:
        row = f"账号被锁定：密码连续输错 {counted_try.failed} 次。"
        pause = f"本网络暂停账号登录，{minutes} 分钟后自动恢复。"
        return EntryRefused("password.locked", row + pause + AT_ONCE[audience])
    if not counted_try.verify:
        later = f"登录尝试过多，请 {minutes} 分钟后再试。{AT_ONCE[audience]}"
        return EntryRefused("password.later", later)
    return EntryRefused("password.wrong", f"{WRONG}还可尝试 {counted_try.left} 次。")


def remember_browser(
    tx: Transaction,
    account: Account,
    login_source: LoginSource,
) -> str:
    """The value of the cookie of a browser that has just logged in to this account."""
    expires_s = int((tx.now + BROWSER_LIFE).timestamp())
    token = _browser_token(tx, account, expires_s)
    former = _known_by(tx, account, login_source)
    others = [one for one in login_source.browser.split(".") if one and one != former]
    return ".".join([token, *others][:BROWSER_ACCOUNTS])


def _known_by(tx: Transaction, account: Account, login_source: LoginSource) -> str:
    """The token by which the account knows the browser; "" where it does not."""
    for token in login_source.browser.split(".")[:BROWSER_ACCOUNTS]:
        expires = token.partition("-")[0]
        if not (token.isascii() and expires.isdecimal() and len(expires) < 12):
            continue
        # compared whole: each spelling would have a counter of its own
        is_ours = hmac.compare_digest(token, _browser_token(tx, account, int(expires)))
        if is_ours and tx.now < datetime.fromtimestamp(int(expires), UTC):
            return token
    return ""


def _browser_token(tx: Transaction, account: Account, expires_s: int) -> str:
    return f"{expires_s}-{tx.tries.browser_mac(account, expires_s)}"


def _counters(
    tx: Transaction,
    in_a_row: int,
    account: Account,
    login_source: LoginSource,
) -> tuple[Counter, ...]:
    """The counters of a try; the first one is its own row of wrong tries."""
    own_row = Pace(in_a_row)
    if token := _known_by(tx, account, login_source):
        return (Counter(f"browser\n{account.key}\n{token}", own_row, account),)
    source = login_source.source
    return (
        Counter(f"source\n{account.key}\n{source}", own_row, account),
        Counter(f"account\n{account.key}", hourly(PER_ACCOUNT_HOUR), account),
        Counter(f"sprayed\n{account.audience}\n{source}", hourly(PER_SOURCE_HOUR), None),
    )
