"""`unbind vault rotate`: killed anywhere it is done when called again, nothing is lost by it,
and nothing works with two keys."""

import json
import random
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.operations import doctor
from app.operations.backups import back_up
from app.process_lock import in_use
from app.settings.config import load
from app.wiring import Wiring
from core.data.link import LinkPurpose
from core.data.mail_record import Disposition
from core.errors import ConfigError, DeskError
from core.keys import key_file
from core.keys.passwords import Argon2Passwords
from core.keys.vault import fresh_text
from core.store.audit_verifying import verify_audit
from tests.app import rotating
from tests.app.running import inside
from tests.servers.databases import database_of, postgres_database
from tests.servers.ports import free_port
from tests.servers.processes import PROCESSES
from tests.store.test_sealed_rows import READS, filled
from tests.store.test_store import AT, new_case, new_mail
from tests.thorough import share
from tests.validators.builders import NAME, SENDER

USCC = "91119999MA0000001X"
PASSWORD = "lvse-2026-Chuan"


def made(home: Path, database_url: str = "") -> Path:
    """A desk with two rows in every table that holds something sealed,
    and a case that came by mail."""
    (home / "config.yaml").write_text(
        f"storage: {{folder: data, database_url: '{database_url}'}}\n"
        f"web: {{port: {free_port()}}}\n",
        encoding="utf-8",
    )
    if not database_url and not (home / "data").exists():
        database_of(home)
    with closing(Wiring(load(home / "config.yaml")).store()) as store, store.transaction() as tx:
        filled(tx)
        mail_id = tx.mails.add(replace(new_mail(7), sender=SENDER))
        case = tx.cases.add(new_case())
        tx.mails.save(
            replace(
                tx.mails.get(mail_id),
                message_id="<thread@example.com>",
                sender=SENDER,
                disposition=Disposition.CASE,
                case_id=case.id,
            )
        )
        tx.accounts.set_columns(1, password_hash=Argon2Passwords().hash(PASSWORD))
        tx.now = AT
        link = tx.links.add(LinkPurpose.RESET, 1, None, datetime.now(UTC) + timedelta(days=365))
        (home / "token").write_text(tx.links.token(link.id))
        (home / "case").write_text(str(case.id))
        tx.now = AT
        tx.audit.write("a person", "filled")
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return made(tmp_path)


def check(home: Path) -> None:
    """All of the desk works under its one key."""
    wiring = Wiring(load(home / "config.yaml"))
    with closing(wiring.store()) as store:
        with store.transaction() as tx:
            for read in READS.values():
                read(tx)
            case = tx.cases.get(int((home / "case").read_text()))
            assert case in tx.cases.open_naming(None, NAME, None)
            assert case in tx.cases.open_naming(None, None, USCC)
            assert tx.cases.of_thread(["<thread@example.com>"], "") == [case]
            assert tx.letters.by_message_id(["<a1@example.com>"]).id == 1
            assert [one.id for one in tx.bindings.newest(ca_unique_id="unique 1")] == [1]
            token = (home / "token").read_text()
            link = tx.links.by_token(token)
            assert tx.links.token(link.id) == token
            assert Argon2Passwords().verify(tx.accounts.password_hash(1), PASSWORD)
        assert verify_audit(store, whole=True) == []
        assert store.heads.head.read() is not None


def killed(home: Path, failpoint: str) -> bool:
    """Change the key; whether the failpoint killed it."""
    process = PROCESSES.Process(target=rotating.run, args=(home, failpoint))
    process.start()
    process.join(60)
    assert process.exitcode in {0, -9}, (failpoint, process.exitcode)
    return process.exitcode == -9


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_anywhere_it_is_gone_on_with_and_nothing_is_lost(
    tmp_path: Path, database: str
) -> None:
    home = made(tmp_path, "" if database == "sqlite" else postgres_database())
    assert not killed(home, "")
    check(home)
    steps = json.loads((home / "steps").read_text())
    chosen = random.sample(range(1, steps - 8), 4) + share(range(steps - 8, steps + 1), 2)
    for number in chosen:
        before = key_file.split((home / "data" / "vault.key").read_text())
        assert killed(home, f"rotate:{number}"), f"{number} of {steps}"
        lines = key_file.split((home / "data" / "vault.key").read_text())
        assert before[0] in lines or len(lines) == 1, f"killed at {number} of {steps}"
        if len(lines) == 2:
            with pytest.raises(ConfigError, match="unbind vault rotate"):
                Wiring(load(home / "config.yaml")).vault()
            killed(home, f"rotate:{random.randint(1, steps)}")
            killed(home, "")
        check(home)


def test_the_command_tells_what_was_done_and_what_remains_to_do(home: Path) -> None:
    before = (home / "data" / "vault.key").read_text()
    ran = inside("vault", "rotate", "--yes", cwd=home)
    assert ran.code == 0, ran.err
    [former] = (home / "data").glob("vault.key.old-*")
    assert former.read_text() == before
    assert {path.stat().st_mode & 0o777 for path in (former, home / "data" / "vault.key")} == {
        0o600
    }
    for words in ("密钥已更换", "1 个链接仍然有效", "登录失败计数", str(former), "重新备份"):
        assert words in ran.out + ran.err
    assert (home / "data" / "vault.key").read_text().strip() not in ran.out + ran.err
    check(home)
    _, line = doctor.vault(Wiring(load(home / "config.yaml")))
    assert (line.ok, str(former) in line.text) == (None, True)


