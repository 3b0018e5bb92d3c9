"""Judges certificates by the configured issuers: one certificate in, a LockCertificate or a refusal
out.

The order of judgement is the order in which a person can act: bytes, key, issuer and signature,
dates, uses, the CAs above, revocation, whose lock it is. What cannot change (parsing, signatures on
the path) is remembered for the certificates seen last; dates and revocation are judged each time.
Every refusal after the reading carries the certificate, so that administrators can be shown it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path as FilePath

from core.clock import Clock, local
from core.locks.certificate_holder import CertificateTexts, holder_of
from core.locks.certificate_reasons import CertificateRefused, refusal
from core.locks.certificates import inspection
from core.locks.certificates.crl import RevocationLists
from core.locks.certificates.extensions import DIGITAL_SIGNATURE, Uses, unknown_critical, uses_of
from core.locks.certificates.parsing import Certificate, parse
from core.locks.certificates.path import Path, Trust, judge_key, judge_path
from core.locks.certificates.texts import extension_texts
from core.locks.issuer_profiles import IssuerProfile, Place, source_of
from core.locks.lock_certificate import HolderKind, LockCertificate
from lock_protocol.signatures import SystemSignatures

REMEMBERED = 2048


@dataclass(frozen=True)
class Known:
    """The facts on a certificate that do not change with time.

    `paths` hold by signature; each still has to be judged at an instant.
    """

    certificate: Certificate
    paths: tuple[Path, ...]
    uses: Uses
    profile: IssuerProfile
    lock: LockCertificate


class CertificateVerifier:
    """Judges certificates by the configured profiles, roots and revocation lists.

    Raises ConfigError for CA certificates that cannot be used.
    """

    def __init__(
        self,
        profiles: Iterable[IssuerProfile],
        signatures: SystemSignatures,
        clock: Clock,
        *,
        roots: Iterable[bytes] = (),
        crl_folder: FilePath | None = None,
    ) -> None:
        self.trust = Trust(profiles, roots, signatures)
        self.lists = RevocationLists(self.trust, signatures, crl_folder)
        self.signatures = signatures
        self._clock = clock
        self._known = lru_cache(maxsize=REMEMBERED)(self._get_to_know)

    def verify(self, der: bytes, now: datetime) -> LockCertificate:
        """The certificate of an enterprise's lock. Raises CertificateRefused."""
        known = self._known(der)
        try:
            self._judge(known, now)
            if known.lock.kind is not HolderKind.ENTERPRISE:
                raise refusal(f"holder.{known.lock.kind}")
            if not known.lock.enterprise_name:
                raise refusal("holder.no_name")
        except CertificateRefused as error:
            raise CertificateRefused(error.reason_code, error.message, known.lock) from error
        return known.lock

    def explain(self, der: bytes) -> list[str]:
        """The certificate line by line, and what the desk would decide now."""
        refused: CertificateRefused | None = None
        lock: LockCertificate | None = None
        try:
            lock = self.verify(der, self._clock.now())
        except CertificateRefused as error:
            refused, lock = error, error.certificate
        return list(inspection.lines(der, lock, refused))

    def _get_to_know(self, der: bytes) -> Known:
        certificate = parse(der)
        key = judge_key(certificate)
        paths = self.trust.paths(certificate)
        links = (link for path in paths for link in path)
        profile = next(filter(None, map(self.trust.profile_at, links)), None)
        if profile is None:
            raise refusal("issuer.no_profile", str(certificate.issuer))
        holder = holder_of(texts_of(certificate, profile), profile)
        lock = LockCertificate(
            **vars(holder),
            sha256=certificate.sha256,
            serial=f"{certificate.serial:X}",
            spki_sha256=certificate.spki_sha256,
            spki=certificate.spki,
            issuer_profile=profile.id,
            key_type=key.kind,
            not_after=certificate.not_after,
            issuer_title=profile.title,
        )
        return Known(certificate, tuple(paths), uses_of(certificate), profile, lock)

    def _judge(self, known: Known, now: datetime) -> None:
        begin, end = known.certificate.not_before, known.certificate.not_after
        if now > end:
            raise refusal("validity.expired", f"{local(end):%Y年%m月%d日}")
        if now < begin:
            raise refusal("validity.not_yet", f"{local(begin):%Y年%m月%d日 %H:%M}")
        judge_uses(known.certificate, known.uses, known.profile)
        path = self._good_path(known, now)
        self.lists.status(known.certificate, path[1], now, known.profile).judge()

    def _good_path(self, known: Known, now: datetime) -> Path:
        """The first path that is valid now. Raises the error of the first one when none is."""
        problem: CertificateRefused | None = None
        for path in known.paths:
            try:
                judge_path(path, now)
                self._judge_authorities(known.profile, path, now)
            except CertificateRefused as error:
                problem = problem or error
            else:
                return path
        raise problem or refusal("issuer.unknown")

    def _judge_authorities(self, profile: IssuerProfile, path: Path, now: datetime) -> None:
        """Raises CertificateRefused where a CA above revoked a CA of the path."""
        for authority, issuer in pairwise(path[1:]):
            status = self.lists.status(authority, issuer, now, profile)
            if status.revoked_at or not status.known:
                reason = "issuer.revoked" if status.revoked_at else "issuer.revocation_unknown"
                raise refusal(reason, str(authority.subject))


def desk_signatures() -> SystemSignatures:
    """Signatures as the desk judges them: without SM2 on this machine, such a lock is refused in
    words for its holder."""
    return SystemSignatures(lambda: refusal("engine.sm2_unavailable", "libcrypto"))


def texts_of(certificate: Certificate, profile: IssuerProfile) -> CertificateTexts:
    """The texts that the profile reads.

    Raises CertificateRefused (extension.malformed and those of texts).
    """
    found = {}
    for oid in extension_oids(profile) & certificate.extensions.keys():
        try:
            found[oid] = extension_texts(certificate.extensions[oid].value)
        except ValueError as error:
            raise refusal("extension.malformed", oid) from error
    return CertificateTexts(certificate.subject.attributes, found)


def judge_uses(certificate: Certificate, uses: Uses, profile: IssuerProfile) -> None:
    """Raises CertificateRefused (usage.*, extension.unknown_critical)."""
    unknown = unknown_critical(certificate, extension_oids(profile))
    if unknown:
        raise refusal("extension.unknown_critical", "、".join(unknown))
    if uses.is_ca:
        raise refusal("usage.is_ca")
    if not uses.may(DIGITAL_SIGNATURE) or (uses.key_usage is None and profile.require_key_usage):
        raise refusal("usage.no_signature")
    if uses.for_machines_only:
        raise refusal("usage.other_purpose")


def extension_oids(profile: IssuerProfile) -> frozenset[str]:
    """The extensions that a profile reads, and so understands."""
    sources = (
        *profile.name,
        *profile.uscc,
        *profile.organisation_code,
        *profile.unique_id,
        *profile.person_ids,
    )
    return frozenset(
        source.oid for source in map(source_of, sources) if source.place is Place.EXTENSION
    )
