"""A change of the vault's key leaves every row readable, every look-up working and the audit as
whole as it was, and forgets only what it says."""

import secrets
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary, func, select, text

from core.data.enterprise import Binding
from core.data.link import LinkPurpose
from core.data.mail_record import Disposition
from core.data.tries import Account, Audience, Counter, Tries
from core.errors import StoreError, VaultError
from core.keys.vault import Vault
from core.store.audit_verifying import verify_audit
from core.store.queue_tables import require_stopped
from core.store.rotation import FORGOTTEN, REBUILT, SEALED, Outcome, Rotation, not_sealed_by
from core.store.store import Store
from core.store.tables.columns import Digest, metadata
from core.store.tables.enterprise_tables import links
from tests.fixed_clock import FixedClock
from tests.servers.databases import postgres_database, sqlite_database, working
from tests.store.test_sealed_rows import READS, filled
from tests.store.test_store import AT, new_case, new_mail
from tests.validators.builders import NAME, OTHER_NAME, SENDER

USCC = "91119999MA0000001X"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return (
        sqlite_database(tmp_path / "desk.db") if request.param == "sqlite" else postgres_database()
    )


@pytest.fixture
def old():
    return Vault(secrets.token_bytes(32))


@pytest.fixture
def new():
    return Vault(secrets.token_bytes(32))


@pytest.fixture
def store(url, old, tmp_path):
    with closing(Store(url, old, tmp_path)) as store:
        with store.transaction() as tx:
            filled(tx)
            tx.audit.write("a person", "filled")
        yield store


def change(store, old, new, folder, *, void_links=False):
    with closing(Rotation(store.engine.url, old, new, folder)) as rotation:
        rotation.store.clock = FixedClock(AT)
        rotation.require_known_keys()
        outcome = rotation.carry_out("a person", void_links=void_links)
        rotation.sweep()
        with rotation.store.view() as tx:
            left = [table.name for table in SEALED if not_sealed_by(tx, table, new.head)]
        assert set(left) == {place.partition(".")[0] for place in outcome.unopened}
    return outcome


@pytest.fixture
def changed(store, old, new, tmp_path):
    """The store behind the change."""

    def behind(**options):
        outcome = change(store, old, new, tmp_path, **options)
        after = Store(store.engine.url, new, tmp_path)
        opened.append(after)
        return after, outcome

    opened = []
    yield behind
    for one in opened:
        one.close()


def test_every_sealed_column_and_every_digest_of_the_tables_has_its_type():
    columns = [(table, column) for table in metadata.tables.values() for column in table.c]
    assert not [column for _, column in columns if type(column.type) is LargeBinary]
    keyed = {
        column for _, column in columns if column.name == "key" or column.name.endswith("_key")
    }
    typed = {column for _, column in columns if isinstance(column.type, Digest)}
    made_anew = {column for table in (*FORGOTTEN, *REBUILT) for column in table.c}
    assert keyed - made_anew == typed


def test_every_row_opens_under_the_new_key_and_none_under_the_old(store, changed):
    after, outcome = changed()
    assert outcome.unopened == ()
    with after.transaction() as tx:
        for read in READS.values():
            read(tx)
    with store.transaction() as tx:
        for read in READS.values():
            with pytest.raises(VaultError):
                read(tx)


def test_what_is_looked_up_by_a_digest_is_found(store, changed):
    with store.transaction() as tx:
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
        tx.letters.save(replace(tx.letters.by_id(1), bounced="permanent"))
        binding = Binding(0, 1, "SN9", "BJCA", False, "s", AT, ca_unique_id="Unique 9")
        binding = replace(binding, id=tx.bindings.add(binding))
        assert tx.bindings.claim_lock(binding, ["0" * 64])
        tx.audit.write("a person", "filled")
    after, _ = changed()
    with after.transaction() as tx:
        assert case in tx.cases.open_naming(None, NAME, None)
        assert case in tx.cases.open_naming(None, None, USCC)
        assert tx.cases.open_naming(None, "另一家", None) == []
        assert (
            tx.accounts.names_of_contact(SENDER)
            == [enterprise.name for enterprise in reversed(tx.accounts.find())]
            != []
        )
        assert tx.cases.of_thread(["<Thread@example.com>"], "") == [case]
        assert tx.letters.by_message_id(["<a1@example.com>"]).id == 1
        assert tx.letters.bounced_among(["a1@example.com", "a2@example.com"]) == {"a1@example.com"}
        assert [one.id for one in tx.bindings.newest(ca_unique_id="unique 9")] == [binding.id]
        other = tx.bindings.get(2)
        assert not tx.bindings.claim_lock(replace(other, ca_unique_id="unique 9"), []), (
            "the lock is still the first enterprise's"
        )
        assert tx.bindings.claim_lock(binding, []), "and it may come back"
        tx.audit.write("a person", "looked")
    with after.transaction() as tx:
        key = tx.connection.scalar(
            text("SELECT sender_key FROM cases WHERE id = :id"), {"id": case.id}
        )
        assert key == tx.key(SENDER)


