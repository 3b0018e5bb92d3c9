"""`unbind db upgrade|copy`, `backup`, `restore`: the database as a whole."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from app.cli.command_desk import Yes, progress, wiring_of_data
from app.mailbox_kinds import MAILBOXES
from app.operations.backups import back_up, copy_database, restore
from app.process_lock import alone, in_use
from app.vault_keys import vault_key_place
from app.wiring import Wiring
from core.errors import DeskError
from core.store.queue_tables import require_stopped
from core.store.schema import needs_stop, revisions, upgrade

commands = typer.Typer()
db = typer.Typer(name="db", help="The database's schema: 数据库。")


@db.command("upgrade", epilog="Example: unbind backup /backups && unbind db upgrade")
def upgrade_database(context: typer.Context) -> None:
    """Upgrade the database to this program's schema. 升级数据库。 Make a backup first.
    The command refuses to run where the desk must be stopped first."""
    wiring = wiring_of_data(context)
    with contextlib.closing(wiring.store(check_schema=False)) as store:
        before, wanted = revisions(store.engine)
        stops = needs_stop(store.engine)
        with (alone if stops else in_use)(wiring.config.folder):
            if stops:
                require_stopped(store.engine)
            upgrade(store.engine)
    typer.echo(
        f"数据库已是 {wanted}。"
        if before == wanted
        else f"数据库已从 {before or '空'} 升级到 {wanted}。"
    )


@db.command(
    "copy",
    epilog=(
        "Example: unbind db copy postgresql://unbind@db.example.cn/desk    (with "
        "UNBIND_DATABASE_PASSWORD)"
    ),
)
def copy_to(
    context: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="An empty database: postgresql://USER@HOST/NAME or sqlite:///FILE.",
        ),
    ],
) -> None:
    """Copy the database into an empty one, for example to move to PostgreSQL. 迁移数据库。 The desk
    must not run. An interrupted copy leaves nothing."""
    wiring = wiring_of_data(context)
    with progress("复制并核对") as show:
        copied = copy_database(wiring, target, show)
    typer.echo(f"已复制 {counted(copied)}，各表的行数和内容摘要均一致。")
    typer.echo(
        "原数据库未改动，此后不要再用它启动。"
        f"请把 config.yaml 的 storage.database_url 改为 {target}，再执行 unbind audit verify，"
        "然后启动。\n"
        "换机器时还须带走：config.yaml 及其中写明的文件、密码（环境变量或凭据）、"
        f"保险库密钥 {vault_key_place(wiring)}、"
        f"{wiring.config.folder} 中除数据库以外的文件（audit.head、邮件目录等）。"
        "它们都不在数据库里。",
        err=True,
    )


def counted(rows: Mapping[str, int]) -> str:
    """The number of rows of all tables, and of the main ones, in Chinese."""
    named = {
        "enterprises": "企业",
        "cases": "工单",
        "mails": "邮件",
        "letters": "回执",
        "audit": "审计记录",
    }
    shares = "、".join(f"{words} {rows[table]:,}" for table, words in named.items())
    return f"{sum(rows.values()):,} 行（{shares}）"


@commands.command("backup", epilog="Example: unbind backup /backups")
def backup(
    context: typer.Context,
    destination: Annotated[
        Path,
        typer.Argument(metavar="FILE|DIR", help="A new file, or a folder."),
    ],
) -> None:
    """Copy the database while the desk runs. 备份。 The copy does not contain the vault's key:
    store that elsewhere."""
    wiring = wiring_of_data(context)
    with progress("备份") as show:
        file = back_up(wiring, destination, show)
    typer.echo(f"已备份到 {file}（{file.stat().st_size:,} 字节，已核对）。")
    if not wiring.settings.backup.recipients:
        typer.echo(
            "备份未加密：与数据库一样，内容是密文，企业名称、时间等是明文。"
            "请设置 backup.recipients（见 docs/OPERATIONS.md）。",
            err=True,
        )
    typer.echo(
        f"保险库密钥不在备份里。请另行保存 {vault_key_place(wiring)}，并与备份分开存放："
        "没有它，备份无法读取。",
        err=True,
    )


@commands.command(
    "restore",
    epilog=(
        "Example: unbind restore /backups/desk-20261125-180000.sqlite3.age --identity "
        "/media/key/backup.txt"
    ),
)
def restore_backup(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="A backup of `unbind backup`."),
    ],
    identity: Annotated[
        Path | None,
        typer.Option(help="The age identities that open an encrypted backup."),
    ] = None,
    yes: Yes = False,
) -> None:
    """Replace the database by a backup, after a check of its key, rows and audit. 恢复。
    The former database is not deleted. The desk must not run."""
    wiring = wiring_of_data(context)
    if not file.is_file():
        raise DeskError(f"找不到备份文件 {file}。")
    if not yes:
        typer.confirm(f"用 {file} 替换现在的数据库？", abort=True)
    with progress("恢复") as show:
        done = restore(wiring, file, identity, show)
    typer.echo(
        f"已恢复 {counted(done.rows)}。{f'原数据库保存在 {done.former}。' if done.former else ''}"
        f"{refetched(wiring)}"
    )
    for problem in done.audit:
        typer.echo(f"备份中的{problem}。请查明原因（docs/OPERATIONS.md）。", err=True)


def refetched(wiring: Wiring) -> str:
    """A sentence on the mails that arrived after the backup: they are read again, or lost."""
    mailbox = wiring.settings.mailbox
    if MAILBOXES[mailbox.kind].keeps_mails(mailbox):
        return "备份之后到达的邮件会从邮箱重新读取。"
    return "备份之后到达并已存入数据库的邮件不在备份里，邮箱中也已删除，请企业重新发送。"
