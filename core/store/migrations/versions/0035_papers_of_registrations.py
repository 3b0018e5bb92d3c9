"""Papers that enterprises upload with their registration."""

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None
needs_stop = True  # processes of before would write accounts without what administrators said of their papers


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        'enterprise_papers',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('enterprise_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('kept', sa.Boolean(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('picture', sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_enterprise_papers_enterprise_id_enterprises')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_enterprise_papers')),
    )
    op.create_index(op.f('ix_enterprise_papers_enterprise_id'), 'enterprise_papers', ['enterprise_id'])
