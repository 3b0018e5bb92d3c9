"""`unbind setup`: the prompts of the guided beginning."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.command_desk import actor
from app.cli.service_commands import doctor
from app.operations.setup import Setup
from app.settings.config import written_in
from app.settings.config_file import DEFAULT_NAME
from core.errors import ConfigError

commands = typer.Typer()
BEGIN = "回车采用方括号中的值，输入 - 清空该项；确认之前什么都不写入，按 Ctrl-C 可随时退出。"
NEXT = """下一步：
  unbind -c {file} enterprises import register.xlsx
  {start}
  {page}"""
START_UNITS = "systemctl enable --now unbind-desk unbind-backup.timer"


@commands.command("setup", epilog="Example: unbind -c /etc/unbind/config.yaml setup")
def setup(
    context: typer.Context,
    answers: Annotated[
        Path | None,
        typer.Option(
            help="Answers by the names of the questions (YAML), for machines: asks nothing."
        ),
    ] = None,
) -> None:
    """Set a desk up by questions: writes config.yaml, tries the mailbox, creates the first
    administrator, ends with `doctor`. Can be run again. 引导设置。"""
    given = _answers_of(answers) if answers else None
    run = Setup(context.obj or Path(DEFAULT_NAME), given)
    run.begin()
    if given is None:
        typer.echo(BEGIN)
    run.questions()
    typer.echo(run.summary())
    if given is None:
        typer.confirm("写入？", default=True, abort=True)
    for path in run.write():
        typer.echo(f"✓ {path}")
    if password := run.administrator(actor()):
        name = run.answers["administrator"]
        typer.echo(f"管理员 {name} 的一次性密码：{password}（24 小时内有效）")
    context.obj = run.file
    try:
        doctor(context)
        page = run.wiring().sender().base_url
        start = START_UNITS if run.answers["units"] else f"unbind -c {run.file} serve"
        typer.echo(NEXT.format(file=run.file, start=start, page=page))
    finally:
        for line in run.give_to_service():
            typer.echo(line)


def _answers_of(file: Path) -> dict[str, Any]:
    """The answers in a file. Raises ConfigError."""
    try:
        return dict(written_in(file.read_text("utf-8-sig"), file.name).values)
    except OSError as error:
        raise ConfigError(f"读不了 {file}（{error}）。") from error
