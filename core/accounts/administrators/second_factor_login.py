"""The second factor of administrators: a one-time code by the clock (TOTP, RFC 6238), a passkey
(WebAuthn), or a recovery code when both are lost.

Behind a right password a login waits for the factor in a session that opens nothing else. A code is
good once: the step of the last one is kept, and no step up to it is taken again. Recovery codes are
good once; only their digests are stored. Wrong tries are counted by core.data.tries, in a row of
their own: a right password must not clear the count of wrong codes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final, Protocol

from core.clock import Clock
from core.data.account_ports import AccountsStore, AccountsTransaction
from core.data.administrator import Administrator
from core.data.authenticator import Passkey, Totp
from core.data.tries import (
    Account,
    Audience,
    LoginSource,
    Standing,
    TryLimits,
    count_try,
    take_back,
)
from core.errors import EntryRefused, NotAllowed
from core.tokens import digest, typed_secret

RECOVERY_CODES: Final = 10
SKEW_STEPS: Final = 1
"""Steps of 30 s that a telephone's clock may be off."""
OLD_STEPS: Final = 10
"""So far back a code is still known as one that was right, and said to be over."""
WRONG: Final = "动态口令或恢复码不正确。"
USED: Final = "此动态口令已使用过。请等待显示下一个（30 秒内）后再输入。"
OVER: Final = "此动态口令已过期。请输入当前显示的口令；总是过期的，请校准手机时间。"
GUESSED: Final = "login.second_factor"


class FactorPolicy(StrEnum):
    """Whether administrators have a second factor (config.yaml, `console.second_factor`)."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class How(StrEnum):
    """By what a login was completed, for the audit."""

    PASSWORD = "password"  # noqa: S105  alone
    CODE = "totp"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


class OneTimeCodes(Protocol):
    """One-time codes by the clock."""

    def new_secret(self) -> str:
        """A random secret, base32."""

    def address(self, secret: str, name: str) -> str:
        """The otpauth: address that a QR code shows."""

    def present_step(self, now: datetime) -> int: ...
    def step_of(self, secret: str, code: str, now: datetime, back: int, ahead: int) -> int | None:
        """The newest step from `back` steps ago to `ahead` that has this code;
        None where none has."""


class Passkeys(Protocol):
    """Passkeys of this site. A challenge is base64url text."""

    def creation(self, name: str, user: int, known: Sequence[Passkey], challenge: str) -> str:
        """What a browser needs to make one, as JSON. `known`: those that the person has."""

    def created(self, answer: str, challenge: str) -> Passkey:
        """The passkey of a browser's answer.

        Raises NotAllowed for one of another site, or for another challenge.
        """

    def request(self, known: Sequence[Passkey], challenge: str) -> str:
        """What a browser needs to use one, as JSON."""

    def used(self, answer: str, known: Sequence[Passkey], challenge: str) -> Passkey:
        """The passkey that answered, with its counter moved on.

        Raises NotAllowed for an unknown one, another site, another challenge.
        """


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What the pages need.

    `passkeys`: None where the site's address is no name (an IP address),
    for which browsers make none.
    """

    policy: FactorPolicy
    codes: OneTimeCodes
    passkeys: Passkeys | None = None


def has_one(tx: AccountsTransaction, administrator_id: int) -> bool:
    """Whether an administrator has set up a second factor."""
    totp = tx.second_factors.totp(administrator_id)
    return bool((totp and totp.confirmed_at) or tx.second_factors.passkeys(administrator_id))


def begin_totp(store: AccountsStore, codes: OneTimeCodes, administrator: Administrator) -> str:
    """A fresh secret, which counts once a code of it was typed; the one in use stays until then.

    Raises NotAllowed where one is in use.
    """
    with store.transaction() as tx:
        held = tx.second_factors.totp(administrator.id)
        if held and held.confirmed_at:
            raise NotAllowed("动态口令已经启用；要换手机，请先移除再重新设置。")
        secret = codes.new_secret()
        tx.second_factors.save_totp(administrator.id, Totp(secret))
        return secret


