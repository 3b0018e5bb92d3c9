"""When personal data of cases and mails were removed, which mail shows which page images, and what the mailbox was told to delete."""

from alembic import op
import sqlalchemy as sa

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('cases', sa.Column('purged_at', sa.DateTime(timezone=True)))
    op.add_column('mails', sa.Column('purged_at', sa.DateTime(timezone=True)))
    op.add_column('mails', sa.Column('removed', sa.Boolean(), nullable=False, server_default=sa.false()))
    purged = sa.text('purged_at IS NOT NULL AND NOT removed')
    op.create_index('ix_mails_purged', 'mails', ['mailbox'], sqlite_where=purged, postgresql_where=purged)
    op.create_table(
        'page_images',
        sa.Column('mail_id', sa.Integer(), nullable=False),
        sa.Column('sha256', sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(['mail_id'], ['mails.id'], name=op.f('fk_page_images_mail_id_mails')),
        sa.ForeignKeyConstraint(['sha256'], ['images.sha256'], name=op.f('fk_page_images_sha256_images')),
        sa.PrimaryKeyConstraint('mail_id', 'sha256', name=op.f('pk_page_images')),
    )
    op.create_index(op.f('ix_page_images_sha256'), 'page_images', ['sha256'])
