"""Where secrets come from: an environment variable, else a credential of systemd
(LoadCredential=UNBIND_IMAP_PASSWORD:…, a file of that name in $CREDENTIALS_DIRECTORY), else a
program or the first line of a file that a setting names. Never config.yaml, never a log.

| secret | environment or credential | program or file named by |
|---|---|---|
| the mailbox's password, code or token | UNBIND_IMAP_PASSWORD | mailbox.imap.password_* |
| the same at a POP3 server | UNBIND_POP3_PASSWORD | mailbox.pop3.password_* |
| the SMTP server's | UNBIND_SMTP_PASSWORD | outbox.smtp.password_*, else the mailbox's |
| the database's | UNBIND_DATABASE_PASSWORD | (or ~/.pgpass, as libpq reads it) |
| the vault's key (`unbind vault new-key`) | UNBIND_VAULT_KEY | storage.vault_key_file |
| a trading system's, by its name | UNBIND_SYSTEM_ZONGHE_SECRET | systems.zonghe.secret_file |
| what signs its events | UNBIND_SYSTEM_ZONGHE_EVENTS | systems.zonghe.events_secret_file |
| a robot's address, by its name | UNBIND_ROBOT_DUTY_URL | announce.robots.duty.url_file |
| what signs its messages | UNBIND_ROBOT_DUTY_SECRET | announce.robots.duty.secret_file |

The mailbox's and the SMTP server's are asked for again at every login: tokens run out, and files
are corrected while the desk runs.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from app.settings.config import Config, Installation
from app.settings.mail_settings import GENERIC, PRESETS_FILL, MailboxZone, OutboxZone, account_of
from core.errors import SecretUnavailable

IMAP = "UNBIND_IMAP_PASSWORD"
SMTP = "UNBIND_SMTP_PASSWORD"
DATABASE = "UNBIND_DATABASE_PASSWORD"
VAULT = "UNBIND_VAULT_KEY"
COMMAND_S = 30.0
"""Seconds that a program may take to print a token."""


def variable(*words: str) -> str:
    """The environment variable or credential of a secret, by the words of its setting."""
    return "_".join(("UNBIND", *words)).upper()


def found(
    name: str, environ: Mapping[str, str], file: Path | None = None
) -> tuple[str, tuple[str, ...]]:
    """Where a secret comes from, in words, and its lines: there are several while one replaces
    another. "" and none where nothing gives it; an unreadable file counts as none.
    """
    folder = environ.get("CREDENTIALS_DIRECTORY")
    places = (
        ("environment", environ.get(name, "")),
        ("systemd credential", _text(Path(folder) / name) if folder else ""),
        (f"file {file}", _text(file) if file else ""),
    )
    for origin, text in places:
        if lines := tuple(line.strip() for line in text.splitlines() if line.strip()):
            return origin, lines
    return "", ()


def secret(name: str, environ: Mapping[str, str], file: Path | None = None) -> str:
    """The first line of a secret, or "" where nothing gives it."""
    return next(iter(found(name, environ, file)[1]), "")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def printed(command: tuple[str, ...]) -> str:
    """The first line that a program prints.

    Raises SecretUnavailable, without the program's output, because it may be the secret.
    """
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_S, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SecretUnavailable(
            f"password_command 的程序 {command[0]} 无法运行或超时（{type(error).__name__}）："
            "请在命令行试运行它。"
        ) from error
    line = done.stdout.decode("utf-8", "replace").partition("\n")[0].strip()
    if done.returncode or not line:
        raise SecretUnavailable(
            f"password_command 的程序 {command[0]} 没有给出密码（退出码 {done.returncode}）："
            "请在命令行试运行它。"
        )
    return line


def mailbox_password(here: Installation) -> str:
    """The password or token of the account that `mailbox.kind` names. Raises SecretUnavailable."""
    return _password(here, here.settings.mailbox)


def smtp_password(here: Installation) -> str:
    """The password or token of the SMTP server; the mailbox's where SMTP has none of its own and
    one may serve for both. Raises SecretUnavailable."""
    own = _password(here, here.settings.outbox)
    return own or (mailbox_password(here) if one_for_both(here.config) else "")


def one_for_both(config: Config) -> bool:
    """Whether the mailbox's password may serve for SMTP: at a named provider, or for an account of
    the same name."""
    mailbox, smtp = config.settings.mailbox, config.settings.outbox.smtp
    return (
        (mailbox.provider != GENERIC or smtp.user == mailbox.imap.user)
        and mailbox.kind == PRESETS_FILL
        and smtp.auth == mailbox.imap.auth
    )


def _password(here: Installation, zone: MailboxZone | OutboxZone) -> str:
    account, name = account_of(zone), variable(zone.kind, "password")
    if account.password_command and not secret(name, here.environ):
        return printed(account.password_command)
    return secret(name, here.environ, account.password_file)


def password_origin(here: Installation, zone: MailboxZone | OutboxZone) -> str:
    """Where the password of the section's account comes from; "" where nothing gives it. The
    program is not run."""
    account, name = account_of(zone), variable(zone.kind, "password")
    if account.password_command and not secret(name, here.environ):
        return f"program {account.password_command[0]}"
    return found(name, here.environ, account.password_file)[0]
