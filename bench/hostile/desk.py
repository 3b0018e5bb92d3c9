"""The desk that is attacked: `unbind serve` as a centre runs it, in a folder of its own, and what
can be seen of it from outside.

Its mail server (mx.example.org) judges senders and hands mails on by SMTP to the desk's receiver,
which puts one Received line on top: hence `authserv_ids` and `received_above: 1`. Attachments are
opened in the sandbox (`require`). Only `letters_per_hour` differs from the defaults: the honest
mail of a day comes within half an hour here.
"""

import contextlib
import json
import re
import resource
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from sqlalchemy import func, select

from app.settings.config import load
from app.wiring import Wiring
from bench.hostile.honest import DESK, Request, register
from bench.hostile.mails import SERVER
from bench.hostile.web import Client
from core.data.finding import Severity
from core.data.mail_record import Disposition
from core.store.tables import metadata
from tests.app.running import UNBIND, environment, free_port, unbind
from tests.certificates import pki

ADMINISTRATOR: Final = "管理员甲"
PASSWORD: Final = "long words of a bench 2026"
LETTERS_PER_HOUR: Final = 1000
START_S: Final = 120.0
CONFIG: Final = """
storage: {{folder: data}}
mailbox: {{address: {address}, maildir: {{smtp_port: {smtp}}}}}
outbox: {{kind: smtp, smtp: {{host: 127.0.0.1, port: {sink}, security: none}}}}
sender: {{authserv_ids: [{server}], received_above: 1}}
documents: {{confine: require}}
cases: {{letters_per_hour: {letters_per_hour}}}
web: {{port: {web}}}
certificates: {{profiles: {{gmt0015: {{issuers: [ca.der], revocation: none}}}}}}
logging: {{file: desk.log}}
"""
ROLES: Final = ("scheduler.judging_process", "pdf_server", "onnx_worker")
"""What lives as long as the desk, beside it; recognised by the command."""


class RunningDesk:
    """The process and its children."""

    def __init__(self, folder: Path, sink_port: int) -> None:
        self.folder, self.web, self.smtp = folder, free_port(), free_port()
        self.origin = f"http://127.0.0.1:{self.web}"
        (folder / "ca.der").write_bytes(pki.root("rsa").der)
        self.config = folder / "config.yaml"
        self.config.write_text(
            CONFIG.format(
                address=DESK,
                smtp=self.smtp,
                sink=sink_port,
                server=SERVER,
                web=self.web,
                letters_per_hour=LETTERS_PER_HOUR,
            ),
            encoding="utf-8",
        )
        self.administrator = Client(self.web, self.origin, ("127.0.0.1", 0))
        self.process: subprocess.Popen[bytes] | None = None
        self._once = ""

    def load_samples(self, requests: list[Request]) -> None:
        """The register and an administrator."""
        (self.folder / "register.csv").write_text(register(requests), encoding="utf-8")
        for arguments in (
            ("enterprises", "import", "register.csv"),
            ("admin", "create", ADMINISTRATOR),
        ):
            ran = unbind(*arguments, cwd=self.folder, timeout_s=300)
            assert ran.code == 0, ran.err + ran.out
        found = re.search(r"一次性密码：(\S+)", ran.out)
        assert found, ran.out
        self._once = found[1]

    @contextlib.contextmanager
    def running(self) -> Iterator[psutil.Process]:
        """Started, listening and with the administrator logged in, until the block ends."""
        command = [*UNBIND, "--config", str(self.config), "serve"]
        with (self.folder / "out.txt").open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdout=out, stderr=out, env=environment()
            )
        try:
            self._wait_until_listening()
            self._log_in()
            yield psutil.Process(self.process.pid)
        finally:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _wait_until_listening(self) -> None:
        assert self.process is not None
        until = time.monotonic() + START_S
        while "desk.started" not in self.log():
            assert self.process.poll() is None, (self.folder / "out.txt").read_text()
            assert time.monotonic() < until, "it did not start in time"
            time.sleep(0.2)

    def _log_in(self) -> None:
        status = self.administrator.post_form(
            "/login", "/login", name=ADMINISTRATOR, password=self._once
        )
        assert status == 303, f"{status}: {self.log()[-2000:]}"
        status = self.administrator.post_form(
            "/password", "/password", old=self._once, new=PASSWORD, again=PASSWORD
        )
        assert status == 303, f"{status}: {self.log()[-2000:]}"

    def log(self) -> str:
        path = self.folder / "desk.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def errors(self) -> Counter[str]:
        """What the log has at level error, by event."""
        lines = (json.loads(line) for line in self.log().splitlines() if line.startswith("{"))
        return Counter(str(line.get("event")) for line in lines if line.get("level") == "error")

    def outcome(
        self, requests: list[Request]
    ) -> tuple[dict[str, tuple[Disposition, frozenset[str]]], Mapping[str, int], list[str], int]:
        """From the database: of each honest mail (by Message-ID) its disposition and reject
        findings; rows of tables, alerts, mails not judged."""
        ours = {request.message_id for request in requests}
        with (
            contextlib.closing(Wiring(load(self.config)).store()) as store,
            store.transaction() as tx,
        ):
            records = [
                record for record in tx.mails.find(limit=100_000) if record.message_id in ours
            ]
            found = {}
            for record in records:
                findings = tx.cases.get(record.case_id).findings if record.case_id else ()
                codes = frozenset(f.code for f in findings if f.severity is Severity.REJECT)
                if found.get(record.message_id, (Disposition.OTHER,))[
                    0
                ] is not Disposition.CASE or record.sender.startswith(("contact@", "handler@")):
                    found.setdefault(record.message_id, (record.disposition, codes))
            alerts = [alert.text for alert in tx.alerts.find()]
            waiting = len(tx.mails.find([Disposition.RECEIVED], limit=None))
        with store.engine.connect() as connection:
            rows = {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
            }
        return found, rows, alerts, waiting


