"""The audit is filtered by time, person and act."""

from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None
needs_stop = False


def upgrade() -> None:
    """Add the indexes."""
    op.create_index('ix_audit_at', 'audit', ['at'])
    op.create_index('ix_audit_actor_at', 'audit', ['actor', 'at'])
    op.create_index('ix_audit_action_at', 'audit', ['action', 'at'])
