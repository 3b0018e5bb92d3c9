"""`unbind certificate inspect`: why the certificate of a lock is accepted or refused, line by line. Needs no database and no network."""

from pathlib import Path
from typing import Annotated

import typer

from app.config import load
from app.wiring import Wiring
from core.errors import DeskError

commands = typer.Typer(name="certificate", help="Certificates of CA locks: CA锁的证书。", no_args_is_help=True)


@commands.command("inspect", epilog="Example: unbind certificate inspect lock.cer")
def inspect(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A certificate: DER, PEM or bare Base64.", show_default=False)],
) -> None:
    """Explain a certificate line by line, by the profiles of config.yaml. 逐行说明证书。"""
    from core.adapters.certificates.profiles import certificate_of_file

    try:
        written = file.read_bytes()
    except OSError as error:
        raise DeskError(f"无法读取 {file}：{error.strerror}。") from error
    for line in Wiring(load(context.obj)).verifier().inspect(certificate_of_file(written)).lines:
        typer.echo(line)
