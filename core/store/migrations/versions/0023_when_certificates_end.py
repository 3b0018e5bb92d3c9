"""When the certificate of a bound lock ends, as the lock showed it: at its binding, and again at its logins."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None
needs_stop = True  # letters and links of new kinds, which processes of before cannot read


def upgrade() -> None:
    """Add the column; each lock fills its own when it signs the next time."""
    op.add_column('bindings', sa.Column('valid_until', sa.DateTime(timezone=True)))
