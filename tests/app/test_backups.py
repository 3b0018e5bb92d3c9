"""Backup while the desk writes, and the restoration of what it gave, on both databases: whole
steps, their audit, and nothing without the key."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import func, select, text

from app.operations.backups import back_up, restore
from app.process_lock import InUse
from app.settings.config import load
from app.wiring import Wiring
from core.cases.upkeep.restored import RESTORED
from core.data.administrator import Administrator, AdministratorSession
from core.data.case import State, Step, advance
from core.data.link import LinkPurpose
from core.errors import DeskError
from core.keys.key_file import replace
from core.keys.vault import fresh_text
from core.locks.challenge import EnterpriseSession
from core.store.database import closing_engine
from core.store.tables.case_tables import mails
from core.store.tables.desk_tables import audit
from tests.app.running import inside
from tests.app.test_start import refused
from tests.app.test_vault_rotation import check, made
from tests.servers.databases import postgres_database, working
from tests.servers.postgres import empty_database
from tests.store.test_store import AT, new_mail

STEP = "test.step"


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return made(tmp_path, "" if request.param == "sqlite" else postgres_database())


def wiring(home: Path) -> Wiring:
    return Wiring(load(home / "config.yaml"))


@contextmanager
def writing(home: Path) -> Iterator[threading.Event]:
    """A desk that stores a mail with its audit row in each step, as fast as it can;
    the event is set when some are there."""
    some, enough = threading.Event(), threading.Event()

    def write() -> None:
        with closing(wiring(home).store()) as store:
            number = 1000
            while not enough.is_set():
                number += 1
                with store.transaction() as tx:
                    tx.mails.add(new_mail(number))
                    tx.now = AT
                    tx.audit.write("desk", STEP)
                if number > 1020:
                    some.set()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield some
    finally:
        enough.set()
        thread.join()


def steps(home: Path) -> tuple[int, int]:
    """Mails and audit rows of the steps."""
    with closing(wiring(home).store()) as store, store.transaction() as tx:
        stored = tx.connection.scalar(
            select(func.count()).select_from(mails).where(mails.c.uid > 1000)
        )
        told = tx.connection.scalar(
            select(func.count()).select_from(audit).where(audit.c.action == STEP)
        )
        return stored or 0, told or 0


def test_a_backup_while_the_desk_writes_holds_whole_steps_and_comes_back(home: Path) -> None:
    with writing(home) as some:
        assert some.wait(60)
        before = steps(home)
        file = back_up(wiring(home), home / "copy.sqlite3")
    after = steps(home)
    assert [leftover.name for leftover in home.glob(".*")] == []
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    ran = inside("restore", file, "--yes", cwd=home)
    assert (ran.code, "审计" in ran.err) == (0, False), ran.err
    mails_there, steps_there = steps(home)
    assert before[1] <= steps_there <= after[1]
    assert mails_there == steps_there
    assert f"审计记录 {steps_there + 1}" in ran.out
    check(home)
    assert inside("audit", "verify", cwd=home).code == 0


def test_the_former_database_is_kept(home: Path) -> None:
    back_up(wiring(home), home / "copy.sqlite3")
    with closing(wiring(home).store()) as store, store.transaction() as tx:
        tx.now = AT
        tx.audit.write("desk", STEP)
    former = re.search(
        r"原数据库保存在 (\S+?)。", inside("restore", home / "copy.sqlite3", "--yes", cwd=home).out
    )[1]
    assert steps(home) == (0, 0)
    if Path(former).is_file():
        with closing(sqlite3.connect(former)) as connection:
            [kept] = connection.execute("SELECT count(*) FROM audit").fetchone()
    else:
        with closing(wiring(home).store()) as store, store.transaction() as tx:
            kept = tx.connection.scalar(text(f"SELECT count(*) FROM {former}.audit"))
            assert (
                tx.connection.scalar(
                    text(
                        "SELECT count(*) FROM information_schema.schemata WHERE schema_name = "
                        "'unbind_restoring'"
                    )
                )
                == 0
            )
    assert kept == 2


def test_what_was_approved_waits_for_a_person_again(home: Path) -> None:
    """The contact may have objected since, by a link, of which no mailbox knows."""
    number = int((home / "case").read_text())
    with closing(wiring(home).store()) as store, store.transaction() as tx:
        case = advance(tx.cases.get(number), Step.APPROVE, AT, approved_by="li")
        tx.write_case("li", "case.approved", case)
    file = back_up(wiring(home), home / "copy.sqlite3")
    restore(wiring(home), file)
    with closing(wiring(home).store()) as store, store.view() as tx:
        case, told = tx.cases.get(number), tx.alerts.by(kind=RESTORED)
    assert (case.state, case.approved_by) == (State.QUEUED, "")
    assert "1 件工单已退回" in told.text
    assert inside("audit", "verify", cwd=home).code == 0


def test_logins_and_links_that_open_an_account_do_not_come_back(home: Path) -> None:
    """They may have ended since, or served: a lock was reported lost, a password set."""
    until, token = datetime.now(UTC) + timedelta(hours=20), (home / "token").read_text()
    with closing(wiring(home).store()) as store, store.transaction() as tx:
        person = tx.administrators.insert_new(Administrator(0, "zhao", "hash", AT))
        tx.sessions.insert(AdministratorSession("here", person, "csrf", AT, AT, until))
        tx.logins.insert(EnterpriseSession("there", 1, None, "csrf", AT, until))
        objection = tx.links.add(LinkPurpose.OBJECTION, 1, None, until)
        assert tx.links.by_token(token).is_usable(tx.now)
        tx.audit.write("a person", STEP)
    restore(wiring(home), back_up(wiring(home), home / "copy.sqlite3"))
    with closing(wiring(home).store()) as store, store.view() as tx:
        assert (tx.sessions.by_id("here"), tx.logins.session("there")) == (None, None)
        assert not tx.links.by_token(token).is_usable(tx.now)
        assert tx.links.get(objection.id).is_usable(tx.now), "the contact may object as before"


def test_a_backup_goes_to_the_other_database(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The format is one: after a disaster the desk may begin on either."""
    file = back_up(wiring(home), home / "copy.sqlite3")
    other = "" if wiring(home).sqlite_file() is None else empty_database()
    (home / "config.yaml").write_text(
        f"storage: {{folder: data, database_url: '{other}'}}\n", encoding="utf-8"
    )
    assert restore(wiring(home), file).former == ""
    check(home)


