"""Prepared texts and files for answers, returns and refusals: those of the operator's folder
(`console.texts_folder`), else the texts of templates/answers.

The first line of a text file (*.txt) is its title. Its blanks are ${number} and ${window} of the
case, ${link} to the page that makes a request, and ${questions}, which a request must answer. All
other files of the folder may be attached to an answer.
"""

from pathlib import Path
from string import Template

from core.cases.decision.reply import TO_FILL
from core.cases.desk import Desk
from core.cases.letters import words
from core.cases.letters.letter_content import announced_window
from core.data.case import Case
from web.common.page_settings import WebSettings
from web.common.page_words import FOLDER

ANSWERS = FOLDER.parent / "answers"
MOST_FILES = 50  # offered on a page


def ready_texts(
    desk: Desk, settings: WebSettings, case: Case | None, *, portal: bool
) -> list[tuple[str, str]]:
    """Title and text of each, in the order of the file names, with blanks filled as far as they are
    known. `portal`: whether the page that makes a request exists."""
    blanks = {
        "number": case.number if case else TO_FILL,
        "window": (case and announced_window(desk, case)) or settings.centre.window,
        "link": f"{settings.base_url}/portal/request" if portal else TO_FILL,
        "questions": "、".join(words.QUESTIONS.values()),
    }
    own = _texts(settings.texts_folder) if settings.texts_folder else []
    filled = [
        Template(file.read_text("utf-8", "replace")).safe_substitute(blanks).strip()
        for file in own or _texts(ANSWERS)
    ]
    parts = [text.partition("\n") for text in filled]
    return [(title.strip(), text.strip()) for title, _, text in parts]


def ready_files(settings: WebSettings) -> dict[str, Path]:
    """The files of the operator's folder that may be attached, by their names."""
    folder = settings.texts_folder
    found = sorted(folder.iterdir()) if folder and folder.is_dir() else []
    files = [one for one in found if one.is_file() and one.suffix != ".txt" and one.name[0] != "."]
    return {one.name: one for one in files[:MOST_FILES]}


def _texts(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.txt"))
