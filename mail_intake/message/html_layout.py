"""Lays an HTML tree out as lines of text: blocks on lines of their own, a table row on one line
with tabs between its cells, lists with bullets or numbers.

Each element is visited once and each line of a cell is moved once for every table around it, so
that the cost grows with the tree; tables nested deeper than MAX_TABLES are laid out as plain
blocks. Cells of several lines stand side by side, the shorter in the middle, as browsers draw them.
Widths are not kept: whoever reads the lines takes runs of tabs for one.
"""

from dataclasses import dataclass, field
from html import unescape
from itertools import dropwhile
from typing import Any, Final

MAX_TABLES: Final = 12
_SPACED: Final = frozenset({"p", "figure", "h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS: Final = _SPACED | {
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
_VERBATIM: Final = frozenset({"pre", "xmp", "listing", "plaintext", "textarea"})
_CELLS: Final = frozenset({"td", "th"})
_MAX_NUMBER: Final = 9999


@dataclass(slots=True)
class _Canvas:
    """Lines that are done, and the one being written.

    `after_blank`: nothing was written since the last empty line.
    """

    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    bullet: str = ""
    ends_in_space: bool = True
    after_blank: bool = True

    def write(self, text: str, *, verbatim: bool) -> None:
        text = unescape(text) if "&" in text else text  # some programs escape twice
        words = text if verbatim else self._collapsed(text)
        if words:
            self.line += [self.bullet, words]
            self.bullet = ""
            self.ends_in_space = not verbatim and words.endswith(" ")

    def _collapsed(self, text: str) -> str:
        """Runs of white space as one space, none at the head of a line."""
        words = " ".join(text.split())
        if not words:
            return " " if text and not self.ends_in_space else ""
        before = " " if text[0].isspace() and not self.ends_in_space else ""
        return f"{before}{words} " if text[-1].isspace() else before + words

    def end_line(self) -> bool:
        """Whether there was a line to be ended."""
        text, self.line, self.ends_in_space = "".join(self.line), [], True
        if text.strip(" "):
            self.lines += text.rstrip(" ").split("\n")
            self.after_blank = False
        return bool(text.strip(" "))

    def break_line(self) -> None:
        if not self.end_line():
            self.lines.append("")

    def block(self, *, spaced: bool) -> None:
        """End the line before or after a block; a spaced one keeps an empty
        line to its neighbour."""
        self.end_line()
        if spaced and not self.after_blank:
            self.lines.append("")
            self.after_blank = True

    def lone_bullet(self) -> None:
        """Write the bullet of an item in which nothing stands."""
        if self.bullet:
            self.lines.append(self.bullet)
            self.bullet, self.after_blank = "", False

    def take(self, lines: list[str]) -> None:
        """Lines that are laid out already."""
        self.end_line()
        self.lone_bullet()
        self.lines += lines
        self.after_blank = False

    def all_lines(self) -> list[str]:
        self.end_line()
        return self.lines


@dataclass(slots=True)
class _Table:
    rows: list[list[list[str]]] = field(default_factory=list)

    def add(self, cell: list[str]) -> None:
        if not self.rows:
            self.rows.append([])
        self.rows[-1].append(cell)

    def lines(self) -> list[str]:
        return [
            line
            for row in self.rows
            for line in (row[0] if len(row) == 1 else _beside_each_other(row))
        ]


def _beside_each_other(row: list[list[str]]) -> list[str]:
    cells = [_without_margins(cell) for cell in row]
    height = max(map(len, cells), default=0)
    lines: list[list[str]] = [[] for _ in range(height)]
    for cell in cells:
        top = (height - len(cell)) // 2
        for at, line in enumerate(cell, top):
            if line:
                lines[at].append(line)
    return ["\t".join(line) for line in lines]


def _without_margins(cell: list[str]) -> list[str]:
    """The cell's lines without empty ones above and below:
    Word wraps each cell's text in a paragraph."""
    lines = list(dropwhile(lambda line: not line.strip(), cell))
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


class _Layout:
    """Takes the beginnings and ends of elements in their order."""

    def __init__(self) -> None:
        self._canvases = [_Canvas()]
        self._tables: list[_Table] = []
        self._flat_tables = 0
        self._numbers: list[int] = []
        self._verbatim: list[bool] = [False]

    def begin(self, element: Any) -> None:
        tag = element.tag
        self._verbatim.append(self._verbatim[-1] or tag in _VERBATIM or _keeps_spaces(element))
        if tag == "table":
            self._begin_table()
        elif tag in _CELLS and self._tables:
            self._begin_cell()
        elif tag == "tr" and self._tables and not self._flat_tables:
            self._tables[-1].rows.append([])
        elif tag == "br":
            self._canvas.break_line()
        elif tag in _BLOCKS:
            self._canvas.block(spaced=tag in _SPACED)
            self._begin_list(element)
        self._write(element.text)

    def end(self, element: Any) -> None:
        tag = element.tag
        self._verbatim.pop()
        if tag == "table":
            self._end_table()
        elif tag in _CELLS and self._tables and not self._flat_tables:
            self._tables[-1].add(self._canvases.pop().all_lines())
        elif tag in _BLOCKS and not (tag == "tr" and self._tables and not self._flat_tables):
            self._canvas.block(spaced=tag in _SPACED)
            self._end_list(tag)
        self._write(element.tail)

    def lines(self) -> list[str]:
        return self._canvas.all_lines()

    @property
    def _canvas(self) -> _Canvas:
        return self._canvases[-1]

    def _write(self, text: str | None) -> None:
        if text:
            self._canvas.write(text, verbatim=self._verbatim[-1])

    def _begin_table(self) -> None:
        if len(self._tables) >= MAX_TABLES:
            self._flat_tables += 1
            self._canvas.block(spaced=False)
            return
        self._tables.append(_Table())
        self._canvases.append(_Canvas())  # for what stands in the table outside its cells

    def _end_table(self) -> None:
        if self._flat_tables:
            self._flat_tables -= 1
            self._canvas.block(spaced=False)
            return
        outside = self._canvases.pop().all_lines()
        self._canvas.take(_without_margins(outside) + self._tables.pop().lines())

    def _begin_cell(self) -> None:
        if self._flat_tables:
            self._canvas.write("\t", verbatim=True)
        else:
            self._canvases.append(_Canvas())

    def _begin_list(self, element: Any) -> None:
        if element.tag in {"ul", "ol"}:
            self._numbers.append(_number(element.get("start"), 1) if element.tag == "ol" else 0)
        elif element.tag == "li":
            self._canvas.lone_bullet()
            self._canvas.bullet = self._next_bullet(element)

    def _next_bullet(self, item: Any) -> str:
        if not self._numbers or not self._numbers[-1]:
            return "* "
        number = _number(item.get("value"), self._numbers[-1])
        self._numbers[-1] = number + 1
        return f"{number}. "

    def _end_list(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self._numbers.pop()
        elif tag == "li":
            self._canvas.lone_bullet()


def _number(written: str | None, otherwise: int) -> int:
    """A list's number as an attribute gives it."""
    written = (written or "").strip()
    return (
        int(written)
        if written.isascii() and written.isdigit() and 0 < int(written[:6]) <= _MAX_NUMBER
        else otherwise
    )


def _keeps_spaces(element: Any) -> bool:
    style = element.get("style")
    return (
        bool(style)
        and "white-space" in style
        and any(
            name.strip().endswith("white-space") and value.strip().startswith("pre")
            for name, _, value in (part.partition(":") for part in style.split(";"))
        )
    )


def layout_text(tree: Any) -> str:
    """The text of an lxml tree whose comments and processing instructions were removed."""
    from lxml import etree

    layout = _Layout()
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            layout.begin(element)
        else:
            layout.end(element)
    return "\n".join(layout.lines())
