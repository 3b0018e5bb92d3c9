"""A transport that sends what is for administrators by one webhook, and all other letters as mail.

The body is what a group robot of 企业微信 takes (msgtype markdown, at most 4096 bytes); the headers
sign it as Standard Webhooks do, so that a receiver of one's own can check it. 企业微信 answers HTTP
200 to everything and says in `errcode` what became of it.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from core.clock import Clock
from core.data.letter import LETTER_MARK_END, WEBHOOK, OutgoingLetter, Transport
from core.errors import PermanentFailure, TemporaryFailure
from core.outgoing.couriers import post, webhook_headers

LONGEST_BYTES: Final = 4096
_AGAIN: Final = frozenset({-1, 45009, 45033})
"""Codes of 企业微信 for which it says to try again: busy, too many messages, too many at once."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where it is, and what signs it (whsec_…).

    Both are secrets: 企业微信 puts its key into the address.
    """

    url: str = field(repr=False)
    secret: str = field(repr=False)


class WithWebhook:
    """Mail for everybody, the webhook for WEBHOOK."""

    def __init__(self, mail: Transport, webhook: Webhook | None, clock: Clock) -> None:
        self._mail, self._webhook, self._clock = mail, webhook, clock

    def send(self, letter: OutgoingLetter) -> None:
        """See Transport."""
        if letter.recipient != WEBHOOK:
            self._mail.send(letter)
        elif self._webhook is None:
            raise PermanentFailure("没有配置 announce 的 Webhook 地址")
        else:
            _send(self._webhook, letter, self._clock.now())

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


def _send(webhook: Webhook, letter: OutgoingLetter, now: datetime) -> None:
    body = message(letter)
    status, answer = post(
        webhook.url,
        body,
        webhook_headers([webhook.secret], letter.message_id.strip("<>"), body, now),
    )
    if not 200 <= status < 300:
        raise TemporaryFailure(f"Webhook 应答 HTTP {status}")
    code = _code(answer)
    if code in _AGAIN:
        raise TemporaryFailure(f"企业微信暂不接收（errcode {code}）")
    if code:
        raise PermanentFailure(f"企业微信拒收（errcode {code}）：请核对 Webhook 地址。")


def _code(answer: bytes) -> int:
    """What 企业微信 says became of the message; 0 where the receiver is another one."""
    try:
        said = json.loads(answer)
        return int(said.get("errcode", 0)) if isinstance(said, dict) else 0
    except (ValueError, TypeError):
        return 0
