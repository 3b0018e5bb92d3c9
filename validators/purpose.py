"""The purpose of a mail's attachments: papers of a request, something else by its name, or unknown.

A page shows papers where a card, a licence or another certificate is on it, or a request sheet, or
where it may show them because it could not be read well. Pages of running text beside it speak
against such a doubt. What could not be opened is unknown, which makes no request (RULES.md section
3).
"""

import re
from typing import Final

from core.cases.letters.words import OTHER_PAPERS
from core.data.submission import ELSEWHERE, Page, PartKind
from validators.evidence import Evidence

_CARDS: Final = frozenset(PartKind) - {PartKind.OTHER, PartKind.REQUEST_LETTER}
_RUNNING_TEXT: Final = 150
"""Letters of a page that is no card, and without a trace of a licence is none."""
_MOST_TEXT_PAGES: Final = 2
"""A request may have a letter and its form; a document with more pages of text contains copies of
papers as an annex."""
_SURELY_ELSEWHERE: Final = 2 * ELSEWHERE
"""Letters of words about something else that outweigh papers; fewer outweigh a page in doubt."""
_TITLE_WITHIN: Final = 12
"""Lines of a file's first page among which its title is."""
_BESIDE: Final = 14
"""Characters beside the title in its line."""
_LETTERS: Final = re.compile(r"[^\W\d_]")


def brings_papers(evidence: Evidence) -> bool:
    """Whether the attachments show papers, or may show them, and the words speak of nothing else.

    What a request letter in them says counts among the words.
    """
    files = {page.attachment for page in evidence.documents.pages}
    return any(_shows_papers(evidence, file) for file in files)


def _shows_papers(evidence: Evidence, file: str) -> bool:
    pages = [page for page in evidence.documents.pages if page.attachment == file]
    seen = {
        part.page
        for part in evidence.documents.parts
        if part.attachment == file and part.kind in _CARDS
    } | {page.number for page in pages if page.sheet}
    texts = [page for page in pages if page.number not in seen and _is_text(page)]
    elsewhere = evidence.request.other_letters
    if seen:
        return len(texts) <= _MOST_TEXT_PAGES and elsewhere < _SURELY_ELSEWHERE
    doubtful = any(page.traces or not page.confident for page in pages)
    spoken_against = bool(texts) or elsewhere >= ELSEWHERE or reads_as(evidence, file) != ""
    return doubtful and not spoken_against


def title_of_attachments(evidence: Evidence) -> str:
    """What the first file with a title is titled as, or ""."""
    files = dict.fromkeys(page.attachment for page in evidence.documents.pages)
    return next(filter(None, (reads_as(evidence, file) for file in files)), "")


def _is_text(page: Page) -> bool:
    return not page.traces and len(_LETTERS.findall(page.text)) >= _RUNNING_TEXT


def reads_as(evidence: Evidence, file: str) -> str:
    """The name of the document that a file's first page has the title of (发票, 合同 …), or ""."""
    first = next((page for page in evidence.documents.pages if page.attachment == file), None)
    lines = first.text.casefold().splitlines()[:_TITLE_WITHIN] if first else []
    shown = [re.sub(r"\s", "", line) for line in lines]
    return next(
        (
            name
            for name, titles in OTHER_PAPERS.items()
            if any(t in line and len(line) <= len(t) + _BESIDE for t in titles for line in shown)
        ),
        "",
    )
