"""docs/EXTENDING.md: each file that it names exists, and each name in a row of its tables stands in
a file of that row. Likewise the calls of CASE-CYCLE and ARCHITECTURE, and the links of all."""

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
LINKING = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
PACKAGES = (
    "app",
    "web",
    "scheduler",
    "mail_intake",
    "papers",
    "validators",
    "core",
    "agent",
    "lock_protocol",
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


@pytest.mark.parametrize("document", LINKING, ids=lambda path: path.name)
def test_each_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_each_file_and_name_of_the_architecture_exists() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    spans = SPAN.findall((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    paths = {span for span in spans if PATH.fullmatch(span)}
    known = {str(file.relative_to(ROOT)) for file in files} | {file.name for file in files}
    assert [one for one in paths if one not in known and not (ROOT / one).exists()] == []
    names = [
        name
        for span in spans
        if (named := NAME.fullmatch(span)) and span not in paths
        for name in named[1].split(".")
    ]
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", code)] == []
