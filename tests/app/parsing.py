"""Settings from a text, without a file."""

from app.settings.config import DEFAULT_NAME, judge, written_in
from app.settings.desk_settings import Settings


def parse(text: str, name: str = DEFAULT_NAME) -> Settings:
    """The settings that a text gives. Raises ConfigError with every problem in one text."""
    return judge(written_in(text, name), name)