def test_mails_of_one_sender_that_wait_keep_waiting_as_one_sender(store, changed):
    with store.transaction() as tx:
        for uid in range(10, 20):
            tx.mails.add(replace(new_mail(uid, b"mail %d" % uid), sender="flood@example.com"))
        honest = tx.mails.add(replace(new_mail(20, b"honest"), sender="honest@example.com"))
    after, _ = changed()
    with after.transaction() as tx:
        assert honest in [mail.about for mail in tx.mails.waiting(5)]


def test_links_stay_valid_over_two_changes(store, changed, new, tmp_path):
    with store.transaction() as tx:
        link = tx.links.add(LinkPurpose.RESET, 1, None, AT + timedelta(hours=24))
        token = tx.links.token(link.id)
        used = tx.links.add(LinkPurpose.RESET, 1, None, AT + timedelta(hours=24))
        tx.links.use(used.id)
    after, outcome = changed()
    assert outcome.links_kept == 1
    with after.transaction() as tx:
        assert (tx.links.token(link.id), tx.links.by_token(token)) == (token, link)
        fresh = tx.links.add(LinkPurpose.RESET, 1, None, AT + timedelta(hours=24))
        token_of_fresh = tx.links.token(fresh.id)
    third = Vault(secrets.token_bytes(32))
    assert change(after, new, third, tmp_path).links_kept == 1
    with closing(Store(store.engine.url, third)) as last, last.transaction() as tx:
        assert (tx.links.token(link.id), tx.links.by_token(token)) == (token, link)
        assert (tx.links.token(fresh.id), tx.links.by_token(token_of_fresh)) == (
            token_of_fresh,
            fresh,
        )


def test_links_that_open_an_account_are_voided_on_demand(store, changed):
    with store.transaction() as tx:
        reset = tx.links.add(LinkPurpose.RESET, 2, None, AT + timedelta(hours=24))
        objection = tx.links.add(LinkPurpose.OBJECTION, 1, None, AT + timedelta(days=7))
    after, outcome = changed(void_links=True)
    assert outcome.links_voided_of == (OTHER_NAME,)
    with after.transaction() as tx:
        assert tx.links.get(reset.id).voided_at == AT
        assert tx.links.get(objection.id).voided_at is None, "it can only stop something"


def test_what_has_no_plain_value_is_forgotten(store, changed):
    account = Account(Audience.ENTERPRISE, "a", 1)
    with store.transaction() as tx:
        tx.letters.note_rejection("a", AT)
        tx.tries.save(Counter("a", "198.51.100.1", account), Tries(3, AT, AT), tell=False)
    after, _ = changed()
    with after.transaction() as tx:
        assert all(
            tx.connection.scalar(select(func.count()).select_from(table)) == 0
            for table in FORGOTTEN
        )


def test_the_audit_is_whole_and_names_both_keys(store, changed, old, new, tmp_path):
    assert verify_audit(store, whole=True) == []
    after, outcome = changed()
    assert outcome.broken_audit_rows == 0
    assert after.heads.verified.read() is None, "the next check looks at the whole chain"
    assert verify_audit(after, whole=True) == []
    with after.transaction() as tx:
        [entry] = tx.audit.entries(limit=1)
        assert after.heads.head.read() == tx.audit.read_head()
    assert (entry.action, entry.detail["key"], entry.detail["before"]) == (
        "vault.rotated",
        new.key_id,
        old.key_id,
    )
    assert verify_audit(store, whole=True) != [], "nothing of it follows under the old key"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE id = 3",
        "DELETE FROM audit WHERE id = 3",
        "UPDATE audit SET mac = NULL WHERE id = 3",
        "DELETE FROM audit WHERE id > 4",
    ],
)
def test_what_was_done_to_the_audit_before_is_still_found(store, changed, statement):
    with store.transaction() as tx:
        for _ in range(5):
            tx.audit.write("a person", "acted")
    with store.transaction() as tx:
        tx.connection.execute(text(statement))
    before = verify_audit(store, whole=True)
    assert before
    after, _ = changed()
    found = verify_audit(after, whole=True)
    assert [one for one in found if "末尾" not in one] == [
        one for one in before if "末尾" not in one
    ]
    assert bool(found) == bool(before)


