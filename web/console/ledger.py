"""台账: the cases, enterprises and letters of a period as files for the records of the centre.

Who took which file along is in the audit.
"""

from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel

from core.cases.letters import words
from core.clock import local, period
from core.data.case import Case, State
from core.data.case_query import is_from_stranger
from core.data.enterprise import Enterprise
from core.data.letter import Letter
from core.masking import hide_numbers
from core.store.store import Transaction
from web.common import page_words
from web.common.sessions import Here
from web.console.spreadsheets import Piece, Row, csv_file, pieces, xlsx_file

router = APIRouter()

MOST_ROWS = {"csv": 200_000, "xlsx": 50_000}


class Wanted(BaseModel):
    """Which file: the days are both included."""

    sheet: Literal["cases", "enterprises", "letters"]
    since: date
    until: date
    form: Literal["csv", "xlsx"]


Period = tuple[datetime, datetime]
"""From an instant to before another."""


@router.post("/ledger")
def export(here: Here, wanted: Annotated[Wanted, Form()]) -> Response:
    """The file, with a row in the audit."""
    detail = {name: str(value) for name, value in wanted.model_dump().items()}
    with here.desk.step() as tx:
        tx.audit.write(here.name, "ledger.exported", **detail)
    words_of = page_words.LABELS["ledger"][wanted.sheet]
    piece = partial(PIECES[wanted.sheet], period(wanted.since, wanted.until))
    found = pieces(here, words_of["head"], piece, MOST_ROWS[wanted.form])
    name = f"{wanted.sheet}-{wanted.since:%Y%m%d}-{wanted.until:%Y%m%d}.{wanted.form}"
    if wanted.form == "xlsx":
        return xlsx_file(name, [(words_of["title"], chain.from_iterable(found))])
    return csv_file(name, found)


def _cases(within: Period, tx: Transaction, after: int, limit: int) -> Piece:
    found = tx.cases.opened_between(*within, after, limit)
    ended = [
        one for case in found if case.state is State.COMPLETED for one in case.binding_ids or ()
    ]
    serials = {lock.id: lock.serial for lock in tx.bindings.newest(id=ended, limit=len(ended))}
    return [_case_row(case, serials) for case in found], found


def _case_row(case: Case, serials: dict[int, str]) -> Row:
    locks = case.binding_ids if case.unbind and case.state is State.COMPLETED else ()
    contacted = case.reached
    return (
        case.number,
        _moment(case.opened_at),
        hide_numbers(case.enterprise_name or ""),
        case.uscc,
        hide_numbers(case.handler),
        case.sender,
        "否" if is_from_stranger(case) else "是",
        words.ANSWERS[case.unbind],
        words.ANSWERS[case.reset_password],
        words.STATES[case.state],
        _moment(case.complete_at),
        case.window_date.isoformat() if case.window_date else "",
        f"{words.CONTACTED_BY[contacted.by]} {contacted.whom}".strip() if contacted else "",
        case.first_approved_by,
        case.approved_by,
        _moment(case.completed_at),
        "、".join(serials[one] for one in locks or () if one in serials),
        _moment(case.objected_at),
        hide_numbers(case.reason),
    )


def _enterprises(within: Period, tx: Transaction, after: int, limit: int) -> Piece:
    found = tx.accounts.find(limit=limit, after=after)
    since, until = within
    inside = [one for one in found if since <= one.registered_at < until]
    active = tx.bindings.active_ids({one.id for one in inside})
    return [_enterprise_row(one, len(active.get(one.id, ()))) for one in inside], found


def _enterprise_row(one: Enterprise, locks: int) -> Row:
    return (
        one.name,
        one.uscc,
        hide_numbers(one.contact_name),
        one.contact_phone,
        one.contact_email,
        _moment(one.registered_at),
        "是" if one.information_submitted else "否",
        _moment(one.information_accepted_at),
        locks,
        _moment(one.frozen_at),
    )


def _letters(within: Period, tx: Transaction, after: int, limit: int) -> Piece:
    found = tx.letters.written_between(*within, after, limit)
    numbers = tx.cases.numbers(one.case_id for one in found)
    return [_letter_row(one, numbers.get(one.case_id or 0, "")) for one in found], found


def _letter_row(one: Letter, number: str) -> Row:
    return (
        one.id,
        words.LETTERS[one.kind],
        words.LETTER_STATES[one.state],
        one.recipient,
        hide_numbers(one.rendered.subject),
        number,
        _moment(one.created_at),
        _moment(one.sent_at),
        hide_numbers(one.error),
    )


def _moment(instant: datetime | None) -> str:
    return f"{local(instant):%Y-%m-%d %H:%M:%S}" if instant else ""


PIECES = {"cases": _cases, "enterprises": _enterprises, "letters": _letters}
"""The rows of each sheet that are read at once: `limit` of them, behind the id `after`."""
