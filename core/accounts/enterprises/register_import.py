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
from dataclasses import dataclass, field
from datetime import datetime

from core.check_digits import uscc_ok
from core.clock import LOCAL
from core.data.contact import is_address, is_own
from core.data.enterprise import Binding, Enterprise
from core.enterprise_names import fold_name
from core.errors import DeskError
from core.store.store import Transaction

MAX_NAME = 200
DEFAULT_SYSTEM = "综合交易系统"
_ROUNDED = re.compile(r"\d(\.\d+)?[Ee]\+\d+")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[ T]+(\d{1,2}):(\d{2})(?::"
    r"(\d{2}))?(?:\.0+)?)?"
)


HEADS = {
    "name": ("企业名称", "单位名称", "名称", "enterprise_name", "name"),
    "uscc": ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"),
    "contact_name": ("联系人", "联系人姓名", "经办人", "contact_name", "contact"),
    "contact_email": ("联系邮箱", "邮箱", "电子邮箱", "联系人邮箱", "contact_email", "email"),
    "contact_phone": ("联系电话", "电话", "手机", "手机号", "contact_phone", "phone"),
    "registered_at": ("注册日期", "注册时间", "registered_at", "registered"),
    "information": ("信息已提交", "是否提交企业信息", "information_submitted"),
    "serial": ("锁序列号", "证书序列号", "序列号", "CA锁序列号", "serial"),
    "label": ("锁类型", "CA类型", "证书类型", "锁名称", "label"),
    "primary": ("主副锁", "主锁/副锁", "锁类别", "primary"),
    "system": ("绑定系统", "交易系统", "system"),
    "bound_at": ("绑定日期", "绑定时间", "绑锁日期", "bound_at"),
}
"""The columns of the table, each with the heads that name it."""
REQUIRED = ("name", "uscc")
_PRIMARY = dict.fromkeys(("主锁", "主", "primary", "是"), True) | dict.fromkeys(
    ("副锁", "副", "secondary", "否"), False
)


