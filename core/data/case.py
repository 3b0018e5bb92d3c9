"""A case (工单): its states, the only steps between them, and the record itself.

A step that is not in TRANSITIONS raises IllegalTransition. Nothing but `advance`, and `restored`
for a step that is taken back, makes a case with another state; the store writes it with an audit
row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from core.clock import local
from core.data.finding import Finding, Severity
from core.errors import IllegalTransition


class State(StrEnum):
    """Where a case stands, and whose move it is."""

    INCOMPLETE = "incomplete"  # the enterprise's
    QUEUED = "queued"  # the administrator's
    HELD = "held"  # the administrator's
    APPROVED = "approved"  # the desk's
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    DISMISSED = "dismissed"  # a person found that it requests nothing
    MERGED = "merged"  # another case of the enterprise continues it


OPEN = (State.QUEUED, State.HELD, State.APPROVED, State.INCOMPLETE)
"""Those that wait for an administrator come first."""
UNDECIDED = frozenset(OPEN) - {State.APPROVED}
ENDED = frozenset(State) - frozenset(OPEN)
PLANNED = frozenset({State.QUEUED, State.APPROVED})
"""Those that wait for a window."""


class Step(StrEnum):
    """An event that changes a case."""

    SUPPLEMENT = "supplement"  # another mail of the case arrived
    FULFIL = "fulfil"  # the last missing piece arrived
    HOLD = "hold"  # an objection, or an administrator's doubt
    RELEASE = "release"
    RELEASE_INCOMPLETE = "release_incomplete"  # a held case that still lacks something
    RETURN = "return"  # an administrator sends it back for a supplement
    ACCEPT = "accept"  # an administrator takes as complete what the desk returned
    APPROVE = "approve"
    POSTPONE = "postpone"  # its window closed without it
    PROCESS = "process"
    REVOKE = "revoke"  # an administrator takes the approval back
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    DISMISS = "dismiss"  # an administrator finds that it is no request
    MERGE = "merge"  # its papers and mails go to another case
    EXPIRE = "expire"
    REVERSE = "reverse"  # what a window carried out is taken back


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.INCOMPLETE, Step.SUPPLEMENT): State.INCOMPLETE,
    (State.INCOMPLETE, Step.FULFIL): State.QUEUED,
    (State.INCOMPLETE, Step.ACCEPT): State.QUEUED,
    (State.INCOMPLETE, Step.EXPIRE): State.EXPIRED,
    (State.QUEUED, Step.SUPPLEMENT): State.QUEUED,
    (State.QUEUED, Step.APPROVE): State.APPROVED,
    (State.QUEUED, Step.POSTPONE): State.QUEUED,
    (State.HELD, Step.SUPPLEMENT): State.HELD,
    (State.HELD, Step.RELEASE): State.QUEUED,
    (State.HELD, Step.RELEASE_INCOMPLETE): State.INCOMPLETE,
    (State.APPROVED, Step.SUPPLEMENT): State.QUEUED,
    (State.APPROVED, Step.POSTPONE): State.APPROVED,
    (State.APPROVED, Step.REVOKE): State.QUEUED,
    (State.APPROVED, Step.PROCESS): State.COMPLETED,
    (State.COMPLETED, Step.REVERSE): State.HELD,
} | {
    (state, step): after
    for state in OPEN
    for step, after in {
        Step.HOLD: State.HELD,
        Step.RETURN: State.INCOMPLETE,
        Step.DECLINE: State.DECLINED,
        Step.WITHDRAW: State.WITHDRAWN,
        Step.DISMISS: State.DISMISSED,
        Step.MERGE: State.MERGED,
    }.items()
}
ASIDE = frozenset(state for state, step in TRANSITIONS if step is Step.RELEASE)
"""Those in which a case waits until a person releases it."""


@dataclass(frozen=True)
class Undo:
    """The state of a case before a step. The step can be taken back before `until`, when its letter
    is sent. `letter_id`: None where it wrote none. `answered`: ids of mails that the step answers.
    """

    state: State
    reason: str
    approved_by: str
    complete_at: datetime | None
    until: datetime
    letter_id: int | None
    window_opens_at: datetime | None = None
    answered: tuple[int, ...] = ()


_UNDONE = {one.name for one in fields(Undo)} - {"until", "letter_id", "answered"}


class ContactedBy(StrEnum):
    """How an approver reached the enterprise whose registered contact did not ask."""

    TELEPHONE = "telephone"  # at the registered number
    MAILBOX = "mailbox"  # an answer from the registered address
    IN_PERSON = "in_person"
    OTHER = "other"


@dataclass(frozen=True)
class Contacted:
    """How the enterprise was reached before the approval. `whom`: the person there. `note`: the
    reason where the way is OTHER. `actor`: who reached it.
    """

    by: ContactedBy
    whom: str
    note: str
    at: datetime
    actor: str = ""


@dataclass(frozen=True)
class Note:
    """An administrator's note for colleagues alone: it appears in no letter and on no enterprise's
    page."""

    at: datetime
    author: str
    text: str


@dataclass(frozen=True)
class Case:
    """One request of one enterprise, from its first mail to its last letter.

    `version` grows by one with each change and is what an administrator approves.
    `window_opens_at`: the window it waits for, None while incomplete. `enterprise_id`: the
    registered enterprise it names, None while unknown. `binding_ids`: the bindings that approval
    lists to be ended (None: not chosen yet). `by_hand`: no automatic letter may go to the sender.
    `objected_at`: the registered contact objected. `complete_at`: arrival of the last missing
    piece. `purged_at`: its personal data were removed then. `words`: the answers in words, by
    question. `undo`: how the last step is taken back, where it can be.

    `handler`: the name on the ID card, by which cases are looked for. `handler_mark`: SHA-256 of
    its number, by which the same person is found again; "" where it was not read without doubt.
    `account_chosen_by`: who named the enterprise by hand. `first_approved_by`: who approved first
    of two; void with every other change. `first_reversed_by`: likewise, for taking it back.
    `notes`: the oldest first. `has_papers`: a mail of the case brought papers; only such a case
    competes with others. `not_before`: somebody else than the registered contact asked, and the
    contact may object until then: an estimate until the case is approved. `confirmed_at`: the
    contact confirmed the request. `reached`: how the enterprise was reached before the last
    approval that needed it. `merged_into`: the case that continues this one. `joined`: other
    senders whose mails or cases a person added to this one; nobody vouches for such a case.
    `owner`: the administrator who works on it; `tag`: one of the centre's list. Both are for
    colleagues alone.
    `urgent`: its sender has little time before a bid.
    """

    id: int
    number: str
    version: int
    state: State
    sender: str
    enterprise_name: str | None
    uscc: str | None
    unbind: bool | None
    reset_password: bool | None
    opened_at: datetime
    changed_at: datetime
    findings: tuple[Finding, ...] = ()
    window_opens_at: datetime | None = None
    complete_at: datetime | None = None
    enterprise_id: int | None = None
    binding_ids: tuple[int, ...] | None = None
    by_hand: bool = False
    reason: str = ""
    approved_by: str = ""
    objected_at: datetime | None = None
    completed_at: datetime | None = None
    postponed: int = 0
    purged_at: datetime | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    undo: Undo | None = None
    handler: str = ""
    account_chosen_by: str = ""
    first_approved_by: str = ""
    first_reversed_by: str = ""
    notes: tuple[Note, ...] = ()
    handler_mark: str = ""
    has_papers: bool = True
    not_before: datetime | None = None
    confirmed_at: datetime | None = None
    reached: Contacted | None = None
    merged_into: int | None = None
    joined: tuple[str, ...] = ()
    owner: str = ""
    tag: str = ""
    urgent: bool = False

    @property
    def window_date(self) -> date | None:
        """The day of its window."""
        return local(self.window_opens_at).date() if self.window_opens_at else None

    @property
    def senders(self) -> frozenset[str]:
        """The address that opened it and those of cases that a person merged into it."""
        return frozenset({self.sender, *self.joined})

    def joined_by(self, *senders: str) -> "Case":
        """The case with these senders, too."""
        others = {*self.joined, *senders} - {self.sender, ""}
        return replace(self, joined=tuple(sorted(others)))

    @property
    def may_be_answered(self) -> bool:
        """Whether letters go to its sender."""
        return bool(self.sender) and not self.by_hand

    @property
    def serious(self) -> list[Finding]:
        """The findings that a person has to judge."""
        return [one for one in self.findings if one.severity is not Severity.NOTE]

    @property
    def answers(self) -> dict[str, bool | None]:
        """The answers by question; None is not settled."""
        return {"unbind": self.unbind, "reset_password": self.reset_password}


IDENTITY = frozenset({"id", "number", "version", "state", "opened_at", "changed_at"})
"""Fields that a change must not write: only `advance`, `amend` and the store do."""


def advance(case: Case, step: Step, at: datetime, **changes: Any) -> Case:
    """The case after `step`, one version later, with `changes` to its other fields. What is to be
    decided has no approver. Raises IllegalTransition for a step that TRANSITIONS does not have.
    """
    state = TRANSITIONS.get((case.state, step))
    if state is None:
        raise IllegalTransition(f"工单 {case.number} 处于 {case.state} 状态，不能执行 {step}。")
    approver = {"approved_by": ""} if state in UNDECIDED else {}
    return replace(amend(case, at, **(approver | changes)), state=state)


def amend(case: Case, at: datetime, **changes: Any) -> Case:
    """The case with other particulars in the same state, one version later (an account chosen, an
    objection noted). Any change voids a first approval and what could be taken back.
    """
    if changes.keys() & IDENTITY:
        raise TypeError(f"A change writes none of {sorted(IDENTITY)}.")
    voided = {"undo": None, "first_approved_by": "", "first_reversed_by": ""}
    return replace(case, version=case.version + 1, changed_at=at, **(voided | changes))


def undoable(before: Case, after: Case, **effects: Any) -> Case:
    """The case after a step, with what takes the step back. `effects`: as in Undo."""
    was = {name: getattr(before, name) for name in _UNDONE}
    return replace(after, undo=Undo(**was, **effects))


def restored(case: Case, undo: Undo, at: datetime) -> Case:
    """The case as it was before the step that is taken back, one version later."""
    return replace(amend(case, at), **{name: getattr(undo, name) for name in _UNDONE})


def marked(case: Case, **marks: Any) -> Case:
    """The case with other notes, owner or tag, one version later, so that nobody approves past them
    unseen. Nothing else of it changes, nor when it last did.
    """
    return replace(case, version=case.version + 1, **marks)