@dataclass(slots=True)
class Watch:
    """Looks at the processes and pages of the desk from beside, every few seconds."""

    desk: RunningDesk
    root: psutil.Process
    memory_mb: list[tuple[float, float]] = field(default_factory=list)
    page_s: dict[str, list[float]] = field(default_factory=dict)
    failed_pages: int = 0
    lives: dict[str, set[int]] = field(default_factory=dict)

    def run(self, ended: threading.Event, every_s: float = 3.0) -> None:
        """In a thread of its own, until it is ended."""
        began, guest = time.monotonic(), Client(self.desk.web, self.desk.origin, ("127.0.0.1", 0))
        while not ended.wait(every_s):
            self.memory_mb.append((time.monotonic() - began, self._memory_mb()))
            for client, path in (
                (guest, "/portal/login"),
                (self.desk.administrator, "/"),
                (self.desk.administrator, "/alerts"),
            ):
                self._page(client, path)

    def _page(self, client: Client, path: str) -> None:
        began = time.perf_counter()
        status, _ = client.ask("GET", path)
        self.page_s.setdefault(path, []).append(time.perf_counter() - began)
        self.failed_pages += status != 200

    def _memory_mb(self) -> float:
        """Of all processes together, those that read one file and end included."""
        total = 0
        for process in [self.root, *self.root.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
                command = " ".join(process.cmdline())
                for role in ROLES:
                    if role in command and "bwrap" not in process.name():
                        self.lives.setdefault(role, set()).add(process.pid)
        return total / 2**20

    def growth(self) -> float:
        """The mean of the last sixth over that of the third sixth: what grew in the last two
        thirds, as a ratio less one."""
        n = len(self.memory_mb)
        if n < 12:
            return 0.0
        early, late = self.memory_mb[n // 3 : n // 2], self.memory_mb[-(n // 6) :]
        return sum(mb for _, mb in late) / len(late) / (sum(mb for _, mb in early) / len(early)) - 1


def allow_files() -> None:
    """For this process's side of the connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
