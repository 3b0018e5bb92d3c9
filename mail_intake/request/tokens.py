"""Text as written → folded text (folding.toml: one character for one) → tokens of the lexicon,
each with its span.

A token is the longest word of the lexicon that stands there; what the lexicon does not know is one
unknown run. The rows of the table `word` then read tokens by what stands beside them.
"""

import difflib
import re
import tomllib
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from mail_intake.request.classes import CODE_OF, FOLDING, LEXICON, Word, codes_of_class, named
from mail_intake.request.grammar import SETS, Row, has, word_rows

log = structlog.get_logger(__name__)
MAX_CHARACTERS = 20_000
_SAME = str.maketrans(FOLDING["same"]["from"], FOLDING["same"]["to"])
_DROPPED = frozenset(FOLDING["dropped"]["characters"])
_NUMBERS_BEGIN = frozenset(FOLDING["numbers_begin"]["characters"])
SIGNS = {one: CODE_OF[sign] for sign, many in FOLDING["signs"].items() for one in many}
"""The code of each character that is a sign or a mark."""


def _expression(shape: str | list[str]) -> str:
    """The regular expression of a shape of folding.toml: a list is a choice, lines are joined."""
    if isinstance(shape, list):
        return "|".join(map(_expression, shape))
    return "".join(line.strip() for line in shape.splitlines())


SHAPES = {name: re.compile(_expression(shape)) for name, shape in FOLDING["shapes"].items()}
"""Expressions over the text itself."""
_AS_QUESTIONS = str.maketrans("+＋-－", "????")
_AS_LINES = str.maketrans("【[［】]］", "\n\n\n:::")
_NUMBERS = {
    CODE_OF[name]: re.compile(_expression(shape)) for name, shape in FOLDING["numbers"].items()
}
_LONGEST_HALF = 3  # characters of a word on one side of a line end
_WIDEST_LOOK = 8  # characters beside a line end that tell of one word (股份有限公司)


class Token(NamedTuple):
    """A word, an unknown run, a sign, a mark or a number of a list. `code`: of its class.

    `met`: the rows of the table `word` that read it, each with the text that it met (--explain).
    """

    code: str
    text: str
    start: int
    end: int
    met: tuple[tuple[str, Row], ...] = ()


NOTHING = Token(Word.LINE_END, "", 0, 0)
"""Ends a text, or a line that the reader adds."""


class Folded(NamedTuple):
    """A text as written, and folded; `at[i]` is where the folded character i stands
    in the text as written."""

    written: str
    text: str
    at: tuple[int, ...]

    def cut(self, start: int, end: int) -> str:
        """The text as written from folded `start` to `end`, in one line, and not letter-spaced."""
        if end <= start:
            return ""
        lines = self.written[self.at[start] : self.at[end - 1] + 1].split("\n")
        text = "".join(line.strip() for line in lines)
        return "".join(text.split()) if SHAPES["letter_spaced"].fullmatch(text) else text


@cache
def fold_character(character: str) -> str:
    """One character folded, or "" for one that is dropped."""
    if character in "\n\t":
        return character
    category = unicodedata.category(character)
    is_control = category in {"Cf", "Cc", "Co"} and character not in SIGNS
    if character in _DROPPED or is_control:
        return ""
    if category == "No" and character >= "①":
        number = unicodedata.numeric(character)
        if 1 <= number <= 10:
            return chr(ord("①") + int(number) - 1)  # ⑴ ⒈ ❶
    normal = unicodedata.normalize("NFKC", character)
    is_picture = category == "So" and character not in SIGNS and character != "\ufffd"
    if is_picture and normal == character:
        return " "
    one = normal if len(normal) == 1 else character
    one = one.translate(_SAME).lower()[:1]
    return " " if one.isspace() else one


