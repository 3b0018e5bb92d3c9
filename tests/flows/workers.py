"""A worker of the desk in a process of its own, over a database,
a mailbox and a mail server that it shares with others."""

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

from core.cases.desk import CaseSettings, Desk
from core.cases.letters.deliver import Sender
from core.check_digits import uscc_check_character
from core.clock import SystemClock
from core.data.documents import Documents, Page
from core.keys.vault import Vault
from core.outgoing.smtp_transport import SmtpSettings, SmtpTransport
from core.store.store import Store
from mail_intake.intake import Intake
from mail_intake.mail_reading import Reader
from mail_intake.mailboxes.imap_mailbox import ImapMailbox, ImapSettings
from papers.paper_reading import Reading
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.engines.port import TAKE_OVER_S
from scheduler.engines.procrastinate import ProcrastinateEngine
from scheduler.engines.queue import Queue
from scheduler.work import Pace, Work
from tests.flows.vouching import SENDERS, vouched
from tests.flows.walker import ADDRESS, IDENTITY, KEY, LICENCE, Post, request_mail
from tests.scheduler.works import judging
from tests.servers.databases import libpq
from tests.validators import builders
from tests.world import Accepting, always_open, desk_on, enrol

PAPERS = b"%PDF-1.4 papers of "
PACE = Pace(window_s=0.3, deliver_s=0.3, housekeeping_s=60, mailbox_s=0.5)


def name_of(number: int) -> str:
    return f"北京第{number}并行测试有限公司"


def uscc_of(number: int) -> str:
    body = f"91119999MB{number:07d}"
    return body + uscc_check_character(body)


def sender_of(number: int) -> str:
    return f"handler@enterprise{number}.example"


def register(tx, count: int) -> None:
    """So many enterprises with a lock each, whose contact is the sender of `mail_of`."""
    for number in range(count):
        one = builders.enterprise(
            name=name_of(number), uscc=uscc_of(number), contact_email=sender_of(number)
        )
        enrol(tx, one)


def mail_of(number: int) -> bytes:
    return vouched(
        request_mail(
            sender_of(number),
            f"request{number}@example.com",
            [paper_of(number)],
            name=name_of(number),
        )
    )


def paper_of(number: int, paper: bytes = PAPERS) -> bytes:
    """A paper of an enterprise; by default all of its papers."""
    return paper + str(number).encode()


class PapersReader:
    """Reads the papers of `paper_of` by what they begin with and their number."""

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        [(name, content)] = files
        paper = next(one for one in (PAPERS, IDENTITY, LICENCE) if content.startswith(one))
        number = int(content.removeprefix(paper))
        card = [builders.id_front(1, name), builders.id_back(1, name)]
        licence = builders.licence(1, name, enterprise_name=name_of(number), uscc=uscc_of(number))
        parts = {PAPERS: [*card, licence], IDENTITY: card, LICENCE: [licence]}[paper]
        seal = replace(builders.seal(1, text=name_of(number)), attachment=name)
        return Reading(builders.documents([builders.page(1, name)], parts, [seal]))


class Unread:
    """Leaves every file unread: one page each, of which nothing is known."""

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        pages = [Page(name, 1, confident=False, colour=False, seal_ink=True) for name, _ in files]
        return Reading(Documents(tuple(pages)))


UNLIMITED = CaseSettings(
    unproved_letters_per_hour=1_000_000,
    letters_per_hour=1_000_000,
    letters_per_domain_hour=1_000_000,
)


def desk_over(url: str, settings: CaseSettings = UNLIMITED) -> Desk:
    store = Store(url, Vault(KEY), announced=None if url.startswith("sqlite") else Queue())
    return desk_on(store, clock=SystemClock(), workdays=always_open(), settings=settings)


@dataclass(frozen=True)
class Worker:
    """A process of the desk over a database, a mailbox and a mail server.

    `judges_apart`: mails are judged in a process of its own, as in service.
    """

    url: str
    post: Post
    pace: Pace = PACE
    reader: Callable[[], Reader] = PapersReader
    judges_apart: bool = False
    sends: bool = True
    settings: CaseSettings = UNLIMITED
    take_over_s: float = TAKE_OVER_S

    def __call__(self) -> None:
        """Works until SIGTERM."""
        stopping = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        desk, intake = self.intake()
        judge = judging(self.judging, intake.interrupted)
        work = Work(
            desk,
            intake,
            self._mailbox(),
            self._transport(),
            Sender(ADDRESS, "解绑办理台", "https://desk.example.org", pauses_min=(0.02,)),
            self.pace,
            judge.each if self.judges_apart else None,
        )
        engine = (
            EmbeddedEngine(work)
            if self.url.startswith("sqlite")
            else ProcrastinateEngine(
                work, desk.store, libpq(self.url), take_over_s=self.take_over_s
            )
        )
        engine.start()
        stopping.wait()
        engine.stop()
        judge.close()

    def intake(self) -> tuple[Desk, Intake]:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        desk = desk_over(self.url, self.settings)
        return desk, Intake(desk, self.reader(), [ADDRESS], senders=SENDERS)

    @contextlib.contextmanager
    def judging(self) -> Iterator[Callable[[int], bool]]:
        """What its judging process does."""
        yield self.intake()[1].judge

    def _mailbox(self) -> ImapMailbox:
        settings = ImapSettings(
            host="127.0.0.1",
            port=self.post.imap_port,
            user=self.post.imap_user,
            security="none",
            folder=self.post.folder,
            after_reading="seen",
            logins_per_hour=100_000,
        )
        return ImapMailbox(settings, lambda: self.post.imap_password, SystemClock())

    def _transport(self) -> SmtpTransport | Accepting:
        settings = SmtpSettings(host="127.0.0.1", port=self.post.smtp_port, security="none")
        return SmtpTransport(settings, "") if self.sends else Accepting()
