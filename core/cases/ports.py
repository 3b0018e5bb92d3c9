"""What the use cases need from outside: a store, letters in words, tokens for links, and a judge.

One transaction of the store spans one step: state, letters, bindings and audit rows are kept together or not at all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from core.accounts.enterprise import AccountFacts
from core.accounts.ports import AccountsTransaction
from core.cases.case import Case, State
from core.cases.finding import Course, Finding, Verdict
from core.cases.letter import Lane, Letter, LetterFacts, LetterKind, LetterState, Rendered
from core.cases.mail_record import CaseMails, Disposition, MailRecord, NewMail
from core.cases.submission import Submission

MORE: Final = "more"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the audit: who did what to which case, when. `detail` never holds ID numbers, addresses or mail text."""

    id: int
    at: datetime
    actor: str
    action: str
    case_id: int | None
    state: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person should look at. `kind` is unique among open alerts: raising it again only renews it.

    The part of the kind before its first dot is its family. A kind that ends in MORE stands for all further ones of its family: `times` how many, `text`
    that of the newest.
    """

    id: int
    at: datetime
    kind: str
    text: str
    times: int = 1

    @property
    def collected(self) -> bool:
        """Whether it stands for many."""
        return self.kind.endswith(f".{MORE}")


class Transaction(AccountsTransaction, Protocol):
    """One transaction: everything in it is kept together, or nothing."""

    # mails
    def last_uid(self, mailbox: str, uidvalidity: int) -> int: ...
    def known_uids(self, mailbox: str, uidvalidity: int) -> set[int]: ...
    def add_mail(self, mail: NewMail) -> int | None:
        """Store one mail as RECEIVED; None when its key is already known. Groups: Store.add_mails."""

    def mail(self, mail_id: int) -> MailRecord: ...
    def save_mail(self, record: MailRecord, reading: Submission | None = None) -> None:
        """Write the record, and what was read in the mail where it was read now."""

    def claim_mails(self, mail_ids: Collection[int], worker: str) -> None:
        """One more attempt on each, in the hand of `worker`."""

    def raw(self, mail_id: int) -> bytes: ...
    def waiting_mails(self, limit: int) -> list[MailRecord]:
        """Mails still RECEIVED, fair by sender: the first of every sender, then the second …, each in order of arrival; few of one sender at a time."""

    def free_mails(self, now: datetime, limit: int, worker: str) -> list[MailRecord]:
        """Of `waiting_mails` those that `worker` may take up: no other living worker has them in hand, nor another mail of their sender."""

    def mails(
        self, dispositions: Collection[Disposition] = (), case_id: int | None = None, limit: int | None = 200, offset: int = 0
    ) -> list[MailRecord]:
        """Newest first; for a case its newest `limit`, in order of arrival."""

    def case_mails(self, case_ids: Collection[int]) -> Mapping[int, CaseMails]:
        """What the mails of these cases come to; a case without mails is left out."""

    def unsettled_mails(self, mailbox: str, limit: int) -> list[MailRecord]:
        """Stored mails that are not settled in the mailbox yet."""

    def mark_settled(self, mail_ids: Collection[int]) -> None: ...
    def mail_with_twins(self, mail_id: int) -> tuple[MailRecord, Sequence[MailRecord]]:
        """A mail, and the others of the same bytes, the first one first."""

    def save_images(self, mail_id: int, pages: Mapping[str, bytes]) -> None:
        """The page images of a mail by their SHA-256; one that is there already is kept."""

    def reading(self, mail_id: int) -> Submission | None: ...
    def image(self, sha256: str) -> bytes | None: ...

    # cases
    def new_case(self, case: Case) -> Case:
        """Store a case under a new id and number (those of `case` are not used)."""

    def case(self, case_id: int) -> Case: ...
    def case_by_number(self, number: str) -> Case | None: ...
    def save_case(self, case: Case) -> None:
        """Write the next version of a case. Raises Conflict when the stored one is not exactly one version before."""

    def cases(self, states: Collection[State] = (), window_until: date | None = None, limit: int = 500, offset: int = 0) -> list[Case]: ...
    def case_ids(self, state: State, window_until: date | None = None) -> list[int]: ...
    def cases_of_thread(self, message_ids: Collection[str]) -> list[Case]:
        """The cases that sent or received one of these Message-IDs, newest first: a stranger's mail may have the Message-ID of another's."""

    def open_cases_naming(self, enterprise_id: int | None, name: str | None, uscc: str | None) -> list[Case]: ...
    def idle_incomplete(self, changed_before: datetime) -> list[int]: ...
    def cases_without_letter(self) -> list[str]:
        """Numbers of open cases to whose sender nothing was ever written, although it may be."""
    def count_cases(self) -> dict[State, int]: ...

    # letters
    def add_letter(self, letter: Letter) -> int: ...
    def save_letter(self, letter: Letter) -> None: ...
    def letter(self, letter_id: int) -> Letter | None: ...
    def letter_of(self, message_ids: Collection[str]) -> Letter | None:
        """The letter of ours that has one of these Message-IDs."""

    def address_bounced(self, address: str) -> bool:
        """Whether a letter to this address was sent back for good."""

    def bounced_of(self, addresses: Collection[str]) -> frozenset[str]:
        """Those of these addresses to which a letter was sent back for good."""

    def bounced_letter(self, address: str) -> Letter | None:
        """The newest letter to this address that was sent back for good."""

    def letters(self, case_id: int | None = None, states: Collection[LetterState] = (), limit: int | None = 200) -> list[Letter]: ...
    def due_letters(self, now: datetime, limit: int, worker: str) -> list[Letter]:
        """Letters that `worker` may take up now: pending, their time has come, and no other living worker has them in hand."""
    def waiting_letters(self, recipient: str) -> list[tuple[int, int | None, Lane | None]]:
        """Ids, cases and lanes of the letters to this address that wait for a limit, oldest first; some hundreds at most."""

    def count_waiting(self, most: int) -> int:
        """How many letters wait for a limit, counted to `most`."""

    def next_waiting(self, lane: Lane, per_hour: int, per_recipient_day: int, per_origin_hour: int, now: datetime) -> list[Letter]:
        """The letters of a lane that its limits allow to leave now: who had least in the last day first, then the oldest."""

    def letters_since(self, since: datetime, kinds: Collection[LetterKind], most: int, recipient: str | None = None) -> int:
        """How many letters of these kinds were made since then (to one recipient), counted to `most`; parked and cancelled ones do not count."""
    def notified_since(self, case_id: int, kind: LetterKind, recipient: str, since: datetime) -> bool:
        """Whether a letter of this kind was written in this case to this address since then, whatever became of it."""

    def rejection_key_seen(self, key: str, since: datetime) -> bool: ...
    def add_rejection_key(self, key: str, at: datetime) -> None: ...
    def drop_rejection_keys(self, before: datetime) -> None: ...

    # retention
    def cases_to_purge(self, state: State, ended_before: datetime, limit: int) -> list[int]:
        """Cases in this state that last changed before then and still hold personal data."""

    def mails_to_purge(self, arrived_before: datetime, limit: int) -> list[MailRecord]:
        """Judged mails of no case, or of one that was purged, that arrived before then and still hold personal data."""

    def letters_to_purge(self, written_before: datetime, states: Collection[LetterState], removed: str, limit: int) -> list[Letter]:
        """Letters in these states, of no case or of one that was purged, that were written before then. `removed`: the recipient of those that were purged."""

    def unpurged_mails(self, after: int, limit: int) -> list[MailRecord]:
        """Mails with an id above `after` that still hold personal data, by id."""

    def purge_mails(self, mail_ids: Collection[int], at: datetime) -> None:
        """Remove the bytes, readings, words and page images of mails; their keys in the mailbox stay."""

    def purged_in_box(self, mailbox: str, limit: int) -> list[MailRecord]:
        """Purged mails that are not deleted from the mailbox yet."""

    def mark_removed(self, mail_ids: Collection[int]) -> None: ...

    # reconciliation
    def ended_cases(self, since: datetime) -> list[Case]:
        """Cases that ended and were last changed since then."""

    def audited(self, action: str, since: datetime) -> list[AuditEntry]: ...
    def letter_kinds(self, since: datetime) -> set[tuple[int, LetterKind]]:
        """Which kinds of letters were written in which cases since then."""

    def letters_made(self, since: datetime) -> list[Letter]: ...
    def cases_that_ended_locks_unfinished(self) -> list[str]:
        """Numbers of cases that ended a binding although they are not COMPLETED."""

    # workers
    def keep_alive(self, worker: str, until: datetime, enough: datetime) -> None:
        """The worker counts as living until then; nothing is written when it does so until `enough` already."""

    def silent_workers(self, since: datetime, until: datetime) -> list[str]:
        """Workers whose lease ran out between these instants, and that nobody replaced."""

    def dismiss(self, worker: str) -> None:
        """The worker does not live any more; what it claimed is free."""

    # audit and alerts
    def audit(self, at: datetime, actor: str, action: str, case: Case | None = None, **detail: str) -> None: ...
    def audit_entries(self, case_id: int | None = None, limit: int = 200) -> list[AuditEntry]: ...
    def raise_alert(self, at: datetime, kind: str, text: str) -> None:
        """Raise or renew an alert. Beyond a number of alerts of one family further ones become one, with a count."""

    def clear_alert(self, kind: str) -> None: ...
    def alert(self, kind: str) -> Alert | None: ...
    def alerts(self, limit: int = 200, families: Collection[str] = ()) -> list[Alert]:
        """The newest ones, by default of every family (the part of the kind before its first dot)."""

    def count_alerts(self) -> int: ...


class Store(Protocol):
    """Where everything is kept."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A transaction that commits at the end of the block and rolls back on any exception."""

    def add_mails(self, group: Iterable[NewMail]) -> int:
        """Store mails as RECEIVED in one transaction, all or none, and return how many were new. What takes long is done before it begins."""

    def verify_audit(self, *, whole: bool = False) -> list[str]:
        """What is wrong with the audit's chain, in Chinese: from the last row that was found good, or the whole of it. Not within a transaction."""


class Judge(Protocol):
    """The rules with the policy of config bound (validators.check)."""

    def course(self, submission: Submission) -> Course:
        """What becomes of the mail before any rule looks at it."""

    def verdict(self, submission: Submission, account: AccountFacts | None, competing: Sequence[str]) -> Verdict:
        """The verdict, with what the registry knows and the numbers of competing cases."""


class Letters(Protocol):
    """Puts a letter into words."""

    def render(self, kind: LetterKind, facts: LetterFacts) -> Rendered: ...


__all__ = ["Alert", "AuditEntry", "Finding", "Judge", "Letters", "Store", "Transaction"]
