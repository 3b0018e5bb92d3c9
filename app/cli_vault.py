"""`unbind vault`: the key of all that is stored. Changing it, and having a token guard it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli_desk import actor, progress
from app.config import load
from app.vault_keys import new_line, rewrap
from app.wiring import Wiring

if TYPE_CHECKING:
    from core.adapters.rotation import Outcome

commands = typer.Typer(name="vault", help="The key of all stored data: 保险库密钥。", no_args_is_help=True)
MOST_LISTED = 10


@commands.command("rotate", epilog="Example: unbind backup /backups && unbind vault rotate")
def rotate_key(
    context: typer.Context,
    void_links: Annotated[bool, typer.Option("--void-links", help="Void the links that set a password or move an account: the key leaked.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Change the key: seal everything anew, under a new one. 更换密钥。 The desk must not run. Cut off, it goes on when called again."""
    from app.vault_rotation import rotate

    if not yes:
        typer.confirm("请先备份数据库（unbind backup）和现在的密钥。更换期间办理台不能运行。开始更换？", abort=True)
    with progress("换钥") as show:
        done = rotate(Wiring(load(context.obj)), actor(), show, void_links=void_links)
    typer.echo(f"密钥已更换：{done.former_id} → {done.key_id}。")
    _print_outcome(done.outcome)
    if done.unswept:
        typer.echo(f"数据库文件中的旧密文未能清除：{done.unswept}", err=True)
    _print_remaining_steps(done.former_key)


def _print_outcome(outcome: "Outcome") -> None:
    for place in outcome.unopened[:MOST_LISTED]:
        typer.echo(f"  {place}：原来就无法解密（数据被改动、调换或损坏），保持原样")
    if len(outcome.unopened) > MOST_LISTED:
        typer.echo(f"  ……共 {len(outcome.unopened)} 处无法解密")
    if outcome.broken_audit_rows:
        typer.echo(f"审计记录原有 {outcome.broken_audit_rows} 处不衔接，更换没有掩盖它们：unbind audit verify")
    if outcome.links_kept:
        typer.echo(f"已发出和待发出的 {outcome.links_kept} 个链接仍然有效。")
    if outcome.links_voided_of:
        typer.echo(f"已作废这些企业的重置密码和更改联系方式链接，请通知其重新办理：{'、'.join(outcome.links_voided_of)}")
    typer.echo("已清除（没有明文，无法换算）：登录失败计数、已记住的浏览器、近期退回记录。")


def _print_remaining_steps(former_key: Path | None) -> None:
    if former_key:
        typer.echo(f"旧密钥保存在 {former_key}：更换前的备份只有它能读。请把它移到旧备份处，与数据库分开；不再需要旧备份时一并销毁。", err=True)
    else:
        typer.echo("请从环境变量或凭据中删去第二行（旧密钥），与旧备份一起保存；此前办理台不能启动。", err=True)
    typer.echo("请立即重新备份数据库，并另行保存新密钥。", err=True)


@commands.command("new-key", epilog="Example: unbind vault new-key > new.key")
def new_key(context: typer.Context) -> None:
    """Print a new key, for an environment variable or a credential. 生成新密钥。 Wrapped where storage.vault_pkcs11 names a token."""
    typer.echo(new_line(load(context.obj), os.environ))


@commands.command("wrap", epilog="Example: UNBIND_VAULT_PIN=… unbind vault wrap")
def wrap(context: typer.Context) -> None:
    """Have the token of storage.vault_pkcs11 guard the key file: 由令牌包裹密钥。 Before, keep a copy of the plain key in a safe."""
    file = rewrap(load(context.obj), os.environ, wrapped=True)
    typer.echo(f"{file} 现由令牌包裹：没有令牌和口令，它打不开任何数据。")
    typer.echo("令牌损坏或丢失后只能用明文密钥恢复：请确认明文密钥已抄存于保险柜，并清除磁盘上和备份里的其他明文副本。", err=True)


@commands.command("unwrap", epilog="Example: UNBIND_VAULT_PIN=… unbind vault unwrap")
def unwrap(context: typer.Context) -> None:
    """Have the key file hold the plain key again. 取消包裹。"""
    typer.echo(f"{rewrap(load(context.obj), os.environ, wrapped=False)} 现为明文密钥，请妥善保管。")
