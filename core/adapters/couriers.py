"""Takes events and ends of logins to trading systems by HTTP POST (core.cases.notify_systems.Courier).

Only addresses of config.yaml are asked, and no redirection is followed, so nobody outside chooses where the desk connects to. Of what a receiver answers
only the beginning is read.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from standardwebhooks import Webhook

from core.accounts.signing_keys import signing
from core.accounts.systems import Jws
from core.adapters.http_connection import connected
from core.cases.notify_systems import Notice, Receiver
from core.errors import PermanentFailure, TemporaryFailure

TIMEOUT_S: Final = 10.0
ANSWER_BYTES: Final = 4096
LOGOUT_TOKEN: Final = "logout+jwt"  # noqa: S105  a type, no token
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_LIFE: Final = timedelta(minutes=2)


class HttpCourier:
    """Signs and posts. `issuer`: the desk's address, as tokens name it."""

    def __init__(self, issuer: str, jws: Jws, timeout_s: float = TIMEOUT_S) -> None:
        self._issuer, self._jws, self._timeout_s = issuer, jws, timeout_s

    def tell(self, receiver: Receiver, notice: Notice, now: datetime) -> None:
        """See core.cases.notify_systems.Courier."""
        if receiver.of_logins:
            body = urlencode({"logout_token": self._logout_token(receiver, notice, now)})
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
        else:
            body = webhook_body(notice, now)
            headers = webhook_headers(receiver.system.events_secret, notice.event.uid, body, now)
        status, _ = post(receiver.url, body, headers, self._timeout_s)
        _require_taken(status, final=receiver.of_logins)

    def _logout_token(self, receiver: Receiver, notice: Notice, now: datetime) -> str:
        if not notice.keys:
            raise PermanentFailure("没有签名密钥")
        claims = {
            "iss": self._issuer, "aud": receiver.system.id, "iat": int(now.timestamp()), "exp": int((now + LOGOUT_LIFE).timestamp()),
            "jti": notice.event.uid, "sub": notice.subject, "sid": notice.event.sid, "events": {LOGOUT_EVENT: {}},
        }  # fmt: skip
        return self._jws.sign(signing(notice.keys, now).private, claims, LOGOUT_TOKEN)


def post(url: str, body: str, headers: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> tuple[int, bytes]:
    """The status, and the first ANSWER_BYTES of what the receiver says. Raises TemporaryFailure."""
    with connected(url, timeout_s, TemporaryFailure) as (connection, target):
        connection.request("POST", target, body.encode(), {"User-Agent": "unbind-desk", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER_BYTES)


def webhook_body(notice: Notice, now: datetime) -> str:
    """The event as JSON: type, timestamp, data."""
    data = {"sub": notice.subject, **notice.facts}
    event = {"type": notice.event.kind.value, "timestamp": (notice.event.at or now).isoformat(), "data": data}
    return json.dumps(event, ensure_ascii=False, default=datetime.isoformat)


def webhook_headers(secret: str, uid: str, body: str, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    return {
        "Content-Type": "application/json", "webhook-id": uid, "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(uid, now, body),
    }


def _require_taken(status: int, *, final: bool) -> None:
    """Raise where the receiver did not take it. `final`: a refusal (4xx) is the last word: a system that knows no such login has none to end."""
    if 200 <= status < 300:
        return
    words = f"HTTP {status}"
    raise PermanentFailure(words) if final and 400 <= status < 500 else TemporaryFailure(words)
