"""`unbind config`: a config.yaml to begin with."""

import typer


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this room."""
    config = typer.Typer(help="The settings: 设置。", no_args_is_help=True)
    config.callback()(lambda: None)
    config.command("template", epilog="Example: unbind config template > config.yaml")(template)
    app.add_typer(config, name="config")


def template() -> None:
    """Print a config.yaml to begin with: what an operator decides, as examples. 打印配置文件模板。"""
    from app.config_template import template as text

    typer.echo(text(), nl=False)
