"""`unbind-agent doctor`: walks the help page's checklists 2.1 to 2.5 on this PC and says of every
point what it found and what to do.

Changes nothing and asks for no PIN without --login; then once a lock. The help page's points on IE,
trusted sites and administrator rights stand here as what replaced them. Whether a lock is bound is
asked of the desk only when it is named. `ok` is True, False (broken: exit code 1) or None (somebody
should know).
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from agent.agent_errors import AgentError, LockError
from agent.certificate_text import KINDS, Reading, Unreadable, is_signing, read
from agent.lock import NEVER_WORKING, Certificate, Inventory, Lock, Order, PinState, Token

SECTIONS = {
    "2.1": "证书无法识别",
    "2.2": "“此锁未绑定任何企业”或“证书未绑定”",
    "2.3": "只显示账号登录，不显示CA锁登录",
    "2.4": "账号被锁定",
    "2.5": "主键为空",
}
LOCKED_ACCOUNT = (
    "连续多次输错密码会锁住账号的密码登录，与CA锁的PIN码无关；用CA锁仍可登录，登录后即解锁"
)
SOON = timedelta(days=30)
WEAK_RSA_BITS = 2048
TRIAL_HEADER = b"UNBIND-DESK DOCTOR 1\n"
"""The test signature can never be a challenge: those begin otherwise (lock_protocol.HEADER)."""
OF_ONE_CONTAINER = {"key_missing", "not_for_signing", "unsupported_key", "signature_wrong"}
"""What another container of the lock need not have (codes of agent_errors.LOCK_ERRORS)."""


@dataclass(frozen=True)
class Line:
    """One point that was checked."""

    name: str
    text: str
    remedy: str = ""
    ok: bool | None = field(kw_only=True)


well, broken = partial(Line, ok=True), partial(Line, ok=False)
notice = partial(Line, ok=None)
"""A point that is not broken and that somebody should know."""


@dataclass(frozen=True)
class Patient:
    """The inputs of the doctor's checks.

    `pin`: asks for a token's PIN, None: do not log in. `bound`: asks the desk about a certificate:
    True, False, or None where it does not say. `pc_lines`: checks of the PC beside the lock.
    """

    lock: Lock
    modules: tuple[str, ...]
    now: datetime
    pin: Callable[[Token], str] | None = None
    bound: Callable[[Certificate], bool | None] | None = None
    pc_lines: Iterable[Line] = ()


def diagnose(patient: Patient) -> dict[str, Iterable[Line]]:
    """The points of each section of the help page in its order; each is checked as it is read."""
    inventory = patient.lock.inventory()
    return {
        "2.1": on_locks(inventory, patient),
        "2.2": bindings(inventory, patient),
        "2.3": patient.pc_lines,
        "2.4": [notice("账号密码", LOCKED_ACCOUNT, "不能用CA锁登录时，请联系系统管理员解锁")],
        "2.5": primary_keys(inventory, patient.lock),
    }


def on_locks(inventory: Inventory, patient: Patient) -> Iterator[Line]:
    """Drivers, locks, their certificates and logins."""
    yield from drivers(inventory, patient.modules)
    yield from tokens(inventory)
    for token in inventory.tokens:
        for certificate in token.certificates:
            yield from certificate_lines(certificate, patient)
        yield from logins(token, patient)


def drivers(inventory: Inventory, modules: tuple[str, ...]) -> Iterator[Line]:
    """Found and loadable, or why not."""
    if not modules:
        yield failed("驱动", LockError("module_missing"))
    for module in modules:
        if problem := inventory.problems.get(module):
            yield failed("驱动", problem, f"{module}：")
        else:
            yield well("驱动", f"{module} 可以加载")


def failed(name: str, error: AgentError, about: str = "") -> Line:
    return broken(name, about + error.message, error.remedy)


def tokens(inventory: Inventory) -> Iterator[Line]:
    """Found, and the state of its PIN by its flags."""
    if not inventory.tokens:
        yield failed("CA锁", LockError("token_missing"))
    for token in inventory.tokens:
        yield well(
            "CA锁",
            f"{token.label}（序列号 {token.serial}，{token.manufacturer} {token.model}）",
        )
        yield pin_line(token)
        if not token.certificates:
            yield broken(
                "证书",
                f"{token.label} 上没有读出证书",
                "请用发锁机构的证书助手查看；那里也没有时请联系发锁机构",
            )


def pin_line(token: Token) -> Line:
    if token.pin in NEVER_WORKING:
        return failed("PIN码", LockError(NEVER_WORKING[token.pin]))
    if token.pin is PinState.OK:
        return well("PIN码", "状态正常")
    return notice(
        "PIN码",
        token.pin_note(),
        "记不清PIN码时，请先联系发锁机构，不要再试",
    )


def certificate_lines(certificate: Certificate, patient: Patient) -> Iterator[Line]:
    """Readable, whose, until when, strong enough, by a known issuer."""
    name = f"证书 {certificate.label or certificate.sha256[:8]}"
    try:
        reading = read(certificate.der)
    except Unreadable:
        yield broken(name, "读不出来", "请联系发锁机构重新写入证书")
        return
    use = "签名" if reading.signs else "加密，不用于登录"
    yield well(
        name,
        f"{reading.subject}，{reading.key_type}，{use}，颁发者 {reading.issuer}",
    )
    if reading.signs:
        yield kind_line(name, reading)
        yield validity_line(name, reading, patient.now)
        yield from strength_lines(name, reading)


def kind_line(name: str, reading: Reading) -> Line:
    """A simple reading: the desk judges by the issuer's profile."""
    if reading.kind == "enterprise":
        return well(name, KINDS["enterprise"])
    if reading.kind == "person":
        return broken(
            name,
            "个人锁：交易系统目前仅支持企业锁",
            "请换用企业的CA锁，或到发锁机构办理企业锁",
        )
    return notice(
        name,
        KINDS["unknown"],
        "由服务器按颁发机构判断；服务器拒绝时请联系系统管理员",
    )


