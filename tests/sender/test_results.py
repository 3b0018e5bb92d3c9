"""Whose Authentication-Results are believed, and what they come to."""

import time

import pytest

from core.data.mail_record import AuthResult
from mail_intake.message.mime_parts import Headers
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings
from mail_intake.sender.results import FIELD, results_in
from tests.message.mails import mail, opened

TRUSTED = "mx.desk.example"
SETTINGS = SenderAuthSettings(authserv_ids=(TRUSTED,), received_above=1)
RECEIVED = b"Received: from a by mx.desk.example; Mon, 2 Mar 2026 10:00:00 +0800"
SIGNATURE = (
    b"DKIM-Signature: v=1; a=rsa-sha256; d=mail.example.org; s=s1; h=from:to:subject; "
    b"t=1772416000; bh=x; b=y"
)


def result(
    *headers: bytes,
    sender: bytes = b"From: zhang@example.org",
    settings: SenderAuthSettings = SETTINGS,
) -> AuthResult:
    raw = b"\r\n".join([*headers, SIGNATURE]) + b"\r\n" + mail(sender)
    return Authenticator(settings)(raw, opened(raw).message).result


def says(results: str, server: str = TRUSTED) -> bytes:
    return f"Authentication-Results: {server}; {results}".encode()


PASS, FAIL, NONE, UNKNOWN = AuthResult.PASS, AuthResult.FAIL, AuthResult.NONE, AuthResult.UNKNOWN


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("dmarc=pass header.from=example.org", PASS),
        ("dmarc=pass (p=none dis=none) header.from=Example.ORG", PASS),
        ("dmarc=pass", PASS),
        ("spf=pass smtp.mailfrom=zhang@example.org", PASS),
        ("spf=pass smtp.mailfrom=mail.example.org; dkim=none", PASS),
        ("spf=pass smtp.mail=zhang@example.org", PASS),
        ('spf=pass smtp.mailfrom="zhang san"@example.org', FAIL),
        ("dkim=pass (2048-bit key) header.d=example.org header.s=s1", PASS),
        ("dkim=pass header.i=@mail.example.org; spf=fail smtp.mailfrom=example.net", PASS),
        ("dkim=fail header.d=example.org; dkim=pass header.d=example.org", PASS),
        ("SPF=Pass smtp.mailfrom=zhang@example.org", PASS),
        ("dkim/1=pass header.d=example.org", PASS),
        ("dmarc=fail header.from=example.org; spf=pass smtp.mailfrom=example.org", FAIL),
        ("spf=pass smtp.mailfrom=evil.example", FAIL),
        ("dkim=pass header.d=evil.example; spf=none", FAIL),
        ("spf=softfail smtp.mailfrom=example.org; dkim=none", FAIL),
        ("spf=fail smtp.mailfrom=example.org", FAIL),
        ("dkim=fail header.d=example.org", FAIL),
        ("dmarc=pass header.from=evil.example", FAIL),
        ("dmarc=pass header.from=example.org; dmarc=fail header.from=example.org", FAIL),
        ("dmarc=pass header.from=example.org; dmarc=pass header.from=evil.example", FAIL),
        ("spf=pass smtp.mailfrom=example.org; spf=fail smtp.mailfrom=evil.example", FAIL),
        ('spf=fail smtp.mailfrom="a; dmarc=pass header.from=example.org; x"@evil.example', FAIL),
        ('spf=fail reason="dkim=pass header.d=example.org" smtp.mailfrom=evil.example', FAIL),
        ("spf=fail (dmarc=pass header.from=example.org) smtp.mailfrom=evil.example", FAIL),
        ("spf=pass smtp.helo=example.org", FAIL),
        ("spf=none smtp.mailfrom=example.org; dkim=none; dmarc=none", NONE),
        ("spf=neutral; dkim=none", NONE),
        ("spf=temperror smtp.mailfrom=example.org; dkim=none", UNKNOWN),
        ("dmarc=permerror", UNKNOWN),
        ("none", UNKNOWN),
        ("auth=pass smtp.auth=zhang", UNKNOWN),
        ("", UNKNOWN),
        ("rubbish;;;==;=", UNKNOWN),
    ],
)
def test_what_the_trusted_server_says(results, expected):
    assert result(says(results), RECEIVED) is expected


@pytest.mark.parametrize(
    "results",
    [
        "spf=pass smtp.mailfrom=zhang@faß.example",
        "spf=pass smtp.mailfrom=faß.example",
        "dkim=pass header.d=faß.example",
        "dmarc=pass header.from=faß.example",
    ],
)
def test_a_domain_that_only_casefold_makes_equal_is_another(results):
    assert result(says(results), RECEIVED, sender=b"From: zhang@fass.example") is FAIL


