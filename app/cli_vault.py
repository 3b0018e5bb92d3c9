"""`unbind vault`: the key of all that is stored. Having a token guard it."""

import os

import typer

from app.config import load
from app.vault_keys import new_line, rewrap


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this room."""
    vault = typer.Typer(help="The key of all stored data: 保险库密钥。", no_args_is_help=True)
    vault.command("new-key", epilog="Example: unbind vault new-key > new.key")(new_key)
    vault.command("wrap", epilog="Example: UNBIND_VAULT_PIN=… unbind vault wrap")(wrap)
    vault.command("unwrap", epilog="Example: UNBIND_VAULT_PIN=… unbind vault unwrap")(unwrap)
    app.add_typer(vault, name="vault")


def new_key(context: typer.Context) -> None:
    """Print a new key, for an environment variable or a credential. 生成新密钥。 Wrapped where storage.vault_pkcs11 names a token."""
    typer.echo(new_line(load(context.obj), os.environ))


def wrap(context: typer.Context) -> None:
    """Have the token of storage.vault_pkcs11 guard the key file: 由令牌包裹密钥。 Before, keep a copy of the plain key in a safe."""
    file = rewrap(load(context.obj), os.environ, wrapped=True)
    typer.echo(f"{file} 现由令牌包裹：没有令牌和口令，它打不开任何数据。")
    typer.echo("令牌损坏或丢失后只能用明文密钥恢复：请确认明文密钥已抄存于保险柜，并清除磁盘上和备份里的其他明文副本。", err=True)


def unwrap(context: typer.Context) -> None:
    """Have the key file hold the plain key again. 取消包裹。"""
    typer.echo(f"{rewrap(load(context.obj), os.environ, wrapped=False)} 现为明文密钥，请妥善保管。")
