"""The only place that chooses adapters: builds those that the settings name, and passes them
to the code that uses it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import CLOCK_BOOTTIME, clock_gettime
from typing import Any, Final

from sqlalchemy import make_url

from app.credentials import DATABASE, secret
from app.entrance_wiring import front_desk, signature_roots, supported_locks, verifier
from app.mailbox_kinds import MAILBOXES
from app.process_lock import private_folder
from app.settings.config import Installation
from app.settings.desk_settings import WindowZone
from app.vault_keys import vault_keys
from app.ways_out import OUTBOXES
from core.accounts.console_desk import ConsoleDesk, Rules
from core.accounts.front_desk import FrontDesk
from core.cases.desk import CaseSettings, Desk
from core.cases.letters.deliver import Sender
from core.cases.upkeep.clock_check import ClockCheck
from core.data.letter import Transport
from core.data.tries import TryLimits
from core.data.workday import Workdays, parse_hours
from core.errors import ConfigError
from core.keys.passwords import Argon2Passwords
from core.keys.vault import Vault
from core.locks.certificates.verifier import CertificateVerifier
from core.outgoing.letter_templates import Centre, JinjaLetters
from core.public_holidays import state_council_workday
from core.store.schema import holds_data, require_current, revisions, upgrade
from core.store.store import Announced, Store
from mail_intake.intake import Intake
from mail_intake.mail_reading import Reader
from mail_intake.mailboxes.mailbox import Mailbox
from mail_intake.mailboxes.smtp_receiver import SmtpReceiver
from mail_intake.request.tokens import lexicon
from mail_intake.sender.authentication import Authenticator
from mail_intake.sender.dns import NoDns, ResolverDns
from papers.opening.confinement import why_not
from papers.paper_reading import DocumentReader, DocumentSettings
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.engines.port import Engine
from scheduler.judging_process import Deadline
from scheduler.work import Work
from validators.check import PolicyJudge
from validators.evidence import Policy
from web.common.page_settings import WebSettings

WORDS_S = 60.0
"""For the words of one mail; the costliest of 2 MB takes 2 s."""
MAX_LOOK_UPS = 10
"""Of name servers for one mail: its signatures and what their answers point to."""
CLOCKS_DIFFER: Final = timedelta(minutes=2)
"""By which this machine's clock may differ from another that tells the time."""


