"""What the store promises: keys, versions, sealed bytes, all or nothing, and clear words when the
disk is full or the key is wrong."""

import contextlib
import json
import secrets
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, select, text

from core.cases.letters import words
from core.cases.letters.words import text_of
from core.data.case import Case, State
from core.data.finding import Finding, Severity
from core.data.mail_record import Disposition, NewMail
from core.errors import ConfigError, NotAView, StorageFull, StoreError, VaultError
from core.keys import key_file
from core.keys.vault import Vault, fresh_text
from core.store.store import Store
from core.store.tables.case_tables import cases
from tests.servers.databases import libpq, postgres_database
from tests.store.conftest import AT, make_store
from tests.validators.builders import NAME, SENDER, complete_submission


def new_mail(uid=1, raw=b"From: a@example.com\r\n\r\nsecret words", validity=1):
    return NewMail("box", validity, uid, AT, len(raw), raw)


def new_case(**changes):
    return replace(
        Case(0, "", 1, State.QUEUED, SENDER, NAME, "91119999MA0000001X", True, False, AT, AT),
        **changes,
    )


def test_a_case_stored_when_findings_were_their_words_is_still_told(store):
    older = {
        "code": "document.unreadable",
        "severity": "review",
        "message": "附件第 2 页未能清楚识别。",
        "where": "a.pdf 第2页",
    }
    newer = Finding(
        "case.changed",
        Severity.REVIEW,
        "",
        "a.pdf",
        (1, 2),
        "supplement",
        {"fields": ("unbind",), "pairs": (("甲", ""),), "most": 3, "name": "5"},
    )
    with store.transaction() as tx:
        case = tx.cases.add(new_case(findings=(newer,)))
        tx.audit.write("desk", "case.opened", case)
        assert tx.cases.get(case.id).findings == (newer,)
        sealed = tx.connection.scalar(select(cases.c.sealed))
        plain = json.loads(tx.vault.open(sealed, "cases.sealed", case.id)) | {"findings": [older]}
        tx.connection.execute(
            cases.update().values(
                sealed=tx.vault.seal(json.dumps(plain).encode(), "cases.sealed", case.id)
            )
        )
        (found,) = tx.cases.get(case.id).findings
    assert (text_of(found), words.place(found.where, found.pages)) == (
        older["message"],
        older["where"],
    )


def test_a_view_waits_for_no_step_and_sees_one_moment(store):
    with store.transaction() as tx:
        tx.alerts.add("first", "")
        with store.view() as looking:
            assert looking.alerts.find() == [], "what is not kept yet"
    with store.view() as looking:
        seen = looking.alerts.count()
        with store.transaction() as tx:
            tx.alerts.add("second", "")
        assert looking.alerts.count() == seen == 1
    with store.view() as looking:
        assert looking.alerts.count() == 2


def test_a_view_goes_by_the_clock_of_the_database():
    store = Store(postgres_database(), Vault(secrets.token_bytes(32)))
    # as on a machine whose clock is wrong, before its first step
    store.clock._read = (AT - timedelta(days=9999), store.clock._read[1])
    with store.view():
        assert store.clock.now() > datetime.now(UTC) - timedelta(hours=1)
    store.close()


def test_a_view_keeps_nothing_that_is_written_in_it(store):
    with pytest.raises((NotAView, StoreError)), store.view() as looking:
        looking.alerts.add("written", "")
    with store.view() as looking:
        assert looking.alerts.find() == []


def test_a_group_with_a_mail_that_cannot_be_stored_leaves_nothing(store):
    with pytest.raises(Exception, match="mailbox"):
        store.add_mails([new_mail(1), replace(new_mail(2), mailbox=None)])
    with store.transaction() as tx:
        assert tx.mails.newest() == []


def test_a_group_is_sealed_before_the_turn_is_taken(sqlite_store, monkeypatch):
    seal, begun = sqlite_store.vault.seal, []
    event.listen(sqlite_store.engine, "begin", lambda _connection: begun.append(True))
    bodies = []
    monkeypatch.setattr(
        sqlite_store.vault,
        "seal",
        lambda plain, *place: bodies.append(bool(begun)) or seal(plain, *place),
    )
    assert sqlite_store.add_mails([new_mail(1)]) == 1
    assert bodies[0] is False


def test_a_block_that_raises_leaves_nothing(store):
    with pytest.raises(RuntimeError), store.transaction() as tx:
        tx.mails.add(new_mail())
        raise RuntimeError
    with store.transaction() as tx:
        assert tx.mails.newest() == []


def test_what_tells_of_a_person_is_never_plain_on_disk(sqlite_store):
    with sqlite_store.transaction() as tx:
        mail_id = tx.mails.add(new_mail())
        record = replace(
            tx.mails.get(mail_id),
            sender=SENDER,
            subject="解绑申请",
            message_id="<x@example.com>",
            disposition=Disposition.CASE,
        )
        tx.mails.save(record, complete_submission())
        tx.images.save(mail_id, {"s": b"page image of an identity card"})
        tx.cases.add(new_case())
        assert tx.mails.get(mail_id) == record
        assert tx.mails.reading(mail_id) == complete_submission()
        assert tx.images.by_sha256("s") == b"page image of an identity card"
    sqlite_store.engine.dispose()
    stored = b"".join(
        file.read_bytes() for file in Path(sqlite_store.engine.url.database).parent.iterdir()
    )
    for plain in (
        b"secret words",
        SENDER.encode(),
        "解绑申请".encode(),
        b"page image",
        "张三".encode(),
        b"119999199001",
    ):
        assert plain not in stored


