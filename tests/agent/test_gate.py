"""Who gets through to the lock, as tables of examples."""

import base64
import json
from email.message import Message

import pytest

from agent.agent_errors import Refused
from agent.origin_gate import Gate, answer_headers, body_length, fields, is_pin, sign_request

ORIGIN = "https://ggzy.example.org"
HOST = "127.0.0.1:17583"
GATE = Gate(frozenset({ORIGIN}), frozenset({HOST, "localhost:17583"}))
NONCE = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
GOOD = {"nonce": NONCE, "purpose": "login", "account": "", "certificate_sha256": "ab" * 32}


def message(given):
    found = Message()
    for name, values in given.items():
        for value in values or ():
            found[name] = value
    return found


def headers(**changed):
    given = {name.replace("_", "-"): values for name, values in changed.items()}
    return message({"host": [HOST], "origin": [ORIGIN]} | given)


def refusal(action, *arguments):
    with pytest.raises(Refused) as refused:
        action(*arguments)
    return refused.value.code, int(refused.value.status)


@pytest.mark.parametrize("given", [headers(), headers(host=["localhost:17583"])])
def test_a_listed_page_gets_in(given):
    assert GATE.admit("POST", "/sign", given) == ORIGIN
    assert GATE.admit("OPTIONS", "/sign", given) == ORIGIN


@pytest.mark.parametrize(
    "origin",
    [
        None,
        [],
        ["null"],
        [""],
        ["https://evil.example.org"],
        ["http://ggzy.example.org"],
        ["https://ggzy.example.org:8443"],
        ["https://ggzy.example.org/"],
        ["https://GGZY.example.org"],
        ["https://ggzy.example.org.evil.example.org"],
        ["https://xggzy.example.org"],
        [ORIGIN, ORIGIN],
        [f"{ORIGIN}, {ORIGIN}"],
        [f"{ORIGIN} "],
    ],
)
def test_every_other_origin_is_refused(origin):
    assert refusal(GATE.admit, "POST", "/sign", headers(origin=origin)) == ("origin", 403)


def test_null_is_refused_even_when_somebody_lists_it():
    assert refusal(
        Gate(frozenset({"null", ""}), GATE.hosts).admit, "POST", "/sign", headers(origin=["null"])
    ) == ("origin", 403)


@pytest.mark.parametrize(
    "host",
    [
        None,
        [""],
        ["rebind.example.org:17583"],
        ["127.0.0.1"],
        ["127.0.0.1:80"],
        ["127.0.0.2:17583"],
        ["[::1]:17583"],
        ["127.0.0.1.:17583"],
        [HOST, HOST],
    ],
)
def test_a_rebinding_host_is_refused_before_its_origin_is_looked_at(host):
    assert refusal(GATE.admit, "POST", "/sign", headers(host=host)) == ("host", 421)


@pytest.mark.parametrize(
    ("method", "target", "answer"),
    [
        ("GET", "/sign", ("method", 405)),
        ("POST", "/status", ("method", 405)),
        ("PUT", "/sign", ("method", 405)),
        ("GET", "/", ("not_found", 404)),
        ("POST", "/sign/", ("not_found", 404)),
        ("POST", "//sign", ("not_found", 404)),
        ("POST", "/sign?pin=1", ("query", 400)),
        ("POST", "http://127.0.0.1:17583/sign", ("not_found", 404)),
    ],
)
def test_only_three_addresses_with_their_methods(method, target, answer):
    assert refusal(GATE.admit, method, target, headers()) == answer


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"content-type": ["text/plain"], "content-length": ["2"]}, ("content_type", 415)),
        ({"content-length": ["2"]}, ("content_type", 415)),
        (
            {"content-type": ["application/x-www-form-urlencoded"], "content-length": ["2"]},
            ("content_type", 415),
        ),
        ({"content-type": ["application/json"]}, ("length", 411)),
        ({"content-type": ["application/json"], "content-length": ["-1"]}, ("length", 411)),
        ({"content-type": ["application/json"], "content-length": ["٣"]}, ("length", 411)),
        (
            {
                "content-type": ["application/json"],
                "content-length": ["2"],
                "transfer-encoding": ["chunked"],
            },
            ("length", 411),
        ),
        ({"content-type": ["application/json"], "content-length": ["2", "3"]}, ("length", 411)),
        ({"content-type": ["application/json"], "content-length": ["16385"]}, ("too_large", 413)),
    ],
)
def test_the_body_is_json_of_a_known_length(given, answer):
    assert refusal(body_length, message(given)) == answer


