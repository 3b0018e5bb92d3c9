"""The second factor of administrators: a one-time code by the clock (TOTP, RFC 6238), a passkey
(WebAuthn), or a recovery code when both are lost.

Behind a right password a login waits for the factor in a session that opens nothing else. A code is
good once: the step of the last one is kept, and no step up to it is accepted again. Recovery codes
are good once; only their digests are stored. Wrong tries are counted by core.accounts.tries, in
a row of their own: a right password must not clear the count of wrong codes. A row of wrong ones
from whatever sources, up to the next right one, is reported: it closes the login to nobody.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from core.accounts.console_desk import ConsoleDesk, FactorPolicy, SecondFactors
from core.accounts.tries import CountedTry, count_try, take_back
from core.data.administrator import Administrator, Totp
from core.data.tries import Account, Audience, Counter, LoginSource, Pace
from core.errors import EntryRefused, NotAllowed
from core.keys.one_time_codes import SKEW_STEPS
from core.store.store import Transaction
from core.tokens import digest, typed_secret

if TYPE_CHECKING:
    from core.keys.passkeys import SitePasskeys

RECOVERY_CODES = 10
OLD_STEPS = 10
"""So far back a code is still known as one that was right, and said to be over."""
WRONG = "动态口令或恢复码不正确。"
USED = "此动态口令已使用过。请等待显示下一个（30 秒内）后再输入。"
OVER = "此动态口令已过期。请输入当前显示的口令；总是过期的，请校准手机时间。"
GUESSED = "login.second_factor"
KNOWN = "管理员 {} 的密码输入正确，但第二因素连续输错。不是本人操作的，密码已经泄露，请立即重置。"
NO_PAUSE = timedelta(0)


class How(StrEnum):
    """The factor that completed a login, for the audit."""

    PASSWORD = "password"  # noqa: S105  alone
    CODE = "totp"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


def has_factor(tx: Transaction, administrator_id: int) -> bool:
    """Whether an administrator has set up a second factor."""
    totp = tx.totps.by_id(administrator_id)
    return bool((totp and totp.confirmed_at) or tx.passkeys.of(administrator_id))


def begin_totp(console: ConsoleDesk, administrator: Administrator) -> str:
    """A fresh secret, which counts once a code of it was typed; a former secret stays valid until
    then. Raises NotAllowed where one is in use."""
    with console.step() as tx:
        former = tx.totps.by_id(administrator.id)
        if former and former.confirmed_at:
            raise NotAllowed("动态口令已经启用；要换手机，请先移除再重新设置。")
        secret = factors_of(console).codes.new_secret()
        tx.totps.store(Totp(administrator.id, secret))
        return secret


def confirm_totp(console: ConsoleDesk, administrator: Administrator, code: str) -> tuple[str, ...]:
    """Take the secret into use with its first code. Gives recovery codes where there are none yet.
    Raises NotAllowed."""
    with console.step() as tx:
        fresh = tx.totps.by_id(administrator.id)
        if fresh is None or fresh.confirmed_at:
            raise NotAllowed("请重新开始设置动态口令。")
        codes = factors_of(console).codes
        step = codes.step_of(fresh.secret, _typed(code), tx.now, SKEW_STEPS)
        if step is None:
            raise NotAllowed("动态口令不正确。请输入手机当前显示的 6 位数字，或重新设置。")
        tx.totps.store(replace(fresh, last_step=step, confirmed_at=tx.now))
        tx.audit.write(administrator.name, "factor.totp_added")
        return _first_recovery_codes(tx, administrator.id)


def passkey_options(
    console: ConsoleDesk, administrator: Administrator, session_sha256: str, *, new: bool
) -> str:
    """The options, as JSON, with which the browser of the session creates a passkey, if `new`, or
    uses one."""
    passkeys, challenge = passkeys_of(console), secrets.token_urlsafe(32)
    with console.step() as tx:
        known = tx.passkeys.of(administrator.id)
        tx.sessions.set_columns(session_sha256, challenge=challenge)
    if new:
        return passkeys.creation_options(administrator.name, administrator.id, known, challenge)
    return passkeys.login_options(known, challenge)


def add_passkey(
    console: ConsoleDesk, administrator: Administrator, session_sha256: str, answer: str, name: str
) -> tuple[str, ...]:
    """Take a passkey into use that the browser made. Gives recovery codes where there are none yet.
    Raises NotAllowed for one of another site or challenge, or that is known already."""
    passkey = passkeys_of(console).created(answer, _used_challenge(console, session_sha256))
    with console.step() as tx:
        name = name.strip()[:40] or "通行密钥"
        named = replace(passkey, name=name, made_at=tx.now)
        if not tx.passkeys.add(administrator.id, named):
            raise NotAllowed("此通行密钥已经登记过。")
        tx.audit.write(administrator.name, "factor.passkey_added", name=name)
        return _first_recovery_codes(tx, administrator.id)


def new_recovery_codes(console: ConsoleDesk, administrator: Administrator) -> tuple[str, ...]:
    """New recovery codes; the former ones become invalid."""
    with console.step() as tx:
        tx.audit.write(administrator.name, "factor.recovery_renewed")
        return _recovery_codes(tx, administrator.id)


def remove(console: ConsoleDesk, administrator: Administrator, passkey_id: int | None) -> None:
    """Take a passkey, or without one the codes by the clock, out of use. Raises NotAllowed for the
    last factor where one is required."""
    with console.step() as tx:
        if passkey_id is None:
            tx.totps.remove(administrator_id=administrator.id)
        else:
            tx.passkeys.drop(administrator.id, passkey_id)
        left = has_factor(tx, administrator.id)
        if factors_of(console).policy is FactorPolicy.REQUIRED and not left:
            raise NotAllowed("本系统要求双因素登录，至少保留一种：请先添加另一种，再移除这一种。")
        if not left:
            tx.recovery_codes.set(administrator.id, ())
        kind = "totp" if passkey_id is None else "passkey"
        tx.audit.write(administrator.name, "factor.removed", kind=kind)


def factors_of(console: ConsoleDesk) -> SecondFactors:
    """Raises LookupError where administrators have no second factor."""
    if console.factors is None:
        raise LookupError("本系统没有启用双因素登录。")
    return console.factors


def clear(tx: Transaction, administrator: Administrator) -> None:
    """Take away every factor of an administrator who lost them, with the count of wrong ones; who
    is logged in stays so no longer."""
    tx.totps.remove(administrator_id=administrator.id)
    for passkey in tx.passkeys.of(administrator.id):
        tx.passkeys.drop(administrator.id, passkey.id)
    tx.recovery_codes.set(administrator.id, ())
    tx.tries.clear(account_of(administrator))
    tx.sessions.remove(administrator_id=administrator.id)


def account_of(administrator: Administrator) -> Account:
    """Under which wrong codes are counted: without an id, since no owner is notified of them."""
    return Account(Audience.ADMINISTRATOR, f"{administrator.name}\nsecond factor")


def try_code(
    console: ConsoleDesk,
    administrator: Administrator,
    code: str,
    login_source: LoginSource,
) -> How:
    """Take a one-time code or a recovery code, once. Raises EntryRefused with what is wrong."""
    codes = factors_of(console).codes

    def take(tx: Transaction) -> How:
        typed = _typed(code)
        if not typed.isdecimal():
            if tx.recovery_codes.use(administrator.id, digest(typed)):
                return How.RECOVERY
            raise NotAllowed(WRONG)
        totp = tx.totps.by_id(administrator.id)
        if totp is None or not totp.confirmed_at:
            raise NotAllowed(WRONG)
        step = codes.step_of(totp.secret, typed, tx.now, OLD_STEPS)
        if step is None:
            raise NotAllowed(WRONG)
        if step <= totp.last_step:
            raise NotAllowed(USED)
        if step < codes.present_step(tx.now) - SKEW_STEPS:
            raise NotAllowed(OVER)
        tx.totps.store(replace(totp, last_step=step))
        return How.CODE

    return _counted(console, administrator, login_source, take)


def try_passkey(
    console: ConsoleDesk,
    administrator: Administrator,
    session_sha256: str,
    answer: str,
    login_source: LoginSource,
) -> How:
    """Take what a passkey signed for the session. Raises EntryRefused."""
    passkeys = passkeys_of(console)
    challenge = _used_challenge(console, session_sha256)

    def take(tx: Transaction) -> How:
        used = passkeys.used(answer, tx.passkeys.of(administrator.id), challenge)
        tx.passkeys.set_columns(used.id, count=used.count, used_at=tx.now)
        return How.PASSKEY

    return _counted(console, administrator, login_source, take)


def passkeys_of(console: ConsoleDesk) -> "SitePasskeys":
    """Raises LookupError where the site can have none."""
    # Each command would pay for it: webauthn is a tenth of what `unbind` loads.
    from core.keys.passkeys import SitePasskeys

    site = factors_of(console).site
    if not site.has_passkeys():
        raise LookupError("本系统的网址不能使用通行密钥。")
    return SitePasskeys(site.base_url, site.name)


def _used_challenge(console: ConsoleDesk, session_sha256: str) -> str:
    """The challenge of this session, which serves once; a fresh random one where there is none."""
    with console.step() as tx:
        session = tx.sessions.by_id(session_sha256)
        tx.sessions.set_columns(session_sha256, challenge="")
    return (session and session.challenge) or secrets.token_urlsafe(32)


def _counted(
    console: ConsoleDesk,
    administrator: Administrator,
    login_source: LoginSource,
    take: Callable[[Transaction], How],
) -> How:
    """The result of `take`. A refused try counts; while the count is closed, `take` is not
    called."""
    with console.step() as tx:
        account = account_of(administrator)
        counted_try = count_try(tx, console.rules.tries, account, login_source)
    if not counted_try.verify:
        raise EntryRefused("factor.later", _paused(counted_try))
    of_all = Counter(
        f"of all\n{account.key}", Pace(console.rules.tries, NO_PAUSE, NO_PAUSE), account
    )
    try:
        with console.step() as tx:
            how = take(tx)
            take_back(tx, counted_try, opened=True)
            tx.tries.drop(of_all)
            return how
    except NotAllowed as error:
        if counted_try.locked:
            next_try = _paused(counted_try)
        else:
            next_try = f"还可尝试 {counted_try.left} 次。"
        with console.step() as tx:
            wrong = of_all.pace.counted(tx.tries.of(of_all), tx.now)
            tx.tries.save(of_all, wrong, tell=False)
            if counted_try.locked or wrong.failed >= of_all.pace.most:
                tx.alerts.add(f"{GUESSED}.{administrator.id}", KNOWN.format(administrator.name))
        raise EntryRefused("factor.wrong", f"{error}{next_try}") from error


def _paused(counted_try: CountedTry) -> str:
    return f"第二因素连续输错，已暂停，请 {counted_try.pause_min} 分钟后再试。"


def _first_recovery_codes(tx: Transaction, administrator_id: int) -> tuple[str, ...]:
    return () if tx.recovery_codes.left(administrator_id) else _recovery_codes(tx, administrator_id)


def _recovery_codes(tx: Transaction, administrator_id: int) -> tuple[str, ...]:
    codes = tuple(typed_secret() for _ in range(RECOVERY_CODES))
    tx.recovery_codes.set(administrator_id, [digest(_typed(code)) for code in codes])
    return codes


def _typed(code: str) -> str:
    """The code without the gaps that people type."""
    return "".join(code.split()).replace("-", "").casefold()
