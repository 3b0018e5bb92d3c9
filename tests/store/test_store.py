"""What the store promises: keys, versions, sealed bytes, all or nothing, and clear words when the disk is full or the key is wrong."""

import json
import secrets
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from core.adapters import key_file
from core.adapters.store import SqlStore
from core.adapters.tables import cases
from core.adapters.vault import Vault, fresh_text
from core.cases import words
from core.cases.case import Case, State, Step, advance
from core.cases.finding import Finding, Severity
from core.cases.finding_words import text_of
from core.cases.mail_record import Disposition, NewMail
from core.errors import ConfigError, Conflict, StorageFull, VaultError
from tests.servers.postgres import fresh_database
from tests.store.conftest import make_store
from tests.validators.builders import NAME, SENDER, complete_submission

AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def new_mail(uid=1, raw=b"From: a@example.com\r\n\r\nsecret words", validity=1):
    return NewMail("box", validity, uid, AT, len(raw), raw)


def new_case(**changes):
    return replace(Case(0, "", 1, State.QUEUED, SENDER, NAME, "91119999MA0000001X", True, False, AT, AT), **changes)


def test_a_case_stored_when_findings_were_their_words_is_still_told(store):
    older = {"code": "document.unreadable", "severity": "review", "message": "附件第 2 页未能清楚识别。", "where": "a.pdf 第2页"}
    newer = Finding("case.changed", Severity.REVIEW, "", "a.pdf", (1, 2), "supplement", {"fields": ("unbind",), "pairs": (("甲", ""),), "most": 3, "name": "5"})
    with store.transaction() as tx:
        case = tx.cases.add(new_case(findings=(newer,)))
        tx.audit.write(AT, "desk", "case.opened", case)
        assert tx.cases.get(case.id).findings == (newer,)
        sealed = tx.connection.scalar(select(cases.c.sealed))
        plain = json.loads(tx.context.vault.open(sealed, "cases.sealed", case.id)) | {"findings": [older]}
        tx.connection.execute(cases.update().values(sealed=tx.context.vault.seal(json.dumps(plain).encode(), "cases.sealed", case.id)))
        (found,) = tx.cases.get(case.id).findings
    assert (text_of(found), words.place(found.where, found.pages)) == (older["message"], older["where"])


def test_a_mail_is_kept_once_under_its_key(store):
    with store.transaction() as tx:
        first = tx.mails.add(new_mail())
        assert tx.mails.add(new_mail()) is None
        assert tx.mails.add(new_mail(validity=2)) == first + 1, "another UIDVALIDITY is another mail"
        assert (tx.mails.last_uid("box", 1), tx.mails.last_uid("box", 9), tx.mails.last_uid("other", 1)) == (1, 0, 0)
        assert tx.mails.raw(first) == new_mail().raw


def test_a_group_of_mails_keeps_its_order_and_holds_no_mail_twice(store):
    with store.transaction() as tx:
        tx.mails.add(new_mail(uid=5))
    keys = ((9, 1), (5, 1), (5, 2), (7, 1))
    group = [*(new_mail(uid=uid, validity=validity, raw=b"%d of %d" % (uid, validity)) for uid, validity in keys), new_mail(9, b"later")]
    assert store.add_mails(group) == 3
    assert store.add_mails(iter(group)) == store.add_mails([]) == 0
    with store.transaction() as tx:
        kept = sorted(tx.mails.find(), key=lambda record: record.id)
        assert [(record.uid, record.uidvalidity) for record in kept] == [(5, 1), (9, 1), (5, 2), (7, 1)]
        assert [tx.mails.raw(record.id) for record in kept[1:]] == [b"9 of 1", b"5 of 2", b"7 of 1"], "each with its own bytes"


def test_a_group_with_a_mail_that_cannot_be_stored_leaves_nothing(store):
    with pytest.raises(Exception, match="mailbox"):
        store.add_mails([new_mail(1), replace(new_mail(2), mailbox=None)])
    with store.transaction() as tx:
        assert tx.mails.find() == []


def test_a_group_is_sealed_before_the_turn_is_taken(sqlite_store, monkeypatch):
    seal, begun = sqlite_store._vault.seal, []
    event.listen(sqlite_store.engine, "begin", lambda _connection: begun.append(True))
    bodies = []
    monkeypatch.setattr(sqlite_store._vault, "seal", lambda plain, *place: bodies.append(bool(begun)) or seal(plain, *place))
    assert sqlite_store.add_mails([new_mail(1)]) == 1
    assert bodies[0] is False


def test_a_mail_comes_before_its_twins_however_many_there_are(store):
    store.add_mails([new_mail(uid=uid) for uid in range(1, 40)])
    with store.transaction() as tx:
        last = max(tx.mails.find(), key=lambda record: record.id)
        record, twins = tx.mails.with_twins(last.id)
        assert record == last
        assert [twin.uid for twin in twins] == list(range(1, 21)), "the first ones first, itself not among them"
        record, twins = tx.mails.with_twins(record.id - 38)
        assert (record.uid, [twin.uid for twin in twins]) == (1, list(range(2, 22)))
        with pytest.raises(LookupError):
            tx.mails.with_twins(last.id + 1)


