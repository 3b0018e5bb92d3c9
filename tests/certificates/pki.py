"""A CA of the tests, with a knob for every defect: certificates and revocation
lists made octet by octet.

RSA and P-256 sign by cryptography; SM2 by gmssl-pyx, which is not the engine under test.
Names and numbers are invented.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import gmssl_pyx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
PRINTABLE, UTF8, T61, BMP, IA5 = 0x13, 0x0C, 0x14, 0x1E, 0x16
C, O, CN, G, SERIAL, OLD_CODE = "2.5.4.6", "2.5.4.10", "2.5.4.3", "2.5.4.42", "2.5.4.5", "2.5.4.1"  # noqa: E741
GMT_PERSON, GMT_REGISTRATION, GMT_CODE = (
    "1.2.156.10260.4.1.1",
    "1.2.156.10260.4.1.3",
    "1.2.156.10260.4.1.4",
)
BJCA_ID, BJCA_ID_SM2 = "1.2.156.112562.2.1.1.1", "1.2.156.112562.2.1.1.24"
RSA_SHA256, RSA_SHA1, RSA_MD5 = (
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.5",
    "1.2.840.113549.1.1.4",
)
ECDSA_SHA256, SM2_SM3 = "1.2.840.10045.4.3.2", "1.2.156.10197.1.501"
SIGN_BIT, KEY_ENCIPHER_BIT, CERT_SIGN_BIT, CRL_SIGN_BIT = 0, 2, 5, 6
NAME = "北京某某测试工程有限公司"


# -- DER -------------------------------------------------------------------------------------------


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, b"".join(_base128(arc) for arc in (40 * first + second, *rest)))


def _base128(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.insert(0, 0x80 | number & 0x7F)
    return bytes(octets)


def boolean(value: bool) -> bytes:
    return tlv(0x01, b"\xff" if value else b"\x00")


def bit_string(content: bytes) -> bytes:
    return tlv(0x03, b"\x00" + content)


def named_bits(bits: Sequence[int]) -> bytes:
    value = sum(1 << (15 - bit) for bit in bits).to_bytes(2, "big").rstrip(b"\x00")
    unused = (value[-1] & -value[-1]).bit_length() - 1 if value else 0
    return tlv(0x03, bytes((unused,)) + value)


def utc(instant: datetime) -> bytes:
    if instant.year < 2050:
        return tlv(0x17, instant.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, instant.strftime("%Y%m%d%H%M%SZ").encode())


def generalized(instant: datetime) -> bytes:
    return tlv(0x18, instant.strftime("%Y%m%d%H%M%SZ").encode())


def name(*attributes: tuple[str, int, bytes]) -> bytes:
    return seq(*(tlv(0x31, seq(oid(kind), tlv(tag, content))) for kind, tag, content in attributes))


def attribute(
    kind: str, text: str, tag: int = UTF8, encoding: str | None = None
) -> tuple[str, int, bytes]:
    return kind, tag, text.encode(encoding or ("utf-16-be" if tag == BMP else "utf-8"))


# -- keys ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """`sign(oid, message)` gives the signature octets."""

    kind: str
    spki: bytes
    algorithm: str
    sign: Callable[[str, bytes], bytes] = field(repr=False)


def ec_spki(point: bytes, curve: str = "1.2.156.10197.1.301") -> bytes:
    return seq(seq(oid("1.2.840.10045.2.1"), oid(curve)), bit_string(point))


def rsa_key(bits: int = 2048) -> Key:
    private = rsa.generate_private_key(65537, bits)
    digests = {RSA_SHA256: hashes.SHA256(), RSA_SHA1: hashes.SHA1(), RSA_MD5: hashes.MD5()}
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Key(
        "rsa",
        spki,
        RSA_SHA256,
        lambda kind, message: private.sign(message, padding.PKCS1v15(), digests[kind]),
    )


def p256_key(curve: ec.EllipticCurve | None = None) -> Key:
    private = ec.generate_private_key(curve or ec.SECP256R1())
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Key(
        "p256",
        spki,
        ECDSA_SHA256,
        lambda _, message: private.sign(message, ec.ECDSA(hashes.SHA256())),
    )


def sm2_key() -> Key:
    public, private = gmssl_pyx.sm2_key_generate()
    return Key(
        "sm2",
        ec_spki(b"\x04" + public),
        SM2_SM3,
        lambda _, message: gmssl_pyx.sm2_sign(private, public, message),
    )


MAKERS = {"rsa": rsa_key, "p256": p256_key, "sm2": sm2_key}


@lru_cache(maxsize=64)
def kept_key(kind: str, use: str = "") -> Key:
    """A key made once: RSA keys are slow to make."""
    return MAKERS[kind]()


# -- certificates ----------------------------------------------------------------------------------

_serials = itertools.count(0x4A0001)


@dataclass
class Spec:
    """What a certificate says. Every field is a knob."""

    subject: bytes
    key: Key
    not_before: datetime = NOW - timedelta(days=30)
    not_after: datetime = NOW + timedelta(days=335)
    key_usage: Sequence[int] | None = (SIGN_BIT,)
    ca: bool | None = None
    path_length: int | None = None
    extensions: Sequence[tuple[str, bool, bytes]] = ()
    serial: int = 0
    algorithm: str | None = None
    inner_algorithm: str | None = None
    spki: bytes | None = None
    reshape_signature: Callable[[bytes], bytes] | None = None

    def all_extensions(self) -> list[bytes]:
        made = []
        if self.ca is not None:
            limit = (integer(self.path_length),) if self.path_length is not None else ()
            made.append(
                extension(
                    "2.5.29.19", seq(*((boolean(True), *limit) if self.ca else ())), critical=True
                )
            )
        if self.key_usage is not None:
            made.append(extension("2.5.29.15", named_bits(self.key_usage), critical=True))
        return made + [
            extension(kind, value, critical=critical) for kind, critical, value in self.extensions
        ]


def extension(kind: str, value: bytes, *, critical: bool = False) -> bytes:
    return seq(oid(kind), *((boolean(True),) if critical else ()), tlv(0x04, value))


def algorithm_id(kind: str) -> bytes:
    return seq(oid(kind), *((tlv(0x05),) if kind.startswith("1.2.840.113549") else ()))


@dataclass(frozen=True)
class Authority:
    """A CA: its name, key and certificate."""

    title: str
    key: Key
    name: bytes
    der: bytes

    def issue(self, spec: Spec) -> bytes:
        kind = spec.algorithm or self.key.algorithm
        serial = spec.serial or next(_serials)
        extensions = spec.all_extensions()
        tbs = seq(
            tlv(0xA0, integer(2)),
            integer(serial),
            algorithm_id(spec.inner_algorithm or kind),
            self.name,
            seq(utc(spec.not_before), utc(spec.not_after)),
            spec.subject,
            spec.spki or spec.key.spki,
            *((tlv(0xA3, seq(*extensions)),) if extensions else ()),
        )
        signature = self.key.sign(kind, tbs)
        return seq(
            tbs,
            algorithm_id(kind),
            bit_string(spec.reshape_signature(signature) if spec.reshape_signature else signature),
        )

    def crl(
        self,
        revoked: Sequence[tuple[int, int | None]] = (),
        *,
        number: int | None = 1,
        this_update: datetime = NOW - timedelta(hours=1),
        next_update: datetime | None = NOW + timedelta(days=1),
        extensions: Sequence[tuple[str, bool, bytes]] = (),
        signer: Key | None = None,
    ) -> bytes:
        """`revoked`: serial and reason (6 is certificateHold)."""
        key = signer or self.key
        entries = [_crl_entry(serial, reason) for serial, reason in revoked]
        listed = [extension(kind, value, critical=critical) for kind, critical, value in extensions]
        if number is not None:
            listed.append(extension("2.5.29.20", integer(number)))
        tbs = seq(
            integer(1),
            algorithm_id(key.algorithm),
            self.name,
            utc(this_update),
            *((utc(next_update),) if next_update else ()),
            *((seq(*entries),) if entries else ()),
            *((tlv(0xA0, seq(*listed)),) if listed else ()),
        )
        return seq(tbs, algorithm_id(key.algorithm), bit_string(key.sign(key.algorithm, tbs)))


def _crl_entry(serial: int, reason: int | None) -> bytes:
    extra = (
        (seq(extension("2.5.29.21", tlv(0x0A, bytes((reason,))))),) if reason is not None else ()
    )
    return seq(integer(serial), utc(NOW - timedelta(days=3)), *extra)


CA_USAGE = (CERT_SIGN_BIT, CRL_SIGN_BIT)


def root(
    kind: str = "rsa",
    title: str = "测试根CA",
    *,
    key: Key | None = None,
    subject: bytes = b"",
    **knobs: object,
) -> Authority:
    """A self-signed CA."""
    key = key or kept_key(kind, title)
    subject = subject or name(
        attribute(C, "CN", PRINTABLE), attribute(O, "测试CA机构"), attribute(CN, title)
    )
    bare = Authority(title, key, subject, b"")
    return Authority(
        title, key, subject, bare.issue(Spec(subject, key, **{**_ca_knobs(), **knobs}))
    )


def below(
    parent: Authority, kind: str = "rsa", title: str = "测试运营CA", **knobs: object
) -> Authority:
    """A CA under another."""
    key = kept_key(kind, title)
    subject = name(attribute(C, "CN", PRINTABLE), attribute(O, "测试CA机构"), attribute(CN, title))
    return Authority(
        title, key, subject, parent.issue(Spec(subject, key, **{**_ca_knobs(), **knobs}))
    )


def _ca_knobs() -> dict[str, object]:
    return {
        "ca": True,
        "key_usage": CA_USAGE,
        "not_before": NOW - timedelta(days=3000),
        "not_after": NOW + timedelta(days=3000),
    }


def enterprise_subject(title: str = NAME, tag: int = UTF8, encoding: str | None = None) -> bytes:
    return name(
        attribute(C, "CN", PRINTABLE),
        attribute(O, title, tag, encoding),
        attribute(CN, title, tag, encoding),
    )


def uscc(body: str = "91119999MA0ABCDE") -> str:
    """An invented USCC whose organisation code and whole code both have right check characters."""
    from core.check_digits import organisation_code_ok, uscc_check_character

    seventeen = next(
        body + last for last in "0123456789X" if organisation_code_ok(body[8:16] + last)
    )
    return seventeen + uscc_check_character(seventeen)


def code_extension(
    code: str | None = None, kind: str = GMT_CODE, tag: int = PRINTABLE
) -> tuple[str, bool, bytes]:
    return kind, False, tlv(tag, (code or uscc()).encode())


def enterprise(issuer: Authority, key: Key | None = None, **knobs: object) -> bytes:
    """An ordinary enterprise's certificate; each knob changes one thing."""
    defaults: dict[str, object] = {
        "subject": enterprise_subject(),
        "key": key or kept_key(issuer.key.kind, "leaf"),
        "extensions": (code_extension(),),
        "ca": False,
    }
    return issuer.issue(Spec(**{**defaults, **knobs}))