@dataclass(frozen=True, slots=True)
class Wiring(Installation):
    """Makes what the configuration names."""

    # what judges

    def policy(self) -> Policy:
        settings = self.config.settings
        return Policy(
            settings.rules.severities,
            settings.documents.max_bytes,
            settings.documents.max_pages,
            settings.rules.allow_images,
        )

    def workdays(self) -> Workdays:
        window = self.config.settings.window
        hours = tuple(map(parse_hours, window.hours))
        return Workdays(state_council_workday, **{**as_fields(window), "hours": hours})

    # what keeps

    def vault(self) -> Vault:
        """From the environment or a credential, else from the key file, which is made at the first
        start. Raises ConfigError, StoreError."""
        return vault_keys(self, lambda: not holds_data(self.database_url())).vault()

    def database_url(self) -> str:
        """With the password of the environment put in; never to be logged."""
        if file := self.sqlite_file():
            return f"sqlite:///{file}"
        url = make_url(self.config.settings.storage.database_url)
        return url.set(
            drivername="postgresql+psycopg", password=secret(DATABASE, self.environ) or None
        ).render_as_string(hide_password=False)

    def sqlite_file(self) -> Path | None:
        """The file of an SQLite database; None on PostgreSQL."""
        written = self.config.settings.storage.database_url
        if not written:
            return self.config.folder / "desk.sqlite3"
        url = make_url(written)
        return (
            (self.config.base / (url.database or "desk.sqlite3")).absolute()
            if url.get_backend_name() == "sqlite"
            else None
        )

    def store(self, *, check_schema: bool = True) -> Store:
        """The store; an empty database is given its tables.

        Raises SchemaOutdated for one at another migration, StoreError, ConfigError.
        """
        announced: Announced | None = None
        if not self.sqlite_file():  # the queue takes what transactions make due
            from scheduler.engines.queue import Queue

            announced = Queue()
        folder = private_folder(self.config.folder)
        store = Store(self.database_url(), self.vault(), folder, announced, self.clock)
        if check_schema:
            bring_up(store)
        return store

    def engine(self, work: Work, desk: Desk, queues: Sequence[str]) -> Engine:
        """The engine for the database: one process works on SQLite,
        any number share the work out on PostgreSQL."""
        if self.sqlite_file():
            return EmbeddedEngine(work)
        from scheduler.engines.procrastinate import ProcrastinateEngine

        url = (
            make_url(self.database_url())
            .set(drivername="postgresql")
            .render_as_string(hide_password=False)
        )
        return ProcrastinateEngine(
            work, desk.store, url, queues, self.config.settings.storage.take_over_s
        )

    def clock_check(self, desk: Desk) -> ClockCheck:
        """Holds the clock of this machine against others.

        Mails that came by IMAP were stamped by another machine, as a rule.
        """
        elapsed_s = partial(clock_gettime, CLOCK_BOOTTIME)
        return ClockCheck(
            desk,
            self.clock,
            elapsed_s,
            CLOCKS_DIFFER,
            mails_tell=MAILBOXES[self.config.settings.mailbox.kind].stamps_arrival,
        )

    # what reads and works

    def reader(self, *, images: bool | None = None) -> DocumentReader:
        """The reader of documents; its processes start with the first file. To be closed.

        `images`: pictures too, by default as configured.

        Raises ConfigError where attachments must be opened in a sandbox and cannot be.
        """
        return DocumentReader(self.document_settings(images=images))

    def document_settings(self, *, images: bool | None = None) -> DocumentSettings:
        """The limits of reading as configured. `images`: as for `reader`."""
        settings = self.config.settings
        allow_images = settings.rules.allow_images if images is None else images
        return replace(
            settings.documents,
            signature_roots=signature_roots(self.config),
            allow_images=allow_images,
        )

    def why_in_the_open(self) -> str:
        """Why attachments are read on this machine without a sandbox; "" where it is."""
        return why_not()

    def intake(self, desk: Desk, reader: Reader) -> Intake:
        settings = self.config.settings
        return Intake(
            desk,
            reader,
            settings.mailbox.own_addresses,
            allow_images=settings.rules.allow_images,
            senders=self.senders(),
            own_words=self.own_words(),
        )

    def own_words(self) -> Path | None:
        """The operator's own words for the request reader.

        Raises ConfigError for a file that is no such table.
        """
        path = self.config.settings.rules.words_file
        try:
            lexicon(path)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"rules.words_file：读不了词表 {path}（{error}）。"
                "请按 mail_intake/request/lexicon.toml 的格式书写："
                '[类名] 下一行 words = "词 词"。\n'
                '  The file of words cannot be read: write [class] and words = "word word", '
                "with the classes of lexicon.toml."
            ) from error
        return path

    def judging_deadline(self) -> Deadline:
        """How long one mail may be judged: its documents, of which the last file and page may begin
        just before the end of their time, what is asked of name servers, and the mail's own words.
        These take far less than WORDS_S, which alone counts for the judging process itself."""
        zone, dns_s = self.config.settings.documents, self.config.settings.sender.dns_timeout_s
        return Deadline(
            zone.mail_wall_s + zone.wall_s + zone.page_wall_s + MAX_LOOK_UPS * dns_s + WORDS_S,
            WORDS_S,
        )

    def senders(self) -> Authenticator:
        """Who judges whether a mail's sender is who From says."""
        zone = self.config.settings.sender
        return Authenticator(
            zone, NoDns() if zone.dns_servers is None else ResolverDns(zone.dns_servers)
        )

    def web_settings(self, *, demo: bool) -> WebSettings:
        web, centre = self.config.settings.web, self.config.settings.centre
        return replace(
            web,
            secure_cookies=web.base_url.startswith("https:"),
            demo=demo,
            metrics_from=self.config.settings.monitoring.metrics_from,
            rules=Rules(web.session_hours, web.idle_minutes, TryLimits(web.tries)),
            support_address=self.config.settings.mailbox.address,
            support_phone=centre.phone,
            support_qq=centre.qq,
            window=window_words(self.config.settings.window),
            agent_download=self.config.settings.entrance.agent_download,
            centre_name=centre.name,
            system_name=self.config.settings.entrance.system,
            certificates=supported_locks(self.config),
            texts_folder=self.config.settings.console.texts_folder,
            colleagues=self.config.settings.console.colleagues,
            words_file=self.own_words(),
            max_upload_bytes=self.config.settings.documents.max_bytes,
        )

    # what speaks

    def letters(self) -> JinjaLetters:
        settings = self.config.settings
        return JinjaLetters(
            Centre(
                **as_fields(settings.centre),
                mailbox=settings.mailbox.address,
                window=window_words(settings.window),
                tries=settings.entrance.tries,
            )
        )

    def case_settings(self) -> CaseSettings:
        settings = self.config.settings
        return replace(
            settings.cases, passwords_here=settings.entrance.open, retention=settings.retention
        )

    def desk(self, store: Store) -> Desk:
        """The desk that is passed to every use case of cases."""
        workdays = replace(self.workdays(), decided=store.decided)
        return Desk(
            store,
            self.letters(),
            workdays,
            PolicyJudge(self.policy()),
            Argon2Passwords(),
            self.case_settings(),
        )

    def entrance(self, desk: Desk) -> FrontDesk | None:
        """The desk for the pages of enterprises; None where config.yaml closes them."""
        return front_desk(self.config, desk, self.vault().token)

    def verifier(self) -> CertificateVerifier:
        """Judges the certificates of locks by the profiles of config.yaml.

        Raises ConfigError for issuer certificates that cannot be used.
        """
        return verifier(self.config, self.clock)

    def sender(self) -> Sender:
        settings = self.config.settings
        return Sender(settings.mailbox.address, settings.outbox.sender_name, settings.web.base_url)

    # the world outside

    def mailbox(self) -> Mailbox:
        """The mailbox that `mailbox.kind` names. Nothing is connected yet."""
        return MAILBOXES[self.config.settings.mailbox.kind].open(self)

    def receiver(self) -> SmtpReceiver | None:
        """The SMTP receiver that fills the mailbox on this machine; None where it is filled
        elsewhere."""
        return MAILBOXES[self.config.settings.mailbox.kind].receiver(self)

    def transport(self) -> Transport:
        """The transport that `outbox.kind` names. Nothing is connected yet."""
        return OUTBOXES[self.config.settings.outbox.kind].open(self)


def as_fields(section: Any) -> dict[str, Any]:
    """The values of a section by their names, not taken apart further."""
    return {one.name: getattr(section, one.name) for one in fields(section)}


def bring_up(store: Store) -> None:
    """Give an empty database its tables; refuse one at another migration or under another key.

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


def window_words(window: WindowZone) -> str:
    """The windows in words: 每个工作日 11:00—11:30、15:30—16:00."""
    hours = "、".join(one.replace("-", "—").replace("—00:00", "—24:00") for one in window.hours)
    return f"{'每天' if window.every_day else '每个工作日'} {hours}"
