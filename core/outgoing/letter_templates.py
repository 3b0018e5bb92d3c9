"""Letters in words: the port `Letters` by Jinja2, one folder of templates/mail for each kind.

Decides how a fact is allowed to look in a letter, and makes the HTML twin out of the finished text,
so that both say the same words. Refuses what a sender could smuggle in by a name: line breaks
(header injection), control and bidi characters, markup, the place of the link, our own closing
mark, addresses that a mail program would make clickable, ID numbers (RULES.md sections 3, 6; RFC
5322 section 2.2).

A letter's text has five shapes of paragraphs, separated by empty lines: 【heading】, "1. " lists,
"· " lists, forms indented by four spaces, and plain lines. docs/LETTERS.md has more.
"""

import re
from dataclasses import dataclass, fields
from functools import cache, lru_cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup, escape

from core.cases.letters.outbox import LINKS
from core.cases.letters.words import NEXT_STEP, QUESTIONS, STATES, YES_OR_NO
from core.data.letter import (
    LETTER_MARK_END,
    LINK_PLACE,
    STATUS_PLACE,
    UNSETTLED,
    Centre,
    LetterFacts,
    LetterKind,
    Rendered,
)
from lock_protocol.characters import visible

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "mail"
SUBJECT_CHARACTERS = 120
VALUE_CHARACTERS = 200
REASON_CHARACTERS = 500
LIMITS = {
    "enterprise_name": 80,
    "handler_masked": 80,
    "reasons": REASON_CHARACTERS,
    "copied": REASON_CHARACTERS,
    "subject": 80,
}
"""Characters of a fact; of all others VALUE_CHARACTERS."""
REASON_LINES = 20
KEPT = 256
"""Paragraphs, and lines as HTML, that are kept: most of them stand in every letter."""


@dataclass(frozen=True)
class Block:
    """A paragraph of a letter.

    `shape`: heading, ordered, bullets, form or plain; `lines` are bare of their signs.
    """

    shape: str
    lines: tuple[str, ...]


class JinjaLetters:
    """Renders letters.

    Every template is compiled once, here: a missing or broken one is reported at the start,
    not at the first letter.
    """

    def __init__(self, centre: Centre, directory: Path | None = None) -> None:
        environment = _environment(centre, directory or TEMPLATES)
        self._subjects = {
            kind: environment.get_template(f"{kind}/subject.txt") for kind in LetterKind
        }
        self._bodies = {kind: environment.get_template(f"{kind}/body.txt") for kind in LetterKind}
        self._layout: Template = environment.get_template("shared/layout.html")

    def render(self, kind: LetterKind, facts: LetterFacts) -> Rendered:
        """The letter of that kind.

        Raises ValueError when `facts.link` is anything but LINK_PLACE where a link belongs.
        """
        words = spoken(kind, facts)
        subject = one_line(self._subjects[kind].render(words), SUBJECT_CHARACTERS)
        lines = [line.rstrip() for line in self._bodies[kind].render(words).splitlines()]
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
        html = self._layout.render(subject=subject, blocks=blocks(text))
        return Rendered(subject, text, html)


@cache
def _environment(centre: Centre, directory: Path) -> Environment:
    """Where the templates of one centre are, compiled once for the process."""
    environment = Environment(
        loader=FileSystemLoader(directory),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        centre=centre,
        mark_end=LETTER_MARK_END,
        questions=QUESTIONS,
        yes_or_no=YES_OR_NO,
        unsettled_word=UNSETTLED,
    )
    urls = re.compile(
        rf"({re.escape(LINK_PLACE)}|{re.escape(STATUS_PLACE)}"
        rf"|{re.escape(centre.portal_url)}(?![A-Za-z0-9_./@:?#%&=~-]))"
    )
    environment.filters.update(span=span, linked=lru_cache(KEPT)(partial(_linked, urls)))
    return environment


