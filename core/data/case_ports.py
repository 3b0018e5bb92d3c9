"""What the use cases need from outside: a store, letters in words, tokens for links, and a judge.

One transaction of the store spans one step: state, letters,
bindings and audit rows are kept together or not at all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from core.data.account_ports import AccountsTransaction, AlertLog, AuditLog
from core.data.audit_entry import AuditEntry, AuditFilter
from core.data.case import Case, State
from core.data.case_query import CaseQuery
from core.data.due import Due
from core.data.enterprise import AccountFacts
from core.data.figure import FigureRepository
from core.data.finding import Course, Verdict
from core.data.letter import Lane, Letter, LetterFacts, LetterKind, LetterState, Rendered
from core.data.mail_record import CaseMails, Disposition, InBox, MailRecord, NewMail, Standing
from core.data.signing_keys import KeyRepository
from core.data.submission import Submission
from core.data.system_event import EventRepository
from core.data.trading_systems import SystemRepository
from core.data.workday import DayDecision, ExtraWindow

MORE: Final = "more"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person should look at.

    `kind` is unique among open alerts: raising it again only renews it.

    The part of the kind before its first dot is its family. A kind that ends in MORE stands for all
    further ones of its family: `times` how many, `text` that of the newest.
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


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many wait, and since when the one that waits longest does; None where nothing waits."""

    count: int
    oldest: datetime | None


class MailRepository(Protocol):
    """Mails: their records, bytes, readings and page images."""

    def last_uid(self, mailbox: str, uidvalidity: int) -> int: ...
    def known_uids(self, mailbox: str, uidvalidity: int) -> set[int]: ...
    def add(self, mail: NewMail) -> int | None:
        """Store one mail as RECEIVED; None when its key is already known.

        Groups: Store.add_mails.
        """

    def get(self, mail_id: int) -> MailRecord: ...
    def save(self, record: MailRecord, reading: Submission | None = None) -> None:
        """Write the record, and what was read in the mail where it was read now."""

    def raw(self, mail_id: int) -> bytes: ...
    def waiting(self, limit: int) -> list[Due]:
        """Mails still RECEIVED, fair by sender: the first of every sender, then the second …, each
        in order of arrival; few of one sender at a time."""

    def backlog(self) -> Backlog:
        """The mails still RECEIVED."""

    def call_next_of_sender(self, mail_id: int) -> None:
        """Have the queue, if there is one, hold the judging of the first mail of this one's sender
        that waits still; `save` does it by itself."""

    def waiting_since(self, before: datetime) -> list[int]:
        """All mails still RECEIVED that arrived before then, in order of arrival."""

    def find(
        self,
        dispositions: Collection[Disposition] = (),
        case_id: int | None = None,
        limit: int | None = 200,
        before: int | None = None,
    ) -> list[MailRecord]:
        """Newest first, from before the mail `before`; for a case its newest
        `limit`, in order of arrival."""

    def unread(self, limit: int, before: int | None = None) -> list[MailRecord]:
        """Mails that a person is to read, the newest first, from before the mail `before`."""

    def count_unread(self) -> int: ...
    def opening(self, case_id: int) -> MailRecord:
        """The mail that opened a case."""

    def summaries(self, case_ids: Collection[int]) -> Mapping[int, CaseMails]:
        """What the mails of these cases come to; a case without mails is left out."""

    def unsettled(self, mailbox: str, limit: int) -> list[InBox]:
        """Stored mails that are not settled in the mailbox yet."""

    def mark_settled(self, mail_ids: Collection[int]) -> None: ...
    def standing(self, mail_id: int) -> Standing: ...
    def to_read(self, mail_id: int) -> tuple[Standing, bytes]:
        """As `standing`, with the bytes of a mail that is still RECEIVED."""

    def save_images(self, mail_id: int, pages: Mapping[str, bytes]) -> None:
        """The page images of a mail by their SHA-256; one that is there already is kept."""

    def reading(self, mail_id: int) -> Submission | None: ...
    def image(self, sha256: str) -> bytes | None: ...
    def to_purge(self, arrived_before: datetime, limit: int) -> list[MailRecord]:
        """Judged mails of no case, or of one that was purged,
        that arrived before then and still hold personal data."""

    def unpurged(self, after: int, limit: int) -> list[MailRecord]:
        """Mails with an id above `after` that still hold personal data, by id."""

    def purge(self, mail_ids: Collection[int], at: datetime) -> None:
        """Remove the bytes, readings, words and page images of mails;
        their keys in the mailbox stay."""

    def purged_in_box(self, mailbox: str, limit: int) -> list[MailRecord]:
        """Purged mails that are not deleted from the mailbox yet."""

    def mark_removed(self, mail_ids: Collection[int]) -> None: ...


