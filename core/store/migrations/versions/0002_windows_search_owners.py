"""What came after the first schema: several windows a day, owners and tags of cases, search, files of
letters, blocked senders."""

from datetime import UTC, datetime, time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
OPENED = time(3)  # 11:00 in Beijing
needs_stop = True  # a case without window_opens_at never counts as overdue


def upgrade() -> None:
    """Add tables and columns; each waiting case gets the opening of the window of before, 11:00."""
    op.create_table(
        "blocked_senders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender_key", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_senders")),
        sa.UniqueConstraint("sender_key", name=op.f("uq_blocked_senders_sender_key")),
    )
    op.create_table(
        "letter_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_letter_files_letter_id_letters")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_files")),
    )
    op.create_index(op.f("ix_letter_files_letter_id"), "letter_files", ["letter_id"], unique=False)
    op.create_table(
        "search_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_search_words_letter_id_letters")
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mails.id"], name=op.f("fk_search_words_mail_id_mails")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_words")),
    )
    op.create_index(op.f("ix_search_words_letter_id"), "search_words", ["letter_id"], unique=False)
    op.create_index(op.f("ix_search_words_mail_id"), "search_words", ["mail_id"], unique=False)
    op.add_column("cases", sa.Column("window_opens_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("owner", sa.String(length=40), nullable=True))
    op.add_column("cases", sa.Column("tag", sa.String(length=20), nullable=True))
    op.create_index("ix_cases_owner_id", "cases", ["owner", "id"], unique=False)
    op.create_index("ix_cases_tag_id", "cases", ["tag", "id"], unique=False)
    op.add_column("enterprises", sa.Column("person_key", sa.String(length=64), nullable=True))
    op.add_column("enterprises", sa.Column("phone_key", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_enterprises_person_key"), "enterprises", ["person_key"], unique=False)
    op.create_index(op.f("ix_enterprises_phone_key"), "enterprises", ["phone_key"], unique=False)
    op.add_column(
        "mails", sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False)
    )

    _name_windows()


def _name_windows() -> None:
    cases = sa.table(
        "cases",
        sa.column("id", sa.Integer),
        sa.column("window_date", sa.Date),
        sa.column("window_opens_at", sa.DateTime(timezone=True)),
    )
    connection = op.get_bind()
    waiting = sa.select(cases.c.id, cases.c.window_date).where(cases.c.window_date.is_not(None))
    for case_id, day in connection.execute(waiting).all():
        opens_at = datetime.combine(day, OPENED, UTC)
        if (
            connection.dialect.name == "sqlite"
        ):  # which stores no zone (core/store/tables/columns.py)
            opens_at = opens_at.replace(tzinfo=None)
        update = cases.update().where(cases.c.id == case_id).values(window_opens_at=opens_at)
        connection.execute(update)
