"""`unbind enterprises …` and `unbind admin …`: the register of enterprises,
and the people who may judge."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.command_desk import actor, opened, progress
from app.register_file import read_register
from core.accounts.administrators import personnel
from core.accounts.enterprises.register_import import Registration, Report, RowError, plan, register
from core.cases.letters import words
from core.clock import moment
from core.data.roles import Role
from core.errors import DeskError
from core.store.store import Transaction

enterprises = typer.Typer(
    name="enterprises",
    help="The register of enterprises and their locks: 企业名册。",
    no_args_is_help=True,
)
admin = typer.Typer(name="admin", help="Administrators of the desk: 管理员。", no_args_is_help=True)
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The administrator's name.", show_default=False)
]
Roles = Annotated[
    list[Role], typer.Option("--role", help="What the person may do; repeat it for several.")
]


class ImportRefused(DeskError):
    """A table with mistakes: nothing of it was kept."""


@enterprises.command(
    "import", epilog="Example: unbind enterprises import tests/data/enterprises.csv"
)
def import_enterprises(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A .csv or .xlsx with one row a lock.", show_default=False
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
) -> None:
    """Put enterprises and their bound locks into the register: 导入企业名册。 All rows or none;
    every mistake is reported.

    Columns, in any order, Chinese or English heads: 企业名称, 统一社会信用代码, 联系人, 联系邮箱,
    联系电话, 注册日期, 锁序列号, 锁类型, 主副锁, 绑定日期, 绑定系统. Only the first two are
    required.
    """
    rows = read_register(file)
    with opened(context) as here:
        registrations, errors = plan(
            rows, here.desk.clock.now(), here.wiring.config.settings.mailbox.own_addresses
        )
        refuse(errors, file)
        with contextlib.suppress(OnlyTried), here.store.transaction() as tx:
            report = written(tx, registrations, here.desk.clock.now())
            refuse(report.errors, file)
            if dry_run:
                raise OnlyTried
    typer.echo(
        f"{'试导入：将' if dry_run else ''}新增企业 {report.new} 家，已有 {report.known} 家，"
        f"绑定锁 {report.locks} 把。"
    )


class OnlyTried(Exception):
    """Ends a dry run: the transaction rolls back."""


def written(tx: Transaction, registrations: Sequence[Registration], now: datetime) -> Report:
    """Write the registrations and the audit row, with a progress bar when a person watches."""
    with progress("导入") as show:
        report = register(tx, registrations, now, lambda done: show(done, len(registrations)))
    if not report.errors:
        tx.audit.write(
            now,
            actor(),
            "enterprises.imported",
            new=str(report.new),
            known=str(report.known),
            locks=str(report.locks),
        )
    return report


def refuse(errors: Sequence[RowError], file: Path) -> None:
    """Raise ImportRefused with every row's mistakes, if there are any."""
    if errors:
        listed = "\n".join(f"  {error}" for error in sorted(errors, key=lambda e: e.number))
        raise ImportRefused(f"{file} 有 {len(errors)} 处错误，没有导入任何一行：\n{listed}")


@enterprises.command("list", epilog="Example: unbind enterprises list 建筑")
def list_enterprises(
    context: typer.Context,
    search: Annotated[
        str,
        typer.Argument(
            metavar="[SEARCH]", help="Part of a name, or a whole USCC.", show_default=False
        ),
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 200,
) -> None:
    """List registered enterprises and their bound locks. 企业名册。"""
    with opened(context) as here, here.store.view() as tx:
        for enterprise in tx.accounts.find(search, limit):
            locks = (
                "、".join(
                    f"{'主锁' if b.primary else '副锁'} {b.label} {b.serial}"
                    for b in tx.bindings.of_enterprise(enterprise.id)
                )
                or "未绑定"
            )
            frozen = "　已冻结" if enterprise.frozen_at else ""
            typer.echo(
                f"#{enterprise.id}  {enterprise.name}  {enterprise.uscc}  "
                f"注册 {moment(enterprise.registered_at)}  {locks}{frozen}"
            )


@admin.command("create", epilog="Example: unbind admin create 张老师 --role reviewer")
# typer's way to give a default
def create(context: typer.Context, name: Name, role: Roles = list(Role)) -> None:  # noqa: B006
    """Make an administrator, with all roles unless some are named;
    prints the one-time password. 新建管理员。"""
    with opened(context) as here:
        password = personnel.create(here.console, actor(), name, role)
        _say_password(name, password)


@admin.command("roles", epilog="Example: unbind admin roles 张老师 --role reviewer --role approver")
def set_roles(context: typer.Context, name: Name, role: Roles) -> None:
    """Give an administrator these roles and no others,
    from the next request on. 更改管理员角色。"""
    with opened(context) as here:
        personnel.set_roles(here.console, actor(), name, role)
    typer.echo(f"管理员 {name} 的角色：{words.roles(role)}。")


@admin.command("logout", epilog="Example: unbind admin logout 张老师")
def end_sessions(context: typer.Context, name: Name) -> None:
    """End what an administrator is logged in with. 结束管理员的登录。"""
    with opened(context) as here:
        personnel.end_sessions(here.console, actor(), name)
    typer.echo(f"管理员 {name} 的登录已结束。")


@admin.command("list", epilog="Example: unbind admin list")
def list_administrators(context: typer.Context) -> None:
    """List the administrators with their roles and logins. 管理员名单。"""
    with opened(context) as here, here.store.view() as tx:
        seen = {
            session.administrator_id: session.seen_at
            for session in tx.administrators.sessions(here.desk.clock.now())
        }
        for one in tx.administrators.all():
            state = (
                "已停用"
                if one.disabled
                else f"一次性密码未更换，{moment(one.once_until)} 前有效"
                if one.once_until
                else "正常"
            )
            login = f"  已登录，最近使用 {moment(seen[one.id])}" if one.id in seen else ""
            typer.echo(
                f"{one.name}  {words.roles(one.roles)}  建于 {moment(one.created_at)}  "
                f"{state}{login}"
            )


@admin.command("reset", epilog="Example: unbind admin reset 张老师")
def reset(context: typer.Context, name: Name) -> None:
    """Give an administrator a new one-time password, also after a lock or a disabling.
    重置管理员密码。"""
    with opened(context) as here:
        _say_password(name, personnel.reset(here.console, actor(), name))


@admin.command("unlock", epilog="Example: unbind admin unlock 张老师")
def unlock(context: typer.Context, name: Name) -> None:
    """Let an administrator whom wrong passwords locked out try again at once;
    the password stays. 解锁管理员。"""
    with opened(context) as here:
        personnel.unlock(here.console, actor(), name)
    typer.echo(f"管理员 {name} 已解锁。")


@admin.command("clear-factor", epilog="Example: unbind admin clear-factor 张老师")
def clear_factor(context: typer.Context, name: Name) -> None:
    """Take away the second factor of an administrator who lost it. 清除管理员的第二因素。"""
    with opened(context) as here:
        personnel.clear_second_factor(here.console, actor(), name)
    typer.echo(f"管理员 {name} 的第二因素已清除，下次登录只需密码。")


@admin.command("disable", epilog="Example: unbind admin disable 张老师")
def disable(context: typer.Context, name: Name) -> None:
    """Close an administrator's account at once. 停用管理员。"""
    with opened(context) as here:
        personnel.disable(here.console, actor(), name)
    typer.echo(f"管理员 {name} 已停用。")


def _say_password(name: str, password: str) -> None:
    typer.echo(
        f"管理员：{name.strip()}\n一次性密码：{password}\n"
        "（24 小时内有效，首次登录时必须更换；此密码不会再次显示）"
    )
