"""Each case that names the day of its window names its opening too: windows are looked for by it."""

from datetime import UTC, datetime, time

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
OPENED = time(3)  # 11:00 in Beijing
needs_stop = True  # the program of before cannot read an undo that the new one writes


def upgrade() -> None:
    """Write the opening that the program of before lost when it saved a case of before 0002."""
    cases = sa.table(
        "cases",
        sa.column("window_date", sa.Date),
        sa.column("window_opens_at", sa.DateTime(timezone=True)),
    )
    connection = op.get_bind()
    without = cases.c.window_opens_at.is_(None) & cases.c.window_date.is_not(None)
    days = sa.select(cases.c.window_date).where(without).distinct()
    for day in connection.scalars(days).all():
        opens_at = datetime.combine(day, OPENED, UTC)
        if connection.dialect.name == "sqlite":  # which stores no zone
            opens_at = opens_at.replace(tzinfo=None)
        its = cases.update().where(without, cases.c.window_date == day)
        connection.execute(its.values(window_opens_at=opens_at))
