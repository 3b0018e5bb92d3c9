"""How long administrators had a case open before they decided it."""

import sqlalchemy as sa
from alembic import op

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None
needs_stop = False

COLUMNS = ['day', 'first_try', 'returned', 'outcome', 'answer_s', 'complete_min']


def upgrade() -> None:
    """Add the column, also to the index that the statistics are read from."""
    op.add_column('case_figures', sa.Column('handled_s', sa.Integer(), nullable=True))
    op.drop_index('ix_case_figures_day', 'case_figures')
    op.create_index('ix_case_figures_day', 'case_figures', [*COLUMNS, 'handled_s'])
