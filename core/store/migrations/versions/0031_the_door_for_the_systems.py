"""Logins of enterprises at trading systems, the keys that sign them, and events that these systems are told of."""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None
# Processes of before work on beside it: they delete no enterprise and no binding, so that they break no foreign key. But they write no events and end no logins
# at systems, so `systems` belongs into config.yaml only when the last of them is replaced (docs/OPERATIONS.md, "Without a stop").
needs_stop = False


def _instant() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        'subjects', sa.Column('enterprise_id', sa.Integer, nullable=False), sa.Column('subject', sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint('enterprise_id', name=op.f('pk_subjects')), sa.UniqueConstraint('subject', name=op.f('uq_subjects_subject')),
        sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_subjects_enterprise_id_enterprises')),
    )
    op.create_table(
        'signing_keys', sa.Column('kid', sa.String(32), nullable=False), sa.Column('made_at', _instant(), nullable=False),
        sa.Column('sealed', sa.LargeBinary, nullable=False), sa.PrimaryKeyConstraint('kid', name=op.f('pk_signing_keys')),
    )
    op.create_table(
        'system_logins', sa.Column('sid', sa.String(64), nullable=False), sa.Column('session_sha256', sa.String(64), nullable=False),
        sa.Column('system_id', sa.String(40), nullable=False), sa.Column('enterprise_id', sa.Integer, nullable=False),
        sa.Column('binding_id', sa.Integer), sa.Column('auth_time', _instant(), nullable=False),
        sa.PrimaryKeyConstraint('sid', name=op.f('pk_system_logins')),
        sa.UniqueConstraint('session_sha256', 'system_id', name=op.f('uq_system_logins_session_sha256_system_id')),
        sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_system_logins_enterprise_id_enterprises')),
        sa.ForeignKeyConstraint(['binding_id'], ['bindings.id'], name=op.f('fk_system_logins_binding_id_bindings')),
    )
    op.create_table(
        'system_codes', sa.Column('code_sha256', sa.String(64), nullable=False), sa.Column('sid', sa.String(64), nullable=False),
        sa.Column('system_id', sa.String(40), nullable=False), sa.Column('redirect_uri', sa.Text, nullable=False), sa.Column('scope', sa.Text, nullable=False),
        sa.Column('nonce', sa.Text, nullable=False), sa.Column('challenge', sa.String(128), nullable=False),
        sa.Column('expires_at', _instant(), nullable=False), sa.Column('used_at', _instant()),
        sa.PrimaryKeyConstraint('code_sha256', name=op.f('pk_system_codes')),
        sa.ForeignKeyConstraint(['sid'], ['system_logins.sid'], name=op.f('fk_system_codes_sid_system_logins')),
    )
    op.create_table(
        'system_tokens', sa.Column('token_sha256', sa.String(64), nullable=False), sa.Column('system_id', sa.String(40), nullable=False),
        sa.Column('scope', sa.Text, nullable=False), sa.Column('expires_at', _instant(), nullable=False), sa.Column('sid', sa.String(64)),
        sa.PrimaryKeyConstraint('token_sha256', name=op.f('pk_system_tokens')),
        sa.ForeignKeyConstraint(['sid'], ['system_logins.sid'], name=op.f('fk_system_tokens_sid_system_logins')),
    )
    op.create_table(
        'events', sa.Column('id', sa.Integer, nullable=False), sa.Column('uid', sa.String(40), nullable=False), sa.Column('kind', sa.String(24), nullable=False),
        sa.Column('enterprise_id', sa.Integer, nullable=False), sa.Column('at', _instant()), sa.Column('binding_id', sa.Integer),
        sa.Column('system_id', sa.String(40), nullable=False), sa.Column('sid', sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_events')), sa.UniqueConstraint('uid', name=op.f('uq_events_uid')),
        sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_events_enterprise_id_enterprises')),
        sa.ForeignKeyConstraint(['binding_id'], ['bindings.id'], name=op.f('fk_events_binding_id_bindings')),
    )
    op.create_table(
        'event_queues', sa.Column('name', sa.String(60), nullable=False), sa.Column('last_id', sa.Integer, nullable=False),
        sa.Column('attempts', sa.Integer, nullable=False), sa.Column('next_try_at', _instant()), sa.PrimaryKeyConstraint('name', name=op.f('pk_event_queues')),
    )
    for table, column in (('system_codes', 'sid'), ('system_codes', 'expires_at'), ('system_tokens', 'sid'), ('system_tokens', 'expires_at')):
        op.create_index(op.f(f'ix_{table}_{column}'), table, [column])
