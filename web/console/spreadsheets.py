"""Tables for download, as XLSX: CSV would have Excel round the digits of codes and serials.

Rows are read in pieces, each in a short transaction of its own. People typed the names and reasons
in them, so a text that a spreadsheet would run as a formula gets an apostrophe before it.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from fastapi import Response
from openpyxl import Workbook

from core.store.store import Transaction
from web.common.sessions import Console
from web.console.mail_pages import download_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH = 500
MOST_ROWS = 50_000
"""Of one file."""
CUT_OFF = "只导出前 {} 行，请缩短期间后再导出其余的。"
Cell = str | int | float | None
FORMULA = frozenset("=+-@＝＋－＠\t\r\n")
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that mails may have and XML files may not."""
Row = Sequence[Cell]
Piece = tuple[list[Row], Sequence[Any]]
"""Rows, and the records that they come from; the next piece begins after the last one's id."""


def cell(value: Cell) -> Cell:
    """The value for a spreadsheet, which must not run a text as a formula."""
    if not isinstance(value, str):
        return value
    text = UNWRITABLE.sub("", value)
    return f"'{text}" if text[:1] in FORMULA else text


def rows_of(
    here: Console, head: Row, next_piece: Callable[[Transaction, int, int], Piece]
) -> Iterator[Row]:
    """The head, then at most MOST_ROWS rows, and a row that says so if there are more.

    `next_piece`: reads the rows after an id (0 for the first ones), up to a number of records.
    """
    last: int | None = 0
    left = MOST_ROWS
    yield head
    while left > 0 and last is not None:
        with here.view() as tx:
            rows, found = next_piece(tx, last, BATCH)
        yield from rows[:left]
        left -= len(rows)
        last = found[-1].id if len(found) == BATCH else None
    if last is not None or left < 0:
        yield (CUT_OFF.format(MOST_ROWS),)


def xlsx_file(name: str, title: str, rows: Iterable[Row]) -> Response:
    """A file with one sheet. `rows`: the head first."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([cell(value) for value in row])
    content = io.BytesIO()
    book.save(content)
    return download_of(content.getvalue(), name, XLSX)