def test_uids_of_32_bits_are_kept(store):
    with store.transaction() as tx:
        tx.mails.add(new_mail(uid=2**32 - 1, validity=2**32 - 1))
        assert tx.mails.last_uid("box", 2**32 - 1) == 2**32 - 1


def test_a_block_that_raises_leaves_nothing(store):
    with pytest.raises(RuntimeError), store.transaction() as tx:
        tx.mails.add(new_mail())
        raise RuntimeError
    with store.transaction() as tx:
        assert tx.mails.waiting(10) == []


def test_what_tells_of_a_person_is_never_plain_on_disk(sqlite_store):
    with sqlite_store.transaction() as tx:
        mail_id = tx.mails.add(new_mail())
        record = replace(tx.mails.get(mail_id), sender=SENDER, subject="解绑申请", message_id="<x@example.com>", disposition=Disposition.CASE)
        tx.mails.save(record, complete_submission())
        tx.mails.save_images(mail_id, {"s": b"page image of an identity card"})
        tx.cases.add(new_case())
        assert tx.mails.get(mail_id) == record
        assert tx.mails.reading(mail_id) == complete_submission()
        assert tx.mails.image("s") == b"page image of an identity card"
    sqlite_store.engine.dispose()
    stored = b"".join(file.read_bytes() for file in Path(sqlite_store.engine.url.database).parent.iterdir())
    for plain in (b"secret words", SENDER.encode(), "解绑申请".encode(), b"page image", "张三".encode(), b"119999199001"):
        assert plain not in stored


def test_case_numbers_count_by_day_and_are_never_drawn_twice(store):
    with store.transaction() as tx:
        numbers = [tx.cases.add(new_case()).number for _ in range(3)]
    assert numbers == ["JB20261125-0001", "JB20261125-0002", "JB20261125-0003"]


def test_a_case_is_written_only_on_the_version_it_was_read_at(store):
    with store.transaction() as tx:
        case = tx.cases.add(new_case())
        tx.cases.save(advance(case, Step.HOLD, AT, reason="x"))
    with pytest.raises(Conflict), store.transaction() as tx:
        tx.cases.save(advance(case, Step.APPROVE, AT))


def test_cases_are_found_by_thread_name_code_and_window(store):
    with store.transaction() as tx:
        case = tx.cases.add(new_case(window_date=AT.date()))
        mail_id = tx.mails.add(new_mail())
        tx.mails.save(replace(tx.mails.get(mail_id), message_id="<Thread@Example.com>", case_id=case.id))
        assert [c.id for c in tx.cases.of_thread(["<nothing@x>", "<thread@example.com>"])] == [case.id]
        assert [c.id for c in tx.cases.open_naming(None, " 北京堃泰镕喆工程有限公司 ", None)] == [case.id]
        assert [c.id for c in tx.cases.open_naming(None, None, "91119999MA0000001X")] == [case.id]
        assert tx.cases.open_naming(None, "北京", None) == []
        assert tx.cases.ids_in(State.QUEUED, AT.date()) == [case.id]
        assert tx.cases.by_number(case.number) == case


def test_a_full_disk_is_told_and_the_step_leaves_nothing(sqlite_store):
    with sqlite_store.engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
    with pytest.raises(StorageFull, match="磁盘已满"), sqlite_store.transaction() as tx:
        tx.connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
        tx.mails.add(new_mail(raw=secrets.token_bytes(500_000)))
    with sqlite_store.transaction() as tx:
        tx.connection.execute(text("PRAGMA max_page_count = 1000000"))
        assert tx.mails.waiting(10) == []


def test_another_key_does_not_open_the_store_and_says_what_to_restore(sqlite_store):
    with sqlite_store.transaction() as tx:
        mail_id = tx.mails.add(new_mail())
    stranger = SqlStore(str(sqlite_store.engine.url), Vault(secrets.token_bytes(32)))
    with pytest.raises(VaultError, match="密钥"), stranger.transaction() as tx:
        tx.mails.raw(mail_id)
    stranger.close()


def test_the_key_file_is_made_once_with_mode_600_and_refused_when_others_can_read_it(tmp_path):
    path = tmp_path / "vault.key"
    sealed = Vault.from_text(*key_file.lines(path, fresh_text)).seal(b"words", "a")
    assert path.stat().st_mode & 0o777 == 0o600
    assert Vault.from_text(*key_file.lines(path, fresh_text)).open(sealed, "a") == b"words"
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Vault.from_text(*key_file.lines(path, fresh_text))