def _linked(urls: re.Pattern[str], line: str) -> Markup:
    """A line as HTML in which only LINK_PLACE, STATUS_PLACE and the portal's
    own address are links."""
    pieces = urls.split(line)  # every second piece is an address
    if len(pieces) == 1:
        return escape(line)
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


def spoken(kind: LetterKind, facts: LetterFacts) -> dict[str, object]:
    """The facts as templates may name them: cleaned, bounded, and nothing a sender wrote left
    clickable.
    """
    misplaced = facts.status not in {"", STATUS_PLACE} or facts.link not in {"", LINK_PLACE}
    if misplaced or (kind in LINKS and not facts.link):
        raise ValueError(f"A letter of kind {kind} takes LINK_PLACE; delivery puts the token in.")
    words = {
        one.name: _cleaned(getattr(facts, one.name), LIMITS.get(one.name, VALUE_CHARACTERS))
        for one in fields(facts)
    }
    lines = [line for line in facts.reason.splitlines() if line.strip()][:REASON_LINES]
    return words | {
        "reason": [one_line(line, REASON_CHARACTERS) for line in lines],
        "unsettled": any(UNSETTLED in value for _, value in facts.understood),
        "state": STATES[facts.state] if facts.state else "",
        "next_step": NEXT_STEP[facts.state] if facts.state else "",
        "link": facts.link,
        "status": facts.status,
    }


def _cleaned(value: object, limit: int) -> object:
    if isinstance(value, tuple):
        return [_cleaned(one, limit) for one in value]
    return foreign(value, limit) if isinstance(value, str) else value


_SPACES = re.compile(r"\s+")
_DIGITS_HALF = str.maketrans("０１２３４５６７８９", "0123456789")
_ID_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])[0-9]{6}[ -]?(?:18|19|20)[0-9]{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]"
    r"|[12][0-9]|3[01])[ -]?[0-9]{3}[ -]?[0-9XxＸｘ]"
    r"(?![0-9A-Za-z])"
)


def one_line(value: str, limit: int) -> str:
    """A value as one visible line of at most `limit` characters, without ID numbers, our closing
    mark or the place of a link."""
    if not value:
        return ""
    bounded = value[: 4 * limit]
    if not bounded.isprintable():
        bounded = visible(_SPACES.sub(" ", bounded))
    line = _ID_NUMBER.sub(
        "（证件号码略）", _SPACES.sub(" ", bounded.translate(_DIGITS_HALF)).strip()
    )
    line = line.replace(LETTER_MARK_END, "…").replace("[[", "［［")
    return line if len(line) <= limit else line[: limit - 1] + "…"


_HOST_DOT = re.compile(
    r"\.(?=[^\W\d_]{2})(?!(?:pdf|jpe?g|png|docx?|wps|ofd|tiff?|bmp)(?![\w./:@-]))", re.IGNORECASE
)


def foreign(value: str, limit: int) -> str:
    """One line of words that may be a sender's: addresses in it are kept readable, but no mail
    program will make them clickable."""
    return _HOST_DOT.sub("．", one_line(value, limit).replace("://", "：//").replace("@", "＠"))


def span(hours: int) -> str:
    """A validity in words: 24 小时, 7 天."""
    return f"{hours // 24} 天" if hours > 24 and hours % 24 == 0 else f"{hours} 小时"


def blocks(text: str) -> list[Block]:
    """The paragraphs of a letter's text, each with its shape."""
    return list(map(_block, text.strip("\n").split("\n\n")))


_SIGNS = (
    ("ordered", re.compile(r"[0-9]+\. ")),
    ("bullets", re.compile("· ")),
    ("form", re.compile(" {4}")),
)


@lru_cache(KEPT)
def _block(paragraph: str) -> Block:
    lines = paragraph.splitlines()
    if len(lines) == 1 and lines[0].startswith("【") and lines[0].endswith("】"):
        return Block("heading", (lines[0],))
    for shape, sign in _SIGNS:
        if all(sign.match(line) for line in lines):
            return Block(shape, tuple(sign.sub("", line, count=1) for line in lines))
    return Block("plain", tuple(lines))
