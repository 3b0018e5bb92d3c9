"""A verifier over one chain of each kind of key: a root,
an operating CA under it, the generic profile."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.verifier import CertificateVerifier, desk_signatures
from core.locks.issuer_profiles import IssuerProfile
from lock_protocol.signatures import SystemSignatures
from tests.certificates import pki
from tests.certificates.pki import NOW, Authority
from tests.certificates.profiles import GENERIC
from tests.fixed_clock import FixedClock


@dataclass(frozen=True)
class Chain:
    """One chain and the verifier that trusts it."""

    root: Authority
    issuer: Authority
    verifier: CertificateVerifier

    def reason(self, der: bytes, now: object = NOW) -> str | None:
        """The code of the refusal, or None."""
        try:
            self.verifier.verify(der, now)  # type: ignore[arg-type]
        except CertificateRefused as error:
            return (
                error.reason_code
                if error.message and "{" not in error.message
                else f"{error.reason_code} without words"
            )
        return None


@pytest.fixture(scope="session")
def signatures() -> SystemSignatures:
    return desk_signatures()


@pytest.fixture(scope="session")
def make_verifier(signatures: SystemSignatures) -> Callable[..., CertificateVerifier]:
    def make(
        issuers: Iterable[bytes],
        *,
        roots: Iterable[bytes] = (),
        profile: IssuerProfile = GENERIC,
        folder: Path | None = None,
        **knobs: object,
    ) -> CertificateVerifier:
        profile = replace(profile, authorities=tuple(issuers), **knobs)  # type: ignore[arg-type]
        return CertificateVerifier(
            [profile], signatures, FixedClock(NOW), roots=tuple(roots), crl_folder=folder
        )

    return make


@pytest.fixture(scope="session")
def chains(make_verifier: Callable[..., CertificateVerifier]) -> dict[str, Chain]:
    made = {}
    for kind in ("rsa", "p256", "sm2"):
        root = pki.root(kind)
        issuer = pki.below(root, kind)
        made[kind] = Chain(root, issuer, make_verifier([issuer.der], roots=[root.der]))
    return made


@pytest.fixture(params=["rsa", "p256", "sm2"])
def chain(request: pytest.FixtureRequest, chains: dict[str, Chain]) -> Chain:
    """Each kind of chain in turn."""
    return chains[request.param]
