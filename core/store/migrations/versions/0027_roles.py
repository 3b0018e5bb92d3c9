"""Roles of administrators. Whoever is one keeps all rights."""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None
needs_stop = True  # processes of before cannot read an administrator with roles, nor a case that one person approved of two


def upgrade() -> None:
    """Add the column."""
    op.add_column('administrators', sa.Column('roles', sa.String(80), nullable=False, server_default='reviewer approver auditor system'))
