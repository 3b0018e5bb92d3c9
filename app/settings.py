"""The shape of config.yaml: every setting, its default and its bounds. What each is for stands in config.yaml itself.

A section is a frozen model that forbids unknown keys. Nothing secret has a place here: passwords and keys come from the environment or from
files that a setting names (app/credentials.py). Rules that join two settings are told at the second one of them.
"""

import re
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from app.settings_certificates import CertificatesZone
from app.settings_entrance import EntranceZone
from app.settings_kinds import SECRET, Count, MiB, Network, Port, Seconds, TimeOfDay, Url, Zone, problem
from app.settings_mail import MailboxZone, OutboxZone
from app.settings_providers import filled
from core.cases.finding import Severity
from validators.check import default_severities, override_problems

_PASSWORD_IN_URL = re.compile(r"://[^/@\s]*:[^@\s]+@|[?&]password=")


class CentreZone(Zone):
    name: str = "公共资源交易中心"
    desk_name: str = "CA锁解绑办理台"
    phone: str = ""
    qq: str = ""
    portal_url: Url = "http://127.0.0.1:8321/portal"


class VaultTokenZone(Zone):
    module: Path | None = None
    token_label: str = ""
    key_label: str = ""

    @model_validator(mode="after")
    def _whole_or_none(self) -> "VaultTokenZone":
        if any((self.module, self.token_label, self.key_label)) and not all((self.module, self.token_label, self.key_label)):
            raise problem("module、token_label、key_label 须一起填写，或一起留空", "fill in module, token_label and key_label, or none of them")
        return self


class StorageZone(Zone):
    folder: Path = Path("var/desk")
    database_url: str = ""
    vault_key_file: Path | None = None
    vault_pkcs11: VaultTokenZone = VaultTokenZone()

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


class DocumentsZone(Zone):
    max_file_bytes: Annotated[int, Field(ge=1024)] = 25 * MiB
    max_pages: Annotated[int, Field(ge=1, le=200)] = 20
    memory_bytes: Annotated[int, Field(ge=256 * MiB)] = 1536 * MiB
    cpu_s: Annotated[float, Field(ge=1, le=600)] = 20.0
    wall_s: Annotated[float, Field(ge=1, le=600)] = 30.0
    page_wall_s: Annotated[float, Field(ge=5, le=600)] = 60.0
    mail_files: Annotated[int, Field(ge=1, le=1000)] = 20
    mail_pages: Annotated[int, Field(ge=1, le=2000)] = 60
    mail_wall_s: Annotated[float, Field(ge=10, le=3600)] = 180.0
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    confine: Literal["require", "if_possible"] = "if_possible"


class RulesZone(Zone):
    allow_images: bool = False
    severities: dict[str, Severity] = Field(default_factory=lambda: dict(default_severities()))

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
    overrides: dict[date, bool] = Field(default_factory=dict)

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
    letters_per_domain_hour: Count = 50
    unproved_letters_per_hour: Count = 60
    notices_per_hour: Count = 200
    notices_per_contact_day: Count = 20
    same_rejection_hours: Annotated[int, Field(ge=0, le=720)] = 24


Days = Annotated[int, Field(ge=0, le=36_500)]


class RetentionZone(Zone):
    completed_days: Days = 1095
    declined_days: Days = 365
    withdrawn_days: Days = 180
    expired_days: Days = 180
    other_mail_days: Days = 180
    remove_from_mailbox: bool = True


class SenderZone(Zone):
    authserv_ids: tuple[str, ...] = ()
    received_above: Annotated[int, Field(ge=0, le=10)] = 0
    accept_unauthenticated: bool = False
    dkim: bool = True
    dns_servers: tuple[str, ...] | None = None
    dns_timeout_s: Seconds = 3.0


class WebZone(Zone):
    host: str = "127.0.0.1"
    port: Port = 8321
    base_url: Url = "http://127.0.0.1:8321"
    tls_certificate_file: Path | None = None
    tls_key_file: Path | None = None
    trusted_proxies: tuple[Network, ...] = ()
    max_connections: Annotated[int, Field(ge=10, le=10_000)] = 400
    max_connections_per_source: Annotated[int, Field(ge=4)] = 64
    session_hours: Annotated[float, Field(gt=0, le=168)] = 10.0
    idle_minutes: Annotated[float, Field(ge=2, le=1440)] = 30.0
    administrators_from: tuple[Network, ...] = ()
    tries: Annotated[int, Field(ge=3, le=10)] = 5
    account_tries_per_hour: Annotated[int, Field(ge=10, le=1000)] = 60
    source_tries_per_hour: Annotated[int, Field(ge=10, le=10_000)] = 30

    @model_validator(mode="before")
    @classmethod
    def _links_lead_to_the_port(cls, written: object) -> object:
        """Another port without a base_url: the links of letters must not lead to the default one."""
        if isinstance(written, dict) and "port" in written and "base_url" not in written:
            return written | {"base_url": f"http://127.0.0.1:{written['port']}"}
        return written


class BackupZone(Zone):
    recipients: tuple[str, ...] = ()

    @field_validator("recipients")
    @classmethod
    def _public_keys(cls, recipients: tuple[str, ...]) -> tuple[str, ...]:
        if any(not re.fullmatch(r"age1[a-z0-9]{58}", one) for one in recipients):
            raise problem("应为 age 公钥（age1 开头，共 62 个字符）；私钥（AGE-SECRET-KEY-1…）不得写在这里",
                          "age public keys are wanted (age1…, 62 characters); a secret key (AGE-SECRET-KEY-1…) must never stand here")
        return recipients


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
    documents: DocumentsZone = Field(default=DocumentsZone(), validate_default=True)
    rules: RulesZone = RulesZone()
    window: WindowZone = WindowZone()
    cases: CasesZone = CasesZone()
    retention: RetentionZone = RetentionZone()
    sender: SenderZone = SenderZone()
    web: WebZone = WebZone()
    entrance: EntranceZone = EntranceZone()
    certificates: CertificatesZone = CertificatesZone()
    backup: BackupZone = BackupZone()
    logging: LoggingZone = LoggingZone()

    @model_validator(mode="before")
    @classmethod
    def _as_the_provider_says(cls, written: object) -> object:
        return filled(written) if isinstance(written, dict) else written

    @field_validator("documents")
    @classmethod
    def _a_mail_holds_a_file(cls, documents: DocumentsZone, info: ValidationInfo) -> DocumentsZone:
        """Base64 makes three bytes four, and adds line ends."""
        mailbox = info.data.get("mailbox")
        if isinstance(mailbox, MailboxZone) and mailbox.max_mail_bytes < documents.max_file_bytes * 1.37:
            raise problem("max_file_bytes 的附件放不进 mailbox.max_mail_bytes 的邮件：请把后者改为至少它的 1.4 倍",
                          "an attachment of max_file_bytes finds no room in a mail of mailbox.max_mail_bytes: make the latter 1.4 times as large")
        return documents
