"""`unbind openid`: the keys that sign what trading systems are told."""

from typing import Annotated

import typer

from app.cli_desk import actor, opened
from core.accounts.signing_keys import PUBLISHED_BEFORE, replace_key

commands = typer.Typer(name="openid", help="The door for the trading systems: 交易系统统一登录。", no_args_is_help=True)
ONE_HOUR = f"{PUBLISHED_BEFORE.total_seconds() / 3600:.0f}"
LEAKED = "旧密钥立即作废：已签发的 ID token 不再有效，各交易系统须清除已缓存的密钥。正在运行的办理台无需停止。开始更换？"


@commands.command("rotate-key", epilog="Example: unbind openid rotate-key --now")
def rotate_key(
    context: typer.Context,
    now: Annotated[bool, typer.Option("--now", help="The key leaked: it leaves the key set, and the new one signs from this moment.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Change the signing key before its 90 days are over. 更换签名密钥。 Without --now the former one signs for an hour more and stays known for 48."""
    from core.adapters.jws import Rs256

    if now and not yes:
        typer.confirm(LEAKED, abort=True)
    with opened(context) as here:
        made = replace_key(here.store.transaction, Rs256().make, here.desk.clock.now(), actor(), at_once=now)
    if not now:
        typer.echo(f"新的签名密钥 {made.kid} 已发布，{ONE_HOUR} 小时后开始签名。")
        return
    typer.echo(f"旧的签名密钥已全部作废，新密钥 {made.kid} 即刻开始签名。")
    typer.echo("请立即通知各交易系统：清除缓存的密钥（重新读取 /openid/keys，最迟 10 分钟后自动更新），并结束泄露以来建立的会话。", err=True)
