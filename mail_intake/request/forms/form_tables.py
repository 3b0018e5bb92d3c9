"""Tables in mail text: a row of labels over rows of values, read as labelled lines."""

from collections.abc import Iterable, Iterator
from itertools import pairwise, takewhile

from mail_intake.request.classes import Word
from mail_intake.request.cutting import FORM
from mail_intake.request.forms.form_text import FormText, Span
from mail_intake.request.grammar import SETS, Row, has, only, rows, shape
from mail_intake.request.tokens import Token

_LONGEST_TABLE = 20  # lines
_OF_FORM = {"name", "unbind", "reset"}


def with_lines(text: FormText) -> list[Token]:
    """The tokens with tables as labelled lines, in the cells of a row of the table `cells`."""
    found, at = list[Token](), 0
    lines = [line.span() for line in shape("line").finditer(text.codes)]
    for place, header in enumerate(lines):
        if header[0] < at:
            continue
        for row in rows("cells"):
            heads = _heads(row, text, header)
            filled = _filled(row, text, heads, lines[place + 1 : place + _LONGEST_TABLE])
            if filled:
                found += text.tokens[at : header[0]]
                found += _labelled_lines(text, heads, filled)
                at = lines[place + len(filled)][1]
                break
    return found + text.tokens[at:]


def _cells(row: Row, text: FormText, line: Span) -> list[Span]:
    return [cell.span() for cell in row.pattern.finditer(text.codes, *line)]


def _heads(row: Row, text: FormText, header: Span) -> dict[Span, str]:
    """The heads of a table and their kinds; none where the line is no header."""
    cells = _cells(row, text, header)
    heads = {cell: _kind(row, text.codes[slice(*cell)]) for cell in cells}
    of_form = _OF_FORM.intersection(heads.values())
    if not all(heads.values()) or len(of_form) < 2:
        return {}
    written = text.codes[cells[0][0] : cells[-1][1]]
    if "name" not in of_form and not has(written, Word.WHETHER + Word.BAR):
        return {}  # 申请解绑，需要重置密码 is prose
    return heads


def _filled(
    row: Row, text: FormText, heads: dict[Span, str], below: list[Span]
) -> list[list[Span | None]]:
    """The cells below the heads, line by line, as far as the table goes."""
    if not heads:
        return []
    table = [_cells(row, text, line) for line in below]
    if _OF_FORM.issubset(heads.values()) and table and len(table[0]) > len(heads):
        last = len(heads) - 1  # 是，否，不用了: the rest belongs to the last answer
        table[0] = [*table[0][:last], (table[0][last][0], table[0][-1][1])]
    return list(takewhile(bool, (_below(text, heads, cells) for cells in table)))


def _below(text: FormText, heads: dict[Span, str], cells: list[Span]) -> list[Span | None]:
    """The cell below each head: the next one where no cell is empty, else the one behind as many
    bars, empty where there is none. None where it is not sure: that puts no name below the name's
    head, or a tick stands in another cell. An empty list where the line is none of the table."""
    columns = [_column(text, cell) for cell in cells]
    has_gaps = any(behind - before > 1 for before, behind in pairwise(columns))
    if len(cells) == len(heads) and not has_gaps:
        return [*cells]
    named = [cell for cell in cells if has(text.codes[slice(*cell)], Word.NAME)]
    if not named or not 1 < len(cells) <= len(heads):
        return []
    end = cells[-1][1]
    ticked = Word.TICK in text.codes[cells[0][0] : end]
    by_column = dict(zip(columns, cells, strict=True)) if len(set(columns)) > 1 else {}
    found = [by_column.pop(_column(text, head), None if ticked else (end, end)) for head in heads]
    names = [cell for cell, kind in zip(found, heads.values(), strict=True) if kind == "name"]
    return found if names == named and not by_column else [None] * len(heads)


def _column(text: FormText, cell: Span) -> int:
    """How many bars stand before a cell in its line."""
    return text.line_before(cell[0]).count(Word.BAR)


def _kind(row: Row, head: str) -> str:
    """The kind of a column by its head; "" for an answer, and for one that is no known label,
    where the row takes none."""
    head = head.strip(SETS["around_head"])
    if head and only(head, SETS["bare_answer"]):
        return ""
    known = shape("cell_label").match(head)
    if known:
        return known.lastgroup or ""
    return "other" if not head or only(head, SETS["other_column"]) else row.says


def _labelled_lines(
    text: FormText, heads: Iterable[Span], filled: list[list[Span | None]]
) -> Iterator[Token]:
    for values in filled:
        for head, value in zip(heads, values, strict=True):
            label = text.tokens[slice(*head)]
            cell = [_not_sure(label[-1].end)] if value is None else text.tokens[slice(*value)]
            at = cell[0].start if cell else label[-1].end
            yield from label
            yield Token(Word.COLON, ":", at, at)
            yield from cell
            yield FORM


def _not_sure(at: int) -> Token:
    return Token(Word.UNKNOWN, "不明", at, at)
