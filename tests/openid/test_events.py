"""What trading systems are told, on a real socket: events signed as Standard Webhooks, ends of
logins as logout tokens; again later where nobody listens."""

import json
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from standardwebhooks import Webhook

from core.cases.accounts.account_notice import notify_locked_accounts
from core.cases.accounts.notify_systems import (
    LOGOUT_PAUSES_S,
    PAUSES_S,
    NotAccepted,
    receivers_of,
    tell_systems,
)
from core.cases.letters.objection import freeze
from core.data.system_event import EventKind
from core.errors import TemporaryFailure
from core.outgoing.couriers import HttpCourier
from tests.openid.conftest import ISSUER, ZHENGCAI, ZONGHE
from tests.servers.listening import claims_in


@pytest.fixture
def tell(harness, heard):
    zonghe = replace(ZONGHE, logout_url="", events_url=f"{heard.url}/events?x=1")
    zhengcai = replace(ZHENGCAI, logout_url=f"{heard.url}/logout")
    receivers, courier = (
        receivers_of([zonghe, zhengcai]),
        HttpCourier(ISSUER, timeout_s=20),
    )

    def told(**how):
        return tell_systems(harness.desk, receivers, courier, **how)

    assert told() == 0
    return told


def bound(harness, enterprise):
    harness.lock_of(enterprise)
    return harness.bindings(enterprise)[0]


def alerts(harness):
    with harness.tx() as tx:
        return [alert.kind for alert in tx.alerts.find(families=["events"])]


def alert_text(harness):
    with harness.tx() as tx:
        return tx.alerts.find(families=["events"])[0].text


def test_an_event_is_told_in_the_form_of_standard_webhooks(
    harness, enterprise, heard, tell, monkeypatch
):
    binding = bound(harness, enterprise)
    assert (tell(), tell()) == (1, 0)
    [(path, headers, body)] = heard.got
    assert path == "/events?x=1"
    monkeypatch.setattr(
        Webhook,
        "_Webhook__verify_timestamp",
        lambda _self, stamp: datetime.fromtimestamp(int(stamp), UTC),
    )
    said = Webhook(ZONGHE.events_secrets[0]).verify(body, headers)
    assert headers["webhook-timestamp"] == str(int(harness.clock.now().timestamp()))
    assert (said["type"], said["timestamp"]) == ("lock.bound", harness.clock.now().isoformat())
    assert (said["data"]["name"], said["data"]["uscc"]) == (enterprise.name, enterprise.uscc)
    assert said["data"]["binding"]["serial"] == binding.serial
    assert set(said["data"]) == {"sub", "name", "uscc", "binding"}


def test_each_act_is_told_once_and_in_order(harness, enterprise, heard, tell):
    binding = bound(harness, enterprise)
    with harness.tx() as tx:
        tx.bindings.mark(binding.id, lost=True)
        tx.bindings.end([binding.id])
        freeze(tx, enterprise.id, "contact.objected", "")
    for _ in range(5):
        harness.visitor().log_in_by_password(enterprise.name, "wrong-wrong-1")
    notify_locked_accounts(harness.desk)
    tell()
    assert [json.loads(body)["type"] for _, _, body in heard.got] == [
        "lock.bound",
        "lock.lost",
        "lock.unbound",
        "account.frozen",
        "account.locked",
    ]


def test_an_act_that_is_not_kept_is_not_told(harness, enterprise, heard, tell):
    with pytest.raises(RuntimeError), harness.tx() as tx:
        tx.events.add(EventKind.LOCKED, enterprise.id)
        raise RuntimeError
    assert (tell(), heard.got) == (0, [])


@pytest.mark.parametrize("status", [500, 404, 302, 410])
def test_what_is_not_taken_is_told_again_ever_later_and_those_behind_it_wait(
    harness, enterprise, heard, tell, status
):
    heard.status = status
    bound(harness, enterprise)
    with harness.tx() as tx:
        tx.events.add(EventKind.FROZEN, enterprise.id)
    for pause_s in PAUSES_S[:3]:
        tell()
        tell()
        harness.clock.at += timedelta(seconds=pause_s)
    assert len(heard.got) == 3
    assert len({headers["webhook-id"] for _, headers, _ in heard.got}) == 1
    assert {path for path, _, _ in heard.got} == {"/events?x=1"}, "no redirection is followed"
    assert alerts(harness) == ["events.zonghe"]
    assert "将自动重试" in alert_text(harness)
    heard.status = 200
    assert tell() == 2
    assert alerts(harness) == []


def test_after_two_days_an_event_is_given_up_with_an_alert(harness, enterprise, heard, tell):
    heard.status = 503
    bound(harness, enterprise)
    with harness.tx() as tx:
        tx.events.add(EventKind.FROZEN, enterprise.id)
    assert timedelta(days=2) <= timedelta(seconds=sum(PAUSES_S)) < timedelta(days=2, hours=1)
    longest = timedelta(seconds=PAUSES_S[-1])
    with harness.tx() as tx:
        for _ in PAUSES_S[:-1]:
            event = tx.events.next_for("events zonghe", longest, in_order=True)
            tx.events.set_columns(
                event.id, attempts=event.attempts + 1, next_try_at=harness.clock.now()
            )
    for _ in range(2):
        tell()
        harness.clock.at += longest
    with harness.tx() as tx:
        assert any(entry.action == "event.given_up" for entry in tx.audit.entries())
    assert "不再通知" in alert_text(harness)
    heard.status = 200
    assert tell() == 1
    assert json.loads(heard.got[-1][2])["type"] == "account.frozen"


