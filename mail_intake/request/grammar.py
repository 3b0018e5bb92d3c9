"""The tables of grammar.toml: what strings of token letters say.

A row is an expression, what it says, why, and examples that are run as its test. {name} in an
expression stands for one of [parts].
"""

import re
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

GRAMMAR: Final = Path(__file__).with_name("grammar.toml")
_DATA: Final = tomllib.loads(GRAMMAR.read_text(encoding="utf-8"))
WORDS: Final = {
    table: {key: frozenset(listed.split()) for key, listed in _DATA[table].items()}
    for table in ("names", "phrases")
}
LETTERS: Final[dict[str, str]] = _DATA["letters"]
TEXT: Final[dict[str, str]] = _DATA["text"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    `becomes`: the letters that replace what it meets; `says`: what it means; `topics`: what it
    speaks of, where its letters do not tell.
    """

    pattern: re.Pattern[str]
    why: str
    examples: list[Any] = field(compare=False)
    says: str = ""
    becomes: str = ""
    topics: tuple[str, ...] = ()
    # of the table `mail`: a mail that the row meets shows all of these
    facts: Collection[str] = field(default=(), compare=False)
    unless: Collection[str] = field(default=(), compare=False)  # and none of these


@cache
def rows(table: str) -> tuple[Row, ...]:
    """The rows of one table, in their order."""
    return tuple(
        Row(
            **one
            | {"pattern": _compiled(one.get("pattern", "")), "topics": tuple(one.get("topics", ()))}
        )
        for one in _DATA[table]
    )


@cache
def shape(name: str) -> re.Pattern[str]:
    """One expression of the table `shape`."""
    return _compiled(_DATA["shape"][name])


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, part in _DATA["parts"].items():
        pattern = pattern.replace(f"{{{name}}}", part)
    return re.compile(pattern)


def has(letters: str, wanted: Iterable[str]) -> bool:
    """Whether any of the `wanted` letters, or words, is there."""
    return any(letter in letters for letter in wanted)


def only(letters: str, allowed: str) -> bool:
    """Whether there are letters, and all of them are `allowed`."""
    return bool(letters) and set(letters) <= set(allowed)
