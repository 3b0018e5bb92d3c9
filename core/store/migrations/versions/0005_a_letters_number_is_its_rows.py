"""A letter's number is that of its row and no longer sealed with it: a program that looks for it there must refuse the database. No table changes."""

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing to change: letters of before bear the same number in both places."""