@dataclass(frozen=True)
class Row:
    """A row of the table as text; `number` is its line in the file."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """The text of a column, "" where the table lacks it."""
        return self.cells.get(column, "")

    @property
    def serial(self) -> str:
        """The serial number of its lock as certificates give it (LockCertificate), "" without a
        lock. Other programs write zeros before it, and colons or spaces between its octets."""
        return re.sub(r"[\s:]", "", self["serial"]).upper().lstrip("0")

    @property
    def primary(self) -> bool | None:
        """Whether its lock is called primary; None where it is called neither."""
        return _PRIMARY.get(self["primary"].casefold())


@dataclass(frozen=True)
class RowError:
    """An error in a row of the table, with its remedy."""

    number: int
    text: str

    def __str__(self) -> str:
        return f"第 {self.number} 行：{self.text}"


@dataclass
class Registration:
    """An enterprise to register, collected from its rows. `row`: the number of the first one;
    `locks`: those that have a lock."""

    row: int
    enterprise: Enterprise
    locks: list[Row] = field(default_factory=list)


def columns_of(heads: Sequence[str]) -> tuple[dict[int, str], list[str]]:
    """The column of each position, and the heads of required columns that are missing."""
    known = {_fold_head(name): column for column, names in HEADS.items() for name in names}
    found: dict[int, str] = {}
    for position, head in enumerate(heads):
        column = known.get(_fold_head(head))
        if column and column not in found.values():
            found[position] = column
    return found, [HEADS[column][0] for column in REQUIRED if column not in found.values()]


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
        problems = [RowError(row.number, text) for text in _problems(row, own)]
        errors += problems or _collect(registrations, row, now)
    return list(registrations.values()), [*errors, *_claimed_twice(registrations.values())]


def register(
    tx: Transaction,
    actor: str,
    rows: Iterable[Row],
    own: Collection[str] = (),
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, int]:
    """Write the enterprises of the rows: how many are new, how many were known, and how many locks
    were bound. Raises DeskError with all errors; then the transaction is to be rolled back.

    `progress`: enterprises that are done, and all.
    """
    registrations, errors = plan(rows, tx.now, own)
    count = {"new": 0, "known": 0, "locks": 0}
    for done, registration in enumerate(registrations, 1):
        stored = tx.accounts.by_uscc(registration.enterprise.uscc)
        errors += _against_registry(tx, registration, stored)
        if not errors:
            count["known" if stored else "new"] += 1
            enterprise_id = stored.id if stored else tx.accounts.add(registration.enterprise)
            count["locks"] += _bind(tx, enterprise_id, registration)
        progress(done, len(registrations))
    if errors:
        ordered = sorted(errors, key=lambda error: error.number)
        listed = "\n".join(f"  {error}" for error in ordered)
        raise DeskError(f"名册有 {len(errors)} 处错误，没有导入任何一行：\n{listed}")
    tx.audit.write(actor, "enterprises.imported", **count)
    return count


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


def _problems(row: Row, own: Collection[str]) -> Iterable[str]:
    name, uscc = row["name"], row["uscc"].upper()
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
    yield from _problems_of_contact(row["contact_email"], own)
    for column, head in (("registered_at", "注册日期"), ("bound_at", "绑定日期")):
        if row[column] and instant_of(row[column]) is None:
            yield f"{head} {row[column]} 不是日期，请写成 2024-03-01"
    if _ROUNDED.fullmatch(row["serial"]):
        yield f"锁序列号 {row['serial']} 已被表格软件改成近似数字，请将该列设为文本格式后重新填写"
    if row["primary"] and row.primary is None:
        yield f"主副锁 {row['primary']} 应写“主锁”或“副锁”"


def _problems_of_contact(email: str, own: Collection[str]) -> Iterable[str]:
    if email and not is_address(email):
        yield f"联系邮箱 {email} 不是邮箱地址（只能写一个）"
    elif email and is_own(email, own):
        yield f"联系邮箱 {email} 是本中心自己的邮箱"


def _collect(registrations: dict[str, Registration], row: Row, now: datetime) -> list[RowError]:
    """Put a row into the registration of its enterprise. Returns where it contradicts it."""
    enterprise = _enterprise(row, now)
    first = registrations.setdefault(enterprise.uscc, Registration(row.number, enterprise))
    if row.serial:
        first.locks.append(row)
    return [
        RowError(
            row.number,
            f"{what}与第 {first.row} 行同一企业的不同：{mine}，而该行为 {before or '空'}",
        )
        for what, mine, before in _differences(enterprise, first.enterprise)
    ]


def _enterprise(row: Row, now: datetime) -> Enterprise:
    return Enterprise(
        id=0,
        name=row["name"],
        uscc=row["uscc"].upper(),
        contact_name=row["contact_name"],
        contact_email=row["contact_email"],
        contact_phone=row["contact_phone"],
        registered_at=instant_of(row["registered_at"]) or now,
        information_submitted=row["information"] not in {"否", "no", "false", "0"},
    )


def _differences(mine: Enterprise, before: Enterprise) -> Iterable[tuple[str, str, str]]:
    """Where a row differs from the enterprise as known before: the particular and both values. An
    empty address does not differ."""
    if fold_name(mine.name) != fold_name(before.name):
        yield "企业名称", mine.name, before.name
    if mine.contact_email and not before.is_contact_address(mine.contact_email):
        yield "联系邮箱", mine.contact_email, before.contact_email


def _claimed_twice(registrations: Iterable[Registration]) -> Iterable[RowError]:
    """Names and locks of more than one enterprise in the table, and second primary locks."""
    names: dict[str, Registration] = {}
    serials: dict[str, Row] = {}
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
                    lock.number,
                    f"锁序列号 {lock.serial} 与第 {before.number} 行重复；一把锁只能绑定一次",
                )
            if lock.primary and has_primary:
                yield RowError(lock.number, "该企业已有一把主锁，一家企业只能有一把主锁")
            has_primary |= bool(lock.primary)


def _against_registry(
    tx: Transaction, registration: Registration, stored: Enterprise | None
) -> Iterable[RowError]:
    """Where a registration contradicts what is registered. `stored`: the enterprise, if it is."""
    enterprise = registration.enterprise
    namesake = tx.accounts.by_name(enterprise.name)
    if namesake and namesake.uscc != enterprise.uscc:
        yield RowError(registration.row, f"企业名称已由统一社会信用代码 {namesake.uscc} 注册")
    for what, mine, before in _differences(enterprise, stored) if stored else ():
        yield RowError(
            registration.row,
            f"该企业已注册，{what}为 {before or '空'}，与本行 {mine} 不同；导入不修改已注册的资料",
        )
    active = tx.bindings.of_enterprise(stored.id) if stored else []
    has_primary = any(binding.primary for binding in active)
    for lock in registration.locks:
        bound = tx.bindings.by(serial=lock.serial, ended_at=None)
        if bound and (stored is None or bound.enterprise_id != stored.id):
            yield RowError(lock.number, f"锁序列号 {lock.serial} 已绑定在其他企业")
        elif lock.primary and has_primary and bound is None:
            yield RowError(lock.number, "该企业已绑定主锁；更换主锁须先解绑")


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
        binding = Binding(
            id=0,
            enterprise_id=enterprise_id,
            serial=lock.serial,
            label=lock["label"] or "CA锁",
            primary=primary,
            system=lock["system"] or DEFAULT_SYSTEM,
            bound_at=instant_of(lock["bound_at"]) or registration.enterprise.registered_at,
        )
        tx.bindings.add(binding)
    return len(unbound)
