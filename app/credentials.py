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
from typing import Any, Final, Literal

from app.mailbox_kinds import MAILBOXES
from app.settings.config import Config
from app.settings.config_problems import Problem, refuse
from app.settings.mail_settings import GENERIC, PRESETS_FILL
from app.ways_out import OUTBOXES
from core.errors import ConfigError, SecretUnavailable

IMAP: Final = MAILBOXES["imap"].variable
SMTP: Final = OUTBOXES["smtp"].variable
DATABASE: Final = "UNBIND_DATABASE_PASSWORD"
VAULT: Final = "UNBIND_VAULT_KEY"
COMMAND_S: Final = 30.0
"""Seconds that a program may take to print a token."""


def robot_variable(name: str, what: Literal["URL", "SECRET"]) -> str:
    """The environment variable or credential of a robot's address or secret."""
    return f"UNBIND_ROBOT_{name.upper()}_{what}"


def secret(name: str, file: Path | None, environ: Mapping[str, str]) -> str:
    """The secret, or "" where neither environment, credential nor file gives it.

    An unreadable file counts as none.
    """
    return next(iter(secrets(name, file, environ)), "")


def secrets(name: str, file: Path | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Like `secret`, but with a line for each: there are several while one replaces another."""
    text = given_whole(name, environ) or (_text(file) if file else "")
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def given(name: str, environ: Mapping[str, str]) -> str:
    """The secret as whoever started the program gives it: by an environment variable, else by a
    credential of systemd; else ""."""
    return environ.get(name) or _first_line_of(_credential(name, environ))


def given_whole(name: str, environ: Mapping[str, str]) -> str:
    """Like `given`, with all lines."""
    return (environ.get(name) or _credential(name, environ)).strip()


def origin(
    name: str, environ: Mapping[str, str], file: Path | None = None, command: tuple[str, ...] = ()
) -> str:
    """Where a secret comes from, in words; "" where nothing gives it. The program is not run."""
    if environ.get(name):
        return "environment"
    if _credential(name, environ):
        return "systemd credential"
    if command:
        return f"program {command[0]}"
    return f"file {file}" if file and _first_line_of(_text(file)) else ""


def _credential(name: str, environ: Mapping[str, str]) -> str:
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return _text(Path(folder) / name) if folder else ""


def _first_line_of(text: str) -> str:
    return text.partition("\n")[0].strip()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def printed(command: tuple[str, ...]) -> str:
    """The first line that a program prints.

    Raises SecretUnavailable; what the program said goes nowhere, because it may be the secret.
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
    line = _first_line_of(done.stdout.decode("utf-8", "replace"))
    if done.returncode or not line:
        raise SecretUnavailable(
            f"password_command 的程序 {command[0]} 没有给出密码（退出码 {done.returncode}）："
            "请在命令行试运行它。"
        )
    return line


def mailbox_password(config: Config, environ: Mapping[str, str]) -> str:
    """The password or token of the account that `mailbox.kind` names. Raises SecretUnavailable."""
    return _password(*_mailbox_account(config), environ)


def smtp_password(config: Config, environ: Mapping[str, str]) -> str:
    """The SMTP server's; at a named provider that gives one code for both,
    the mailbox's where SMTP has none of its own."""
    own = _password(config.settings.outbox.smtp, SMTP, environ)
    return own or (mailbox_password(config, environ) if one_for_both(config) else "")


def one_for_both(config: Config) -> bool:
    """Whether the mailbox's password may serve for SMTP."""
    mailbox, smtp = config.settings.mailbox, config.settings.outbox.smtp
    return (
        mailbox.provider != GENERIC
        and mailbox.kind == PRESETS_FILL
        and smtp.auth == mailbox.imap.auth
    )


def _mailbox_account(config: Config) -> tuple[Any, str]:
    """The section of the mailbox, and the environment variable of its password."""
    mailbox = config.settings.mailbox
    return getattr(mailbox, mailbox.kind), MAILBOXES[mailbox.kind].variable


def _password(account: Any, name: str, environ: Mapping[str, str]) -> str:
    if account.password_command and not given(name, environ):
        return printed(account.password_command)
    return secret(name, account.password_file, environ)


def require_named_server(config: Config) -> None:
    """Require a way to authenticate senders, or the setting that there is none. Raises ConfigError.

    Without it a desk that reads a remote mailbox could prove nobody, and every supplement would
    wait for a person without anyone having chosen so.
    """
    settings = config.settings
    if (
        MAILBOXES[settings.mailbox.kind].is_remote
        and not settings.sender.authserv_ids
        and not settings.sender.accept_unauthenticated
    ):
        raise ConfigError(
            "sender.authserv_ids 没有填写：发件人（From）可以随意伪造，"
            "须写明由哪台收信服务器核验。请先运行 unbind doctor，它从邮箱中的来信"
            "查出该填的名称；确无核验结果的邮箱，请写 sender.accept_unauthenticated: "
            "true，此后未经证实的来信一律由人工核实。"
            "（Name the server whose Authentication-Results are to be believed, "
            "or accept that nobody vouches for senders.）"
        )


def require_for_service(config: Config, environ: Mapping[str, str]) -> None:
    """Hosts, names and secrets of the services that the desk uses.

    Raises ConfigError with all that is missing.
    """
    mailbox, outbox = config.settings.mailbox, config.settings.outbox
    has_mailbox_password = _has_password(*_mailbox_account(config), environ)
    missing: list[Problem] = []
    account: Any
    for zone, kinds, is_shared in (
        (mailbox, MAILBOXES, False),
        (outbox, OUTBOXES, one_for_both(config) and has_mailbox_password),
    ):
        # an outbox in a folder has no account
        row, account = kinds[zone.kind], getattr(zone, zone.kind, None)
        where = ("mailbox" if zone is mailbox else "outbox", zone.kind)
        for name in row.required:
            if not getattr(account, name):
                zh, en = (
                    "必须填写（常用服务商可只写 mailbox.provider）",
                    "must be filled in (for a known provider mailbox.provider is enough)",
                )
                missing.append(Problem((*where, name), zh, en))
        needs_secret = row.variable and (account.user or "user" in row.required)
        if needs_secret and not is_shared and not _has_password(account, row.variable, environ):
            missing.append(_no_secret((*where, "password_file"), row.variable))
    refuse(missing, config.name)


def _has_password(account: Any, name: str, environ: Mapping[str, str]) -> bool:
    """Whether there is one, or a program that will give one."""
    return bool(name and (account.password_command or secret(name, account.password_file, environ)))


def _no_secret(where: tuple[str, ...], name: str) -> Problem:
    return Problem(
        where,
        f"没有密码：请设置环境变量（或 systemd 凭据）{name}，"
        "或让本设置指向一个可读的、第一行是密码（授权码）的文件",
        f"no password: set the environment variable or credential {name}, or let this name a "
        "readable file whose first line it is",
    )