def fold(written: str, words: "Lexicon | None" = None) -> Folded:
    """`written` folded, up to MAX_CHARACTERS; line ends are newlines, none inside a word of `words`
    (by default the shipped lexicon)."""
    lines = "\n".join(written[:MAX_CHARACTERS].replace("&nbsp;", " ").splitlines())
    lines = SHAPES["rule_line"].sub(lambda line: "—" * len(line[0]), lines)
    lines = SHAPES["dotted_label"].sub(r"\1:", lines)
    lines = SHAPES["signed_answers"].sub(lambda met: met[0].translate(_AS_QUESTIONS), lines)
    lines = SHAPES["refused_frame"].sub(r"\1\2", lines)
    lines = SHAPES["headed_fields"].sub(_fields_as_lines, lines)
    text = SHAPES["framed_mark"].sub(r"(\1)", lines)
    folded = [fold_character(character) for character in text]
    for cross in SHAPES["letter_cross"].finditer(text) if SHAPES["tick"].search(text) else ():
        folded[cross.start(1)] = "×"
    for spaced in SHAPES["letter_spaced"].finditer(text):
        if not SHAPES["answers_side_by_side"].fullmatch(spaced[0]):
            start, end = spaced.span()
            folded[start:end] = [one.strip() for one in folded[start:end]]
    for line_end in SHAPES["line_end"].finditer(text):
        start, end = line_end.span()
        before = "".join(folded[max(start - _LONGEST_HALF, 0) : start])
        after = "".join(folded[end : end + _LONGEST_HALF])
        around = f"{text[max(start - _WIDEST_LOOK, 0) : start]}\n{text[end : end + _WIDEST_LOOK]}"
        split = SHAPES["split_word"].match(around, min(start, _WIDEST_LOOK))
        if split or _splits_word(before, after, (words or lexicon()).codes):
            folded[start:end] = [""] * (end - start)
    places = tuple(place for place, one in enumerate(folded) if one)
    return Folded(text, "".join(folded), places)


def _fields_as_lines(met: re.Match[str]) -> str:
    """Fields whose heads stand in brackets, as lines with a colon behind each head; as questions
    where a head or its value is unknown, and as they are where no head is a form's."""
    fields = SHAPES["field"].findall(met[0])
    known = [SHAPES["head_of_form"].fullmatch(head) is not None for head, _value in fields]
    if not any(known):
        return met[0]
    others = ("|".join(field) for field, of_form in zip(fields, known, strict=True) if not of_form)
    if all(map(SHAPES["head_of_field"].fullmatch, others)):
        return met[0].translate(_AS_LINES)
    return "".join(f"\n{head}:{value}？" for head, value in fields)


def _splits_word(before: str, after: str, words: Mapping[str, str]) -> bool:
    """Whether one of the words, each with its codes, goes over the line end between them (反|对).

    Not where a longer word ends there (重置|重), or where both halves are words (要|不).
    """
    halves = [
        (before[-left:], after[:right])
        for left in range(1, len(before) + 1)
        for right in range(1, len(after) + 1)
    ]
    whole = max((len(one) for one, _other in halves if one in words), default=0)
    for one, other in halves:
        read_over = words.get(one + other, Word.UNKNOWN) in SETS["read_over_line_ends"]
        if read_over and len(one) >= whole and not (one in words and other in words):
            return True
    return False


class Lexicon(NamedTuple):
    """Word → codes of its class; and for the first two characters of words the lengths of those
    that begin with them, longest first."""

    codes: Mapping[str, str]
    lengths: Mapping[str, tuple[int, ...]]


@cache
def lexicon(own: Path | None = None) -> Lexicon:
    """The lexicon; with the words of the operator's file `own`, which win.

    Raises ValueError (a word in two classes, no such class or table), OSError.
    """
    found: dict[str, str] = {}
    for table in (LEXICON, tomllib.loads(own.read_text(encoding="utf-8")) if own else {}):
        words = _words_of(table)
        moved = sorted(word for word, code in words.items() if found.get(word, code) != code)
        if moved:
            log.warning("words_file.moves", words=moved)
        found |= words
    lengths: dict[str, set[int]] = {}
    for word in found:
        lengths.setdefault(word[:2], {1}).add(len(word))
    return Lexicon(
        found, {first: tuple(sorted(many, reverse=True)) for first, many in lengths.items()}
    )


def _words_of(table: Mapping[str, Any]) -> dict[str, str]:
    """The words of one file of words, folded, each with the codes of its class."""
    for name in table:
        if name not in LEXICON:
            near = " or ".join(difflib.get_close_matches(name, LEXICON)) or "one of lexicon.toml"
            raise ValueError(f"[{name}] is no class of words; is {near} meant?")
    listed = [
        (word, codes_of_class(name))
        for name, one in table.items()
        for entry in entries(one["words"])
        for word in spellings(fold(entry.replace("_", " ")).text)
    ]
    words = dict(listed)
    if nested := [word for word in words if "|" in word]:
        raise ValueError(f"{', '.join(nested)}: no choice within a choice, write two entries")
    wrong = sorted({(word, code, words[word]) for word, code in listed if words[word] != code})
    if wrong:
        both = (f"{word} ({named(one)}, {named(other)})" for word, one, other in wrong)
        raise ValueError(f"in two classes: {', '.join(both)}")
    return words


