"""Tables in mail text: a row of labels over rows of values, read as labelled lines."""

from collections.abc import Iterator
from itertools import takewhile

from mail_intake.request.classes import Word
from mail_intake.request.cutting import FORM
from mail_intake.request.forms.form_text import FormText, Span
from mail_intake.request.grammar import SETS, Row, has, only, rows, shape
from mail_intake.request.tokens import Token

_LONGEST_TABLE = 20  # lines


def with_lines(text: FormText) -> list[Token]:
    """The tokens with tables as labelled lines, in the cells of a row of the table `cells`."""
    found, at = list[Token](), 0
    lines = [line.span() for line in shape("line").finditer(text.codes)]
    for place, header in enumerate(lines):
        if header[0] < at:
            continue
        for row in rows("cells"):
            labels = _cells(row, text, header)
            filled = _filled(row, text, labels, lines[place + 1 : place + _LONGEST_TABLE])
            if filled:
                found += text.tokens[at : header[0]]
                found += _labelled_lines(text, labels, filled)
                at = lines[place + len(filled)][1]
                break
    return found + text.tokens[at:]


def _cells(row: Row, text: FormText, line: Span) -> list[Span]:
    return [cell.span() for cell in row.pattern.finditer(text.codes, *line)]


def _filled(row: Row, text: FormText, labels: list[Span], below: list[Span]) -> list[list[Span]]:
    """The cells of the lines below that belong to a table with these labels;
    none where it is no table."""
    kinds = [_kind(row, text.codes[slice(*label)]) for label in labels]
    of_form = {"name", "unbind", "reset"}.intersection(kinds)
    if not all(kinds) or len(of_form) < 2:
        return []
    head = text.codes[labels[0][0] : labels[-1][1]]
    if "name" not in of_form and not has(head, Word.WHETHER + Word.BAR):
        return []  # 申请解绑，需要重置密码 is prose
    table = [_cells(row, text, line) for line in below]
    if len(of_form) == 3 and table and len(table[0]) > len(labels):
        last = len(labels) - 1  # 是，否，不用了: the rest belongs to the last answer
        table[0] = [*table[0][:last], (table[0][last][0], table[0][-1][1])]
    return list(takewhile(lambda cells: len(cells) == len(labels), table))


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
    text: FormText, labels: list[Span], filled: list[list[Span]]
) -> Iterator[Token]:
    for values in filled:
        for label, value in zip(labels, values, strict=True):
            first = text.tokens[value[0]]
            yield from text.tokens[slice(*label)]
            yield first._replace(code=Word.COLON, text=":", end=first.start)
            yield from text.tokens[slice(*value)]
            yield FORM
