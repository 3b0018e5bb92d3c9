"""docs/SECURITY.md names tests and settings that exist."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SECURITY = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")


def test_every_test_that_it_names_exists() -> None:
    named = set(re.findall(r"tests/[\w/]+\.py", SECURITY))
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


def test_every_setting_that_it_names_exists() -> None:
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    named = [name.split(".") for name in re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)(?:: \w+)?`", SECURITY) if name.split(".")[0] in config]
    assert named

    def exists(keys: list[str]) -> bool:
        place = config
        for key in keys:
            if not isinstance(place, dict) or key not in place:
                return False
            place = place[key]
        return True

    assert [name for name in named if not exists(name)] == []


def test_each_kind_of_threat_of_stride_has_a_row() -> None:
    assert set(re.findall(r"^\| ([STRIDE]) \|", SECURITY, re.MULTILINE)) == set("STRIDE")
