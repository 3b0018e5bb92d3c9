"""From a certificate up to a configured issuer.

Decides which chains of configured CA certificates hold by their names, signatures and key sizes
(`Trust.paths`), and whether a chain is good at an instant (`judge_path`): CA flag, keyCertSign,
path length, dates of every link, unknown critical extensions. Anchors are configured, so
their own signatures are not judged; their dates and keys are. Certificates that a lock brings along
are never used as issuers. Written here because OpenSSL's own chains with SM2's signer id are shaky
and cryptography's verifier wants a subjectAltName.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from core.clock import local
from core.errors import ConfigError
from core.locks.certificate_reasons import CertificateRefused, refusal, title_of
from core.locks.certificates.extensions import CERT_SIGN, unknown_critical, uses_of
from core.locks.certificates.parsing import Certificate, Name, parse
from core.locks.issuer_profiles import IssuerProfile
from lock_protocol.public_keys import BadKey, PublicKey, read_key, usable_key
from lock_protocol.signatures import ALGORITHMS, WEAK, SystemSignatures

LONGEST_PATH = 6
MOST_PATHS = 8

Path = tuple[Certificate, ...]
"""The certificate first, the anchor last."""


class Trust:
    """The configured CA certificates, each with the profile that names it.

    Without `roots` the profiles' own CA certificates end a path; with them, it ends at a root.
    Refused, all problems reported together, are a certificate that does not read or is no CA's, and
    one that two profiles claim.
    """

    def __init__(
        self,
        profiles: Iterable[IssuerProfile],
        roots: Iterable[bytes],
        signatures: SystemSignatures,
    ) -> None:
        problems: list[str] = []
        issuers: list[Certificate] = []
        self._profiles: dict[bytes, IssuerProfile] = {}
        for profile in profiles:
            for data in profile.authorities:
                issuers += _authority(data, profile.title, problems)
                if self._profiles.setdefault(data, profile) is not profile:
                    problems.append(
                        f"{profile.title}：同一CA证书也属于{self._profiles[data].title}，"
                        "只能属于一个"
                    )
        anchors = [found for data in roots for found in _authority(data, "根证书", problems)]
        if problems:
            raise ConfigError("CA证书的配置有误：\n" + "\n".join(problems))
        self._signatures = signatures
        self._anchors = frozenset(one.der for one in anchors or issuers)
        self._by_name: dict[tuple[tuple[str, str], ...], list[Certificate]] = {}
        for certificate in {one.der: one for one in (*anchors, *issuers)}.values():
            self._by_name.setdefault(certificate.subject.folded, []).append(certificate)

    def profiles(self) -> list[IssuerProfile]:
        """Those that name issuers."""
        return list(dict.fromkeys(self._profiles.values()))

    def profile_at(self, authority: Certificate) -> IssuerProfile | None:
        """The profile that names this CA certificate itself."""
        return self._profiles.get(authority.der)

    def named(self, name: Name) -> list[Certificate]:
        """CAs of that name."""
        return self._by_name.get(name.folded, [])

    def is_anchor(self, authority: Certificate) -> bool:
        return authority.der in self._anchors

    def authorities(self) -> list[Certificate]:
        """All of them."""
        return [certificate for named in self._by_name.values() for certificate in named]

    def paths(self, certificate: Certificate) -> list[Path]:
        """Chains whose names and signatures hold, at most MOST_PATHS.

        Raises CertificateRefused (issuer.unknown, signature.*).
        """
        judge_algorithm(certificate)
        if certificate.der in self._anchors:
            return [(certificate,)]
        issuers = self._issuers(certificate)
        named = self.named(certificate.issuer)
        if named and not issuers:
            raise _signature_refusal(certificate, named)
        found = [(certificate, *way) for issuer in issuers for way in self.ways_up(issuer)][
            :MOST_PATHS
        ]
        if not found:
            raise refusal("issuer.unknown", str(certificate.issuer))
        return found

    def ways_up(self, authority: Certificate) -> tuple[Path, ...]:
        """Chains from a configured CA to an anchor."""
        return tuple(islice(self._upward((authority,)), MOST_PATHS))

    def _upward(self, path: Path) -> Iterator[Path]:
        if path[-1].der in self._anchors:
            yield path
            return
        if len(path) >= LONGEST_PATH - 1:
            return
        for issuer in self._issuers(path[-1]):
            if issuer not in path:
                yield from self._upward((*path, issuer))

    def _issuers(self, certificate: Certificate) -> list[Certificate]:
        """CAs of the right name whose key signed the certificate."""
        oid, signature = certificate.signature_oid, certificate.signature
        return [
            issuer
            for issuer in self.named(certificate.issuer)
            if self._signatures.verify_issued(issuer.spki, oid, signature, certificate.tbs)
        ]


def judge_key(certificate: Certificate) -> PublicKey:
    """The certificate's key. Raises CertificateRefused (key.*)."""
    try:
        return read_key(certificate.spki)
    except BadKey as error:
        raise refusal(error.code, error.detail) from error


def judge_algorithm(certificate: Certificate) -> None:
    """Raises CertificateRefused (signature.weak_hash, signature.algorithm)."""
    oid = certificate.signature_oid
    if oid in WEAK:
        raise refusal("signature.weak_hash", WEAK[oid])
    if oid not in ALGORITHMS:
        raise refusal("signature.algorithm", oid)


def judge_path(path: Path, now: datetime) -> None:
    """Whether the CAs above the certificate are good at `now`.

    Raises CertificateRefused (issuer.*, extension.*).
    """
    below = 0
    for authority in path[1:]:
        title = str(authority.subject)
        uses = uses_of(authority)
        if not uses.is_ca or not uses.may(CERT_SIGN):
            raise refusal("issuer.not_ca", title)
        if uses.path_length is not None and below > uses.path_length:
            raise refusal("issuer.path_too_long", title)
        unknown = unknown_critical(authority)
        if unknown:
            raise refusal("extension.unknown_critical", f"{title}：{'、'.join(unknown)}")
        if now > authority.not_after:
            end = local(authority.not_after)
            raise refusal("issuer.expired", f"{title}，{end:%Y-%m-%d}")
        if now < authority.not_before:
            raise refusal(
                "issuer.not_yet_valid", f"{title}，{local(authority.not_before):%Y-%m-%d}"
            )
        below += authority.subject.folded != authority.issuer.folded


def _signature_refusal(certificate: Certificate, named: list[Certificate]) -> CertificateRefused:
    """Why none of the CAs of the right name can have signed it."""
    keys = [key for issuer in named if (key := usable_key(issuer.spki))]
    if not keys:
        return refusal("issuer.weak_key", str(certificate.issuer))
    curves = [key.curve for key in keys if key.curve]
    if len(curves) == len(keys) and not any(
        curve.strict(certificate.signature) for curve in curves
    ):
        return refusal("signature.not_der")
    return refusal("signature.invalid")


def _authority(data: bytes, title: str, problems: list[str]) -> list[Certificate]:
    try:
        certificate = parse(data)
        if not uses_of(certificate).is_ca:
            problems.append(f"{title}：{certificate.subject} 不是CA证书")
    except CertificateRefused as error:
        problems.append(f"{title}：{title_of(error.reason_code)}。文件应为 DER 或 PEM 的CA证书")
        return []
    return [certificate]
