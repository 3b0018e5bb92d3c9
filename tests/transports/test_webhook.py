"""The webhook for administrators: the form that 企业微信 takes, signed,
with its answers understood."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks import Webhook as Standard

from core.clock import SystemClock
from core.data.letter import WEBHOOK, LetterFacts, LetterKind, OutgoingLetter
from core.errors import PermanentFailure, TemporaryFailure
from core.outgoing.webhook_transport import LONGEST_BYTES, ByRecipient, WebhookTransport, message
from tests.letters.facts import LETTERS

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WORDS = LETTERS.render(LetterKind.ALERT, LetterFacts(done=("邮箱暂时无法收信",)))
LETTER = OutgoingLetter(
    "desk@example.org",
    "解绑办理台",
    WEBHOOK,
    WORDS.subject,
    WORDS.text,
    WORDS.html,
    "<1@example.org>",
    "",
    (),
    datetime(2026, 11, 25, tzinfo=UTC),
)


class Mail:
    def __init__(self):
        self.sent = []

    def send(self, letter):
        self.sent.append(letter)

    def forget(self, now):
        pass

    def close(self):
        pass


@pytest.fixture
def robot():
    """A receiver that keeps what it got and answers what it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            server.got.append(
                (dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])).decode())
            )
            status, body = server.answer
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.answer = [], (200, b'{"errcode":0,"errmsg":"ok"}')
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def transport(robot):
    return ByRecipient(
        Mail(),
        {
            WEBHOOK: WebhookTransport(
                f"http://127.0.0.1:{robot.server_port}/cgi-bin/webhook/send?key=k",
                SECRET,
                SystemClock(),
            )
        },
    )


def test_it_takes_the_form_of_the_robot_and_is_signed(robot, transport):
    transport.send(LETTER)
    [(headers, body)] = robot.got
    said = json.loads(body)
    assert said["msgtype"] == "markdown"
    assert said["markdown"]["content"].startswith("**【提醒】解绑办理台**")
    assert "· 邮箱暂时无法收信" in said["markdown"]["content"]
    assert "联系我们" not in body
    assert Standard(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
    assert headers["webhook-id"] == "1@example.org"


def test_other_letters_go_as_mail(robot, transport):
    transport.send(replace(LETTER, recipient="chief@example.org"))
    assert (len(transport._mail.sent), robot.got) == (1, [])


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b'{"errcode":45009}', TemporaryFailure),
        (200, b'{"errcode":93000}', PermanentFailure),
        (500, b"", TemporaryFailure),
        (404, b"", TemporaryFailure),
        (302, b"", TemporaryFailure),
    ],
)
def test_what_the_receiver_says_is_understood(robot, transport, status, body, error):
    robot.answer = (status, body)
    with pytest.raises(error):
        transport.send(LETTER)


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"[]", b'{"errcode":"x"}', b'{"errcode":null}', b"\xff" * 9000]
)
def test_another_receiver_may_answer_what_it_likes(robot, transport, body):
    robot.answer = (200, body)
    transport.send(LETTER)


def test_nobody_there_is_tried_again():
    gone = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port = gone.server_port
    gone.server_close()
    with pytest.raises(TemporaryFailure):
        WebhookTransport(f"http://127.0.0.1:{port}/", SECRET, SystemClock()).send(LETTER)


def test_without_an_address_it_is_parked():
    with pytest.raises(PermanentFailure):
        ByRecipient(Mail(), {WEBHOOK: None}).send(LETTER)


def test_a_long_one_is_cut_to_what_the_robot_takes():
    content = json.loads(message(replace(LETTER, text="长" * 9000 + "\n" + "长" * 9000)))[
        "markdown"
    ]["content"]
    assert 4000 < len(content.encode()) <= LONGEST_BYTES
