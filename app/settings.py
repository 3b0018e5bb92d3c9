"""The shape of config.yaml: every setting, its default and its bounds. What each is for stands in config.yaml itself.

A section is a frozen model that forbids unknown keys. Nothing secret has a place here: passwords and keys come from the environment or from
files that a setting names (app/secrets.py). Rules that join two settings are told at the second one of them.
"""

import re
from datetime import date, time
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.settings_entrance import CertificatesZone, EntranceZone
from core.cases.finding import Severity
from core.errors import ConfigError
from mail_intake.mailbox import AfterReading
from validators.check import default_severities, override_problems

_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_MAIL_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_PASSWORD_IN_URL = re.compile(r"://[^/@\s]*:[^@\s]+@|[?&]password=")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?&=%#+\[\]-]+")

SECRET: Final = "secret"  # noqa: S105  # a kind of problem
MiB = 1024 * 1024
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def problem(zh: str, en: str, kind: Literal["setting", "secret"] = "setting") -> PydanticCustomError:
    """A problem in both languages, for a validator to raise. A secret is never shown back."""
    return PydanticCustomError(kind, "{zh}|{en}", {"zh": zh, "en": en})


def _time_of_day(value: object) -> object:
    if isinstance(value, time):
        return value
    found = _TIME.fullmatch(str(value).strip())
    if not found or not ((int(found[1]) < 24 and int(found[2]) < 60) or found[0] == "24:00"):
        raise problem('不是时刻，请写成 "11:00" 这样的形式', 'no time of day; write it like "11:00"')
    return time(int(found[1]) % 24, int(found[2]))


def _mail_address(value: str) -> str:
    if not _MAIL_ADDRESS.fullmatch(value):
        raise problem("不是邮箱地址，请写成 support@example.org 这样的形式", "no mail address; write it like support@example.org")
    return value


def _url(value: str) -> str:
    if not _URL.fullmatch(value):
        raise problem("不是网址，请以 http:// 或 https:// 开头", "no address of a web page; begin it with http:// or https://")
    return value.rstrip("/")


def _after_reading(value: str) -> str:
    try:
        AfterReading.parse(value)
    except ConfigError as error:
        raise problem("只能是 keep、seen、keyword 或 move:文件夹名", "must be keep, seen, keyword or move:FOLDER") from error
    return value


def _clear_text_only_at_home(security: str, info: ValidationInfo) -> str:
    if security == "none" and info.data.get("host") not in ("", *LOOPBACK):
        raise problem("不加密只允许用于本机，请用 tls 或 starttls", "without encryption only to this machine; use tls or starttls")
    return security


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
Url = Annotated[str, AfterValidator(_url)]
Security = Literal["tls", "starttls", "none"]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
Count = Annotated[int, Field(ge=1)]


