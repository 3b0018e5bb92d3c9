"""The classes of words, signs and marks, by name.

A word belongs to a class of `lexicon.toml`, a sign or a mark to one of `folding.toml`. Inside, each
class is one character (its code), so that a run of tokens is a string that expressions can search.
Codes are given anew at each start and appear in no file and no message: `named` turns them back
into names.
"""

import tomllib
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
LEXICON: dict[str, dict[str, Any]] = tomllib.loads(
    FOLDER.joinpath("lexicon.toml").read_text(encoding="utf-8")
)
FOLDING: dict[str, Any] = tomllib.loads(FOLDER.joinpath("folding.toml").read_text(encoding="utf-8"))
OTHER_CLASSES = (
    "unknown",  # a run that the lexicon does not know
    "name",  # an enterprise's name
    "number",  # what heads an item of a list
    "listed",  # stands before the deed of an item that the text speaks of by its number
    "used",  # what an earlier row of the table `clause` took
    "one_character",  # any word of one character, where the edges of names are looked for
)
FIRST_CODE = 0x80  # below 0x100 expressions search fastest


def _given() -> dict[str, str]:
    """A code for each class that a token can have: none for one that is read as others."""
    words = [name for name, table in LEXICON.items() if name in table.get("reads_as", name).split()]
    names = dict.fromkeys((*words, *FOLDING["signs"], *OTHER_CLASSES))
    codes = (chr(place) for place in count(FIRST_CODE) if not chr(place).isspace())
    return dict(zip(names, codes, strict=False)) | {"space": " ", "line_end": "\n"}


CODE_OF = _given()
_NAME_OF = {code: name for name, code in CODE_OF.items()}


class _Words:
    """The code of each class as an attribute."""

    def __init__(self, codes: Mapping[str, str]) -> None:
        self.__dict__.update({name.upper(): code for name, code in codes.items()})

    def __getattr__(self, name: str) -> str:
        raise AttributeError(f"no class of words, sign or mark is called {name.lower()}")


Word = _Words(CODE_OF)
"""Word.UNBIND is the code of [unbind]."""


def codes(names: str) -> str:
    """The codes of class names separated by spaces. Raises ValueError for a name that is none."""
    if unknown := [name for name in names.split() if name not in CODE_OF]:
        raise ValueError(f"no such class: {', '.join(unknown)}")
    return "".join([CODE_OF[name] for name in names.split()])


def codes_of_class(name: str) -> str:
    """The codes of a word of one class of the lexicon: its own, or those of what it is read as."""
    return codes(LEXICON[name].get("reads_as", name))


def named(of_codes: Iterable[str]) -> str:
    """The names of codes, separated by spaces, for display."""
    return " ".join([_NAME_OF[code] for code in of_codes])
