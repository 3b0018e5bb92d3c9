"""What was found wrong, doubtful or worth knowing about a submission (codes: RULES.md section 4)."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`reject` returns the mail; `review` is for the administrator's eyes; `note` is only told."""

    REJECT = "reject"
    REVIEW = "review"
    NOTE = "note"


class Decision(StrEnum):
    """What is to be done with a mail, in order of precedence."""

    IGNORE = "ignore"
    OTHER = "other"
    REJECT = "reject"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of a mail before any rule looks at it. `ends_as`: IGNORE or OTHER, or None when it is to be judged. `by_hand`: no automatic
    letter may go to the sender (RULES.md section 3)."""

    ends_as: Decision | None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `message` is Chinese and says what to do; `where` names an attachment and page when there is one."""

    code: str
    severity: Severity
    message: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on a submission. `by_hand`: a person's request whose headers forbid an automatic letter (RULES.md section 3)."""

    decision: Decision
    findings: tuple[Finding, ...] = ()
    by_hand: bool = False

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity, in their order."""
        return tuple(f for f in self.findings if f.severity is severity)