def test_where_nobody_listens_no_other_is_kept_waiting(harness, other, enterprise, heard, tell):
    harness_receivers = receivers_of(
        [
            replace(ZONGHE, logout_url="", events_url="http://127.0.0.1:1/"),
            replace(ZHENGCAI, logout_url=f"{heard.url}/logout"),
        ]
    )
    tell_systems(harness.desk, harness_receivers, HttpCourier(ISSUER, timeout_s=20))
    guest = harness.entered(enterprise)
    other.log_in(guest)
    bound(harness, enterprise)
    guest.see("/portal")
    guest.submit("/portal/logout")
    assert tell_systems(harness.desk, harness_receivers, HttpCourier(ISSUER, timeout_s=20)) == 1
    assert heard.got[-1][0] == "/logout"


def test_the_end_of_a_login_is_told_by_a_logout_token(harness, system, other, guest, heard, tell):
    hint = system.log_in(guest)["id_token"]
    login = other.claims(other.log_in(guest)["id_token"])
    system.logs_out(guest, id_token_hint=hint)
    assert tell() == 1
    [(path, headers, body)] = heard.got
    assert (path, headers["Content-Type"]) == ("/logout", "application/x-www-form-urlencoded")
    token = jwt.decode(
        parse_qs(body)["logout_token"][0],
        KeySet.import_key_set(system.back.get("/openid/keys").json()),
        ["RS256"],
    )
    now = int(harness.clock.now().timestamp())
    assert token.header["typ"] == "logout+jwt"
    assert token.claims.pop("jti").startswith("evt_")
    assert token.claims == {
        "iss": ISSUER,
        "aud": "zhengcai",
        "iat": now,
        "exp": now + 120,
        "sub": login["sub"],
        "sid": login["sid"],
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
    assert "nonce" not in token.claims


@pytest.mark.parametrize("status", [400, 500])
def test_the_end_of_a_login_that_is_not_taken_is_told_again_and_given_up_sooner(
    harness, other, guest, heard, tell, status
):
    assert LOGOUT_PAUSES_S == (2, 10, 60, 300, 1800, 3600), "as docs/OPENID.md says"
    other.log_in(guest)
    heard.status = status
    guest.see("/portal")
    guest.submit("/portal/logout")
    for pause_s in (*LOGOUT_PAUSES_S, 3600, 3600):
        tell()
        tell()
        harness.clock.at += timedelta(seconds=pause_s)
    assert len(heard.got) == len(LOGOUT_PAUSES_S) + 1
    assert alerts(harness) == []


def three_ended(harness, other, enterprise):
    """Three logins began and ended; gives their sessions."""
    ended = []
    for _ in range(3):
        guest = harness.entered(enterprise)
        ended.append(other.claims(other.log_in(guest)["id_token"])["sid"])
        guest.see("/portal")
        guest.submit("/portal/logout")
    return ended


def test_the_end_of_one_login_waits_for_that_of_no_other(harness, other, enterprise, heard, tell):
    ended = three_ended(harness, other, enterprise)
    heard.refused = ended[0]
    assert tell() == 2
    assert [claims_in(body)["sid"] for _, _, body in heard.got] == ended
    heard.refused = ""
    harness.clock.at += timedelta(seconds=LOGOUT_PAUSES_S[0])
    assert tell() == 1


@pytest.mark.parametrize(("error", "tried"), [(TemporaryFailure, 1), (NotAccepted, 3)])
def test_where_nobody_answers_the_end_of_one_login_is_tried(
    harness, other, enterprise, tell, error, tried
):
    three_ended(harness, other, enterprise)
    [receiver] = receivers_of([replace(ZHENGCAI, logout_url="https://silent.example/logout")])
    tries = []

    def silent(receiver, event, keys, now):
        tries.append(event.id)
        raise error("no answer")

    assert tell_systems(harness.desk, [receiver], silent) == 0
    assert len(tries) == tried


def test_what_an_event_says_is_fixed_when_it_happens(harness, enterprise, heard, tell):
    heard.status = 500
    binding = bound(harness, enterprise)
    tell()
    harness.clock.at += timedelta(seconds=PAUSES_S[0])
    with harness.tx() as tx:
        tx.bindings.end([binding.id])
    heard.status = 200
    assert tell() == 2
    bodies = [json.loads(body) for _, _, body in heard.got]
    assert bodies[0] == bodies[1]
    assert [body["data"]["binding"]["ended_at"] is None for body in bodies] == [True, True, False]


def test_after_an_outage_what_waited_goes_within_a_minute(harness, enterprise, heard, tell):
    heard.status = 503
    bound(harness, enterprise)
    with harness.tx() as tx:
        tx.events.add(EventKind.FROZEN, enterprise.id)
    for _ in range(60):
        tell()
        harness.clock.at += timedelta(minutes=10)
    tell()
    heard.status = 200
    harness.clock.at += timedelta(seconds=50)
    assert tell() == 2


def test_an_answer_that_drips_is_cut_off(harness, enterprise):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        receivers = receivers_of(
            [
                replace(
                    ZONGHE, logout_url="", events_url=f"http://127.0.0.1:{silent.getsockname()[1]}/"
                )
            ]
        )
        courier = HttpCourier(ISSUER, timeout_s=0.2)
        tell_systems(harness.desk, receivers, courier)
        bound(harness, enterprise)
        assert tell_systems(harness.desk, receivers, courier) == 0
