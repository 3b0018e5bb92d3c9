"""A worker of the desk in a process of its own, over a database,
a mailbox and a mail server that it shares with others."""

import signal
import threading
from collections.abc import Sequence
from dataclasses import replace

from core.cases.desk import CaseSettings, Desk
from core.cases.letters.deliver import Sender
from core.check_digits import uscc_check_character
from core.clock import SystemClock
from core.data.workday import Workdays
from core.keys.vault import Vault
from core.outgoing.letter_templates import Centre, JinjaLetters
from core.outgoing.smtp_transport import SmtpSettings, SmtpTransport
from core.store.store import Store
from mail_intake.intake import Intake
from mail_intake.mailboxes.imap_mailbox import ImapMailbox, ImapSettings
from papers.paper_reading import Reading
from scheduler.engines.port import TAKE_OVER_S
from scheduler.engines.procrastinate import ProcrastinateEngine
from scheduler.engines.queue import Queue
from scheduler.work import Pace, Work
from tests.cases.conftest import PlainPasswords
from tests.flows.vouching import SENDERS, vouched
from tests.flows.walker import ADDRESS, KEY, Post, request_mail
from tests.servers.databases import libpq
from tests.validators import builders
from validators.check import PolicyJudge

PAPERS = b"%PDF-1.4 papers of "
PACE = Pace(window_s=0.3, deliver_s=0.3, housekeeping_s=60, mailbox_s=0.5)


def name_of(number: int) -> str:
    return f"北京第{number}并行测试有限公司"


def uscc_of(number: int) -> str:
    body = f"91119999MB{number:07d}"
    return body + uscc_check_character(body)


def sender_of(number: int) -> str:
    return f"handler{number}@example.com"


def mail_of(number: int) -> bytes:
    return vouched(
        request_mail(
            sender_of(number),
            f"request{number}@example.com",
            [PAPERS + str(number).encode()],
            name=name_of(number),
        )
    )


class PapersReader:
    """Reads the papers of `mail_of` by their number."""

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        name, content = files[0]
        number = int(content.removeprefix(PAPERS))
        parts = [
            builders.id_front(1, name),
            builders.id_back(1, name),
            builders.licence(2, name, enterprise_name=name_of(number), uscc=uscc_of(number)),
        ]
        seals = [
            replace(builders.seal(page, text=name_of(number)), attachment=name) for page in (1, 2)
        ]
        return Reading(
            builders.documents([builders.page(1, name), builders.page(2, name)], parts, seals)
        )


def desk_over(url: str) -> Desk:
    every_day = Workdays(
        lambda _: True,
        hours=((builders.datetime.min.time(),) * 2,),
        every_day=True,
    )
    return Desk(
        Store(url, Vault(KEY), announced=None if url.startswith("sqlite") else Queue()),
        SystemClock(),
        JinjaLetters(Centre()),
        every_day,
        PolicyJudge(),
        PlainPasswords(),
        CaseSettings(
            unproved_letters_per_hour=1_000_000,
            letters_per_hour=1_000_000,
            letters_per_domain_hour=1_000_000,
        ),
    )


def work(url: str, post: Post, take_over_s: float = TAKE_OVER_S, pace: Pace = PACE) -> None:
    """The process: works until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    desk = desk_over(url)
    settings = ImapSettings(
        host="127.0.0.1",
        port=post.imap_port,
        user=post.imap_user,
        security="none",
        folder=post.folder,
        name="shared",
        after_reading="seen",
        logins_per_hour=100_000,
    )
    transport = SmtpTransport(
        SmtpSettings(host="127.0.0.1", port=post.smtp_port, security="none"), ""
    )
    sender = Sender(ADDRESS, "解绑办理台", "https://desk.example.org", pauses_min=(0.02,))
    mailbox = ImapMailbox(settings, post.imap_password)
    work = Work(
        desk,
        Intake(desk, PapersReader(), [ADDRESS], senders=SENDERS),
        [mailbox],
        transport,
        sender,
        pace,
    )
    engine = ProcrastinateEngine(work, desk.store, libpq(url), take_over_s=take_over_s)
    engine.start()
    stopping.wait()
    engine.stop()
