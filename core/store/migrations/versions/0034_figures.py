"""Figures of cases and findings, counted from the audit."""

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None
needs_stop = False


def upgrade() -> None:
    """Add the tables; they are filled from the audit, older cases included."""
    op.create_table(
        'case_figures',
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('arrived', sa.DateTime(timezone=True), nullable=False),
        sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('first_try', sa.Boolean(), nullable=False),
        sa.Column('returned', sa.Integer(), nullable=False),
        sa.Column('outcome', sa.String(length=16), nullable=False),
        sa.Column('answer_s', sa.Integer(), nullable=True),
        sa.Column('complete_min', sa.Integer(), nullable=True),
        sa.Column('answer_letter', sa.Integer(), nullable=True),
        sa.Column('codes', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_figures_case_id_cases')),
        sa.PrimaryKeyConstraint('case_id', name=op.f('pk_case_figures')),
    )
    op.create_index('ix_case_figures_day', 'case_figures', ['day', 'first_try', 'returned', 'outcome', 'answer_s', 'complete_min'])
    op.create_table(
        'finding_figures',
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('code', sa.String(length=60), nullable=False),
        sa.Column('told', sa.Integer(), nullable=False),
        sa.Column('returned', sa.Integer(), nullable=False),
        sa.Column('overruled', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('day', 'code', name=op.f('pk_finding_figures')),
    )
