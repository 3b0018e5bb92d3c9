"""`unbind config`: what is in force and where it comes from; a config.yaml to begin with."""

import difflib
import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from app.settings.config import load, retired
from core.errors import ConfigError

if TYPE_CHECKING:
    from app.operations.config_report import Setting

commands = typer.Typer(name="config", help="The settings: 设置。", no_args_is_help=True)
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
        typer.Argument(
            metavar="[KEY]...", help="Only these: a section or a setting.", show_default=False
        ),
    ] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what is not the default.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="As one JSON object, for other programs.")
    ] = False,
) -> None:
    """Print the settings in force, with unit and reason, and where each comes from. Secrets are
    masked. 显示生效的设置及其来源。"""
    from app.operations.config_report import as_yaml, report, secrets

    config = load(context.obj)
    settings = [
        one for one in chosen(list(report(config)), keys or []) if one.changed or not changed
    ]
    known = [] if keys else list(secrets(config, os.environ))
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "file": str(config.source) if config.source else None,
                    "settings": [
                        {
                            "key": one.name,
                            "value": one.value,
                            "default": one.default,
                            "from": one.origin,
                            "why": one.why,
                        }
                        for one in settings
                    ],
                    "secrets": [
                        {
                            "name": one.name,
                            "value": MASK if one.origin else None,
                            "from": one.origin or None,
                        }
                        for one in known
                    ],
                },
                ensure_ascii=False,
            )
        )
        return
    named = (
        " [UNBIND_CONFIG]"
        if config.source and os.environ.get("UNBIND_CONFIG") == str(config.source)
        else ""
    )
    typer.echo(
        "# 生效的设置 settings in force："
        f"{config.source or '没有配置文件，全部为默认值 no file, all defaults'}{named}"
    )
    for line in as_yaml(settings):
        typer.echo(line)
    for path in [] if keys else retired(config.written):
        typer.echo(
            f"# 第 {config.written.lines[path]} 行 {'.'.join(path)}：不再是设置，"
            "可删去 no longer a setting, take it out"
        )
    for secret in known:
        given = f"{MASK} [{secret.origin}]" if secret.origin else "未提供 not given"
        typer.echo(f"# {secret.name}: {given}")


@commands.command("template", epilog="Example: unbind config template > config.yaml")
def template() -> None:
    """Print a config.yaml to begin with: what an operator decides,
    as examples. 打印配置文件模板。"""
    from app.settings.config_template import template as text

    typer.echo(text(), nl=False)


def chosen(settings: "list[Setting]", keys: list[str]) -> "list[Setting]":
    """The settings that are named, or stand under a name.

    Raises ConfigError for a name that there is not.
    """
    for key in keys:
        if not any(under(one, key) for one in settings):
            names = {
                ".".join(one.key[:depth])
                for one in settings
                for depth in range(1, len(one.key) + 1)
            }
            close = difflib.get_close_matches(key, names, 1, 0.5)
            raise ConfigError(
                f"没有设置 {key}{f'，是不是 {close[0]}' if close else ''}。 There is no setting "
                f"{key}{f'; perhaps {close[0]}' if close else ''}."
            )
    return [one for one in settings if not keys or any(under(one, key) for key in keys)]


def under(setting: "Setting", key: str) -> bool:
    return f"{setting.name}.".startswith(f"{key}.")
