"""That a letter was accepted, noted at once, before the step that records it has its turn."""

import sqlalchemy as sa
from alembic import op

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None
needs_stop = False


def upgrade() -> None:
    op.add_column('letters', sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True))
