"""The certificate on a lock, as far as accounts care:
whose it is, by which key it is known, until when.

A lock is known by the SHA-256 of its SubjectPublicKeyInfo and its holder by the CA's unique id,
never by the serial number: renewal changes the serial and may change the key. The kind follows
evidence on the certificate (core.locks.certificate_holder), never a guess.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lock_protocol import KeyType


class HolderKind(StrEnum):
    """Whose lock it is. Only an enterprise's may be bound (RULES.md section 7)."""

    ENTERPRISE = "enterprise"
    PERSON = "person"
    UNKNOWN = "unknown"


KIND_TITLES = {
    HolderKind.ENTERPRISE: "企业锁",
    HolderKind.PERSON: "个人锁",
    HolderKind.UNKNOWN: "无法判断",
}
KEY_TITLES = {KeyType.RSA: "RSA", KeyType.P256: "ECDSA P-256", KeyType.SM2: "SM2（国密）"}


@dataclass(frozen=True)
class Holder:
    """The holder's data in a certificate, each "" where the certificate lacks it.

    `uscc`: 18 characters with a right check character. `organisation_code`: the 9 characters of GB
    11714, from the USCC where there is one. `ca_unique_id`: the CA's own number of the holder,
    upper case.
    """

    kind: HolderKind
    enterprise_name: str
    uscc: str
    organisation_code: str
    ca_unique_id: str


@dataclass(frozen=True)
class LockCertificate(Holder):
    """A certificate that was read by its issuer's profile.

    `serial`: upper-case hexadecimal without leading zeros. `issuer_profile`, `issuer_title`: the
    profile's id, and its words for people. `spki`: the SubjectPublicKeyInfo that signatures are
    verified with.
    """

    sha256: str
    serial: str
    spki_sha256: str
    spki: bytes
    issuer_profile: str
    key_type: KeyType
    not_after: datetime
    issuer_title: str = ""


@dataclass(frozen=True)
class RefusedCertificate:
    """A certificate that was refused at registration or binding, for administrators to see.

    `times`: how often it came.
    """

    sha256: str
    reason: str
    subject: str
    at: datetime
    times: int
