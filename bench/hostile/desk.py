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
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

import psutil
from sqlalchemy import func, select

from app.settings.config import load
from app.wiring import Wiring
from bench.browser import Browser
from bench.hostile.honest import Request, register
from bench.hostile.mails import SERVER
from core.data.finding import Severity
from core.data.mail_record import Disposition
from core.store.tables.columns import metadata
from tests.app.running import eventually, started, unbind
from tests.certificates import pki
from tests.flows.walker import ADDRESS
from tests.servers.ports import free_port

ADMINISTRATOR = "管理员甲"
PASSWORD = "long words of a bench 2026"
START_S = 120.0
CONFIG = """
storage: {{folder: data}}
mailbox: {{address: {address}, maildir: {{smtp_port: {smtp}}}}}
outbox: {{kind: smtp, smtp: {{host: 127.0.0.1, port: {sink}, security: none}}}}
sender: {{authserv_ids: [{server}], received_above: 1}}
documents: {{confine: require}}
cases: {{letters_per_hour: 1000}}
web: {{port: {web}}}
certificates: {{profiles: {{gmt0015: {{issuers: [ca.der], revocation: none}}}}}}
logging: {{file: desk.log}}
"""
JUDGING = "scheduler.judging_process"


@dataclass(frozen=True, slots=True)
class Outcome:
    """From the database: disposition and reject findings of each honest mail (by Message-ID), rows
    of tables, alerts, mails that are not judged."""

    honest: dict[str, tuple[Disposition, frozenset[str]]]
    rows: dict[str, int]
    alerts: list[str]
    waiting: int


class RunningDesk:
    """The process and its children."""

    def __init__(self, folder: Path, sink_port: int, requests: list[Request]) -> None:
        """With the register of these requests' enterprises, and an administrator."""
        self.folder, self.web, self.smtp = folder, free_port(), free_port()
        self.origin = f"http://127.0.0.1:{self.web}"
        (folder / "ca.der").write_bytes(pki.root("rsa").der)
        ports = {"smtp": self.smtp, "sink": sink_port, "web": self.web}
        config = CONFIG.format(address=ADDRESS, server=SERVER, **ports)
        (folder / "config.yaml").write_text(config, encoding="utf-8")
        (folder / "register.csv").write_text(register(requests), encoding="utf-8")
        unbind("enterprises", "import", "register.csv", cwd=folder, timeout_s=300)
        ran = unbind("admin", "create", ADMINISTRATOR, cwd=folder, timeout_s=300)
        found = re.search(r"一次性密码：(\S+)", ran.out)
        assert found, ran.err + ran.out
        self._once = found[1]
        self.administrator = Browser(self.web, self.origin)

    @contextlib.contextmanager
    def running(self) -> Iterator[psutil.Process]:
        """Started, listening and with the administrator logged in, until the block ends."""
        with started("serve", cwd=self.folder) as process:
            threading.Thread(target=process.stdout.read, daemon=True).start()  # type: ignore[union-attr]
            eventually(lambda: "desk.started" in self.log(), START_S)
            enter = self.administrator.post_form
            status = enter("/login", name=ADMINISTRATOR, password=self._once)
            assert status == 303, self.log()[-2000:]
            status = enter("/password", old=self._once, new=PASSWORD, again=PASSWORD)
            assert status == 303, self.log()[-2000:]
            yield psutil.Process(process.pid)

    def log(self) -> str:
        path = self.folder / "desk.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def errors(self) -> Counter[str]:
        """What the log has at level error, by event."""
        lines = (json.loads(line) for line in self.log().splitlines() if line.startswith("{"))
        return Counter(str(line.get("event")) for line in lines if line.get("level") == "error")

    def outcome(self, requests: list[Request]) -> Outcome:
        ours = {(request.message_id, request.sender) for request in requests}
        store = Wiring(load(self.folder / "config.yaml")).store()
        with contextlib.closing(store), store.view() as tx:
            honest = dict[str, tuple[Disposition, frozenset[str]]]()
            for record in tx.mails.newest(limit=100_000):
                if (record.message_id, record.sender) in ours:
                    case = tx.cases.get(record.case_id) if record.case_id else None
                    rejects = [
                        one.code
                        for one in (case.findings if case else ())
                        if one.severity is Severity.REJECT
                    ]
                    honest.setdefault(record.message_id, (record.disposition, frozenset(rejects)))
            rows = {
                table.name: tx.cases.connection.scalar(select(func.count()).select_from(table)) or 0
                for table in metadata.sorted_tables
            }
            waiting = len(tx.mails.newest(disposition=Disposition.RECEIVED))
            return Outcome(honest, rows, [alert.text for alert in tx.alerts.find()], waiting)


@dataclass(slots=True)
class Watch:
    """Looks at the processes and pages of the desk from beside, every few seconds."""

    desk: RunningDesk
    root: psutil.Process
    memory_mb: list[float] = field(default_factory=list)
    page_s: list[float] = field(default_factory=list)
    failed_pages: int = 0
    judging: set[int] = field(default_factory=set)

    def run(self, ended: threading.Event, every_s: float = 3.0) -> None:
        """In a thread of its own, until it is ended."""
        guest, administrator = Browser(self.desk.web, self.desk.origin), self.desk.administrator
        while not ended.wait(every_s):
            self.memory_mb.append(self._memory_mb())
            for browser, path in ((guest, "/portal/login"), (administrator, "/alerts")):
                began = time.perf_counter()
                status, _ = browser.ask("GET", path)
                self.page_s.append(time.perf_counter() - began)
                self.failed_pages += status != 200

    def _memory_mb(self) -> float:
        """Of all processes together, those that read one file and end included."""
        total = 0
        for process in [self.root, *self.root.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
                if JUDGING in " ".join(process.cmdline()):
                    self.judging.add(process.pid)
        return total / 2**20

    def growth(self) -> float:
        """The mean of the last sixth over that of the third sixth: what grew in the last two
        thirds, as a ratio less one."""
        n, memory = len(self.memory_mb), self.memory_mb
        return fmean(memory[-(n // 6) :]) / fmean(memory[n // 3 : n // 2]) - 1 if n >= 12 else 0.0
