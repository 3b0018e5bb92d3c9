import shutil
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from core.errors import SchemaOutdated, StoreError
from core.store import schema
from core.store.database import open_engine
from core.store.schema import _config, needs_stop, require_current, revisions, upgrade
from core.store.tables.case_tables import cases
from core.store.tables.columns import metadata

LATER = """
revision, down_revision, branch_labels, depends_on = "later", "{head}", None, None


def upgrade():
    pass
"""


def test_the_migrations_make_exactly_the_tables(store):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_ours})
        missing = compare_metadata(context, metadata)
    assert missing == [], "a new file of core/store/migrations/versions does this in upgrade()"


def _is_ours(_object, name, _kind, _reflected, _compared):
    return not name.startswith("procrastinate_")


def test_the_file_of_each_migration_begins_with_its_revision_and_the_last_name_is_the_newest(store):
    scripts = ScriptDirectory.from_config(_config(None))
    assert all(
        script.path.rpartition("/")[2].startswith(f"{script.revision}_")
        for script in scripts.walk_revisions()
    )
    assert revisions(store.engine) == (scripts.get_current_head(), scripts.get_current_head())


def test_an_empty_database_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(SchemaOutdated, match="unbind db upgrade"):
        require_current(open_engine(f"sqlite:///{tmp_path}/empty.db"))


def test_a_current_database_passes_and_upgrading_twice_is_harmless(store):
    upgrade(store.engine)
    require_current(store.engine)


def test_a_newer_database_is_refused(store):
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaOutdated, match="比程序新"):
        require_current(store.engine)


def test_a_newer_database_is_not_upgraded_either(store):
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaOutdated, match="比程序新"):
        upgrade(store.engine)


@pytest.mark.parametrize("verb", [require_current, upgrade])
def test_a_file_that_is_no_database_is_told_with_the_remedy(tmp_path, verb):
    (tmp_path / "desk.db").write_bytes(b"no database at all " * 100)
    with pytest.raises(StoreError, match="unbind restore"):
        verb(open_engine(f"sqlite:///{tmp_path}/desk.db"))


def test_a_place_that_cannot_hold_a_database_is_told_with_the_remedy(tmp_path):
    (tmp_path / "desk.db").mkdir()
    with pytest.raises(StoreError, match=r"storage\.database_url"):
        require_current(open_engine(f"sqlite:///{tmp_path}/desk.db"))


def test_each_new_migration_says_whether_it_may_run_beside_processes_of_before():
    for script in ScriptDirectory.from_config(_config(None)).walk_revisions():
        assert isinstance(getattr(script.module, "needs_stop", None), bool), script.revision


@pytest.mark.parametrize("before", ["0001", "0002"])
def test_a_waiting_case_of_before_gets_the_opening_of_its_window(tmp_path, before):
    """One of 0002 has none where its program saved a case of 0001."""
    engine = open_engine(f"sqlite:///{tmp_path}/desk.db")
    with engine.begin() as connection:
        config = _config(connection)
        command.upgrade(config, before)
        connection.execute(
            text(
                "INSERT INTO cases (id, number, version, state, window_date, opened_at, changed_at,"
                " sealed) VALUES (1, 'JB20261125-0001', 1, 'queued', '2026-11-25',"
                " '2026-11-25 01:00:00.000000', '2026-11-25 01:00:00.000000', '')"
            )
        )
        command.upgrade(config, "head")
        opens_at = connection.execute(cases.select()).one().window_opens_at
    assert opens_at == datetime(2026, 11, 25, 3, tzinfo=UTC)


def test_a_migration_without_needs_stop_needs_one_and_nothing_due_needs_none(
    store, tmp_path, monkeypatch
):
    assert not needs_stop(store.engine)
    folder = shutil.copytree(schema._MIGRATIONS, tmp_path / "migrations")
    (folder / "versions" / "later.py").write_text(LATER.format(head=revisions(store.engine)[1]))
    monkeypatch.setattr(schema, "_MIGRATIONS", folder)
    assert needs_stop(store.engine)
