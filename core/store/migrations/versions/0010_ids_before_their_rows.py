"""The ids of rows that hold sealed values are drawn before the rows are written, because what is sealed names its row."""

from alembic import op
import sqlalchemy as sa

revision = '0010'
down_revision = '0005'
branch_labels = None
depends_on = None

DRAWN = ("enterprises", "bindings", "mails", "letters")


def upgrade() -> None:
    for table in DRAWN:
        op.execute(sa.text(f"INSERT INTO counters (name, value) SELECT '{table}', MAX(id) FROM {table} HAVING MAX(id) IS NOT NULL"))
