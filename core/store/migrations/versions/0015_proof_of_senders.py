"""How the sender of a mail stands, and whether its words wait to be read: asked for many cases at once, so outside the sealed reading."""

from alembic import op
import sqlalchemy as sa

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mails of before count as unproved and read: their cases are looked at one by one."""
    with op.batch_alter_table('mails', schema=None) as batch_op:
        batch_op.add_column(sa.Column('authentication', sa.String(length=8), server_default='', nullable=False))
        batch_op.add_column(sa.Column('unread', sa.Boolean(), server_default=sa.false(), nullable=False))
