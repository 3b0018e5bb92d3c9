"""Text as written → folded text (folding.toml: one character for one) → tokens of the lexicon, each
with its span. A token is the longest word of the lexicon that stands there; what the lexicon does
not know is one run "." (unknown)."""

import re
import tomllib
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cache
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Final, NamedTuple

import structlog

from mail_intake.request.grammar import Row, rows

log = structlog.get_logger(__name__)
MAX_CHARACTERS: Final = 20_000
MARKS: Final = "1234"  # ticked, crossed, a crossed box, an empty box
_LEXICON: Final = tomllib.loads(
    Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8")
)
Word: Final = SimpleNamespace(
    NAME="%",
    UNKNOWN=".",
    NUMBER="#",
    LISTED="¶",
    **{name.upper(): table["letter"] for name, table in _LEXICON.items()},
)
"""The letter of each class of the lexicon, and of what is none: Word.UNBIND is the letter of
[unbind]. A test holds that each that is used is there."""
_FOLDING: Final = tomllib.loads(
    Path(__file__).with_name("folding.toml").read_text(encoding="utf-8")
)
_SAME: Final = str.maketrans(_FOLDING["same"]["from"], _FOLDING["same"]["to"])
_DROPPED, _NUMBERS_BEGIN = (
    frozenset(_FOLDING[table]["characters"]) for table in ("dropped", "numbers_begin")
)
SIGNS: Final = {one: sign for sign, many in _FOLDING["signs"].items() for one in many}
SHAPES, _NUMBERS = (
    {name: re.compile(shape) for name, shape in _FOLDING[table].items()}
    for table in ("shapes", "numbers")
)
_NOT_SPLIT: Final = "NwDIiOEPRUA∂h7"  # a word of one of these classes is read over a line end


class Token(NamedTuple):
    """A word of one class (`letter`), an unknown run ("."), a sign of punctuation, a mark
    ("1".."4") or a number of a list ("#").

    `met`: the rows of the table `word` that made it, each with the text that it met (--explain).
    """

    letter: str
    text: str
    start: int
    end: int
    met: tuple[tuple[str, Row], ...] = ()


class Folded(NamedTuple):
    """A text as written, and folded; `at[i]` is where the folded character i stands
    in the text as written."""

    written: str
    text: str
    at: tuple[int, ...]

    def cut(self, start: int, end: int) -> str:
        """The text as written from folded `start` to `end`, in one line."""
        return (
            "".join(
                line.strip()
                for line in self.written[self.at[start] : self.at[end - 1] + 1].split("\n")
            )
            if end > start
            else ""
        )


@cache
def fold_character(character: str) -> str:
    """One character folded, or "" for one that is dropped."""
    category = unicodedata.category(character)
    if (
        character in "\n\t"
        or character in _DROPPED
        or (category in {"Cf", "Cc", "Co"} and character not in SIGNS)
    ):
        return character if character in "\n\t" else ""
    if (
        category == "No"
        and character >= "①"
        and 1 <= (number := unicodedata.numeric(character)) <= 10
    ):
        return chr(ord("①") + int(number) - 1)  # ⑴ ⒈ ❶
    if (
        category == "So"
        and character not in SIGNS
        and character != "\ufffd"
        and unicodedata.normalize("NFKC", character) == character
    ):
        return " "  # a picture
    one = unicodedata.normalize("NFKC", character)
    one = (one if len(one) == 1 else character).translate(_SAME).lower()[:1]
    return " " if one.isspace() else one


def fold(written: str, words: "Lexicon | None" = None) -> Folded:
    """`written` folded, up to MAX_CHARACTERS; line ends are newlines, none inside a word of `words`
    (by default the shipped lexicon)."""
    lines = "\n".join(written[:MAX_CHARACTERS].replace("&nbsp;", " ").splitlines())
    text = SHAPES["framed_mark"].sub(
        r"(\1)", SHAPES["rule_line"].sub(lambda line: "—" * len(line[0]), lines)
    )
    folded = [fold_character(character) for character in text]
    for start, end in [
        one.span()
        for one in SHAPES["letter_spaced"].finditer(text)
        if not SHAPES["answers_side_by_side"].fullmatch(one[0])
    ]:
        folded[start:end] = [one.strip() for one in folded[start:end]]
    for start, end in (line.span() for line in SHAPES["line_end"].finditer(text)):
        if SHAPES["split_word"].match(text, start) or _splits_word(
            "".join(folded[max(start - 3, 0) : start]),
            "".join(folded[end : end + 3]),
            words or lexicon(),
        ):
            folded[start:end] = [""] * (end - start)
    return Folded(text, "".join(folded), tuple(place for place, one in enumerate(folded) if one))


