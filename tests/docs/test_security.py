"""docs/SECURITY.md names tests and settings that exist."""

import ast
import re
from pathlib import Path

from app.settings.desk_settings import Settings
from app.settings.setting_kinds import declared

ROOT = Path(__file__).parents[2]
SECURITY = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")


def test_every_test_that_it_names_exists() -> None:
    named = set(re.findall(r"tests/[\w/]+\.py", SECURITY))
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


def functions_of(path: str) -> set[str]:
    """The tests of a file as pytest names them behind it: `test_one`, `TestClass::test_two`."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    inside = {
        f"{one.name}::{node.name}"
        for one in classes
        for node in one.body
        if isinstance(node, ast.FunctionDef)
    }
    return inside | {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_function_that_it_names_exists() -> None:
    named = re.findall(r"(tests/[\w/]+\.py)::(\w+(?:::\w+)?)", SECURITY)
    assert named
    assert [f"{path}::{test}" for path, test in named if test not in functions_of(path)] == []


def test_each_row_of_who_may_cause_what_names_the_test_that_holds_it() -> None:
    table = SECURITY.partition("## Who may cause what")[2].partition("\n## ")[0]
    head, _, *rows = [
        line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")
    ]
    assert len(rows) > 15
    assert head[1:-1] == [
        "stranger",
        "proved stranger",
        "contact",
        "reviewer",
        "approver",
        "system",
    ]
    assert [row[0] for row in rows if len(row) != len(head) or "::" not in row[-1]] == []


def test_every_setting_that_it_names_exists() -> None:
    sections = declared(Settings)
    named = [
        name
        for name in re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)(?:: \w+)?`", SECURITY)
        if name.split(".")[0] in sections
    ]
    assert named

    def exists(name: str) -> bool:
        section: type | None = Settings
        for key in name.split("."):
            if section is None or key not in declared(section):
                return False
            section = declared(section)[key].section
        return True

    assert [name for name in named if not exists(name)] == []


def test_each_kind_of_threat_of_stride_has_a_row() -> None:
    assert set(re.findall(r"^\| ([STRIDE]) \|", SECURITY, re.MULTILINE)) == set("STRIDE")
