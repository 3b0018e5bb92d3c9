"""The audit for whoever has the role of auditor: filtered, from the newest on, and as a file.

Each file that is taken along is in the audit itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import Response, StreamingResponse

from core.cases.letters import words
from core.clock import LOCAL, local
from core.data.audit_entry import AuditEntry, AuditFilter
from core.data.case import State
from core.data.case_ports import Transaction
from web.common.masking import hide_numbers
from web.common.sessions import Me, Sender, signed_in
from web.common.site import Before, Site, TheSite
from web.console.spreadsheets import CSV, MARK, csv_text

router = APIRouter(dependencies=[Depends(signed_in)])

BATCH: Final = 1000
MOST_EXPORTED: Final = 200_000
HEAD: Final = ("编号", "时间", "人员", "事项", "事项代码", "工单", "工单状态", "说明")
Typed = Annotated[str, Query(max_length=80)]
Sent = Annotated[str, Form(max_length=80)]


@router.get("/audit")
def show_audit(
    site: TheSite,
    me: Me,
    who: Typed = "",
    what: Typed = "",
    number: Typed = "",
    since: Typed = "",
    until: Typed = "",
    before: Before = None,
) -> Response:
    """The newest rows that meet the filter, or those before one."""
    rows, typed = (
        site.settings.page_rows,
        {"who": who, "what": what, "number": number, "since": since, "until": until},
    )
    with site.desk.store.view() as tx:
        wanted, problem = _filter(tx, **typed)
        found = tx.audit.search(wanted, rows + 1, before) if not problem else []
        numbers = tx.cases.numbers({entry.case_id for entry in found if entry.case_id})
    return site.pages.html(
        "audit.html",
        400 if problem else 200,
        me=me,
        entries=found[:rows],
        numbers=numbers,
        typed=typed,
        problem=problem,
        before=before,
        older=found[rows - 1].id if len(found) > rows else None,
        query=urlencode(typed),
        most=MOST_EXPORTED,
    )


@router.post("/audit/export")
def export(
    site: TheSite,
    me: Sender,
    who: Sent = "",
    what: Sent = "",
    number: Sent = "",
    since: Sent = "",
    until: Sent = "",
) -> Response:
    """The rows that meet the filter, newest first, as CSV."""
    typed = {"who": who, "what": what, "number": number, "since": since, "until": until}
    with site.desk.store.transaction() as tx:
        wanted, problem = _filter(tx, **typed)
        if not problem:
            tx.audit.write(
                site.desk.clock.now(),
                me.name,
                "audit.exported",
                **{key: value for key, value in typed.items() if value},
            )
    if problem:
        return site.pages.html("failure.html", 400, me=me, title="无法处理", text=problem)
    headers = {
        "Content-Disposition": (
            f'attachment; filename="audit-{local(site.desk.clock.now()):%Y%m%d-%H%M}.csv"'
        )
    }
    return StreamingResponse(_lines(site, wanted), media_type=CSV, headers=headers)


def _lines(site: Site, wanted: AuditFilter) -> Iterator[str]:
    """The file piece by piece, each from a view of its own: none lasts long."""
    yield MARK + csv_text([HEAD])
    before: int | None = None
    for _ in range(MOST_EXPORTED // BATCH):
        with site.desk.store.view() as tx:
            found = tx.audit.search(wanted, BATCH, before)
            numbers = tx.cases.numbers({entry.case_id for entry in found if entry.case_id})
        yield csv_text([_row(entry, numbers.get(entry.case_id or 0, "")) for entry in found])
        if len(found) < BATCH:
            return
        before = found[-1].id
    yield csv_text(
        [("", "", "", f"只导出最近的 {MOST_EXPORTED} 条，请缩小时间范围后再导出更早的记录。")]
    )


def _row(entry: AuditEntry, number: str) -> tuple[str | int, ...]:
    said = hide_numbers(
        "；".join(
            f"{words.DETAILS.get(key, key)} {value}" for key, value in entry.detail.items() if value
        )
    )
    state = words.STATES[State(entry.state)] if entry.state else ""
    return (
        entry.id,
        f"{local(entry.at):%Y-%m-%d %H:%M:%S}",
        words.ACTORS.get(entry.actor, entry.actor),
        words.ACTIONS.get(entry.action, entry.action),
        entry.action,
        number,
        state,
        said,
    )


def _filter(
    tx: Transaction, who: str, what: str, number: str, since: str, until: str
) -> tuple[AuditFilter, str]:
    """The filter that was typed, and what is wrong with it."""
    actors = {said: actor for actor, said in words.ACTORS.items()}
    wanted = AuditFilter(actor=actors.get(who.strip(), who.strip()), action=what.strip())
    if number.strip():
        case = tx.cases.by_number(number.strip().upper())
        if case is None:
            return wanted, "没有这个工单号。"
        wanted = replace(wanted, case_id=case.id)
    try:
        first = _midnight(since) if since else None
        after = _midnight(until) + timedelta(days=1) if until else None
    except ValueError:
        return wanted, "日期应写成 2026-11-25 这样的形式。"
    return replace(wanted, since=first, until=after), ""


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(0), LOCAL)