class CaseRepository(Protocol):
    """Cases."""

    def add(self, case: Case) -> Case:
        """Store a case under a new id and number (those of `case` are not used)."""

    def get(self, case_id: int) -> Case: ...
    def by_number(self, number: str) -> Case | None: ...
    def status_token(self, number: str) -> str:
        """The token of a case's own link, derived by the vault's key."""

    def by_status_token(self, number: str, token: str) -> Case | None:
        """The case of a link, if the token is that number's."""

    def of_enterprise(self, enterprise_id: int, limit: int) -> list[Case]:
        """Its newest cases that still hold personal data."""

    def of_handler(self, handler_mark: str, limit: int) -> list[Case]:
        """The newest cases with this mark."""

    def with_pictures(self, sha256s: Collection[str], limit: int) -> list[Case]:
        """The newest cases whose mails brought one of these page pictures."""

    def save(self, case: Case) -> None:
        """Write the next version of a case.

        Raises Conflict when the stored one is not exactly one version before.
        """

    def find(
        self, states: Collection[State] = (), window_until: date | None = None, limit: int = 500
    ) -> list[Case]:
        """By window date; within it, the longest wait first."""

    def listed(self, query: CaseQuery) -> list[Case]:
        """The cases that a list holds, in its order."""

    def changed_since(self, since: datetime) -> list[tuple[int, int]]:
        """Ids and versions of the cases that were changed since then."""

    def behind(self, case_id: int, limit: int) -> list[Case]:
        """The next cases by id."""

    def ids_of_enterprises(self, enterprise_ids: Collection[int], limit: int) -> list[int]:
        """Ids of the cases of these enterprises, the newest first."""

    def by_ids(self, case_ids: Collection[int]) -> list[Case]:
        """Those of these cases that there are, in no order."""

    def count_by_window(self, state: State) -> dict[date | None, int]: ...
    def ids_in(self, state: State, window_until: date | None = None) -> list[int]: ...
    def of_thread(self, message_ids: Collection[str]) -> list[Case]:
        """The cases that sent or received one of these Message-IDs, newest first: a stranger's mail
        may have the Message-ID of another's."""

    def open_naming(
        self, enterprise_id: int | None, name: str | None, uscc: str | None
    ) -> list[Case]: ...
    def open_of_sender(self, sender: str, name: str) -> list[Case]:
        """The sender's own open cases that name the enterprise."""

    def of_sender(self, enterprise_id: int, sender: str) -> list[Case]:
        """The newest cases of the enterprise that this sender asked for,
        whatever became of them."""

    def rivals(
        self,
        enterprise_id: int | None,
        name: str | None,
        uscc: str | None,
        most: int,
        *,
        of: int = 0,
        but_from: str | None = None,
    ) -> list[Case]:
        """Open cases of the enterprise with papers, besides `of`: all that do not show yet that
        they compete, and the first `most` of those that do, however many a stranger opened.
        `but_from`: without those of this sender.
        """

    def idle_incomplete(self, changed_before: datetime) -> list[int]: ...
    def without_letter(self) -> list[str]:
        """Numbers of open cases to whose sender nothing was ever written, although it may be."""

    def count(self) -> dict[State, int]: ...
    def numbers(self, case_ids: Collection[int]) -> Mapping[int, str]:
        """The numbers of these cases."""

    def to_purge(self, state: State, ended_before: datetime, limit: int) -> list[int]:
        """Cases in this state that last changed before then and still hold personal data."""

    def ended_since(self, since: datetime) -> list[Case]:
        """Cases that ended and were last changed since then."""

    def unfinished_that_ended_locks(self) -> list[str]:
        """Numbers of cases that ended a binding although they are not COMPLETED."""


