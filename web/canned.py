"""The answers that stand ready: the files of templates/answers, each with its title in the first line. {questions}: what a request must say."""

from functools import cache
from pathlib import Path

import templates
from core.cases import words

FOLDER = Path(templates.__file__).parent / "answers"


@cache
def canned() -> tuple[tuple[str, str], ...]:
    """Title and text of each, in the order of the files."""
    questions = "、".join(words.QUESTIONS.values())
    files = [file.read_text(encoding="utf-8").strip().replace("{questions}", questions) for file in sorted(FOLDER.glob("*.txt"))]
    return tuple((title.strip(), text.strip()) for title, _, text in (file.partition("\n") for file in files))
