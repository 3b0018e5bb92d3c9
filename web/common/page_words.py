"""Words that only pages say (templates/web/labels.toml), and the details of audit rows in words."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import templates
from core.cases.letters import words
from core.cases.letters.words import title_of
from core.data.case_ports import Alert
from core.data.roles import Role

FOLDER = Path(templates.__file__).parent / "web"


@cache
def table(name: str) -> Mapping[str, Any]:
    """The texts of pages, from a TOML file beside their templates."""
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


LABELS = table("labels.toml")
HIDDEN_DETAILS = frozenset({"version"})
_REVEALED = {"text": "正文", "quoted": "引用的原文"}
ALERT_PAGES: Mapping[str, Sequence[str]] = LABELS["alert_pages"]
_CODES: Mapping[str, str] = {
    **words.LETTERS,
    **words.COUNTS_AS,
    **words.BY,
    "True": words.ANSWERS[True],
    "False": words.ANSWERS[False],
}


def _revealed(field: str) -> str:
    place, _, name = field.partition(".")
    if place == "page" and name.isdecimal():
        return f"第 {int(name) + 1} 页图像"
    return _REVEALED.get(field) or words.FIELDS.get(name, field)


_BY_KEY: Mapping[str, Callable[[str], str]] = {
    "codes": lambda value: "、".join(map(title_of, value.split())),
    "field": _revealed,
    "kind": lambda value: _CODES.get(value) or words.ACTIONS.get(value) or words.alert(value),
    "what": lambda value: words.ACTIONS.get(value, value),
}


def alert_page(alert: Alert) -> str:
    """The address of the subject of an alert, or of the list with the subjects of several; "" where
    there is no such page."""
    family = alert.kind
    while family and family not in ALERT_PAGES:
        family = family.rpartition(".")[0]
    pages = ALERT_PAGES.get(family, ("",))
    return pages[-1] if alert.collected else pages[0].format(alert.kind[len(family) + 1 :])


def detail_words(key: str, value: str) -> str:
    """A detail of an audit row for people: in words where it is a code."""
    if key in _BY_KEY:
        return _BY_KEY[key](value)
    roles = value.split()
    if roles and set(roles) <= set(Role):
        return words.roles([Role(one) for one in roles])
    return _CODES.get(value, value)
