"""A flood of one sender: an honest mail does not wait behind it, and the caps of RULES.md section 3
hold."""

from datetime import timedelta

import pytest

from core.cases.letters.outbox import admit_waiting
from core.data.letter import LetterState
from core.data.mail_record import NewMail
from core.store.repositories.store_mails import TURNS_AT_A_TIME
from mail_intake.intake import Intake
from mail_intake.message.opening import sender_from_header
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings
from tests.flows.walker import ADDRESS, request_mail
from tests.flows.workers import Unread
from tests.intake.test_intake import box, mail
from tests.validators.builders import ARRIVED

FLOOD = 150
"""More than all rounds of the test take of one sender."""
FLOODER, HONEST = "flood@example.net", "honest@example.com"


def flood_mail(number, name, sender=FLOODER):
    """A request with a PDF of its own."""
    message_id = f"{number}@{sender.partition('@')[2]}"
    return request_mail(sender, message_id, [b"%%PDF-1.4 %d" % number], name=name)


def other_names(count):
    return [flood_mail(number, f"北京第{number}量测有限公司") for number in range(count)]


def one_name(count):
    return [flood_mail(number, "北京量测有限公司") for number in range(count)]


def judged(harness):
    with harness.tx() as tx:
        return {
            record.sender
            for record in tx.mails.newest(limit=1000)
            if record.disposition.value == "case"
        }


@pytest.mark.parametrize("flood", [other_names, one_name])
def test_an_honest_mail_does_not_wait_behind_the_flood_and_the_caps_hold(
    harness, flood, monkeypatch
):
    # a round ends by its turns, on however slow a machine
    monkeypatch.setattr("mail_intake.intake.ROUND_S", 600.0)
    intake = Intake(harness.desk, Unread(), [ADDRESS])
    intake.collect(
        box(
            harness,
            *flood(FLOOD),
            flood_mail(1, "北京晨曦诚信有限公司", HONEST),
            flood_mail(1, "北京第二有限公司", "other@example.org"),
        )
    )
    intake.judge_waiting()
    assert {HONEST, "other@example.org"} <= judged(harness)
    assert 0 < intake.judge_waiting() <= TURNS_AT_A_TIME, (
        "so few of one sender at a time that who comes next is soon looked at"
    )
    for _ in range(20):
        intake.judge_waiting()
    admit_waiting(harness.desk)
    with harness.tx() as tx:
        letters = [
            letter.recipient
            for letter in tx.letters.newest(limit=1000)
            if letter.state is LetterState.PENDING
        ]
        waiting = tx.letters.count_waiting(1)
        alerts = [alert.kind for alert in tx.alerts.find()]
    assert letters.count(FLOODER) <= 5
    assert letters.count(HONEST) == 1
    assert ("letters.limit" in alerts) == bool(waiting)


def stored(store, senders, vouched=lambda _uid: False):
    """A mail of each of these senders, in order."""
    with store.transaction() as tx:
        for uid, sender in enumerate(senders, 1):
            arrived, raw = ARRIVED + timedelta(minutes=uid), b"%d" % uid
            mail = NewMail("box", 1, uid, arrived, 1, raw, sender=sender, vouched=vouched(uid))
            tx.mails.add(mail)


def waiting(store):
    with store.transaction() as tx:
        return [tx.mails.get(mail.about).uid for mail in tx.mails.waiting(50)]


def test_turns_go_round_by_sender_each_in_order_of_arrival(store):
    senders = ["a", "a", "a", "b", "a", "b", "c", "", ""]
    stored(store, [f"{sender}@example.com" if sender else "" for sender in senders])
    assert waiting(store) == [1, 4, 7, 8, 2, 6, 9, 3, 5]


def test_vouched_senders_go_first_and_every_fifth_place_is_a_strangers(store):
    stored(store, [f"a@{uid}.example" for uid in range(1, 21)], lambda uid: uid > 10)
    assert waiting(store) == [11, 12, 13, 14, 1, 15, 16, 17, 18, 2, 19, 20, *range(3, 11)]


def test_one_vouched_sender_floods_no_other(store):
    stored(store, ["flood@example.com"] * 29 + ["b@example.org"], lambda _uid: True)
    assert waiting(store)[:3] == [1, 30, 2]


