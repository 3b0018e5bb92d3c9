"""Lays an HTML tree out as lines of text: blocks on lines of their own, a table row on one line
with tabs between its cells, items of lists with their numbers.

Each element is visited once and each line of a cell is moved once for every table around it, so
that the cost grows with the tree; tables nested deeper than MAX_TABLES are laid out as plain
blocks. Cells of several lines stand side by side, the shorter in the middle, as browsers draw them.
Own code: the library for it (inscriptis) is worse than quadratic on one tall cell beside many
(bench.hostile).
"""

import re
from html import unescape
from typing import Any

MAX_TABLES = 12
_SPACED = frozenset({"p", "figure", "h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _SPACED | {
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "address",
    "article",
    "aside",
    "div",
    "footer",
    "header",
    "hgroup",
    "layer",
    "main",
    "nav",
    "section",
    "figcaption",
    "blockquote",
    "form",
    "fieldset",
    "hr",
    "tr",
    "caption",
    "center",
    "pre",
    "xmp",
    "listing",
    "plaintext",
}
_VERBATIM = frozenset({"pre", "xmp", "listing", "plaintext", "textarea"})
_CELLS = frozenset({"td", "th"})
_KEEPS_SPACES = re.compile(r"white-space\s*:\s*pre")
_NUMBER = re.compile(r"\s*0{0,5}([1-9]\d{0,3})\s*")
_WRITTEN_NUMBER = re.compile(r"\d{1,4}\. ")
_LINE_END = "\n"
_BLOCK_END = "\x01"
_PARAGRAPH_END = "\x02"
_ENDS = re.compile("([\n\x01\x02])")


def _lines(pieces: list[str]) -> list[str]:
    """The text in lines: a block ends the line that has begun,
    a paragraph leaves an empty line behind it."""
    lines: list[str] = []
    begun = ""
    for piece in _ENDS.split("".join([*pieces, _BLOCK_END])):
        if not _ENDS.fullmatch(piece):
            begun = re.sub(" +", " ", piece).strip(" ")
            continue
        if begun or piece == _LINE_END:
            lines.append(begun)
        if piece == _PARAGRAPH_END and lines and lines[-1]:
            lines.append("")
        begun = ""
    return lines


def _side_by_side(row: list[list[str]], *, in_columns: bool) -> list[str]:
    """The lines of a row whose cells have these lines, empty ones above and below left out.
    `in_columns`: an empty cell keeps its place."""
    cells = ["\n".join(cell).strip("\n").split("\n") for cell in row]
    height = max(map(len, cells), default=0)
    lines: list[list[str]] = [[] for _ in range(height)]
    for cell in cells:
        top = (height - len(cell)) // 2
        for at, line in enumerate(cell, top):
            if line or (in_columns and cell == [""]):
                lines[at].append(line)
    return ["\t".join(line) for line in lines]


class Layout:
    """Takes the beginnings and ends of elements in their order."""

    def __init__(self) -> None:
        self._texts: list[list[str]] = [[]]
        self._tables: list[list[list[list[str]]]] = []
        self._flat_tables = 0
        self._numbers: list[int] = []
        self._verbatim: list[bool] = [False]

    def begin(self, element: Any) -> None:
        """Take the beginning of an element (lxml) and the text before its first child."""
        tag = element.tag
        verbatim = tag in _VERBATIM or bool(_KEEPS_SPACES.search(element.get("style") or ""))
        self._verbatim.append(verbatim or self._verbatim[-1])
        if tag == "table":
            self._begin_table()
        elif tag in _CELLS and self._in_table:
            self._texts.append([])
        elif tag == "tr" and self._in_table:
            self._tables[-1].append([])
        elif tag in _CELLS and self._tables:
            self._add("\t")
        elif tag == "br":
            self._add(_LINE_END)
        elif tag in _BLOCKS:
            self._end_block(tag)
            self._begin_list(element)
        self.write(element.text)

    def end(self, element: Any) -> None:
        """Take the end of an element and the text behind it."""
        tag = element.tag
        self._verbatim.pop()
        if tag == "table":
            self._end_table()
        elif tag in _CELLS and self._in_table:
            rows = self._tables[-1]
            if not rows:
                rows.append([])
            rows[-1].append(_lines(self._texts.pop()))
        elif tag in _BLOCKS and not (tag == "tr" and self._in_table):
            self._end_block(tag)
            if tag in {"ul", "ol"}:
                self._numbers.pop()
        self.write(element.tail)

    def text(self) -> str:
        """What was taken so far, in lines."""
        return "\n".join(_lines(self._texts[-1]))

    @property
    def _in_table(self) -> bool:
        return bool(self._tables) and not self._flat_tables

    def _add(self, piece: str) -> None:
        self._texts[-1].append(piece)

    def write(self, text: str | None) -> None:
        if text:
            text = unescape(text)  # some programs escape twice
            self._add(text if self._verbatim[-1] else re.sub(r"\s+", " ", text))

    def _end_block(self, tag: str) -> None:
        before = "".join(self._texts[-1][-1:])
        if not _WRITTEN_NUMBER.fullmatch(before):
            self._add(_PARAGRAPH_END if tag in _SPACED else _BLOCK_END)

    def _begin_table(self) -> None:
        self._add(_BLOCK_END)
        if len(self._tables) >= MAX_TABLES:
            self._flat_tables += 1
            return
        self._tables.append([])
        self._texts.append([])  # for what stands in the table outside its cells

    def _end_table(self) -> None:
        if self._flat_tables:
            self._flat_tables -= 1
            self._add(_BLOCK_END)
            return
        lines = _lines(self._texts.pop())
        rows = self._tables.pop()
        columns = len(rows[0]) if rows and all(map(any, rows[0])) else 0
        for row in rows:
            lines += _side_by_side(row, in_columns=len(row) == columns)
        self._add("\n".join([*lines, ""]))

    def _begin_list(self, element: Any) -> None:
        if element.tag in {"ul", "ol"}:
            self._numbers.append(_number(element.get("start"), 1) if element.tag == "ol" else 0)
        elif element.tag == "li" and self._numbers and self._numbers[-1]:
            number = _number(element.get("value"), self._numbers[-1])
            self._numbers[-1] = number + 1
            self._add(f"{number}. ")


def _number(written: str | None, otherwise: int) -> int:
    """A list's number as an attribute gives it."""
    match = _NUMBER.fullmatch(written or "")
    return int(match[1]) if match else otherwise
