"""The answers in the forms of one text, and the text while they are read from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from core.data.submission import Answer
from mail_intake.request.classes import Word
from mail_intake.request.cutting import FORM
from mail_intake.request.forms.form_values import answer_row
from mail_intake.request.grammar import shape
from mail_intake.request.tokens import Token, codes_of, text_of

Span = tuple[int, int]


class LabelledName(NamedTuple):
    """The span of a labelled name in the folded text, empty where nothing is filled in.

    `certain`: the label names nothing but an enterprise.
    """

    start: int
    end: int
    certain: bool


@dataclass(slots=True)
class Form:
    """The answers in the forms of one text."""

    answers: dict[str, list[Answer]] = field(default_factory=lambda: {"unbind": [], "reset": []})
    names: list[LabelledName] = field(default_factory=list)
    others: list[Span] = field(default_factory=list)
    """Spans of the values of other labels: a name in there is not the one that asks."""
    mentions: set[str] = field(default_factory=set)
    """Topics in the values of other labels."""
    fields: list[str] = field(default_factory=list)
    """Lines for --explain."""

    def add(self, kind: str, topic: str, answer: Answer, value: list[Token]) -> None:
        """One answer, and the value that gives it."""
        self.answers[topic].append(answer)
        row = answer_row(value, topic)
        why = f" ({row.why})" if row.says == answer.value else ""  # else another row decides
        self.fields.append(f"{kind} {topic}: {text_of(value)!r} says {answer.value}{why}")


class FormText:
    """Tokens and their codes, side by side."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.codes = tokens, codes_of(tokens)

    def skip(self, signs: str, at: int, end: int) -> int:
        """The first place from `at` on that is none of the signs."""
        return next((place for place in range(at, end) if self.codes[place] not in signs), end)

    def find(self, signs: str, at: int, end: int) -> int:
        places = [self.codes.find(sign, at, end) for sign in signs]
        return min((place for place in places if place >= 0), default=end)

    def past(self, name: str, at: int) -> int:
        """Where what the shape meets at a place ends; the place itself where it meets nothing."""
        met = shape(name).match(self.codes, at)
        return met.end() if met else at

    def of_other_system(self, at: int) -> bool:
        """Whether another system is named directly before a place: 电子税务局解绑：是."""
        return self.codes.endswith(Word.OTHER_SYSTEM, 0, at)

    def line_before(self, at: int) -> str:
        return self.codes[self.codes.rfind(Word.LINE_END, 0, at) + 1 : at]

    def begins_line(self, at: int) -> bool:
        return not self.line_before(at).strip(Word.SPACE + Word.NUMBER + Word.UNKNOWN)

    def without(self, spans: Iterable[Span]) -> "FormText":
        """The text with a line end in the place of each span; of two that overlap the first."""
        left, at = list[Token](), 0
        for start, end in sorted(spans):
            if at <= start < end:
                left += [*self.tokens[at:start], FORM]
                at = end
        return FormText(left + self.tokens[at:]) if at else self
