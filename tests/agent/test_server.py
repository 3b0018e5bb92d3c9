"""The agent over HTTP with a lock in memory: the flow of one signature,
and everything that must not become one."""

import base64
import contextlib
import http.client
import json
import logging
import runpy
import socket
import threading
import time

import pytest

from agent import agent_server
from agent.pkcs11_lock import Module, Pkcs11Lock
from agent.prompt import PromptError
from agent.signing import READ_AGAIN_S
from lock_protocol import signed_bytes
from tests.agent.conftest import running
from tests.agent.fakes import (
    SM2_MECHANISM,
    FakeLibrary,
    FakeToken,
    TypingPrompt,
    full_token,
    is_right,
)
from tests.servers.sockets import until_closed

ORIGIN = "https://ggzy.example.org"
NONCE = bytes(range(32))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return full_token(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def token(made):
    made.left, made.plugged, made.logins, made.break_at_signature, made.pin_set = (
        3,
        True,
        0,
        None,
        True,
    )
    return made


@pytest.fixture
def prompt():
    return TypingPrompt()


@pytest.fixture
def server(token, prompt):
    lock = Pkcs11Lock(Module("memory", sm2=hex(SM2_MECHANISM)), lambda _: FakeLibrary([token]))
    with running(lock, prompt, {ORIGIN}) as server:
        yield server


def call(server, method, path, body=None, **changed):
    headers = {
        "Host": f"127.0.0.1:{server.server_port}",
        "Origin": ORIGIN,
        "Content-Type": "application/json",
    }
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=40)
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(
        method, path, data, {name: value for name, value in headers.items() if value is not None}
    )
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, json.loads(content) if content else None


def listed(server):
    _, answer = call(server, "POST", "/certificates", {})
    return answer


def wish(server, label="ECCASM2", **changed):
    certificate = next(
        one for one in listed(server)["tokens"][0]["certificates"] if one["label"] == label
    )
    nonce = base64.urlsafe_b64encode(NONCE).decode().rstrip("=")
    return {
        "nonce": nonce,
        "purpose": "login",
        "account": "",
        "certificate_sha256": certificate["sha256"],
    } | changed


def test_the_agent_says_that_it_is_there(server):
    answer, said = call(server, "GET", "/status", Content_Type=None)
    assert (answer.status, said["agent"], said["protocol"], said["window"]) == (
        200,
        "unbind-agent",
        1,
        True,
    )
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Cache-Control"] == "no-store"
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(("system", "shared"), [("posix", True), ("nt", False)])
def test_no_other_program_shares_its_port(monkeypatch, system, shared):
    """What SO_REUSEADDR allows on Windows; elsewhere it only lets the agent start again at once."""
    monkeypatch.setattr("os.name", system)
    assert runpy.run_path(agent_server.__file__)["AgentServer"].allow_reuse_address is shared


def test_the_list_names_what_a_page_needs(server):
    answer = listed(server)
    assert answer["problems"] == []
    token = answer["tokens"][0]
    assert (token["serial"], token["pin"]) == ("FAKE0001", "ok")
    kinds = {
        one["label"]: (one["key_type"], one["signs"], one["kind"]) for one in token["certificates"]
    }
    assert kinds["ECCASM2"] == ("SM2", True, "enterprise")
    assert kinds["ECCARSA2"] == ("RSA-2048", False, "enterprise")


@pytest.mark.parametrize("label", ["ECCASM2", "ECCARSA1", "ECCP256"])
def test_a_page_gets_a_signature_over_its_own_origin(server, prompt, label):
    answer, said = call(
        server,
        "POST",
        "/sign",
        wish(server, label, account="北京演示建设工程有限公司", purpose="bind"),
    )
    assert answer.status == 200
    der, signature = base64.b64decode(said["certificate"]), base64.b64decode(said["signature"])
    assert is_right(der, signed_bytes(ORIGIN, "bind", NONCE, "北京演示建设工程有限公司"), signature)
    question = prompt.shown[0]
    assert (question.origin, question.purpose, question.account) == (
        ORIGIN,
        "bind",
        "北京演示建设工程有限公司",
    )
    assert ("证书", "北京演示建设工程有限公司") in question.certificate
    assert question.note == ""


def test_one_window_gives_one_signature(server, prompt, token):
    for _ in range(2):
        assert call(server, "POST", "/sign", wish(server))[0].status == 200
    assert (len(prompt.shown), token.logins) == (2, 2)


