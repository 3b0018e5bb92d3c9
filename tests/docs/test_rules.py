"""docs/RULES.md and what cites it: every section that is named exists,
and its table of findings is that of the program."""

import re
import subprocess
from pathlib import Path

from validators.check import RULES

ROOT = Path(__file__).parents[2]
WRITTEN = (ROOT / "docs" / "RULES.md").read_text(encoding="utf-8")
SECTIONS = set(re.findall(r"^## (\d+)\. ", WRITTEN, re.MULTILINE))
CITED = re.compile(r"\b([A-Z][A-Z-]+\.md)(?: sections? ((?:\d+(?:, | and )?)+))?")


def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.yaml", "*.toml", "*.html", "*.txt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines()]


def test_every_document_and_section_that_code_cites_exists() -> None:
    missing = []
    for path in sources():
        for document, sections in CITED.findall(path.read_text(encoding="utf-8", errors="replace")):
            there = (ROOT / document).is_file() or (ROOT / "docs" / document).is_file()
            numbers = set(re.findall(r"\d+", sections)) if document == "RULES.md" else set()
            if not there or numbers - SECTIONS:
                missing.append((str(path.relative_to(ROOT)), document, sections))
    assert missing == []


def test_the_table_of_findings_is_the_programs() -> None:
    written = re.findall(
        r"^\| ([a-z_]+(?:\.[a-z_]+)+) \| (reject|review|note) \|", WRITTEN, re.MULTILINE
    )
    assert written == [(rule.code, rule.severity.value) for rule in RULES]
