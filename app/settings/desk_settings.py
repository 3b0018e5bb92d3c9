"""The shape of config.yaml: every setting with its default, its bounds, its unit and its reason.

Defaults of the core are taken from it; those of adapters are equal to their own,
or left out there (tests/app/test_defaults.py).

A section is a frozen model that forbids unknown keys. The string below a setting is what `unbind
config show` prints of it; those that carry an Example are what an operator decides, and make up
config.yaml (app/settings/config_template.py). Nothing secret has a place here: passwords and keys
come from the environment or from files that a setting names (app/settings/credentials.py). Rules
that join two settings are reported at the second one.
"""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from app.settings.case_settings import CasesZone, RetentionZone, WindowZone
from app.settings.certificate_settings import CertificatesZone
from app.settings.entrance_settings import (
    ConsoleZone,
    EntranceZone,
    LimitsZone,
    SystemZone,
    is_secure,
    require_whole,
)
from app.settings.mail_providers import filled
from app.settings.mail_settings import AnnounceZone, MailboxZone, OutboxZone
from app.settings.setting_kinds import (
    SECRET,
    Example,
    MiB,
    Network,
    Port,
    Seconds,
    Url,
    Zone,
    problem,
)
from core.accounts.console_desk import Rules
from core.data.finding import Severity
from scheduler.engines.port import TAKE_OVER_S
from validators.check import default_severities, override_problems
from validators.evidence import Policy

_LOGIN, _POLICY = Rules(), Policy()
_PASSWORD_IN_URL = re.compile(r"://[^/@\s]*:[^@\s]+@|[?&]password=")


class CentreZone(Zone):
    name: Annotated[str, Example("某某市公共资源交易中心")] = "公共资源交易中心"
    """the centre's name in letters and pages"""
    desk_name: Annotated[str, Example("某某市CA锁解绑办理台")] = "CA锁解绑办理台"
    """who signs the letters"""
    phone: Annotated[str, Example("010-00000000")] = ""
    """shown in letters where people may ask; "" = left out"""
    qq: Annotated[str, Example('"100000000"')] = ""
    """likewise (QQ群 or QQ号)"""
    portal_url: Annotated[Url, Example("https://ca.ggzy.example.cn/portal")] = (
        "http://127.0.0.1:8321/portal"
    )
    """where enterprises log in, named in every letter. The pages of the desk:
    web.base_url and /portal"""


class VaultTokenZone(Zone):
    module: Annotated[Path | None, Example("/usr/lib/softhsm/libsofthsm2.so")] = None
    """the vendor's PKCS#11 module; null = the key file is plain"""
    token_label: Annotated[str, Example("unbind")] = ""
    """of the token. Its PIN comes from UNBIND_VAULT_PIN"""
    key_label: Annotated[str, Example("vault")] = ""
    """of an AES or RSA key on it"""

    @model_validator(mode="after")
    def _whole_or_none(self) -> "VaultTokenZone":
        if any((self.module, self.token_label, self.key_label)) and not all(
            (self.module, self.token_label, self.key_label)
        ):
            raise problem(
                "module、token_label、key_label 须一起填写，或一起留空",
                "fill in module, token_label and key_label, or none of them",
            )
        return self


class StorageZone(Zone):
    folder: Annotated[Path, Example("/var/lib/unbind")] = Path("var/desk")
    """holds what is left empty below: database, vault key, Maildirs"""
    database_url: Annotated[str, Example("postgresql://unbind@db.example.cn/desk")] = ""
    """"" = SQLite file desk.sqlite3 in the folder; or postgresql://USER@HOST/NAME,
    with UNBIND_DATABASE_PASSWORD"""
    vault_key_file: Annotated[Path | None, Example("/etc/unbind/vault.key")] = None
    """null = vault.key in the folder, made at the first start with mode 600. Back it up, but not
    with the database: without it nothing stored can be read, with it everything can"""
    vault_pkcs11: VaultTokenZone = VaultTokenZone()
    """a token (USB token, HSM) whose key wraps the vault's key: `unbind vault wrap`"""
    engine: Annotated[Literal["auto", "embedded", "procrastinate"], Example("procrastinate")] = (
        "auto"
    )
    """how work is shared out: embedded, by one process, on SQLite; procrastinate, among any number
    of them on any machines, on PostgreSQL"""
    take_over_s: Annotated[float, Field(ge=4, le=120)] = TAKE_OVER_S
    """seconds, on PostgreSQL: a worker that is silent for so long, because it was killed, stands
    still or is cut off, has its work done by another"""

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if _PASSWORD_IN_URL.search(url):
            raise problem(
                "密码不能写在这里，请去掉它并设置环境变量 UNBIND_DATABASE_PASSWORD",
                "a password does not belong here; take it out and set the environment variable "
                "UNBIND_DATABASE_PASSWORD",
                SECRET,
            )
        if url and not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise problem(
                "不支持的数据库，请写 sqlite:///文件 或 postgresql://用户@主机/库名，或留空",
                "unknown database; write sqlite:///FILE or postgresql://USER@HOST/NAME, "
                "or leave it empty",
            )
        return url

    @field_validator("engine")
    @classmethod
    def _fits_the_database(cls, engine: str, info: ValidationInfo) -> str:
        needs = (
            "procrastinate"
            if info.data.get("database_url", "").startswith("postgresql")
            else "embedded"
        )
        if engine not in {"auto", needs}:
            raise problem(
                f"与 storage.database_url 不符：该数据库只能用 {needs}，请写 auto",
                f"storage.database_url goes with {needs} only; write auto",
            )
        return engine


