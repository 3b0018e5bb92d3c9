"""docs/OPENID.md: the table of the OpenID Basic OP profile names tests that exist,
or says why not."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "OPENID.md").read_text(encoding="utf-8")
TABLE = re.findall(
    r"^\| ([^|]+) \| [^|]+ \| (pass|unsupported)\b([^|]*) \|$",
    TEXT.partition("## OpenID Basic OP")[2],
    re.MULTILINE,
)


def test_every_test_that_it_names_exists() -> None:
    code = "".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "tests" / "openid").glob("test_*.py")
    )
    named = set(re.findall(r"\btest_\w+", TEXT)) - {
        file.stem for file in (ROOT / "tests" / "openid").glob("test_*.py")
    }
    assert len(named) > 20
    assert named - set(re.findall(r"^def (test_\w+)", code, re.MULTILINE)) == set()


def test_each_line_passes_by_a_test_or_says_why_not() -> None:
    assert len(TABLE) == TEXT.partition("## OpenID Basic OP")[2].count("\n| ") - 1, (
        "the head is no line"
    )
    assert [
        module for module, result, words in TABLE if result == "pass" and "test_" not in words
    ] == []
    assert [
        module for module, result, words in TABLE if result == "unsupported" and len(words) < 20
    ] == []
