"""What the programs of bench/ share: how they begin, and runs that go on where they were ended."""

import json
import logging
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

Line = dict[str, Any]
Numbers = Annotated[list[int] | None, typer.Argument()]
"""Numbers that may be left out."""


def hush() -> None:
    """Log errors only: the desk's own log would stand between the figures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def run(main: Callable[..., object], *, hushed: bool = True) -> None:
    """Run a program with the arguments and options that its parameters name."""
    if hushed:
        hush()
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command(help=sys.modules[main.__module__].__doc__)(main)
    program()


def kept(file: Path) -> list[Line]:
    """The lines of JSON that an earlier run noted."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def noted(file: Path, lines: Iterable[Line]) -> list[Line]:
    """Note each line as it comes, so that a run that is ended loses at most what is under way."""
    file.parent.mkdir(parents=True, exist_ok=True)
    found = []
    for line in lines:
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
        found.append(line)
    return found