def test_a_wrong_pin_is_not_tried_again_and_the_next_window_warns(server, prompt, token):
    prompt.pin = "999999"
    answer, said = call(server, "POST", "/sign", wish(server))
    assert (answer.status, said["error"], token.logins) == (422, "pin_wrong", 1)
    call(server, "POST", "/sign", wish(server))
    assert "上一次" in prompt.shown[1].note
    _, said = call(server, "POST", "/sign", wish(server))
    assert "1 次" in prompt.shown[2].note
    assert said["error"] == "pin_locked"
    _, said = call(server, "POST", "/sign", wish(server))
    assert said["error"] == "pin_locked"
    assert "发锁机构" in said["remedy"]
    assert (len(prompt.shown), token.logins) == (3, 3)  # a locked lock opens no window


def test_pulling_the_lock_out_while_the_window_is_open(server, prompt, token):
    asked = wish(server)
    prompt.meanwhile = lambda: setattr(token, "plugged", False)
    _, said = call(server, "POST", "/sign", asked)
    assert said["error"] == "token_absent"
    assert "主键为空" in said["message"]
    assert token.logins == 0
    _, said = call(server, "POST", "/sign", asked)
    assert said["error"] == "token_absent"
    assert listed(server)["problems"][0]["code"] == "token_missing"
    token.plugged = True
    again = listed(server)
    assert again["changed"]
    assert "重新读取" in again["message"]
    assert not listed(server)["changed"]


def test_another_lock_swapped_in_is_never_shown_the_pin(token, prompt):
    stranger = FakeToken(serial=b"STRANGER")
    library = FakeLibrary([token])
    with running(
        Pkcs11Lock(Module("memory", sm2=hex(SM2_MECHANISM)), lambda _: library), prompt, {ORIGIN}
    ) as server:
        asked = wish(server)
        prompt.meanwhile = lambda: setattr(library, "slots", [stranger])
        _, said = call(server, "POST", "/sign", asked)
    assert (said["error"], stranger.logins, token.logins) == ("token_absent", 0, 0)


def test_a_lock_pulled_out_during_the_signature(server, token):
    asked = wish(server)
    from pkcs11 import exceptions as raised

    token.break_at_signature = raised.DeviceRemoved()
    _, said = call(server, "POST", "/sign", asked)
    assert (said["error"], said["message"]) == ("token_removed", "签名时CA锁被拔出")


def test_a_cancelled_window_touches_no_lock(server, prompt, token):
    prompt.pin = None
    answer, said = call(server, "POST", "/sign", wish(server))
    assert (answer.status, said["error"], token.logins) == (409, "prompt_cancelled", 0)


def test_asking_for_the_status_notices_a_swap(server, token):
    now = [100.0]
    server.signing.clock = lambda: now[0]
    listed(server)
    token.plugged = False

    def plugged():
        return call(server, "GET", "/status", Content_Type=None)[1]["plugged"]

    assert plugged() == 0
    now[0] += READ_AGAIN_S
    until = time.monotonic() + 40
    while plugged() != 1:
        assert time.monotonic() < until
    assert listed(server)["changed"]


@pytest.mark.parametrize(
    ("label", "digest", "code"),
    [("ECCARSA2", None, "not_for_signing"), ("ECCASM2", "0" * 64, "certificate_missing")],
)
def test_what_cannot_be_signed_opens_no_window(server, prompt, label, digest, code):
    asked = wish(server, label)
    asked["certificate_sha256"] = digest or asked["certificate_sha256"]
    assert call(server, "POST", "/sign", asked)[1]["error"] == code
    assert prompt.shown == []


def test_a_second_request_while_a_window_is_open_is_turned_away(server, prompt):
    asked, opened, close = wish(server), threading.Event(), threading.Event()
    prompt.meanwhile = lambda: (opened.set(), close.wait(40))
    first = threading.Thread(target=call, args=(server, "POST", "/sign", asked))
    first.start()
    assert opened.wait(40)
    answer, said = call(server, "POST", "/sign", asked)
    assert (answer.status, said["error"]) == (409, "busy")
    close.set()
    first.join(40)
    assert len(prompt.shown) == 1
    prompt.meanwhile = None
    assert call(server, "POST", "/sign", asked)[0].status == 200


def test_the_window_closes_when_the_page_hangs_up(server, prompt, token):
    noticed = threading.Event()

    def ask(question, gone):
        until = time.monotonic() + 40
        while time.monotonic() < until:
            if gone():
                noticed.set()
                raise PromptError("page_gone", "网页已关闭，没有签名")
        return "123456"

    body = json.dumps(wish(server)).encode()
    prompt.ask = ask
    page = socket.create_connection(("127.0.0.1", server.server_port))
    page.sendall(
        (
            b"POST /sign HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: %s\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        )
        % (server.server_port, ORIGIN.encode(), len(body), body),
    )
    page.close()
    assert noticed.wait(40)
    assert token.logins == 0


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Origin": None}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example.org"}, 403),
        ({"Host": "rebind.example.org"}, 421),
        ({"Content_Type": "text/plain"}, 415),
    ],
)
@pytest.mark.parametrize("path", ["/certificates", "/sign"])
def test_the_gate_stands_before_every_address(server, prompt, path, changed, status):
    answer, said = call(server, "POST", path, b"{}", **changed)
    assert answer.status == status
    assert said["message"]
    assert (answer.headers.get("Access-Control-Allow-Origin") is None) == (status != 415)
    assert prompt.shown == []


