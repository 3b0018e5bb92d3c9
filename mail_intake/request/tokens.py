"""Text as written → folded text → tokens of the lexicon, each with its span.

Folding (folding.toml): one character for one, without invisible characters, decoration and the spaces of letter-spaced words. A token is the longest
word of the lexicon that stands there; what the lexicon does not know is one run "." (unknown).
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path
from typing import Final

from mail_intake.request.grammar import Row, rows

MAX_CHARACTERS: Final = 20_000
NAME, UNKNOWN = "%", "."
TICKED, CROSSED, CROSSED_BOX, EMPTY_BOX = MARKS = "1234"
LEXICON: Final = Path(__file__).with_name("lexicon.toml")
_FOLDING: Final = tomllib.loads(Path(__file__).with_name("folding.toml").read_text(encoding="utf-8"))
_SAME: Final = str.maketrans(_FOLDING["same"]["from"], _FOLDING["same"]["to"])
_DROPPED: Final = frozenset(_FOLDING["dropped"]["characters"])
SIGNS: Final = {one: sign for sign, many in _FOLDING["signs"].items() for one in many}
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
_SPACED_OUT: Final = re.compile(f"(?<![{_HAN}])[{_HAN}](?:(?:[ \u3000\xa0]+[{_HAN}](?![{_HAN}]))+|(?:\n[{_HAN}](?![^\n])){{3,}})")
_NUMBER: Final = re.compile(
    r"(?<![\da-z.])\(?(?:\d{1,2}|[一二三四五])(?:[.、)](?!\d)|\ufe0f?\u20e3)|[①-⑩](?:[.、)])?|(?<![^\n])\d(?=[ ]*[^\da-z\s.,:年月日/-])")
_FRAMED_MARK: Final = re.compile("【([ 　√✓✔×xX☑]?|是|否|不?需要|不?要)】")
_SPLIT_WORD: Final = re.compile(r"(?<=重)\n(?=置)|(?<=[解绑])\n(?=[绑除定])|(?<=密)\n(?=码)|(?<=[无不])\n(?=[需用要必])|(?<=[有限公])\n(?=限?公?司)")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of one class (`letter`), an unknown run ("."), a sign of punctuation, a mark ("1".."4") or a number of a list ("#")."""

    letter: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as written, and folded; `at[i]` is where the folded character i stands in the text as written."""

    written: str
    text: str
    at: tuple[int, ...]

    def cut(self, start: int, end: int) -> str:
        """The text as written from folded `start` to `end`, in one line."""
        written = self.written[self.at[start]:self.at[end - 1] + 1] if end > start else ""
        return "".join(line.strip() for line in written.split("\n"))


@cache
def _folded(character: str) -> str:
    """One character folded, or "" for one that is dropped."""
    category = unicodedata.category(character)
    if character in "\n\t" or character in _DROPPED or (category in {"Cf", "Cc", "Co"} and character not in SIGNS):
        return character if character in "\n\t" else ""
    if category == "No" and character >= "①" and 1 <= (number := unicodedata.numeric(character)) <= 10:
        return chr(ord("①") + int(number) - 1)   # ⑴ ⒈ ❶
    if category == "So" and character not in SIGNS and character != "\ufffd" and unicodedata.normalize("NFKC", character) == character:
        return " "   # a picture
    one = unicodedata.normalize("NFKC", character)
    one = (one if len(one) == 1 else character).translate(_SAME).lower()[:1]
    return "'" if one in "’‘" else " " if one.isspace() else one


def fold(written: str) -> Folded:
    """`written` folded, up to MAX_CHARACTERS; line ends are newlines."""
    text = _FRAMED_MARK.sub(r"(\1)", "\n".join(written[:MAX_CHARACTERS].splitlines()))
    closed = _closed_up(text) | {match.start() for match in _SPLIT_WORD.finditer(text)}
    kept = [
        (one, place) for place, character in enumerate(text)
        if place not in closed and (one := _folded(character)) and (one != "'" or _latin(text[place - 1:place] + "t"))
    ]
    return Folded(text, "".join(one for one, _ in kept), tuple(place for _, place in kept))


def _closed_up(text: str) -> set[int]:
    """The places of the spaces inside letter-spaced words (企 业 名 称); answers side by side (是 否) are no word."""
    places: set[int] = set()
    for match in _SPACED_OUT.finditer(text):
        word = "".join(match[0].split())
        if word.strip("是否要需不无有") and not (len(word) == 2 and word[0] in "是否"):
            places |= {match.start() + place for place, character in enumerate(match[0]) if character.isspace()}
    return places


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word → letters of its class, and for each first character the lengths of the words that begin with it, longest first."""

    letters: Mapping[str, str]
    lengths: Mapping[str, tuple[int, ...]]


