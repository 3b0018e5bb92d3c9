"""The desk of one day: its mailbox, its outbox and its clock, which the test moves."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from core.cases.desk import CaseSettings
from core.cases.letters.deliver import Sender, deliver
from core.cases.window.process import roll_over, run_window
from core.clock import LOCAL
from core.data.case import Case
from core.data.mail_record import MailRecord, NewMail
from mail_intake.intake import Intake
from tests.flows.vouching import SENDERS
from tests.web.day_mails import FIRMS, OURS, CannedReader, Mail, mails_of_the_day
from tests.web.harness import Harness

UNREGISTERED, STRANGERS = "tester", ("abroad", "calls", "forged", "resets", "twin1")
CONTACTS = "contact-of-{}@example.com"


def minute(at: str) -> datetime:
    """That minute of Wednesday 25 November 2026, a workday."""
    return datetime.fromisoformat(f"2026-11-25T{at}").replace(tzinfo=LOCAL)


class Box:
    """The mailbox, and what has arrived in it."""

    name = "day"

    def __init__(self) -> None:
        self.mails = []

    def arrives(self, raw: bytes, at: datetime) -> None:
        uid = len(self.mails) + 1
        self.mails.append(NewMail(self.name, 1, uid, at, len(raw), raw))

    def listed(self, after=lambda _uidvalidity: 0):
        return 1, [mail.uid for mail in self.mails if mail.uid > after(1)]

    def fetch(self, _uidvalidity, uids):
        return (mail for mail in self.mails if mail.uid in uids)

    def used_share(self) -> float:
        return 0.0

    def settle(self, _mails) -> bool:
        return True

    def remove(self, mails) -> None:
        raise AssertionError(mails)


class Day(Harness):
    """A desk with the settings of a centre that changed none. Mails arrive as the clock goes on."""

    def __init__(self, folder, base_url: str) -> None:
        super().__init__(folder, cases=CaseSettings(), base_url=base_url)
        self.sent, self.records = defaultdict(list), {}
        self._box, self._sender = Box(), Sender(OURS, "解绑办理台", base_url)
        self._intake = Intake(self.desk, CannedReader(), [OURS], senders=SENDERS)
        self.mails = mails_of_the_day([self.fresh_seed() for _ in range(FIRMS)])
        self._register()
        self._ahead = list(self.mails)
        self.clock.at = minute("08:59")

    def _register(self) -> None:
        firms = {mail.firm: mail.sender for mail in reversed(self.mails) if mail.asks}
        for firm, sender in firms.items():
            contact = CONTACTS.format(sender) if sender in STRANGERS else f"{sender}@example.com"
            if sender != UNREGISTERED:
                self.register(firm, contact=contact)

    def until(self, at: str) -> None:
        """The clock goes on: mails arrive and are judged, letters leave, the window works."""
        while self._ahead and minute(self._ahead[0].at) <= minute(at):
            mail = self._ahead.pop(0)
            self.clock.at = minute(mail.at)
            self._take(mail)
        self.clock.at = minute(at)
        self._work()

    def _take(self, mail: Mail) -> None:
        answered = self.sent[mail.address][-1].message_id if mail.answers else ""
        self._box.arrives(mail.raw(answered), self.clock.now())
        self._intake.collect(self._box)
        self._work()

    def _work(self) -> None:
        while self._intake.judge_waiting():
            pass
        run_window(self.desk)
        roll_over(self.desk)
        deliver(self.desk, self, self._sender)

    def send(self, letter) -> None:
        """As the transport of the desk: a server takes every letter."""
        self.sent[letter.recipient].append(letter)

    def record(self, mail: Mail) -> MailRecord:
        """The record of a mail of the day, by its place in the mailbox."""
        uid = self.mails.index(mail) + 1
        with self.tx() as tx:
            return next(one for one in tx.mails.newest() if one.uid == uid)

    def case_of(self, sender: str) -> Case:
        """The case of a sender's first mail."""
        first = next(mail for mail in self.mails if mail.sender == sender)
        return self.case(self.record(first).case_id)

    def kinds(self, address: str) -> Sequence[str]:
        """The kinds of all letters to an address, in the order in which they were written."""
        with self.tx() as tx:
            found = [one for one in tx.letters.newest() if one.recipient == address]
        return [one.kind.value for one in sorted(found, key=lambda one: one.id)]
