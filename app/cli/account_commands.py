"""`unbind enterprises import` and `unbind admin …`: acts that no page of the console can do,
because a first administrator comes before it."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.command_desk import actor, opened, progress
from app.register_file import read_register
from app.wiring import console_of
from core.accounts.administrators import personnel
from core.accounts.enterprises.register_import import register
from core.data.roles import Role

enterprises = typer.Typer(
    name="enterprises", help="The register of enterprises and their locks: 企业名册。"
)
admin = typer.Typer(name="admin", help="Administrators of the desk: 管理员。")
Name = Annotated[str, typer.Argument(help="The administrator's name.")]


@enterprises.command(
    "import", epilog="Example: unbind enterprises import tests/data/enterprises.csv"
)
def import_enterprises(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="A .csv or .xlsx with one row a lock."),
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
        own = here.wiring.settings.mailbox.own_addresses
        with here.desk.step() as tx, progress("导入") as show:
            new, known, locks = register(tx, actor(), rows, own, show).values()
            done = f"新增企业 {new} 家，已有 {known} 家，绑定锁 {locks} 把。"
            if dry_run:
                typer.echo(f"试导入：将{done}")
                raise typer.Exit  # the transaction rolls back
    typer.echo(done)


@admin.command("create", epilog="Example: unbind admin create 张老师 --role reviewer")
def create(
    context: typer.Context,
    name: Name,
    role: Annotated[
        list[Role],
        typer.Option("--role", help="What the person may do; repeat it for several."),
    ] = list(Role),  # noqa: B006  typer's way to give a default
) -> None:
    """Make an administrator, with all roles unless some are named;
    prints the one-time password. 新建管理员。"""
    with opened(context) as here:
        _print_password(name, personnel.create(console_of(here.desk), actor(), name, role))


@admin.command("reset", epilog="Example: unbind admin reset 张老师")
def reset(
    context: typer.Context,
    name: Name,
    clear_factor: Annotated[
        bool, typer.Option("--clear-factor", help="The second factor is lost too: ask for none.")
    ] = False,
) -> None:
    """Give an administrator a new one-time password, also after a lock or a disabling.
    重置管理员密码。"""
    with opened(context) as here:
        if clear_factor:
            personnel.clear_second_factor(console_of(here.desk), actor(), name)
        _print_password(name, personnel.reset(console_of(here.desk), actor(), name))


def _print_password(name: str, password: str) -> None:
    typer.echo(
        f"管理员：{name.strip()}\n一次性密码：{password}\n"
        "（24 小时内有效，首次登录时必须更换；此密码不会再次显示）"
    )
