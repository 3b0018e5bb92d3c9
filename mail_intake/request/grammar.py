"""The tables of grammar.toml: what strings of token letters say.

A row is an expression, what it says, why, and examples that are run as its test. {name} in an expression stands for one of [parts].
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

GRAMMAR: Final = Path(__file__).with_name("grammar.toml")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `topics`: what it speaks of, where its letters do not tell."""

    pattern: re.Pattern[str]
    says: str
    why: str
    examples: tuple[Any, ...]
    topics: tuple[str, ...] = ()


@cache
def words(table: str) -> dict[str, frozenset[str]]:
    """The lists of words of one table."""
    return {key: frozenset(listed.split()) for key, listed in _data()[table].items()}


@cache
def rows(table: str) -> tuple[Row, ...]:
    """The rows of one table, in their order; the first that meets wins."""
    return tuple(_row(one, _data()["parts"]) for one in _data()[table])


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(GRAMMAR.read_text(encoding="utf-8"))


def _row(one: dict[str, Any], parts: dict[str, str]) -> Row:
    pattern = one["pattern"]
    for name, part in parts.items():
        pattern = pattern.replace(f"{{{name}}}", part)
    return Row(re.compile(pattern), one.get("says", ""), one["why"], tuple(one["examples"]), tuple(one.get("topics", ())))


def has(letters: str, wanted: str) -> bool:
    """Whether any of the `wanted` letters is there."""
    return any(letter in letters for letter in wanted)


def only(letters: str, allowed: str) -> bool:
    """Whether there are letters, and all of them are `allowed`."""
    return bool(letters) and set(letters) <= set(allowed)
