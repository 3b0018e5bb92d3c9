"""Tables to take along, as CSV and XLSX.

A cell that a spreadsheet would take for a formula gets an apostrophe before it:
names and reasons are what people typed.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from openpyxl import Workbook

MARK: Final = "\ufeff"
"""By which Excel knows UTF-8."""
CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | float | None


def cell(value: Cell) -> Cell:
    """The value as a spreadsheet may show it: a text that begins like a formula stays a text."""
    return (
        f"'{value}"
        if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
        else value
    )


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Lines of CSV, without the mark for UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


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
