"""Alerts and digests to group robots of messengers and to receivers of one's own (webhooks), and
the transport that chooses the way by the recipient.

A messenger is a row of MESSENGERS: the form of its message, its signature and its result codes.
Each answers HTTP 200 to nearly everything and gives the result as a code. Sources: the messengers'
documents on custom group robots, and Standard Webhooks.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from core.clock import Clock
from core.data.letter import LETTER_MARK_END, OutgoingLetter, Transport
from core.errors import PermanentFailure, TemporaryFailure
from core.outgoing.couriers import post, webhook_headers

Message = dict[str, Any]
JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True)
class Call:
    """One HTTP request to a robot."""

    url: str
    message: Message
    headers: Mapping[str, str]

    @property
    def body(self) -> str:
        """The message as JSON."""
        return json.dumps(self.message, ensure_ascii=False)


@dataclass(frozen=True)
class Messenger:
    """A row of MESSENGERS.

    `message`: makes the message from title and text (markdown). `signed`: adds the signature by the
    robot's secret, the letter's id and the time. `code`: the field of the result code. `busy`:
    codes on which to try again. `longest_bytes`: of the text. `needs_secret`: the service does not
    start without. `answers_freely`: an answer without a result code is well.
    """

    title: str
    message: Callable[[str, str], Message]
    signed: Callable[[Call, str, str, datetime], Call] | None
    code: str
    busy: frozenset[int]
    longest_bytes: int
    needs_secret: bool = False
    answers_freely: bool = False


def _markdown(title: str, text: str) -> str:
    return f"**{title}**\n{text}"


def _dingtalk_signed(call: Call, secret: str, _uid: str, now: datetime) -> Call:
    milliseconds = str(int(now.timestamp() * 1000))
    sign = _hmac_sha256(secret, f"{milliseconds}\n{secret}")
    return Call(
        f"{call.url}&timestamp={milliseconds}&sign={quote_plus(sign)}", call.message, call.headers
    )


def _feishu_signed(call: Call, secret: str, _uid: str, now: datetime) -> Call:
    """飞书 takes time and secret as the key, over no text."""
    seconds = str(int(now.timestamp()))
    sign = _hmac_sha256(f"{seconds}\n{secret}", "")
    return Call(call.url, {"timestamp": seconds, "sign": sign, **call.message}, call.headers)


def _webhook_signed(call: Call, secret: str, uid: str, now: datetime) -> Call:
    return Call(call.url, call.message, webhook_headers([secret], uid, call.body, now))


def _hmac_sha256(key: str, text: str) -> str:
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


MESSENGERS: Mapping[str, Messenger] = {
    "wecom": Messenger(
        "企业微信",
        lambda title, text: {
            "msgtype": "markdown",
            "markdown": {"content": _markdown(title, text)},
        },
        None,  # the key is in the address
        "errcode",
        busy=frozenset({-1, 45009, 45033}),
        longest_bytes=4096,
    ),
    "dingtalk": Messenger(
        "钉钉",
        lambda title, text: {
            "msgtype": "markdown",
            "markdown": {"title": title, "text": _markdown(title, text).replace("\n", "\n\n")},
        },
        _dingtalk_signed,
        "errcode",
        busy=frozenset({-1, 130101, 130102}),
        longest_bytes=16000,
    ),
    "feishu": Messenger(
        "飞书",
        lambda title, text: {  # <at user_id="all"> calls the whole group
            "msg_type": "text",
            "content": {"text": f"{title}\n{text}".replace("<", "＜")},
        },
        _feishu_signed,
        "code",
        busy=frozenset({9499, 11232}),
        longest_bytes=5000,  # ＜ takes three bytes
    ),
    "webhook": Messenger(
        "Webhook",
        lambda title, text: {"title": title, "text": text},
        _webhook_signed,
        "errcode",
        busy=frozenset(),
        longest_bytes=16000,
        needs_secret=True,
        answers_freely=True,
    ),
}


@dataclass(frozen=True)
class Robot:
    """Sends to one robot. Its address and secret are secrets: 企业微信 and 飞书 put a key
    into the address."""

    messenger: Messenger
    url: str = field(repr=False)
    secret: str = field(repr=False)
    clock: Clock

    def send(self, letter: OutgoingLetter) -> None:
        """See Transport.send."""
        self.post_message(letter.subject, words_of(letter), letter.message_id.strip("<>"))

    def post_message(self, title: str, text: str, uid: str) -> None:
        """Post a message. Raises TemporaryFailure, PermanentFailure."""
        messenger = self.messenger
        longest = messenger.longest_bytes - len(_markdown(title, "").encode())
        cut = text.encode()[:longest].decode("utf-8", "ignore")
        call = Call(self.url, messenger.message(title, cut), JSON)
        if self.secret and messenger.signed:
            call = messenger.signed(call, self.secret, uid, self.clock.now())
        status, answer = post(call.url, call.body, call.headers)
        if not 200 <= status < 300:
            raise TemporaryFailure(f"{messenger.title}应答 HTTP {status}")
        code = _code(answer, messenger.code)
        if code is None and not messenger.answers_freely:
            where = "可能来自中间的代理"
            raise TemporaryFailure(f"{messenger.title}的应答没有 {messenger.code}，{where}")
        if code in messenger.busy:
            raise TemporaryFailure(f"{messenger.title}暂不接收（{messenger.code} {code}）")
        if code:
            raise PermanentFailure(
                f"{messenger.title}拒收（{messenger.code} {code}）：请核对机器人的地址、"
                "加签密钥和安全设置（关键词可填“解绑”）。"
            )


@dataclass(frozen=True)
class ByRecipient:
    """A Transport: the robot whose name is the recipient, else mail."""

    mail: Transport
    robots: Mapping[str, Robot]

    def send(self, letter: OutgoingLetter) -> None:
        """See Transport."""
        way = self.robots.get(letter.recipient) or self.mail
        if way is self.mail and "@" not in letter.recipient:
            raise PermanentFailure(f"announce.robots 中没有机器人 {letter.recipient}")
        way.send(letter)

    def forget(self, now: datetime) -> None:
        """See Transport."""
        self.mail.forget(now)

    def close(self) -> None:
        """See Transport."""
        self.mail.close()


def words_of(letter: OutgoingLetter) -> str:
    """The words without the frame of a letter."""
    words = letter.text.split("【联系我们】")[0].replace(LETTER_MARK_END, "").strip()
    return "\n".join(line for line in words.splitlines()[1:] if line.strip())


def _code(answer: bytes, field: str) -> int | None:
    """The result code of a messenger; None in an answer of another kind."""
    try:
        return int(json.loads(answer)[field])
    except (ValueError, TypeError, LookupError):
        return None
