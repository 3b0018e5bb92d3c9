"""`unbind support`: what helps, and nothing that names a person, an enterprise or the centre."""

import contextlib
import shutil
import tarfile
from pathlib import Path

import pytest
import yaml

from app.operations.support import COVERED
from app.settings.config import load
from app.wiring import Wiring
from core.keys.vault import fresh_text
from tests.app.running import ROOT, all_mails_are_read, eventually, inside, started
from tests.servers.ports import free_port

PERSON = "119999199001011234"
LOGGED = (
    '{"event": "mail.taken_in", "mail": 1, "case": "JB20261125-0001", "at": "web/guard.py:131"}',
    '{"event": "odd", "text": "zhang.san@example.com 119999199001011234 13800001234"}',
    '{"event": "mailbox.failed", "text": "imap.ggzy.example.cn 192.0.2.7 2001:db8::7 LOCK-77A01B"}',
    '{"event": "odd", "text": "电话13900005678，证件119999199001015678来自198.51.100.4的连接"}',
    '{"event": "odd", "text": "SN_9900112233 198.51.100.5."}',
    '{"event": "odd", "text": "写给张主任"}',
)
WORDS_OF_THE_CENTRE = (
    "某某市公共资源交易中心",
    "ca@ggzy.example.cn",
    "imap.ggzy.example.cn",
    "0599-8123",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk that has taken in mails of known enterprises and written its log."""
    folder = tmp_path_factory.mktemp("desk")
    settings = {
        "centre": {"name": WORDS_OF_THE_CENTRE[0], "phone": WORDS_OF_THE_CENTRE[3]},
        "storage": {"folder": "data"},
        "mailbox": {
            "address": WORDS_OF_THE_CENTRE[1],
            "maildir": {"smtp_receiver": False, "poll_interval_s": 0.3},
            "imap": {"host": WORDS_OF_THE_CENTRE[2]},
        },
        "console": {
            "colleagues": {"张主任": "zhangzr@ggzy.example.cn"},
            "second_factor": "required",
        },
        "rules": {"severities": {"document.id_back.missing": "reject"}},
        "sender": {"accept_unauthenticated": True},
        "web": {"port": free_port()},
        "logging": {"file": "desk.log"},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True))
    assert (
        inside("enterprises", "import", ROOT / "tests/data/enterprises.csv", cwd=folder).code == 0
    )
    new = folder / "data" / "mailbox" / "new"
    with started("worker", cwd=folder):
        eventually(new.is_dir)
        for name in ("03-no-attachment.eml", "13-a-question.eml"):
            shutil.copyfile(ROOT / "tests/data" / name, new / name)
        eventually(lambda: all_mails_are_read(folder, 2), 100)
    with (folder / "desk.log").open("a") as log:
        log.write("\n".join(LOGGED) + "\n")
    return folder


def people_and_locks(home: Path) -> set[str]:
    """What names somebody in the database."""
    wiring = Wiring(load(home / "config.yaml"))
    with contextlib.closing(wiring.store()) as store, store.view() as tx:
        enterprises = tx.accounts.find(limit=1000)
        mails = tx.mails.newest(limit=100)
        locks = [lock for one in enterprises for lock in tx.bindings.of_enterprise(one.id)]
    found = {
        word
        for one in enterprises
        for word in (one.name, one.uscc, one.contact_name, one.contact_email)
    }
    found |= {lock.serial for lock in locks} | {
        word for m in mails for word in (m.sender, m.subject)
    }
    assert len(enterprises) > 5
    assert len(locks) > 5
    assert len(mails) == 2
    return found - {"", None}


def texts_of(archive: Path) -> dict[str, str]:
    with tarfile.open(archive) as packed:
        return {
            Path(entry.name).stem: packed.extractfile(entry).read().decode()  # type: ignore[union-attr]
            for entry in packed
        }


def test_the_archive_has_what_helps_and_names_nobody(home: Path) -> None:
    ran = inside("support", "help.tar.gz", cwd=home)
    assert ran.code == 0, ran.err
    assert (home / "help.tar.gz").stat().st_mode & 0o777 == 0o600
    texts = texts_of(home / "help.tar.gz")
    assert {*texts} == {"versions", "settings", "doctor", "figures", "log"}
    whole = "\n".join(texts.values())
    secret = {
        *WORDS_OF_THE_CENTRE,
        "张主任",
        PERSON,
        "13800001234",
        "192.0.2.7",
        "2001:db8",
        "LOCK-77A01B",
        "13900005678",
        "119999199001015678",
        "198.51.100",
        "9900112233",
    }
    assert [word for word in secret | people_and_locks(home) if word in whole] == []
    assert "unbind-desk 0." in texts["versions"]
    assert f"centre.name: {COVERED}" in texts["settings"]
    for choice in (
        "sender.accept_unauthenticated: True",
        "console.second_factor: required",
        "rules.severities.document.id_back.missing: reject",
    ):
        assert choice in texts["settings"]
    assert "日历" in texts["doctor"]
    for figure in ("mails: 2 rows", "schema 000", "unbind_health", "The audit's chain is whole."):
        assert figure in texts["figures"]
    assert LOGGED[0] in texts["log"]
    assert '"mail.taken_in"' in texts["log"]


def test_of_a_spoilt_database_the_archive_has_the_rest(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("storage: {folder: data}\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "desk.sqlite3").write_bytes(b"spoilt" * 1000)
    key = {"UNBIND_VAULT_KEY": fresh_text()}
    ran = inside("support", "help.tar.gz", cwd=tmp_path, env=key)
    assert ran.code == 0, ran.err
    assert "数据库文件已损坏" in texts_of(tmp_path / "help.tar.gz")["figures"]


def test_a_file_that_is_there_is_not_overwritten(home: Path) -> None:
    (home / "mine.tar.gz").write_text("mine")
    ran = inside("support", "mine.tar.gz", cwd=home)
    assert ran.code == 1
    assert (home / "mine.tar.gz").read_text() == "mine"