class DocumentsZone(Zone):
    max_file_bytes: Annotated[int, Field(ge=1024), Example("20971520")] = _POLICY.max_bytes
    """bytes of one attachment; over it: attachment.too_large"""
    max_pages: Annotated[int, Field(ge=1, le=200), Example("30")] = _POLICY.max_pages
    """pages of one PDF; over it: attachment.too_many_pages"""
    memory_bytes: Annotated[int, Field(ge=256 * MiB)] = 1536 * MiB
    """bytes of memory of the child process of one file; what needs more is a bomb"""
    cpu_s: Annotated[float, Field(ge=1, le=600)] = 20.0
    """seconds of the child's CPU time for one file"""
    wall_s: Annotated[float, Field(ge=1, le=600)] = 30.0
    """seconds of the child's life for one file"""
    page_wall_s: Annotated[float, Field(ge=5, le=600)] = 60.0
    """seconds for reading one page; an unread page is doubt, never a rejection"""
    mail_files: Annotated[int, Field(ge=1, le=1000)] = 20
    """files of one mail that are opened; the rest is doubt.
    A request is one PDF, a thousand are a flood"""
    mail_pages: Annotated[int, Field(ge=1, le=2000)] = 60
    """pages of one mail: once so many were found, no further file of it is opened"""
    mail_wall_s: Annotated[float, Field(ge=10, le=3600)] = 180.0
    """seconds for all documents of one mail; what is unread by then is doubt.
    60 pages take about half of it"""
    workers: Annotated[int, Field(ge=1, le=64), Example("4")] = 2
    """reading processes, each one core and up to 500 MB; two halve the wait for a two-page PDF"""
    confine: Annotated[Literal["require", "if_possible"], Example("require")] = "if_possible"
    """isolate (bubblewrap) what opens strangers' files. require: refuse to start, or to open a
    file, where that cannot be done: set it in production. if_possible: go on without, and say so in
    log, doctor and /health: a first try needs no apt"""


class RulesZone(Zone):
    allow_images: Annotated[bool, Example("true")] = _POLICY.allow_images
    """true: a picture (JPEG, PNG) may take the PDF's place"""
    words_file: Annotated[Path | None, Example("/etc/unbind/words.toml")] = None
    """a file of your own words for the reader of requests, in the form of
    mail_intake/request/lexicon.toml; `unbind replay` shows what they change"""
    severities: Annotated[dict[str, Severity], Example("{document.id_back.missing: reject}")] = (
        Field(default_factory=lambda: dict(default_severities()))
    )
    """of findings (docs/RULES.md, section 4). reject: returned by letter | review: shown to the
    administrator | note: only reported. Doubt never rejects: codes that are doubt by nature cannot
    be raised above review"""

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


class SenderZone(Zone):
    authserv_ids: Annotated[tuple[str, ...], Example("[mx.ggzy.example.cn]")] = ()
    """exact names under which YOUR receiving server writes Authentication-Results (`unbind doctor`
    finds them). [] = none"""
    received_above: Annotated[int, Field(ge=0, le=10), Example("1")] = 0
    """number of Received lines that YOUR later servers put above that header. Above 0 the line of
    the named server itself ("by
    mx.ggzy.example.cn") must stand below it, and nobody else may reach the later servers"""
    accept_unauthenticated: Annotated[bool, Example("true")] = False
    """true: start with mailbox.kind imap although no server is named,
    and verify such mails by hand"""
    dkim: bool = True
    """check DKIM here where the server says nothing"""
    dns_servers: Annotated[tuple[str, ...] | None, Example("[]")] = None
    """null: no DNS (the sender is unknown, not failed) | []: the system's | [192.0.2.53]"""
    dns_timeout_s: Seconds = 3.0
    """seconds for one question to a name server"""


