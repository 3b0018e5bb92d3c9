"""Tables for download, as CSV and XLSX.

Rows are read in pieces, each in a short transaction of its own. People typed the names and reasons
in them, so a text that a spreadsheet would run as a formula gets an apostrophe before it.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from fastapi import Response
from fastapi.responses import StreamingResponse
from openpyxl import Workbook

from core.store.store import Transaction
from web.common.sessions import Console
from web.console.mail_pages import download_of

UTF8_MARK = "\ufeff"
"""Excel recognises UTF-8 by it."""
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH = 500
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


def pieces(
    here: Console, head: Row, next_piece: Callable[[Transaction, int, int], Piece], most: int
) -> Iterator[list[Row]]:
    """The head, then at most `most` rows, and a row that says so if there are more.

    `next_piece`: reads the rows after an id (0 for the first ones), up to a number of records.
    """
    last: int | None = 0
    left = most
    yield [head]
    while left > 0 and last is not None:
        with here.view() as tx:
            rows, found = next_piece(tx, last, BATCH)
        yield rows[:left]
        left -= len(rows)
        last = found[-1].id if len(found) == BATCH else None
    if last is not None or left < 0:
        yield [(CUT_OFF.format(most),)]


def csv_text(rows: Iterable[Row]) -> str:
    """Lines of CSV, without UTF8_MARK."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def csv_file(name: str, pieces: Iterable[Iterable[Row]]) -> Response:
    """A CSV file, streamed piece by piece."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    lines = chain([UTF8_MARK], map(csv_text, pieces))
    return StreamingResponse(lines, media_type=CSV, headers=headers)


def xlsx_file(name: str, sheets: Iterable[tuple[str, Iterable[Row]]]) -> Response:
    """An XLSX file."""
    return download_of(workbook(sheets), name, XLSX)


def workbook(sheets: Iterable[tuple[str, Iterable[Row]]]) -> bytes:
    """The bytes of an XLSX file. `sheets`: the name of each, and its rows with the head first."""
    book = Workbook(write_only=True)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for row in rows:
            sheet.append([cell(value) for value in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
