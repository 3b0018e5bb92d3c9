"""Builds the objects that the settings name: the only place that chooses adapters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import CLOCK_BOOTTIME, clock_gettime

from sqlalchemy import make_url

from app.credentials import DATABASE, secret
from app.entrance_wiring import front_desk, signature_roots, supported_locks, verifier
from app.mailbox_kinds import MAILBOXES
from app.process_lock import private_folder
from app.settings.config import Installation
from app.vault_keys import vault_keys
from app.ways_out import OUTBOXES
from core.accounts.console_desk import ConsoleDesk, Rules
from core.accounts.front_desk import FrontDesk
from core.cases.desk import CaseSettings, Desk
from core.cases.letters.deliver import Sender
from core.cases.upkeep.clock_check import ClockCheck
from core.data.letter import Centre, Transport
from core.data.workday import Workdays, hours_text, parse_hours
from core.errors import ConfigError
from core.keys.passwords import Argon2Passwords
from core.keys.vault import Vault
from core.locks.certificates.verifier import CertificateVerifier
from core.outgoing.composing import address
from core.outgoing.letter_templates import JinjaLetters
from core.public_holidays import state_council_workday
from core.store.schema import holds_data, require_current, revisions, upgrade
from core.store.store import Announced, Store
from mail_intake.intake import Intake
from mail_intake.mail_reading import Reader, ReadMail, read_submission
from mail_intake.mailboxes.mailbox import Mailbox
from mail_intake.mailboxes.smtp_receiver import SmtpReceiver
from mail_intake.request.tokens import lexicon
from mail_intake.sender.authentication import Authenticator
from mail_intake.sender.dns import ResolverDns
from papers.paper_reading import DocumentReader, DocumentSettings
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.engines.port import Engine
from scheduler.judging_process import Deadline
from scheduler.work import Work
from validators.check import PolicyJudge
from validators.evidence import Policy
from web.common.page_settings import WebSettings

MAX_TEXT_S = 60.0
"""Limit for reading the text of one mail. The slowest text of 2 MB takes 2 s."""
MAX_CLOCK_DIFFERENCE = timedelta(minutes=2)
"""Between this machine's clock and the clock of the database or of the mail server."""


