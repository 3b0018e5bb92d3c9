"""`unbind replay`: shadow mode.

Verdicts on old mail, nothing kept and nothing sent, to hold against what people decided.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.check_commands import in_order
from app.operations.archive import OldMail, old_mails
from app.operations.replay_comparison import Comparison, read_decisions, write_table
from app.settings.config import load
from app.wiring import Wiring
from core.clock import LOCAL

commands = typer.Typer()


@commands.command(
    "replay", epilog="Example: unbind replay 2025.mbox --table verdicts.csv --decided people.csv"
)
def replay(
    context: typer.Context,
    archive: Annotated[
        Path,
        typer.Argument(
            metavar="ARCHIVE.mbox|DIR",
            help="An .eml or mbox file, a Maildir, or a folder of .eml or mbox files.",
            show_default=False,
        ),
    ],
    table: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the table of verdicts goes (CSV).")
    ] = Path("replay.csv"),
    decided: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What people decided: CSV, the mail's name and 办理 or 退回.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Judge old mail and compare with what people decided: 用历史邮件试运行。
    Account, sender and case rules are not applied."""
    from rich.console import Console
    from rich.progress import track

    comparison = Comparison(read_decisions(decided) if decided else {})
    count, mails = old_mails(archive)
    rows = (comparison.add(verdict["file"], verdict) for verdict in _verdicts(context, mails))
    for _ in track(
        write_table(rows, table), description="replay", total=count, console=Console(stderr=True)
    ):
        pass
    for line in comparison.summary():
        typer.echo(line)
    typer.echo(f"明细：{table}")


def _verdicts(context: typer.Context, mails: Iterator[OldMail]) -> Iterator[dict[str, Any]]:
    """The verdicts in the order of the mails, with their arrival."""
    from app.judging import Judgement
    from mail_intake.message.opening import arrival_of

    wiring = Wiring(load(context.obj))
    with contextlib.closing(wiring.reader()) as reader:
        judgement = Judgement(
            reader,
            wiring.policy(),
            wiring.config.settings.mailbox.own_addresses,
            wiring.clock,
            wiring.own_words(),
        )

        def judged(mail: OldMail) -> dict[str, Any]:
            arrived = arrival_of(mail.raw)
            return {
                **judgement.of(mail.name, mail.raw, arrived),
                "arrived": arrived.astimezone(LOCAL).isoformat(" ", "minutes") if arrived else "",
            }

        yield from in_order(judged, mails)
