"""The scene of the rivals: a running desk (`unbind serve`), the centre's receiving server, a name
server, and the server that takes the desk's letters."""

import contextlib
import re
import signal
import smtplib
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from app.settings.config import load
from app.wiring import Wiring
from core.data.case import Case
from core.data.case_query import CaseQuery
from core.data.enterprise import Binding
from core.data.letter import Letter, LetterKind
from core.store.store import Store
from tests.app.running import UNBIND, eventually, inside
from tests.app.running import environment as plain_environment
from tests.midnight import wait_out_the_day
from tests.security.console import Administrator, Browser
from tests.security.exchanger import SERVER, Exchanger
from tests.security.names import HOST, NameServer
from tests.security.people import DESK, Victim, rows
from tests.servers.ports import free_port
from tests.servers.smtp_sink import SmtpSink

PATIENCE_S = 180.0
PEOPLE = ("chief", "deputy")


@dataclass
class Scene:
    """`people`: administrators with all roles; `desk_port`: where the desk's own receiver listens,
    before which nobody judges a sender; `post`: every letter that left."""

    store: Store
    exchanger: Exchanger
    names: NameServer
    sink: SmtpSink
    desk_port: int
    address: str
    people: tuple[Administrator, ...]
    post: list[EmailMessage] = field(default_factory=list)

    def mail(self, raw: bytes, mail_from: str, *, port: int = 0) -> None:
        """Hand a mail in by SMTP: to the desk's own receiver, or to another server's `port`."""
        with smtplib.SMTP(HOST, port or self.desk_port, timeout=PATIENCE_S) as client:
            client.sendmail(mail_from, [DESK], raw)

    def by_exchanger(self, raw: bytes, mail_from: str) -> None:
        """Hand a mail in at the centre's receiving server."""
        self.mail(raw, mail_from, port=self.exchanger.port)

    def letter(self, to: str, subject: str, holding: str = "") -> EmailMessage:
        """A letter that the desk sent or will send: to that address, with these words in its
        subject and text; taken once."""
        while True:
            for letter in self.post:
                if (
                    letter["To"] == to
                    and subject in letter["Subject"]
                    and holding in words_of(letter)
                ):
                    self.post.remove(letter)
                    return letter
            self.post.append(self.sink.take(PATIENCE_S).message)

    def notice(self, victim: Victim, number: str) -> "Notice":
        """The notice to the registered contact of a case of that number."""
        letter = self.letter(victim.contact, "请核对", number)
        (link,) = re.findall(rf"{self.address}(/link/\S+)", words_of(letter))
        return Notice(self, link)

    def cases_of(self, sender: str) -> list[Case]:
        """What this address asked for, the oldest first."""
        with self.store.view() as tx:
            return sorted(
                (case for case in tx.cases.find(CaseQuery(limit=1000)) if case.sender == sender),
                key=lambda case: case.id,
            )

    def now(self, case: Case) -> Case:
        """The case as it is by now."""
        with self.store.view() as tx:
            return tx.cases.get(case.id)

    def notices_to(self, victim: Victim) -> list[Letter]:
        """Every notice of a case that was written to the registered contact."""
        with self.store.view() as tx:
            written = tx.letters.newest()
        return [
            one
            for one in written
            if (one.kind, one.recipient) == (LetterKind.CONTACT_NOTICE, victim.contact)
        ]

    def lock_of(self, victim: Victim) -> Binding:
        """The victim's only lock, bound or not."""
        with self.store.view() as tx:
            account = tx.accounts.by_uscc(victim.enterprise.uscc)
            (lock,) = tx.bindings.of_enterprise(account.id, ended=True)
        return lock

    def is_frozen(self, victim: Victim) -> bool:
        with self.store.view() as tx:
            return tx.accounts.by_uscc(victim.enterprise.uscc).frozen_at is not None


@dataclass
class Notice:
    """What the registered contact can do with the notice."""

    scene: Scene
    link: str

    def answer(self, answer: str) -> None:
        """Open the page of the link and press one of its buttons."""
        browser = Browser(self.scene.address)
        with contextlib.closing(browser):
            page = browser.open(self.link)
            assert page.status == 200, page.words
            done = browser.send(page, self.link, {"answer": answer})
            assert done.status == 200, done.words


def words_of(letter: EmailMessage) -> str:
    return letter.get_body(("plain",)).get_content()


def config(web: int, smtp: int, sink: SmtpSink, cases: str) -> str:
    return (
        f"storage: {{folder: data}}\n"
        f"mailbox: {{address: {DESK}, maildir: {{smtp_port: {smtp}, poll_interval_s: 0.1}}}}\n"
        f"outbox: {{kind: smtp, smtp: {{host: {HOST}, port: {sink.port}, security: none}}}}\n"
        f"sender: {{authserv_ids: [{SERVER}], dns_servers: [{HOST}]}}\n"
        'window: {hours: ["00:00-24:00"], office_opens: "00:00", office_closes: '
        '"24:00", every_day: true}\n'
        f"cases: {cases}\n"
        f"entrance: {{open: false}}\n"
        f"web: {{port: {web}, base_url: 'http://{HOST}:{web}'}}\n"
    )


def environment(names: NameServer) -> dict[str, str]:
    """Where the desk's processes find the name server."""
    paths = f"{Path(__file__).parent / 'resolver_port'}:{plain_environment()['PYTHONPATH']}"
    return plain_environment({"PYTHONPATH": paths, "TEST_RESOLVER_PORT": str(names.port)})


@contextlib.contextmanager
def served(folder: Path, names: NameServer) -> Iterator[None]:
    """`unbind serve` in that folder, while the block runs."""
    log = folder / "desk.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [*UNBIND, "serve"], cwd=folder, stdout=said, stderr=said, env=environment(names)
        )
    try:
        eventually(
            lambda: "desk.started" in log.read_text() or process.poll() is not None, PATIENCE_S
        )
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def scene(
    folder: Path, victims: Sequence[Victim], names: NameServer, cases: str = "{}"
) -> Iterator[Scene]:
    """Everything that runs, with these enterprises registered and the administrators logged in."""
    wait_out_the_day()
    web, smtp, sink = free_port(), free_port(), SmtpSink()
    (folder / "config.yaml").write_text(config(web, smtp, sink, cases), encoding="utf-8")
    (folder / "register.csv").write_text(rows(victims), encoding="utf-8")
    run("enterprises", "import", "register.csv", folder=folder)
    passwords = {
        name: re.search(r"一次性密码：(\S+)", run("admin", "create", name, folder=folder))
        for name in PEOPLE
    }
    with contextlib.ExitStack() as stack:
        sink.start()
        stack.callback(sink.stop)
        exchanger = stack.enter_context(Exchanger(names, folder / "data" / "mailbox").running())
        stack.enter_context(served(folder, names))
        store = stack.enter_context(
            contextlib.closing(Wiring(load(folder / "config.yaml")).store())
        )
        address = f"http://{HOST}:{web}"
        people = []
        for name, once in passwords.items():
            assert once
            person = stack.enter_context(contextlib.closing(Administrator(address)))
            person.log_in(name, once[1])
            people.append(person)
        yield Scene(store, exchanger, names, sink, smtp, address, tuple(people))


def run(*command: str, folder: Path) -> str:
    """A command of `unbind`, which must do what it is for; what it prints."""
    done = inside(*command, cwd=folder)
    assert done.code == 0, done.err
    return done.out
