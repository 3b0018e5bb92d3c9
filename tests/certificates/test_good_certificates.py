"""Certificates that must get in: every kind of key,
and the odd encodings that Chinese CAs have written."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509

from core.locks.certificates.parsing import der_of_file, parse
from core.locks.lock_certificate import HolderKind
from tests.certificates import pki
from tests.certificates.conftest import Chain
from tests.certificates.pki import (
    BMP,
    NAME,
    NOW,
    PRINTABLE,
    T61,
    UTF8,
    attribute,
    enterprise,
    enterprise_subject,
    name,
)


def test_a_good_certificate_is_read_whole(chain: Chain) -> None:
    leaf = enterprise(chain.issuer)
    lock = chain.verifier.verify(leaf, NOW)
    assert (lock.kind, lock.enterprise_name, lock.uscc) == (HolderKind.ENTERPRISE, NAME, pki.uscc())
    assert lock.organisation_code == pki.uscc()[8:17]
    assert lock.key_type == chain.issuer.key.kind
    assert lock.sha256 == hashlib.sha256(leaf).hexdigest()
    assert lock.spki == pki.kept_key(chain.issuer.key.kind, "leaf").spki
    assert lock.spki_sha256 == hashlib.sha256(lock.spki).hexdigest()
    assert int(lock.serial, 16) == asn1.Certificate.load(leaf).serial_number


@pytest.mark.parametrize(
    ("tag", "encoding", "title"),
    [
        (UTF8, "utf-8", NAME),
        (BMP, "utf-16-be", NAME),
        (T61, "gbk", "北京堃泰镕喆工程有限公司"),
        (T61, "gb18030", "北京𠮷祥工程有限公司"),
        (T61, "utf-8", NAME),
        (T61, "ascii", "Test Ltd"),
        (PRINTABLE, "gbk", NAME),
        (PRINTABLE, "utf-8", NAME),
        (PRINTABLE, "ascii", "test@example.org"),
        (UTF8, "gbk", NAME),
        (0x16, "ascii", "test_ltd@example.org"),
        (0x1C, "utf-32-be", NAME),
    ],
)
def test_names_are_read_by_what_their_octets_are(
    chain: Chain, tag: int, encoding: str, title: str
) -> None:
    lock = chain.verifier.verify(
        enterprise(chain.issuer, subject=enterprise_subject(title, tag, encoding)), NOW
    )
    assert lock.enterprise_name == title


@pytest.mark.parametrize("instant", [-30, 335])
def test_both_ends_of_the_validity_are_inside(chain: Chain, instant: int) -> None:
    assert chain.reason(enterprise(chain.issuer), now=NOW + timedelta(days=instant)) is None


def test_a_certificate_without_end_is_explained(chain: Chain) -> None:
    endless = enterprise(chain.issuer, not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert chain.reason(endless) is None
    assert any("9999-12-31" in line for line in chain.verifier.explain(endless))


def test_a_chain_may_mix_kinds_of_keys(chains: dict[str, Chain], make_verifier) -> None:
    root, issuer = chains["rsa"].root, pki.below(chains["rsa"].root, "sm2", "混合CA")
    verifier = make_verifier([issuer.der], roots=[root.der])
    assert verifier.verify(enterprise(issuer, pki.kept_key("p256", "leaf")), NOW).key_type == "p256"


@pytest.mark.parametrize("tag", [UTF8, PRINTABLE])
def test_the_issuers_name_may_be_written_in_another_string_type(
    chains: dict[str, Chain], tag: int
) -> None:
    ca = chains["sm2"].issuer
    rewritten = name(
        attribute(pki.C, "cn", UTF8),
        attribute(pki.O, "测试CA机构 ", BMP),
        attribute(pki.CN, ca.title, T61, "gbk"),
    )
    assert (
        chains["sm2"].reason(enterprise(pki.Authority(ca.title, ca.key, rewritten, ca.der))) is None
    )


def test_fields_agree_with_two_other_readers(chain: Chain) -> None:
    leaf = enterprise(chain.issuer)
    ours, first, second = (
        parse(leaf),
        x509.load_der_x509_certificate(leaf),
        asn1.Certificate.load(leaf, strict=True),
    )
    tbs = second["tbs_certificate"]
    assert (ours.serial, ours.not_before, ours.not_after) == (
        first.serial_number,
        first.not_valid_before_utc,
        first.not_valid_after_utc,
    )
    assert (ours.tbs, ours.signature, ours.signature_oid) == (
        first.tbs_certificate_bytes,
        first.signature,
        first.signature_algorithm_oid.dotted_string,
    )
    assert ours.spki == tbs["subject_public_key_info"].dump()
    assert {oid: (bool(one.critical), one.value) for oid, one in ours.extensions.items()} == {
        one["extn_id"].dotted: (one["critical"].native, one["extn_value"].contents)
        for one in tbs["extensions"]
    }
    assert [text for _, text in ours.subject.attributes] == [one.value for one in first.subject]


def test_what_cryptography_refuses_is_read(chains: dict[str, Chain]) -> None:
    leaf = enterprise(chains["rsa"].issuer, subject=enterprise_subject("a@b", PRINTABLE))
    with pytest.raises(ValueError):
        x509.load_der_x509_certificate(leaf)
    assert parse(leaf).subject.lines()[-1] == "CN=a@b"


def test_a_file_may_be_der_or_pem(chains: dict[str, Chain]) -> None:
    leaf = enterprise(chains["sm2"].issuer)
    text = base64.encodebytes(leaf)
    pem = (
        b"some words\r\n-----BEGIN CERTIFICATE-----\r\n"
        + text.replace(b"\n", b"\r\n")
        + b"-----END CERTIFICATE-----\r\n"
    )
    assert der_of_file(leaf) == der_of_file(pem) == leaf
    for neither in (b"M!st", text, b"-----BEGIN CERTIFICATE-----\r\n"):
        assert der_of_file(neither) == neither
