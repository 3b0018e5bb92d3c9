"""Answers in words: a telephone number, say, behind its label.

For questions of the request that are neither the enterprise's name nor a yes or no.

A value behind its label is said. A label without a value, or a value without its label, is doubt:
it may be somebody else's (RULES.md section 4).
"""

import re
from dataclasses import dataclass

from mail_intake.request.tokens import fold


@dataclass(frozen=True)
class Labelled:
    """How mails write one answer, folded as in folding.toml. `labels`: separated by spaces.

    `value`: an expression for what can be the answer.
    """

    labels: str
    value: str


LABELLED: dict[str, Labelled] = {}
"""By the questions of core.cases.letters.words.QUESTIONS. The published rule asks for none."""


def labelled_answers(subject: str, new_text: str) -> dict[str, tuple[str, ...]]:
    """The distinct values said to each question, as written; none where it is in doubt.

    A question that is not spoken of has no key.
    """
    answers: dict[str, tuple[str, ...]] = {}
    for question, one in LABELLED.items():
        folded = fold(f"{subject}\n{new_text}")
        longest_first = sorted(one.labels.split(), key=len, reverse=True)
        labels = "|".join(map(re.escape, longest_first))
        if re.search(rf"{labels}|{one.value}", folded.text):
            behind_label = rf"(?:{labels})(?:\([^()\n]{{0,8}}\))?\W{{0,6}}({one.value})"
            found = re.finditer(behind_label, folded.text)
            answers[question] = tuple(dict.fromkeys(folded.cut(*value.span(1)) for value in found))
    return answers
