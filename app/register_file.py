"""Reads a register of enterprises from .csv or .xlsx into plain rows of text.

Judges no content: core.accounts.enterprises.register_import does.

CSV as spreadsheets write it: UTF-8 with or without mark, UTF-16 ("Unicode text"), GB 18030 (Chinese
Excel); comma, full-width comma, semicolon or tab.
"""

import csv
import io
import zipfile
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

from core.accounts.enterprises.register_import import Row, columns_of
from core.errors import DeskError
from mail_intake.message.charsets import decode
from papers.opening.own_limits import bound_itself

MAX_BYTES = 200 * 1024 * 1024
MAX_ROWS, MAX_COLUMNS = 2**20, 100
"""A spreadsheet has no more rows; of a sheet that claims to be full, no more columns are read."""
READING_BYTES = 2 * 2**30
READING_CPU_S = 120
"""For the process that reads a workbook: 200,000 rows take a tenth of either."""
HEAD_WITHIN = 10
"""Tables often begin with a title; the heads are looked for in the first rows."""


def read_register(path: Path) -> list[Row]:
    """The rows of the file, their heads recognised. Raises DeskError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DeskError(f"{path} 超过 {MAX_BYTES // 1024 // 1024} MiB，请分成几个文件导入。")
        content = path.read_bytes()
    except OSError as error:
        raise DeskError(f"无法读取 {path}：{error.strerror or error}。") from error
    table = _bounded(path, content) if content[:4] == b"PK\x03\x04" else _csv(path, content)
    return _rows(path, table)


def _rows(path: Path, table: Sequence[Sequence[str]]) -> list[Row]:
    _, lacking = columns_of([])
    for at, heads in enumerate(table[:HEAD_WITHIN]):
        columns, missing = columns_of(heads)
        if not missing:
            rows = [
                Row(n, {key: cells[i] for i, key in columns.items() if i < len(cells)})
                for n, cells in enumerate(table[at + 1 :], at + 2)
            ]
            return [row for row in rows if any(row.cells.values())]
        lacking = min(lacking, missing, key=len)
    raise DeskError(
        f"{path} 缺少列：{'、'.join(lacking)}。"
        "第一行应为列名，例如：企业名称,统一社会信用代码,联系人,联系邮箱,"
        "联系电话,注册日期,锁序列号"
    )


def _csv(path: Path, content: bytes) -> list[list[str]]:
    decoded = decode(content)
    if not decoded.exact:
        raise DeskError(
            f"{path} 的编码无法识别。请用表格软件另存为 CSV UTF-8 或 .xlsx（旧的 .xls "
            "请另存为 .xlsx）。"
        )
    text = decoded.text
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t，", key=first.count)
    try:
        return [
            [cell.strip() for cell in row]
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise DeskError(
            f"{path} 不是可读的 CSV（{error}）。请用表格软件另存为 CSV UTF-8 或 .xlsx。"
        ) from error


def _bounded(path: Path, content: bytes) -> list[list[str]]:
    """A workbook's table, by a process of its own with limits: its bytes do not show how large it
    is unpacked. Raises DeskError."""
    with ProcessPoolExecutor(
        1, get_context("spawn"), bound_itself, (READING_BYTES, READING_CPU_S)
    ) as reader:
        try:
            return reader.submit(_workbook, path, content).result()
        except (BrokenExecutor, MemoryError) as error:
            raise DeskError(
                f"{path} 的内容过大，没有读完。"
                "请只保留名册一张表，另存为 CSV UTF-8，或分成几个文件导入。"
            ) from error


def _workbook(path: Path, content: bytes) -> list[list[str]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = (
            sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
            for sheet in book.worksheets
        )
        tables = (
            [[_text(cell) for cell in row] if any(row) else [] for row in rows] for rows in sheets
        )
        return next(filter(any, tables), [])
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        EOFError,
    ) as error:
        raise DeskError(
            f"{path} 不是可读的 .xlsx 文件（{type(error).__name__}）。"
            "请重新另存为 .xlsx 或 CSV UTF-8。"
        ) from error


def _text(cell: object) -> str:
    """A cell as CSV has it. A number too long to be exact keeps its E+, so that it is noticed."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return str(cell.replace(microsecond=0))
    if isinstance(cell, float | int) and abs(cell) >= 10**15:
        return f"{cell:.4E}"
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
