"""What changed lately, and cases with an unread mail, are found without looking through all."""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None
needs_stop = False


def upgrade() -> None:
    """Add the indexes."""
    op.create_index('ix_cases_changed_at', 'cases', ['changed_at'])
    op.create_index('ix_mails_unread', 'mails', ['case_id'], sqlite_where=sa.text('unread'), postgresql_where=sa.text('unread'))
