"""The language of the rows of the grammar: patterns of class names over tokens, compiled to regular
expressions over their codes.

    lock ask? unbind    tokens side by side
    (and|comma)         a choice, of single classes or of longer runs
    ask? ask* ask+      perhaps, any number, at least one
    ask{0,3} ask*?      up to three; a `?` behind these: as few as possible
    any, anything       any token but a line end, and any token
    except(no|refuse)   any token but these
    followed_by(comma), not_followed_by(comma), preceded_by(lock), not_preceded_by(lock)
                        the last two take so many tokens, none `?`, `*` or `+`
    at_start, at_end, at_line_start, at_line_end
    [cancel]            the part that a row replaces, if not the whole match
    answer:[yes|no]     a named part, for the code; again(answer): the same text again

A name is a class, a set of classes or a part: another pattern that has a name.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

_SYMBOL = re.compile(r"[a-z][a-z_0-9]*:?|\{\d*,?\d*\}[?+]?|[*+?][?+]?|\S")
_NAME = re.compile(r"[a-z][a-z_0-9]*")
_AROUND = {
    "followed_by": "(?=",
    "not_followed_by": "(?!",
    "preceded_by": "(?<=",
    "not_preceded_by": "(?<!",
}
_PLACES = {
    "at_start": "^",
    "at_end": "$",
    "at_line_start": r"(?<![^\n])",
    "at_line_end": r"(?=\n|$)",
    "any": r"[^\n]",
    "anything": "(?s:.)",
}
_FUNCTIONS = (*_AROUND, "except", "again")


class PatternError(ValueError):
    """An invalid pattern. The message contains the remedy."""


class _Piece(NamedTuple):
    """A part of a pattern: its regular expression; its codes, if it is one class or set; whether it
    is a run of tokens, which needs a group before a quantifier."""

    expression: str
    codes: frozenset[str] = frozenset()
    is_run: bool = False


@dataclass(frozen=True)
class Language:
    """The names that patterns may use: the code of each class, the class names of each set, the
    pattern of each part."""

    classes: Mapping[str, str]
    sets: Mapping[str, str]
    parts: Mapping[str, str | list[str]]

    def compiled(self, pattern: str | list[str]) -> re.Pattern[str]:
        """The regular expression of a pattern, or of a list of alternatives. Raises
        PatternError."""
        try:
            return re.compile(self.expression(pattern))
        except re.error as error:
            raise PatternError(
                f"{error}: no ?, * or + in preceded_by(…), in `{pattern}`"
            ) from error

    def expression(self, pattern: str | list[str]) -> str:
        return _Reader(self, pattern).whole().expression

    def codes(self, name: str) -> frozenset[str]:
        """The codes of a class or a set; empty for any other name."""
        if name in self.classes:
            return frozenset(self.classes[name])
        inside = [self.codes(one) for one in self.sets.get(name, "").split()]
        return frozenset().union(*inside)

    def unknown(self, name: str, written: str) -> PatternError:
        """The error for an unknown name, with the most similar known ones."""
        names = [*self.classes, *self.sets, *self.parts, *_PLACES, *_FUNCTIONS]
        near = difflib.get_close_matches(name, names, n=3)
        meant = f" Is {' or '.join(near)} meant?" if near else ""
        return PatternError(
            f"`{name}` in `{written}` is no class, set or part.{meant} A class is a table of "
            "lexicon.toml or a"
            " sign of folding.toml, a set or part stands in tables/sets.toml: add it there, "
            "or mend the row."
        )


class _Reader:
    """A recursive descent parser of one pattern."""

    def __init__(self, language: Language, pattern: str | list[str]) -> None:
        self._language = language
        self._written = pattern if isinstance(pattern, str) else " | ".join(pattern)
        self._symbols = _SYMBOL.findall(self._written)
        self._at = 0

    def whole(self) -> _Piece:
        piece = self._choice()
        if self._at < len(self._symbols):
            raise self._wrong(f"`{self._symbols[self._at]}` closes nothing")
        return piece

    def _choice(self) -> _Piece:
        """Runs, separated by bars."""
        runs = [self._run()]
        while self._next() == "|":
            self._at += 1
            runs.append(self._run())
        if len(runs) == 1:
            return runs[0]
        if all(run.codes for run in runs):
            return _one_of(frozenset().union(*(run.codes for run in runs)))
        return _Piece("(?:" + "|".join(run.expression for run in runs) + ")")

    def _run(self) -> _Piece:
        """Any number of tokens side by side."""
        pieces = list(self._pieces())
        if len(pieces) == 1 and not pieces[0].is_run:
            return pieces[0]
        return _Piece("".join(piece.expression for piece in pieces), is_run=True)

    def _pieces(self) -> Iterator[_Piece]:
        while self._next() not in ("", "|", ")", "]"):
            piece = self._piece()
            if self._next()[:1] in ("*", "+", "?", "{"):
                inner = f"(?:{piece.expression})" if piece.is_run else piece.expression
                piece = _Piece(inner + self._take(), is_run=True)
            yield piece

    def _piece(self) -> _Piece:
        symbol = self._take()
        if symbol == "(":
            return self._closed(")")
        if symbol == "[" or symbol.endswith(":"):
            return self._marked(symbol)
        if symbol in _PLACES:
            return _Piece(_PLACES[symbol], is_run=symbol not in ("any", "anything"))
        if symbol in _FUNCTIONS:
            return self._function(symbol)
        return self._name(symbol)

    def _function(self, symbol: str) -> _Piece:
        self._expected("(")
        if symbol == "again":
            name = self._take()
            self._expected(")")
            return _Piece(f"(?P={name})", is_run=True)
        inner = self._closed(")")
        if symbol in _AROUND:
            return _Piece(f"{_AROUND[symbol]}{inner.expression})", is_run=True)
        if not inner.codes:
            raise self._wrong("except(…) takes single classes alone")
        return _Piece(f"[^{_listed(inner.codes)}]")

    def _name(self, name: str) -> _Piece:
        language = self._language
        if name in language.parts:
            return _Reader(language, language.parts[name]).whole()
        if not _NAME.fullmatch(name):
            raise self._wrong(f"`{name}` means nothing here")
        if found := language.codes(name):
            return _one_of(found)
        raise language.unknown(name, self._written)

    def _marked(self, symbol: str) -> _Piece:
        """[…], or name:[…]."""
        name = symbol.rstrip(":[")
        if name:
            self._expected("[")
        inner = self._closed("]").expression
        return _Piece(f"(?P<{name}>{inner})" if name else f"({inner})", is_run=True)

    def _closed(self, sign: str) -> _Piece:
        piece = self._choice()
        self._expected(sign)
        return piece

    def _expected(self, sign: str) -> None:
        if self._take() != sign:
            raise self._wrong(f"`{sign}` is missing")

    def _next(self) -> str:
        return self._symbols[self._at] if self._at < len(self._symbols) else ""

    def _take(self) -> str:
        self._at += 1
        return self._symbols[self._at - 1] if self._at <= len(self._symbols) else ""

    def _wrong(self, why: str) -> PatternError:
        return PatternError(
            f"{why}, in `{self._written}`; how rows are written: docs/REQUEST-READER.md"
        )


def _one_of(found: frozenset[str]) -> _Piece:
    return _Piece(_listed(found) if len(found) == 1 else f"[{_listed(found)}]", found)


def _listed(found: frozenset[str]) -> str:
    return "".join(sorted(found))