@pytest.mark.parametrize("origin", ["null", "https://evil.example.org", None])
def test_a_preflight_of_another_origin_is_told_nothing(server, origin):
    answer, _ = call(server, "OPTIONS", "/sign", Origin=origin)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_preflight_of_a_listed_origin_is_answered(server):
    answer, _ = call(
        server,
        "OPTIONS",
        "/sign",
        Access_Control_Request_Method="POST",
    )
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_page_that_sends_a_pin_is_refused_and_its_pin_is_written_nowhere(server, prompt, caplog):
    caplog.set_level(logging.DEBUG)
    answer, said = call(server, "POST", "/sign", wish(server, pin="314159"))
    assert (answer.status, said["error"]) == (400, "pin_in_request")
    assert prompt.shown == []
    assert "pin_in_request" in caplog.text
    assert "314159" not in caplog.text + json.dumps(said)


def test_a_typed_pin_is_written_nowhere(server, prompt, caplog):
    caplog.set_level(logging.DEBUG)
    prompt.pin = "271828"
    assert "271828" not in json.dumps(call(server, "POST", "/sign", wish(server))[1])
    assert "271828" not in caplog.text


def test_a_certificate_that_cannot_be_read_is_listed_as_such(server, token):
    from pkcs11 import Attribute, ObjectClass

    from tests.agent.fakes import Missing

    junk = Missing(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.VALUE: b"0\x82junk",
            Attribute.LABEL: "junk",
            Attribute.ID: b"\x09",
        }
    )
    token.certificates.append(junk)
    try:
        found = next(
            one for one in listed(server)["tokens"][0]["certificates"] if one["label"] == "junk"
        )
        assert found["readable"] is False
        assert call(server, "POST", "/sign", wish(server, "junk"))[1]["error"] == "unsupported_key"
    finally:
        token.certificates.remove(junk)


def test_an_error_of_ours_is_logged_by_kind_and_place_alone(server, prompt, caplog):
    def ask(question, gone):
        raise ValueError("271828")

    prompt.ask = ask
    with pytest.raises(http.client.HTTPException):
        call(server, "POST", "/sign", wish(server))
    assert "ValueError ask:" in caplog.text
    assert "271828" not in caplog.text
    prompt.ask = lambda question, gone: "123456"
    assert call(server, "POST", "/sign", wish(server))[0].status == 200


def test_many_connections_that_say_nothing_leave_room_again(server):
    idle = [socket.create_connection(("127.0.0.1", server.server_port)) for _ in range(40)]
    for one in idle:
        one.close()
    until = time.monotonic() + 40
    while True:
        try:
            assert call(server, "GET", "/status", Content_Type=None)[0].status == 200
            break
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < until


def silent(server):
    return socket.create_connection(("127.0.0.1", server.server_port), timeout=40)


@pytest.mark.parametrize(
    "begin",
    [b"GET /status HTTP/1.1\r\nX: ", b"POST /certificates HTTP/1.1\r\nContent-Length: 16000\r\n"],
)
def test_a_request_that_dribbles_is_cut_off_at_one_deadline(server, monkeypatch, begin):
    monkeypatch.setattr("agent.agent_server.READ_TIMEOUT_S", 0.4)
    head = (
        begin
        + (
            f"Host: 127.0.0.1:{server.server_port}\r\nOrigin: {ORIGIN}\r\n"
            "Content-Type: application/json\r\n\r\n"
        ).encode()
        if b"POST" in begin
        else begin
    )
    stop = threading.Event()
    with silent(server) as slow:
        slow.sendall(head)

        def dribble():
            with contextlib.suppress(OSError):
                while not stop.wait(0.05):
                    slow.sendall(b"x")

        thread = threading.Thread(target=dribble)
        thread.start()
        assert b"200" not in until_closed(slow)
        stop.set()
        thread.join()


def test_a_page_is_answered_beside_any_number_of_silent_connections(server):
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(silent(server)) for _ in range(40)]
        assert call(server, "GET", "/status")[0].status == 200
        assert until_closed(waiting[0]) == b""
