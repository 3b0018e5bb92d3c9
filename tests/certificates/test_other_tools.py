"""Certificates and lists that another tool made, and another verifier's opinion:
the test PKI must not agree with itself only."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from core.clock import SystemClock
from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.parsing import der_of_file
from core.locks.certificates.verifier import CertificateVerifier
from tests.certificates import pki
from tests.certificates.pki import NAME, enterprise

SETTINGS = """
[ca]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = clientAuth,emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
1.2.156.10260.4.1.4 = ASN1:PRINTABLESTRING:{code}
[ca_desk]
database = index.txt
crlnumber = crlnumber
default_md = {digest}
default_crl_days = 7
certificate = ca.pem
private_key = ca.key
[req]
distinguished_name = dn
[dn]
"""
SM2_ID = "distid:1234567812345678"
KINDS = {
    "sm2": (["-algorithm", "SM2"], "sm3", ["-sigopt", SM2_ID], ["-vfyopt", SM2_ID]),
    "p256": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "sha256", [], []),
    "rsa": (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "sha256", [], []),
}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command line")
@pytest.mark.parametrize("kind", KINDS)
def test_what_openssl_issues_gets_in_and_what_it_revokes_does_not(
    tmp_path: Path,
    make_verifier: Callable[..., CertificateVerifier],
    kind: str,
) -> None:
    made, digest, signing, checking = KINDS[kind]

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "settings").write_text(SETTINGS.format(code=pki.uscc(), digest=digest))
    (tmp_path / "index.txt").touch()
    (tmp_path / "crlnumber").write_text("07\n")
    for name in ("ca", "leaf"):
        openssl("genpkey", *made, "-out", f"{name}.key")
    openssl(
        "req",
        "-x509",
        "-new",
        "-key",
        "ca.key",
        f"-{digest}",
        *signing,
        "-subj",
        "/C=CN/O=测试CA机构/CN=外部CA",
        "-utf8",
        "-days",
        "30",
        "-config",
        "settings",
        "-extensions",
        "ca",
        "-out",
        "ca.pem",
    )
    openssl(
        "req",
        "-new",
        "-key",
        "leaf.key",
        f"-{digest}",
        *signing,
        "-subj",
        f"/C=CN/O={NAME}/CN={NAME}",
        "-utf8",
        "-config",
        "settings",
        "-out",
        "leaf.csr",
    )
    openssl(
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        f"-{digest}",
        *signing,
        *checking,
        "-days",
        "20",
        "-extfile",
        "settings",
        "-extensions",
        "leaf",
        "-out",
        "leaf.pem",
    )
    authority, leaf = (
        der_of_file((tmp_path / f"{name}.pem").read_bytes()) for name in ("ca", "leaf")
    )
    verifier = make_verifier([authority], revocation="crl")
    now = SystemClock().now()

    def offered_list() -> bytes:
        openssl(
            "ca", "-gencrl", "-config", "settings", "-name", "ca_desk", *signing, "-out", "list.pem"
        )
        openssl("crl", "-in", "list.pem", "-outform", "DER", "-out", "list.der")
        return (tmp_path / "list.der").read_bytes()

    assert verifier.lists.offer(offered_list(), now).number == 7
    lock = verifier.verify(leaf, now)
    assert (lock.key_type, lock.enterprise_name, lock.uscc) == (kind, NAME, pki.uscc())
    openssl("ca", "-config", "settings", "-name", "ca_desk", "-revoke", "leaf.pem", *signing)
    assert verifier.lists.offer(offered_list(), now).number == 8
    with pytest.raises(CertificateRefused) as raised:
        verifier.verify(leaf, now)
    assert raised.value.reason_code == "revocation.revoked"


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_cryptography_judges_the_signatures_alike(
    make_verifier: Callable[..., CertificateVerifier], kind: str
) -> None:
    issuer, forger = (
        pki.root(kind),
        pki.Authority("", pki.kept_key(kind, "forger"), pki.root(kind).name, b""),
    )
    authority = x509.load_der_x509_certificate(issuer.der)
    x509.load_der_x509_certificate(enterprise(issuer)).verify_directly_issued_by(authority)
    with pytest.raises(InvalidSignature):
        x509.load_der_x509_certificate(enterprise(forger)).verify_directly_issued_by(authority)
    verifier = make_verifier([issuer.der])
    assert verifier.verify(enterprise(issuer), pki.NOW)
    with pytest.raises(CertificateRefused, match="签名"):
        verifier.verify(enterprise(forger), pki.NOW)
