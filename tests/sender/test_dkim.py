"""DKIM where the receiving server says nothing: real signatures, keys through the port,
and no verdict where nobody answers."""

import base64
import random
import time
from unittest import mock

import dkim
import pytest
from asn1crypto import keys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from core.data.mail_record import AuthResult
from core.errors import DnsUnavailable
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings
from mail_intake.sender.dns import ResolverDns
from tests.message.mails import ARRIVED, PDF, attached, mail, opened

PASS, FAIL, NONE, UNKNOWN = AuthResult.PASS, AuthResult.FAIL, AuthResult.NONE, AuthResult.UNKNOWN
MAIL = attached('filename="材料.pdf"'.encode("gbk"), PDF)


def made_key(bits: int = 2048) -> tuple[bytes, bytes]:
    """The private key as PEM, and the DNS record of the public one."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


PRIVATE, RECORD = made_key()


class Dns:
    """Answers from a table and notes the questions; what is not in it does not exist."""

    def __init__(self, records=None, *, silent=False):
        self.records, self.silent, self.asked = records or {}, silent, []

    def txt(self, name, timeout_s):
        self.asked.append(name)
        if self.silent:
            raise DnsUnavailable("no answer")
        return self.records.get(name)


def zone(domain="example.org", record=RECORD):
    return Dns({f"s1._domainkey.{domain}": record})


def signed(raw=MAIL, domain=b"example.org", key=PRIVATE, at=ARRIVED, **options) -> bytes:
    """The mail with a signature of this time."""
    options = {
        "include_headers": [b"from", b"subject", b"to"],
        "canonicalize": (b"relaxed", b"relaxed"),
        **options,
    }
    with mock.patch("dkim.time.time", return_value=at.timestamp()):
        return dkim.sign(raw, b"s1", domain, key, **options) + raw


def result(raw, dns, settings=None):
    return Authenticator(settings or SenderAuthSettings(), dns)(raw, opened(raw).message).result


def test_a_signature_of_the_senders_domain_vouches_for_it():
    dns = zone()
    assert result(signed(), dns) is PASS
    assert dns.asked == ["s1._domainkey.example.org"]


def test_one_of_the_same_organisation_suffices():
    assert result(signed(domain=b"mail.example.org"), zone("mail.example.org")) is PASS


@pytest.mark.parametrize("name", ["d\u3000", "d\u2003", "\x0bd\u3000"])
def test_a_signature_counts_for_the_domain_whose_key_was_asked_for(monkeypatch, name):
    """A tag that only one of two readers takes for d= made any domain that of the signer."""
    written = dkim.DKIM.gen_header

    def with_another(signer, fields, *rest, **options):
        more = [*fields[:-2], (name.encode(), b"example.org"), *fields[-2:]]
        return written(signer, more, *rest, **options)

    monkeypatch.setattr(dkim.DKIM, "gen_header", with_another)
    raw = signed(domain=b"evil.example")
    assert result(raw, zone("evil.example")) is not PASS


def test_line_ends_as_a_maildir_keeps_them_change_nothing():
    assert result(signed().replace(b"\r\n", b"\n"), zone()) is PASS


@pytest.mark.parametrize(
    ("raw", "dns", "expected"),
    [
        (MAIL, zone(), UNKNOWN),
        (signed(domain=b"evil.example"), zone("evil.example"), UNKNOWN),
        (signed(), Dns(silent=True), UNKNOWN),
        (signed(), Dns(), FAIL),
        (signed(), zone(record=made_key()[1]), FAIL),
        (signed(), zone(record=b"v=DKIM1; p="), FAIL),
        (signed(), zone(record=b"\xff\x00rubbish"), FAIL),
        (signed().replace(b"Subject: test", b"Subject: other"), zone(), FAIL),
        (signed().replace("见附件".encode(), "换附件".encode()) + b"more", zone(), FAIL),
        (signed(length=True) + b"appended", zone(), FAIL),
        (b"DKIM-Signature: v=1; d=example.org\r\n" + MAIL, zone(), FAIL),
        (b"DKIM-Signature: d=example.org; rubbish\r\n" * 50 + MAIL, zone(), FAIL),
        (
            signed().replace(
                b"From: zhang@example.org", b"From: evil@example.net\r\nFrom: zhang@example.org"
            ),
            zone(),
            FAIL,
        ),
    ],
    ids=[
        "unsigned",
        "another domain",
        "no answer",
        "no key",
        "wrong key",
        "revoked",
        "bad record",
        "changed subject",
        "changed body",
        "part of the body",
        "broken",
        "many broken",
        "two senders",
    ],
)
def test_what_proves_nothing_or_the_contrary(raw, dns, expected):
    assert result(raw, dns) is expected


def test_a_key_too_short_to_trust():
    private, record = made_key(1024)
    assert result(signed(key=private), zone(record=record)) is PASS
    weak, record = small_key()
    assert result(signed(key=weak), zone(record=record)) is FAIL


def small_key():
    """A 768-bit key made by hand, since no library makes one any more."""
    chance = random.Random(768)
    p, q = prime(384, chance), prime(384, chance)
    n, e = p * q, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    private = keys.RSAPrivateKey(
        {
            "version": 0,
            "modulus": n,
            "public_exponent": e,
            "private_exponent": d,
            "prime1": p,
            "prime2": q,
            "exponent1": d % (p - 1),
            "exponent2": d % (q - 1),
            "coefficient": pow(q, -1, p),
        }
    )
    pem = (
        b"-----BEGIN RSA PRIVATE KEY-----\n"
        + base64.encodebytes(private.dump())
        + b"-----END RSA PRIVATE KEY-----\n"
    )
    public = keys.PublicKeyInfo(
        {
            "algorithm": keys.PublicKeyAlgorithm({"algorithm": "rsa"}),
            "public_key": keys.RSAPublicKey({"modulus": n, "public_exponent": e}),
        }
    )
    return pem, b"v=DKIM1; p=" + base64.b64encode(public.dump())


def prime(bits, chance):
    while True:
        n = chance.getrandbits(bits) | 1 | 3 << (bits - 2)
        if all(pow(a, n - 1, n) == 1 for a in (2, 3, 5, 7, 11)) and n % 65537 != 1:
            return n


def test_offline_the_sender_is_unknown_never_false():
    assert Authenticator(SenderAuthSettings())(signed(), opened(signed()).message).result is UNKNOWN


def test_the_servers_word_goes_before_the_signature():
    settings = SenderAuthSettings(authserv_ids=("mx.desk.example",))
    assert (
        result(
            b"Authentication-Results: mx.desk.example; dmarc=fail\r\n" + signed(), zone(), settings
        )
        is FAIL
    )


def test_a_resolver_that_nobody_answers_says_so():
    with pytest.raises(DnsUnavailable):
        ResolverDns(["127.0.0.1"]).txt("s1._domainkey.example.org", 0.2)
    with pytest.raises(DnsUnavailable):
        ResolverDns(["127.0.0.1"]).txt("a..b" * 300, 0.2)


def test_a_large_signed_mail_is_quick():
    big = signed(
        mail(
            b"Content-Transfer-Encoding: base64",
            body=b"A" * 76 + b"\r\n" + (b"B" * 76 + b"\r\n") * 130_000,
        )
    )
    began = time.process_time()
    assert result(big, zone()) is PASS
    # 1 s on a quiet machine; reading it again for each line takes minutes
    assert time.process_time() - began < 5.0


def huge_key(bits=20_000):
    """A record that takes a verifier minutes: modulus and exponent are as long as TCP allows."""
    odd = (1 << bits) - 159
    der = keys.RSAPublicKey({"modulus": odd, "public_exponent": odd - 2}).dump()
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def with_many_names(raw, names=6000, fields=20_000):
    """A signature over so many fields, above a mail that has other ones."""
    more = b"".join(b":n%d" % number for number in range(names))
    return raw.replace(b" subject", b" subject" + more, 1).replace(
        b"\r\n\r\n", b"\r\n" + b"other:\r\n" * fields + b"\r\n", 1
    )


def with_spaces_between_names(raw, spaces=30_000):
    return raw.replace(b" subject", b" " * spaces + b"subject", 1)


@pytest.mark.parametrize(
    ("raw", "dns"),
    [
        (signed(), zone(record=huge_key())),
        (with_many_names(signed()), zone()),
        (with_many_names(signed(), 600), zone()),
        (with_spaces_between_names(signed()), zone()),
        (signed() + b" " * 200_000 + b"x", zone()),
    ],
    ids=["key", "names", "fields", "spaces", "body"],
)
def test_a_signature_that_costs_minutes_proves_nothing_and_holds_up_nobody(raw, dns):
    began = time.process_time()
    assert result(raw, dns) in {FAIL, UNKNOWN}
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize(
    "body", [b"a \t  b  \r\n\t\r\n \tc\t", b" \r\n", b"a" + b" " * 2000 + b"b"]
)
@pytest.mark.parametrize("canonical", [b"relaxed", b"simple"])
def test_white_space_of_a_body_counts_as_its_signature_has_it(body, canonical):
    raw = MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body
    good = signed(raw, canonicalize=(b"relaxed", canonical))
    assert result(good, zone()) is PASS
    other = good.replace(body, body.replace(b" ", b"  "))
    assert (result(other, zone()) is PASS) == (canonical == b"relaxed")


class Slow(Dns):
    """A name server of an attacker's, which answers nothing until the time is over."""

    waited_s = 0.0

    def txt(self, name, timeout_s):
        self.waited_s += timeout_s
        time.sleep(timeout_s)
        raise DnsUnavailable("no answer")


def test_many_signatures_wait_for_a_silent_name_server_no_longer_than_one():
    raw, dns = MAIL, Slow()
    for _ in range(4):
        raw = signed(raw)
    assert result(raw, dns, SenderAuthSettings(dns_timeout_s=0.2)) is UNKNOWN
    assert dns.waited_s <= 0.2
