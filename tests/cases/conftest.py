"""A desk with the real store, letters, rules and passwords, on a clock that the test moves."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.cases.decision.answering import Answer, Words, give
from core.cases.desk import APPROVALS, CaseSettings, Desk, Risk, StrangerCheck
from core.cases.intake.receive import receive
from core.cases.letters.deliver import Sender, deliver
from core.cases.letters.outbox import admit_waiting
from core.clock import FixedClock
from core.data.enterprise import Binding
from core.data.letter import LetterState
from core.data.mail_record import NewMail
from core.data.workday import Workdays
from core.keys.vault import Vault
from core.outgoing.letter_templates import Centre, JinjaLetters
from core.public_holidays import state_council_workday
from core.store.store import Store
from tests.servers.databases import sqlite_database
from tests.validators import builders
from validators.check import PolicyJudge

WEDNESDAY_10 = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai on a workday."""
CONTACT = "contact@example.org"
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

    def close(self):
        pass


class Harness:
    """A desk and shorthands for what people do to it."""

    def __init__(self, store, workdays) -> None:
        self.clock = FixedClock(WEDNESDAY_10)
        self.desk = Desk(
            store=store,
            clock=self.clock,
            letters=JinjaLetters(Centre()),
            workdays=workdays,
            judge=PolicyJudge(),
            passwords=PlainPasswords(),
            settings=ANYBODY,
        )
        self._uid = 0

    def tx(self):
        return self.desk.store.transaction()

    def register(self, contact=CONTACT, locks=2, **changes):
        """Register the enterprise of the builders with so many locks bound; returns its id."""
        with self.tx() as tx:
            enterprise_id = tx.accounts.add(builders.enterprise(contact_email=contact, **changes))
            for number in range(locks):
                tx.bindings.add(
                    Binding(
                        0,
                        enterprise_id,
                        f"SN-{enterprise_id}-{number}",
                        "BJCA",
                        number == 0,
                        "综合交易系统",
                        datetime(2025, 1, 2, tzinfo=UTC),
                    )
                )
        return enterprise_id

    def mail(self, submission=None, raw=None, at=None):
        """A mail arrives and is taken in; returns its record."""
        self._uid += 1
        submission = submission or builders.complete_submission()
        message = replace(submission.message, arrived=at or self.clock.now())
        if message.message_id == "<1@example.com>":
            message = replace(message, message_id=f"<{self._uid}@example.com>")
        raw = raw or f"mail {self._uid}".encode()
        with self.tx() as tx:
            mail_id = tx.mails.add(NewMail("box", 1, self._uid, message.arrived, len(raw), raw))
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
        with self.tx() as tx:
            return tx.cases.get(record.case_id)

    def again(self, case):
        """The case as it is now."""
        with self.tx() as tx:
            return tx.cases.get(case.id)

    def letters(self, case=None):
        """Kinds of the letters written so far, in order."""
        with self.tx() as tx:
            return [
                letter.kind.value
                for letter in reversed(tx.letters.find(case_id=case.id if case else None))
            ]

    def letter(self, kind):
        with self.tx() as tx:
            return next(letter for letter in tx.letters.find() if letter.kind.value == kind)

    def all_sent(self):
        """Every letter left, now."""
        with self.tx() as tx:
            for letter in tx.letters.find():
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


@pytest.fixture
def harness(tmp_path):
    store = Store(sqlite_database(tmp_path / "desk.db"), Vault(secrets.token_bytes(32)))
    yield Harness(store, Workdays(state_council_workday))
    store.close()