def confirm_totp(
    store: AccountsStore, codes: OneTimeCodes, clock: Clock, administrator: Administrator, code: str
) -> tuple[str, ...]:
    """Take the secret into use with its first code. Gives recovery codes where there are none yet.

    Raises NotAllowed.
    """
    with store.transaction() as tx:
        now, held = clock.now(), tx.second_factors.totp(administrator.id)
        if held is None or held.confirmed_at:
            raise NotAllowed("请重新开始设置动态口令。")
        step = codes.step_of(held.secret, _typed(code), now, SKEW_STEPS, SKEW_STEPS)
        if step is None:
            raise NotAllowed(
                "动态口令不正确，请确认已扫描本页的二维码，并输入手机当前显示的 6 位数字。"
            )
        tx.second_factors.save_totp(
            administrator.id, replace(held, last_step=step, confirmed_at=now)
        )
        tx.audit.write(now, administrator.name, "factor.totp_added")
        return _first_recovery_codes(tx, administrator.id)


def add_passkey(
    store: AccountsStore, clock: Clock, administrator: Administrator, passkey: Passkey, name: str
) -> tuple[str, ...]:
    """Take a passkey into use. Gives recovery codes where there are none yet.

    Raises NotAllowed for one that is known already.
    """
    with store.transaction() as tx:
        now = clock.now()
        named = name.strip()[:40] or "通行密钥"
        if not tx.second_factors.add_passkey(
            administrator.id, replace(passkey, name=named, made_at=now)
        ):
            raise NotAllowed("此通行密钥已经登记过。")
        tx.audit.write(now, administrator.name, "factor.passkey_added", name=named)
        return _first_recovery_codes(tx, administrator.id)


def new_recovery_codes(
    store: AccountsStore, clock: Clock, administrator: Administrator
) -> tuple[str, ...]:
    """Recovery codes in place of those of before."""
    with store.transaction() as tx:
        tx.audit.write(clock.now(), administrator.name, "factor.recovery_renewed")
        return _recovery_codes(tx, administrator.id)


def remove(
    store: AccountsStore,
    clock: Clock,
    policy: FactorPolicy,
    administrator: Administrator,
    passkey_id: int | None,
) -> None:
    """Take a passkey, or without one the codes by the clock, out of use.

    Raises NotAllowed for the last factor where one is required.
    """
    with store.transaction() as tx:
        if passkey_id is None:
            tx.second_factors.drop_totp(administrator.id)
        else:
            tx.second_factors.drop_passkey(administrator.id, passkey_id)
        left = has_one(tx, administrator.id)
        if policy is FactorPolicy.REQUIRED and not left:
            raise NotAllowed("本系统要求双因素登录，至少保留一种：请先添加另一种，再移除这一种。")
        if not left:
            tx.second_factors.set_recovery(administrator.id, ())
        tx.audit.write(
            clock.now(),
            administrator.name,
            "factor.removed",
            kind="passkey" if passkey_id is not None else "totp",
        )


def clear(tx: AccountsTransaction, administrator: Administrator) -> None:
    """Take away every factor of an administrator who lost them, with the count of wrong ones; who
    is logged in stays so no longer."""
    tx.second_factors.drop_totp(administrator.id)
    for passkey in tx.second_factors.passkeys(administrator.id):
        tx.second_factors.drop_passkey(administrator.id, passkey.id)
    tx.second_factors.set_recovery(administrator.id, ())
    tx.tries.clear(account_of(administrator))
    tx.administrators.end_sessions(administrator.id)


def account_of(administrator: Administrator) -> Account:
    """Whose wrong codes are counted: without an id, because what is said when it closes is another
    thing than with passwords."""
    return Account(Audience.ADMINISTRATOR, f"{administrator.name}\nsecond factor")