class WebZone(Zone):
    host: Annotated[str, Example("10.0.0.4")] = "127.0.0.1"
    """the address to listen on; 0.0.0.0 = all of them.
    Beyond 127.0.0.1 set tls_* or put a TLS proxy before it"""
    port: Annotated[Port, Example("8443")] = 8321
    """TCP port"""
    base_url: Annotated[Url, Example("https://ca.ggzy.example.cn")] = "http://127.0.0.1:8321"
    """the address in the links of letters; https here makes cookies Secure.
    Left out, it follows port"""
    tls_certificate_file: Annotated[Path | None, Example("/etc/unbind/web.pem")] = None
    """PEM, with its chain"""
    tls_key_file: Annotated[Path | None, Example("/etc/unbind/web.key")] = None
    """PEM"""
    trusted_proxies: Annotated[tuple[Network, ...], Example("[10.0.0.5]")] = ()
    """addresses and networks of your own proxies. Only they are believed about where a request came
    from (X-Forwarded-For, X-Forwarded-Proto)"""
    max_connections: Annotated[int, Field(ge=10, le=10_000)] = 400
    """connections open at once. Beyond it the one that keeps the desk waiting longest is closed,
    never one being answered"""
    max_connections_per_source: Annotated[int, Field(ge=4)] = 64
    """connections of one IPv4 address or IPv6 /64, trusted_proxies excepted;
    a browser opens 6, an office shares an address"""
    session_hours: Annotated[float, Field(gt=0, le=168), Example("4")] = _LOGIN.session_hours
    """hours an administrator's login lasts: one working day"""
    idle_minutes: Annotated[float, Field(ge=2, le=1440), Example("15")] = _LOGIN.idle_minutes
    """minutes without a page after which it ends"""
    administrators_from: Annotated[tuple[Network, ...], Example("[10.0.0.0/8]")] = ()
    """networks from which the administrators' pages are reached. [] = from everywhere. Elsewhere
    these pages are not there; the portal and the links of letters are"""
    tries: Annotated[int, Field(ge=3, le=10), Example("3")] = _LOGIN.limits.in_a_row
    """wrong passwords of an administrator in a row that lock the login for their source:
    1 minute, growing to 15"""
    account_tries_per_hour: Annotated[int, Field(ge=10, le=1000)] = _LOGIN.limits.per_account_hour
    """wrong passwords an hour of one account from all sources together, enterprises' too; beyond it
    browsers and sources that never logged in to it wait. 60 = half a million guesses a year"""
    source_tries_per_hour: Annotated[int, Field(ge=10, le=10_000)] = _LOGIN.limits.per_source_hour
    """wrong passwords an hour of one source (IPv4 address, IPv6 /64) on all accounts together"""

    @model_validator(mode="before")
    @classmethod
    def _links_lead_to_the_port(cls, written: object) -> object:
        """Another port without a base_url: the links of letters must
        not lead to the default one."""
        if isinstance(written, dict) and "port" in written and "base_url" not in written:
            return written | {"base_url": f"http://127.0.0.1:{written['port']}"}
        return written


class BackupZone(Zone):
    recipients: Annotated[tuple[str, ...], Example(f"[age1{'q' * 58}]")] = ()
    """age public keys (age1…, made by age-keygen): `unbind backup` encrypts to all of them, each
    can open it alone. Keep the secret keys elsewhere. [] = a copy as readable as the database:
    contents sealed, names and times not"""

    @field_validator("recipients")
    @classmethod
    def _public_keys(cls, recipients: tuple[str, ...]) -> tuple[str, ...]:
        if any(not re.fullmatch(r"age1[a-z0-9]{58}", one) for one in recipients):
            raise problem(
                "应为 age 公钥（age1 开头，共 62 个字符）；私钥（AGE-SECRET-KEY-1…）不得写在这里",
                "age public keys are wanted (age1…, 62 characters); "
                "a secret key (AGE-SECRET-KEY-1…) must never stand here",
            )
        return recipients


class MonitoringZone(Zone):
    work_late_s: Annotated[float, Field(ge=10)] = 120.0
    """seconds since the window or the outbox was last looked after (each is every 2 s)"""
    fetch_late_s: Annotated[float, Field(ge=120)] = 300.0
    """seconds since the mailbox was last fetched (every minute, and at once where
    the server tells of a mail)"""
    upkeep_late_min: Annotated[float, Field(ge=20)] = 60.0
    """minutes since the last housekeeping or retention (every 10 min)"""
    reconcile_late_min: Annotated[float, Field(ge=90)] = 180.0
    """minutes since the last reconciliation (every hour)"""
    mail_waits_min: Annotated[float, Field(gt=0), Example("10")] = 30.0
    """minutes that a mail may wait to be judged"""
    letter_waits_min: Annotated[float, Field(gt=0), Example("10")] = 30.0
    """minutes that a letter may wait to be sent"""
    clock_s: Annotated[float, Field(ge=10, le=3600)] = 120.0
    """seconds by which this machine's clock may differ from the database's (PostgreSQL) or the mail
    server's; over it nothing is carried out, postponed, expired or removed until they agree or a
    person clears the alert"""
    free_mib: Annotated[int, Field(ge=1)] = 500
    """MiB (1,048,576 bytes) that the disk of storage.folder must have left"""
    metrics_from: Annotated[tuple[Network, ...], Example("[10.0.0.6]")] = ()
    """addresses and networks from which Prometheus may read /metrics; for all others there is no
    such page. [] = for nobody. Behind a proxy on this machine set web.trusted_proxies first, or
    everybody comes from 127.0.0.1"""


