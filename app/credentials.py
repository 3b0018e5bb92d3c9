"""Where secrets come from: an environment variable, else the first line of a file that a setting names. Never config.yaml, never a log.

| secret | environment | file named by |
|---|---|---|
| the mailbox's password or authorisation code | UNBIND_IMAP_PASSWORD | mailbox.imap.password_file |
| the SMTP server's | UNBIND_SMTP_PASSWORD | outbox.smtp.password_file |
| the database's | UNBIND_DATABASE_PASSWORD | (or ~/.pgpass, as libpq reads it) |
| the vault's key (64 hex digits) | UNBIND_VAULT_KEY | storage.vault_key_file, made at the first start |
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.config import Config, Problem, refuse

IMAP: Final = "UNBIND_IMAP_PASSWORD"
SMTP: Final = "UNBIND_SMTP_PASSWORD"
DATABASE: Final = "UNBIND_DATABASE_PASSWORD"
VAULT: Final = "UNBIND_VAULT_KEY"


def secret(name: str, file: Path | None, environ: Mapping[str, str]) -> str:
    """The secret, or "" where neither the environment nor a file gives it. An unreadable file counts as none."""
    if environ.get(name):
        return environ[name]
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].strip() if file else ""
    except (OSError, UnicodeDecodeError):
        return ""


def imap_password(config: Config, environ: Mapping[str, str]) -> str:
    return secret(IMAP, config.optional_path(config.settings.mailbox.imap.password_file), environ)


def smtp_password(config: Config, environ: Mapping[str, str]) -> str:
    return secret(SMTP, config.optional_path(config.settings.outbox.smtp.password_file), environ)


def require_for_service(config: Config, environ: Mapping[str, str]) -> None:
    """Hosts, names and secrets of what the service is to use. Raises ConfigError with all that is missing."""
    settings, missing = config.settings, []
    if settings.mailbox.kind == "imap":
        imap = settings.mailbox.imap
        missing += _needed(("mailbox", "imap"), {"host": imap.host, "username": imap.username})
        if not imap_password(config, environ):
            missing.append(_no_secret(("mailbox", "imap", "password_file"), IMAP))
    if settings.outbox.kind == "smtp":
        smtp = settings.outbox.smtp
        missing += _needed(("outbox", "smtp"), {"host": smtp.host})
        if smtp.username and not smtp_password(config, environ):
            missing.append(_no_secret(("outbox", "smtp", "password_file"), SMTP))
    refuse(missing, config.source.name if config.source else "config.yaml")


def _needed(zone: tuple[str, ...], values: Mapping[str, str]) -> list[Problem]:
    return [Problem((*zone, key), "必须填写", "must be filled in") for key, value in values.items() if not value]


def _no_secret(where: tuple[str, ...], name: str) -> Problem:
    return Problem(where, f"没有密码：请设置环境变量 {name}，或让本设置指向一个可读的、第一行是密码（授权码）的文件",
                   f"no password: set the environment variable {name}, or let this name a readable file whose first line is the password")