def test_a_full_disk_is_told_and_the_step_leaves_nothing(sqlite_store):
    with sqlite_store.engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
    with pytest.raises(StorageFull, match="磁盘已满"), sqlite_store.transaction() as tx:
        tx.connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
        tx.mails.add(new_mail(raw=secrets.token_bytes(500_000)))
    with sqlite_store.transaction() as tx:
        tx.connection.execute(text("PRAGMA max_page_count = 1000000"))
        assert tx.mails.newest() == []


def test_another_key_does_not_open_the_store_and_says_what_to_restore(sqlite_store):
    with sqlite_store.transaction() as tx:
        mail_id = tx.mails.add(new_mail())
    stranger = Store(str(sqlite_store.engine.url), Vault(secrets.token_bytes(32)))
    with pytest.raises(VaultError, match="密钥"), stranger.transaction() as tx:
        tx.mails.raw(mail_id)
    stranger.close()


def test_the_key_file_is_made_once_with_mode_600_and_refused_when_others_can_read_it(tmp_path):
    path = tmp_path / "vault.key"
    with pytest.raises(ConfigError, match="无法读取保险库密钥"):
        key_file.lines(path)
    key_file.make(path, fresh_text())
    sealed = Vault.from_text(*key_file.lines(path)).seal(b"words", "a")
    assert path.stat().st_mode & 0o777 == 0o600
    assert Vault.from_text(*key_file.lines(path)).open(sealed, "a") == b"words"
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Vault.from_text(*key_file.lines(path))


def test_a_key_file_of_another_user_is_not_called_lost(tmp_path, monkeypatch):
    def refused(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refused)
    with pytest.raises(ConfigError, match="改正它的属主"):
        key_file.lines(tmp_path / "vault.key")


@pytest.mark.parametrize(
    "broken", [b"", b"\x01", b"\x02" + b"0" * 40, b"\x01" + b"0" * 60, b"\x02" + b"0" * 60]
)
def test_broken_ciphertext_is_an_error_of_its_own(broken):
    with pytest.raises(VaultError):
        Vault(bytes(32)).open(broken, "a")


def test_ciphertext_cannot_be_moved_to_another_column():
    vault = Vault(bytes(32))
    with pytest.raises(VaultError):
        vault.open(vault.seal(b"words", "letters.sealed"), "mails.sealed")


def test_a_key_that_opens_nothing_of_the_database_is_refused_before_any_work(store):
    store.require_own_key()
    with store.transaction() as tx:
        tx.mails.add(new_mail())
    store.require_own_key()
    stranger = Store(store.engine.url, Vault(secrets.token_bytes(32)))
    with pytest.raises(VaultError, match=r"vault\.key"):
        stranger.require_own_key()
    stranger.close()


def test_one_spoilt_row_does_not_make_the_key_a_wrong_one(store):
    with store.transaction() as tx:
        tx.mails.add(new_mail())
        tx.mails.add(new_mail(uid=2))
        tx.connection.execute(
            text("UPDATE mails SET sealed = :spoilt WHERE uid = 1"), {"spoilt": b"\x01 spoilt"}
        )
    store.require_own_key()


def test_steps_take_turns(store):
    """What a verb has read stays true until it commits: an account frozen meanwhile would else be
    thawed by the step that read it before."""
    entered = threading.Event()

    def beside() -> None:
        with store.transaction():
            entered.set()

    thread = threading.Thread(target=beside)
    with store.transaction() as tx:
        tx.mails.add(new_mail())
        thread.start()
        assert not entered.wait(0.2)
    thread.join(40)
    assert entered.is_set()


def test_a_machine_that_vanishes_within_a_step_does_not_stop_the_others():
    """On PostgreSQL its turn ends by the limit, which is the transaction's alone;
    a file of SQLite is on the machine itself."""
    store = make_store(postgres_database())
    limit = "SHOW idle_in_transaction_session_timeout"
    with store.transaction() as tx:
        assert tx.connection.scalar(text(limit)) == "5s"
    with contextlib.closing(store.engine.raw_connection()) as session, session.cursor() as cursor:
        assert cursor.execute(limit).fetchone() == ("0",)
    store.close()


def test_a_connection_that_the_server_ended_is_made_anew():
    """In a step it is a trouble of the database; the steps after it begin on new connections."""
    store = make_store(postgres_database())
    with pytest.raises(StoreError), store.transaction() as tx:
        tx.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with store.transaction() as tx:
        [(kept,)] = tx.connection.execute(text("SELECT pg_backend_pid()"))
    with psycopg.connect(
        libpq(store.engine.url.render_as_string(hide_password=False)), autocommit=True
    ) as beside:
        beside.execute("SELECT pg_terminate_backend(%s, 10000)", [kept])
    with store.transaction() as tx:
        assert tx.mails.add(new_mail())
    store.close()
