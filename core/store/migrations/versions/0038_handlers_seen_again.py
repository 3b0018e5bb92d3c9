"""By which a handler is found again in cases of other enterprises."""

import sqlalchemy as sa
from alembic import op

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None
needs_stop = False


def upgrade() -> None:
    """Add the column; cases of before have no digest."""
    op.add_column('cases', sa.Column('handler_key', sa.String(length=64), nullable=True))
    op.create_index(op.f('ix_cases_handler_key'), 'cases', ['handler_key'])
