"""Second factors of administrators; sessions that wait for one."""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None
needs_stop = True  # processes of before cannot read a session that waits


def upgrade() -> None:
    """Add the tables and columns."""
    op.create_table(
        'totp_secrets',
        sa.Column('administrator_id', sa.Integer(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('last_step', sa.BigInteger(), nullable=False),
        sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['administrator_id'], ['administrators.id'], name=op.f('fk_totp_secrets_administrator_id_administrators')),
        sa.PrimaryKeyConstraint('administrator_id', name=op.f('pk_totp_secrets')),
    )
    op.create_table(
        'passkeys',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('administrator_id', sa.Integer(), nullable=False),
        sa.Column('credential', sa.Text(), nullable=False),
        sa.Column('cose', sa.Text(), nullable=False),
        sa.Column('count', sa.BigInteger(), nullable=False),
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['administrator_id'], ['administrators.id'], name=op.f('fk_passkeys_administrator_id_administrators')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_passkeys')),
        sa.UniqueConstraint('credential', name=op.f('uq_passkeys_credential')),
    )
    op.create_index(op.f('ix_passkeys_administrator_id'), 'passkeys', ['administrator_id'])
    op.create_table(
        'recovery_codes',
        sa.Column('administrator_id', sa.Integer(), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['administrator_id'], ['administrators.id'], name=op.f('fk_recovery_codes_administrator_id_administrators')),
        sa.PrimaryKeyConstraint('administrator_id', 'sha256', name=op.f('pk_recovery_codes')),
    )
    op.add_column('sessions', sa.Column('pending', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('sessions', sa.Column('challenge', sa.String(64), nullable=False, server_default=''))
