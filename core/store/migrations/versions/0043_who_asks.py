"""Whether a case has papers, in a column; what is to be looked at is asked anew (core.cases.decision.batch_approval)."""

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None
needs_stop = True  # processes of before know nothing of the time to object


def upgrade() -> None:
    """`SqlStore.note_filters` fills both columns again; a case of before counts as one with papers."""
    op.add_column('cases', sa.Column('has_papers', sa.Boolean(), nullable=True))
    op.execute(sa.text('UPDATE cases SET to_look = NULL'))
