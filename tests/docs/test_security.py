"""docs/SECURITY.md names tests and settings that exist."""

import re
from pathlib import Path

from app.settings import Settings
from app.settings_kinds import Zone, section

ROOT = Path(__file__).parents[2]
SECURITY = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")


def test_every_test_that_it_names_exists() -> None:
    named = set(re.findall(r"tests/[\w/]+\.py", SECURITY))
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


def test_every_setting_that_it_names_exists() -> None:
    named = [name for name in re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)(?:: \w+)?`", SECURITY) if name.split(".")[0] in Settings.model_fields]
    assert named

    def exists(name: str) -> bool:
        model: type[Zone] | None = Settings
        for key in name.split("."):
            if model is None or key not in model.model_fields:
                return False
            model = section(model.model_fields[key].annotation)[0]
        return True

    assert [name for name in named if not exists(name)] == []


def test_each_kind_of_threat_of_stride_has_a_row() -> None:
    assert set(re.findall(r"^\| ([STRIDE]) \|", SECURITY, re.MULTILINE)) == set("STRIDE")
