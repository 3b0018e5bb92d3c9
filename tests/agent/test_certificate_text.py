"""The simple reading of certificates: names in odd encodings, enterprise or person,
and bytes that are no certificate."""

import pytest
from asn1crypto import core, keys, x509

from agent.certificate_text import Unreadable, cleaned, read
from tests.agent.fakes import NOW
from tools.demo_lock import sm2_keys
from tools.demo_lock.demo_ca import SIGNING, Holder, authorities, certificate, extension
from tools.demo_lock.demo_token import ENTERPRISE, PERSON


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return authorities(tmp_path_factory.mktemp("ca"), NOW)["sm2"]


@pytest.fixture(scope="module")
def key():
    return keys.PublicKeyInfo.load(sm2_keys.generate()[1])


def named(root, key, value, extensions=()):
    """A certificate whose CN is the given DER value as it stands."""
    attribute = core.Sequence(contents=core.ObjectIdentifier("2.5.4.3").dump() + value)
    name = x509.Name.load(core.Sequence(contents=core.Set(contents=attribute.dump()).dump()).dump())
    extensions = [extension("key_usage", x509.KeyUsage(SIGNING)), *extensions]
    return certificate(root, name, key, list(extensions), (NOW, NOW))


GBK = "北京堃泰镕喆工程有限公司".encode("gb18030")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (core.UTF8String("北京工程").dump(), "北京工程"),
        (core.BMPString("北京工程").dump(), "北京工程"),
        (b"\x14" + bytes([len(GBK)]) + GBK, "北京堃泰镕喆工程有限公司"),
        (b"\x13" + bytes([len(GBK)]) + GBK, "北京堃泰镕喆工程有限公司"),
        (b"\x13\x03a@b", "a@b"),
        (b"\x0c\x03a\x00b", "ab"),
        (core.UTF8String("a\u202eb\u200fc\nd").dump(), "abcd"),
        (core.UTF8String("长" * 500).dump(), "长" * 120),
    ],
)
def test_names_are_read_by_what_their_bytes_are(root, key, value, text):
    assert read(named(root, key, value)).subject == text


def test_the_two_kinds(root, key):
    assert read(root.issue(ENTERPRISE, key, SIGNING, NOW, 1)).kind == "enterprise"
    assert read(root.issue(PERSON, key, SIGNING, NOW, 1)).kind == "person"
    assert read(root.issue(Holder("x", "no code"), key, SIGNING, NOW, 1)).kind == "unknown"


@pytest.mark.parametrize(
    ("oid", "value", "kind"),
    [
        ("1.2.156.112562.2.1.1.24", core.UTF8String("SF119999199003071230"), "person"),
        ("1.2.156.112562.2.1.1.1", core.PrintableString("1@5009JJ0MA0DEMX1X"), "enterprise"),
        ("1.2.86.11.7.3", core.UTF8String("91119999MA0DEMX12E"), "enterprise"),
        ("1.2.156.10260.4.1.4", core.PrintableString("MA0DEMX1-2"), "enterprise"),
        ("1.2.156.10260.4.1.2", core.UTF8String("12345678"), "unknown"),
        ("1.2.3.4.5", core.UTF8String("91119999MA0DEMX12E"), "unknown"),
    ],
)
def test_the_marks_of_the_issuers(root, key, oid, value, kind):
    der = named(root, key, core.UTF8String("某某").dump(), [extension(oid, value)])
    assert read(der).kind == kind


def test_a_wrapped_value_is_unwrapped(root, key):
    class Wrapped(core.SequenceOf):
        _child_spec = core.UTF8String

    der = named(
        root,
        key,
        core.UTF8String("某某").dump(),
        [extension("1.2.156.10260.4.1.4", Wrapped(["91119999MA0DEMX12E"]))],
    )
    assert read(der).kind == "enterprise"


@pytest.mark.parametrize("junk", [b"", b"x", b"0\x80", b"0\x03\x02\x01\x00", bytes(1000)])
def test_bytes_that_are_no_certificate(junk):
    with pytest.raises(Unreadable):
        read(junk)


def test_trailing_bytes_and_cut_ones_are_refused(root, key):
    der = root.issue(ENTERPRISE, key, SIGNING, NOW, 1)
    for junk in (der + b"\0", der[:-1], der[:40]):
        with pytest.raises(Unreadable):
            read(junk)


def test_what_is_shown_has_no_tricks():
    assert cleaned("a\u2066b\u2028c") == "abc"
