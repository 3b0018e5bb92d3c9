"""The way up to a configured issuer: depth, CA flags, dates, several ways,
what is trusted and what is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import ConfigError
from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.verifier import CertificateVerifier
from lock_protocol.signatures import SystemSignatures
from tests.certificates import pki
from tests.certificates.pki import NOW, enterprise
from tests.certificates.profiles import BJCA, GENERIC
from tests.fixed_clock import FixedClock

Make = Callable[..., CertificateVerifier]


def reason(verifier: CertificateVerifier, leaf: bytes) -> str | None:
    try:
        verifier.verify(leaf, NOW)
    except CertificateRefused as error:
        return error.reason_code
    return None


@pytest.mark.parametrize("kind", ["rsa", "sm2"])
@pytest.mark.parametrize(
    ("knobs", "wanted"),
    [
        ({}, None),
        ({"path_length": 0}, None),
        ({"key_usage": None}, None),
        ({"key_usage": (6,)}, "issuer.not_ca"),
        ({"not_after": NOW - timedelta(seconds=1)}, "issuer.expired"),
        ({"not_before": NOW + timedelta(seconds=1)}, "issuer.not_yet_valid"),
        ({"extensions": (("1.2.3.4", True, b"\x05\x00"),)}, "extension.unknown_critical"),
        (
            {"extensions": (("2.5.29.30", True, pki.seq()),)},
            "extension.unknown_critical",
        ),  # name constraints are not judged, so never skipped
    ],
)
def test_the_ca_above_is_judged(
    make_verifier: Make, kind: str, knobs: dict[str, object], wanted: str | None
) -> None:
    root = pki.root(kind)
    issuer = pki.below(root, kind, "受判CA", **knobs)
    assert reason(make_verifier([issuer.der], roots=[root.der]), enterprise(issuer)) == wanted


@pytest.mark.parametrize(
    ("root_limit", "middle_limit", "wanted"),
    [
        (None, None, None),
        (1, 0, None),
        (2, 1, None),
        (0, None, "issuer.path_too_long"),
        (0, 0, "issuer.path_too_long"),
    ],
)
def test_path_length_counts_the_cas_below(
    make_verifier: Make, root_limit: int | None, middle_limit: int | None, wanted: str | None
) -> None:
    root = pki.root("sm2", "限深根", path_length=root_limit)
    middle = pki.below(root, "sm2", "限深运营", path_length=middle_limit)
    assert reason(make_verifier([middle.der], roots=[root.der]), enterprise(middle)) == wanted


def test_an_issuer_alone_is_an_anchor(make_verifier: Make) -> None:
    issuer = pki.below(pki.root("sm2", "未配置的根"), "sm2", "单独CA")
    assert reason(make_verifier([issuer.der]), enterprise(issuer)) is None


def test_with_roots_a_configured_issuer_still_needs_its_way_up(make_verifier: Make) -> None:
    stranger = pki.below(pki.root("sm2", "未配置的根"), "sm2", "无根CA")
    assert (
        reason(make_verifier([stranger.der], roots=[pki.root("sm2").der]), enterprise(stranger))
        == "issuer.unknown"
    )


def test_an_old_hash_on_an_anchor_itself_is_no_matter(make_verifier: Make) -> None:
    root = pki.root("rsa", "旧根", algorithm=pki.RSA_SHA1)
    assert reason(make_verifier([root.der]), enterprise(root)) is None


def test_an_anchor_with_a_weak_key_is_refused(make_verifier: Make) -> None:
    root = pki.root("rsa", "弱根", key=pki.rsa_key(1024))
    assert (
        reason(make_verifier([root.der]), enterprise(root, pki.kept_key("sm2", "leaf")))
        == "issuer.weak_key"
    )


def test_of_two_ways_the_good_one_counts(make_verifier: Make) -> None:
    """The same CA key certified twice, as at a renewal:
    the expired certificate does not shut out the fresh one."""
    root = pki.root("sm2")
    old = pki.below(root, "sm2", "续期CA", not_after=NOW - timedelta(days=1))
    new = pki.below(root, "sm2", "续期CA")
    for order in ([old.der, new.der], [new.der, old.der]):
        assert reason(make_verifier(order, roots=[root.der]), enterprise(old)) is None


def test_of_two_keys_with_one_name_the_signer_counts(make_verifier: Make) -> None:
    first, second = (
        pki.root("sm2", "同名CA", key=pki.sm2_key()),
        pki.root("sm2", "同名CA", key=pki.sm2_key()),
    )
    verifier = make_verifier([first.der, second.der])
    assert reason(verifier, enterprise(first)) is None
    assert reason(verifier, enterprise(second)) is None


def test_two_cas_that_certify_each_other_are_no_way_up(make_verifier: Make) -> None:
    one, two = pki.root("sm2", "环一"), pki.root("sm2", "环二")
    crossed = [pki.below(one, "sm2", "环二"), pki.below(two, "sm2", "环一")]
    verifier = make_verifier([c.der for c in crossed], roots=[pki.root("sm2").der])
    assert reason(verifier, enterprise(two)) == "issuer.unknown"


def test_the_nearest_profile_reads_the_certificate(signatures: SystemSignatures) -> None:
    root = pki.root("sm2")
    issuer = pki.below(root, "sm2")
    profiles = [replace(BJCA, authorities=(root.der,)), replace(GENERIC, authorities=(issuer.der,))]
    verifier = CertificateVerifier(profiles, signatures, FixedClock(NOW), roots=[root.der])
    assert verifier.verify(enterprise(issuer), NOW).issuer_profile == "gmt0015"
    assert verifier.verify(enterprise(root), NOW).issuer_profile == "bjca"


def test_a_ca_without_profile_is_not_guessed(signatures: SystemSignatures) -> None:
    root = pki.root("sm2")
    verifier = CertificateVerifier([], signatures, FixedClock(NOW), roots=[root.der])
    assert reason(verifier, enterprise(root)) == "issuer.no_profile"


def test_every_problem_of_configured_cas_is_told_at_once(signatures: SystemSignatures) -> None:
    root = pki.root("sm2")
    profiles = [
        replace(BJCA, authorities=(root.der, b"nonsense")),
        replace(GENERIC, authorities=(root.der, enterprise(root))),
    ]
    with pytest.raises(ConfigError) as raised:
        CertificateVerifier(profiles, signatures, FixedClock(NOW), roots=[b"\x30\x00"])
    text = str(raised.value)
    assert all(
        words in text for words in ("只能属于一个", "不是CA证书", "应为 DER 或 PEM", "根证书")
    )
    assert "CA锁" not in text, "words for the user of a lock"
    assert len(text.splitlines()) == 5


def test_dates_are_judged_anew_each_time(make_verifier: Make) -> None:
    """What is remembered about a certificate must not outlive it."""
    issuer = pki.root("sm2")
    verifier, leaf = make_verifier([issuer.der]), enterprise(issuer)
    verifier.verify(leaf, NOW)
    with pytest.raises(CertificateRefused) as raised:
        verifier.verify(leaf, NOW + timedelta(days=336))
    assert raised.value.reason_code == "validity.expired"
    assert "2027年10月26日" in raised.value.message
