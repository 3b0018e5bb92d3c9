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
from collections.abc import Mapping
from dataclasses import dataclass

_SYMBOL = re.compile(
    r"(?:except|again)\([^()]*\)|[a-z_]+\(|[a-z_]+:\s*\[|[a-z][a-z_0-9]*|\{\d*,?\d*\}|\S"
)
_WRITTEN = {
    "(": "(?:",
    "followed_by(": "(?=",
    "not_followed_by(": "(?!",
    "preceded_by(": "(?<=",
    "not_preceded_by(": "(?<!",
    ")": ")",
    "[": "(",
    "]": ")",
    "|": "|",
    "?": "?",
    "*": "*",
    "+": "+",
    "at_start": "^",
    "at_end": "$",
    "at_line_start": r"(?<![^\n])",
    "at_line_end": r"(?=\n|$)",
    "any": r"[^\n]",
    "anything": "(?s:.)",
}
"""The signs of patterns, and words that are no names, as regular expressions write them."""


class PatternError(ValueError):
    """An invalid pattern. The message contains the remedy."""


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
                f"{error.msg}, in `{pattern}`; how rows are written: docs/REQUEST-READER.md"
            ) from error

    def expression(self, pattern: str | list[str]) -> str:
        written = pattern if isinstance(pattern, str) else " | ".join(pattern)
        return "".join(self._expression(symbol, written) for symbol in _SYMBOL.findall(written))

    def codes(self, name: str) -> frozenset[str]:
        """The codes of a class or a set; empty for any other name."""
        if name in self.classes:
            return frozenset(self.classes[name])
        inside = [self.codes(one) for one in self.sets.get(name, "").split()]
        return frozenset().union(*inside)

    def _expression(self, symbol: str, written: str) -> str:
        """The regular expression of one symbol of the pattern `written`."""
        if symbol in _WRITTEN or symbol.startswith("{"):
            return _WRITTEN.get(symbol, symbol)
        if symbol.endswith("["):
            return f"(?P<{symbol.partition(':')[0]}>"
        if symbol in self.parts:
            return f"(?:{self.expression(self.parts[symbol])})"
        function, _, inside = symbol.removesuffix(")").rpartition("(")
        if function == "again":
            return f"(?P={inside})"
        names = inside.split("|") if function == "except" else [symbol]
        codes = "".join(sorted("".join(self._known(name.strip(), written) for name in names)))
        return f"[^{codes}]" if function == "except" else f"[{codes}]"

    def _known(self, name: str, written: str) -> str:
        """The codes of a class or a set. Raises PatternError for any other name, with the most
        similar known ones."""
        if found := self.codes(name):
            return "".join(found)
        names = [*self.classes, *self.sets, *self.parts, *_WRITTEN]
        near = difflib.get_close_matches(name, names, n=3)
        meant = f" Is {' or '.join(near)} meant?" if near else ""
        raise PatternError(
            f"`{name}` in `{written}` is no class, set or part.{meant} A class is a table of "
            "lexicon.toml or a sign of folding.toml, a set or part stands in tables/sets.toml: "
            "add it there, or mend the row."
        )
