"""Two whole desks, each with its own store, that write to each other: a request comes to each under
the other's address, and nothing goes round for ever.

On the way a gateway may take away the header fields that tell an automatic letter; the words of the
letters are then all that is left.
"""

import re

import pytest

from core.cases.letters.deliver import Sender, deliver
from core.data.mail_record import Disposition, NewMail
from core.outgoing.composing import compose
from mail_intake.intake import Intake
from tests.flows.walker import IDENTITY, LICENCE, CannedReader, request_mail
from tests.world import World, store_in

HERE, THERE = "desk@here.example.org", "desk@there.example.org"
TELLING = re.compile(
    rb"(?im)^(?:auto-submitted|x-unbind-desk|x-auto-response-suppress|precedence|in-reply-to"
    rb"|references):.*\r\n(?:[ \t].*\r\n)*"
)
ROUNDS = 30


class WholeDesk:
    """A desk with its mailbox: what it sends lies in `sent` until somebody carries it over."""

    def __init__(self, folder, address):
        store = store_in(folder, f"{address}.db")
        self.harness, self.address, self.uid, self.sent = (
            World(store),
            address,
            0,
            [],
        )
        self.intake = Intake(self.harness.desk, CannedReader(), [address])

    def forget(self, now):
        pass

    def send(self, letter):
        self.sent.append(compose(letter))

    def close(self):
        pass

    def takes(self, raw):
        self.uid += 1
        with self.harness.tx() as tx:
            tx.mails.add(NewMail("box", 1, self.uid, self.harness.clock.now(), len(raw), raw))
        self.intake.judge_waiting()

    def delivers(self):
        deliver(
            self.harness.desk, self, Sender(self.address, "解绑办理台", "https://desk.example.org")
        )
        out, self.sent = self.sent, []
        return out

    def dispositions(self):
        with self.harness.tx() as tx:
            return [mail.disposition for mail in tx.mails.newest(disposition=list(Disposition))]


@pytest.fixture
def desks(tmp_path):
    both = WholeDesk(tmp_path, HERE), WholeDesk(tmp_path, THERE)
    yield both
    for desk in both:
        desk.harness.desk.store.close()


@pytest.mark.parametrize("stripped", [False, True], ids=["as sent", "telling headers taken away"])
@pytest.mark.parametrize("papers", [(LICENCE,), (LICENCE, IDENTITY)], ids=["returned", "received"])
def test_two_desks_come_to_rest(desks, papers, stripped):
    here, there = desks
    here.takes(request_mail(THERE, "1@forged.example", papers, to=HERE))
    there.takes(request_mail(HERE, "1@forged.example", papers, to=THERE))
    carried = 0
    for _ in range(ROUNDS):
        moving = [
            (desk, other, raw)
            for desk, other in ((here, there), (there, here))
            for raw in desk.delivers()
        ]
        if not moving:
            break
        carried += len(moving)
        for _, other, raw in moving:
            other.takes(TELLING.sub(b"", raw) if stripped else raw)
    assert carried == 2, "each answers the request and nothing else"
    for desk in desks:
        first, *answers = sorted(desk.dispositions())
        assert first is Disposition.CASE
        assert answers
        assert Disposition.CASE not in answers