class LetterRepository(Protocol):
    """The outbox, and what was sent."""

    def add(self, letter: Letter) -> int: ...
    def save(self, letter: Letter) -> None: ...
    def by_id(self, letter_id: int) -> Letter | None: ...
    def by_message_id(self, message_ids: Collection[str]) -> Letter | None:
        """The letter of ours that has one of these Message-IDs."""

    def bounced_among(self, addresses: Collection[str]) -> frozenset[str]:
        """Those of these addresses to which a letter was sent back for good."""

    def last_bounced(self, address: str) -> Letter | None:
        """The newest letter to this address that was sent back for good."""

    def find(
        self,
        case_id: int | None = None,
        states: Collection[LetterState] = (),
        limit: int | None = 200,
        before: int | None = None,
    ) -> list[Letter]:
        """Newest first; `before`: older than that one."""

    def of_mail(self, mail_id: int) -> list[Letter]:
        """The letters that answer a mail, the newest first."""

    def due(self, now: datetime, limit: int) -> list[Letter]:
        """Pending letters whose time has come."""

    def accepted_among(self, letter_ids: Collection[int]) -> frozenset[int]:
        """Those of which it was noted that they were accepted (Store.note_accepted)."""

    def backlog(self) -> Backlog:
        """The letters that nothing but the sending keeps."""

    def count_refused(self) -> int:
        """How many letters are parked that no unproved sender brought about."""

    def waiting_to(self, recipient: str) -> list[tuple[int, int | None, Lane | None]]:
        """Ids, cases and lanes of the letters to this address that wait for a limit, oldest first;
        some hundreds at most."""

    def count_waiting(self, most: int) -> int:
        """How many letters wait for a limit, counted to `most`."""

    def next_waiting(
        self, lane: Lane, per_hour: int, per_recipient_day: int, per_origin_hour: int, now: datetime
    ) -> list[Letter]:
        """The letters of a lane that its limits allow to leave now:
        who had least in the last day first, then the oldest."""

    def count_since(
        self,
        since: datetime,
        kinds: Collection[LetterKind],
        most: int,
        recipient: str | None = None,
    ) -> int:
        """How many letters of these kinds were made since then (to one recipient), counted to
        `most`; parked and cancelled ones do not count."""

    def was_written(self, case_id: int, kind: LetterKind, recipient: str, since: datetime) -> bool:
        """Whether a letter of this kind was written in this case to this address since then,
        whatever became of it."""

    def rejection_key_seen(self, key: str, since: datetime) -> bool: ...
    def add_rejection_key(self, key: str, at: datetime) -> None: ...
    def drop_rejection_keys(self, before: datetime) -> None: ...
    def to_purge(
        self, written_before: datetime, states: Collection[LetterState], removed: str, limit: int
    ) -> list[Letter]:
        """Letters in these states, of no case or of one that was purged, that were written before
        then. `removed`: the recipient of those that were purged."""

    def kinds_by_case(self, since: datetime) -> set[tuple[int, LetterKind]]:
        """Which kinds of letters were written in which cases since then."""

    def made_since(self, since: datetime) -> list[Letter]: ...


class TickRepository(Protocol):
    """When each of the recurring jobs last went well."""

    def note(self, name: str, at: datetime, enough: datetime) -> None:
        """The job `name` went well at `at`; nothing is written when that is noted for `enough` or
        later. Fails where the database takes no writes."""

    def all(self) -> Mapping[str, datetime]: ...


