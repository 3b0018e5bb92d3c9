"""`unbind audit verify`: whether the audit was changed outside the desk."""

from typing import Annotated

import typer

from app.cli_desk import actor, opened, progress


def audit_verify(
    context: typer.Context,
    accept: Annotated[bool, typer.Option("--accept", help="You looked at what is wrong: the hourly check goes on behind it.")] = False,
) -> None:
    """Check the whole chain of the audit: rows changed, added, dropped, reordered or cut off. 核对审计记录。 Exit code 1 when something is wrong."""
    with opened(context) as here, progress("核对") as show:
        noted = here.store.heads.head()
        with here.store.view() as tx:
            last = tx.audit.read_head()
        found = here.store.verify_audit(whole=True, progress=lambda rows: show(rows, last.id))
        if found and accept:
            here.store.accept_audit(here.desk.clock.now(), actor(), len(found))
    for one in found:
        typer.echo(one)
    if not found:
        typer.echo(f"审计记录完好，共到 #{last.id}，链头 {last.mac[:16] or '—'}。")
        if not noted:
            typer.echo("本机此前没有链头文件，末尾是否被删无从核对；现已记下。")
    elif accept:
        typer.echo("已记录：以上情况经人查看，每小时的核对从此处继续；本命令仍会列出它们。")
    else:
        raise typer.Exit(1)
