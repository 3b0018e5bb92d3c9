"""Which cases show that another one competes with them: a new one looks at all others, and at a few of these."""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None
needs_stop = False  # processes of before leave it false, as it is for the cases of before: such a case is looked at once more


def upgrade() -> None:
    """Add the column."""
    op.add_column('cases', sa.Column('competing', sa.Boolean, nullable=False, server_default=sa.false()))
