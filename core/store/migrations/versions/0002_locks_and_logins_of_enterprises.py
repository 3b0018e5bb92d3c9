"""Locks and logins of enterprises."""

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('used_challenges',
    sa.Column('nonce_sha256', sa.String(length=64), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('nonce_sha256', name=op.f('pk_used_challenges'))
    )
    with op.batch_alter_table('used_challenges', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_used_challenges_expires_at'), ['expires_at'], unique=False)

    op.create_table('password_tries',
    sa.Column('name_key', sa.String(length=64), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name_key', name=op.f('pk_password_tries'))
    )
    op.create_table('refused_certificates',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_refused_certificates'))
    )
    op.create_table('lock_owners',
    sa.Column('unique_id_key', sa.String(length=64), nullable=False),
    sa.Column('enterprise_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_lock_owners_enterprise_id_enterprises')),
    sa.PrimaryKeyConstraint('unique_id_key', name=op.f('pk_lock_owners'))
    )
    op.create_table('enterprise_sessions',
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('enterprise_id', sa.Integer(), nullable=False),
    sa.Column('binding_id', sa.Integer(), nullable=True),
    sa.Column('csrf', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['binding_id'], ['bindings.id'], name=op.f('fk_enterprise_sessions_binding_id_bindings')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_enterprise_sessions_enterprise_id_enterprises')),
    sa.PrimaryKeyConstraint('token_sha256', name=op.f('pk_enterprise_sessions'))
    )
    with op.batch_alter_table('enterprise_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_enterprise_sessions_enterprise_id'), ['enterprise_id'], unique=False)

    op.create_table('lock_keys',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('spki_sha256', sa.String(length=64), nullable=False),
    sa.Column('binding_id', sa.Integer(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['binding_id'], ['bindings.id'], name=op.f('fk_lock_keys_binding_id_bindings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lock_keys'))
    )
    with op.batch_alter_table('lock_keys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lock_keys_binding_id'), ['binding_id'], unique=False)
        batch_op.create_index('uq_lock_keys_active', ['spki_sha256'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    with op.batch_alter_table('bindings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('unique_id_key', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('ca_unique_id', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('lost_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_bindings_unique_id_key'), ['unique_id_key'], unique=False)

