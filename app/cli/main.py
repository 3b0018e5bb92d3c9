"""`unbind`: the command line.

It parses, prints and chooses exit codes; other modules do the work.

Exit codes: 0 done, 1 a problem, reported in words (a traceback is a defect of ours), 2 wrong usage.
"""

import gc
import io
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

gc.disable()  # modules are no garbage: without a search for some the start takes an eighth less
try:
    import typer

    from app.cli import (
        account_commands,
        case_commands,
        check_commands,
        config_commands,
        database_commands,
        key_commands,
        person_commands,
        service_commands,
        setup_command,
    )
    from core.errors import Conflict, DeskError
except KeyboardInterrupt:  # Ctrl-C within the half second of imports
    sys.exit(130)
gc.freeze()
gc.enable()

app = typer.Typer(
    name="unbind",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Unbind Desk（CA锁解绑办理台）: reads unbind requests for CA locks by mail, "
        "answers what is missing, carries the approved batch out once."
    ),
    epilog="Try it: unbind demo    Start it: unbind serve --config config.yaml",
)


def _version(is_requested: bool) -> None:
    if is_requested:
        typer.echo(f"unbind-desk {version('unbind-desk')}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            envvar="UNBIND_CONFIG",
            metavar="FILE",
            help="Default: ./config.yaml, if any.",
        ),
    ] = None,
    _show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    context.obj = config


for group in (
    check_commands.commands,
    service_commands.commands,
    setup_command.commands,
    case_commands.commands,
    config_commands.commands,
    database_commands.commands,
    database_commands.db,
    account_commands.enterprises,
    account_commands.admin,
    person_commands.commands,
    key_commands.vault,
    key_commands.openid,
    key_commands.systems,
    key_commands.certificate,
    key_commands.audit,
):
    app.add_typer(group, no_args_is_help=True)


def main() -> None:
    """The console script. Only its own user may read the files that it writes."""
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except (DeskError, LookupError) as error:
        if isinstance(error, KeyError | IndexError):
            raise  # a defect of ours; the store raises LookupError itself
        typer.echo(f"错误：{error}", err=True)
        for change in error.changes if isinstance(error, Conflict) else ():
            typer.echo(f"  · {change}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
