"""Runs in a bounded child only: verdicts on the electronic signatures of a PDF (ISO 32000-2, 12.8;
CMS, RFC 5652), by pyHanko and without any network.

Integrity (`state`): whether the signed bytes are those of the file, and later additions display
nothing. Trust (`trusted`): whether a configured issuer's certificate confirms the signer, at the
time that the signature itself claims; revocation is not checked. Chinese seals are mostly SM2 (GB/T
38540, GM/T 0010), which pyHanko does not know: their signer is reported, as not verifiable.
"""

import contextlib
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from asn1crypto import cms, x509

from core.data.documents import Signature, SignatureState

_MOST = 20  # signatures of a file
# 1.2.156.10197 in DER: SM2, SM3 and signatures with them
_CHINESE_ALGORITHMS = bytes.fromhex("2a811ccf55")
_SM2 = "SM2"
_BROKEN = Signature("", "", SignatureState.BROKEN)
# a certificate in DER begins so; at most so many places are tried
_LONG_SEQUENCE, _MOST_STARTS = re.compile(rb"\x30\x82"), 200


def reported_signatures(data: bytes, roots: Sequence[bytes]) -> list[Signature]:
    """The file's signatures, of no attachment yet; a BROKEN one where it cannot be parsed."""
    try:
        return list(_each(data, roots))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        # pyHanko raises many kinds on files that are no PDF of the standard
        return [_BROKEN]


def _each(data: bytes, roots: Sequence[bytes]) -> Iterator[Signature]:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import enumerate_sig_fields

    reader = PdfFileReader(io.BytesIO(data), strict=False)
    if reader.encrypted:
        reader.decrypt(b"")
    for number, (name, value, field) in enumerate(enumerate_sig_fields(reader, filled_status=True)):
        if number >= _MOST:
            return
        try:
            yield _judged(reader, name, value, field, roots)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001  as above, for one signature
            yield _BROKEN


def _judged(reader: Any, name: str, value: Any, field: Any, roots: Sequence[bytes]) -> Signature:
    contents = bytes(value.get_object()["/Contents"])
    if _CHINESE_ALGORITHMS in contents:
        signer = _chinese_signer(contents)
        return Signature("", signer, SignatureState.NOT_VERIFIABLE, algorithm=_SM2)
    from pyhanko.sign.validation import EmbeddedPdfSignature

    signature = EmbeddedPdfSignature(reader, field.get_object(), name)
    signer, algorithm = _name(signature.signer_cert), _algorithm(signature.signer_info)
    try:
        status = _status(signature, roots)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        # an algorithm or a shape that pyHanko does not know:
        # not judged, which is neither intact nor altered
        return Signature("", signer, SignatureState.NOT_VERIFIABLE, algorithm=algorithm)
    return Signature(
        "",
        signer,
        _state(status),
        trusted=bool(status.intact and status.valid and status.trusted),
        algorithm=algorithm,
    )


def _status(signature: Any, roots: Sequence[bytes]) -> Any:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(
        trust_roots=list(_anchors(roots)),
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=_moment(signature),
    )
    return validate_pdf_signature(
        signature, context, key_usage_settings=KeyUsageConstraints(key_usage=set())
    )


def _anchors(roots: Sequence[bytes]) -> Iterator[Any]:
    """The issuers' certificates, without those that pyHanko cannot parse."""
    for root in roots:
        with contextlib.suppress(ValueError, TypeError, KeyError):
            certificate = x509.Certificate.load(root)
            certificate.subject.hashable  # noqa: B018  raises if it is no certificate
            yield certificate


def _moment(signature: Any) -> datetime:
    """The time of signing that the signature claims, else the begin of its certificate."""
    reported_time = None
    with contextlib.suppress(Exception):
        reported_time = signature.self_reported_timestamp
    moment: datetime = reported_time or signature.signer_cert.not_valid_before
    return moment


def _state(status: Any) -> SignatureState:
    """Whether the file still displays what was signed.

    Additions for long-term verification (DSS) are no alteration. A filled field or a later
    signature is one: it may cover the whole page, and anybody can sign again.
    """
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import SignatureCoverageLevel

    if not (status.intact and status.valid):
        return SignatureState.ALTERED
    covered = status.coverage is SignatureCoverageLevel.ENTIRE_FILE or (
        status.coverage is SignatureCoverageLevel.ENTIRE_REVISION
        and status.modification_level is not None
        and status.modification_level <= ModificationLevel.LTA_UPDATES
    )
    return (
        SignatureState.INTACT
        if covered and status.docmdp_ok is not False
        else SignatureState.ALTERED
    )


def _algorithm(signer_info: Any) -> str:
    with contextlib.suppress(Exception):
        return (
            f"{signer_info['signature_algorithm'].signature_algo} "
            f"{signer_info['digest_algorithm']['algorithm'].native}"
        )
    return ""


def _name(certificate: Any) -> str:
    """The common name, else the organisation; "" where its encoding is wrong."""
    with contextlib.suppress(Exception):
        native = certificate.subject.native
        found = native.get("common_name") or native.get("organization_name") or ""
        return str(found if isinstance(found, str) else found[-1])
    return ""


def _chinese_signer(contents: bytes) -> str:
    """The signer of an SM2 signature: the first certificate of a CMS, the last certificate within a
    seal (GB/T 38540), where the seal's issuer comes before the signer."""
    with contextlib.suppress(Exception):
        return _name(cms.ContentInfo.load(contents)["content"]["certificates"][0].chosen)
    starts = [found.start() for found in _LONG_SEQUENCE.finditer(contents)][-_MOST_STARTS:]
    for start in reversed(starts):
        end = start + 4 + int.from_bytes(contents[start + 2 : start + 4])
        with contextlib.suppress(ValueError, TypeError):
            if name := _name(x509.Certificate.load(contents[start:end])):
                return name
    return ""
