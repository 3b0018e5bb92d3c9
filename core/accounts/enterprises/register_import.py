"""Importing enterprises with their locks into the registry from a table: all rows or none, with the
errors of all rows reported together.

A row is an enterprise with at most one lock; rows with the same USCC are one enterprise. Errors are
a USCC with a wrong check character (GB 32100), a name or a lock of two enterprises, particulars
that differ between the rows of one enterprise, and numbers that a spreadsheet has rounded.

An enterprise that is already registered gets the locks that it lacks. Its particulars must be the
same: an import does not change a contact, because links are sent there (RULES.md section 6).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from core.check_digits import uscc_ok
from core.clock import LOCAL
from core.data.contact import is_address, is_own
from core.data.enterprise import Binding, Enterprise
from core.enterprise_names import fold_name
from core.store.store import Transaction

MAX_NAME: Final = 200
DEFAULT_SYSTEM: Final = "综合交易系统"
_ROUNDED: Final = re.compile(r"\d(\.\d+)?[Ee]\+\d+")
_DATE: Final = re.compile(
    r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[ T]+(\d{1,2}):(\d{2})(?::"
    r"(\d{2}))?(?:\.0+)?)?"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its key, and the heads that name it."""

    key: str
    heads: tuple[str, ...]
    required: bool = False


