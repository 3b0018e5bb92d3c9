"""What `make mutants` is told about the code is about this code."""

import tomllib
from pathlib import Path

import pytest

from tests.app.running import ROOT

CONFIG = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text(encoding="utf-8"))


def _files(name: str) -> list[Path]:
    """The file of that name; "*" is each file of the areas."""
    if name != "*":
        return [ROOT / name]
    return [
        file for area in CONFIG["areas"].values() for file in (ROOT / area["folder"]).rglob("*.py")
    ]


@pytest.mark.parametrize(
    "equivalent", CONFIG["equivalent"], ids=lambda e: f"{e['file']}: {e['after']}"
)
def test_a_mutant_listed_as_equivalent_is_one_of_a_line_that_stands(equivalent):
    code = " ".join(
        line.strip()
        for file in _files(equivalent["file"])
        for line in file.read_text(encoding="utf-8").splitlines()
    )
    assert equivalent["before"] in code
    # a decorator that is taken away leaves nothing
    assert not equivalent["after"] or equivalent["after"] not in code
    assert equivalent["reason"]


@pytest.mark.parametrize("area", CONFIG["areas"].values(), ids=CONFIG["areas"].keys())
def test_an_area_names_files_and_tests_that_exist(area):
    assert list((ROOT / area["folder"]).rglob("*.py"))
    assert all((ROOT / test).exists() for test in area["tests"] if test.startswith("tests/"))


def test_the_sample_has_two_hundred_mutants():
    assert sum(area["sample"] for area in CONFIG["areas"].values()) == 200
