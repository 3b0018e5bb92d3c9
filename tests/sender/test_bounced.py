"""Letters that come back, and desks that answer each other:
through the real flow, from the bytes of the mail to the outbox."""

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from core.cases.letters.deliver import Sender, deliver
from core.data.letter import LetterState
from core.data.mail_record import Disposition, NewMail
from core.outgoing.composing import compose
from mail_intake.intake import Intake
from tests.flows.walker import ADDRESS, IDENTITY, LICENCE, CannedReader, request_mail
from tests.validators.builders import NAME

HANDLER = "handler@example.com"


class Peer:
    """A transport that keeps letters as bytes; `answers` is what the other
    side sends back for each."""

    def __init__(self, answers=None):
        self.letters, self.answers, self.waiting = [], answers, []

    def send(self, letter):
        raw = compose(letter)
        self.letters.append(raw)
        if self.answers:
            self.waiting.append(self.answers(message_from_bytes(raw)))

    def close(self):
        pass


class Office:
    """A desk with a peer: takes mails in, sends letters, until nothing moves any more."""

    def __init__(self, harness, peer):
        self.harness, self.peer, self.uid = harness, peer, 0
        self.intake = Intake(harness.desk, CannedReader(), [ADDRESS])

    def take(self, raw):
        self.uid += 1
        with self.harness.tx() as tx:
            mail_id = tx.mails.add(
                NewMail("box", 1, self.uid, self.harness.clock.now(), len(raw), raw)
            )
        self.intake.judge_waiting()
        with self.harness.tx() as tx:
            return tx.mails.get(mail_id)

    def settle(self, rounds=30):
        """Letters out, answers in, at most so many times round."""
        for _ in range(rounds):
            deliver(
                self.harness.desk,
                self.peer,
                Sender(ADDRESS, "解绑办理台", "https://desk.example.org"),
            )
            if not self.peer.waiting:
                return
            answers, self.peer.waiting = self.peer.waiting, []
            for raw in answers:
                self.take(raw)


def request(papers=(LICENCE,), number=1) -> bytes:
    return request_mail(HANDLER, f"{number}@example.com", papers)


def dsn(letter, status="5.1.1", action="failed") -> bytes:
    head = "\r\n".join(
        f"{name}: {letter[name]}"
        for name in ("Message-ID", "From", "To", "References")
        if letter[name]
    )
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@example.com\r\nTo: {ADDRESS}\r\n"
        "Subject: Undelivered Mail\r\nAuto-Submitted: auto-replied\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
        "\r\nundeliverable\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; {HANDLER}\r\n"
        f"Action: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n--b--\r\n"
    ).encode()


def in_words(letter) -> bytes:
    words = (
        "您的邮件被退回。\r\n退信原因：收件人邮箱不存在。\r\n"
        f"Message-ID: {letter['Message-ID']}\r\n"
    )
    return (
        f"From: postmaster@example.com\r\nTo: {ADDRESS}\r\nSubject: =?gbk?B?zsrM4g==?=\r\n"
        "Content-Type: text/plain; charset=gbk\r\n\r\n"
    ).encode() + words.encode("gbk")


@pytest.mark.parametrize("comes_back", [dsn, in_words])
def test_a_letter_that_comes_back_is_shown_at_its_case_and_its_address_is_marked(
    harness, comes_back
):
    office = Office(harness, Peer(comes_back))
    case_id = office.take(request()).case_id
    office.settle()
    with harness.tx() as tx:
        bounced = tx.mails.newest(disposition=Disposition.IGNORED)[0]
        (letter,) = tx.letters.newest(case_id=case_id)
        alerts = {alert.kind: alert.text for alert in tx.alerts.find()}
        assert tx.letters.bounced_among([HANDLER, "other@example.com"]) == {HANDLER}
        number = tx.cases.get(case_id).number
    assert bounced.case_id == case_id
    assert bounced.note.startswith("退信：收件地址不存在或已停用")
    assert (letter.state, letter.bounced) == (LetterState.SENT, "permanent")
    assert letter.error == bounced.note
    assert number in alerts["letters.bounced"]
    assert "letter.bounced" in harness.actions(harness.case(bounced))
    assert len(office.peer.letters) == 1, "a bounce is never answered"


def test_a_letter_that_comes_back_for_now_marks_no_address(harness):
    office = Office(harness, Peer(lambda letter: dsn(letter, "4.2.2")))
    office.take(request())
    office.settle()
    with harness.tx() as tx:
        assert tx.letters.newest()[0].bounced == "temporary"
        assert not tx.letters.bounced_among([HANDLER])
        assert [alert.kind for alert in tx.alerts.find()] == ["letters.bounced"]


