"""Settings of mail: where requests arrive, how letters leave, what administrators are told.

What a provider's preset fills stands in settings_providers.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from app.settings.mail_providers import GENERIC, IMAP_PORTS, SMTP_PORTS
from app.settings.setting_kinds import (
    LOOPBACK,
    Auth,
    Example,
    MailAddress,
    MiB,
    Port,
    Seconds,
    Security,
    Zone,
    matching,
    problem,
)
from core.cases.upkeep.announce import Announcing
from core.errors import ConfigError
from mail_intake.mailboxes.mailbox import AfterReading

_ANNOUNCING = Announcing()


def _after_reading(value: str) -> str:
    try:
        AfterReading.parse(value)
    except ConfigError as error:
        raise problem(
            "只能是 keep、seen、keyword 或 move:文件夹名",
            "must be keep, seen, keyword or move:FOLDER",
        ) from error
    return value


def _one_source_of_the_password(command: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    if command and info.data.get("password_file") is not None:
        raise problem(
            "与 password_file 只能写一个，请删去其一",
            "give either this or password_file; take one out",
        )
    return command


def _clear_text_only_at_home(security: str, info: ValidationInfo) -> str:
    if security == "none" and info.data.get("host") not in ("", *LOOPBACK):
        raise problem(
            "不加密只允许用于本机，请用 tls 或 starttls",
            "without encryption only to this machine; use tls or starttls",
        )
    return security


ProviderName = Annotated[
    Literal["qq", "exmail", "163", "126", "aliyun", "generic"],
    BeforeValidator(
        lambda name: str(name) if isinstance(name, int) else name
    ),  # 163 and 126 are numbers to YAML
]
Flag = Annotated[
    str,
    matching(
        r"[A-Za-z0-9$_.+-]{1,64}",
        "邮件标记只能用英文字母、数字和 $ _ . + -",
        "a flag may hold letters, digits and $ _ . + - only",
    ),
]


class MaildirZone(Zone):
    folder: Path | None = None
    """where mails are taken from. null = mailbox in storage.folder"""
    poll_interval_s: Seconds = 1.0
    """seconds between two looks; a local folder costs nothing to look at"""
    keep_files: Annotated[bool, Example("true")] = False
    """true: mails stay in the folder, unencrypted, once they are stored (one over
    max_mail_bytes always stays)"""
    smtp_receiver: Annotated[bool, Example("false")] = True
    """takes mail by SMTP into the Maildir: send it a request with any mail program"""
    smtp_host: str = "127.0.0.1"
    """this machine only: the receiver asks nobody for a password"""
    smtp_port: Annotated[Port, Example("2526")] = 2525
    """TCP port of the receiver"""


class ImapZone(Zone):
    host: Annotated[str, Example("imap.exmail.qq.com")] = ""
    """"" = the provider's"""
    port: Annotated[Port, Example("143")] = IMAP_PORTS["tls"]
    """TCP port. null = 993 for tls, 143 for starttls"""
    security: Annotated[Security, Example("starttls")] = "tls"
    """tls | starttls (a failed STARTTLS ends the attempt) | none (this machine only)"""
    ca_file: Path | None = None
    """a PEM file of your own authority in place of the system's"""
    username: Annotated[str, Example("ca@ggzy.example.cn")] = ""
    """the account. "" = mailbox.address, where a provider is named"""
    auth: Auth = "password"
    """password (or authorisation code) | xoauth2 (the password is then an access token)"""
    password_file: Annotated[Path | None, Example("/etc/unbind/imap-password")] = None
    """a file (mode 600) whose first line is the password or token, read again at each login;
    UNBIND_IMAP_PASSWORD has priority"""
    password_command: tuple[str, ...] = ()
    """in place of password_file: a program that prints it, run at each login:
    [/usr/local/bin/token, support@example.org]"""
    send_id: bool = False
    """true: introduce the desk after the login even where the server does not offer ID (163, 126);
    false: only where it does. null = the provider's"""
    folder: Annotated[str, Example("解绑申请")] = "INBOX"
    """the folder that is read, in its readable name"""
    after_reading: Annotated[str, AfterValidator(_after_reading), Example("seen")] = "keyword"
    """what a read mail gets on the server: keyword | seen | move:FOLDER | keep (nothing). keyword
    leaves 已读/未读 to the people who share the mailbox"""
    keyword: Flag = "UnbindDesk"
    """the keyword's name; two desks that read one mailbox need two"""
    use_idle: bool = True
    """be notified of new mail at once where the server can"""
    poll_interval_s: Annotated[float, Field(ge=1, le=3600)] = 30.0
    """seconds between two looks beside IDLE; the only looks where a server has no IDLE (163)"""
    connect_timeout_s: Seconds = 20.0
    """seconds until a connection that is not answered counts as failed"""
    read_timeout_s: Seconds = 60.0
    """seconds of silence before a connection counts as lost"""
    logins_per_hour: Annotated[int, Field(ge=1, le=600), Example("10")] = 30
    """logins in an hour: providers block accounts that log in too often.
    null = 20 at a named provider"""
    not_before: Annotated[AwareDatetime | None, Example("2027-01-04T09:00:00+08:00")] = None
    """mail that arrived before this instant is left alone:
    for a mailbox worked by hand until then"""

    _encrypted = field_validator("security")(_clear_text_only_at_home)
    _one_source = field_validator("password_command")(_one_source_of_the_password)

    @field_validator("after_reading")
    @classmethod
    def _not_into_itself(cls, act: str, info: ValidationInfo) -> str:
        if act.removeprefix("move:").strip() == info.data.get("folder") and act.startswith("move:"):
            raise problem(
                "不能移到收件的同一文件夹，请写另一个文件夹",
                "must not move into the folder that is read; name another",
            )
        return act


