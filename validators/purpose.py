"""The purpose of a mail's attachments: papers of a request, something else by its name, or unknown.

A page shows papers if a card, a licence, another certificate or a request sheet is on it. It may
show papers if it could not be read well, unless pages of running text are beside it. A file that
could not be opened is unknown, which is no request (RULES.md section 3).
"""

import re
from enum import IntEnum

from core.cases.letters.words import OTHER_PAPERS
from core.data.documents import Page, PartKind
from core.data.submission import Answer, AttachmentKind, RequestForm
from validators.evidence import Evidence

_CARDS = frozenset(PartKind) - {PartKind.OTHER, PartKind.REQUEST_LETTER}
_RUNNING_TEXT = 150
"""Letters of a page that is no card, and no licence where it has no trace of one. Latin letters,
rare on both, count three."""
_MOST_TEXT_PAGES = 2
"""A request may have a letter and its form; a document with more pages of text contains copies of
papers as an annex."""
_FEW = 5
"""Fewer letters of words about something else say nothing yet: a name, 急."""
_TITLE_WITHIN = 12
"""Lines of a file's first page among which its title is."""
_BESIDE = 14
"""Characters beside the title in its line."""


class Likely(IntEnum):
    """How likely something is. `Likely(condition)` is PERHAPS at most."""

    NO = 0
    PERHAPS = 1
    YES = 2


def brings_papers(evidence: Evidence) -> Likely:
    """Whether the attachments show papers, and the words speak of nothing else.

    What a request letter in them says counts among the words.
    """
    files = evidence.documents.files
    return max((_shows_papers(evidence, file) for file in files), default=Likely.NO)


def is_unknown(evidence: Evidence) -> bool:
    """Whether something came that may be papers and was not read: a file that could not be opened,
    a link, a Word file. Pictures are mostly of a screen."""
    read = evidence.documents.files
    return bool(evidence.message.cloud_links) or any(
        one.name not in read and one.kind is not AttachmentKind.IMAGE for one in evidence.counted
    )


def _shows_papers(evidence: Evidence, file: str) -> Likely:
    pages = [page for page in evidence.documents.pages if page.attachment == file]
    seen = {
        part.page
        for part in evidence.documents.parts
        if part.attachment == file and part.kind in _CARDS
    } | {page.number for page in pages if page.sheet}
    texts = [page for page in pages if page.number not in seen and _is_text(page)]
    if seen:
        return _beside(evidence.request) if len(texts) <= _MOST_TEXT_PAGES else Likely.NO
    doubtful = any(page.traces or not page.confident for page in pages)
    excluded = texts or evidence.request.speaks_elsewhere or _reads_as(evidence, file)
    return Likely(doubtful and not excluded)


def _beside(form: RequestForm) -> Likely:
    """Whether papers beside these words are those of a request.

    Words that ask: yes; perhaps where they only may ask and nothing is to be done. Words about
    something else: no; perhaps where they speak of a deed, too. Other words: yes where they speak
    of a deed or say next to nothing, else perhaps.
    """
    if form.has_request_words:
        return Likely.PERHAPS if form.perhaps and form.needs_nothing else Likely.YES
    speaks = bool({*form.answers.values()} - {Answer.NO, Answer.MISSING})
    if form.speaks_elsewhere:
        return Likely(speaks and not form.needs_nothing)
    quiet = form.elsewhere < _FEW and Answer.NO not in form.answers.values()
    return Likely.YES if speaks or quiet else Likely.PERHAPS


def title_of_attachments(evidence: Evidence) -> str:
    """What the first file with a title is titled as, or ""."""
    titles = (_reads_as(evidence, file) for file in evidence.documents.files)
    return next(filter(None, titles), "")


def _is_text(page: Page) -> bool:
    letters = [one for one in page.text if one.isalpha()]
    weight = len(letters) + 2 * sum(one.isascii() for one in letters)
    return not page.traces and weight >= _RUNNING_TEXT


def _reads_as(evidence: Evidence, file: str) -> str:
    """The name of the document that a file's first page has the title of (发票, 合同 …), or ""."""
    first = next((page for page in evidence.documents.pages if page.attachment == file), None)
    lines = first.text.casefold().splitlines()[:_TITLE_WITHIN] if first else []
    shown = [re.sub(r"\s", "", line) for line in lines if "章" not in line]  # 合同专用章
    return next(
        (
            name
            for name, titles in OTHER_PAPERS.items()
            if any(t in line and len(line) <= len(t) + _BESIDE for t in titles for line in shown)
        ),
        "",
    )