def test_a_charset_is_no_harm():
    assert (
        body_length(
            message(
                {"content-type": ["application/json; charset=utf-8"], "content-length": ["16384"]}
            )
        )
        == 16384
    )


def test_a_right_request_says_what_to_sign():
    request = sign_request(json.dumps(GOOD | {"account": "91119999MA0DEMX12E"}).encode())
    assert (request.nonce, request.purpose, request.account) == (
        bytes(32),
        "login",
        "91119999MA0DEMX12E",
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b"\xff{}",
        b"{}",
        b"[" * 16000,
        b'{"nonce": "a", "nonce": "b"}',
        *[
            json.dumps(GOOD | change).encode()
            for change in (
                {"origin": ORIGIN},
                {"extra": 1},
                {"nonce": 5},
                {"nonce": "AAAA"},
                {"nonce": NONCE + "="},
                {"nonce": "+" * 44},
                {"nonce": "A" * 45},
                {"nonce": "A" * 400},
                {"nonce": None},
                {"purpose": "pay"},
                {"purpose": ""},
                {"purpose": ["login"]},
                {"certificate_sha256": "AB" * 32},
                {"certificate_sha256": "ab" * 31},
                {"account": "a\u202eb"},
                {"account": "a\nb"},
                {"account": "x" * 201},
                {"account": "\ud800"},
                {"account": {}},
            )
        ],
        *[
            json.dumps({name: value for name, value in GOOD.items() if name != missing}).encode()
            for missing in GOOD
        ],
    ],
)
def test_every_other_request_is_refused(body):
    assert refusal(sign_request, body) == ("request", 400)


@pytest.mark.parametrize(
    "name",
    [
        "pin",
        "PIN",
        "Pin",
        "userPin",
        "user_pin",
        "user-pin",
        "pins",
        "pincode",
        "PIN码",
        "ｐｉｎ",
        "password",
        "passwd",
        "pwd",
        "PassWord",
        "口令",
        "密码",
        "用户密码",
        "tokenPin",
        "passphrase",
        "p.i.n",
        "ca_pin",
        "newPin",
    ],
)
def test_a_field_like_a_pin_is_refused_loudly_wherever_it_stands(name):
    assert is_pin(name)
    for value in (
        GOOD | {name: "123456"},
        {name: ""},
        GOOD | {"account": {"deep": [{name: 1}]}},
        [{name: 1}],
    ):
        body = json.dumps(value).encode()
        with pytest.raises(Refused) as refused:
            sign_request(body)
        assert refused.value.code == "pin_in_request"
        assert "123456" not in f"{refused.value} {refused.value.remedy}"
    assert refusal(fields, "/certificates", json.dumps({name: "1"}).encode())[0] == "pin_in_request"


@pytest.mark.parametrize(
    "name",
    [
        "nonce",
        "purpose",
        "account",
        "certificate_sha256",
        "pinyin",
        "spin",
        "pinned",
        "shipping",
        "company",
    ],
)
def test_other_fields_are_not_taken_for_a_pin(name):
    assert not is_pin(name)


def test_a_pin_sent_twice_is_still_named_a_pin():
    assert refusal(sign_request, b'{"pin": "1", "pin": "2"}')[0] == "pin_in_request"


def test_the_list_of_certificates_takes_an_empty_object_only():
    assert fields("/certificates", b"{}") == {}
    assert refusal(fields, "/certificates", b'{"x": 1}') == ("request", 400)


def test_only_a_preflight_tells_what_is_allowed():
    assert dict(answer_headers(ORIGIN)) == {"Access-Control-Allow-Origin": ORIGIN, "Vary": "Origin"}
    told = dict(answer_headers(ORIGIN, preflight=True))
    assert told["Access-Control-Allow-Headers"] == "content-type"
    assert "Access-Control-Allow-Credentials" not in told
