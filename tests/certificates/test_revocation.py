"""Revocation lists and OCSP answers: taken only when they hold, and obeyed when they were taken."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import gmssl_pyx
import pytest

from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.verifier import CertificateVerifier
from tests.certificates import pki
from tests.certificates.pki import NOW, Authority, enterprise, tlv

Make = Callable[..., CertificateVerifier]
ISSUING_POINT, CRL_POINTS = "2.5.29.28", "2.5.29.31"


@pytest.fixture(params=["rsa", "p256", "sm2"])
def issuer(request: pytest.FixtureRequest) -> Authority:
    return pki.root(request.param)


@pytest.fixture
def sm2_issuer() -> Authority:
    return pki.root("sm2")


def code_of(act: Callable[[], object]) -> str | None:
    try:
        act()
    except CertificateRefused as error:
        return error.reason_code
    return None


def login(
    verifier: CertificateVerifier, leaf: bytes, now: datetime = NOW, ocsp: bytes | None = None
) -> str | None:
    return code_of(lambda: verifier.verify(leaf, now, "login", ocsp))


def uri(address: str) -> bytes:
    return tlv(0x86, address.encode())


def issuing_point(address: str = "", *flags: tuple[int, bytes]) -> tuple[str, bool, bytes]:
    point = (tlv(0xA0, tlv(0xA0, uri(address))),) if address else ()
    return ISSUING_POINT, True, pki.seq(*point, *(tlv(tag, content) for tag, content in flags))


def points_to(address: str) -> tuple[str, bool, bytes]:
    return CRL_POINTS, False, pki.seq(pki.seq(tlv(0xA0, tlv(0xA0, uri(address)))))


# -- lists -----------------------------------------------------------------------------------------


def test_a_revoked_certificate_is_refused(make_verifier: Make, issuer: Authority) -> None:
    verifier = make_verifier([issuer.der], revocation="crl")
    good, revoked, held = (enterprise(issuer, serial=serial) for serial in (71, 72, 73))
    assert login(verifier, good) == "revocation.unknown"
    verifier.lists.offer(issuer.crl([(72, 1), (73, 6)]), NOW)
    assert [login(verifier, leaf) for leaf in (good, revoked, held)] == [
        None,
        "revocation.revoked",
        "revocation.on_hold",
    ]


def test_a_profile_without_revocation_asks_for_none(
    make_verifier: Make, sm2_issuer: Authority
) -> None:
    verifier = make_verifier([sm2_issuer.der])
    verifier.lists.offer(sm2_issuer.crl([(72, None)]), NOW)
    assert login(verifier, enterprise(sm2_issuer, serial=72)) is None


def test_a_list_ages(make_verifier: Make, sm2_issuer: Authority) -> None:
    """Silence counts while the list is fresh, or within the grace; a revocation counts for ever."""
    strict = make_verifier([sm2_issuer.der], revocation="crl")
    lenient = make_verifier([sm2_issuer.der], revocation="crl", crl_grace_hours=48)
    late = NOW + timedelta(days=1, seconds=1)
    for verifier in (strict, lenient):
        verifier.lists.offer(sm2_issuer.crl([(72, None)]), NOW)
    assert login(strict, enterprise(sm2_issuer, serial=71), late) == "revocation.unknown"
    assert login(lenient, enterprise(sm2_issuer, serial=71), late) is None
    assert (
        login(lenient, enterprise(sm2_issuer, serial=71), late + timedelta(days=2))
        == "revocation.unknown"
    )
    assert login(strict, enterprise(sm2_issuer, serial=72), late) == "revocation.revoked"


REFUSED_LISTS: list[tuple[str, str, Callable[[Authority], bytes]]] = [
    ("nonsense", "crl.malformed", lambda _: b"\x30\x03abc"),
    ("cut off", "crl.malformed", lambda ca: ca.crl()[:-3]),
    ("trailing", "crl.malformed", lambda ca: ca.crl() + b"\x00"),
    ("another's", "crl.issuer_unknown", lambda ca: pki.root(ca.key.kind, "别家CA").crl()),
    ("forged", "crl.signature", lambda ca: ca.crl(signer=pki.kept_key(ca.key.kind, "forger"))),
    (
        "by another kind of key",
        "crl.signature",
        lambda ca: ca.crl(signer=pki.kept_key("rsa" if ca.key.kind != "rsa" else "sm2", "forger")),
    ),
    (
        "tampered",
        "crl.signature",
        lambda ca: ca.crl([(0x7A7A7A, None)]).replace(b"\x7a\x7a\x7a", b"\x7a\x7a\x7b"),
    ),
    ("future", "crl.not_yet_valid", lambda ca: ca.crl(this_update=NOW + timedelta(hours=1))),
    ("stale", "crl.stale", lambda ca: ca.crl(next_update=NOW - timedelta(seconds=1))),
    ("endless", "crl.unsupported", lambda ca: ca.crl(next_update=None)),
    (
        "delta",
        "crl.unsupported",
        lambda ca: ca.crl(extensions=[("2.5.29.27", True, pki.integer(1))]),
    ),
    (
        "unknown critical",
        "crl.unsupported",
        lambda ca: ca.crl(extensions=[("1.2.3.4", True, b"\x05\x00")]),
    ),
    (
        "indirect",
        "crl.unsupported",
        lambda ca: ca.crl(extensions=[issuing_point("", (0x84, b"\xff"))]),
    ),
    (
        "of nobody",
        "crl.malformed",
        lambda ca: ca.crl(extensions=[issuing_point("", (0x81, b"\xff"), (0x82, b"\xff"))]),
    ),
    (
        "some reasons",
        "crl.unsupported",
        lambda ca: ca.crl(extensions=[issuing_point("", (0x83, b"\x01\x40"))]),
    ),
]


@pytest.mark.parametrize(
    ("title", "reason", "build"), REFUSED_LISTS, ids=[row[0] for row in REFUSED_LISTS]
)
def test_a_list_that_does_not_hold_is_refused_with_its_reason(
    make_verifier: Make,
    issuer: Authority,
    title: str,
    reason: str,
    build: Callable[[Authority], bytes],
) -> None:
    verifier = make_verifier([issuer.der], revocation="crl")
    verifier.lists.offer(issuer.crl([(72, None)]), NOW)
    assert code_of(lambda: verifier.lists.offer(build(issuer), NOW)) == reason
    assert login(verifier, enterprise(issuer, serial=72)) == "revocation.revoked"


def test_a_ca_that_may_not_sign_lists_is_no_signer(make_verifier: Make) -> None:
    issuer = pki.root("sm2", "不签列表CA", key_usage=(pki.CERT_SIGN_BIT,))
    assert (
        code_of(lambda: make_verifier([issuer.der]).lists.offer(issuer.crl(), NOW))
        == "crl.signature"
    )


@pytest.mark.parametrize(
    ("number", "hours", "wanted"),
    [
        (6, 1, None),
        (5, 1, None),
        (4, 1, "crl.older"),
        (None, 1, "crl.older"),
        (6, -1, "crl.older"),
        (5, -1, "crl.older"),
    ],
)
def test_a_number_never_goes_back(
    make_verifier: Make,
    sm2_issuer: Authority,
    tmp_path: Path,
    number: int | None,
    hours: int,
    wanted: str | None,
) -> None:
    first = sm2_issuer.crl([(72, None)], number=5, this_update=NOW - timedelta(hours=3))
    second = sm2_issuer.crl(number=number, this_update=NOW - timedelta(hours=3 - hours))
    verifier = make_verifier([sm2_issuer.der], revocation="crl", folder=tmp_path)
    verifier.lists.offer(first, NOW)
    verifier.lists.offer(first, NOW)
    restarted = make_verifier([sm2_issuer.der], revocation="crl", folder=tmp_path)
    for desk in (verifier, restarted):
        assert code_of(lambda desk=desk: desk.lists.offer(second, NOW)) == wanted
        assert login(desk, enterprise(sm2_issuer, serial=72)) == (
            "revocation.revoked" if wanted else None
        )


def test_a_kept_list_that_was_changed_on_disk_is_not_used(
    make_verifier: Make, sm2_issuer: Authority, tmp_path: Path
) -> None:
    make_verifier([sm2_issuer.der], folder=tmp_path).lists.offer(sm2_issuer.crl([(72, None)]), NOW)
    (kept,) = tmp_path.glob("*.crl")
    kept.write_bytes(kept.read_bytes().replace(b"\x02\x01\x48", b"\x02\x01\x49"))
    assert make_verifier([sm2_issuer.der], folder=tmp_path).lists.in_use() == []


def test_a_partial_list_speaks_of_its_part_only(make_verifier: Make, sm2_issuer: Authority) -> None:
    """Large CAs publish many lists, each named by the certificates that it covers."""
    verifier = make_verifier([sm2_issuer.der], revocation="crl")
    part, other = "http://crl.example.org/1.crl", "http://crl.example.org/2.crl"
    verifier.lists.offer(sm2_issuer.crl([(72, None)], extensions=[issuing_point(part)]), NOW)
    with_point = [pki.code_extension(), points_to(part)]
    elsewhere = [pki.code_extension(), points_to(other)]
    assert login(verifier, enterprise(sm2_issuer, serial=71, extensions=with_point)) is None
    assert (
        login(verifier, enterprise(sm2_issuer, serial=72, extensions=with_point))
        == "revocation.revoked"
    )
    assert (
        login(verifier, enterprise(sm2_issuer, serial=73, extensions=elsewhere))
        == "revocation.unknown"
    )
    verifier.lists.offer(sm2_issuer.crl(extensions=[issuing_point(other)]), NOW)
    assert login(verifier, enterprise(sm2_issuer, serial=73, extensions=elsewhere)) is None
    assert len(verifier.lists.in_use()) == 2


# -- answers ---------------------------------------------------------------------------------------


def sm3(data: bytes) -> bytes:
    return gmssl_pyx.sm3_hash(data)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (b"\x80\x00", None),
        (b"\x82\x00", "revocation.unknown"),
        (pki.ocsp_revoked(), "revocation.revoked"),
        (pki.ocsp_revoked(1), "revocation.revoked"),
        (pki.ocsp_revoked(6), "revocation.on_hold"),
    ],
)
def test_an_answer_is_obeyed(
    make_verifier: Make, issuer: Authority, status: bytes, wanted: str | None
) -> None:
    verifier = make_verifier([issuer.der], revocation="ocsp")
    leaf = enterprise(issuer, serial=71)
    assert login(verifier, leaf, ocsp=issuer.ocsp(71, status)) == wanted
    assert login(verifier, leaf) == "revocation.unknown"


@pytest.mark.parametrize(
    "digest",
    [("2.16.840.1.101.3.4.2.1", sha256), ("1.2.156.10197.1.401", sm3)],
    ids=["SHA-256", "SM3"],
)
def test_an_answer_may_name_the_issuer_by_other_hashes(
    make_verifier: Make, sm2_issuer: Authority, digest: tuple[str, object]
) -> None:
    verifier = make_verifier([sm2_issuer.der], revocation="ocsp")
    assert (
        login(verifier, enterprise(sm2_issuer, serial=71), ocsp=sm2_issuer.ocsp(71, digest=digest))
        is None
    )


def responder(issuer: Authority, usage: str = "1.3.6.1.5.5.7.3.9", **knobs: object) -> bytes:
    key = pki.kept_key(issuer.key.kind, "responder")
    subject = pki.name(pki.attribute(pki.CN, "答复者"))
    return issuer.issue(
        pki.Spec(
            subject,
            key,
            **{"extensions": (("2.5.29.37", False, pki.seq(pki.oid(usage))),), **knobs},
        )
    )


@pytest.mark.parametrize(
    ("build", "wanted"),
    [
        (responder, None),
        (lambda ca: responder(ca, "1.3.6.1.5.5.7.3.1"), "ocsp.signature"),
        (lambda ca: responder(ca, not_after=NOW - timedelta(days=1)), "ocsp.signature"),
        (lambda ca: responder(pki.root(ca.key.kind, "别家CA")), "ocsp.signature"),
        (
            lambda ca: responder(
                pki.Authority("", pki.kept_key(ca.key.kind, "forger"), ca.name, b"")
            ),
            "ocsp.signature",
        ),
    ],
    ids=["certified", "for servers", "expired", "another CA's", "forged"],
)
def test_a_responder_needs_the_issuers_leave(
    make_verifier: Make,
    issuer: Authority,
    build: Callable[[Authority], bytes],
    wanted: str | None,
) -> None:
    verifier = make_verifier([issuer.der], revocation="ocsp")
    answer = issuer.ocsp(
        71, signer=pki.kept_key(issuer.key.kind, "responder"), responders=[build(issuer)]
    )
    assert login(verifier, enterprise(issuer, serial=71), ocsp=answer) == wanted


REFUSED_ANSWERS: list[tuple[str, str, Callable[[Authority], bytes]]] = [
    ("nonsense", "ocsp.malformed", lambda _: b"nonsense"),
    ("not successful", "ocsp.not_successful", lambda _: pki.seq(tlv(0x0A, b"\x03"))),
    ("another serial", "ocsp.other_certificate", lambda ca: ca.ocsp(99)),
    (
        "another issuer",
        "ocsp.other_certificate",
        lambda ca: ca.ocsp(71, issuer=pki.root(ca.key.kind, "别家CA")),
    ),
    (
        "forged",
        "ocsp.signature",
        lambda ca: ca.ocsp(71, signer=pki.kept_key(ca.key.kind, "forger")),
    ),
    ("stale", "ocsp.stale", lambda ca: ca.ocsp(71, next_update=NOW - timedelta(seconds=1))),
    (
        "old without an end",
        "ocsp.stale",
        lambda ca: ca.ocsp(71, this_update=NOW - timedelta(hours=2), next_update=None),
    ),
    (
        "future",
        "ocsp.stale",
        lambda ca: ca.ocsp(
            71, this_update=NOW + timedelta(hours=1), next_update=NOW + timedelta(hours=2)
        ),
    ),
]


@pytest.mark.parametrize(
    ("title", "reason", "build"), REFUSED_ANSWERS, ids=[row[0] for row in REFUSED_ANSWERS]
)
def test_an_answer_that_does_not_hold_is_refused_with_its_reason(
    make_verifier: Make,
    issuer: Authority,
    title: str,
    reason: str,
    build: Callable[[Authority], bytes],
) -> None:
    verifier = make_verifier([issuer.der], revocation="ocsp")
    assert login(verifier, enterprise(issuer, serial=71), ocsp=build(issuer)) == reason


def test_either_source_may_speak_well_and_both_may_speak_ill(
    make_verifier: Make, sm2_issuer: Authority
) -> None:
    verifier = make_verifier([sm2_issuer.der], revocation="either")
    leaf, revoked = enterprise(sm2_issuer, serial=71), enterprise(sm2_issuer, serial=72)
    assert login(verifier, leaf, ocsp=sm2_issuer.ocsp(71)) is None
    verifier.lists.offer(sm2_issuer.crl([(72, None)]), NOW)
    assert login(verifier, leaf) is None
    assert login(verifier, revoked, ocsp=sm2_issuer.ocsp(72)) == "revocation.revoked"
    assert (
        login(verifier, leaf, ocsp=sm2_issuer.ocsp(71, pki.ocsp_revoked())) == "revocation.revoked"
    )
