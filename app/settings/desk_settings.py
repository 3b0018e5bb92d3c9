"""All of config.yaml: every setting with its default, its bounds, its unit and its reason.

A section is the dataclass that the code itself takes, or one of its own that adds where files and
secrets are. Settings with an example are what an operator decides, and make up config.yaml
(app/settings/config_template.py). Nothing secret has a place here: passwords and keys come from the
environment or from files that a setting names (app/credentials.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import ConfigDict

from app.settings.certificate_settings import CertificatesZone
from app.settings.mail_settings import AnnounceZone, MailboxZone, OutboxZone, SenderZone
from core.accounts.console_desk import FactorPolicy
from core.accounts.front_desk import EntranceSettings
from core.cases.desk import CaseSettings, Retention
from core.data.finding import Severity
from core.data.letter import Centre
from core.data.trading_systems import System
from core.data.workday import DAILY_TEXT
from core.settings import setting
from papers.paper_reading import DocumentSettings
from scheduler.engines.port import TAKE_OVER_S
from validators.check import default_severities
from web.common.page_settings import WebSettings


@dataclass(frozen=True)
class StorageZone:
    folder: Path = setting(
        Path("var/desk"),
        "holds what is left empty below: database, vault key, Maildirs",
        example="/var/lib/unbind",
    )
    database_url: str = setting(
        "",
        '"" = SQLite file desk.sqlite3 in the folder; or postgresql://USER@HOST/NAME, '
        "with UNBIND_DATABASE_PASSWORD",
        example="postgresql://unbind@db.example.cn/desk",
        kind="database",
    )
    vault_key_file: Path | None = setting(
        None,
        "null = vault.key in the folder, made at the first start with mode 600. "
        "Back it up, but not with the database: without it nothing stored can "
        "be read, with it everything can",
        example="/etc/unbind/vault.key",
    )
    take_over_s: float = setting(
        TAKE_OVER_S,
        "seconds without a sign of life after which another process takes over the work of one "
        "that was killed or cut off",
        ge=2,
        le=600,
    )


@dataclass(frozen=True)
class DocumentsZone(DocumentSettings):
    workers: int = setting(
        2,
        "reading processes, each one core and up to 500 MB; two halve the wait for a two-page PDF",
        example="4",
        ge=1,
        le=64,
    )


@dataclass(frozen=True)
class RulesZone:
    allow_images: bool = setting(
        False, "true: a picture (JPEG, PNG) may take the PDF's place", example="true"
    )
    words_file: Path | None = setting(
        None,
        "a file of your own words for the reader of requests, "
        "in the form of mail_intake/request/lexicon.toml; `unbind replay` shows what they change",
        example="/etc/unbind/words.toml",
    )
    severities: Mapping[str, Severity] = setting(
        lambda: dict(default_severities()),
        "of findings (docs/RULES.md, section 4). reject: returned by letter | review: "
        "shown to the administrator | note: "
        "only reported. Doubt never rejects: codes that are doubt by nature cannot be raised "
        "above review",
        example="{document.id_back.missing: reject}",
    )


@dataclass(frozen=True)
class WindowZone:
    hours: tuple[str, ...] = setting(
        (DAILY_TEXT,),
        "the windows of a workday, in their order. The end is not included: 11:29:59 is in, "
        "11:30:00 is the next window's. 24:00 ends the day",
        example="[11:00-11:30, 15:30-16:00]",
        kind="hours",
    )
    office_opens: time = setting(
        time(9, 0),
        "time of day; between it and office_closes, on workdays, working hours pass "
        "(cases.objection_hours)",
        kind="time of day",
    )
    office_closes: time = setting(time(17, 0), "time of day", kind="time of day")
    every_day: bool = setting(False, "true: weekends and holidays too (demonstrations)")
    overrides: Mapping[date, bool] = setting(
        dict,
        "days over the State Council calendar: true = workday, false = a day off, without windows",
        example="{2026-12-31: false, 2027-01-03: true}",
    )


@dataclass(frozen=True)
class WebZone(WebSettings):
    host: str = setting(
        "127.0.0.1",
        "the address to listen on; 0.0.0.0 = all of them. Any but this machine's own needs "
        "trusted_proxies. Nobody else is answered then: TLS and limits of clients are the proxies'",
        example="10.0.0.4",
    )
    port: int = setting(8321, "TCP port", example="8443", ge=1, le=65535)
    max_connections: int = setting(
        400,
        "connections of the proxies open at once. One more closes the one that is idle longest, "
        "never one that waits for its answer",
        ge=10,
        le=10_000,
    )
    session_hours: float = setting(
        10, "hours an administrator's login lasts: one working day", example="4", gt=0, le=168
    )
    idle_minutes: float = setting(
        30, "minutes without a page after which a login ends", example="15", ge=2, le=1440
    )
    tries: int = setting(
        5,
        "wrong passwords of an administrator in a row that lock the login for their source: "
        "1 minute, growing to 15",
        example="3",
        ge=3,
        le=10,
    )


@dataclass(frozen=True)
class ConsoleZone:
    second_factor: FactorPolicy = setting(
        FactorPolicy.OPTIONAL,
        "of administrators, behind the password: a one-time code of a telephone, "
        "or a passkey (needs https and a name in web.base_url). "
        "off | optional: who sets one up is asked for it | required: without one no page but that "
        "which sets it up",
        example="required",
    )
    texts_folder: Path | None = setting(
        None,
        "a folder with your own texts for answers, returns and refusals (*.txt, the title in the "
        "first line; blanks ${number} ${window} ${link} ${questions}), "
        "and with files to attach to answers",
        example="/etc/unbind/texts",
    )
    colleagues: Mapping[str, str] = setting(
        dict,
        "to whom a mail may be forwarded from the desk, by name; ID numbers in it are hidden, "
        "and nothing is attached",
        example="{投诉处: tousu@ggzy.example.cn}",
        kind="mail address",
    )


@dataclass(frozen=True)
class EntranceZone(EntranceSettings):
    open: bool = setting(
        True,
        "false: only the administrators' pages and the links of letters are there",
        example="false",
    )
    agent_download: str = setting(
        "",
        "where enterprises get the lock agent, named where a page finds none. "
        '"": they are told to ask the centre',
        example="https://ggzy.example.cn/unbind-agent",
        kind="url",
    )


@dataclass(frozen=True)
class SystemZone(System):
    secret_file: Path | None = setting(
        None,
        "its secret; a second line counts too (rotation). "
        "Or UNBIND_SYSTEM_ZONGHE_SECRET, by its name",
        example="/etc/unbind/zonghe.secret",
    )
    keys_file: Path | None = setting(
        None,
        "its public keys (JWK Set), where it signs with a key of its own instead (private_key_jwt)",
    )
    events_secret_file: Path | None = setting(
        None, "signs its events (whsec_…), lines likewise; or UNBIND_SYSTEM_ZONGHE_EVENTS"
    )


@dataclass(frozen=True)
class BackupZone:
    recipients: tuple[str, ...] = setting(
        (),
        "age public keys (age1…, made by age-keygen): `unbind backup` encrypts to all of them, "
        "each can open it alone. Keep the secret keys elsewhere. "
        "[] = a copy as readable as the database: contents sealed, names and times not",
        example=f"[age1{'q' * 58}]",
        kind="age key",
    )


@dataclass(frozen=True)
class MonitoringZone:
    mail_waits_min: float = setting(
        30.0, "minutes that a mail may wait to be judged", example="10", gt=0
    )
    letter_waits_min: float = setting(
        30.0, "minutes that a letter may wait to be sent", example="10", gt=0
    )
    metrics_from: tuple[str, ...] = setting(
        (),
        "addresses and networks from which Prometheus may read /metrics; "
        "for all others there is no such page. [] = for nobody. Behind a proxy on this "
        "machine set web.trusted_proxies first, or everybody comes from 127.0.0.1",
        example="[10.0.0.6]",
        kind="network",
    )


@dataclass(frozen=True)
class LoggingZone:
    level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "debug | info | warning | error", example="warning"
    )
    file: Path | None = setting(None, "null = standard error", example="/var/lib/unbind/desk.log")


@dataclass(frozen=True)
class Settings:
    """All sections. Sections and settings that no dataclass declares are refused."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", str_strip_whitespace=True
    )

    centre: Centre = setting(Centre(), "what letters and pages call you")
    storage: StorageZone = setting(
        StorageZone(), "where data is kept. Relative paths start from the folder of config.yaml"
    )
    mailbox: MailboxZone = setting(MailboxZone(), "where requests arrive")
    outbox: OutboxZone = setting(OutboxZone(), "how letters leave")
    documents: DocumentsZone = setting(
        DocumentsZone(), "limits of what opens and reads strangers' files"
    )
    rules: RulesZone = setting(RulesZone, "what becomes of a finding")
    window: WindowZone = setting(
        WindowZone, "when approved requests are carried out, on the clocks of Asia/Shanghai"
    )
    cases: CaseSettings = setting(CaseSettings, "deadlines of a case, and how many letters leave")
    retention: Retention = setting(
        Retention(),
        "days until personal data of what ended is removed: mails, readings, page images, "
        "words and addresses of letters. Numbers, dates, "
        "enterprises and the audit stay. 0 = never",
    )
    sender: SenderZone = setting(
        SenderZone(),
        "is the sender who From says? Who is not proved may write; a person decides what else the "
        "mail counts as",
    )
    web: WebZone = setting(
        WebZone(), "the administrators' pages and the pages behind the links of letters"
    )
    console: ConsoleZone = setting(ConsoleZone(), "how administrators work")
    entrance: EntranceZone = setting(
        EntranceZone,
        "the pages for enterprises: registration, login by CA lock or password, CA管理",
    )
    certificates: CertificatesZone = setting(
        CertificatesZone,
        "whose locks are accepted. A lock counts only under an issuer that is named here by its "
        "certificate. How each CA writes its "
        "certificates stands in app/settings/certificates.yaml; what is written here goes over it "
        "(docs/CERTIFICATES.md)",
    )
    systems: Mapping[str, SystemZone] = setting(
        dict,
        "the trading systems that log enterprises in through the desk, by name: docs/OPENID.md",
        example="zonghe",
    )
    backup: BackupZone = setting(BackupZone(), "copies of the database")
    announce: AnnounceZone = setting(
        AnnounceZone(), "what administrators get by mail and by group robots, without looking"
    )
    monitoring: MonitoringZone = setting(
        MonitoringZone(), "from when on /health says that something is wrong (docs/OPERATIONS.md)"
    )
    logging: LoggingZone = setting(
        LoggingZone(), "ids and states only: never ID numbers, addresses, passwords or mail text"
    )
