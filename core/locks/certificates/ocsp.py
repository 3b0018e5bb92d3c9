"""An OCSP answer about one certificate, given as octets (RFC 6960). Nothing is fetched here.

An answer counts when it was successful, speaks of this certificate (serial, and hashes of the
issuer's name and key), is signed by the issuer or by a responder to whom the issuer itself gave
OCSPSigning, and is fresh. cryptography reads it, for SM2 too. Without a nextUpdate it counts for an
hour. "unknown" is no good word: the certificate then is not known to be good.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from core.clock import local
from core.locks.certificate_reasons import CertificateRefused, refusal
from core.locks.certificates.certificate_status import GOOD, UNKNOWN, Standing
from core.locks.certificates.extensions import OCSP_SIGNING, uses_of
from core.locks.certificates.parsing import Certificate, parse
from core.locks.certificates.path import Trust
from core.locks.signatures import der
from core.locks.signatures.public_keys import BadKey, PublicKey, read_key
from core.locks.signatures.verification import SystemSignatures

MOST_OCTETS: Final = 64 * 1024
CLOCK_SKEW: Final = timedelta(minutes=5)
LIFE_WITHOUT_NEXT_UPDATE: Final = timedelta(hours=1)
_MOST_RESPONDERS: Final = 4


def standing(
    data: bytes,
    certificate: Certificate,
    issuer: Certificate,
    now: datetime,
    trust: Trust,
    signatures: SystemSignatures,
) -> Standing:
    """What the answer says of the certificate. Raises CertificateRefused (ocsp.*)."""
    try:
        answer = _loaded(data)
        single = _about(answer, certificate, issuer)
        _judge_signature(answer, issuer, now, trust, signatures)
        _judge_time(single, now)
        return _said(single)
    except CertificateRefused as error:
        if error.reason_code.startswith(("certificate.", "extension.")):
            raise refusal("ocsp.malformed", error.reason_code) from error
        raise
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise refusal("ocsp.malformed", str(error)[:60]) from error


def _loaded(data: bytes) -> ocsp.OCSPResponse:
    if len(data) > MOST_OCTETS:
        raise refusal("ocsp.malformed", "过大")
    answer = ocsp.load_der_ocsp_response(data)
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise refusal("ocsp.not_successful", answer.response_status.name)
    return answer


def _about(
    answer: ocsp.OCSPResponse, certificate: Certificate, issuer: Certificate
) -> ocsp.OCSPSingleResponse:
    for single in answer.responses:
        if single.serial_number == certificate.serial and _names_issuer(single, issuer):
            return single
    raise refusal("ocsp.other_certificate")


def _names_issuer(single: ocsp.OCSPSingleResponse, issuer: Certificate) -> bool:
    """The key hash is over the bare key, without tag, length and unused bits."""
    algorithm = _digest_of(single)
    key = der.bits(der.members(der.one(issuer.spki, der.SEQUENCE))[1])
    return single.issuer_key_hash == _hash(algorithm, key) and single.issuer_name_hash == _hash(
        algorithm, issuer.subject.raw
    )


def _digest_of(single: ocsp.OCSPSingleResponse) -> hashes.HashAlgorithm:
    """The answer's way of naming the issuer. cryptography does not know SM3 in this place; another
    unknown hash then matches nothing."""
    try:
        return single.hash_algorithm
    except UnsupportedAlgorithm:
        return hashes.SM3()


def _hash(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    context = hashes.Hash(algorithm)
    context.update(data)
    return context.finalize()


def _judge_signature(
    answer: ocsp.OCSPResponse,
    issuer: Certificate,
    now: datetime,
    trust: Trust,
    signatures: SystemSignatures,
) -> None:
    oid = answer.signature_algorithm_oid.dotted_string
    for key in _responders(answer, issuer, now, trust):
        if signatures.verify_issued(key, oid, answer.signature, answer.tbs_response_bytes):
            return
    raise refusal("ocsp.signature", str(issuer.subject))


def _responders(
    answer: ocsp.OCSPResponse, issuer: Certificate, now: datetime, trust: Trust
) -> Iterator[PublicKey]:
    """Keys that may answer: the issuer's, and those of responders that the issuer
    itself certified for it."""
    try:
        yield read_key(issuer.spki)
        for brought in answer.certificates[:_MOST_RESPONDERS]:
            responder = parse(brought.public_bytes(Encoding.DER))
            allowed = OCSP_SIGNING in (uses_of(responder).extended or ())
            if (
                allowed
                and responder.not_before <= now <= responder.not_after
                and trust.signed_by(responder, issuer)
            ):
                yield read_key(responder.spki)
    except BadKey as error:
        raise refusal("ocsp.signature", str(issuer.subject)) from error


def _judge_time(single: ocsp.OCSPSingleResponse, now: datetime) -> None:
    until = single.next_update_utc or single.this_update_utc + LIFE_WITHOUT_NEXT_UPDATE
    if single.this_update_utc > now + CLOCK_SKEW or until < now:
        raise refusal("ocsp.stale", f"{local(until):%Y-%m-%d %H:%M}")


def _said(single: ocsp.OCSPSingleResponse) -> Standing:
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        on_hold = single.revocation_reason is x509.ReasonFlags.certificate_hold
        return Standing(known=True, revoked_at=single.revocation_time_utc, on_hold=on_hold)
    return GOOD if single.certificate_status is ocsp.OCSPCertStatus.GOOD else UNKNOWN