def try_code(
    store: AccountsStore,
    codes: OneTimeCodes,
    administrator: Administrator,
    code: str,
    login_source: LoginSource,
    limits: TryLimits,
    now: datetime,
) -> How:
    """Take a one-time code or a recovery code, once. Raises EntryRefused with what is wrong."""

    def take(tx: AccountsTransaction) -> How:
        typed = _typed(code)
        if not typed.isdecimal():
            if tx.second_factors.use_recovery(administrator.id, digest(typed), now):
                return How.RECOVERY
            raise NotAllowed(WRONG)
        held = tx.second_factors.totp(administrator.id)
        step = (
            codes.step_of(held.secret, typed, now, OLD_STEPS, SKEW_STEPS)
            if held and held.confirmed_at
            else None
        )
        if held is None or step is None:
            raise NotAllowed(WRONG)
        if step <= held.last_step:
            raise NotAllowed(USED)
        if step < codes.present_step(now) - SKEW_STEPS:
            raise NotAllowed(OVER)
        tx.second_factors.save_totp(administrator.id, replace(held, last_step=step))
        return How.CODE

    return counted(store, administrator, login_source, limits, now, take)


def try_passkey(
    store: AccountsStore,
    passkeys: Passkeys,
    administrator: Administrator,
    answer: str,
    challenge: str,
    login_source: LoginSource,
    limits: TryLimits,
    now: datetime,
) -> How:
    """Take what a passkey signed. `challenge`: what it had to sign. Raises EntryRefused."""

    def take(tx: AccountsTransaction) -> How:
        used = passkeys.used(answer, tx.second_factors.passkeys(administrator.id), challenge)
        tx.second_factors.save_passkey(replace(used, used_at=now))
        return How.PASSKEY

    return counted(store, administrator, login_source, limits, now, take)


def counted(
    store: AccountsStore,
    administrator: Administrator,
    login_source: LoginSource,
    limits: TryLimits,
    now: datetime,
    take: Callable[[AccountsTransaction], How],
) -> How:
    """What `take` gives; a try that it refuses counts,
    and one that comes while the count is closed is not looked at."""
    with store.transaction() as tx:
        standing = count_try(tx, limits, account_of(administrator), login_source, now)
    if not standing.verify:
        raise EntryRefused("factor.later", _paused(standing, now))
    try:
        with store.transaction() as tx:
            how = take(tx)
            take_back(tx, standing, opened=True)
            return how
    except NotAllowed as error:
        left = f"还可尝试 {standing.left} 次。" if not standing.locked else _paused(standing, now)
        if standing.locked:
            _alert(store, administrator, now)
        raise EntryRefused("factor.wrong", f"{error}{left}") from error


def _alert(store: AccountsStore, administrator: Administrator, now: datetime) -> None:
    text = (
        f"管理员 {administrator.name} 的密码输入正确，但第二因素连续输错。"
        "不是本人操作的，密码已经泄露，请立即重置。"
    )
    with store.transaction() as tx:
        tx.alerts.add(now, f"{GUESSED}.{administrator.id}", text)


def _paused(standing: Standing, now: datetime) -> str:
    minutes = ceil((standing.closed_until - now) / timedelta(minutes=1))
    return f"第二因素连续输错，已暂停，请 {minutes} 分钟后再试。"


def _first_recovery_codes(tx: AccountsTransaction, administrator_id: int) -> tuple[str, ...]:
    return (
        ()
        if tx.second_factors.recovery_left(administrator_id)
        else _recovery_codes(tx, administrator_id)
    )


def _recovery_codes(tx: AccountsTransaction, administrator_id: int) -> tuple[str, ...]:
    codes = tuple(typed_secret() for _ in range(RECOVERY_CODES))
    tx.second_factors.set_recovery(administrator_id, [digest(_typed(code)) for code in codes])
    return codes


def _typed(code: str) -> str:
    """As it counts: without the gaps that people type."""
    return "".join(code.split()).replace("-", "").casefold()[:64]