@pytest.mark.parametrize(("action", "note"), [("delayed", "投递延迟"), ("delivered", "已送达通知")])
def test_a_delay_or_a_receipt_is_noted_and_nobody_is_alarmed(harness, action, note):
    office = Office(
        harness,
        Peer(lambda letter: dsn(letter, "4.4.1" if action == "delayed" else "2.0.0", action)),
    )
    case_id = office.take(request()).case_id
    office.settle()
    with harness.tx() as tx:
        (bounced,) = tx.mails.newest(disposition=Disposition.IGNORED)
        assert (bounced.case_id, bounced.note.startswith(note)) == (case_id, True)
        assert tx.letters.newest()[0].bounced == ""
        assert tx.alerts.find() == []


def test_a_bounce_of_somebody_elses_letter_is_kept_and_marks_nothing(harness):
    office = Office(harness, Peer())
    office.take(request())
    stranger = EmailMessage()
    stranger["Message-ID"] = "<0123456789abcdef@desk.example.org>"
    record = office.take(dsn(stranger))
    assert (record.disposition, record.case_id, record.note) == (Disposition.IGNORED, None, "")
    assert harness.alerts() == {}


def answer(
    letter,
    *,
    headers=(),
    subject="Re: {0}",
    words="您好，您的邮件已收到，我们会尽快处理。",
    quote=False,
    thread=True,
    sender=HANDLER,
) -> bytes:
    """What the other side's program answers to our letter."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        sender,
        letter["From"],
        subject.format("CA锁解绑申请"),
    )
    message["Message-ID"] = f"<{answer.count}@answers.example.com>"
    answer.count += 1
    if thread:
        message["In-Reply-To"] = letter["Message-ID"]
    for name, value in headers:
        message[name] = value
    old = (
        letter.get_payload(0).get_payload(decode=True).decode()
        if quote and letter.is_multipart()
        else ""
    )
    message.set_content(
        words + ("\n\n" + "\n".join(f"> {line}" for line in old.splitlines()) if old else "")
    )
    return message.as_bytes()


answer.count = 1
RESPONDERS = {
    "honest": {"headers": [("Auto-Submitted", "auto-replied")]},
    "generated": {"headers": [("Auto-Submitted", "auto-generated")]},
    "suppressing": {"headers": [("X-Auto-Response-Suppress", "All")]},
    "bulk": {"headers": [("Precedence", "bulk")]},
    "by its subject": {"subject": "自动回复：{0}"},
    "silent about itself": {},
    "silent, quoting our letter": {"quote": True},
    "silent, speaking of unbinding": {"words": "您好，关于CA锁解绑的来信已收到，请等待办理。"},
    "silent, outside the thread": {"thread": False, "subject": "收到您的邮件"},
    "silent, outside the thread, speaking of unbinding": {
        "thread": False,
        "words": "您好，CA锁解绑的来信已收到。",
        "subject": "CA锁解绑",
    },
    "from nobody": {"sender": "noreply@example.com", "words": "CA锁解绑申请已收到"},
    "asking how far it is": {
        "words": "请问进度？",
        "headers": [("Auto-Submitted", "auto-replied")],
    },
}


@pytest.mark.parametrize("kind", RESPONDERS)
@pytest.mark.parametrize("papers", [(LICENCE,), (LICENCE, IDENTITY)], ids=["returned", "received"])
def test_two_programs_that_answer_each_other_come_to_rest_after_one_letter(harness, kind, papers):
    office = Office(harness, Peer(lambda letter: answer(letter, **RESPONDERS[kind])))
    office.take(request(papers))
    office.settle()
    assert len(office.peer.letters) <= 1 + (
        kind == "silent, outside the thread, speaking of unbinding"
    )


def test_two_desks_that_write_to_each_other_come_to_rest(harness):
    """The other side is a desk like ours: its letters carry what ours carry."""
    office = Office(harness, Peer(mirrored))
    office.take(request())
    office.settle()
    assert len(office.peer.letters) == 1


def mirrored(letter) -> bytes:
    for name, value in (
        ("From", HANDLER),
        ("To", ADDRESS),
        ("Message-ID", "<other-desk@example.com>"),
    ):
        letter.replace_header(name, value)
    return letter.as_bytes()


def test_a_program_that_answers_for_ever_meets_the_cap(harness):
    """It says nothing of itself and asks anew each time, with another enterprise:
    five letters a day, then they are parked."""
    count = iter(range(100))
    office = Office(
        harness,
        Peer(
            lambda letter: request(number=1000 + next(count)).replace(
                NAME[2:4].encode(), f"{next(count)}".encode()
            )
        ),
    )
    office.take(request())
    office.settle()
    assert len(office.peer.letters) <= 5


def test_the_desk_counts_with_its_settings(harness):
    office = Office(harness, Peer(lambda letter: answer(letter, words="CA锁解绑")))
    office.intake = Intake(
        replace(harness.desk, settings=replace(harness.desk.settings, letters_per_sender_day=1)),
        CannedReader(),
        [ADDRESS],
    )
    office.take(request())
    office.settle()
    assert len(office.peer.letters) == 1