def test_a_changed_audit_is_told_and_another_key_refused(home: Path) -> None:
    file = back_up(wiring(home), home / "copy.sqlite3")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE audit SET actor = 'nobody'")
    ran = inside("restore", file, "--yes", cwd=home)
    assert (ran.code, "备份中的审计记录 #1" in ran.err) == (0, True), ran.err
    replace(home / "data" / "vault.key", [fresh_text()])
    refused(inside("restore", file, "--yes", cwd=home), "密钥不符")


STRANGE = [
    "CREATE TRIGGER strange AFTER INSERT ON audit BEGIN DELETE FROM mails; END",
    "CREATE TRIGGER mails AFTER INSERT ON audit BEGIN DELETE FROM mails; END",
    "CREATE VIEW strange AS SELECT * FROM mails",
    "CREATE TABLE strange (id INTEGER)",
    "CREATE VIRTUAL TABLE strange USING fts5(words)",
    "CREATE INDEX strange ON audit (actor)",
]


@pytest.mark.parametrize("strange", STRANGE)
def test_a_backup_with_what_no_desk_makes_is_refused(tmp_path: Path, strange: str) -> None:
    home = made(tmp_path, "")
    file = back_up(wiring(home), home / "copy.sqlite3")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(strange)
        connection.commit()
    before = steps(home), (home / "data" / "desk.sqlite3").stat().st_ino
    refused(inside("restore", file, "--yes", cwd=home), "不属于办理台")
    assert (steps(home), (home / "data" / "desk.sqlite3").stat().st_ino) == before


