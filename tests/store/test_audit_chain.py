"""Who may write to the database, and has no key, changes nothing of the audit unseen; what acts and
tells nobody's name is not kept."""

import secrets
import threading

import pytest
from sqlalchemy import text

from core.errors import UnauditedStep
from core.keys.audit_chain import HEAD_FILE, VERIFIED_FILE
from core.keys.vault import Vault
from core.store.audit_verifying import BATCH, accept_audit, verify_audit
from core.store.store import Store
from tests.servers.databases import postgres_database, sqlite_database
from tests.store.test_store import AT, new_case
from tests.validators.builders import enterprise

KEY = secrets.token_bytes(32)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    store = Store(
        sqlite_database(tmp_path / "desk.db") if request.param == "sqlite" else postgres_database(),
        Vault(KEY),
        tmp_path,
    )
    yield store
    store.close()


def write(store, count=1, action="acted"):
    with store.transaction() as tx:
        for number in range(count):
            tx.now = AT
            tx.audit.write("a person", action, None, number=str(number))


def spoil(store, *statements):
    with store.transaction() as tx:
        for statement in statements:
            tx.connection.execute(text(statement))


def both(store):
    """What the hourly check and the whole one say; they must agree on whether anything is wrong."""
    hourly, whole = verify_audit(store), verify_audit(store, whole=True)
    assert bool(hourly) == bool(whole), (hourly, whole)
    return whole


def test_rows_of_several_steps_and_processes_are_one_chain(store, tmp_path):
    other = Store(store.engine.url, Vault(KEY), tmp_path)

    def many(one):
        for _ in range(20):
            write(one, 2)

    threads = [threading.Thread(target=many, args=(one,)) for one in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert both(store) == []
    with store.transaction() as tx:
        assert [entry.id for entry in tx.audit.entries(limit=500)] == list(range(80, 0, -1))


def test_a_step_reads_what_it_audited_and_a_step_that_fails_leaves_no_link(store):
    with pytest.raises(RuntimeError), store.transaction() as tx:
        tx.now = AT
        tx.audit.write("a person", "lost")
        raise RuntimeError
    with store.transaction() as tx:
        tx.now = AT
        tx.audit.write("a person", "first")
        assert [entry.action for entry in tx.audit.entries()] == ["first"]
        tx.now = AT
        tx.audit.write("a person", "second")
    assert both(store) == []
    with store.transaction() as tx:
        assert [(entry.id, entry.action) for entry in tx.audit.entries()] == [
            (2, "second"),
            (1, "first"),
        ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "'x'"),
        ("action", "'x'"),
        ("at", "'2026-01-01 00:00:00'"),
        ("detail", "'{}'"),
        ("state", "'x'"),
    ],
)
def test_an_edited_row_is_found(store, column, value):
    write(store, 5)
    spoil(store, f"UPDATE audit SET {column} = {value} WHERE id = 3")
    assert any("#3" in one for one in both(store))


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM audit WHERE id = 3"],
        ["DELETE FROM audit WHERE id = 1"],
        [
            "UPDATE audit SET id = 99 WHERE id = 2",
            "UPDATE audit SET id = 2 WHERE id = 3",
            "UPDATE audit SET id = 3 WHERE id = 99",
        ],
        ["UPDATE audit SET mac = NULL"],
        ["UPDATE audit SET mac = NULL WHERE id < 4"],
        [
            (
                "INSERT INTO audit SELECT 6, at, actor, action, case_id, state, detail, "
                "mac FROM audit WHERE id = 5"
            )
        ],
        ["DELETE FROM audit WHERE id > 3"],
        ["DELETE FROM audit"],
    ],
)
def test_rows_dropped_reordered_unchained_added_or_cut_off_are_found(store, statements):
    write(store, 5)
    spoil(store, *statements)
    assert both(store)


def test_a_tail_that_was_cut_is_found_though_others_were_written_in_its_place(store):
    write(store, 5)
    spoil(store, "DELETE FROM audit WHERE id > 3")
    assert any("末尾被删除" in one and "#5" in one for one in verify_audit(store))
    store.heads.note = lambda link: None  # as a second machine with another folder would write
    write(store, 4)
    assert both(store)


def test_the_hourly_check_looks_only_at_what_is_new_and_holds_it_to_what_it_saw(store, tmp_path):
    write(store, 2 * BATCH)
    assert verify_audit(store) == []
    seen = []
    assert verify_audit(store, progress=seen.append) == [] == seen
    spoil(store, "UPDATE audit SET actor = 'x' WHERE id = 7")
    assert verify_audit(store) == []
    assert any("#7" in one for one in verify_audit(store, whole=True))
    spoil(store, f"DELETE FROM audit WHERE id = {2 * BATCH}")
    assert verify_audit(store)
    assert (
        (tmp_path / HEAD_FILE).stat().st_mode & 0o777
        == (tmp_path / VERIFIED_FILE).stat().st_mode & 0o777
        == 0o600
    )


def test_a_head_that_was_forged_without_the_key_counts_for_nothing_and_rows_need_the_key(
    store, tmp_path
):
    write(store, 3)
    (tmp_path / HEAD_FILE).write_text(f"1 {'0' * 64} {'0' * 64}\n")
    assert verify_audit(store) == []
    stranger = Store(store.engine.url, Vault(secrets.token_bytes(32)))
    write(stranger)
    stranger.close()
    assert any("#4" in one for one in both(store))


def test_what_a_person_has_looked_at_does_not_come_up_every_hour(store):
    write(store, 5)
    spoil(store, "DELETE FROM audit WHERE id > 3")
    found = verify_audit(store)
    accept_audit(store, "a person", len(found))
    assert verify_audit(store) == []
    write(store, 2)
    assert verify_audit(store) == []
    spoil(store, "DELETE FROM audit WHERE id = 2")
    assert verify_audit(store, whole=True)


in_service = Store.transaction
"""As the program calls it, and not as tests do (tests.conftest)."""


@pytest.mark.parametrize(
    "act",
    [
        lambda tx: tx.cases.add(new_case()),
        lambda tx: tx.accounts.add(enterprise()),
        lambda tx: tx.bindings.mark(1, lost=True),
        lambda tx: tx.bindings.end([1]),
        lambda tx: tx.accounts.set_columns(1, password_hash="x"),
        lambda tx: tx.signing_keys.remove(kid="x"),
    ],
)
def test_what_acts_without_an_audit_row_is_not_kept(store, act):
    with pytest.raises(UnauditedStep), in_service(store) as tx:
        act(tx)
    with store.transaction() as tx:
        assert (tx.cases.find(), tx.accounts.find(), tx.audit.entries()) == ([], [], [])
    with in_service(store) as tx:
        act(tx)
        tx.now = AT
        tx.audit.write("a person", "acted")