class LoggingZone(Zone):
    level: Annotated[Literal["debug", "info", "warning", "error"], Example("warning")] = "info"
    """debug | info | warning | error"""
    format: Annotated[Literal["json", "console"], Example("console")] = "json"
    """json: one object a line | console: for eyes"""
    file: Annotated[Path | None, Example("/var/lib/unbind/desk.log")] = None
    """null = standard error"""


class Settings(Zone):
    """All of config.yaml."""

    centre: CentreZone = CentreZone()
    """what letters and pages call you"""
    storage: StorageZone = StorageZone()
    """where data is kept. Relative paths start from the folder of config.yaml"""
    mailbox: MailboxZone = MailboxZone()
    """where requests arrive"""
    outbox: OutboxZone = OutboxZone()
    """how letters leave"""
    documents: DocumentsZone = Field(default=DocumentsZone(), validate_default=True)
    """limits of what opens and reads strangers' files"""
    rules: RulesZone = RulesZone()
    """what becomes of a finding"""
    window: WindowZone = WindowZone()
    """when approved requests are carried out, on the clocks of Asia/Shanghai"""
    cases: CasesZone = CasesZone()
    """deadlines of a case, and how many letters leave"""
    retention: RetentionZone = RetentionZone()
    """days until personal data of what ended is removed: mails, readings, page images, words and
    addresses of letters. Numbers, dates, enterprises and the audit stay. 0 = never"""
    sender: SenderZone = SenderZone()
    """is the sender who From says? Who is not proved may write;
    a person decides what else the mail counts as"""
    web: WebZone = WebZone()
    """the administrators' pages and the pages behind the links of letters"""
    console: ConsoleZone = ConsoleZone()
    """how administrators work"""
    entrance: EntranceZone = EntranceZone()
    """the pages for enterprises: registration, login by CA lock or password, CA管理"""
    certificates: CertificatesZone = CertificatesZone()
    """whose locks are accepted. A lock counts only under an issuer that is named here by its
    certificate. How each CA writes its certificates stands in app/certificates.yaml; what is
    written here goes over it (docs/CERTIFICATES.md)"""
    limits: LimitsZone = LimitsZone()
    """how often in a minute. Beyond it the answer is 429, with Retry-After"""
    systems: Annotated[dict[str, SystemZone], Example("zonghe")] = Field(default_factory=dict)
    """the trading systems that log enterprises in through the desk, by name: docs/OPENID.md"""
    backup: BackupZone = BackupZone()
    """copies of the database"""
    announce: AnnounceZone = AnnounceZone()
    """what administrators are told by mail and by one webhook, without looking"""
    monitoring: MonitoringZone = MonitoringZone()
    """from when on /health says that something is wrong (docs/OPERATIONS.md)"""
    logging: LoggingZone = LoggingZone()
    """ids and states only: never ID numbers, addresses, passwords or mail text"""

    @model_validator(mode="before")
    @classmethod
    def _as_the_provider_says(cls, written: object) -> object:
        return filled(written) if isinstance(written, dict) else written

    @field_validator("systems")
    @classmethod
    def _have_a_door(
        cls, systems: dict[str, SystemZone], info: ValidationInfo
    ) -> dict[str, SystemZone]:
        require_whole(systems)
        web = info.data.get("web")
        if systems and isinstance(web, WebZone) and not is_secure(web.base_url):
            raise problem(
                "web.base_url 须为 https：登录凭据不得明文传输",
                "web.base_url must be https: logins do not go over the network in clear",
            )
        return systems

    @field_validator("documents")
    @classmethod
    def _a_mail_holds_a_file(cls, documents: DocumentsZone, info: ValidationInfo) -> DocumentsZone:
        """Base64 makes three bytes four, and adds line ends."""
        mailbox = info.data.get("mailbox")
        if (
            isinstance(mailbox, MailboxZone)
            and mailbox.max_mail_bytes < documents.max_file_bytes * 1.37
        ):
            raise problem(
                "max_file_bytes 的附件放不进 mailbox.max_mail_bytes 的邮件："
                "请把后者改为至少它的 1.4 倍",
                "an attachment of max_file_bytes finds no room in a mail of "
                "mailbox.max_mail_bytes: make the latter 1.4 times as large",
            )
        return documents