class Zone(BaseModel):
    """A section of config.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class CentreZone(Zone):
    name: str = "公共资源交易中心"
    desk_name: str = "CA锁解绑办理台"
    phone: str = ""
    qq: str = ""
    portal_url: Url = "http://127.0.0.1:8321"


class StorageZone(Zone):
    folder: Path = Path("var/desk")
    database_url: str = ""
    vault_key_file: Path | None = None

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise problem("不支持的数据库，请写 sqlite:///文件 或 postgresql://用户@主机/库名，或留空",
                          "unknown database; write sqlite:///FILE or postgresql://USER@HOST/NAME, or leave it empty")
        if _PASSWORD_IN_URL.search(url):
            raise problem("密码不能写在 config.yaml 里，请去掉它并设置环境变量 UNBIND_DATABASE_PASSWORD",
                          "a password does not belong here; take it out and set the environment variable UNBIND_DATABASE_PASSWORD",
                          SECRET)
        return url


class MaildirZone(Zone):
    folder: Path | None = None
    poll_interval_s: Seconds = 1.0
    smtp_receiver: bool = True
    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 2525


class ImapZone(Zone):
    host: str = ""
    port: Port = 993
    security: Security = "tls"
    ca_file: Path | None = None
    username: str = ""
    auth: Literal["password", "xoauth2"] = "password"
    password_file: Path | None = None
    folder: str = "INBOX"
    after_reading: Annotated[str, AfterValidator(_after_reading)] = "keyword"
    keyword: str = "UnbindDesk"
    use_idle: bool = True
    poll_interval_s: Annotated[float, Field(ge=1, le=3600)] = 30.0
    connect_timeout_s: Seconds = 20.0
    read_timeout_s: Seconds = 60.0
    logins_per_hour: Annotated[int, Field(ge=1, le=600)] = 30
    not_before: AwareDatetime | None = None

    _encrypted = field_validator("security")(_clear_text_only_at_home)


class MailboxZone(Zone):
    kind: Literal["maildir", "imap"] = "maildir"
    address: MailAddress = "support@example.org"
    aliases: tuple[MailAddress, ...] = ()
    max_mail_bytes: Annotated[int, Field(ge=MiB)] = 40 * MiB
    maildir: MaildirZone = MaildirZone()
    imap: ImapZone = ImapZone()

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
    password_file: Path | None = None
    timeout_s: Seconds = 30.0

    _encrypted = field_validator("security")(_clear_text_only_at_home)


class OutboxZone(Zone):
    kind: Literal["maildir", "smtp"] = "maildir"
    sender_name: str = "CA锁解绑办理台"
    maildir_folder: Path | None = None
    smtp: SmtpZone = SmtpZone()


class DocumentsZone(Zone):
    max_file_bytes: Annotated[int, Field(ge=1024)] = 25 * MiB
    max_pages: Annotated[int, Field(ge=1, le=200)] = 20
    dpi: Annotated[int, Field(ge=100, le=400)] = 200
    max_pixels: Annotated[int, Field(ge=1_000_000, le=100_000_000)] = 12_000_000
    memory_bytes: Annotated[int, Field(ge=256 * MiB)] = 1536 * MiB
    cpu_s: Annotated[float, Field(ge=1, le=600)] = 20.0
    wall_s: Annotated[float, Field(ge=1, le=600)] = 30.0
    page_wall_s: Annotated[float, Field(ge=5, le=600)] = 60.0
    workers: Annotated[int, Field(ge=1, le=64)] = 2


class RulesZone(Zone):
    allow_images: bool = False
    severities: dict[str, Severity] = dict(default_severities())

    @field_validator("severities", mode="before")
    @classmethod
    def _known_and_within_bounds(cls, severities: object) -> object:
        if isinstance(severities, dict):
            wrong = override_problems({str(code): str(value) for code, value in severities.items()})
            if wrong:
                told = "; ".join(text.removeprefix("severities.").rstrip(".") for text in wrong)
                raise problem(told, told)
            return {**default_severities(), **severities}
        return severities


class WindowZone(Zone):
    opens: TimeOfDay = time(11, 0)
    closes: TimeOfDay = time(11, 30)
    every_day: bool = False
    overrides: dict[date, bool] = {}

    @field_validator("closes")
    @classmethod
    def _after_it_opens(cls, closes: time, info: ValidationInfo) -> time:
        opens = info.data.get("opens")
        if opens is not None and closes != time(0, 0) and closes <= opens:
            raise problem("须晚于 opens", "must be later than `opens`")
        return closes


class CasesZone(Zone):
    own_domain: str = "desk.example.org"
    expire_days: Annotated[int, Field(ge=1, le=365)] = 30
    link_hours: Annotated[int, Field(ge=1, le=168)] = 24
    objection_days: Annotated[int, Field(ge=1, le=60)] = 7
    letters_per_sender_day: Count = 5
    letters_per_hour: Count = 200
    same_rejection_hours: Annotated[int, Field(ge=0, le=720)] = 24


class SenderZone(Zone):
    authserv_ids: tuple[str, ...] = ()
    received_above: Annotated[int, Field(ge=0, le=10)] = 1
    dkim: bool = True
    dns_servers: tuple[str, ...] | None = None
    dns_timeout_s: Seconds = 3.0
    require_authentication: bool = False


class PaceZone(Zone):
    window_s: Seconds = 2.0
    deliver_s: Seconds = 2.0
    mailbox_s: Seconds = 60.0
    housekeeping_s: Seconds = 600.0
    reconcile_s: Seconds = 3600.0


class WebZone(Zone):
    host: str = "127.0.0.1"
    port: Port = 8321
    base_url: Url = "http://127.0.0.1:8321"
    tls_certificate_file: Path | None = None
    tls_key_file: Path | None = None
    session_hours: Annotated[float, Field(gt=0, le=168)] = 10.0

    @model_validator(mode="before")
    @classmethod
    def _links_lead_to_the_port(cls, written: object) -> object:
        """Another port without a base_url: the links of letters must not lead to the default one."""
        if isinstance(written, dict) and "port" in written and "base_url" not in written:
            return written | {"base_url": f"http://127.0.0.1:{written['port']}"}
        return written


class LoggingZone(Zone):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"
    file: Path | None = None


class Settings(Zone):
    """All of config.yaml."""

    centre: CentreZone = CentreZone()
    storage: StorageZone = StorageZone()
    mailbox: MailboxZone = MailboxZone()
    outbox: OutboxZone = OutboxZone()
    documents: DocumentsZone = DocumentsZone()
    rules: RulesZone = RulesZone()
    window: WindowZone = WindowZone()
    cases: CasesZone = CasesZone()
    sender: SenderZone = SenderZone()
    pace: PaceZone = PaceZone()
    web: WebZone = WebZone()
    entrance: EntranceZone = EntranceZone()
    certificates: CertificatesZone = CertificatesZone()
    logging: LoggingZone = LoggingZone()