def lexicon_of(*tables: Mapping[str, Mapping[str, str]]) -> Lexicon:
    """The lexicon of parsed tables (class → letter, words). Raises ValueError for a class that no table gives a letter, or a word in two classes."""
    classes = {name: table["letter"] for one in tables for name, table in one.items() if "letter" in table}
    letters: dict[str, str] = {}
    for name, table in ((name, table) for one in tables for name, table in one.items()):
        if name not in classes:
            raise ValueError(f"no class {name}")
        for word in table["words"].split():
            if letters.setdefault(fold(word.replace("_", " ")).text, classes[name]) != classes[name]:
                raise ValueError(f"{word} is in two classes")
    lengths: dict[str, set[int]] = {}
    for word in letters:
        lengths.setdefault(word[0], set()).add(len(word))
    return Lexicon(letters, {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()})


@cache
def lexicon(own: Path | None = None) -> Lexicon:
    """The lexicon, with the words of the operator's file `own`. Raises ValueError, OSError for a file that is no such table."""
    files = [LEXICON, *([own] if own else [])]
    return lexicon_of(*(tomllib.loads(file.read_text(encoding="utf-8")) for file in files))


def tokens(text: str, words: Lexicon, names: Iterable[tuple[int, int]] = ()) -> list[Token]:
    """The tokens of the folded `text`, in order and without gaps; `names` are spans (start, end) that are names whatever they hold."""
    known = dict(names)
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _token_at(text, at, words, known)
        if token.letter == UNKNOWN and found and found[-1].letter == UNKNOWN:
            before = found.pop()
            token = Token(UNKNOWN, before.text + token.text, before.start, token.end)
        found += [*(Token(letter, "", at, at) for letter in token.letter[:-1]), Token(token.letter[-1], token.text, token.start, token.end)]
        at = token.end
    return reduce(_joined, rows("word"), found)


def _joined(found: list[Token], row: Row) -> list[Token]:
    """The tokens with those that a row of the table `word` meets as one."""
    joined: list[Token] = []
    at = 0
    for match in row.pattern.finditer(letters_of(found)):
        word = found[match.start():match.end()]
        joined += [*found[at:match.start()], Token(row.says, "".join(token.text for token in word), word[0].start, word[-1].end)]
        at = match.end()
    return joined + found[at:]


def _token_at(text: str, at: int, words: Lexicon, known: Mapping[int, int]) -> Token:
    if at in known:
        return Token(NAME, text[at:known[at]], at, known[at])
    if number := _NUMBER.match(text, at):
        return Token("#", number[0], at, number.end())
    character = text[at]
    for length in words.lengths.get(character, ()):
        word = text[at:at + length]
        end = at + len(word)
        if word in words.letters and not _latin(text[max(0, at - 1):at + 1]) and not _latin(text[end - 1:end + 1]):   # ca is no word inside cad
            return Token(words.letters[word], word, at, end)
    if character == " " and _latin(text[at - 1:at] + text[at + 1:at + 2]):
        return Token("f", character, at, at + 1)
    return Token(SIGNS.get(character, character if character in " \n" else UNKNOWN), character, at, at + 1)


def _latin(two: str) -> bool:
    return len(two) == 2 and two.isascii() and two.isalpha()


def letters_of(found: Iterable[Token]) -> str:
    """One letter for each token."""
    return "".join(token.letter for token in found)
