"""Settings from a text, without a file."""

from pathlib import Path
from typing import Any

from app.settings.config import validated, written_in
from app.settings.config_file import DEFAULT_NAME, Written
from app.settings.desk_settings import Settings


def parse(text: str, name: str = DEFAULT_NAME, base: Path = Path()) -> Settings:
    """The settings that a text gives; paths start from `base`.

    Raises ConfigError with every problem in one text.
    """
    return validated(written_in(text, name), base)


def settings_of(values: Any, base: Path = Path()) -> Settings:
    """The settings of plain values. Raises ConfigError."""
    return validated(Written(values), base)
