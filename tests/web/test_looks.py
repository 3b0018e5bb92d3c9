"""Light and dark, wide and narrow: what holds in light on a desktop and in dark on a telephone
holds in all four, since places and colours are apart."""

import re
from pathlib import Path

CSS = Path(__file__).parents[2] / "templates" / "web" / "static" / "desk.css"
MEDIA = re.compile(r"@media ([^{]+)\{((?:[^{}]|\{[^{}]*\})*)\}")
DECLARED = re.compile(r"(?<=[{;])\s*([\w-]+)\s*:")


def test_the_dark_look_changes_colours_alone_and_the_width_none():
    queries = MEDIA.findall(
        re.sub(r"/\*.*?\*/", "", CSS.read_text(encoding="utf-8"), flags=re.DOTALL)
    )
    declared = [(query, name) for query, rules in queries for name in DECLARED.findall(rules)]
    dark = {name for query, name in declared if "dark" in query}
    narrow = {name for query, name in declared if "width" in query}
    assert dark
    assert all(name.startswith("--") for name in dark), dark
    assert not [
        name
        for name in narrow
        if re.search(r"^--|color|background|outline|opacity|fill|stroke", name)
    ], narrow