def test_an_audit_row_that_somebody_planted_does_not_pass_for_the_end_of_a_change(
    store, changed, new
):
    planted = (
        "INSERT INTO audit (id, at, actor, action, state, detail, mac) VALUES (2, "
        "'2026-11-25 02:00:00', 'nobody', 'vault.rotated', '', "
        f"""'{{"key": "{new.key_id}"}}', '{"0" * 64}')"""
    )
    with store.transaction() as tx:
        tx.connection.exec_driver_sql(planted)
    after, outcome = changed()
    assert outcome.broken_audit_rows == 1
    with after.transaction() as tx:
        assert [(entry.id, entry.actor) for entry in tx.audit.entries(limit=2)] == [
            (3, "a person"),
            (2, "nobody"),
        ]
    assert [found for found in verify_audit(after, whole=True) if "#2" in found]


def test_a_change_that_is_done_is_not_done_twice(store, changed, old, new, tmp_path):
    after, _ = changed()
    with closing(Rotation(store.engine.url, old, new, tmp_path)) as again:
        again.store.clock = FixedClock(AT)
        assert again.carry_out("a person") == Outcome()
    assert verify_audit(after, whole=True) == []
    with after.transaction() as tx:
        assert [entry.action for entry in tx.audit.entries()].count("vault.rotated") == 1


def test_a_value_that_did_not_open_before_is_left_and_told(store, changed):
    with store.transaction() as tx:
        tx.connection.execute(
            text(
                "UPDATE letters SET sealed = (SELECT sealed FROM letters WHERE id = 1) WHERE id = 2"
            )
        )
        tx.connection.execute(
            text("UPDATE mails SET reading = (SELECT reading FROM mails WHERE id = 1) WHERE id = 2")
        )
    after, outcome = changed()
    assert outcome.unopened == ("letters.sealed #2", "mails.reading #2")
    with after.transaction() as tx:
        assert tx.mails.get(2).subject == "subject 2"
        with pytest.raises(VaultError):
            tx.letters.by_id(2)


def test_a_database_of_a_third_key_is_not_touched(store, old, new, tmp_path):
    with (
        closing(Rotation(store.engine.url, Vault(bytes(32)), new, tmp_path)) as rotation,
        pytest.raises(VaultError, match="第二行"),
    ):
        rotation.require_known_keys()
    with closing(Rotation(store.engine.url, new, old, tmp_path)) as turned_round:
        turned_round.require_known_keys()
    with pytest.raises(VaultError, match="相同"):
        Rotation(store.engine.url, old, old, tmp_path)


def test_a_process_that_works_on_another_machine_forbids_it(old, new, tmp_path):
    url = postgres_database()
    with closing(Rotation(url, old, new, tmp_path)) as rotation:
        require_stopped(rotation.engine)
        with working(rotation.engine), pytest.raises(StoreError, match="办理进程仍在运行"):
            require_stopped(rotation.engine)
        require_stopped(rotation.engine)


def test_nothing_under_the_old_key_is_left_in_the_file(tmp_path, old, new):
    url = sqlite_database(tmp_path / "desk.db")
    with closing(Store(url, old, tmp_path)) as store:
        with store.transaction() as tx:
            filled(tx)
            tx.audit.write("a person", "filled")
        with store.transaction() as tx:
            tx.mails.purge([1])  # leaves free pages
        change(store, old, new, tmp_path)
    files = b"".join(path.read_bytes() for path in tmp_path.glob("desk.db*"))
    assert old.head not in files
    assert new.head in files


def test_a_full_disk_at_the_end_is_told(store, old, new, tmp_path):
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL sweeps by itself")
    with (
        closing(Rotation(store.engine.url, old, new, tmp_path)) as rotation,
        store.transaction(),
        pytest.raises(StoreError, match="VACUUM"),
    ):
        rotation.sweep()  # another transaction holds the file


def test_a_token_is_sealed_in_its_own_row(store, changed):
    with store.transaction() as tx:
        first, second = (
            tx.links.add(LinkPurpose.RESET, 1, None, AT + timedelta(hours=24)) for _ in range(2)
        )
    after, _ = changed()
    with after.transaction() as tx:
        taken = select(links.c.sealed_token).where(links.c.id == first.id).scalar_subquery()
        tx.connection.execute(
            links.update().where(links.c.id == second.id).values(sealed_token=taken)
        )
        with pytest.raises(VaultError, match=r"links\.sealed_token"):
            tx.links.token(second.id)
