"""Takes events and ends of logins to trading systems by HTTP POST
(core.cases.accounts.notify_systems.Courier).

Only addresses of config.yaml are asked, and no redirection is followed, so nobody outside chooses
where the desk connects to. Of what a receiver answers only the beginning is read.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from standardwebhooks import Webhook

from core.accounts.systems import signing
from core.cases.accounts.notify_systems import NotAccepted, Receiver
from core.data.system_event import Event
from core.data.trading_systems import SigningKey
from core.errors import TemporaryFailure
from core.http_connection import connected
from core.keys import jws

TIMEOUT_S = 10.0
ANSWER_BYTES = 4096
LOGOUT_TOKEN = "logout+jwt"  # noqa: S105  a type, no token
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_LIFE = timedelta(minutes=2)


@dataclass(frozen=True)
class HttpCourier:
    """Signs and posts. `issuer`: the desk's address, as tokens name it."""

    issuer: str
    timeout_s: float = TIMEOUT_S

    def __call__(
        self,
        receiver: Receiver,
        event: Event,
        keys: Sequence[SigningKey],
        now: datetime,
    ) -> None:
        """See core.cases.accounts.notify_systems.Courier."""
        if receiver.of_logins:
            claims = {
                "iss": self.issuer,
                "aud": receiver.system.id,
                "iat": int(now.timestamp()),
                "exp": int((now + LOGOUT_LIFE).timestamp()),
                "jti": event.uid,
                "events": {LOGOUT_EVENT: {}},
                **json.loads(event.body),
            }
            token = jws.sign(signing(keys, now), claims, LOGOUT_TOKEN)
            body = urlencode({"logout_token": token})
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
        else:
            body = event.body
            headers = webhook_headers(receiver.system.events_secrets, event.uid, body, now)
        status, _ = post(receiver.url, body, headers, self.timeout_s)
        if not 200 <= status < 300:
            raise NotAccepted(f"HTTP {status}")


def post(
    url: str, body: str, headers: Mapping[str, str], timeout_s: float = TIMEOUT_S
) -> tuple[int, bytes]:
    """The status, and the first ANSWER_BYTES of what the receiver says. Raises TemporaryFailure."""
    with connected(url, timeout_s, TemporaryFailure) as (connection, target):
        connection.request("POST", target, body.encode(), {"User-Agent": "unbind-desk", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER_BYTES)


def webhook_headers(
    secrets: Iterable[str],
    uid: str,
    body: str,
    now: datetime,
) -> dict[str, str]:
    """The headers of Standard Webhooks, signed with each of the secrets."""
    return {
        "Content-Type": "application/json",
        "webhook-id": uid,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(one).sign(uid, now, body) for one in secrets),
    }
