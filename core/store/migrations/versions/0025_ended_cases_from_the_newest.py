"""Ended cases are listed from the newest: by state and id, without sorting them all."""

from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None
needs_stop = False


def upgrade() -> None:
    """Add the index."""
    op.create_index('ix_cases_state_id', 'cases', ['state', 'id'])
