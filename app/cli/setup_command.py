"""`unbind setup`: the prompts of the guided beginning, in Chinese or English by the locale."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.service_commands import doctor
from app.operations.setup import Setup, is_chinese
from app.settings.config import DEFAULT_NAME, written_in
from core.errors import ConfigError

commands = typer.Typer()
BEGIN_ZH = "回车采用方括号中的值，输入 - 清空该项；确认之前什么都不写入，按 Ctrl-C 可随时退出。"
BEGIN_EN = (
    "Enter takes the value in brackets, - empties it. Nothing is written before you confirm; "
    "Ctrl-C ends it."
)
NEXT = """下一步 / next：
  unbind -c {file} enterprises import register.xlsx
  systemctl enable --now unbind-desk unbind-backup.timer
  {page}"""


@commands.command("setup", epilog="Example: unbind -c /etc/unbind/config.yaml setup")
def setup(
    context: typer.Context,
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Answers by the names of the questions (YAML), for machines: asks nothing.",
        ),
    ] = None,
) -> None:
    """Set a desk up by questions: writes config.yaml, tries the mailbox, makes the first
    administrator, ends with `doctor`. Can be run again. 引导设置。"""
    given = _answers_of(answers) if answers else None
    run = Setup(context.obj or Path(DEFAULT_NAME), given)
    run.begin()
    if given is None:
        typer.echo(BEGIN_ZH if is_chinese() else BEGIN_EN)
    run.questions()
    typer.echo(run.summary())
    if given is None:
        typer.confirm("写入？" if is_chinese() else "Write this?", default=True, abort=True)
    for path in run.write():
        typer.echo(f"✓ {path}")
    if password := run.administrator():
        typer.echo(
            f"管理员 {run.answers['administrator']} 的一次性密码：{password}（24 小时内有效）"
        )
    context.obj = run.file
    try:
        doctor(context)
        typer.echo(NEXT.format(file=run.file, page=run.wiring().sender().base_url))
    finally:
        for line in run.hand_over():
            typer.echo(line)


def _answers_of(file: Path) -> dict[str, Any]:
    """The answers in a file. Raises ConfigError."""
    try:
        return dict(written_in(file.read_text("utf-8-sig"), file.name).values)
    except OSError as error:
        raise ConfigError(f"读不了 {file}（{error}）。 {file} cannot be read.") from error