@dataclass(frozen=True)
class Wiring(Installation):
    """Builds each part of the desk from the configuration and the environment."""

    # rules and workdays

    def policy(self) -> Policy:
        settings = self.settings
        return Policy(
            severities=settings.rules.severities,
            max_bytes=settings.documents.max_bytes,
            max_pages=settings.documents.max_pages,
            allow_images=settings.rules.allow_images,
        )

    def workdays(self) -> Workdays:
        window = self.settings.window
        return Workdays(
            state_council_workday,
            tuple(map(parse_hours, window.hours)),
            window.office_opens,
            window.office_closes,
            window.overrides,
            window.every_day,
        )

    # storage and engine

    def vault(self) -> Vault:
        """The vault with the key from the environment or a credential, else from the key file,
        which the first start creates. Raises ConfigError, StoreError."""
        return vault_keys(self, lambda: not holds_data(self.database_url())).vault()

    def database_url(self) -> str:
        """The URL with the password from the environment. Never log it."""
        if file := self.sqlite_file():
            return f"sqlite:///{file}"
        url = make_url(self.settings.storage.database_url)
        return url.set(
            drivername="postgresql+psycopg", password=secret(DATABASE, self.environ) or None
        ).render_as_string(hide_password=False)

    def sqlite_file(self) -> Path | None:
        """The file of an SQLite database; None on PostgreSQL."""
        configured = self.settings.storage.database_url
        if not configured:
            return self.config.folder / "desk.sqlite3"
        url = make_url(configured)
        if url.get_backend_name() != "sqlite":
            return None
        return (self.config.base / (url.database or "desk.sqlite3")).absolute()

    def store(self, *, check_schema: bool = True) -> Store:
        """The store. An empty database gets its tables.

        Raises SchemaOutdated for a database at another migration, StoreError, ConfigError.
        """
        announced: Announced | None = None
        if not self.sqlite_file():  # transactions on PostgreSQL put jobs into the queue
            from scheduler.engines.queue import Queue

            announced = Queue()
        folder = private_folder(self.config.folder)
        store = Store(self.database_url(), self.vault(), folder, announced, self.clock)
        if check_schema:
            bring_up(store)
        return store

    def engine(self, work: Work, desk: Desk, queues: Sequence[str]) -> Engine:
        """The engine for the database: on SQLite one process works, on PostgreSQL any number of
        processes share the work."""
        if self.sqlite_file():
            return EmbeddedEngine(work)
        from scheduler.engines.procrastinate import ProcrastinateEngine

        url = (
            make_url(self.database_url())
            .set(drivername="postgresql")
            .render_as_string(hide_password=False)
        )
        return ProcrastinateEngine(work, desk.store, url, queues, self.settings.storage.take_over_s)

    def clock_check(self, desk: Desk) -> ClockCheck:
        """Compares the clock of this machine with others: the database's, and the mail server's
        where the mailbox is on another machine."""
        elapsed_s = partial(clock_gettime, CLOCK_BOOTTIME)
        return ClockCheck(
            desk,
            self.clock,
            elapsed_s,
            MAX_CLOCK_DIFFERENCE,
            mails_tell=MAILBOXES[self.settings.mailbox.kind].stamps_arrival,
        )

    # reading of mails and documents

    def reader(self) -> DocumentReader:
        """The reader of documents. Its processes start with the first file; the caller closes it.

        Raises ConfigError where the settings require a sandbox and this machine has none.
        """
        return DocumentReader(self.document_settings())

    def document_settings(self) -> DocumentSettings:
        """The limits of reading as configured."""
        return replace(
            self.settings.documents,
            signature_roots=signature_roots(self.config),
            allow_images=self.settings.rules.allow_images,
        )

    def intake(self, desk: Desk, reader: Reader) -> Intake:
        settings = self.settings
        return Intake(
            desk,
            reader,
            settings.mailbox.own_addresses,
            allow_images=settings.rules.allow_images,
            senders=self.senders(),
            own_words=self.own_words(),
        )

    def own_words(self) -> Path | None:
        """The file with the operator's own words for the request reader, which is checked here.
        Raises ConfigError for an invalid file."""
        path = self.settings.rules.words_file
        try:
            lexicon(path)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"rules.words_file：读不了词表 {path}（{error}）。"
                "请按 mail_intake/request/lexicon.toml 的格式书写："
                '[类名] 下一行 words = "词 词"。'
            ) from error
        return path

    def reading(self, reader: Reader) -> Callable[[bytes, datetime], ReadMail]:
        """`read_submission` as configured: it takes a mail and its arrival."""
        return partial(
            read_submission,
            reader=reader,
            own_addresses=self.settings.mailbox.own_addresses,
            allow_images=self.settings.rules.allow_images,
            own_words=self.own_words(),
        )

    def judging_deadline(self) -> Deadline:
        """The time for judging one mail: its documents, DNS and its text.

        A last file and a last page may begin just before the documents' time ends. Only the text
        is read in the judging process itself, so it alone counts as processor time.
        """
        limits = self.settings.documents
        documents_s = limits.mail_wall_s + limits.wall_s + limits.page_wall_s
        dns_s = self.settings.sender.dns_timeout_s
        return Deadline(documents_s + dns_s + MAX_TEXT_S, MAX_TEXT_S)

    def senders(self) -> Authenticator:
        """Checks whether a mail comes from the sender that its From names."""
        settings = self.settings.sender
        servers = settings.dns_servers
        return Authenticator(settings, None if servers is None else ResolverDns(servers))

    def web_settings(self, *, demo: bool) -> WebSettings:
        web = self.settings.web
        return replace(
            web,
            secure_cookies=web.base_url.startswith("https:"),
            demo=demo,
            metrics_from=self.settings.monitoring.metrics_from,
            rules=Rules(web.session_hours, web.idle_minutes, web.tries),
            centre=self.centre(),
            agent_download=self.settings.entrance.agent_download,
            system_name=self.settings.entrance.system,
            certificates=supported_locks(self.config),
            texts_folder=self.settings.console.texts_folder,
            colleagues=self.settings.console.colleagues,
            words_file=self.own_words(),
            max_upload_bytes=self.settings.documents.max_bytes,
        )

    # letters, use cases and the enterprises' entrance

    def centre(self) -> Centre:
        """The centre's particulars, as letters and pages give them."""
        settings, workdays = self.settings, self.workdays()
        return replace(
            settings.centre,
            mailbox=settings.mailbox.address,
            window=hours_text(workdays.hours, every_day=workdays.every_day),
            tries=settings.entrance.tries,
        )

    def case_settings(self) -> CaseSettings:
        settings = self.settings
        return replace(
            settings.cases,
            own_domain=address(settings.mailbox.address).rpartition("@")[2],
            passwords_here=settings.entrance.open,
            retention=settings.retention,
        )

    def desk(self, store: Store) -> Desk:
        """The desk that every use case of cases gets."""
        workdays = replace(self.workdays(), decided=store.decided)
        return Desk(
            store,
            JinjaLetters(self.centre()),
            workdays,
            PolicyJudge(self.policy()),
            Argon2Passwords(),
            self.case_settings(),
        )

    def entrance(self, desk: Desk) -> FrontDesk | None:
        """The desk for the pages of enterprises; None where config.yaml closes them."""
        return front_desk(self.config, desk, self.vault().token)

    def verifier(self) -> CertificateVerifier:
        """Verifies the certificates of locks by the profiles of config.yaml.

        Raises ConfigError for unusable issuer certificates.
        """
        return verifier(self.config, self.clock)

    def sender(self) -> Sender:
        settings = self.settings
        return Sender(settings.mailbox.address, settings.outbox.sender_name, settings.web.base_url)

    # mailbox and transport

    def mailbox(self) -> Mailbox:
        """The mailbox that `mailbox.kind` names. Nothing is connected yet."""
        return MAILBOXES[self.settings.mailbox.kind].open(self)

    def receiver(self) -> SmtpReceiver | None:
        """The SMTP receiver that fills the mailbox on this machine; None where it is filled
        elsewhere."""
        return MAILBOXES[self.settings.mailbox.kind].receiver(self)

    def transport(self) -> Transport:
        """The transport that `outbox.kind` names. Nothing is connected yet."""
        return OUTBOXES[self.settings.outbox.kind].open(self)


def bring_up(store: Store) -> None:
    """Create the tables of an empty database; refuse one at another migration or with another key.

    Raises SchemaOutdated, VaultError.
    """
    now, _ = revisions(store.engine)
    if now is None:
        upgrade(store.engine)
    else:
        require_current(store.engine)
        store.require_own_key()


def console_of(desk: Desk) -> ConsoleDesk:
    """The desk for acts on administrators' accounts."""
    return ConsoleDesk(desk.store, desk.passwords)
