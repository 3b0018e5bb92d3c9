"""The audit page: a filtered list of audit rows, newest first, and its export as a CSV file. Each
export writes an audit row of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response
from pydantic import BaseModel, Field

from core.cases.letters import words
from core.clock import local, period
from core.data.audit_entry import AuditEntry
from core.errors import NotAllowed
from core.masking import hide_numbers
from core.store.store import Transaction
from web.common.caller import shows_again
from web.common.sessions import Console, Here
from web.common.site import RowId, typed_date
from web.console.spreadsheets import Piece, csv_file, pieces

router = APIRouter()

MOST_EXPORTED = 200_000  # rows of one file
HEAD = ("编号", "时间", "人员", "事项", "事项代码", "工单", "工单状态", "说明")
Text = Annotated[str, Field(max_length=80)]


class AuditForm(BaseModel):
    """The form of the filter. `before`: only rows older than this one."""

    who: Text = ""
    what: Text = ""
    number: Text = ""
    since: Text = ""
    until: Text = ""
    before: RowId | None = None

    def query(self, tx: Transaction) -> dict[str, Any]:
        """The values for the search. Raises NotAllowed for an unknown case number or an invalid
        date."""
        who, number = self.who.strip(), self.number.strip().upper()
        actors = {name: actor for actor, name in words.ACTORS.items()}
        case = tx.cases.by(number=number) if number else None
        if number and case is None:
            raise NotAllowed("没有这个工单号。")
        return {
            "actor": actors.get(who, who),
            "action": self.what.strip(),
            "case_id": case.id if case else None,
            "since": _bounds(self.since)[0],
            "until": _bounds(self.until)[1],
        }


def _bounds(typed: str) -> tuple[datetime, datetime] | tuple[None, None]:
    """Begin and end of a day, None without one. Raises NotAllowed for an invalid date."""
    if not typed:
        return None, None
    day = typed_date(typed)
    return period(day, day)


def _page(
    here: Console,
    typed: AuditForm,
    found: Sequence[AuditEntry] = (),
    numbers: Mapping[int, str] | None = None,
    status: int = 200,
    **facts: Any,
) -> Response:
    shown = {"typed": typed.model_dump(exclude={"before"}), "most": MOST_EXPORTED}
    rows = here.rows(found, typed.before)
    return here.page("audit.html", status, numbers=numbers or {}, **shown | rows | facts)


@router.get("/audit")
@shows_again(_page, 400)
def show_audit(here: Here, typed: Annotated[AuditForm, Query()]) -> Response:
    """One page of the rows that match the filter."""
    with here.view() as tx:
        found = tx.audit.search(here.settings.page_rows + 1, typed.before, **typed.query(tx))
        numbers = tx.cases.numbers(entry.case_id for entry in found)
    return _page(here, typed, found, numbers)


@router.post("/audit/export")
@shows_again(_page, 400)
def export(here: Here, typed: Annotated[AuditForm, Form()]) -> Response:
    """The rows that match the filter, newest first, as CSV."""
    detail = {name: text for name, text in typed.model_dump(exclude={"before"}).items() if text}
    with here.desk.step() as tx:
        query = typed.query(tx)
        tx.audit.write(here.name, "audit.exported", **detail)
    found = pieces(here, HEAD, partial(_next_piece, query), MOST_EXPORTED)
    return csv_file(f"audit-{local(here.now):%Y%m%d-%H%M}.csv", found)


def _next_piece(query: dict[str, Any], tx: Transaction, before: int, limit: int) -> Piece:
    """The next rows of the file: those older than the id `before`, 0 for the newest."""
    found = tx.audit.search(limit, before or None, **query)
    numbers = tx.cases.numbers(entry.case_id for entry in found)
    return [_row(entry, numbers.get(entry.case_id or 0, "")) for entry in found], found


def _row(entry: AuditEntry, number: str) -> tuple[str | int, ...]:
    detail = [
        f"{words.DETAILS.get(key, key)} {value}" for key, value in entry.detail.items() if value
    ]
    return (
        entry.id,
        f"{local(entry.at):%Y-%m-%d %H:%M:%S}",
        words.ACTORS.get(entry.actor, entry.actor),
        words.ACTIONS.get(entry.action, entry.action),
        entry.action,
        number,
        words.STATES[entry.state] if entry.state else "",
        hide_numbers("；".join(detail)),
    )
