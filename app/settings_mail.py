"""The sections of config.yaml about mail: where requests arrive and how letters leave. What a provider's preset fills stands in settings_providers."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, ValidationInfo, field_validator

from app.settings_kinds import LOOPBACK, Auth, MailAddress, MiB, Port, Seconds, Security, Zone, problem
from app.settings_providers import GENERIC
from core.errors import ConfigError
from mail_intake.mailbox import AfterReading

_FLAG = re.compile(r"[A-Za-z0-9$_.+-]{1,64}")


def _after_reading(value: str) -> str:
    try:
        AfterReading.parse(value)
    except ConfigError as error:
        raise problem("只能是 keep、seen、keyword 或 move:文件夹名", "must be keep, seen, keyword or move:FOLDER") from error
    return value


def _flag(value: str) -> str:
    if not _FLAG.fullmatch(value):
        raise problem("邮件标记只能用英文字母、数字和 $ _ . + -", "a flag may hold letters, digits and $ _ . + - only")
    return value


def _one_source_of_the_password(command: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    if command and info.data.get("password_file") is not None:
        raise problem("与 password_file 只能写一个，请删去其一", "give either this or password_file; take one out")
    return command


def _clear_text_only_at_home(security: str, info: ValidationInfo) -> str:
    if security == "none" and info.data.get("host") not in ("", *LOOPBACK):
        raise problem("不加密只允许用于本机，请用 tls 或 starttls", "without encryption only to this machine; use tls or starttls")
    return security


ProviderName = Annotated[
    Literal["qq", "exmail", "163", "126", "aliyun", "generic"],
    BeforeValidator(lambda name: str(name) if isinstance(name, int) else name),   # 163 and 126 are numbers to YAML
]


class MaildirZone(Zone):
    folder: Path | None = None
    poll_interval_s: Seconds = 1.0
    keep_files: bool = False
    smtp_receiver: bool = True
    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 2525


class ImapZone(Zone):
    host: str = ""
    port: Port = 993
    security: Security = "tls"
    ca_file: Path | None = None
    username: str = ""
    auth: Auth = "password"
    password_file: Path | None = None
    password_command: tuple[str, ...] = ()
    send_id: bool = False
    folder: str = "INBOX"
    sent_folder: str = ""
    after_reading: Annotated[str, AfterValidator(_after_reading)] = "keyword"
    keyword: Annotated[str, AfterValidator(_flag)] = "UnbindDesk"
    use_idle: bool = True
    poll_interval_s: Annotated[float, Field(ge=1, le=3600)] = 30.0
    connect_timeout_s: Seconds = 20.0
    read_timeout_s: Seconds = 60.0
    logins_per_hour: Annotated[int, Field(ge=1, le=600)] = 30
    not_before: AwareDatetime | None = None

    _encrypted = field_validator("security")(_clear_text_only_at_home)
    _one_source = field_validator("password_command")(_one_source_of_the_password)

    @field_validator("after_reading")
    @classmethod
    def _not_into_itself(cls, act: str, info: ValidationInfo) -> str:
        if act.removeprefix("move:").strip() == info.data.get("folder") and act.startswith("move:"):
            raise problem("不能移到收件的同一文件夹，请写另一个文件夹", "must not move into the folder that is read; name another")
        return act


class MailboxZone(Zone):
    provider: ProviderName = GENERIC
    kind: Literal["maildir", "imap"] = "maildir"
    address: MailAddress = "support@example.org"
    aliases: tuple[MailAddress, ...] = ()
    max_mail_bytes: Annotated[int, Field(ge=MiB)] = 40 * MiB
    maildir: MaildirZone = MaildirZone()
    imap: ImapZone = ImapZone()

    @field_validator("kind")
    @classmethod
    def _a_provider_is_reached_by_imap(cls, kind: str, info: ValidationInfo) -> str:
        if kind != "imap" and (provider := info.data.get("provider", GENERIC)) != GENERIC:
            raise problem(f"mailbox.provider 写了 {provider}，此处须写 imap", f"mailbox.provider is {provider}: write imap here")
        return kind

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """All addresses under which mail reaches this mailbox."""
        return (self.address, *self.aliases)


class SmtpZone(Zone):
    host: str = ""
    port: Port = 465
    security: Security = "tls"
    ca_file: Path | None = None
    username: str = ""
    auth: Auth = "password"
    password_file: Path | None = None
    password_command: tuple[str, ...] = ()
    timeout_s: Seconds = 30.0

    _encrypted = field_validator("security")(_clear_text_only_at_home)
    _one_source = field_validator("password_command")(_one_source_of_the_password)


class OutboxZone(Zone):
    kind: Literal["maildir", "smtp"] = "maildir"
    sender_name: str = "CA锁解绑办理台"
    maildir_folder: Path | None = None
    maildir_keep_days: Annotated[int, Field(ge=0, le=3650)] = 7
    smtp: SmtpZone = SmtpZone()
