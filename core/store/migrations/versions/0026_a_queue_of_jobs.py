"""The queue of Procrastinate 3.10, on PostgreSQL: no process of before puts jobs into it."""

from alembic import op

from core.store.queue_tables import make_queue

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None
needs_stop = True


def upgrade() -> None:
    make_queue(op.get_bind())
