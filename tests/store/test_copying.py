"""What a copy asks of its source, and that it is compared; that it is whole, and leaves nothing
where it was cut off, is tested with the commands (tests/app)."""

import pytest
from sqlalchemy import event, inspect, text

from core.errors import StoreError
from core.store.copying import copy
from core.store.database import closing_engine
from tests.servers.databases import postgres_database
from tests.store.contract.test_accounts import enterprise
from tests.unaudited import unaudited


def test_a_source_on_postgresql_may_be_silent_for_as_long_as_the_target_takes(tmp_path):
    limits = set()
    with (
        closing_engine(postgres_database()) as source,
        closing_engine(f"sqlite:///{tmp_path}/desk.db") as target,
        source.connect() as connection,
    ):
        copy(
            connection,
            target,
            lambda _done, _total: limits.add(
                connection.scalar(text("SHOW idle_in_transaction_session_timeout"))
            ),
        )
    assert limits == {"0"}


def test_a_copy_that_differs_from_its_source_leaves_nothing(sqlite_store, tmp_path):
    with unaudited(sqlite_store) as tx:
        tx.accounts.add(enterprise())
    with (
        closing_engine(f"sqlite:///{tmp_path}/copy.db") as target,
        sqlite_store.engine.connect() as source,
    ):

        @event.listens_for(target, "after_cursor_execute")
        def spoil(_connection, cursor, statement, *_):
            if statement.startswith("INSERT INTO enterprises"):
                cursor.execute("UPDATE enterprises SET name = '别的企业'")

        with pytest.raises(StoreError, match="核对不一致：enterprises"):
            copy(source, target, lambda _done, _total: None)
        assert inspect(target).get_table_names() == []
