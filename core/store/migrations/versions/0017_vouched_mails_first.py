"""Whether the receiving server vouches for a waiting mail's sender: its place among those that wait."""

from alembic import op
import sqlalchemy as sa

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('mails', sa.Column('vouched', sa.Boolean(), nullable=False, server_default=sa.false()))
