"""`unbind config`: the settings in force and their sources; a config.yaml to begin with."""

import difflib
import os
from typing import Annotated

import typer

from app.operations.config_report import as_yaml, report, secrets
from app.settings.config import Installation, load
from app.settings.config_template import template as text
from core.errors import ConfigError

commands = typer.Typer(name="config", help="The settings: 设置。")
MASK = "******"


@commands.command(
    "show",
    epilog=(
        "Example: unbind config show    Example: unbind -c /etc/unbind/config.yaml config show "
        "mailbox.imap --changed"
    ),
)
def show(
    context: typer.Context,
    keys: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY]...", help="Only these: a section or a setting."),
    ] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what is not the default.")
    ] = False,
) -> None:
    """Print the settings in force, with unit and reason, and where each comes from. Secrets are
    masked. 显示生效的设置及其来源。"""
    config = load(context.obj)
    settings = list(report(config))
    for key in keys or ():
        if not any(f"{one.name}.".startswith(f"{key}.") for one in settings):
            names = {
                ".".join(one.key[:depth])
                for one in settings
                for depth in range(1, len(one.key) + 1)
            }
            close = "、".join(difflib.get_close_matches(key, names, 3, 0.5))
            raise ConfigError(f"没有设置 {key}，相近的有：{close or '无'}。")
    wanted = tuple(f"{key}." for key in keys or ())
    named = (
        " [UNBIND_CONFIG]"
        if config.source and os.environ.get("UNBIND_CONFIG") == str(config.source)
        else ""
    )
    typer.echo(f"# 生效的设置：{config.source or '没有配置文件，全部为默认值'}{named}")
    for line in as_yaml(
        one
        for one in settings
        if (not keys or f"{one.name}.".startswith(wanted)) and (one.changed or not changed)
    ):
        typer.echo(line)
    for name, origin in () if keys else secrets(Installation(config)):
        typer.echo(f"# {name}: {f'{MASK} [{origin}]' if origin else '未提供'}")


@commands.command("template", epilog="Example: unbind config template > config.yaml")
def template() -> None:
    """Print a config.yaml to begin with: what an operator decides,
    as examples. 打印配置文件模板。"""
    typer.echo(text(), nl=False)
