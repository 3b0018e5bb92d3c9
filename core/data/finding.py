"""Findings on a submission: a fact that is wrong, doubtful or worth knowing (codes: RULES.md
section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

COMPETING = "case.competing"
"""The code of the finding that another open case names the same enterprise."""
Parameter = str | int | tuple[str, ...] | tuple[tuple[str, str], ...]


class Severity(StrEnum):
    """`reject` returns the mail; `review` is for the administrator's eyes; `note` is only shown."""

    REJECT = "reject"
    REVIEW = "review"
    NOTE = "note"


class Decision(StrEnum):
    """How a mail is to be handled, in order of precedence."""

    IGNORE = "ignore"
    OTHER = "other"
    REJECT = "reject"
    QUEUE = "queue"


@dataclass(frozen=True)
class Course:
    """How a mail is handled before the rules are applied.

    `ends_as`: IGNORE or OTHER, or None when it is to be judged. `by_hand`: no automatic letter may
    go to the sender (RULES.md section 3). `papers`: its attachments are papers of a request, or may
    be. `reads_as`: what else they are titled as, or "". `doubtful`: it is perhaps no request, so
    that a person decides before any letter answers it.
    """

    ends_as: Decision | None
    by_hand: bool = False
    papers: bool = False
    reads_as: str = ""
    doubtful: bool = False


@dataclass(frozen=True)
class Finding:
    """A code and its parameters; its words are made where it is shown
    (core.cases.letters.words).

    `variant`: which of the code's sentences. `where`: an attachment, or the number of a case;
    `pages` of it, from 1. `message`: words that stand in place of the sentence, and `where` then
    holds its pages too: cases stored before there were parameters have them.
    """

    code: str
    severity: Severity
    message: str = ""
    where: str = ""
    pages: tuple[int, ...] = ()
    variant: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The judgement on a submission.

    `by_hand`: a person's request whose headers forbid an automatic letter (RULES.md section 3).
    `doubtful`: as in Course.
    """

    decision: Decision
    findings: tuple[Finding, ...] = ()
    by_hand: bool = False
    doubtful: bool = False
