"""What every Transport does: the letter arrives once, whole,
with the headers of RULES.md section 3."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from core.data.letter import OutgoingLetter, Transport
from core.errors import PermanentFailure
from core.outgoing.maildir_transport import MaildirTransport
from core.outgoing.smtp_transport import SmtpSettings, SmtpTransport
from tests.servers.smtp_sink import SmtpSink, smtp_sink

__all__ = ["smtp_sink"]

LETTER = OutgoingLetter(
    sender="support@example.org",
    sender_name="解绑办理台",
    recipient="zhang.san@example.com",
    subject="【工单 2026-0001】您的 CA 锁解绑申请已收到",
    text="工单号：2026-0001\n北京堃泰镕喆工程有限公司，您好。\n.一个以点开头的行\n",
    html="<p>工单号：2026-0001</p>",
    message_id="<letter.1@example.org>",
    in_reply_to="<mail.1@example.com>",
    date=datetime(2026, 11, 25, 2, 30, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class Way:
    """A transport, and how to see what came out at its other end."""

    transport: Transport
    arrived: Callable[[], list[EmailMessage]]


def _parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture(params=["smtp", "maildir"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    if request.param == "maildir":
        sent = tmp_path / "sent"
        yield Way(
            MaildirTransport(sent),
            lambda: [_parsed(path.read_bytes()) for path in sorted(sent.glob("new/*"))],
        )
        return
    sink: SmtpSink = request.getfixturevalue("smtp_sink")
    transport = SmtpTransport(SmtpSettings("127.0.0.1", sink.port, security="none"))
    taken: list[EmailMessage] = []

    def arrived() -> list[EmailMessage]:
        while not sink.letters.empty():
            taken.append(sink.take().message)
        return taken

    yield Way(transport, arrived)
    transport.close()


def test_letters_in_a_folder_are_deleted_when_their_time_is_over(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path / "sent")
    transport.send(LETTER)
    transport.send(replace(LETTER, message_id="<letter.2@example.org>"))
    old, fresh = sorted((tmp_path / "sent" / "new").iterdir())
    now = datetime(2026, 11, 25, tzinfo=UTC)
    os.utime(old, (0, (now - timedelta(days=7, seconds=1)).timestamp()))
    os.utime(fresh, (0, (now - timedelta(days=6)).timestamp()))
    transport.forget(now)
    assert list((tmp_path / "sent" / "new").iterdir()) == [fresh]


def test_a_letter_arrives_whole(way: Way) -> None:
    way.transport.send(LETTER)
    [message] = way.arrived()
    assert message["Subject"] == LETTER.subject
    assert message["From"].addresses[0].addr_spec == LETTER.sender
    assert message["From"].addresses[0].display_name == LETTER.sender_name
    assert message["To"] == LETTER.recipient
    assert message["Message-ID"] == LETTER.message_id
    assert message["Date"].datetime == LETTER.date
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n") == LETTER.text
    assert html is not None
    assert html.get_content().replace("\r\n", "\n") == LETTER.html


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Unbind-Desk", "letter"),
        ("In-Reply-To", "<mail.1@example.com>"),
        ("References", "<mail.1@example.com>"),
    ],
)
def test_it_says_that_it_is_automatic_and_what_it_answers(
    way: Way, header: str, value: str
) -> None:
    way.transport.send(LETTER)
    assert way.arrived()[0].get_all(header) == [value]


def test_letters_arrive_once_each_and_in_order(way: Way) -> None:
    letters = [
        replace(LETTER, message_id=f"<letter.{n}@example.org>", date=LETTER.date.replace(second=n))
        for n in range(5)
    ]
    for letter in letters:
        way.transport.send(letter)
    assert [message["Message-ID"] for message in way.arrived()] == [
        letter.message_id for letter in letters
    ]


def test_it_can_be_used_again_after_close(way: Way) -> None:
    way.transport.send(LETTER)
    way.transport.close()
    way.transport.send(replace(LETTER, message_id="<letter.2@example.org>"))
    assert len(way.arrived()) == 2


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "nobody",
        "a@b@",
        "张三 <zhang@example.com>, li@example.com",
        "x@example.com\r\nRCPT TO:<y@example.com>",
        "\u5f20@example.com",
    ],
)
def test_an_address_that_no_mail_can_go_to_is_parked(way: Way, recipient: str) -> None:
    with pytest.raises(PermanentFailure):
        way.transport.send(replace(LETTER, recipient=recipient))
    assert way.arrived() == []
