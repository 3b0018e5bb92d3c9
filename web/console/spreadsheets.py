"""Tables to take along, as CSV and XLSX.

A cell that a spreadsheet would take for a formula gets an apostrophe before it:
names and reasons are what people typed.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from fastapi import Response
from fastapi.responses import StreamingResponse
from openpyxl import Workbook

MARK: Final = "\ufeff"
"""By which Excel knows UTF-8."""
CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | float | None
FORMULA: Final = frozenset("=+-@＝＋－＠\t\r\n")
UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML file may have, as mails do."""


def cell(value: Cell) -> Cell:
    """The value as a spreadsheet may show it: a text that begins like a formula stays a text."""
    if not isinstance(value, str):
        return value
    text = UNWRITABLE.sub("", value)
    return f"'{text}" if text[:1] in FORMULA else text


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Lines of CSV, without the mark for UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def csv_file(name: str, pieces: Iterable[Iterable[Sequence[Cell]]]) -> Response:
    """A file of CSV, sent as its pieces come."""
    lines = chain([MARK], map(csv_text, pieces))
    return StreamingResponse(lines, media_type=CSV, headers=attachment(name))


def attachment(name: str) -> dict[str, str]:
    """The header of an answer that is a file to take along."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def workbook(sheets: Iterable[tuple[str, Iterable[Sequence[Cell]]]]) -> bytes:
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
