"""`unbind serve`, `worker`, `demo`: the running desk. `reconcile`, `doctor`, `support`: checks."""

import contextlib
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from app.cli.command_desk import opened, wiring_of
from app.operations.doctor import diagnose
from app.operations.support import pack
from core.cases.upkeep.reconcile import reconcile
from scheduler.engines.port import QUEUES

commands = typer.Typer()


@commands.command("serve", epilog="Example: unbind --config /etc/unbind/config.yaml serve")
def serve_all(
    context: typer.Context,
    pages_only: Annotated[
        bool,
        typer.Option("--pages-only", help="Only the web pages; `unbind worker` does the rest."),
    ] = False,
) -> None:
    """Run the desk: mail, reading, window, letters and web pages, until Ctrl-C. 启动办理台。"""
    from app.service import serve

    wiring = wiring_of(context)
    web = wiring.settings.web
    typer.echo(
        f"解绑办理台正在启动　{web.base_url}　（{web.host}:{web.port}，Ctrl-C 停止）", err=True
    )
    serve(wiring, () if pages_only else QUEUES)


@commands.command(
    "worker", epilog="Example: unbind worker    Example: unbind worker --queues mails"
)
def worker(
    context: typer.Context,
    queues: Annotated[
        str, typer.Option(help="The queues to work on, on PostgreSQL.", metavar="NAME,NAME")
    ] = ",".join(QUEUES),
) -> None:
    """Run the desk without web pages, until Ctrl-C. PostgreSQL allows any number of workers, on
    any machines. 只收信、识别、办理、发信。"""
    from app.service import serve

    names = {name.strip() for name in queues.split(",")}
    if unknown := names - {*QUEUES}:
        raise typer.BadParameter(
            f"{'、'.join(sorted(unknown))}：请从 {'、'.join(QUEUES)} 中选。", param_hint="--queues"
        )
    wiring = wiring_of(context)
    if wiring.sqlite_file() and names != {*QUEUES}:
        raise typer.BadParameter("SQLite 数据库由一个进程办理，不能分工。", param_hint="--queues")
    serve(wiring, [name for name in QUEUES if name in names], pages=False)


@commands.command("demo", epilog="Example: unbind demo    Example: unbind demo --fresh --port 9000")
def demo(
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin without the data of the last demonstration.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the web page.")] = 8321,
    smtp_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port that receives mail.")
    ] = 2525,
    folder: Annotated[Path, typer.Option(help="Folder for its data.")] = Path("var/demo"),
) -> None:
    """Try the desk with sample mails and enterprises, on this machine only. 演示。"""
    from app.demo import run_demo

    run_demo(folder, port, smtp_port, fresh=fresh)


@commands.command("reconcile", epilog="Example: unbind reconcile")
def reconcile_now(context: typer.Context) -> None:
    """Compare mailbox, cases, letters and approvals with each other: 对账。 Missed mails are
    stored; the running desk judges them.

    Exit code 1 if there is a difference. The desk does the same every hour.
    """
    with opened(context) as here:
        with contextlib.closing(here.wiring.mailbox()) as mailbox:
            recovered = here.wiring.intake(here.desk, here.wiring.reader()).recover(mailbox)
        found = reconcile(here.desk)
    found += [f"在邮箱中补收 {recovered} 封此前未收到的邮件"] if recovered else []
    for line in found:
        typer.echo(line)
    if found:
        raise typer.Exit(1)
    typer.echo("账实相符。")


@commands.command("doctor", epilog="Example: unbind --config /etc/unbind/config.yaml doctor")
def doctor(context: typer.Context) -> None:
    """Check whether the desk can run here, and what to fix. 自检。
    Exit code 1 if anything is broken."""
    counts = Counter[bool | None]()
    for line in diagnose(context.obj):
        typer.echo(line)
        counts[line.ok] += 1
    broken, warnings = counts[False], counts[None]
    result = f"有 {broken} 项需要处理。" if broken else "可以运行。" if warnings else "一切就绪。"
    typer.echo(f"{result}另有 {warnings} 项提醒。" if warnings else result)
    if broken:
        raise typer.Exit(1)


@commands.command(
    "support",
    epilog="Example: unbind -c /etc/unbind/config.yaml support --log journal.txt",
)
def support(
    context: typer.Context,
    archive: Annotated[Path, typer.Argument(metavar="[FILE]", help="A new file.")] = Path(
        "unbind-support.tar.gz"
    ),
    log: Annotated[
        Path | None,
        typer.Option(help="Another log than logging.file."),
    ] = None,
) -> None:
    """Pack versions, settings, self-test, figures and the end of the log for technical support,
    without names, addresses and secrets. 打包供技术支持使用的资料。"""
    try:
        packed = pack(context.obj, wiring_of(context), archive, log)
    except OSError as error:
        typer.echo(f"无法写入 {archive}：{error.strerror}。请换一个文件名。", err=True)
        raise typer.Exit(1) from error
    typer.echo(
        f"已写入 {archive}：{'、'.join(packed)}。姓名、地址和密码已遮盖，发出前请自己看一遍。"
    )
