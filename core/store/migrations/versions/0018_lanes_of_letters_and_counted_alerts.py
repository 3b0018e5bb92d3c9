"""Letters wait in lanes for their limits; alerts of one family that are too many are counted."""

from alembic import op
import sqlalchemy as sa

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('letters', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lane', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('origin_key', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('admitted_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_letters_lane_admitted_at', ['lane', 'admitted_at'], unique=False)
        batch_op.create_index(
            'ix_letters_waiting', ['recipient_key', 'id'], unique=False,
            sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"),
        )
    with op.batch_alter_table('alerts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('times', sa.Integer(), nullable=False, server_default='1'))