def validity_line(name: str, reading: Reading, now: datetime) -> Line:
    until = f"有效期至 {reading.not_after:%Y-%m-%d}"
    if now > reading.not_after:
        return broken(
            name,
            f"已过期，{until}",
            "请到发锁机构续期；续期后换了证书的，按“解除绑定”办理",
        )
    if now < reading.not_before:
        return broken(
            name,
            f"还未生效，自 {reading.not_before:%Y-%m-%d} 起有效",
            "请核对电脑的日期和时间",
        )
    if reading.not_after - now < SOON:
        return notice(
            name,
            f"快到期，{until}",
            "请尽快到发锁机构续期；趁旧证书还能签名时更换绑定最省事",
        )
    return well(name, until)


def strength_lines(name: str, reading: Reading) -> Iterator[Line]:
    """What is wrong with the strength of the key, if anything."""
    kind, _, bits = reading.key_type.partition("-")
    if kind == "RSA" and int(bits) < WEAK_RSA_BITS:
        yield broken(
            name,
            f"{reading.key_type} 密钥太短，服务器不接受",
            "请到发锁机构更新为SM2或RSA-2048证书",
        )


def logins(token: Token, patient: Patient) -> Iterator[Line]:
    """Each signing container logs in and signs once: 分别登录 ECCASM2、ECCARSA1、ECCARSA2. The
    first login that fails is the last one: no PIN is tried again."""
    if patient.pin is None:
        yield notice(
            "容器登录",
            f"{token.label}：没有检查",
            "加上 --login 再运行，会请您输入一次PIN码",
        )
        return
    if token.pin in NEVER_WORKING:
        return
    try:
        pin = patient.pin(token)
        for certificate in token.certificates:
            if is_signing(certificate.der, if_unreadable=True):  # the trial reports it
                yield trial_line(token, certificate, pin, patient.lock)
    except AgentError as error:
        yield failed("容器登录", error, f"{token.label}：")


def trial_line(token: Token, certificate: Certificate, pin: str, lock: Lock) -> Line:
    """Whether a container signs. Raises LockError for what is not its own fault."""
    name, message = f"容器 {certificate.label}", TRIAL_HEADER + secrets.token_bytes(32)
    try:
        lock.sign(Order(token.serial, certificate.sha256, message, pin))
    except LockError as error:
        if error.code not in OF_ONE_CONTAINER:
            raise
        return broken(name, error.message, "请联系发锁机构：" + error.remedy)
    return well(name, "登录成功，能签名")


def bindings(inventory: Inventory, patient: Patient) -> Iterator[Line]:
    """Asked of the desk, one answer a signing certificate."""
    if patient.bound is None:
        yield notice("绑定", "没有查询", "加上 --server 网址 再运行")
        return
    for _, certificate in inventory.certificates():
        if is_signing(certificate.der):
            yield binding_line(certificate, patient.bound)


def binding_line(certificate: Certificate, bound: Callable[[Certificate], bool | None]) -> Line:
    name = f"绑定 {certificate.label}"
    try:
        answer = bound(certificate)
    except AgentError as error:
        return notice(name, error.message, error.remedy)
    if answer is None:
        return notice(
            name,
            "服务器没有告知",
            "请在登录页面用CA锁登录，看页面的提示",
        )
    if answer:
        return well(name, "此锁已绑定")
    return broken(
        name,
        "此锁未绑定任何企业",
        (
            "没有绑过锁或已解绑：点“切换到账号登录”，用企业名称和注册密码登录后绑定。"
            "换过锁或续期过：按“解除绑定”发邮件办理"
        ),
    )


def primary_keys(inventory: Inventory, lock: Lock) -> Iterator[Line]:
    """The two ways to 主键为空: a container without a name,
    and a lock that is not the same at a second reading."""
    empty = [one.label for _, one in inventory.certificates() if not one.container]
    if empty:
        yield notice(
            "容器标识",
            f"{'、'.join(empty)} 的标识为空",
            "请重新插拔CA锁再检查；仍为空时请联系发锁机构",
        )
    if lock.inventory().names() != inventory.names():
        yield broken(
            "再次读取",
            "两次读取结果不同：CA锁接触不良或刚被插拔",
            "请重新插拔CA锁，换一个USB接口，刷新页面重新登录",
        )
    elif inventory.tokens:
        yield well(
            "再次读取",
            "两次读取结果相同。页面提示“主键为空”时：重新插拔CA锁，刷新页面",
        )
