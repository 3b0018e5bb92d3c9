"""On PostgreSQL the queue of Procrastinate goes: the tables tell what there is to do, and advisory
locks whose turn it is."""

import sqlalchemy as sa
from alembic import op

from core.errors import StoreError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
needs_stop = True

WORKING = (
    "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > "
    "now() - interval '1 minute')"
)
DROP = """
DO $$
DECLARE statement text;
BEGIN
    FOR statement IN
        SELECT 'TABLE IF EXISTS ' || oid::regclass FROM pg_class
        WHERE relkind = 'r' AND starts_with(relname, 'procrastinate_') AND pg_table_is_visible(oid)
        UNION ALL
        SELECT 'FUNCTION IF EXISTS ' || oid::regprocedure FROM pg_proc
        WHERE starts_with(proname, 'procrastinate_') AND pg_function_is_visible(oid)
        UNION ALL
        SELECT 'TYPE IF EXISTS ' || pg_type.oid::regtype
        FROM pg_type LEFT JOIN pg_class ON pg_class.oid = typrelid
        WHERE starts_with(typname, 'procrastinate_') AND pg_type_is_visible(pg_type.oid)
        AND (typtype = 'e' OR relkind = 'c')
    LOOP
        EXECUTE 'DROP ' || statement || ' CASCADE';
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Drop the queue where there is one, while no worker of before runs on any machine."""
    connection = op.get_bind()
    if not sa.inspect(connection).has_table("procrastinate_workers"):
        return
    if connection.exec_driver_sql(WORKING).scalar():
        raise StoreError("有旧版办理进程仍在运行，或刚刚中断。请先停止它们，一分钟后再试。")
    connection.exec_driver_sql(DROP)
