"""Answers in words: a telephone number, say, behind its label.

For questions of the request that are neither the enterprise's name nor a yes or no.

A value behind its label is said. A label without a value, or a value without its label, is doubt:
it may be somebody else's (RULES.md section 4).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mail_intake.request.tokens import Folded, fold


@dataclass(frozen=True)
class Labelled:
    """How mails write one answer, folded as in folding.toml. `labels`: separated by spaces.

    `value`: an expression for what can be the answer.
    """

    labels: str
    value: str


LABELLED: dict[str, Labelled] = {}
"""By the questions of core.cases.letters.words.QUESTIONS. The published rule asks for none."""


def labelled_answers(
    subject: str, new_text: str, table: Mapping[str, Labelled] = LABELLED
) -> dict[str, tuple[str, ...]]:
    """The distinct values said to each question, as written; none where it is in doubt.

    A question that is not spoken of has no key.
    """
    folded = fold(f"{subject}\n{new_text}")
    return {
        question: tuple(dict.fromkeys(_values_behind(folded, one)))
        for question, one in table.items()
        if _is_spoken_of(folded.text, one)
    }


def _values_behind(folded: Folded, one: Labelled) -> Iterator[str]:
    for match in re.finditer(
        rf"(?:{_labels(one)})(?:\([^()\n]{{0,8}}\))?\W{{0,6}}({one.value})", folded.text
    ):
        yield folded.cut(*match.span(1))


def _is_spoken_of(text: str, one: Labelled) -> bool:
    return re.search(rf"{_labels(one)}|{one.value}", text) is not None


def _labels(one: Labelled) -> str:
    return "|".join(map(re.escape, sorted(one.labels.split(), key=len, reverse=True)))