class CalendarRepository(Protocol):
    """What administrators decided of days and windows."""

    def days(self) -> list[DayDecision]: ...
    def windows(self) -> list[ExtraWindow]:
        """In their order."""

    def window(self, window_id: int) -> ExtraWindow: ...
    def save_day(self, decision: DayDecision) -> None: ...
    def drop_day(self, day: date) -> None: ...
    def add_window(self, window: ExtraWindow) -> None: ...
    def drop_window(self, window_id: int) -> None: ...


class CaseAuditLog(AuditLog, Protocol):
    """Who did what to which case, when."""

    def write(
        self, at: datetime, actor: str, action: str, case: Case | None = None, /, **detail: str
    ) -> None: ...
    def entries(self, case_id: int | None = None, limit: int = 200) -> list[AuditEntry]: ...
    def search(
        self, wanted: AuditFilter, limit: int, before: int | None = None
    ) -> list[AuditEntry]:
        """The newest rows that are wanted, by time; `before`: those behind that row."""

    def of_action(self, action: str, since: datetime) -> list[AuditEntry]: ...
    def count_of_action(self, action: str, since: datetime) -> int: ...


class AlertRepository(AlertLog, Protocol):
    """What a person should look at."""

    def clear(self, kind: str) -> None: ...
    def by_kind(self, kind: str) -> Alert | None: ...
    def find(self, limit: int = 200, families: Collection[str] = ()) -> list[Alert]:
        """The newest ones, by default of every family (the part of the kind
        before its first dot)."""

    def count(self) -> int: ...
    def unannounced(self, limit: int) -> list[Alert]:
        """Those that administrators were not told of yet, the oldest first.

        One that is only renewed stays told of.
        """

    def mark_announced(self, kinds: Collection[str]) -> None: ...


class Transaction(AccountsTransaction, Protocol):
    """One transaction, in groups: everything in it is kept together, or nothing."""

    mails: MailRepository
    cases: CaseRepository
    letters: LetterRepository
    ticks: TickRepository
    calendar: CalendarRepository
    systems: SystemRepository
    signing_keys: KeyRepository
    events: EventRepository
    figures: "FigureRepository"
    audit: CaseAuditLog
    alerts: AlertRepository

    def call(self, due: Due) -> None:
        """Have a queue hold this piece of work, if the transaction is kept and none
        of its turn waits there."""


class Store(Protocol):
    """Where everything is kept."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A step: a transaction that commits at the end of the block and rolls back on any
        exception. Steps take turns."""

    def view(self) -> AbstractContextManager[Transaction]:
        """What is stored at one moment, to be looked at alone: it waits for no step, and no step
        waits for it. What is done about it is a step, which looks again."""

    def add_mails(self, group: Iterable[NewMail]) -> int:
        """Store mails as RECEIVED in one transaction, all or none, and return how many were new.

        What takes long is done before it begins.
        """

    def note_accepted(self, letter_id: int, at: datetime) -> None:
        """Note at once that a letter was accepted, for whoever comes after a crash, where that
        waits for no turn; the step that records it follows."""

    def now(self) -> datetime | None:
        """What time it is by the database's own clock; None where it has none."""

    def verify_audit(self, *, whole: bool = False) -> list[str]:
        """What is wrong with the audit's chain, in Chinese: from the last row that was found good,
        or the whole of it. Not within a transaction."""


class Judge(Protocol):
    """The rules with the policy of config bound (validators.check)."""

    def course(self, submission: Submission) -> Course:
        """What becomes of the mail before any rule looks at it."""

    def verdict(
        self, submission: Submission, account: AccountFacts | None, competing: Sequence[str]
    ) -> Verdict:
        """The verdict, with what the registry knows and the numbers of competing cases."""

    def may_reject(self, code: str) -> bool:
        """Whether findings of this code may return a mail,
        so that their words are written for the enterprise."""


class Letters(Protocol):
    """Puts a letter into words."""

    def render(self, kind: LetterKind, facts: LetterFacts) -> Rendered: ...
