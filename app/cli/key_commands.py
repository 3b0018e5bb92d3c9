"""Keys, certificates and the audit: `unbind vault` (the key of all stored data), `openid` (the keys
that sign for trading systems), `systems` (the events that they receive), `certificate` (of locks),
`audit`."""

from typing import Annotated

import typer

from app.cli.command_desk import Yes, actor, opened, progress, wiring_of, wiring_of_data
from app.operations.vault_rotation import Rotated, rotate
from core.accounts.systems import PUBLISHED_BEFORE, replace_key
from core.keys.vault import fresh_text
from core.locks.certificates.parsing import der_of_file
from core.store.audit_verifying import accept_audit, verify_audit

vault = typer.Typer(name="vault", help="The key of all stored data: 保险库密钥。")
openid = typer.Typer(name="openid", help="The door for the trading systems: 交易系统统一登录。")
systems = typer.Typer(name="systems", help="What trading systems are sent: 交易系统通知。")
certificate = typer.Typer(name="certificate", help="Certificates of CA locks: CA锁的证书。")
audit = typer.Typer(name="audit", help="Who did what, when: 审计记录。")
MOST_LISTED = 10
PUBLISHED_HOURS = f"{PUBLISHED_BEFORE.total_seconds() / 3600:.0f}"
CONFIRM_LEAKED = (
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
    yes: Yes = False,
) -> None:
    """Change the key: seal everything anew, under a new one. 更换密钥。 The desk must not run. Cut
    off, it begins anew when called again."""
    wiring = wiring_of_data(context)
    if not yes:
        typer.confirm(
            "请先备份数据库（unbind backup）和现在的密钥。更换期间办理台不能运行。开始更换？",
            abort=True,
        )
    with progress("换钥") as show:
        done = rotate(wiring, actor(), show, void_links=void_links)
    _print_rotation(done)


def _print_rotation(done: Rotated) -> None:
    """Print what was changed, what remains unreadable, and what the operator has to do now."""
    outcome = done.outcome
    typer.echo(f"密钥已更换：{done.former_id} → {done.key_id}。")
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
    if done.unswept:
        typer.echo(f"数据库文件中的旧密文未能清除：{done.unswept}", err=True)
    if done.former_key:
        typer.echo(
            f"旧密钥保存在 {done.former_key}：更换前的备份只有它能读。"
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
def new_key() -> None:
    """Print a new key, for an environment variable or a credential. 生成新密钥。"""
    typer.echo(fresh_text())


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
    yes: Yes = False,
) -> None:
    """Change the signing key before its 90 days are over. 更换签名密钥。 Without --now the former
    one signs for an hour more and stays known for 48."""
    if now and not yes:
        typer.confirm(CONFIRM_LEAKED, abort=True)
    with opened(context) as here:
        key = replace_key(here.desk.store, here.desk.now(), actor(), at_once=now)
    if not now:
        typer.echo(f"新的签名密钥 {key.kid} 已发布，{PUBLISHED_HOURS} 小时后开始签名。")
        return
    typer.echo(f"旧的签名密钥已全部作废，新密钥 {key.kid} 即刻开始签名。")
    typer.echo(
        "请立即通知各交易系统：清除缓存的密钥（重新读取 /openid/keys，最迟 10 分钟后自动更新），"
        "并结束泄露以来建立的会话。",
        err=True,
    )


@systems.command("send", epilog="Example: unbind systems send")
def send(context: typer.Context) -> None:
    """Send now what waits for its next try, beside the running desk too. 立即通知。"""
    from app.system_wiring import system_notifier

    with opened(context) as here:
        notify = system_notifier(here.wiring, here.desk)
        accepted = batch = notify(at_once=True)
        while batch:
            batch = notify()
            accepted += batch
        with here.desk.view() as tx:
            waiting = len(tx.events.ids())
    typer.echo(f"已送达 {accepted} 条，仍在等待 {waiting} 条。")


@certificate.command("inspect", epilog="Example: unbind certificate inspect lock.cer")
def inspect(
    context: typer.Context,
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="A certificate: DER or PEM."),
    ],
) -> None:
    """Explain a certificate line by line, by the profiles of config.yaml. 逐行说明证书。"""
    for line in wiring_of(context).verifier().explain(der_of_file(file.read())):
        typer.echo(line)


@audit.command("verify", epilog="Example: unbind audit verify")
def audit_verify(
    context: typer.Context,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept", help="You looked at what is wrong: the hourly check goes on behind it."
        ),
    ] = False,
) -> None:
    """Check the whole chain of the audit: rows changed, added, dropped, reordered or cut off.
    核对审计记录。 Exit code 1 when something is wrong."""
    with opened(context) as here, progress("核对") as show:
        store = here.desk.store
        had_head = store.heads.head.read() is not None
        with store.view() as tx:
            last = tx.audit.read_head()
        found = verify_audit(store, whole=True, progress=lambda row_id: show(row_id, last.id))
        if found and accept:
            accept_audit(store, actor(), len(found))
    for problem in found:
        typer.echo(problem)
    if not found:
        typer.echo(f"审计记录完好，共到 #{last.id}，链头 {last.mac[:16] or '—'}。")
        if not had_head:
            typer.echo("本机此前没有链头文件，末尾是否被删无从核对；现已记下。")
    elif accept:
        typer.echo("已记录：以上情况经人查看，每小时的核对从此处继续；本命令仍会列出它们。")
    else:
        raise typer.Exit(1)
