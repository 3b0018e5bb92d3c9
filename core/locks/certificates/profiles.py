"""The configured issuers: profiles bound to their CA certificates,
and the trust that follows from them.

Refuses, all problems reported together, a CA certificate that does not read or is no CA's,
and one that two profiles claim.
"""

from collections.abc import Iterable

from asn1crypto import pem

from core.errors import ConfigError
from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.extensions import uses_of
from core.locks.certificates.parsing import Certificate, parse
from core.locks.certificates.path import Path, Trust
from core.locks.issuer_profiles import IssuerProfile, Place
from lock_protocol.signatures import SystemSignatures


class Issuers:
    """Profiles by CA certificate.

    Without `roots` the profiles' own CA certificates are the anchors;
    with them, paths must end at a root.
    """

    def __init__(
        self,
        profiles: Iterable[IssuerProfile],
        roots: Iterable[bytes],
        signatures: SystemSignatures,
    ) -> None:
        problems: list[str] = []
        self._profiles: dict[bytes, IssuerProfile] = {}
        issuers: list[Certificate] = []
        for profile in profiles:
            for data in profile.issuers:
                issuers += _authority(data, profile.title, problems)
                if self._profiles.setdefault(data, profile) is not profile:
                    problems.append(
                        f"{profile.title}：同一CA证书也属于{self._profiles[data].title}，"
                        "只能属于一个"
                    )
        anchors = [found for data in roots for found in _authority(data, "根证书", problems)]
        if problems:
            raise ConfigError("CA证书的配置有误：\n" + "\n".join(problems))
        self.trust = Trust(anchors or issuers, issuers, signatures)

    def profile_of(self, path: Path) -> IssuerProfile | None:
        """The nearest profile on the way up, a configured CA's own included."""
        return next((self._profiles[link.der] for link in path if link.der in self._profiles), None)

    def profile_at(self, authority: Certificate) -> IssuerProfile | None:
        """The profile that names this CA certificate itself."""
        return self._profiles.get(authority.der)


def extension_oids(profile: IssuerProfile) -> frozenset[str]:
    """The extensions that a profile reads, and so understands."""
    sources = (
        *profile.name,
        *profile.uscc,
        *profile.organisation_code,
        *profile.unique_id,
        *profile.person_ids,
    )
    return frozenset(source.oid for source in sources if source.place is Place.EXTENSION)


def der_of_file(data: bytes) -> bytes:
    """What a file holds as DER or PEM, as DER.

    What is neither comes back as it is.
    """
    try:
        return pem.unarmor(data)[2] if pem.detect(data) else data
    except ValueError:
        return data


def _authority(data: bytes, title: str, problems: list[str]) -> list[Certificate]:
    try:
        certificate = parse(data)
        if not uses_of(certificate).is_ca:
            problems.append(f"{title}：{certificate.subject} 不是CA证书")
    except CertificateRefused as error:
        problems.append(f"{title}：{error.message}")
        return []
    return [certificate]
