"""The table "Measured when" of docs/BENCHMARKS.md names what there is."""

import re
from pathlib import Path

from bench import stale

TEXT = (stale.ROOT / "docs" / "BENCHMARKS.md").read_text(encoding="utf-8")
ROWS = list(stale.rows(TEXT))


def test_each_row_names_a_section_and_code_that_exist() -> None:
    assert ROWS
    for row in ROWS:
        assert f"## {row.section}\n" in TEXT or f"**{row.section}**" in TEXT, row.section
        assert [path for path in row.paths if not Path(stale.ROOT, path).exists()] == []


def test_each_section_with_figures_is_in_the_table() -> None:
    sections = re.split(r"^##+ (.+)\n", TEXT, flags=re.MULTILINE)[1:]
    figures = {
        name for name, text in zip(sections[::2], sections[1::2], strict=True) if "|---" in text
    }
    assert figures - {row.section for row in ROWS} == {"Goals", "Measured when", "Measured once"}


def test_a_section_is_stale_when_its_code_changed_behind_its_commit() -> None:
    newest = stale.Measured("any", "HEAD", ["core"])
    assert stale.commits_behind(newest) == 0
    assert stale.commits_behind(newest._replace(commit="0000000")) is None
