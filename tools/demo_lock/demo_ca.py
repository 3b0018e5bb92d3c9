"""A certification authority for trying the desk: one root of RSA, one of SM2, both invented,
and the certificates they issue.

Never for real use: its keys lie in clear beside its certificates. The layout follows GM/T 0015 (the
enterprise's code in 1.2.156.10260.4.1.4, a person's number in 1.2.156.10260.4.1.1).
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import algos, core, crl, keys, pem, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lock_protocol.sm2 import digest_to_sign
from tools.demo_lock import sm2_keys

SM2_SIGNATURE = "1.2.156.10197.1.501"
ENTERPRISE_CODE_OID = "1.2.156.10260.4.1.4"
PERSON_ID_OID = "1.2.156.10260.4.1.1"
SIGNING = {"digital_signature", "non_repudiation"}
ENCRYPTION = {"key_encipherment", "data_encipherment"}
CA_DAYS = 3650
CRL_DAYS = 365


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose lock it is: an enterprise with its USCC, or a person with an ID number."""

    name: str
    number: str
    person: bool = False


@dataclass(frozen=True, slots=True)
class Authority:
    """A root: its certificate, and how it signs."""

    certificate: x509.Certificate
    algorithm: str
    sign: Callable[[bytes], bytes]

    def issue(
        self, holder: Holder, key: keys.PublicKeyInfo, usage: set[str], now: datetime, days: int
    ) -> bytes:
        """A certificate, DER, valid from the day before `now` for `days` from it."""
        extensions = [
            extension("key_usage", x509.KeyUsage(usage), critical=True),
            extension("basic_constraints", x509.BasicConstraints({"ca": False})),
            extension(
                "authority_key_identifier",
                x509.AuthorityKeyIdentifier(
                    {"key_identifier": key_identifier(self.certificate.public_key)}
                ),
            ),
            extension("key_identifier", core.OctetString(key_identifier(key))),
            extension(
                PERSON_ID_OID if holder.person else ENTERPRISE_CODE_OID,
                core.UTF8String(holder.number),
            ),
        ]
        subject = {
            "country_name": "CN",
            "organization_name": holder.name,
            "common_name": holder.name,
        }
        if holder.person:
            del subject["organization_name"]
        return certificate(
            self,
            x509.Name.build(subject),
            key,
            extensions,
            (now - timedelta(days=1), now + timedelta(days=days)),
        )

    def revocation_list(self, now: datetime) -> bytes:
        """An empty CRL, DER."""
        algorithm = {"algorithm": self.algorithm}
        body = crl.TbsCertList(
            {
                "version": "v2",
                "signature": algorithm,
                "issuer": self.certificate.subject,
                "this_update": x509.Time({"utc_time": now}),
                "next_update": x509.Time({"utc_time": now + timedelta(days=CRL_DAYS)}),
                "crl_extensions": [
                    {
                        "extn_id": "authority_key_identifier",
                        "critical": False,
                        "extn_value": x509.AuthorityKeyIdentifier(
                            {"key_identifier": key_identifier(self.certificate.public_key)}
                        ),
                    },
                    {
                        "extn_id": "crl_number",
                        "critical": False,
                        "extn_value": core.Integer(int(now.timestamp())),
                    },
                ],
            }
        )
        return bytes(
            crl.CertificateList(
                {
                    "tbs_cert_list": body,
                    "signature_algorithm": algorithm,
                    "signature": self.sign(body.dump()),
                }
            ).dump()
        )


def certificate(
    issuer: Authority,
    subject: x509.Name,
    key: keys.PublicKeyInfo,
    extensions: list[dict[str, Any]],
    validity: tuple[datetime, datetime],
    issuer_name: x509.Name | None = None,
) -> bytes:
    algorithm = algos.SignedDigestAlgorithm({"algorithm": issuer.algorithm})
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": int.from_bytes(b"\x01" + secrets.token_bytes(15), "big"),
            "signature": algorithm,
            "issuer": issuer_name or issuer.certificate.subject,
            "subject": subject,
            "subject_public_key_info": key,
            "extensions": extensions,
            "validity": {
                "not_before": x509.Time({"utc_time": validity[0]}),
                "not_after": x509.Time({"utc_time": validity[1]}),
            },
        }
    )
    return bytes(
        x509.Certificate(
            {
                "tbs_certificate": body,
                "signature_algorithm": algorithm,
                "signature_value": issuer.sign(body.dump()),
            }
        ).dump()
    )