def entries(words: str) -> list[str]:
    """The entries of `words`, divided by blanks; a blank between parentheses divides nothing."""
    return ["".join(entry.split()) for entry in re.findall(r"(?:\([^)]*\)|[^\s(])+", words)]


def spellings(entry: str) -> list[str]:
    """The words that an entry of the lexicon stands for: 解(除|开)绑 is 解除绑 and 解开绑.
    Parentheses without a choice, as of the tick (x), stand for themselves."""
    parts = re.split(r"\(([^()]*\|[^()]*)\)", entry)
    choices = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
    return ["".join(chosen) for chosen in product(*choices)]


def tokens(text: str, words: Lexicon, names: Iterable[tuple[int, int]] = ()) -> list[Token]:
    """The tokens of the folded `text`, in order and without gaps.

    `names`: spans (start, end) that are names whatever they hold.
    """
    found = _words_in(text, words, dict(names))
    codes = codes_of(found)
    for row in word_rows():
        if row.pattern.search(codes):  # a third of the time of finditer, and few rows match
            found = _read_by(row, list(row.pattern.finditer(codes)), found)
            codes = codes_of(found)
    return found


def _words_in(text: str, words: Lexicon, names: Mapping[int, int]) -> list[Token]:
    """The longest words from left to right, and the unknown runs between them."""
    found = list[Token]()
    at, unknown_from = 0, 0
    while at < len(text):
        codes, end = (Word.NAME, names[at]) if at in names else _word_at(text, at, words)
        if codes != Word.UNKNOWN:
            if unknown_from < at:
                found.append(Token(Word.UNKNOWN, text[unknown_from:at], unknown_from, at))
            found += [Token(code, "", at, at) for code in codes[:-1]]
            found.append(Token(codes[-1], text[at:end], at, end))
            unknown_from = end
        at = end
    if unknown_from < at:
        found.append(Token(Word.UNKNOWN, text[unknown_from:], unknown_from, at))
    return found


def _read_by(row: Row, matches: list[re.Match[str]], found: list[Token]) -> list[Token]:
    """The tokens as a row of the table `word` reads them, where it met."""
    read = list(found)
    for match in reversed(matches):
        start, end = row.replaced(match)
        word, at = text_of(read[start:end]), read[start].start
        met = [one for token in read[start:end] for one in token.met]
        met.append((text_of(read[slice(*match.span())]), row))
        read[start:end] = [Token(row.becomes, word, at, at + len(word), tuple(met))]
    return read


def _word_at(text: str, at: int, words: Lexicon) -> tuple[str, int]:
    """The codes of what stands there, and where it ends; no ca in cad."""
    if text[at] in _NUMBERS_BEGIN:
        for code, shape in _NUMBERS.items():
            if number := shape.match(text, at):
                return code, number.end()
    is_latin = SHAPES["latin_pair"].fullmatch
    for length in words.lengths.get(text[at : at + 2], (1,)):
        end = min(at + length, len(text))
        codes = words.codes.get(text[at:end])
        if not codes or is_latin(text[at - 1 : at + 1]) or is_latin(text[end - 1 : end + 1]):
            continue
        over_end = words.codes.get(text[end - 1 : end + 1], "") if end < len(text) else ""
        halves_word = has(over_end, SETS["cut_by_no_deed"]) and has(codes, SETS["bare_deed"])
        if not halves_word and over_end != Word.CONDITION_AFTER:  # 还要解|密, 能用|的话
            return codes, end
    if text[at] == " " and is_latin(text[at - 1 : at] + text[at + 1 : at + 2]):
        return Word.FILLER, at + 1
    if text[at] in " \n":
        return text[at], at + 1  # its own code
    return SIGNS.get(text[at], Word.UNKNOWN), at + 1


def with_names(found: list[Token], names: Iterable[tuple[int, int]]) -> list[Token]:
    """The tokens with one in the place of each of the spans (start, end),
    which are names whatever they hold."""
    merged = list(found)
    for start, end in sorted(names, reverse=True):
        first, behind = (bisect_left(merged, at, key=attrgetter("start")) for at in (start, end))
        merged[first:behind] = [Token(Word.NAME, text_of(merged[first:behind]), start, end)]
    return merged


def codes_of(found: Iterable[Token]) -> str:
    """One code for each token."""
    return "".join([token.code for token in found])


def text_of(found: Iterable[Token]) -> str:
    return "".join([token.text for token in found])
