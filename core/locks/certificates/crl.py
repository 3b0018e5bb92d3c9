"""Lists of revoked certificates: judged once, indexed once, then looked up in a dictionary.

A list is accepted when a configured CA that may sign lists signed it, it is a full list (or a full
part, identified by its distribution point, as large CAs publish them), it is within its dates, and
neither its number nor its date is older than that of the one in use. cryptography reads it, for SM2
too; its own lookup goes through the whole list each time. Refuses delta and indirect lists and
unknown critical extensions (RFC 5280 sections 5 and 6.3). A revoked entry counts even when its list
is out of date; silence counts only while the list is fresh.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ExtensionOID

from core.clock import local
from core.disk import put_in_place
from core.locks.certificate_reasons import CertificateRefused, refusal
from core.locks.certificates.extensions import CRL_SIGN, crl_points, full_names, uses_of
from core.locks.certificates.parsing import Certificate, Name, der_of_file, name_of
from core.locks.certificates.path import Trust
from core.locks.issuer_profiles import IssuerProfile
from lock_protocol import der
from lock_protocol.signatures import SystemSignatures

MOST_OCTETS = 64 * 1024 * 1024
CLOCK_SKEW = timedelta(minutes=5)
_UNDERSTOOD = frozenset(
    {
        ExtensionOID.CRL_NUMBER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.ISSUING_DISTRIBUTION_POINT,
    }
)
_INTEGER = b"\x02"
_LEFT = {"crl.older", "crl.issuer_unknown"}


@dataclass(frozen=True)
class RevocationStatus:
    """`known`: a fresh list speaks of it, or none has to.

    `revoked_at`: since when it counts for nothing; `on_hold`: revoked for a time only (挂失).
    """

    known: bool
    revoked_at: datetime | None = None
    on_hold: bool = False

    def judge(self) -> None:
        """Raises CertificateRefused (revocation.*) unless the certificate is known to be good."""
        if self.revoked_at is not None:
            reason = "revocation.on_hold" if self.on_hold else "revocation.revoked"
            raise refusal(reason, f"{local(self.revoked_at):%Y-%m-%d}")
        if not self.known:
            raise refusal("revocation.unknown")


@dataclass(frozen=True)
class Scope:
    """Of which certificates a list speaks: of those that name one of `points` (all, where it is
    empty), and of CAs alone (True), of all but CAs (False) or of both (None)."""

    points: frozenset[bytes] = frozenset()
    only_cas: bool | None = None

    def covers(self, certificate: Certificate) -> bool:
        """Raises CertificateRefused for extensions that are not in their form."""
        if self.points and not self.points & crl_points(certificate):
            return False
        return self.only_cas is None or self.only_cas is uses_of(certificate).is_ca


@dataclass(frozen=True)
class RevocationList:
    """A list in use. `entries`: by serial number."""

    der_sha256: str
    issuer: str
    issuer_spki: bytes
    scope: Scope
    number: int | None
    this_update: datetime
    next_update: datetime
    entries: Mapping[int, x509.RevokedCertificate]

    @property
    def key(self) -> str:
        """Names the issuer's key and the part: one list of each is in use."""
        only = {True: (b"\1",), False: (b"\2",), None: ()}[self.scope.only_cas]
        parts = (self.issuer_spki, *sorted(self.scope.points), *only)
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


