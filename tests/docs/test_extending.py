"""docs/EXTENDING.md: each file that it names exists, and each name in a row of its tables stands in
a file of that row. Likewise the calls of CASE-CYCLE."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITTEN = (ROOT / "docs" / "EXTENDING.md").read_text(encoding="utf-8")
CALLS = (
    (ROOT / "docs" / "CASE-CYCLE.md")
    .read_text(encoding="utf-8")
    .partition("## The calls")[2]
    .partition("## The steps")[0]
)
SPAN = re.compile(r"`([^`]+)`")
PATH = re.compile(r"[\w.-]+/[\w./-]*|[\w-]+\.(?:py|md|toml|lock|yaml)")
NAME = re.compile(r"([A-Za-z_][\w.]*)(?:\(.*\))?")
ROWS = [
    row
    for row in re.findall(r"^\| \d \| .*$", WRITTEN, re.MULTILINE)
    if any(map(PATH.fullmatch, SPAN.findall(row)))
]


def test_each_file_that_it_names_exists() -> None:
    named = {span for span in SPAN.findall(WRITTEN + CALLS) if PATH.fullmatch(span)}
    assert len(named) > 40
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("row", [*ROWS, CALLS])
def test_each_name_in_a_row_stands_in_a_file_of_the_row(row: str) -> None:
    spans = SPAN.findall(row)
    files = [ROOT / span for span in spans if PATH.fullmatch(span)]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    names = [
        name
        for span in spans
        if (named := NAME.fullmatch(span)) and not PATH.fullmatch(span)
        for name in named[1].split(".")
    ]
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", text)] == []
