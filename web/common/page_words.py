"""Words that only pages say (templates/web/labels.toml), and the details of audit rows in words."""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import templates
from core.cases.letters import words
from core.cases.letters.words import title_of
from core.data.roles import Role

FOLDER: Final = Path(templates.__file__).parent / "web"


@cache
def table(name: str) -> Mapping[str, Any]:
    """The texts of pages, from a TOML file beside their templates."""
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


LABELS: Final = table("labels.toml")
HIDDEN_DETAILS: Final = frozenset({"version"})
_REVEALED: Final = {"text": "正文", "quoted": "引用的原文"}
_CODES: Final[Mapping[str, str]] = {
    **{kind.value: said for kind, said in words.LETTERS.items()},
    **{how.value: said for how, said in words.TAKEN_AS.items()},
    **words.BY,
    "True": words.ANSWERS[True],
    "False": words.ANSWERS[False],
}


def _revealed(field: str) -> str:
    place, _, name = field.partition(".")
    if place == "page" and name.isdecimal():
        return f"第 {int(name) + 1} 页图像"
    return _REVEALED.get(field) or words.FIELDS.get(name, field)


_BY_KEY: Final[Mapping[str, Callable[[str], str]]] = {
    "codes": lambda value: "、".join(map(title_of, value.split())),
    "field": _revealed,
    "kind": lambda value: _CODES.get(value) or words.ACTIONS.get(value) or words.alert(value),
    "what": lambda value: words.ACTIONS.get(value, value),
}


def detail_words(key: str, value: str) -> str:
    """A detail of an audit row for people: in words where it is a code."""
    if key in _BY_KEY:
        return _BY_KEY[key](value)
    roles = value.split()
    if roles and set(roles) <= set(Role):
        return words.roles([Role(one) for one in roles])
    return _CODES.get(value, value)