@pytest.mark.parametrize("domain", ["flood.example.com", "s{}.flood.example.com"])
def test_one_vouched_domain_with_a_thousand_addresses_floods_no_other(store, domain):
    flood = [f"s{uid}@{domain.format(uid)}" for uid in range(29)]
    stored(store, [*flood, "b@example.org"], lambda _uid: True)
    assert waiting(store)[:3] == [1, 30, 2]


def test_at_a_mail_provider_each_address_is_a_sender(store):
    stored(store, [f"{uid}@qq.com" for uid in range(1, 10)], lambda _uid: True)
    assert waiting(store) == [*range(1, 10)]


def test_who_writes_an_address_that_nobody_vouches_for_keeps_its_owner_neither_waiting_nor_in_order(
    store,
):
    stored(store, ["a@example.com"] * 30, lambda uid: uid in {10, 30})
    assert waiting(store)[:4] == [10, 30, 1, 2]


def test_a_round_that_takes_long_lets_who_came_meanwhile_in(harness, monkeypatch):
    monkeypatch.setattr("mail_intake.intake.ROUND_S", 0.0)
    monkeypatch.setattr("mail_intake.intake.JUDGED_TOGETHER", 2)
    intake = Intake(harness.desk, Unread(), [ADDRESS])
    intake.collect(
        box(harness, *(flood_mail(n, f"北京第{n}有限公司", f"s{n}@example.net") for n in range(5)))
    )
    assert intake.judge_waiting() == 2
    with harness.tx() as tx:
        vouched = NewMail(
            "other",
            1,
            1,
            ARRIVED,
            1,
            flood_mail(9, "北京诚信有限公司", HONEST),
            sender=HONEST,
            vouched=True,
        )
        tx.mails.add(vouched)
    assert intake.judge_waiting() == 2, (
        "a stranger has its place in each round, however many are vouched for"
    )
    assert HONEST in judged(harness)


@pytest.mark.parametrize(
    ("says", "vouched"),
    [
        (b"mx.desk.example; dmarc=pass header.from=example.com", True),
        (b"mx.desk.example; spf=pass smtp.mailfrom=example.com", True),
        (b"mx.desk.example; dmarc=none", False),
        (b"mx.desk.example; dmarc=pass header.from=example.net", False),
        (b"mx.other.example; dmarc=pass", False),
    ],
)
def test_a_mail_is_vouched_for_by_the_servers_own_word_alone(harness, says, vouched):
    senders = Authenticator(SenderAuthSettings(authserv_ids=("mx.desk.example",)))
    assert (
        senders.by_header_alone(
            b"Authentication-Results: " + says + b"\r\n" + mail(), "handler@example.com"
        )
        is vouched
    )
    below = b"Received: from x by y; Wed, 25 Nov 2026 10:00:00 +0800\r\n" * 2
    assert not senders.by_header_alone(
        below + b"Authentication-Results: " + says + b"\r\n" + mail(), "handler@example.com"
    )


def test_intake_stores_for_whom_the_server_vouches(harness):
    intake = Intake(
        harness.desk,
        Unread(),
        [ADDRESS],
        senders=Authenticator(SenderAuthSettings(authserv_ids=("mx.desk.example",))),
    )
    good = (
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.com\r\n"
        + flood_mail(2, "北京诚信有限公司", HONEST)
    )
    intake.collect(box(harness, flood_mail(1, "北京第一有限公司", "a@example.net"), good))
    with harness.tx() as tx:
        assert [tx.mails.get(mail.about).uid for mail in tx.mails.waiting(50)] == [2, 1]


def test_few_of_one_sender_are_handed_out_together(store):
    stored(store, ["flood@EXAMPLE.com", "Flood@example.com"] * 20)
    assert waiting(store) == list(range(1, 1 + TURNS_AT_A_TIME))


@pytest.mark.parametrize(
    ("raw", "sender"),
    [
        (mail(), "handler@example.com"),
        (b"From: =?gbk?B?1cXI/Q==?= <A@Example.org>\r\n\r\nx", "a@example.org"),
        (b"", ""),
        (b"\x00" * 100, ""),
        (b"From: nobody\r\n\r\n", ""),
        (b"X: " + b"a" * 200_000 + b"\r\nFrom: a@example.org\r\n\r\n", ""),
        (b"\r\nFrom: a@example.org", ""),
    ],
)
def test_the_sender_at_a_glance(raw, sender):
    assert sender_from_header(raw) == sender
