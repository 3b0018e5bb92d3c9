"""Keys and certificates: `unbind vault`, the key of all that is stored; `unbind openid`, what signs
for trading systems; `unbind systems`, what these are told; `unbind certificate`, of locks."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.command_desk import actor, opened, progress
from app.settings.config import load
from app.vault_keys import new_line, rewrap
from app.wiring import Wiring
from core.accounts.systems import PUBLISHED_BEFORE, replace_key
from core.errors import DeskError

if TYPE_CHECKING:
    from core.store.rotation import Outcome

vault = typer.Typer(
    name="vault", help="The key of all stored data: 保险库密钥。", no_args_is_help=True
)
openid = typer.Typer(
    name="openid", help="The door for the trading systems: 交易系统统一登录。", no_args_is_help=True
)
systems = typer.Typer(
    name="systems",
    help="What trading systems are told: 交易系统通知。",
    no_args_is_help=True,
)
certificate = typer.Typer(
    name="certificate", help="Certificates of CA locks: CA锁的证书。", no_args_is_help=True
)
MOST_LISTED = 10
ONE_HOUR = f"{PUBLISHED_BEFORE.total_seconds() / 3600:.0f}"
LEAKED = (
    "旧密钥立即作废：已签发的 ID token 不再有效，各交易系统须清除已缓存的密钥。"
    "正在运行的办理台无需停止。开始更换？"
)


@vault.command("rotate", epilog="Example: unbind backup /backups && unbind vault rotate")
def rotate_vault_key(
    context: typer.Context,
    void_links: Annotated[
        bool,
        typer.Option(
            "--void-links",
            help="Void the links that set a password or move an account: the key leaked.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Change the key: seal everything anew, under a new one. 更换密钥。 The desk must not run. Cut
    off, it goes on when called again."""
    from app.operations.vault_rotation import rotate

    if not yes:
        typer.confirm(
            "请先备份数据库（unbind backup）和现在的密钥。更换期间办理台不能运行。开始更换？",
            abort=True,
        )
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
        typer.echo(
            f"审计记录原有 {outcome.broken_audit_rows} 处不衔接，更换没有掩盖它们："
            "unbind audit verify"
        )
    if outcome.links_kept:
        typer.echo(f"已发出和待发出的 {outcome.links_kept} 个链接仍然有效。")
    if outcome.links_voided_of:
        typer.echo(
            "已作废这些企业的重置密码和更改联系方式链接，请通知其重新办理："
            f"{'、'.join(outcome.links_voided_of)}"
        )
    typer.echo("已清除（没有明文，无法换算）：登录失败计数、已记住的浏览器、近期退回记录。")


def _print_remaining_steps(former_key: Path | None) -> None:
    if former_key:
        typer.echo(
            f"旧密钥保存在 {former_key}：更换前的备份只有它能读。"
            "请把它移到旧备份处，与数据库分开；不再需要旧备份时一并销毁。",
            err=True,
        )
    else:
        typer.echo(
            "请从环境变量或凭据中删去第二行（旧密钥），与旧备份一起保存；此前办理台不能启动。",
            err=True,
        )
    typer.echo("请立即重新备份数据库，并另行保存新密钥。", err=True)


@vault.command("new-key", epilog="Example: unbind vault new-key > new.key")
def new_key(context: typer.Context) -> None:
    """Print a new key, for an environment variable or a credential. 生成新密钥。 Wrapped where
    storage.vault_pkcs11 names a token."""
    typer.echo(new_line(load(context.obj), os.environ))


@vault.command("wrap", epilog="Example: UNBIND_VAULT_PIN=… unbind vault wrap")
def wrap(context: typer.Context) -> None:
    """Have the token of storage.vault_pkcs11 guard the key file: 由令牌包裹密钥。 Before, keep a
    copy of the plain key in a safe."""
    file = rewrap(load(context.obj), os.environ, wrapped=True)
    typer.echo(f"{file} 现由令牌包裹：没有令牌和口令，它打不开任何数据。")
    typer.echo(
        "令牌损坏或丢失后只能用明文密钥恢复：请确认明文密钥已抄存于保险柜，"
        "并清除磁盘上和备份里的其他明文副本。",
        err=True,
    )


@vault.command("unwrap", epilog="Example: UNBIND_VAULT_PIN=… unbind vault unwrap")
def unwrap(context: typer.Context) -> None:
    """Have the key file hold the plain key again. 取消包裹。"""
    typer.echo(f"{rewrap(load(context.obj), os.environ, wrapped=False)} 现为明文密钥，请妥善保管。")


@openid.command("rotate-key", epilog="Example: unbind openid rotate-key --now")
def rotate_signing_key(
    context: typer.Context,
    now: Annotated[
        bool,
        typer.Option(
            "--now",
            help="The key leaked: it leaves the key set, and the new one signs from this moment.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Change the signing key before its 90 days are over. 更换签名密钥。 Without --now the former
    one signs for an hour more and stays known for 48."""
    from core.keys.jws import Rs256

    if now and not yes:
        typer.confirm(LEAKED, abort=True)
    with opened(context) as here:
        made = replace_key(here.store, Rs256().make, here.desk.clock.now(), actor(), at_once=now)
    if not now:
        typer.echo(f"新的签名密钥 {made.kid} 已发布，{ONE_HOUR} 小时后开始签名。")
        return
    typer.echo(f"旧的签名密钥已全部作废，新密钥 {made.kid} 即刻开始签名。")
    typer.echo(
        "请立即通知各交易系统：清除缓存的密钥（重新读取 /openid/keys，最迟 10 分钟后自动更新），"
        "并结束泄露以来建立的会话。",
        err=True,
    )


@systems.command("send", epilog="Example: unbind systems send")
def send(context: typer.Context) -> None:
    """Tell the systems now what waits for its next try, beside the running desk too. 立即通知。"""
    from app.system_wiring import telling

    with opened(context) as here:
        tell = telling(here.wiring, here.desk)
        taken = more = tell(at_once=True)
        while more:
            taken += (more := tell())
        with here.store.view() as tx:
            waiting = tx.events.waiting()
    typer.echo(f"已送达 {taken} 条，仍在等待 {waiting} 条。")


@certificate.command("inspect", epilog="Example: unbind certificate inspect lock.cer")
def inspect(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A certificate: DER, PEM or bare Base64.", show_default=False
        ),
    ],
) -> None:
    """Explain a certificate line by line, by the profiles of config.yaml. 逐行说明证书。"""
    from core.locks.certificates.profiles import certificate_of_file

    try:
        written = file.read_bytes()
    except OSError as error:
        raise DeskError(f"无法读取 {file}：{error.strerror}。") from error
    for line in Wiring(load(context.obj)).verifier().inspect(certificate_of_file(written)).lines:
        typer.echo(line)