def test_what_is_unfinished_is_a_new_private_file_whatever_lay_there(tmp_path: Path) -> None:
    home, others = made(tmp_path, ""), tmp_path / "others.txt"
    others.write_text("not ours", encoding="utf-8")
    modes = []
    part = home / ".copy.sqlite3.part"
    part.symlink_to(others)
    back_up(
        wiring(home),
        home / "copy.sqlite3",
        lambda _done, _total: modes.append(part.lstat().st_mode),
    )
    assert {oct(mode) for mode in modes} == {"0o100600"}
    assert others.read_text(encoding="utf-8") == "not ours"
    assert not (home / "copy.sqlite3").is_symlink()
    assert oct((home / "copy.sqlite3").stat().st_mode) == "0o100600"


def test_two_backups_at_the_same_time_share_no_unfinished_file(tmp_path: Path) -> None:
    home, identity = made(tmp_path, ""), pyrage.x25519.Identity.generate()
    (home / "backup.txt").write_text(f"{identity}\n", encoding="utf-8")
    with (home / "config.yaml").open("a", encoding="utf-8") as config:
        config.write(f"backup: {{recipients: [{identity.to_public()}]}}\n")
    refusals: list[str] = []

    def another(_done: int, _total: int) -> None:
        if not refusals:
            with pytest.raises(InUse) as refusal:
                back_up(wiring(home), home / "second.age")
            refusals.append(str(refusal.value))

    file = back_up(wiring(home), home / "first.age", another)
    assert ["unbind backup" in one for one in refusals] == [True]
    restore(wiring(home), file, home / "backup.txt")
    check(home)


def test_signs_of_patterns_and_addresses_in_a_name_mean_nothing(home: Path) -> None:
    name = "copy #1? [a] 100%.sqlite3"
    (home / f".{name}.part").write_text("of a backup that was killed", encoding="utf-8")
    file = back_up(wiring(home), home / name)
    restore(wiring(home), file)
    check(home)


def test_the_key_to_store_is_named_where_it_is(tmp_path: Path) -> None:
    home = made(tmp_path, "")
    file = home / "data" / "vault.key"
    assert f"请另行保存 {file}，" in inside("backup", "first.sqlite3", cwd=home).err
    key = {"UNBIND_VAULT_KEY": file.read_text(encoding="utf-8")}
    file.unlink()
    ran = inside("backup", "second.sqlite3", cwd=home, env=key)
    assert "请另行保存 UNBIND_VAULT_KEY（环境变量或凭据），" in ran.err


def test_where_a_file_of_ours_cannot_be_new_there_is_no_backup(tmp_path: Path) -> None:
    home = made(tmp_path, "")
    (home / ".copy.sqlite3.part").mkdir()
    with pytest.raises(DeskError, match="失败"):
        back_up(wiring(home), home / "copy.sqlite3")
    assert not (home / "copy.sqlite3").exists()


def test_postgresql_is_not_restored_under_a_worker_of_another_machine(tmp_path: Path) -> None:
    url = postgres_database()
    home = made(tmp_path, url)
    file = back_up(wiring(home), home / "copy.sqlite3")
    with closing_engine(url) as engine, working(engine):
        refused(inside("restore", file, "--yes", cwd=home), "办理进程仍在运行")


def test_postgresql_of_another_schema_is_not_backed_up(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        f"storage: {{folder: data, database_url: '{empty_database()}'}}\n", encoding="utf-8"
    )
    refused(inside("backup", "copy.sqlite3", cwd=tmp_path), "pg_dump")
    (tmp_path / "config.yaml").write_text(
        "storage: {folder: data, database_url: 'postgresql://me@127.0.0.1:1/desk'}\n",
        encoding="utf-8",
    )
    refused(inside("backup", "copy.sqlite3", cwd=tmp_path), "数据库不可用")
    assert not list(tmp_path.glob("*copy*"))


def test_a_backup_that_the_database_does_not_note_is_one(tmp_path: Path) -> None:
    home = made(tmp_path)
    with closing(sqlite3.connect(home / "data" / "desk.sqlite3")) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON ticks BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    ran = inside("backup", "copy.sqlite3", cwd=home)
    assert (ran.code, "已备份到" in ran.out) == (0, True), ran.err
