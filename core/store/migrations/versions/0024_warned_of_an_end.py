"""Which warning of its certificate's end a bound lock got last: 60, 30 or 7 days before."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None
needs_stop = True  # letters of a new kind, which processes of before cannot read


def upgrade() -> None:
    """Add the column, and find what is due by an index."""
    op.add_column('bindings', sa.Column('warned_days', sa.Integer))
    active = sa.text('ended_at IS NULL')
    op.create_index('ix_bindings_ending', 'bindings', ['valid_until'], sqlite_where=active, postgresql_where=active)