class RevocationLists:
    """The lists in use.

    With a folder they outlive the program, so that a number cannot go back over a restart either.
    """

    def __init__(
        self, trust: Trust, signatures: SystemSignatures, folder: Path | None = None
    ) -> None:
        self._trust = trust
        self._signatures = signatures
        self._folder = folder
        self._lock = Lock()
        self._lists: dict[str, RevocationList] = {}
        self._seen: dict[Path, tuple[int, int]] = {}
        self.look_again()

    def offer(self, data: bytes, now: datetime) -> RevocationList:
        """Use a list from now on. Raises CertificateRefused (crl.*); the former list then stays."""
        offered = self._read(data)
        if offered.this_update > now + CLOCK_SKEW:
            raise refusal("crl.not_yet_valid", f"{local(offered.this_update):%Y-%m-%d %H:%M}")
        if offered.next_update < now:
            raise refusal("crl.stale", f"{local(offered.next_update):%Y-%m-%d %H:%M}")
        with self._lock:
            self._use(offered)
            if self._folder:
                self._folder.mkdir(parents=True, exist_ok=True)
                target = self._folder / f"{offered.key}.crl"
                put_in_place(target, data, target.with_suffix(".new"))
        return offered

    def status(
        self,
        certificate: Certificate,
        issuer: Certificate,
        now: datetime,
        profile: IssuerProfile,
    ) -> RevocationStatus:
        """The certificate's status by the issuer's lists, if the profile wants it judged."""
        if profile.revocation == "none":
            return RevocationStatus(known=True)
        grace, fresh = timedelta(hours=profile.crl_grace_hours), False
        for one in self.in_use():
            if one.issuer_spki != issuer.spki or not one.scope.covers(certificate):
                continue
            if entry := one.entries.get(certificate.serial):
                return _revoked(entry)
            fresh = fresh or now - grace <= one.next_update
        return RevocationStatus(known=fresh)

    def in_use(self) -> list[RevocationList]:
        """Every list, for operators to see."""
        return list(self._lists.values())

    def _use(self, offered: RevocationList) -> None:
        current = self._lists.get(offered.key)
        if current and _goes_back(offered, current):
            raise refusal("crl.older", f"编号{offered.number}，已采用{current.number}")
        self._lists[offered.key] = offered

    def _read(self, data: bytes) -> RevocationList:
        if len(data) > MOST_OCTETS:
            raise refusal("crl.malformed", "文件过大")
        try:
            data = der_of_file(data)
            signed, issuer_name, nameless = _signed_parts(data)
            source = x509.load_der_x509_crl(nameless)
            scope, number = _judge_extensions(source)
            issuer = self._issuer(source, signed, issuer_name)
            if source.next_update_utc is None:
                raise refusal("crl.unsupported", "没有下次更新时间")
            return RevocationList(
                hashlib.sha256(data).hexdigest(),
                str(issuer_name),
                issuer.spki,
                scope,
                number,
                source.last_update_utc,
                source.next_update_utc,
                {entry.serial_number: entry for entry in source},
            )
        except CertificateRefused as error:
            if error.reason_code.startswith(("certificate.", "extension.")):
                raise refusal("crl.malformed", error.reason_code) from error
            raise
        except (
            ValueError,
            TypeError,
            IndexError,
            x509.InvalidVersion,
            x509.DuplicateExtension,
            x509.UnsupportedGeneralNameType,
        ) as error:
            raise refusal("crl.malformed", str(error)[:60]) from error

    def _issuer(
        self, source: x509.CertificateRevocationList, signed: bytes, name: Name
    ) -> Certificate:
        """The configured CA whose key signed the list."""
        named = self._trust.named(name)
        if not named:
            raise refusal("crl.issuer_unknown", str(name))
        oid = source.signature_algorithm_oid.dotted_string
        for authority in named:
            may_sign = uses_of(authority).may(CRL_SIGN)
            if may_sign and self._signatures.verify_issued(
                authority.spki, oid, source.signature, signed
            ):
                return authority
        raise refusal("crl.signature", str(name))

    def look_again(self) -> None:
        """Take up what is new in the folder: lists kept earlier, by another process, or put there
        by a person. Out of date or not: their numbers are the floor. What cannot be read is in
        `unread` with the reason; lists that are older, or of no configured CA, are merely left.
        """
        unread: list[str] = []
        for path in sorted(self._folder.glob("*.crl")) if self._folder else ():
            try:
                state = path.stat()
                if self._seen.get(path) == (state.st_mtime_ns, state.st_size):
                    continue
                read = self._read(path.read_bytes())
                with self._lock:
                    self._use(read)
                self._seen[path] = (state.st_mtime_ns, state.st_size)
            except (CertificateRefused, OSError) as error:
                if getattr(error, "reason_code", "") not in _LEFT:
                    unread.append(f"{path.name}：{error}")
        self.unread = unread


def _goes_back(offered: RevocationList, current: RevocationList) -> bool:
    if offered.der_sha256 == current.der_sha256:
        return False
    if current.number is not None and (offered.number is None or offered.number < current.number):
        return True
    return offered.this_update < current.this_update


def _revoked(entry: x509.RevokedCertificate) -> RevocationStatus:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        on_hold = reason is x509.ReasonFlags.certificate_hold
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        on_hold = False
    return RevocationStatus(known=True, revoked_at=entry.revocation_date_utc, on_hold=on_hold)


def _signed_parts(data: bytes) -> tuple[bytes, Name, bytes]:
    """The signed part, the issuer's name, and the list with an empty name in its place:
    cryptography refuses '@' and Chinese there, as in certificates.

    Raises ValueError, also when the algorithms inside and outside differ; IndexError when a part
    is missing.
    """
    signed, *signature = der.members(der.one(data))
    fields = der.members(signed)
    at = 2 if fields[0].tag_bytes == _INTEGER else 1
    if fields[at - 1].data != signature[0].data:
        raise ValueError("two different signature algorithms")
    parts = list(map(asn1.encode_der, fields))
    name, parts[at] = name_of(parts[at]), der.sequence()
    nameless = der.sequence(der.sequence(*parts), *map(asn1.encode_der, signature))
    return asn1.encode_der(signed), name, nameless


def _judge_extensions(source: x509.CertificateRevocationList) -> tuple[Scope, int | None]:
    """The list's scope and its number. Raises CertificateRefused (crl.unsupported)."""
    scope, number = Scope(), None
    for extension in source.extensions:
        if extension.oid == ExtensionOID.DELTA_CRL_INDICATOR:
            raise refusal("crl.unsupported", "增量列表")
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise refusal("crl.unsupported", extension.oid.dotted_string)
        if isinstance(extension.value, x509.CRLNumber):
            number = extension.value.crl_number
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            scope = _scope(extension.value)
    return scope, number


def _scope(point: x509.IssuingDistributionPoint) -> Scope:
    """Refuses lists of some reasons only, or of other issuers' certificates."""
    if point.indirect_crl or point.only_some_reasons or point.only_contains_attribute_certs:
        raise refusal("crl.unsupported", "间接或部分原因的列表")
    points: frozenset[bytes] = frozenset()
    if point.full_name or point.relative_name:
        points = full_names(der.members(der.one(point.public_bytes()))[0])
    if point.only_contains_ca_certs or point.only_contains_user_certs:
        return Scope(points, point.only_contains_ca_certs)
    return Scope(points)