def extension(name: str, value: Any, *, critical: bool = False) -> dict[str, Any]:
    # asn1crypto has no other way to ask which names it parses
    known = name in x509.ExtensionId._map.values()  # noqa: SLF001
    wrapped = value if known else core.ParsableOctetString(value.dump())
    return {"extn_id": name, "critical": critical, "extn_value": wrapped}


def key_identifier(key: keys.PublicKeyInfo) -> bytes:
    # RFC 5280 4.2.1.2, method 1
    return hashlib.sha1(bytes(key["public_key"].contents)[1:], usedforsecurity=False).digest()


def authorities(folder: Path, now: datetime) -> dict[str, Authority]:
    """The roots kept in `folder`, made at the first call: {"rsa": …, "sm2": …}.

    Certificates as .pem, empty CRLs as .crl, keys as .key.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return {kind: authority(folder, kind, now) for kind in ("rsa", "sm2")}


def authority(folder: Path, kind: str, now: datetime) -> Authority:
    key_file, certificate_file = folder / f"demo-ca-{kind}.key", folder / f"demo-ca-{kind}.pem"
    if not key_file.exists():
        key_file.touch(mode=0o600)
        key_file.write_bytes(
            new_rsa_key() if kind == "rsa" else sm2_keys.generate()[0].hex().encode()
        )
    known = (
        x509.Certificate.load(pem.unarmor(certificate_file.read_bytes())[2])
        if certificate_file.exists()
        else None
    )
    signer = rsa_signer(key_file) if kind == "rsa" else sm2_signer(key_file)
    made = Authority(known or root(signer, kind, now), signer.algorithm, signer.sign)
    certificate_file.write_bytes(pem.armor("CERTIFICATE", made.certificate.dump()))
    (folder / f"demo-ca-{kind}.crl").write_bytes(pem.armor("X509 CRL", made.revocation_list(now)))
    return made


@dataclass(frozen=True, slots=True)
class Signer:
    key: keys.PublicKeyInfo
    algorithm: str
    sign: Callable[[bytes], bytes]


def new_rsa_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def rsa_signer(file: Path) -> Signer:
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    info = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Signer(
        keys.PublicKeyInfo.load(info),
        "sha256_rsa",
        lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256()),
    )


def sm2_signer(file: Path) -> Signer:
    private = bytes.fromhex(file.read_text())
    info = sm2_keys.public_key_info(private)
    return Signer(
        keys.PublicKeyInfo.load(info),
        SM2_SIGNATURE,
        lambda data: sm2_keys.engine().sign(private, digest_to_sign(info, data)),
    )


def root(signer: Signer, kind: str, now: datetime) -> x509.Certificate:
    name = x509.Name.build(
        {
            "country_name": "CN",
            "organization_name": "演示用证书颁发机构",
            "common_name": f"演示CA（{kind.upper()}）",
        }
    )
    itself = Authority(x509.Certificate(), signer.algorithm, signer.sign)
    extensions = [
        extension(
            "basic_constraints",
            x509.BasicConstraints({"ca": True, "path_len_constraint": 0}),
            critical=True,
        ),
        extension("key_usage", x509.KeyUsage({"key_cert_sign", "crl_sign"}), critical=True),
        extension("key_identifier", core.OctetString(key_identifier(signer.key))),
    ]
    validity = (now - timedelta(days=1), now + timedelta(days=CA_DAYS))
    return x509.Certificate.load(
        certificate(itself, name, signer.key, extensions, validity, issuer_name=name)
    )
