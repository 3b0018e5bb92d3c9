"""Which alerts administrators were told of by mail or webhook."""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None
needs_stop = False


def upgrade() -> None:
    """Add the column. Alerts of before are told once, where somebody is to be told."""
    op.add_column('alerts', sa.Column('announced', sa.Boolean(), server_default=sa.false(), nullable=False))
