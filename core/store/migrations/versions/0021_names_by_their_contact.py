"""A keyed digest of the contact address: the names that are registered for the sender of a mail are looked for in its words."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; `SqlStore.note_contacts` fills it, since a digest needs the vault's key."""
    op.add_column('enterprises', sa.Column('contact_key', sa.String(64)))
    op.create_index(op.f('ix_enterprises_contact_key'), 'enterprises', ['contact_key'])