def test_a_leak_voids_the_links_that_open_an_account(home: Path) -> None:
    ran = inside("vault", "rotate", "--yes", "--void-links", cwd=home)
    assert NAME in ran.out, ran.err
    with closing(Wiring(load(home / "config.yaml")).store()) as store, store.transaction() as tx:
        assert tx.links.by_token((home / "token").read_text()).voided_at


def test_a_desk_in_use_is_refused_and_so_is_the_start_in_the_middle(home: Path) -> None:
    with in_use(home / "data"):
        ran = inside("vault", "rotate", "--yes", cwd=home)
    assert (ran.code, "请先停止" in ran.err) == (1, True)
    file = home / "data" / "vault.key"
    key_file.replace(file, [fresh_text(), file.read_text().strip()])
    for command in ("serve", "worker", "queue"):
        ran = inside(command, cwd=home)
        assert (ran.code, "unbind vault rotate" in ran.err) == (1, True), ran.err
    with pytest.raises(DeskError, match="rotate"):
        back_up(Wiring(load(home / "config.yaml")), home / "copy.sqlite3")
    assert inside("vault", "rotate", "--yes", cwd=home).code == 0
    check(home)


def test_a_key_of_the_environment_is_changed_there(home: Path) -> None:
    old, new = (
        (home / "data" / "vault.key").read_text().strip(),
        inside("vault", "new-key", cwd=home).out.strip(),
    )
    (home / "data" / "vault.key").unlink()
    assert inside("backup", "copy.sqlite3", cwd=home).code == 0
    assert not (home / "data" / "vault.key").exists(), "a backup needs no key and makes none"
    ran = inside("vault", "rotate", "--yes", cwd=home, env={"UNBIND_VAULT_KEY": old})
    assert (ran.code, "unbind vault new-key" in ran.err) == (1, True)
    ran = inside("vault", "rotate", "--yes", cwd=home, env={"UNBIND_VAULT_KEY": f"{new}\n{old}"})
    assert (ran.code, "删去第二行" in ran.err) == (0, True), ran.err
    assert inside("queue", cwd=home, env={"UNBIND_VAULT_KEY": f"{new}\n{old}"}).code == 1
    assert inside("queue", cwd=home, env={"UNBIND_VAULT_KEY": new}).code == 0


def test_a_key_of_a_credential_is_changed_there(home: Path) -> None:
    credentials = home / "credentials"
    credentials.mkdir()
    old, new = (home / "data" / "vault.key").read_text(), fresh_text()
    (home / "data" / "vault.key").unlink()
    given = {"CREDENTIALS_DIRECTORY": str(credentials)}
    (credentials / "UNBIND_VAULT_KEY").write_text(old)
    assert inside("queue", cwd=home, env=given).code == 0
    (credentials / "UNBIND_VAULT_KEY").write_text(f"{new}\n{old}")
    assert inside("queue", cwd=home, env=given).code == 1, "two lines are never taken for one"
    assert inside("vault", "rotate", "--yes", cwd=home, env=given).code == 0
    (credentials / "UNBIND_VAULT_KEY").write_text(f"{new}\n")
    assert inside("queue", cwd=home, env=given).code == 0
    assert not (home / "data" / "vault.key").exists()


def test_three_lines_and_a_wrong_former_key_are_refused(home: Path) -> None:
    file = home / "data" / "vault.key"
    own = file.read_text().strip()
    for lines, words in (
        ([fresh_text(), fresh_text(), own], "两行"),
        ([fresh_text(), fresh_text()], "第二行"),
        ([own, own], "相同"),
    ):
        key_file.replace(file, lines)
        ran = inside("vault", "rotate", "--yes", cwd=home)
        assert (ran.code, words in ran.err) == (1, True), ran.err
        assert key_file.split(file.read_text()) == lines
    key_file.replace(file, [own])
    check(home)


def test_a_backup_of_before_is_read_with_the_former_key_and_changed_in_turn(home: Path) -> None:
    wiring = Wiring(load(home / "config.yaml"))
    copy = back_up(wiring, home / "copy.sqlite3")
    assert inside("vault", "rotate", "--yes", cwd=home).code == 0
    ran = inside("restore", copy, "--yes", cwd=home)
    assert (ran.code, "密钥" in ran.err) == (1, True)
    [former] = (home / "data").glob("vault.key.old-*")
    former.replace(home / "data" / "vault.key")
    assert inside("restore", copy, "--yes", cwd=home).code == 0
    assert inside("vault", "rotate", "--yes", cwd=home).code == 0
    with closing(wiring.store()) as store, store.transaction() as tx:
        assert tx.mails.get(1).subject == "subject 1"
