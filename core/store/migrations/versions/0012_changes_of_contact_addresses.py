"""A change of a contact address is kept with its two links: the one that confirms it, and the one by which the old address takes it back."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        'contact_changes',
        sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('enterprise_id', sa.Integer, sa.ForeignKey('enterprises.id', name='fk_contact_changes_enterprise_id_enterprises'), nullable=False),
        sa.Column('link_id', sa.Integer, sa.ForeignKey('links.id', name='fk_contact_changes_link_id_links'), nullable=False),
        sa.Column('objection_id', sa.Integer, sa.ForeignKey('links.id', name='fk_contact_changes_objection_id_links')),
        sa.Column('sealed', sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_contact_changes'),
    )
    op.create_index('ix_contact_changes_enterprise_id', 'contact_changes', ['enterprise_id'])
    op.create_index('ix_contact_changes_link_id', 'contact_changes', ['link_id'])
    op.create_index('ix_contact_changes_objection_id', 'contact_changes', ['objection_id'])