COLUMNS: Final = (
    Column("name", ("企业名称", "单位名称", "名称", "enterprise_name", "name"), required=True),
    Column("uscc", ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"), required=True),
    Column("contact_name", ("联系人", "联系人姓名", "经办人", "contact_name", "contact")),
    Column(
        "contact_email", ("联系邮箱", "邮箱", "电子邮箱", "联系人邮箱", "contact_email", "email")
    ),
    Column("contact_phone", ("联系电话", "电话", "手机", "手机号", "contact_phone", "phone")),
    Column("registered_at", ("注册日期", "注册时间", "registered_at", "registered")),
    Column("information", ("信息已提交", "是否提交企业信息", "information_submitted")),
    Column("serial", ("锁序列号", "证书序列号", "序列号", "CA锁序列号", "serial")),
    Column("label", ("锁类型", "CA类型", "证书类型", "锁名称", "label")),
    Column("primary", ("主副锁", "主锁/副锁", "锁类别", "primary")),
    Column("system", ("绑定系统", "交易系统", "system")),
    Column("bound_at", ("绑定日期", "绑定时间", "绑锁日期", "bound_at")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table as text; `number` is its line in the file."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RowError:
    """An error in a row of the table, with its remedy."""

    number: int
    text: str

    def __str__(self) -> str:
        return f"第 {self.number} 行：{self.text}"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock of a row."""

    row: int
    serial: str
    label: str
    primary: bool | None
    system: str
    bound_at: datetime | None


@dataclass(slots=True)
class Registration:
    """An enterprise to register, collected from its rows. `row`: the number of the first one."""

    row: int
    enterprise: Enterprise
    locks: list[Lock] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of an import: the numbers of new and of already registered enterprises and of
    newly bound locks; or all errors, and then nothing was written."""

    new: int = 0
    known: int = 0
    locks: int = 0
    errors: tuple[RowError, ...] = ()


def columns_of(heads: Sequence[str]) -> tuple[dict[int, str], list[str]]:
    """The column of each position, by its key, and the heads of required columns that are
    missing."""
    known = {_fold_head(head): column.key for column in COLUMNS for head in column.heads}
    found: dict[int, str] = {}
    for position, head in enumerate(heads):
        key = known.get(_fold_head(head))
        if key and key not in found.values():
            found[position] = key
    missing = [
        column.heads[0]
        for column in COLUMNS
        if column.required and column.key not in found.values()
    ]
    return found, missing


def _fold_head(head: str) -> str:
    return re.sub(r"[\s*＊:：（(].*$|\s", "", head.strip().removeprefix("\ufeff")).casefold()


def plan(
    rows: Iterable[Row], now: datetime, own: Collection[str] = ()
) -> tuple[list[Registration], list[RowError]]:
    """The enterprises of the rows, and all errors that the table alone shows.

    `own`: the desk's own addresses, which no enterprise may have as its contact.
    """
    registrations: dict[str, Registration] = {}
    errors: list[RowError] = []
    for row in rows:
        problems = [RowError(row.number, text) for text in _problems(row.cells, own)]
        errors += problems
        if not problems:
            errors += _collect(registrations, row, now)
    return list(registrations.values()), [*errors, *_claimed_twice(registrations.values())]


def register(
    tx: Transaction,
    registrations: Iterable[Registration],
    progress: Callable[[int], None] = lambda _done: None,
) -> Report:
    """Write the registrations. If the report has errors, the caller must roll the transaction back.

    `progress`: called with the number of enterprises that are done.
    """
    errors: list[RowError] = []
    new = known = locks = 0
    for done, registration in enumerate(registrations, 1):
        stored = tx.accounts.by_uscc(registration.enterprise.uscc)
        errors += _against_registry(tx, registration, stored)
        if not errors:
            locks += _bind(tx, stored.id if stored else _add(tx, registration), registration)
            known += stored is not None
            new += stored is None
        progress(done)
    return Report(errors=tuple(errors)) if errors else Report(new, known, locks)


def _add(tx: Transaction, registration: Registration) -> int:
    """Store a new enterprise. Without a lock it logs in by password."""
    return tx.accounts.add(replace(registration.enterprise, password_open=not registration.locks))


def instant_of(text: str) -> datetime | None:
    """The instant of a date, with or without a time, as tables have it (2024-03-01, 2024/3/1,
    20240301, 2024年3月1日); None for any other text."""
    found = _DATE.fullmatch(text.strip())
    if not found:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=LOCAL)
    except ValueError:
        return None


def _problems(cells: Mapping[str, str], own: Collection[str]) -> Iterable[str]:
    name, uscc = cells.get("name", ""), cells.get("uscc", "").upper()
    if not fold_name(name):
        yield "缺少企业名称"
    elif len(name) > MAX_NAME:
        yield f"企业名称超过 {MAX_NAME} 字"
    if not uscc:
        yield "缺少统一社会信用代码"
    elif not uscc_ok(uscc):
        yield (
            f"统一社会信用代码 {uscc} 不正确（应为 18 位且校验位相符；若被表格软件改成数字，"
            "请将该列设为文本格式后重新填写）"
        )
    yield from _problems_of_contact(cells.get("contact_email", ""), own)
    for key, head in (("registered_at", "注册日期"), ("bound_at", "绑定日期")):
        if cells.get(key) and instant_of(cells[key]) is None:
            yield f"{head} {cells[key]} 不是日期，请写成 2024-03-01"
    if _ROUNDED.fullmatch(cells.get("serial", "")):
        yield f"锁序列号 {cells['serial']} 已被表格软件改成近似数字，请将该列设为文本格式后重新填写"
    if cells.get("primary") and _primary(cells["primary"]) is None:
        yield f"主副锁 {cells['primary']} 应写“主锁”或“副锁”"


def _problems_of_contact(email: str, own: Collection[str]) -> Iterable[str]:
    if email and not is_address(email):
        yield f"联系邮箱 {email} 不是邮箱地址（只能写一个）"
    elif email and is_own(email, own):
        yield f"联系邮箱 {email} 是本中心自己的邮箱"


def _primary(text: str) -> bool | None:
    return {
        "主锁": True,
        "主": True,
        "primary": True,
        "是": True,
        "副锁": False,
        "副": False,
        "secondary": False,
        "否": False,
    }.get(text.strip().casefold())


def _collect(registrations: dict[str, Registration], row: Row, now: datetime) -> list[RowError]:
    """Put a row into the registration of its enterprise. Returns where it contradicts it."""
    enterprise = _enterprise(row.cells, now)
    first = registrations.setdefault(enterprise.uscc, Registration(row.number, enterprise))
    if row.cells.get("serial"):
        first.locks.append(_lock(row))
    return [
        RowError(
            row.number,
            f"{what}与第 {first.row} 行同一企业的不同：{mine}，而该行为 {before or '空'}",
        )
        for what, mine, before in _differences(enterprise, first.enterprise)
    ]


def _enterprise(cells: Mapping[str, str], now: datetime) -> Enterprise:
    submitted = cells.get("information", "").strip() not in {"否", "no", "false", "0"}
    return Enterprise(
        id=0,
        name=cells["name"],
        uscc=cells["uscc"].upper(),
        contact_name=cells.get("contact_name", ""),
        contact_email=cells.get("contact_email", ""),
        contact_phone=cells.get("contact_phone", ""),
        registered_at=instant_of(cells.get("registered_at", "")) or now,
        information_submitted=submitted,
    )


def _lock(row: Row) -> Lock:
    cells = row.cells
    return Lock(
        row.number,
        cells["serial"].upper(),
        cells.get("label", "") or "CA锁",
        _primary(cells.get("primary", "")),
        cells.get("system", "") or DEFAULT_SYSTEM,
        instant_of(cells.get("bound_at", "")),
    )


def _differences(mine: Enterprise, before: Enterprise) -> Iterable[tuple[str, str, str]]:
    """Where a row differs from the enterprise as known before: the particular and both values. An
    empty address does not differ."""
    if fold_name(mine.name) != fold_name(before.name):
        yield "企业名称", mine.name, before.name
    email, email_before = mine.contact_email.casefold(), before.contact_email.casefold()
    if email and email != email_before:
        yield "联系邮箱", email, email_before


def _claimed_twice(registrations: Iterable[Registration]) -> Iterable[RowError]:
    """Names and locks of more than one enterprise in the table, and second primary locks."""
    names: dict[str, Registration] = {}
    serials: dict[str, Lock] = {}
    for registration in registrations:
        first = names.setdefault(fold_name(registration.enterprise.name), registration)
        if first is not registration:
            yield RowError(
                registration.row, f"企业名称与第 {first.row} 行相同，但统一社会信用代码不同"
            )
        has_primary = False
        for lock in registration.locks:
            before = serials.setdefault(lock.serial, lock)
            if before is not lock:
                yield RowError(
                    lock.row, f"锁序列号 {lock.serial} 与第 {before.row} 行重复；一把锁只能绑定一次"
                )
            if lock.primary and has_primary:
                yield RowError(lock.row, "该企业已有一把主锁，一家企业只能有一把主锁")
            has_primary |= bool(lock.primary)


def _against_registry(
    tx: Transaction, registration: Registration, stored: Enterprise | None
) -> Iterable[RowError]:
    """Where a registration contradicts what is registered. `stored`: the enterprise, if it is."""
    enterprise = registration.enterprise
    namesake = tx.accounts.by_name(enterprise.name)
    if namesake and namesake.uscc != enterprise.uscc:
        yield RowError(registration.row, f"企业名称已由统一社会信用代码 {namesake.uscc} 注册")
    if stored:
        for what, mine, before in _differences(enterprise, stored):
            yield RowError(
                registration.row,
                f"该企业已注册，{what}为 {before or '空'}，与本行 {mine} 不同；"
                "导入不修改已注册的资料",
            )
    for lock in registration.locks:
        bound = tx.bindings.by_serial(lock.serial)
        if bound and (stored is None or bound.enterprise_id != stored.id):
            yield RowError(lock.row, f"锁序列号 {lock.serial} 已绑定在其他企业")
    if stored and any(b.primary for b in tx.bindings.of_enterprise(stored.id)):
        for lock in registration.locks:
            if lock.primary and tx.bindings.by_serial(lock.serial) is None:
                yield RowError(lock.row, "该企业已绑定主锁；更换主锁须先解绑")


def _bind(tx: Transaction, enterprise_id: int, registration: Registration) -> int:
    """Bind the locks that are not bound yet. Without any primary lock, the first one that a row
    does not call secondary becomes it. Returns the number of new bindings."""
    active = tx.bindings.of_enterprise(enterprise_id)
    has_primary = any(b.primary for b in active) or any(lock.primary for lock in registration.locks)
    bound = {binding.serial for binding in active}
    unbound = [lock for lock in registration.locks if lock.serial not in bound]
    for lock in unbound:
        primary = bool(lock.primary) or (lock.primary is None and not has_primary)
        has_primary |= primary
        at = lock.bound_at or registration.enterprise.registered_at
        tx.bindings.add(
            Binding(0, enterprise_id, lock.serial, lock.label, primary, lock.system, at)
        )
    return len(unbound)
