"""Mails fair by sender; letters that came back."""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('mails', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sender_key', sa.String(length=64), nullable=True))
    op.create_index('ix_mails_waiting', 'mails', ['sender_key', 'arrived', 'id'], unique=False,
                    sqlite_where=sa.text("disposition = 'received'"), postgresql_where=sa.text("disposition = 'received'"))
    with op.batch_alter_table('letters', schema=None) as batch_op:
        batch_op.add_column(sa.Column('bounced', sa.String(length=16), nullable=True))
