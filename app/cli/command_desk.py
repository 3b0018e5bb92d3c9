"""Parts that commands on the desk's own data share: the desk itself, the acting person,
progress."""

import contextlib
import getpass
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from app.process_lock import in_use
from app.settings.config import load
from app.wiring import Wiring
from core.cases.desk import Desk

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@dataclass(frozen=True)
class Opened:
    """The desk and the wiring that built it."""

    wiring: Wiring
    desk: Desk


def wiring_of(context: typer.Context) -> Wiring:
    """The parts of the desk as the configuration describes them. Raises ConfigError."""
    return Wiring(load(context.obj))


def wiring_of_data(context: typer.Context) -> Wiring:
    """The same, for commands on the stored data; says where it lies if no file names the place.
    Raises ConfigError."""
    wiring = wiring_of(context)
    # in the wrong folder an empty desk would look like a quiet day
    if wiring.config.source is None:
        typer.echo(
            "提示：当前目录没有 config.yaml，使用默认设置，"
            f"数据在 {wiring.config.folder.absolute()}。用 -c 指定配置文件。",
            err=True,
        )
    return wiring


@contextlib.contextmanager
def opened(context: typer.Context) -> Iterator[Opened]:
    """The desk that the configuration names. Raises DeskError where it cannot be used."""
    wiring = wiring_of_data(context)
    with in_use(wiring.config.folder), contextlib.closing(wiring.store()) as store:
        yield Opened(wiring, wiring.desk(store))


def actor() -> str:
    """Who acts, for the audit: the account of the system that runs the command."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"


@contextlib.contextmanager
def progress(words: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on standard error, where that is a terminal. It takes how many are done, and of how
    many; None where that is not known."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
