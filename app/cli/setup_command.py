"""`unbind setup`: the prompts of the guided beginning, in Chinese or English by the locale."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.service_commands import doctor
from app.diagnosis import Line
from app.settings.config import DEFAULT_NAME, written_in
from core.errors import ConfigError

commands = typer.Typer()
SIGNS = {True: "✓", False: "✗", None: "!"}


@commands.command("setup", epilog="Example: unbind -c /etc/unbind/config.yaml setup")
def setup(
    context: typer.Context,
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Answers by the names of the questions (YAML), for machines: asks nothing.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Set a desk up by questions: writes config.yaml, tries the mailbox, makes the first
    administrator, ends with `doctor`. Can be run again. 引导设置。"""
    from app.operations.setup import Setup
    from app.operations.setup_questions import Question

    given = _answers_of(answers) if answers else None

    def ask(question: Question, default: str) -> str:
        if given is not None:
            return str(given.get(question.key, default) or "")
        text = question.zh if _is_chinese() else question.en
        return str(typer.prompt(text, default=default, hide_input=question.is_secret))

    run = Setup(context.obj or Path(DEFAULT_NAME), ask, _say, repeats=given is None)
    run.begin()
    run.questions()
    typer.echo(run.text())
    if given is None:
        typer.confirm("写入？" if _is_chinese() else "Write this?", default=True, abort=True)
    for path in run.write():
        typer.echo(f"✓ {path}")
    if password := run.administrator():
        typer.echo(
            f"管理员 {run.answers['administrator']} 的一次性密码：{password}（24 小时内有效）"
        )
    context.obj = run.file
    try:
        doctor(context)
    finally:
        run.hand_over()


def _answers_of(file: Path) -> dict[str, Any]:
    """The answers in a file. Raises ConfigError."""
    try:
        return dict(written_in(file.read_text("utf-8-sig"), file.name).values)
    except OSError as error:
        raise ConfigError(f"读不了 {file}（{error}）。 {file} cannot be read.") from error


def _say(line: Line) -> None:
    typer.echo(f"{SIGNS[line.ok]} {line.text}")
    if line.remedy:
        typer.echo(f"    → {line.remedy}")


def _is_chinese() -> bool:
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name for name in names if name), "zh").startswith(("zh", "C", "POSIX"))
