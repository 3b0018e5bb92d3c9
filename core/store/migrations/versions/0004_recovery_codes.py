"""Administrators have no recovery codes any more."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
needs_stop = True  # the program of before reads the table at each second factor


def upgrade() -> None:
    """Drop their table."""
    op.drop_table("recovery_codes")
