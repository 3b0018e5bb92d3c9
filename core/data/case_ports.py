"""The ports of the use cases: a judge, and letters in words. Alerts and backlogs, which the store
counts for people, are here too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.data.enterprise import AccountFacts
from core.data.finding import Course, Verdict
from core.data.letter import LetterFacts, LetterKind, Rendered
from core.data.submission import Submission

MORE = "more"
OF_THE_DESK = ("mailbox", "window", "transport", "revocation", "clock")
"""Families of alerts that the desk itself is not well: /health is ill, and deploy/
prometheus-rules.yml has a critical rule for each."""
OBJECTIONS = ("objection", "contact_wrote", "account.objected", "contact.objected")
"""Families of alerts that somebody objects, or may do so: first on the page 今天, and counted on
every page."""
PEOPLE = "people"
"""The family of the alerts about accounts that may approve, or clear alerts: each is listed."""


@dataclass(frozen=True)
class Alert:
    """Something a person should look at.

    `kind` is unique among open alerts: raising it again only renews it.

    A kind that ends in MORE stands for all further ones of its family: `times` how many, `text`
    that of the newest.
    """

    id: int
    at: datetime
    kind: str
    text: str
    times: int = 1

    @property
    def family(self) -> str:
        """That of OF_THE_DESK or OBJECTIONS, else the part of the kind before its first dot. All
        other families are single cases for people."""
        for family in (*OF_THE_DESK, *OBJECTIONS):
            if self.kind.startswith(f"{family}."):
                return family
        return self.kind.partition(".")[0]

    @property
    def collected(self) -> bool:
        """Whether it represents several alerts."""
        return self.kind.endswith(f".{MORE}")


@dataclass(frozen=True)
class Backlog:
    """How many wait, and since when the one that waits longest does; None where nothing waits."""

    count: int
    oldest: datetime | None


class Judge(Protocol):
    """The rules with the policy of config bound (validators.check)."""

    def course(self, submission: Submission) -> Course:
        """How the mail is handled before the rules are applied."""

    def verdict(
        self, submission: Submission, account: AccountFacts | None, competing: Sequence[str]
    ) -> Verdict:
        """The verdict, with what the registry knows and the numbers of competing cases."""

    def rejects(self, code: str) -> Collection[str]:
        """What of a request findings of this code may return, so that their words are written for
        the enterprise: questions, PartKind values, "seal". Nothing where they return no mail."""


class Letters(Protocol):
    """Puts a letter into words."""

    def render(self, kind: LetterKind, facts: LetterFacts) -> Rendered: ...