@pytest.mark.parametrize("broken", [b"", b"\x01", b"\x02" + b"0" * 40, b"\x01" + b"0" * 60, b"\x02" + b"0" * 60])
def test_broken_ciphertext_is_an_error_of_its_own(broken):
    with pytest.raises(VaultError):
        Vault(bytes(32)).open(broken, "a")


def test_ciphertext_cannot_be_moved_to_another_column():
    vault = Vault(bytes(32))
    with pytest.raises(VaultError):
        vault.open(vault.seal(b"words", "letters.sealed"), "mails.sealed")


def test_a_lock_is_active_at_one_enterprise_only_and_one_is_primary(store):
    from core.accounts.enterprise import Binding
    from tests.validators.builders import OTHER_NAME, OTHER_USCC, enterprise

    with store.transaction() as tx:
        one = tx.accounts.add(enterprise())
        two = tx.accounts.add(enterprise(name=OTHER_NAME, uscc=OTHER_USCC))
        first = tx.bindings.add(Binding(0, one, "SN", "BJCA", True, "s", AT))
    for other in (Binding(0, two, "SN", "BJCA", True, "s", AT), Binding(0, one, "SN2", "BJCA", True, "s", AT)):
        with pytest.raises(Conflict), store.transaction() as tx:
            tx.bindings.add(other)
    with store.transaction() as tx:
        case = tx.cases.add(new_case())
        assert tx.bindings.end([first], AT, case.id) == 1
        assert tx.bindings.end([first], AT, case.id) == 0, "ended once"
        tx.bindings.add(Binding(0, two, "SN", "BJCA", True, "s", AT))


def test_a_key_that_opens_nothing_of_the_database_is_refused_before_any_work(store):
    store.require_own_key()
    with store.transaction() as tx:
        tx.mails.add(new_mail())
    store.require_own_key()
    stranger = SqlStore(store.engine.url, Vault(secrets.token_bytes(32)))
    with pytest.raises(VaultError, match=r"vault\.key"):
        stranger.require_own_key()
    stranger.close()


def test_one_spoilt_row_does_not_make_the_key_a_wrong_one(store):
    with store.transaction() as tx:
        tx.mails.add(new_mail())
        tx.mails.add(new_mail(uid=2))
        tx.connection.execute(text("UPDATE mails SET sealed = :spoilt WHERE uid = 1"), {"spoilt": b"\x01 spoilt"})
    store.require_own_key()


def test_steps_take_turns(store):
    """What a verb has read stays true until it commits: an account frozen meanwhile would else be thawed by the step that read it before."""
    entered = threading.Event()

    def beside() -> None:
        with store.transaction():
            entered.set()

    thread = threading.Thread(target=beside)
    with store.transaction() as tx:
        tx.mails.add(new_mail())
        thread.start()
        assert not entered.wait(0.2)
    thread.join(20)
    assert entered.is_set()


def test_a_mail_in_the_hand_of_a_living_worker_is_not_free_for_others(store):
    later = AT + timedelta(minutes=1)
    with store.transaction() as tx:
        tx.workers.keep_alive("first", later, later)
        for uid, sender in ((1, "a@example.com"), (2, "a@example.com"), (3, "b@example.com"), (4, "")):
            tx.mails.add(replace(new_mail(uid), sender=sender))
        tx.mails.claim([1], "first")
        assert [(mail.attempts, mail.claimed_by) for mail in reversed(tx.mails.find())] == [(1, "first"), (0, ""), (0, ""), (0, "")]
        assert [mail.id for mail in tx.mails.free(AT, 10, "second")] == [3, 4], "nor the next one of the same sender"
        assert {mail.id for mail in tx.mails.free(AT, 10, "first")} == {1, 2, 3, 4}
        assert {mail.id for mail in tx.mails.free(later, 10, "second")} == {1, 2, 3, 4}, "its lease is over"
        tx.workers.dismiss("first")
        assert {mail.id for mail in tx.mails.free(AT, 10, "second")} == {1, 2, 3, 4}


def test_a_sign_of_life_is_written_only_when_the_last_one_is_old(store):
    from sqlalchemy import select

    from core.adapters.tables import workers

    with store.transaction() as tx:
        for minutes, enough in ((4, 3), (5, 3), (9, 6)):
            tx.workers.keep_alive("first", AT + timedelta(minutes=minutes), AT + timedelta(minutes=enough))
            told = tx.connection.scalar(select(workers.c.alive_until))
            assert told == AT + timedelta(minutes=4 if minutes < 9 else 9)


def test_a_machine_that_vanishes_within_a_step_does_not_stop_the_others():
    """On PostgreSQL its turn ends by the limit, which is the transaction's alone; a file of SQLite is on the machine itself."""
    store = make_store(fresh_database())
    limit = text("SHOW idle_in_transaction_session_timeout")
    with store.transaction() as tx:
        assert tx.connection.scalar(limit) == "1min"
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert connection.scalar(limit) == "0"
    store.close()
