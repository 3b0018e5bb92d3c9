"""What a copy asks of its source; that it is whole, and goes on where it was cut off, is tested
with the commands (tests/app)."""

from sqlalchemy import text

from core.store.copying import copy
from core.store.database import closing_engine
from tests.servers.databases import postgres_database


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