class MailboxZone(Zone):
    provider: Annotated[ProviderName, Example("exmail")] = GENERIC
    """qq | exmail (腾讯企业邮) | 163 | 126 | aliyun (阿里企业邮) | generic: fills hosts, ports,
    folder names and login limits here and in outbox.smtp where nothing is written. `unbind doctor`
    says what to do at the provider"""
    kind: Annotated[Literal["maildir", "imap"], Example("imap")] = "maildir"
    """maildir: a folder on this machine, filled by the receiver below | imap:
    a mailbox at a provider"""
    address: Annotated[MailAddress, Example("ca@ggzy.example.cn")] = "support@example.org"
    """the published address; the sender of every letter"""
    aliases: Annotated[tuple[MailAddress, ...], Example("[jiebang@ggzy.example.cn]")] = ()
    """other addresses of the same mailbox"""
    max_mail_bytes: Annotated[int, Field(ge=MiB)] = 40 * MiB
    """bytes; of a larger mail only the headers are fetched. A 25 MiB PDF in base64 takes 35 MiB"""
    maildir: MaildirZone = MaildirZone()
    """a folder on this machine (kind: maildir)"""
    imap: ImapZone = ImapZone()
    """the account at a provider (kind: imap)"""

    @field_validator("kind")
    @classmethod
    def _a_provider_is_reached_by_imap(cls, kind: str, info: ValidationInfo) -> str:
        if kind != "imap" and (provider := info.data.get("provider", GENERIC)) != GENERIC:
            raise problem(
                f"mailbox.provider 写了 {provider}，此处须写 imap",
                f"mailbox.provider is {provider}: write imap here",
            )
        return kind

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """All addresses under which mail reaches this mailbox."""
        return (self.address, *self.aliases)


class SmtpZone(Zone):
    host: Annotated[str, Example("smtp.exmail.qq.com")] = ""
    """"" = the provider's"""
    port: Annotated[Port, Example("587")] = SMTP_PORTS["tls"]
    """TCP port. null = 465 for tls, 587 for starttls"""
    security: Annotated[Security, Example("starttls")] = "tls"
    """tls | starttls | none (this machine only)"""
    ca_file: Path | None = None
    """as for imap"""
    username: Annotated[str, Example("ca@ggzy.example.cn")] = ""
    """the account. "" = that of mailbox.imap where a provider is named, else no login"""
    auth: Auth = "password"
    """as for imap"""
    password_file: Annotated[Path | None, Example("/etc/unbind/smtp-password")] = None
    """as for imap; UNBIND_SMTP_PASSWORD has priority. Without one, a named provider's mailbox
    password serves: providers give one code for both"""
    password_command: tuple[str, ...] = ()
    """as for imap"""
    timeout_s: Seconds = 30.0
    """seconds of silence before a connection counts as lost"""

    _encrypted = field_validator("security")(_clear_text_only_at_home)
    _one_source = field_validator("password_command")(_one_source_of_the_password)


class OutboxZone(Zone):
    kind: Annotated[Literal["maildir", "smtp"], Example("smtp")] = "maildir"
    """maildir: kept in a folder, for trying | smtp: sent"""
    sender_name: Annotated[str, Example("某某市公共资源交易中心")] = "CA锁解绑办理台"
    """the name beside mailbox.address in From"""
    maildir_folder: Path | None = None
    """null = sent in storage.folder"""
    maildir_keep_days: Annotated[int, Field(ge=0, le=3650)] = 7
    """days until a letter in that folder is deleted, because nothing encrypts it there;
    0 = it is kept"""
    smtp: SmtpZone = SmtpZone()
    """the server that sends (kind: smtp)"""


class AnnounceZone(Zone):
    mail_to: Annotated[tuple[MailAddress, ...], Example("[chief@centre.example.cn]")] = ()
    """addresses of administrators. [] = nobody is told by mail"""
    digest_before_min: Annotated[int, Field(ge=0, le=720), Example("60")] = (
        _ANNOUNCING.digest_before_min
    )
    """minutes before a window opens in which counts of what waits are sent; 0 = none"""
    alerts: bool = _ANNOUNCING.alerts
    """tell of each new alert, once; those of five minutes together"""
    webhook_url_file: Annotated[Path | None, Example("/etc/unbind/webhook.url")] = None
    """a 企业微信 robot's address, or your own receiver's; or UNBIND_ANNOUNCE_URL"""
    webhook_secret_file: Path | None = None
    """signs it (Standard Webhooks, whsec_…); or UNBIND_ANNOUNCE_SECRET"""
