"""The demonstration's desk in a folder of its own, with two more enterprises."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from app.demo import SAMPLES, begin, load_samples, write_config
from app.service import serve
from app.settings.config import load
from app.wiring import Wiring
from core.accounts.front_desk import FrontDesk
from core.data.enterprise import Binding, Enterprise
from core.data.letter import LetterState
from core.data.mail_record import Disposition
from core.store.store import Store
from tests.app.running import eventually
from tests.servers.ports import free_port
from tests.unaudited import unaudited
from tools.tour.walk import FIRM, NEW, Tour

PASSWORD = "lvse-2026-Chuan"  # noqa: S105 - of an invented enterprise
SYSTEM = "综合交易系统"


def desk(folder: Path, port: int, smtp_port: int) -> None:
    """The desk of the tour, until it is ended: the demonstration."""
    begin(folder, fresh=False)
    wiring = Wiring(load(write_config(folder, port, smtp_port)))
    serve(wiring, demo=True, ready=lambda desk: load_samples(wiring, desk))


@contextmanager
def running(folder: Path) -> Iterator[Tour]:
    """The desk with its samples read and its letters sent, and two more enterprises."""
    port = free_port()
    call = (
        f"from pathlib import Path; from tools.tour.demo import desk; desk(Path({str(folder)!r}), "
        f"{port}, {free_port()})"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", call], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        said = next(line for line in process.stdout if "one-time password" in line)
        wiring = Wiring(load(folder / "config.yaml"))
        with closing(wiring.store()) as store:
            front = wiring.entrance(wiring.desk(store))
            assert front is not None
            add_enterprises(store, front)
            eventually(lambda: settled(store), 600)
            yield Tour(f"http://127.0.0.1:{port}", folder, store, front, said.split()[-1])
    finally:
        process.terminate()
        process.wait(30)


def settled(store: Store) -> bool:
    with store.transaction() as tx:
        waiting = tx.letters.newest(state=[LetterState.WAITING, LetterState.PENDING])
        return (
            len(tx.mails.newest(limit=50)) >= len(list(SAMPLES.glob("*.eml")))
            and not tx.mails.newest(disposition=Disposition.RECEIVED)
            and not waiting
        )


def add_enterprises(store: Store, front: FrontDesk) -> None:
    """One that has just registered, and one with two locks,
    of which the secondary one's certificate ends soon."""
    now = front.clock.now()
    with unaudited(store) as tx:
        for one, submitted in ((NEW, False), (FIRM, True)):
            account = Enterprise(
                0,
                one.name,
                one.uscc,
                "赵联系",
                "contact@example.com",
                "010-55500000",
                now,
                information_submitted=submitted,
                password_set=True,
                contact_since=now - timedelta(days=400),
            )
            enterprise_id = tx.accounts.add(account)
            tx.accounts.set_columns(enterprise_id, password_hash=front.passwords.hash(PASSWORD))
        for lock in locks(enterprise_id, now):
            tx.bindings.add(lock)


def locks(enterprise_id: int, now: datetime) -> Iterator[Binding]:
    """Two that are bound, and one that was."""
    bound = now - timedelta(days=200)
    for serial, primary, days in (("DEMO98000017", True, 300), ("DEMO98000025", False, 20)):
        until = now + timedelta(days=days)
        label = "颐信CA 企业锁"
        yield Binding(0, enterprise_id, serial, label, primary, SYSTEM, bound, valid_until=until)
    yield Binding(
        0,
        enterprise_id,
        "DEMO98000009",
        "北京CA 企业锁",
        primary=True,
        system=SYSTEM,
        bound_at=now - timedelta(days=500),
        ended_at=bound,
    )
