"""Keys that a lock announced and that have not signed yet stand apart from its proven ones; a binding names the CA profile it was made under.

What `lock_keys` held before is left as it is: which of its rows had signed was not written down.
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        'announced_keys',
        sa.Column('spki_sha256', sa.String(64), nullable=False),
        sa.Column('binding_id', sa.Integer, sa.ForeignKey('bindings.id', name='fk_announced_keys_binding_id_bindings'), nullable=False),
        sa.PrimaryKeyConstraint('spki_sha256', 'binding_id', name='pk_announced_keys'),
    )
    op.add_column('bindings', sa.Column('issuer_profile', sa.String(40)))