HANDED_ON = b"Received: from mx.desk.example by desk.example; Mon, 2 Mar 2026 10:00:01 +0800"
GOOD = "dmarc=pass header.from=example.org"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((says(GOOD), RECEIVED), PASS),
        ((HANDED_ON, says(GOOD), RECEIVED), PASS),
        ((HANDED_ON, says("dmarc=fail"), RECEIVED, says(GOOD), RECEIVED), FAIL),
        ((RECEIVED, says(GOOD)), UNKNOWN),
        ((RECEIVED, says(GOOD), RECEIVED), UNKNOWN),
        ((HANDED_ON, says(GOOD)), UNKNOWN),
        ((HANDED_ON, says(GOOD), HANDED_ON), UNKNOWN),
        ((HANDED_ON, RECEIVED, says(GOOD), RECEIVED), UNKNOWN),
        (
            (b"Received: from (by mx.desk.example by mx.desk.example; x", says(GOOD), RECEIVED),
            UNKNOWN,
        ),
        ((says("dmarc=fail header.from=example.org"), RECEIVED, says(GOOD)), FAIL),
        ((HANDED_ON, says("spf=none; dkim=none"), says(GOOD), RECEIVED), NONE),
        ((RECEIVED, b"Received: from b by a; Mon, 2 Mar 2026 10:00:00 +0800", says(GOOD)), UNKNOWN),
        ((says(GOOD, "mx.desk.example.evil.net"), RECEIVED), UNKNOWN),
        ((says(GOOD, "mx.desk.examp1e"), RECEIVED), UNKNOWN),
        ((says(GOOD, "desk.example"), RECEIVED), UNKNOWN),
        ((says(GOOD, "xmx.desk.example"), RECEIVED), UNKNOWN),
        ((says(GOOD, '"mx.desk.example; x"'), RECEIVED), UNKNOWN),
        ((says(GOOD, "(mx.desk.example) other"), RECEIVED), UNKNOWN),
        ((says(GOOD, "MX.desk.example 1"), RECEIVED), PASS),
        ((says(GOOD, "other.example"), says("dmarc=fail"), RECEIVED), FAIL),
        (
            (
                (
                    b"Authentication-Results: mx.desk.example;\r\n"
                    b"\tdmarc=pass\r\n header.from=example.org"
                ),
                RECEIVED,
            ),
            PASS,
        ),
        ((b"ARC-Authentication-Results: i=1; mx.desk.example; dmarc=pass", RECEIVED), UNKNOWN),
        ((b"X-Authentication-Results: mx.desk.example; dmarc=pass", RECEIVED), UNKNOWN),
    ],
)
def test_only_the_header_that_the_trusted_server_wrote_is_believed(headers, expected):
    assert result(*headers) is expected


def test_a_server_is_taken_to_write_on_top_unless_config_says_otherwise():
    strict = SenderAuthSettings(authserv_ids=(TRUSTED,))
    assert result(says(GOOD), RECEIVED, settings=strict) is PASS
    assert result(HANDED_ON, says(GOOD), RECEIVED, settings=strict) is UNKNOWN


@pytest.mark.parametrize("above", range(4))
@pytest.mark.parametrize("hops", range(3))
def test_what_a_sender_writes_is_not_believed_where_the_server_is_silent(above, hops):
    """Below the line with which the server took the mail from outside a sender writes at will, that
    line's likeness too."""
    settings = SenderAuthSettings(authserv_ids=(TRUSTED,), received_above=above)
    assert result(*[HANDED_ON] * hops, RECEIVED, says(GOOD), RECEIVED, settings=settings) is UNKNOWN
    assert (
        result(*[HANDED_ON] * hops, RECEIVED, HANDED_ON, says(GOOD), RECEIVED, settings=settings)
        is UNKNOWN
    )


def test_a_header_below_the_senders_own_fields_is_not_believed():
    """A server that appends, as Coremail does, cannot be told from a sender who
    writes the same there."""
    raw = (
        b"Received: from x by mx\r\nFrom: zhang@example.org\r\nTo: a@example.org\r\n"
        + says(GOOD)
        + b"\r\n\r\nhello"
    )
    assert Authenticator(SETTINGS)(raw, opened(raw).message).result is UNKNOWN


def test_without_a_configured_server_no_header_is_believed():
    assert result(says(GOOD), RECEIVED, settings=SenderAuthSettings()) is UNKNOWN
    assert (
        result(says(GOOD, ""), RECEIVED, settings=SenderAuthSettings(authserv_ids=("",))) is UNKNOWN
    )


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        (b"From: zhang@example.org\r\nFrom: evil@example.net", FAIL),
        (b"From: zhang@example.org, evil@example.net", FAIL),
        (b"From: nobody", UNKNOWN),
        (b'From: "zhang@example.org" <zhang@evil.example>', FAIL),
    ],
)
def test_who_the_sender_is(sender, expected):
    assert result(says(GOOD), RECEIVED, sender=sender) is expected


@pytest.mark.parametrize(
    "value",
    [
        "(" * 30_000,
        '"' * 30_000,
        "a;" * 15_000,
        "a=b c.d=e " * 3000,
        "x; a=b " + "c.d=" * 8000,
        "\\" * 30_000,
        '"\\' * 15_000,
        "\x00" * 100,
        "x; spf=pass " + '""' * 9000,
    ],
)
def test_hostile_values_are_quick(value):
    began = time.process_time()
    list(results_in(Headers(((FIELD, value),))))
    assert time.process_time() - began < 0.5