def _splits_word(before: str, after: str, lexicon: "Lexicon") -> bool:
    """Whether a word of the lexicon goes over the line end between them (反|对), unless a longer
    one ends there (重置|重), or both are words (要|不)."""
    words = lexicon.letters
    halves = [
        (before[-left:], after[:right])
        for left in range(1, len(before) + 1)
        for right in range(1, len(after) + 1)
    ]
    whole = max((len(one) for one, _other in halves if one in words), default=0)
    return any(
        words.get(one + other, Word.UNKNOWN) in _NOT_SPLIT
        and len(one) >= whole
        and not (one in words and other in words)
        for one, other in halves
    )


class Lexicon(NamedTuple):
    """Word → letters of its class; and for the first two characters of words the lengths of those
    that begin with them, longest first."""

    letters: Mapping[str, str]
    lengths: Mapping[str, tuple[int, ...]]


@cache
def lexicon(own: Path | None = None) -> Lexicon:
    """The lexicon; with the words of the operator's file `own`, which win.

    Raises ValueError (a word in two classes, no such class or table), OSError.
    """
    letters: dict[str, str] = {}
    for table in (_LEXICON, tomllib.loads(own.read_text(encoding="utf-8")) if own else {}):
        listed = [
            (fold(word.replace("_", " ")).text, _LEXICON[name]["letter"])
            for name, words in table.items()
            for word in words["words"].split()
        ]
        words_of = dict(listed)
        if wrong := sorted({word for word, letter in listed if words_of[word] != letter}):
            raise ValueError(f"in two classes: {', '.join(wrong)}")
        if moved := sorted(
            word for word in words_of if letters.get(word, words_of[word]) != words_of[word]
        ):
            log.warning("words_file.moves", words=moved)
        letters |= words_of
    lengths: dict[str, set[int]] = {}
    for word in letters:
        lengths.setdefault(word[:2], {1}).add(len(word))
    return Lexicon(
        letters, {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}
    )


def tokens(text: str, words: Lexicon, names: Iterable[tuple[int, int]] = ()) -> list[Token]:
    """The tokens of the folded `text`, in order and without gaps; `names` are spans (start, end)
    that are names whatever they hold."""
    known = dict(names)
    found, at, unknown_from = list[Token](), 0, 0
    while at < len(text):
        letters, end = (Word.NAME, known[at]) if at in known else _word_at(text, at, words)
        if letters != Word.UNKNOWN:
            found += (
                [Token(Word.UNKNOWN, text[unknown_from:at], unknown_from, at)]
                if unknown_from < at
                else []
            )
            found += [
                *(Token(letter, "", at, at) for letter in letters[:-1]),
                Token(letters[-1], text[at:end], at, end),
            ]
            unknown_from = end
        at = end
    found += (
        [Token(Word.UNKNOWN, text[unknown_from:], unknown_from, at)] if unknown_from < at else []
    )
    letters = letters_of(found)
    for row in rows("word"):  # several tokens that are one word
        for match in reversed(list(row.pattern.finditer(letters))):
            # a group is what is replaced, where the row has one
            start, end = match.span(match.lastindex or 0)
            # an empty group: a sign is put in
            word, at = text_of(found[start:end]), found[start].start
            met = [one for token in found[start:end] for one in token.met]
            met.append((text_of(found[slice(*match.span())]), row))
            found[start:end] = [Token(row.becomes, word, at, at + len(word), tuple(met))]
            letters = letters[:start] + row.becomes + letters[end:]
    return found


def _word_at(text: str, at: int, words: Lexicon) -> tuple[str, int]:
    """The letters of what stands there, and where it ends; no ca in cad."""
    for letter, shape in _NUMBERS.items() if text[at] in _NUMBERS_BEGIN else ():
        if number := shape.match(text, at):
            return letter, number.end()
    latin = SHAPES["latin_pair"].fullmatch
    for end in (
        min(at + length, len(text)) for length in words.lengths.get(text[at : at + 2], (1,))
    ):
        if (
            text[at:end] in words.letters
            and not latin(text[at - 1 : at + 1])
            and not latin(text[end - 1 : end + 1])
            and words.letters.get(text[end - 1 : end + 1]) != Word.CONDITION_AFTER
        ):  # 能用|的话
            return words.letters[text[at:end]], end
    if text[at] == " " and latin(text[at - 1 : at] + text[at + 1 : at + 2]):
        return Word.FILLER, at + 1
    return SIGNS.get(text[at], text[at] if text[at] in " \n" else Word.UNKNOWN), at + 1


def with_names(found: list[Token], names: Iterable[tuple[int, int]]) -> list[Token]:
    """The tokens with one in the place of each of the spans (start, end),
    which are names whatever they hold."""
    named = list(found)
    for start, end in sorted(names, reverse=True):
        first, behind = (
            bisect_left(named, place, key=attrgetter("start")) for place in (start, end)
        )
        named[first:behind] = [Token(Word.NAME, text_of(named[first:behind]), start, end)]
    return named


def letters_of(found: Iterable[Token]) -> str:
    """One letter for each token."""
    return "".join([token.letter for token in found])


def text_of(found: Iterable[Token]) -> str:
    return "".join([token.text for token in found])
