"""${message}."""

from alembic import op
import sqlalchemy as sa

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
needs_stop = True  # False: processes of the version before may go on working while it runs and beside it (docs/OPERATIONS.md)


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
