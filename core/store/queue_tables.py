"""The tables of the queue on PostgreSQL (Procrastinate's): made by its own schema, of the version
that pyproject.toml names. Another one brings migrations of its own, which a migration of ours is to
run.

Jobs carry nothing that our tables do not tell: they are never copied, and a restoration drops them.
"""

from sqlalchemy import Connection, Engine, inspect, text

from core.errors import StoreError
from core.store.database import in_words

_WORKING = text(
    "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > "
    "now() - interval '1 minute')"
)


def make_queue(connection: Connection) -> None:
    """Make the tables where there are none; drop the jobs where there are."""
    if connection.dialect.name != "postgresql":
        return
    if inspect(connection).has_table("procrastinate_jobs"):
        connection.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
        return
    from procrastinate.schema import SchemaManager

    # several statements, with percent signs
    connection.connection.cursor().execute(SchemaManager.get_schema())


def require_stopped(engine: Engine) -> None:
    """Raise StoreError while a process works on a PostgreSQL database, on whatever machine; on
    SQLite the storage folder's lock tells."""
    if engine.dialect.name == "sqlite":
        return
    with in_words(), engine.connect() as connection:
        has_any = inspect(connection).has_table("procrastinate_workers")
        working = has_any and connection.scalar(_WORKING)
    if working:
        raise StoreError(
            "有办理进程仍在运行（可能在其他机器上），或刚刚中断。请先停止它们，一分钟后再试。"
        )
