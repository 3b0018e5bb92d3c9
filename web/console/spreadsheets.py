"""Tables to take along, as CSV and XLSX.

Rows are read piece by piece, each from a view of its own: none lasts long.

A cell that a spreadsheet would take for a formula gets an apostrophe before it:
names and reasons are what people typed.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from fastapi import Response
from fastapi.responses import StreamingResponse
from openpyxl import Workbook

from core.store.store import Transaction
from web.common.sessions import Console
from web.console.mail_pages import download_of

MARK: Final = "\ufeff"
"""By which Excel knows UTF-8."""
CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH: Final = 500
TOO_MANY: Final = "只导出前 {} 行，请缩短期间后再导出其余的。"
Cell = str | int | float | None
FORMULA: Final = frozenset("=+-@＝＋－＠\t\r\n")
UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML file may have, as mails do."""
Row = Sequence[Cell]
Piece = tuple[list[Row], Sequence[Any]]
"""Rows, and the records that were looked at for them."""


def cell(value: Cell) -> Cell:
    """The value as a spreadsheet may show it: a text that begins like a formula stays a text."""
    if not isinstance(value, str):
        return value
    text = UNWRITABLE.sub("", value)
    return f"'{text}" if text[:1] in FORMULA else text


def pieces(
    here: Console, head: Row, piece: Callable[[Transaction, int, int], Piece], most: int
) -> Iterator[list[Row]]:
    """The head, then the rows, so many at most. `piece`: the next ones behind an id (at first 0), a
    number of them."""
    last: int | None = 0
    left = most
    yield [head]
    while left > 0 and last is not None:
        with here.view() as tx:
            rows, found = piece(tx, last, BATCH)
        yield rows[:left]
        left -= len(rows)
        last = found[-1].id if len(found) == BATCH else None
    if last is not None or left < 0:
        yield [(TOO_MANY.format(most),)]


def csv_text(rows: Iterable[Row]) -> str:
    """Lines of CSV, without the mark for UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def csv_file(name: str, pieces: Iterable[Iterable[Row]]) -> Response:
    """A file of CSV, sent as its pieces come."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    lines = chain([MARK], map(csv_text, pieces))
    return StreamingResponse(lines, media_type=CSV, headers=headers)


def xlsx_file(name: str, sheets: Iterable[tuple[str, Iterable[Row]]]) -> Response:
    """A file of XLSX, sent whole."""
    return download_of(workbook(sheets), name, XLSX)


def workbook(sheets: Iterable[tuple[str, Iterable[Row]]]) -> bytes:
    """An XLSX file with these sheets: a name and its rows, the first one the head."""
    book = Workbook(write_only=True)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for row in rows:
            sheet.append([cell(value) for value in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
