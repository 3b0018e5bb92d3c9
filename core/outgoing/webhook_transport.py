"""A transport for administrators' messages by one webhook,
and one that chooses the way by the recipient.

The body is what a group robot of 企业微信 takes (msgtype markdown, at most 4096 bytes); the headers
sign it as Standard Webhooks do, so that a receiver of one's own can check it. 企业微信 answers HTTP
200 to everything and says in `errcode` what became of it.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from core.clock import Clock
from core.data.letter import LETTER_MARK_END, OutgoingLetter, Transport
from core.errors import PermanentFailure, TemporaryFailure
from core.outgoing.couriers import post, webhook_headers

LONGEST_BYTES: Final = 4096
_AGAIN: Final = frozenset({-1, 45009, 45033})
"""Codes of 企业微信 for which it says to try again: busy, too many messages, too many at once."""


class WebhookTransport:
    """Sends to one address, signed with `secret` (whsec_…).

    Both are secrets: 企业微信 puts its key into the address.
    """

    def __init__(self, url: str, secret: str, clock: Clock) -> None:
        self._url, self._secret, self._clock = url, secret, clock

    def send(self, letter: OutgoingLetter) -> None:
        """See Transport."""
        body = message(letter)
        status, answer = post(
            self._url,
            body,
            webhook_headers([self._secret], letter.message_id.strip("<>"), body, self._clock.now()),
        )
        if not 200 <= status < 300:
            raise TemporaryFailure(f"Webhook 应答 HTTP {status}")
        code = _code(answer)
        if code in _AGAIN:
            raise TemporaryFailure(f"企业微信暂不接收（errcode {code}）")
        if code:
            raise PermanentFailure(f"企业微信拒收（errcode {code}）：请核对 Webhook 地址。")

    def forget(self, now: datetime) -> None:
        """See Transport."""

    def close(self) -> None:
        """See Transport."""


class ByRecipient:
    """Mail for everybody but the recipients of `ways`, each of which has a transport of its own;
    None where none is configured."""

    def __init__(self, mail: Transport, ways: Mapping[str, Transport | None]) -> None:
        self._mail, self._ways = mail, ways

    def send(self, letter: OutgoingLetter) -> None:
        """See Transport."""
        way = self._ways.get(letter.recipient, self._mail)
        if way is None:
            raise PermanentFailure(f"没有配置 announce 的 {letter.recipient} 地址")
        way.send(letter)

    def forget(self, now: datetime) -> None:
        """See Transport."""
        self._mail.forget(now)

    def close(self) -> None:
        """See Transport."""
        self._mail.close()


def message(letter: OutgoingLetter) -> str:
    """The body: subject and words without the frame of a letter, cut where it would be refused."""
    words = letter.text.split("【联系我们】")[0].replace(LETTER_MARK_END, "").strip()
    lines = [f"**{letter.subject}**", *(line for line in words.splitlines()[1:] if line.strip())]
    content = "\n".join(lines).encode()[:LONGEST_BYTES].decode("utf-8", "ignore")
    return json.dumps({"msgtype": "markdown", "markdown": {"content": content}}, ensure_ascii=False)


def _code(answer: bytes) -> int:
    """The result code of 企业微信 for the message; 0 for another receiver."""
    try:
        reply = json.loads(answer)
        return int(reply.get("errcode", 0)) if isinstance(reply, dict) else 0
    except (ValueError, TypeError):
        return 0
