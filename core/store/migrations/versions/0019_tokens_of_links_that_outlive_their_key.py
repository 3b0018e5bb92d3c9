"""The token of a link whose letter may be under way, sealed, where the vault's key was changed since: the new key cannot derive it."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column('links', sa.Column('sealed_token', sa.LargeBinary()))
