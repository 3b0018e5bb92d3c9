"""Password tries by account and source, known browsers, idle sessions, one-time passwords that run out. Administrators log in anew."""

from datetime import timedelta

from alembic import op
import sqlalchemy as sa

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

ONCE_GOOD_FOR = timedelta(hours=24)


def upgrade() -> None:
    op.drop_table('password_tries')
    op.create_table('login_tries',
    sa.Column('counter_key', sa.String(length=64), nullable=False),
    sa.Column('account_key', sa.String(length=64), nullable=True),
    sa.Column('audience', sa.String(length=16), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tell', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('counter_key', name=op.f('pk_login_tries'))
    )
    op.create_index(op.f('ix_login_tries_account_key'), 'login_tries', ['account_key'], unique=False)
    op.create_index(op.f('ix_login_tries_at'), 'login_tries', ['at'], unique=False)
    op.create_index('ix_login_tries_tell', 'login_tries', ['tell'], unique=False, sqlite_where=sa.text('tell'), postgresql_where=sa.text('tell'))
    op.create_table('login_devices',
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('account_key', sa.String(length=64), nullable=False),
    sa.Column('source_key', sa.String(length=64), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('token_sha256', 'account_key', name=op.f('pk_login_devices'))
    )
    op.create_index('ix_login_devices_account_key_source_key', 'login_devices', ['account_key', 'source_key'], unique=False)
    op.create_index(op.f('ix_login_devices_expires_at'), 'login_devices', ['expires_at'], unique=False)
    op.drop_table('sessions')
    op.create_table('sessions',
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('administrator_id', sa.Integer(), nullable=False),
    sa.Column('csrf', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['administrator_id'], ['administrators.id'], name=op.f('fk_sessions_administrator_id_administrators')),
    sa.PrimaryKeyConstraint('token_sha256', name=op.f('pk_sessions'))
    )
    op.create_index(op.f('ix_sessions_administrator_id'), 'sessions', ['administrator_id'], unique=False)
    op.add_column('administrators', sa.Column('once_until', sa.DateTime(timezone=True), nullable=True))
    _date_one_time_passwords(op.get_bind())
    for column in ('must_change', 'failed_logins', 'locked_until'):
        op.drop_column('administrators', column)


def _date_one_time_passwords(connection: sa.Connection) -> None:
    """Unchanged one-time passwords run out a day after their account was made: most are long over, and are issued anew."""
    table = sa.table('administrators', sa.column('id', sa.Integer), sa.column('created_at', sa.DateTime(timezone=True)),
                     sa.column('once_until', sa.DateTime(timezone=True)), sa.column('must_change', sa.Boolean))
    for row in connection.execute(sa.select(table.c.id, table.c.created_at).where(table.c.must_change)).all():
        connection.execute(table.update().where(table.c.id == row.id).values(once_until=row.created_at + ONCE_GOOD_FOR))
