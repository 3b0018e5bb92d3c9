"""docs/HELP-COVERAGE.md has every question of the help page,
and names tests and pages that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITTEN = (ROOT / "docs" / "HELP-COVERAGE.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in row.strip("|").split("|")]
    for row in WRITTEN.splitlines()
    if re.match(r"\| \d", row)
]
QUESTIONS = [
    *(f"1.1.{n}" for n in (1, 2, 3)),
    *(f"1.2.{n}" for n in (1, 2, 3, 4)),
    "1.3.1",
    "1.3.2",
    "1.4.1",
    "1.4.2",
    "2.1",
    "2.2",
    "2.3",
    "2.4",
    "2.5",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_has_a_row(question: str) -> None:
    assert [row for row in ROWS if row[0].split()[0] == question]


def test_what_is_there_names_the_test_that_walks_it() -> None:
    for question, _where, there, tests in ROWS:
        named = re.findall(r"tests/[\w/]+\.py", tests)
        assert [path for path in named if not (ROOT / path).is_file()] == []
        assert there.startswith(("yes", "partly", "**no**")), question
        assert named or there == "**no**", question


def test_every_page_that_it_names_exists() -> None:
    templates = {path.stem for path in (ROOT / "templates" / "web" / "portal").glob("*.html")}
    named = set(re.findall(r"`/portal/([a-z]+)(#[a-z]+)?`", WRITTEN))
    assert {page for page, _ in named} <= templates
    text = {
        page: (ROOT / "templates" / "web" / "portal" / f"{page}.html").read_text(encoding="utf-8")
        for page, _ in named
    }
    assert [
        (page, place) for page, place in named if place and f'id="{place[1:]}"' not in text[page]
    ] == []
