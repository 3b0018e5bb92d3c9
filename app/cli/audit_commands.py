"""`unbind audit`: who did what, and whether the audit was changed outside the desk."""

from typing import Annotated

import typer

from app.cli.case_commands import case_of
from app.cli.command_desk import actor, opened, progress
from core.cases.letters import words
from core.clock import moment

audit = typer.Typer(name="audit", help="Who did what, when: 审计记录。", no_args_is_help=True)


@audit.command("list", epilog="Example: unbind audit list --case JB20261125-0001")
def audit_list(
    context: typer.Context,
    case: Annotated[
        str, typer.Option("--case", metavar="NUMBER", help="Only this case.", show_default=False)
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
) -> None:
    """List what was done, newest first."""
    with opened(context) as here, here.store.view() as tx:
        for entry in tx.audit.entries(case_of(tx, case).id if case else None, limit):
            number = f" {tx.cases.get(entry.case_id).number}" if entry.case_id else ""
            detail = " ".join(f"{key}={value}" for key, value in entry.detail.items() if value)
            typer.echo(
                f"{moment(entry.at)} {entry.actor}{number} "
                f"{words.ACTIONS.get(entry.action, entry.action)}　{detail}"
            )


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
