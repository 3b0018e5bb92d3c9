"""Revocation lists: one that is not valid is refused with its reason, a valid one is obeyed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.crl_watch import Age, watched
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


def login(verifier: CertificateVerifier, leaf: bytes, now: datetime = NOW) -> str | None:
    return code_of(lambda: verifier.verify(leaf, now))


def uri(address: str) -> bytes:
    return tlv(0x86, address.encode())


def issuing_point(address: str = "", *flags: tuple[int, bytes]) -> tuple[str, bool, bytes]:
    point = (tlv(0xA0, tlv(0xA0, uri(address))),) if address else ()
    return ISSUING_POINT, True, pki.seq(*point, *(tlv(tag, content) for tag, content in flags))


def points_to(address: str) -> tuple[str, bool, bytes]:
    return CRL_POINTS, False, pki.seq(pki.seq(tlv(0xA0, tlv(0xA0, uri(address)))))


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


@pytest.mark.parametrize("tag", [pki.PRINTABLE, pki.T61])
def test_a_ca_with_a_name_that_cryptography_refuses_revokes(make_verifier: Make, tag: int) -> None:
    issuer = pki.root("sm2", subject=pki.enterprise_subject("某某CA", tag, "gbk"))
    verifier = make_verifier([issuer.der], revocation="crl")
    verifier.lists.offer(issuer.crl([(72, 1)]), NOW)
    assert [login(verifier, enterprise(issuer, serial=serial)) for serial in (71, 72)] == [
        None,
        "revocation.revoked",
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


def test_a_list_without_end_counts_for_ever(make_verifier: Make, sm2_issuer: Authority) -> None:
    """As a certificate is without end in 9999 (RFC 5280 section 4.1.2.5)."""
    verifier = make_verifier([sm2_issuer.der], revocation="crl", crl_grace_hours=48)
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    verifier.lists.offer(sm2_issuer.crl(next_update=last), NOW)
    assert login(verifier, enterprise(sm2_issuer, serial=71)) is None
    [line] = watched(verifier, NOW)
    assert (line.age, line.text.endswith("9999-12-31 23:59")) == (Age.FRESH, True)


REFUSED_LISTS: dict[str, tuple[str, Callable[[Authority], bytes]]] = {
    "nonsense": ("crl.malformed", lambda _: b"\x30\x03abc"),
    "empty": ("crl.malformed", lambda _: pki.seq(pki.seq())),
    "signed part alone": ("crl.malformed", lambda _: pki.seq(pki.seq(pki.seq()))),
    "cut off": ("crl.malformed", lambda ca: ca.crl()[:-3]),
    "trailing": ("crl.malformed", lambda ca: ca.crl() + b"\x00"),
    "another's": ("crl.issuer_unknown", lambda ca: pki.root(ca.key.kind, "别家CA").crl()),
    "forged": ("crl.signature", lambda ca: ca.crl(signer=pki.kept_key(ca.key.kind, "forger"))),
    "by another kind of key": (
        "crl.signature",
        lambda ca: ca.crl(signer=pki.kept_key("rsa" if ca.key.kind != "rsa" else "sm2", "forger")),
    ),
    "tampered": (
        "crl.signature",
        lambda ca: ca.crl([(0x7A7A7A, None)]).replace(b"\x7a\x7a\x7a", b"\x7a\x7a\x7b"),
    ),
    "future": ("crl.not_yet_valid", lambda ca: ca.crl(this_update=NOW + timedelta(hours=1))),
    "stale": ("crl.stale", lambda ca: ca.crl(next_update=NOW - timedelta(seconds=1))),
    "endless": ("crl.unsupported", lambda ca: ca.crl(next_update=None)),
    "delta": (
        "crl.unsupported",
        lambda ca: ca.crl(extensions=[("2.5.29.27", True, pki.integer(1))]),
    ),
    "unknown critical": (
        "crl.unsupported",
        lambda ca: ca.crl(extensions=[("1.2.3.4", True, b"\x05\x00")]),
    ),
    "indirect": (
        "crl.unsupported",
        lambda ca: ca.crl(extensions=[issuing_point("", (0x84, b"\xff"))]),
    ),
    "of nobody": (
        "crl.malformed",
        lambda ca: ca.crl(extensions=[issuing_point("", (0x81, b"\xff"), (0x82, b"\xff"))]),
    ),
    "some reasons": (
        "crl.unsupported",
        lambda ca: ca.crl(extensions=[issuing_point("", (0x83, b"\x01\x40"))]),
    ),
}


@pytest.mark.parametrize(("reason", "build"), REFUSED_LISTS.values(), ids=REFUSED_LISTS)
def test_a_list_that_does_not_hold_is_refused_with_its_reason(
    make_verifier: Make,
    issuer: Authority,
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
