"""Totals of days and months, counted once."""

from collections import Counter
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None
needs_stop = True  # processes of before would count cases without the totals

FIGURES = sa.table(
    'case_figures', sa.column('day', sa.Date), sa.column('first_try', sa.Boolean), sa.column('returned', sa.Integer), sa.column('outcome', sa.String),
    sa.column('answer_s', sa.Integer), sa.column('complete_min', sa.Integer), sa.column('handled_s', sa.Integer),
)  # fmt: skip
AT_ONCE = 1000


def upgrade() -> None:
    """Add the table and sum up what was counted so far."""
    totals = op.create_table(
        'figure_totals',
        sa.Column('by_month', sa.Boolean(), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('what', sa.String(length=16), nullable=False),
        sa.Column('value', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('by_month', 'first_day', 'what', 'value', name=op.f('pk_figure_totals')),
    )
    op.drop_index('ix_case_figures_day', 'case_figures')
    counted: Counter[tuple[bool, date, str, int]] = Counter()
    for row in op.get_bind().execute(sa.select(FIGURES)):
        for what, value in _totals(row):
            counted[False, row.day, what, value] += 1
            counted[True, row.day.replace(day=1), what, value] += 1
    rows = [dict(zip(('by_month', 'first_day', 'what', 'value', 'count'), (*key, count), strict=True)) for key, count in counted.items()]
    for start in range(0, len(rows), AT_ONCE):
        op.bulk_insert(totals, rows[start : start + AT_ONCE])


def _totals(row: Any) -> list[tuple[str, int]]:
    done = row.outcome == 'completed'
    facts = (
        ('received', 0), ('first_try', 0 if row.first_try else None), ('returned', 0 if row.returned else None), ('completed', 0 if done else None),
        ('otherwise', 0 if row.outcome and not done else None), ('answer_s', _coarse(row.answer_s, 1)), ('complete_min', _coarse(row.complete_min, 60)),
        ('handled_s', _coarse(row.handled_s, 1)),
    )  # fmt: skip
    return [(what, value) for what, value in facts if value is not None]


def _coarse(duration: int | None, unit_s: int) -> int | None:
    if duration is None:
        return None
    seconds = duration * unit_s
    step_s = 1 if seconds < 120 else 60 if seconds < 7200 else 360 if seconds < 172_800 else 8640
    step = max(step_s // unit_s, 1)
    return duration // step * step
