"""205 mails of forged senders within seconds, beside honest ones:
real mails, the real store, intake and judge of senders.

No honest answer waits for a person: proved senders and the notices of their cases are not touched
by the flood, and what a limit holds back leaves by itself.
"""

from datetime import timedelta

import pytest

from core.cases.letters.deliver import deliver
from core.data.enterprise import Binding
from core.data.letter import LetterKind, LetterState
from mail_intake.intake import Intake
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings
from tests.cases.test_deliver import FROM, Post
from tests.flows.walker import ADDRESS, IDENTITY, LICENCE, CannedReader, request_mail
from tests.intake.test_intake import box
from tests.validators import builders
from tests.validators.builders import ARRIVED, NAME

FORGED = 205
SERVER = "mx.example.org"
VICTIM, SECOND = "victim-contact@example.org", "second-contact@example.org"
SECOND_NAME = "北京霁野测绘有限公司"
PROVED, UNPROVED = "agent@example.com", "handler@example.net"


def mail(number, sender, name, result, papers=(LICENCE, IDENTITY)):
    """`result`: what the receiving server says of the sender."""
    domain = sender.partition("@")[2]
    said = (
        f"dmarc={result} header.from={domain}"
        if result == "pass"
        else f"spf=none smtp.mailfrom={domain}"
    )
    raw = request_mail(
        sender, f"{number}@{domain}", [paper + b" %d" % number for paper in papers], name=name
    )
    return f"Authentication-Results: {SERVER}; {said}\n".encode() + raw


def forged(number):
    """Each names an enterprise whose contact the flood would keep from hearing of its case."""
    return mail(number, f"a{number}@forged{number}.example", NAME, "none")


@pytest.fixture
def flooded(harness):
    """The desk after the flood, everything judged; the honest mails lie
    in its middle and behind it."""
    harness.register(contact=VICTIM)
    with harness.tx() as tx:
        second = builders.enterprise(
            name=SECOND_NAME, uscc=builders.OTHER_USCC, contact_email=SECOND
        )
        tx.bindings.add(
            Binding(0, tx.accounts.add(second), "SN-second", "BJCA", True, "综合交易系统", ARRIVED)
        )
    flood = [forged(number) for number in range(FORGED)]
    honest = [
        mail(1001, PROVED, SECOND_NAME, "pass", [IDENTITY]),
        mail(1002, UNPROVED, "北京第三诚信有限公司", "none"),
    ]
    late = [
        mail(1003, VICTIM, NAME, "pass"),
        mail(1004, "other@example.com", "北京第四诚信有限公司", "pass"),
    ]
    intake = Intake(
        harness.desk,
        CannedReader(),
        [ADDRESS],
        senders=Authenticator(SenderAuthSettings((SERVER,), received_above=0)),
    )
    intake.collect(box(harness, *flood[:150], *honest, *flood[150:], *late))
    while intake.judge_waiting():
        pass
    return harness


def letters(harness, recipient):
    with harness.tx() as tx:
        return [letter for letter in tx.letters.newest(limit=1000) if letter.recipient == recipient]


def states_of(harness, recipient):
    return [
        letter.state
        for letter in letters(harness, recipient)
        if letter.kind is not LetterKind.CONTACT_NOTICE
    ]


def limit_alerts(harness):
    with harness.tx() as tx:
        return [alert.kind for alert in tx.alerts.find() if alert.kind.startswith("letters.")]


def test_the_flood_holds_up_no_honest_answer_and_everything_leaves_in_the_end(flooded):
    """One story, since the flood takes long to judge:
    at once, within the hour, after hours, after days."""
    post = Post()
    deliver(flooded.desk, post, FROM)
    for sender in (PROVED, VICTIM, "other@example.com"):
        assert states_of(flooded, sender) == [LetterState.SENT], sender
    assert [letter.state for letter in letters(flooded, SECOND)] == [LetterState.SENT], (
        "the objection link of the honest agent's case"
    )
    with flooded.tx() as tx:
        assert tx.letters.newest(state=[LetterState.PARKED]) == []
    assert limit_alerts(flooded) == ["letters.limit"]

    for _ in range(59):
        flooded.clock.at += timedelta(seconds=59)
        deliver(flooded.desk, post, FROM)
    unproved = [
        sent
        for sent in post.sent
        if sent.recipient.endswith(".example") or sent.recipient == UNPROVED
    ]
    assert len(unproved) == flooded.desk.settings.unproved_letters_per_hour

    for _ in range(5):
        flooded.clock.at += timedelta(hours=1)
        deliver(flooded.desk, post, FROM)
    assert states_of(flooded, UNPROVED) == [LetterState.SENT], (
        "the honest sender whom nothing proves"
    )

    for _ in range(4 * 12):
        flooded.clock.at += timedelta(hours=6)
        deliver(flooded.desk, post, FROM)
    with flooded.tx() as tx:
        assert {letter.state for letter in tx.letters.newest(limit=1000)} == {LetterState.SENT}
    assert limit_alerts(flooded) == []
