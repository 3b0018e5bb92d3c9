"""The world of the tests: a desk with the real store, rules and letters, on a clock that the test
moves, and shorthands for what people do to it."""

import secrets
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from core.cases.decision.answering import Answer, Words, give
from core.cases.desk import APPROVALS, CaseSettings, Desk, Risk, StrangerCheck
from core.cases.intake.receive import receive
from core.cases.letters.deliver import Sender, deliver
from core.cases.letters.outbox import admit_waiting
from core.clock import Clock
from core.data.enterprise import Binding, Enterprise
from core.data.letter import Centre, LetterState
from core.data.mail_record import NewMail
from core.data.workday import Workdays
from core.keys.vault import Vault
from core.outgoing.letter_templates import JinjaLetters
from core.public_holidays import state_council_workday
from core.store.store import Store
from tests.fixed_clock import FixedClock
from tests.servers.databases import sqlite_database
from tests.validators import builders
from validators.check import PolicyJudge

WEDNESDAY_10 = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai on a workday."""
LONG_AGO = datetime(2025, 1, 2, tzinfo=UTC)
CONTACT = "contact@example.org"
SYSTEM = "综合交易系统"
ANYBODY = CaseSettings(
    stranger_check=StrangerCheck.OPENED,
    objection_hours=0,
    approvals_required={**APPROVALS, Risk.STRANGER_RESET: 1, Risk.CONTACT_UNTOLD: 1},
)
"""For tests of what follows: whoever asks, one who opens the case may approve it at once.

Who asks has tests of its own (test_requester).
"""


class PlainPasswords:
    """Passwords without the slow hash; the real one has its own tests."""

    def hash(self, password: str) -> str:
        return f"plain:{password}"

    def verify(self, password_hash: str | None, password: str) -> bool:
        return password_hash == self.hash(password)

    def guessable(self, password: str, known=()) -> bool:
        return password == "Password123456"


class Accepting:
    """A transport that takes every letter."""

    def send(self, letter):
        pass

    def forget(self, now):
        pass

    def close(self):
        pass


def store_in(folder: Path, name: str = "desk.db") -> Store:
    """A new store on SQLite under a key of its own."""
    return Store(sqlite_database(folder / name), Vault(secrets.token_bytes(32)))


def desk_on(store: Store, clock: Clock | None = None, **parts) -> Desk:
    """A desk on the store. `parts` of it that the test names; all others are the usual ones."""
    store.clock = clock or FixedClock(WEDNESDAY_10)
    usual = {
        "letters": JinjaLetters(Centre(phone="010-00000000")),
        "workdays": Workdays(state_council_workday),
        "judge": PolicyJudge(),
        "passwords": PlainPasswords(),
        "settings": ANYBODY,
    }
    return Desk(store=store, **usual | parts)


def always_open() -> Workdays:
    """A window that is open day and night."""
    midnight = builders.datetime.min.time()
    return Workdays(lambda _: True, hours=((midnight, midnight),), every_day=True)


def enrol(tx, one: Enterprise, locks=1, serial="", label="BJCA", bound_at=LONG_AGO) -> int:
    """Add an enterprise with so many locks, the first one primary; gives its id.

    `serial`: what the serials of its locks begin with.
    """
    enterprise_id = tx.accounts.add(one)
    for place in range(locks):
        name = f"{serial or f'SN-{enterprise_id}-'}{place}"
        tx.bindings.add(Binding(0, enterprise_id, name, label, place == 0, SYSTEM, bound_at))
    return enterprise_id


class World:
    """A desk and shorthands for what people do to it."""

    def __init__(self, store: Store, **parts) -> None:
        self.store, self.desk = store, desk_on(store, **parts)
        self.clock = self.desk.clock
        self._uid = 0

    @contextmanager
    def tx(self):
        """What a test prepares or looks at; unlike the program, it need not leave an audit row."""
        with self.desk.step() as tx:
            yield tx
            tx.acted = False

    def register(self, contact=CONTACT, locks=2, **changes):
        """Register the enterprise of the builders with so many locks bound; returns its id."""
        with self.tx() as tx:
            return enrol(tx, builders.enterprise(contact_email=contact, **changes), locks)

    def stored(self, raw=b"raw mail", at=None) -> int:
        """A mail as the intake stores it; gives its id."""
        self._uid += 1
        with self.tx() as tx:
            at = at or self.clock.now()
            return tx.mails.add(NewMail("box", 1, self._uid, at, len(raw), raw))

    def mail(self, submission=None, raw=None, at=None):
        """A mail arrives and is taken in; returns its record."""
        submission = submission or builders.complete_submission()
        message = replace(submission.message, arrived=at or self.clock.now())
        mail_id = self.stored(raw or f"mail {self._uid + 1}".encode(), message.arrived)
        if message.message_id == "<1@example.com>":
            message = replace(message, message_id=f"<{self._uid}@example.com>")
        receive(self.desk, mail_id, replace(submission, message=message), {})
        admit_waiting(self.desk)  # as the outbox does every two seconds
        with self.tx() as tx:
            return tx.mails.get(mail_id)

    def send_letters(self):
        """What may leave the outbox leaves it."""
        deliver(
            self.desk,
            Accepting(),
            Sender("support@example.org", "解绑办理台", "https://desk.example.org"),
        )

    def case(self, record):
        """The case of a mail, or that of an id."""
        with self.tx() as tx:
            return tx.cases.get(getattr(record, "case_id", record))

    def again(self, case):
        """The case as it is now."""
        with self.tx() as tx:
            return tx.cases.get(case.id)

    def letters(self, case=None):
        """Kinds of the letters written so far, in order."""
        its = {"case_id": case.id} if case else {}
        with self.tx() as tx:
            return [letter.kind.value for letter in reversed(tx.letters.newest(**its))]

    def letter(self, kind):
        with self.tx() as tx:
            return next(letter for letter in tx.letters.newest() if letter.kind.value == kind)

    def all_sent(self):
        """Every letter left, now."""
        with self.tx() as tx:
            for letter in tx.letters.newest():
                tx.letters.save(replace(letter, state=LetterState.SENT, sent_at=self.clock.now()))

    def alerts(self):
        """What the open alerts say, by kind."""
        with self.tx() as tx:
            return {alert.kind: alert.text for alert in tx.alerts.find()}

    def actions(self, case=None):
        with self.tx() as tx:
            return [entry.action for entry in reversed(tx.audit.entries(case.id if case else None))]

    def enterprise(self, enterprise_id):
        with self.tx() as tx:
            return tx.accounts.get(enterprise_id), tx.bindings.of_enterprise(enterprise_id)


def decline(desk, case_id, version, actor, reason):
    return give(desk, case_id, version, actor, Answer.DECLINE, Words(reason))
