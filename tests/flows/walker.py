"""The service of the kill test: the real engine, mailbox, store and transport in a process of its
own, with an administrator who approves whatever is queued and a registered contact who sets the
password once the test has written the link's token down.

Only the reading of pages is canned: the kills are about what is committed,
and OCR would take the time of sixty walks.
"""

import contextlib
import json
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from core import failpoints
from core.cases.accounts.own_password import set_password_by_link
from core.cases.decision.approve import approve
from core.cases.desk import Desk
from core.cases.letters.deliver import Sender
from core.clock import SystemClock
from core.data.case import State
from core.data.case_query import CaseQuery
from core.data.letter import LetterState
from core.errors import DeskError
from core.keys.vault import Vault
from core.outgoing.smtp_transport import SmtpSettings, SmtpTransport
from core.store.store import Store
from mail_intake.intake import Intake
from mail_intake.mailboxes.imap_mailbox import ImapMailbox, ImapSettings
from papers.paper_reading import Reading
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.work import Pace, Work
from tests.accounts.entrance import HERE
from tests.flows.vouching import SENDERS
from tests.validators import builders
from tests.world import always_open, desk_on

ADDRESS = "support@example.org"
PASSWORD = "lvse-2026-Chuan"
KEY = bytes(32)
LICENCE, IDENTITY = b"%PDF-1.4 licence", b"%PDF-1.4 identity"


@dataclass(frozen=True)
class Post:
    """Where the servers of the test are."""

    imap_port: int
    imap_user: str
    imap_password: str
    folder: str
    smtp_port: int


def request_mail(
    sender: str,
    message_id: str,
    papers: Sequence[bytes],
    *,
    to: str = ADDRESS,
    name: str = builders.NAME,
    subject: str = "CA锁解绑申请",
    reset: str = "否",
    answers: str = "",
    words: str = "",
) -> bytes:
    """A request as enterprises write it.

    `answers`: the Message-ID to which it replies; `words`: in place of those that are asked for.
    """
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
        sender,
        to,
        subject,
        f"<{message_id}>",
    )
    if answers:
        mail["In-Reply-To"] = answers
    mail.set_content(words or f"企业名称：{name}\n是否解绑：是\n是否需要重置注册密码：{reset}\n")
    for paper in papers:
        mail.add_attachment(paper, maintype="application", subtype="pdf", filename="扫描件.pdf")
    return mail.as_bytes()


class CannedReader:
    """Reads our two papers by their bytes."""

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        parts, pages, seals = [], [], []
        for name, content in files:
            pages.append(builders.page(1, name))
            seals.append(builders.replace(builders.seal(1), attachment=name))
            found = (
                [builders.licence(1, name)]
                if content.startswith(LICENCE)
                else [builders.id_front(1, name), builders.id_back(1, name)]
            )
            parts += found
        return Reading(builders.documents(pages, parts, seals))


def make_desk(folder: Path) -> Desk:
    store = Store(f"sqlite:///{folder}/desk.db", Vault(KEY))
    return desk_on(store, clock=SystemClock(), workdays=always_open())


def run(folder: Path, post: Post, failpoint: str) -> None:
    """The process: works until SIGTERM, or until its failpoint kills it."""
    os.environ["UNBIND_FAILPOINT"] = failpoint
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    desk = make_desk(folder)
    mailbox = ImapMailbox(
        ImapSettings(
            host="127.0.0.1",
            port=post.imap_port,
            user=post.imap_user,
            security="none",
            folder=post.folder,
            after_reading="seen",
        ),
        lambda: post.imap_password,
        desk.clock,
    )
    transport = SmtpTransport(
        SmtpSettings(host="127.0.0.1", port=post.smtp_port, security="none"), ""
    )
    pauses_min = (0.02,)  # what a killed process had in hand goes again soon
    sender = Sender(ADDRESS, "解绑办理台", "https://desk.example.org", pauses_min)
    pace = Pace(window_s=0.1, deliver_s=0.1, housekeeping_s=60, mailbox_s=5)
    engine = EmbeddedEngine(
        Work(
            desk,
            Intake(desk, CannedReader(), [ADDRESS], senders=SENDERS),
            mailbox,
            transport,
            sender,
            pace,
        )
    )
    engine.start()
    while not stopping.wait(0.05):
        people_act(desk, folder)
    engine.stop()
    (folder / "commits").write_text(json.dumps(failpoints.count("commit.before")))


def approve_queued(desk: Desk) -> None:
    """The administrator approves what is queued, each case when its letters have left."""
    unsent = [LetterState.PENDING, LetterState.WAITING]
    with desk.store.transaction() as tx:
        waiting = {letter.case_id for letter in tx.letters.newest(state=unsent)}
        # else the last letter would take the receipt's place
        queued = [
            case for case in tx.cases.find(CaseQuery((State.QUEUED,))) if case.id not in waiting
        ]
    for case in queued:
        with contextlib.suppress(DeskError):  # it changed at this moment, or its notice waits
            approve(desk, case.id, case.version, "li")


def people_act(desk: Desk, folder: Path) -> None:
    """The administrator approves what is queued; the registered contact uses the link."""
    approve_queued(desk)
    token = folder / "token"
    if token.exists() and token.read_text():
        with contextlib.suppress(DeskError):  # used already: the page would say so
            set_password_by_link(desk, token.read_text(), PASSWORD, PASSWORD, HERE)
        token.unlink()
