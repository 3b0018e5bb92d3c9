"""What every use case of cases is handed: the store, the clock, the words of letters, the calendar,
the judge and the settings.

A use case opens its own transactions: `desk.step()` gives one with its moment.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.accounts.password_rules import Passwords
from core.clock import Clock
from core.data.case import State
from core.data.case_ports import Judge, Letters
from core.data.workday import Workdays
from core.store.store import Store, Transaction


class StrangerCheck(StrEnum):
    """What a centre demands before it approves the case of a stranger (config.yaml,
    `cases.stranger_check`).
    """

    CONTACTED = "contacted"  # the enterprise was reached, and the approver reports how
    OPENED = "opened"


class Risk(StrEnum):
    """Why one approver may not be enough."""

    # a stranger wants a new password, the contact did not confirm
    STRANGER_RESET = "stranger_reset"
    CONTACT_UNTOLD = "contact_untold"  # somebody else asks, and the contact cannot be notified
    ACCOUNT_CHOSEN = "account_chosen"  # a person named the account, not the papers
    UNFROZEN = "unfrozen"  # an objection for the enterprise, or a frozen account, within 90 days
    REVIEW_FINDINGS = "review_findings"  # findings that a person has to judge


APPROVALS: Final[Mapping[Risk, int]] = dict.fromkeys(Risk, 2) | {Risk.REVIEW_FINDINGS: 1}
"""How many people approve a case with this risk."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Days after which personal data is removed (config.yaml, section `retention`), by the state in
    which a case ended; 0 keeps it for ever.

    `other_mail_days`: mails without a case. `remove_from_mailbox`: what is removed here
    is deleted in the mailbox, too.
    """

    completed_days: int = 1095
    declined_days: int = 365
    withdrawn_days: int = 180
    expired_days: int = 180
    other_mail_days: int = 180
    remove_from_mailbox: bool = True

    def of_states(self) -> Mapping[State, int]:
        """Days by the state of an ended case."""
        return {
            State.COMPLETED: self.completed_days,
            State.DECLINED: self.declined_days,
            State.WITHDRAWN: self.withdrawn_days,
            State.EXPIRED: self.expired_days,
        }


@dataclass(frozen=True, slots=True)
class CaseSettings:
    """Settings of the use cases (config.yaml, section `cases`). Caps: RULES.md section 3.

    `own_domain`: right side of the Message-IDs we make. `expire_days`: an incomplete case without a
    reply ends. `passwords_here`: enterprises log in by the desk's own entrance, so that what it
    knows of their passwords counts. `undo_s`: the letter of an administrator's act waits so long,
    and until then the act can be taken back. `reverse_hours`: so long after a case was carried out
    it can be taken back. `approvals_required`: how many people approve a case with a risk.
    `stranger_check`: what is demanded before a stranger's case is approved. `objection_hours`:
    working hours for the registered contact to object to a case that somebody else asks for.
    `letters_per_sender_day` is counted for proved and unproved senders separately;
    `letters_per_hour` and `letters_per_domain_hour` for proved ones.
    """

    own_domain: str = "desk.example.org"
    expire_days: int = 30
    link_hours: int = 24
    objection_days: int = 7
    objection_hours: int = 2
    stranger_check: StrangerCheck = StrangerCheck.CONTACTED
    letters_per_sender_day: int = 5
    letters_per_hour: int = 200
    letters_per_domain_hour: int = 50
    unproved_letters_per_hour: int = 60
    notices_per_hour: int = 200
    notices_per_contact_day: int = 20
    same_rejection_hours: int = 24
    undo_s: int = 60
    reverse_hours: int = 24
    passwords_here: bool = True
    approvals_required: Mapping[Risk, int] = field(default_factory=lambda: APPROVALS)
    retention: Retention = Retention()


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a use case needs."""

    store: Store
    clock: Clock
    letters: Letters
    workdays: Workdays
    judge: Judge
    passwords: Passwords
    settings: CaseSettings = CaseSettings()

    @contextmanager
    def step(self) -> Iterator[tuple[Transaction, datetime]]:
        """A transaction of the store, and the moment in which it happens."""
        with self.store.transaction() as tx:
            yield tx, self.clock.now()
