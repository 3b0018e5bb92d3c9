"""Group robots: the message and signature of each messenger, as its own server would verify them,
and its answers."""

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import get_args, get_type_hints
from urllib.parse import parse_qs, urlsplit

import pytest
from standardwebhooks import Webhook as Standard

from app.settings.mail_settings import RobotZone
from core.clock import SystemClock
from core.data.letter import LetterFacts, LetterKind, OutgoingLetter
from core.errors import PermanentFailure, TemporaryFailure
from core.outgoing.robots import MESSENGERS, ByRecipient, Robot
from tests.letters.facts import LETTERS
from tests.servers.ports import free_port

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WORDS = LETTERS.render(LetterKind.ALERT, LetterFacts(done=("邮箱暂时无法收信",)))
LETTER = OutgoingLetter(
    "desk@example.org",
    "解绑办理台",
    "duty",
    WORDS.subject,
    WORDS.text,
    WORDS.html,
    "<1@example.org>",
    "",
    (),
    datetime(2026, 11, 25, tzinfo=UTC),
)


class MailTransport:
    def __init__(self):
        self.sent = []

    def send(self, letter):
        self.sent.append(letter)

    def forget(self, now):
        pass

    def close(self):
        pass


@pytest.fixture
def group():
    """A receiver that records each request and gives the answer of the test."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            server.requests.append((self.path, dict(self.headers), body))
            status, answer = server.answer
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.answer = [], (200, b'{"errcode":0,"code":0}')
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def robot(group, kind, secret=SECRET):
    url = f"http://127.0.0.1:{group.server_port}/robot/send?access_token=k"
    return Robot(MESSENGERS[kind], url, secret, SystemClock())


def sign_of(key, text):
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def test_settings_and_messengers_agree():
    assert set(get_args(get_type_hints(RobotZone)["kind"])) == set(MESSENGERS)


def test_wecom_takes_markdown_and_no_signature(group):
    robot(group, "wecom").send(LETTER)
    [(path, _, body)] = group.requests
    message = json.loads(body)
    assert path == "/robot/send?access_token=k"
    assert message["msgtype"] == "markdown"
    assert message["markdown"]["content"].startswith("**【提醒】解绑办理台**")
    assert "· 邮箱暂时无法收信" in message["markdown"]["content"]
    assert "联系我们" not in body


def test_dingtalk_checks_the_signature_in_the_address(group):
    robot(group, "dingtalk", "SEC000").send(LETTER)
    [(path, _, body)] = group.requests
    query = {name: value for name, [value] in parse_qs(urlsplit(path).query).items()}
    assert query["sign"] == sign_of("SEC000", f"{query['timestamp']}\nSEC000")
    assert len(query["timestamp"]) == 13, "milliseconds"
    assert json.loads(body)["markdown"]["title"] == "【提醒】解绑办理台"


def test_feishu_checks_the_signature_in_the_body(group):
    robot(group, "feishu", "abc").send(LETTER)
    [(_, _, body)] = group.requests
    message = json.loads(body)
    assert message["sign"] == sign_of(f"{message['timestamp']}\nabc", "")
    assert len(message["timestamp"]) == 10, "seconds"
    assert "邮箱暂时无法收信" in message["content"]["text"]


def test_no_name_in_an_alert_calls_a_whole_group(group):
    """A certificate gives an enterprise its name."""
    for kind in MESSENGERS:
        alert = LetterFacts(done=('<at user_id="all">所有人</at><@all>@all 有限公司',))
        words = LETTERS.render(LetterKind.ALERT, alert)
        robot(group, kind, "").send(replace(LETTER, text=words.text))
    bodies = dict(zip(MESSENGERS, (body for _, _, body in group.requests), strict=True))
    assert [kind for kind, body in bodies.items() if "有限公司" not in body] == []
    assert [kind for kind, body in bodies.items() if "@all" in body] == []
    assert "<at user_id" not in json.loads(bodies["feishu"])["content"]["text"]


def test_a_webhook_of_ones_own_is_signed_as_standard_webhooks_are(group):
    robot(group, "webhook").send(LETTER)
    [(_, headers, body)] = group.requests
    assert Standard(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
    assert headers["webhook-id"] == "1@example.org"
    assert headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_without_a_secret_nothing_is_signed(group, kind):
    robot(group, kind, "").send(LETTER)
    [(path, _, body)] = group.requests
    assert "sign" not in path + body


@pytest.mark.parametrize("kind", list(MESSENGERS))
@pytest.mark.parametrize("status", [500, 404, 302, 429])
def test_http_errors_are_tried_again(group, kind, status):
    group.answer = status, b""
    with pytest.raises(TemporaryFailure):
        robot(group, kind).send(LETTER)


@pytest.mark.parametrize(
    ("kind", "answer", "error"),
    [
        ("wecom", b'{"errcode":45009}', TemporaryFailure),
        ("wecom", b'{"errcode":93000}', PermanentFailure),
        ("wecom", b"<html>Please log in to the network</html>", TemporaryFailure),
        ("feishu", b"{}", TemporaryFailure),
        ("dingtalk", b'{"errcode":130101,"errmsg":"send too fast"}', TemporaryFailure),
        ("dingtalk", b'{"errcode":310000,"errmsg":"sign not match"}', PermanentFailure),
        ("feishu", b'{"code":11232,"msg":"frequency limited"}', TemporaryFailure),
        ("feishu", b'{"code":19021,"msg":"sign match fail"}', PermanentFailure),
    ],
)
def test_a_result_code_is_tried_again_or_given_up(group, kind, answer, error):
    group.answer = 200, answer
    with pytest.raises(error):
        robot(group, kind).send(LETTER)


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"[]", b'{"errcode":"x"}', b'{"errcode":null}', b"\xff" * 9000]
)
def test_a_receiver_of_ones_own_may_answer_anything(group, body):
    group.answer = 200, body
    robot(group, "webhook").send(LETTER)


def test_an_unreachable_robot_is_tried_again(group):
    nowhere = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(TemporaryFailure):
        Robot(MESSENGERS["wecom"], nowhere, "", SystemClock()).send(LETTER)


@pytest.mark.parametrize("kind", list(MESSENGERS))
def test_a_long_text_is_cut_to_the_limit(group, kind):
    robot(group, kind).send(replace(LETTER, text="长" * 9000 + "\n" + "长" * 9000))
    [(_, _, body)] = group.requests
    assert body.count("长") * 3 <= MESSENGERS[kind].longest_bytes
    assert body.count("长") * 3 > MESSENGERS[kind].longest_bytes - 200


def test_letters_go_to_the_robot_of_their_recipient_or_as_mail(group):
    mail = MailTransport()
    ways = ByRecipient(mail, {"duty": robot(group, "wecom")})
    ways.send(LETTER)
    ways.send(replace(LETTER, recipient="chief@example.org"))
    assert (len(mail.sent), len(group.requests)) == (1, 1)
    with pytest.raises(PermanentFailure, match="retired"):
        ways.send(replace(LETTER, recipient="retired"))
