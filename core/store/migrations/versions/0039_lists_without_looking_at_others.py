"""Lists of mails, letters, cases and audit rows without looking at the others."""

from alembic import op

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None
needs_stop = False


def upgrade() -> None:
    """Change the indexes."""
    op.create_index('ix_mails_disposition_id', 'mails', ['disposition', 'id'])
    op.drop_index('ix_mails_disposition', 'mails')
    op.create_index('ix_letters_state_id', 'letters', ['state', 'id'])
    op.create_index('ix_letters_mail_id', 'letters', ['mail_id'])
    op.create_index('ix_cases_opened_at', 'cases', ['opened_at'])
    op.create_index('ix_cases_window_date', 'cases', ['window_date'])
    op.create_index('ix_audit_actor_action_at', 'audit', ['actor', 'action', 'at'])
