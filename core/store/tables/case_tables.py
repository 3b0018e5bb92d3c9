"""Cases and what is counted of them."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
)

from core.data.case import State
from core.enterprise_names import fold_name
from core.store.tables.columns import (
    Digest,
    Instant,
    Sealed,
    code,
    key,
    metadata,
    numbered,
    required,
    where,
)

BY_HAND, FROM_STRANGER, NOT_TO_LOOK = (
    text(f"cases.{said}")
    for said in ("by_hand IS NOT FALSE", "from_stranger IS NOT FALSE", "to_look IS NOT TRUE")
)
"""What lists ask: rows that say so, and those in which it is not written down yet.

As the partial indexes say it.
"""

cases = numbered(
    "cases",
    required("number", String(24), unique=True),
    required("version", Integer),
    required("state", code(State, 16)),
    Column("window_date", Date),
    Column("window_opens_at", Instant),
    Column("enterprise_id", ForeignKey("enterprises.id"), index=True),
    Column("name_key", Digest("enterprise_name", fold_name), index=True),
    Column("uscc_key", Digest("uscc"), index=True),
    Column("sender_key", Digest("sender"), index=True),
    Column("handler_key", Digest("handler_mark"), index=True),
    required("competing", Boolean, server_default=false()),
    required("opened_at", Instant),
    required("changed_at", Instant),
    required("sealed", Sealed),
    Column("purged_at", Instant),
    Column("by_hand", Boolean),
    Column("from_stranger", Boolean),
    Column("to_look", Boolean),
    Column("has_papers", Boolean),
    Column("owner", String(40)),
    Column("tag", String(20)),
    Index("ix_cases_state_window_date", "state", "window_date"),
    Index("ix_cases_state_id", "state", "id"),
    Index("ix_cases_changed_at", "changed_at"),
    Index("ix_cases_opened_at", "opened_at"),
    Index("ix_cases_window_date", "window_date"),
    Index("ix_cases_owner_id", "owner", "id"),
    Index("ix_cases_tag_id", "tag", "id"),
    Index("ix_cases_by_hand", "state", **where("by_hand IS NOT FALSE")),
    Index("ix_cases_from_stranger", "id", **where("from_stranger IS NOT FALSE")),
)

case_figures = Table(
    "case_figures",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    required("day", Date),
    required("arrived", Instant),
    required("opened_at", Instant),
    required("first_try", Boolean),
    required("returned", Integer),
    required("outcome", String(16)),
    Column("answer_s", Integer),
    Column("complete_min", Integer),
    Column("answer_letter", Integer),
    required("codes", Text),
    Column("handled_s", Integer),
)

finding_figures = Table(
    "finding_figures",
    metadata,
    Column("day", Date, primary_key=True),
    key("code", 60),
    required("told", Integer),
    required("returned", Integer),
    required("overruled", Integer),
)
