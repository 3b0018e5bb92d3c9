"""The tables of the folder `tables`: what tokens say together.

A row is a pattern in class names (`patterns`), what it says, why, and examples that are run as its
test. Sets of classes, shapes that the code looks for, and words by which it decides stand beside
the rows.
"""

import re
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from mail_intake.request.classes import CODE_OF, FOLDER, LEXICON, codes
from mail_intake.request.patterns import Language, PatternError

TABLES = FOLDER / "tables"


def _tables() -> dict[str, Any]:
    """All files of the folder as one: rows of one name in their order,
    keys of one name together."""
    together: dict[str, Any] = {}
    for file in sorted(TABLES.glob("*.toml")):
        for name, value in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if name in together and isinstance(value, dict):
                together[name] |= value
            elif name in together:
                together[name] += value
            else:
                together[name] = value
    return together


_DATA = _tables()
LANGUAGE = Language(CODE_OF, _DATA["sets"], _DATA["parts"])
SETS = {name: "".join(sorted(LANGUAGE.codes(name))) for name in _DATA["sets"]}
"""The codes of each set of classes."""
IN_PROSE = {CODE_OF[name]: CODE_OF[counts_as] for name, counts_as in _DATA["in_prose"].items()}
"""The class in running text, by the code of a class."""
WORDS = {
    table: {key: frozenset(listed.split()) for key, listed in _DATA[table].items()}
    for table in ("names", "phrases")
}
TEXT: dict[str, str] = _DATA["text"]


@dataclass(frozen=True)
class Row:
    """One row. `becomes`: the codes that replace what it meets; `says`: what it means;
    `topics`: what it speaks of, where its tokens do not tell."""

    pattern: re.Pattern[str]
    why: str
    examples: list[Any] = field(compare=False)
    says: str = ""
    becomes: str = ""
    topics: tuple[str, ...] = ()
    facts: Collection[str] = field(default=(), compare=False)
    """Of the table `mail`: a mail that the row meets shows all of these,"""
    unless: Collection[str] = field(default=(), compare=False)
    """and none of these."""
    written: str = field(default="", compare=False)

    def replaced(self, met: re.Match[str]) -> tuple[int, int]:
        """Where that stands which the row replaces: its [marked] part, which is the last of its
        parts, else all that it meets."""
        return met.span(met.lastindex or 0)


@cache
def rows(table: str) -> tuple[Row, ...]:
    """The rows of one table, in their order. Raises PatternError for a row that cannot be read."""
    return tuple(_row(table, one) for one in _DATA[table])


@cache
def word_rows() -> tuple[Row, ...]:
    """The rows of the table `word`, and behind the last that names it each class of the lexicon
    with an `else`: what no row reads otherwise counts as that."""
    ordered = list(rows("word"))
    for name, table in LEXICON.items():
        if "else" in table:
            named = [place for place, row in enumerate(ordered) if _names(row, name)]
            ordered.insert(named[-1] + 1 if named else 0, _else_row(name, table["else"]))
    return tuple(ordered)


def _names(row: Row, name: str) -> bool:
    return name in re.findall(r"\w+", row.written)


def _else_row(name: str, counts_as: str) -> Row:
    why = "what else it is, by the lexicon"
    return Row(LANGUAGE.compiled(name), why, [], becomes=codes(counts_as), written=name)


def _row(table: str, one: dict[str, Any]) -> Row:
    pattern = one.get("pattern", "")
    try:
        changed = {
            "pattern": LANGUAGE.compiled(pattern),
            "becomes": codes(one.get("becomes", "")),
            "topics": tuple(one.get("topics", ())),
            "written": _in_one_line(pattern),
        }
    except ValueError as error:
        raise PatternError(f'table {table}, row "{one["why"]}": {error}') from error
    return Row(**one | changed)


def _in_one_line(pattern: str | list[str]) -> str:
    alternatives = [pattern] if isinstance(pattern, str) else pattern
    return " | ".join(" ".join(one.split()) for one in alternatives)


@cache
def shape(name: str) -> re.Pattern[str]:
    """One pattern of the table `shape`."""
    try:
        return LANGUAGE.compiled(_DATA["shape"][name])
    except PatternError as error:
        raise PatternError(f"shape {name}: {error}") from error


def has(found: str, wanted: Iterable[str]) -> bool:
    """Whether any of the `wanted` codes, or words, is there."""
    return any(one in found for one in wanted)


def only(found: str, allowed: str) -> bool:
    """Whether there are codes, and all of them are `allowed`."""
    return bool(found) and not found.strip(allowed)
