"""The desk that is passed to every use case of cases: the store, the clock, the words of letters,
the calendar, the judge and the settings.

A use case opens its own transactions: `desk.step()` gives one with its moment.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from core.accounts.password_rules import Passwords
from core.data.case import Case, State, Step, advance
from core.data.case_ports import Judge, Letters
from core.data.workday import MOST_WORKING_HOURS, Window, Workdays
from core.settings import setting
from core.store.store import Steps, Store, Transaction

Given = ParamSpec("Given")
Result = TypeVar("Result")


class StrangerCheck(StrEnum):
    """The check that a centre requires before it approves a stranger's case (config.yaml,
    `cases.stranger_check`).
    """

    CONTACTED = "contacted"  # the enterprise was reached, and the approver reports how
    OPENED = "opened"


class Risk(StrEnum):
    """Why one approver may not be enough; `approvals_required` below says when each applies."""

    STRANGER_RESET = "stranger_reset"
    CONTACT_UNTOLD = "contact_untold"
    ACCOUNT_CHOSEN = "account_chosen"
    UNFROZEN = "unfrozen"
    REVIEW_FINDINGS = "review_findings"
    CONTACT_CHANGE = "contact_change"


APPROVALS: Mapping[Risk, int] = dict.fromkeys(Risk, 2) | {Risk.REVIEW_FINDINGS: 1}
"""How many people approve a case with this risk."""


@dataclass(frozen=True)
class Retention:
    """Days after which personal data is removed (config.yaml, section `retention`), by the state in
    which a case ended; 0 keeps it for ever."""

    completed_days: int = setting(
        1095,
        "days after an unbinding: three years are the general period of limitation (Civil Code, "
        "article 188)",
        example="1825",
        ge=0,
        le=36_500,
    )
    declined_days: int = setting(365, "days after an administrator declined", ge=0, le=36_500)
    withdrawn_days: int = setting(180, "days after the sender withdrew", ge=0, le=36_500)
    expired_days: int = setting(180, "days after no supplement came in time", ge=0, le=36_500)
    other_mail_days: int = setting(
        180,
        "days after arrival: mail that belongs to no case; after an administrator's act: a case "
        "that was no request",
        example="90",
        ge=0,
        le=36_500,
    )
    remove_from_mailbox: bool = setting(
        True,
        "delete such mail in the mailbox too. What after_reading moved elsewhere is out of reach",
        example="false",
    )

    def of_states(self) -> Mapping[State, int]:
        """Days by the state of an ended case."""
        return {
            State.COMPLETED: self.completed_days,
            State.DECLINED: self.declined_days,
            State.WITHDRAWN: self.withdrawn_days,
            State.EXPIRED: self.expired_days,
            State.DISMISSED: self.other_mail_days,
            State.MERGED: self.completed_days,
        }


@dataclass(frozen=True)
class CaseSettings:
    """Settings of the use cases (config.yaml, section `cases`). Caps: RULES.md section 3.

    `own_domain`: the right side of our Message-IDs, in ASCII. `objection_days`: in which the
    registered contact can object by the link of a notice, or longer over a holiday; `dispute_days`:
    in which what it writes against a case that was carried out is reported, and the case is kept as
    evidence, a holiday included. Letters an hour:
    `letters_per_domain_hour` to one organisation's domain (one owner has many senders),
    `unproved_letters_per_hour` to unproved senders in all (their From may be an innocent's),
    `notices_per_hour` to registered contacts, of cases of proved and of unproved senders apart.
    `passwords_here`: enterprises log in by the desk's own entrance, so that what it knows of their
    passwords counts.
    """

    own_domain: str = "example.org"
    expire_days: int = setting(
        30, "days an incomplete request waits for its supplement", example="15", ge=1, le=365
    )
    link_hours: int = setting(
        24, "hours a reset link is good for; one use", example="12", ge=1, le=168
    )
    contact_wait_hours: int = setting(
        24,
        "hours in which no reset link goes to a contact address that was changed",
        example="72",
        ge=1,
        le=720,
    )
    objection_days: int = 7
    dispute_days: int = 14
    objection_hours: int = setting(
        2,
        "working hours that the registered contact has to object, from when a server took its "
        "notice, before a case is carried out that somebody else "
        "asked for; 0 = none",
        example="4",
        ge=0,
        le=MOST_WORKING_HOURS,
    )
    stranger_check: StrangerCheck = setting(
        StrangerCheck.CONTACTED,
        "what a case needs that somebody unknown asks for. "
        "contacted: the approver reaches the enterprise and says how | "
        "opened: it is opened and approved by itself",
        example="opened",
    )
    letters_per_sender_day: int = setting(
        5,
        "automatic letters to one address in 24 hours, proved and unproved senders counted "
        "separately. What a limit holds back leaves by itself, "
        "oldest first and fair by recipient. Proved: the receiving server vouches",
        example="10",
        ge=1,
    )
    letters_per_hour: int = setting(
        200,
        "automatic letters to proved senders in all, in an hour; a flood must not make a flood",
        example="400",
        ge=1,
    )
    letters_per_domain_hour: int = 50
    unproved_letters_per_hour: int = 60
    notices_per_hour: int = 200
    notices_per_contact_day: int = 20
    same_rejection_hours: int = 24
    urgent_pointer: bool = setting(
        True,
        "answer a mail whose lock or login fails shortly before a bid, and which is no request, "
        "with telephone, loss report and guide, once in 24 hours; a person reads it in any case",
        example="false",
    )
    undo_s: int = setting(
        60,
        "seconds that the letter of an administrator's act waits; "
        "until then the act can be taken back",
        example="120",
        ge=0,
        le=3600,
    )
    reverse_hours: int = setting(
        24,
        "hours in which a case that was carried out can be taken back; 0 = never",
        example="48",
        ge=0,
        le=168,
    )
    approvals_required: Mapping[Risk, int] = setting(
        lambda: APPROVALS,
        "how many people approve a case, by its risk. "
        "stranger_reset: a reset asked for by neither the registered contact nor a known "
        "sender | contact_untold: somebody else asks, and no notice can reach the registered "
        "contact | account_chosen: a person named the account | "
        "unfrozen: an objection for the enterprise, or a frozen account, "
        "within 90 days | review_findings: findings to be judged | "
        "contact_change: the centre changes a registered contact from papers. "
        "One approver alone: 1",
        example="{account_chosen: 1, review_findings: 2}",
        kind="approvers",
    )
    tags: tuple[str, ...] = setting(
        ("加急", "待回电"),
        "marks that administrators give cases, for the list and its filter; coloured in this order",
        example="[加急, 待回电, 领导关注]",
        kind="tag",
    )
    passwords_here: bool = True
    retention: Retention = Retention()


class DeskStep(Transaction):
    """A step of a desk, or a view. It knows the desk."""

    desk: "Desk"

    @property
    def settings(self) -> CaseSettings:
        return self.desk.settings

    @property
    def next_window(self) -> Window:
        """The window that is open, or else the next one."""
        return self.desk.workdays.window_for(self.now)

    def queued(self, case: Case, step: Step, **changes: object) -> Case:
        """The case after `step`, in the queue for the next window that its letters allow."""
        opens_at = self.desk.workdays.window_for(
            max(self.now, case.not_before or self.now)
        ).opens_at
        return advance(case, step, self.now, window_opens_at=opens_at, **changes)


@dataclass(frozen=True)
class Desk(Steps):
    """Everything a use case needs."""

    store: Store
    letters: Letters
    workdays: Workdays
    judge: Judge
    passwords: Passwords
    settings: CaseSettings = CaseSettings()

    @contextmanager
    def step(self) -> Iterator[DeskStep]:
        """A transaction of the store."""
        with self.store.step(DeskStep) as tx:
            tx.desk = self
            yield tx

    @contextmanager
    def view(self) -> Iterator[DeskStep]:
        """The content of the store at one moment, for reading only."""
        with self.store.look(DeskStep) as tx:
            tx.desk = self
            yield tx


def one_step(
    use_case: Callable[Concatenate[DeskStep, Given], Result],
) -> Callable[Concatenate[Desk, Given], Result]:
    """A use case that is one step of the desk that it is called with: what it raises leaves nothing
    behind.
    """

    @wraps(use_case)
    def in_a_step(desk: Desk, /, *given: Given.args, **named: Given.kwargs) -> Result:
        with desk.step() as tx:
            return use_case(tx, *given, **named)

    return in_a_step
