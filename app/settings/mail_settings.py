"""Settings of mail: where requests arrive, who proves their senders, how letters leave,
announcements to administrators.

What a provider's preset fills is in app.settings.mail_providers, the abilities of each kind of
mailbox are in app.mailbox_kinds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from app.settings.setting_kinds import MiB
from core.cases.upkeep.announce import Announcing
from core.outgoing.smtp_transport import SmtpSettings
from core.settings import setting
from mail_intake.mailboxes.imap_connection import ImapSettings
from mail_intake.mailboxes.pop3_mailbox import Pop3Settings
from mail_intake.sender.authentication import SenderAuthSettings

GENERIC = "generic"
PRESETS_FILL = "imap"
"""The kind of mailbox whose section a provider's preset fills."""


@dataclass(frozen=True)
class Account:
    """Where the password of an account comes from."""

    password_file: Path | None = setting(
        None,
        "a file (mode 600) whose first line is the password or token, read again at each login; "
        "the environment has priority",
        example="/etc/unbind/mail-password",
    )
    password_command: tuple[str, ...] = setting(
        (),
        "in place of password_file: a program that prints it, run at each login: "
        "[/usr/local/bin/token, support@example.org]",
    )


@dataclass(frozen=True)
class MaildirZone:
    folder: Path | None = setting(
        None, "where mails are taken from. null = mailbox in storage.folder"
    )
    poll_interval_s: float = setting(
        1.0, "seconds between two looks; a local folder costs nothing to look at", gt=0, le=86400
    )
    keep_files: bool = setting(
        False,
        "true: mails stay in the folder, unencrypted, once they are stored (one over "
        "max_mail_bytes always stays)",
        example="true",
    )
    smtp_receiver: bool = setting(
        True,
        "takes mail by SMTP into the Maildir: send it a request with any mail program",
        example="false",
    )
    smtp_port: int = setting(
        2525, "TCP port of the receiver, which listens on this machine alone", ge=1, le=65535
    )


@dataclass(frozen=True)
class ImapZone(Account, ImapSettings):
    after_reading: str = setting(
        "keyword",
        "what a read mail gets on the server: keyword | seen | move:FOLDER | keep (nothing). "
        "keyword leaves 已读/未读 to the people who share "
        "the mailbox",
        example="seen",
        kind="after reading",
    )


@dataclass(frozen=True)
class Pop3Zone(Account, Pop3Settings):
    """The account, and where its password comes from."""


@dataclass(frozen=True)
class MailboxZone:
    provider: Literal["qq", "exmail", "163", "126", "aliyun", "exchange", "coremail", "generic"] = (
        setting(
            GENERIC,
            "qq | exmail (腾讯企业邮) | 163 | 126 | aliyun (阿里企业邮) | exchange, coremail "
            "(your own: write the hosts) | generic: fills hosts, ports, folder names and login "
            "limits here and in outbox.smtp where nothing is written. `unbind doctor` says what "
            "to do at the provider",
            example="exmail",
        )
    )
    kind: Literal["maildir", "imap", "pop3"] = setting(
        "maildir",
        "maildir: a folder on this machine, filled by the receiver below | imap: "
        "a mailbox at a provider | pop3: one that has no IMAP",
        example="imap",
    )
    address: str = setting(
        "support@example.org",
        "the published address; the sender of every letter",
        example="ca@ggzy.example.cn",
        kind="mail address",
    )
    aliases: tuple[str, ...] = setting(
        (),
        "other addresses of the same mailbox, and those that pass mail on to it",
        example="[jiebang@ggzy.example.cn]",
        kind="mail address",
    )
    max_mail_bytes: int = setting(
        40 * MiB,
        "bytes; of a larger mail only the headers are fetched. A 25 MiB PDF in base64 takes 35 MiB",
        ge=MiB,
    )
    maildir: MaildirZone = setting(MaildirZone(), "a folder on this machine (kind: maildir)")
    imap: ImapZone = setting(ImapZone(), "the account at a provider (kind: imap)")
    pop3: Pop3Zone = setting(Pop3Zone(), "the account where there is no IMAP (kind: pop3)")

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """All addresses under which mail reaches this mailbox."""
        return (self.address, *self.aliases)


@dataclass(frozen=True)
class SenderZone(SenderAuthSettings):
    accept_unauthenticated: bool = setting(
        False,
        "true: start although nobody vouches for the senders of mails from elsewhere, "
        "and verify such mails by hand",
        example="true",
    )
    dns_servers: tuple[str, ...] | None = setting(
        None,
        "null: no DNS (the sender is unknown, not failed) | []: the system's | [192.0.2.53]",
        example="[]",
    )


@dataclass(frozen=True)
class SmtpZone(Account, SmtpSettings):
    """The server, and where the password of its account comes from."""


@dataclass(frozen=True)
class OutboxZone:
    kind: Literal["maildir", "smtp"] = setting(
        "maildir", "maildir: kept in a folder, for trying | smtp: sent", example="smtp"
    )
    sender_name: str = setting(
        "CA锁解绑办理台",
        "the name beside mailbox.address in From",
        example="某某市公共资源交易中心",
    )
    smtp: SmtpZone = setting(
        SmtpZone(),
        "the server that sends (kind: smtp). Without a password of its own the mailbox's "
        "serves, at a named provider or where user is the mailbox's",
    )


def account_of(zone: MailboxZone | OutboxZone) -> Any:
    """The account of the kind that is chosen; None where it logs in nowhere."""
    return dict(accounts(zone)).get(zone.kind)


def accounts(zone: MailboxZone | OutboxZone) -> Iterator[tuple[str, Any]]:
    """All accounts by the name of their section, chosen or not."""
    for field in fields(zone):
        section = getattr(zone, field.name)
        if isinstance(section, Account):
            yield field.name, section


@dataclass(frozen=True)
class RobotZone:
    kind: Literal["wecom", "dingtalk", "feishu", "webhook"] = setting(
        "wecom",
        "wecom 企业微信 | dingtalk 钉钉 | feishu 飞书 | webhook: your own (Standard Webhooks)",
        example="dingtalk",
    )
    url_file: Path | None = setting(
        None,
        "its address, which has a key in it; or UNBIND_ROBOT_DUTY_URL, by its name",
        example="/etc/unbind/duty.url",
    )
    secret_file: Path | None = setting(
        None, "what signs (加签; whsec_… for webhook); or UNBIND_ROBOT_DUTY_SECRET"
    )


@dataclass(frozen=True)
class AnnounceZone(Announcing):
    robots: Mapping[str, RobotZone] = setting(
        dict, "group robots that get the same, by name (docs/OPERATIONS.md)", example="duty"
    )
