"""What lists of cases filter by, in columns of their own."""

import sqlalchemy as sa
from alembic import op

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None
needs_stop = True  # processes of before would change cases without the columns


def upgrade() -> None:
    """Add the columns and indexes; `SqlStore.note_filters` fills the columns, since what they say lies sealed."""
    for name in ('by_hand', 'from_stranger', 'to_look'):
        op.add_column('cases', sa.Column(name, sa.Boolean(), nullable=True))
    for name, column, condition in (
        ('ix_cases_by_hand', 'state', 'by_hand IS NOT FALSE'), ('ix_cases_from_stranger', 'id', 'from_stranger IS NOT FALSE'),
    ):  # fmt: skip
        op.create_index(name, 'cases', [column], sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
