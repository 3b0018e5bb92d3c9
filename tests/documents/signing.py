"""Signed PDFs for the tests: by pyHanko with an RSA certificate of the tests' CA,
and by hand with SM2 certificates."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.certificates import pki
from tests.certificates.pki import integer, oid, seq, tlv
from tests.documents import hostile
from tests.drawing.seals import RED, seal

ALWAYS = {
    "not_before": datetime(2020, 1, 1, tzinfo=UTC),
    "not_after": datetime(2049, 1, 1, tzinfo=UTC),
}
DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
GM_DATA, GM_SIGNED_DATA = "1.2.156.10197.6.1.4.2.1", "1.2.156.10197.6.1.4.2.2"
SM3 = "1.2.156.10197.1.401"
BYTE_RANGE = b"/ByteRange [0 840 960 240]"


def on_own_loop(call: Callable[..., Any], *arguments: object) -> Any:
    """The call in a thread of its own: pyHanko starts an event loop, and a browser of the same test
    process may have one running in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call, *arguments).result()


@cache
def root(kind: str = "rsa") -> pki.Authority:
    return pki.root(kind, **ALWAYS)


@cache
def certificate(kind: str = "rsa") -> bytes:
    return pki.enterprise(root(kind), **ALWAYS)


class Hand(signers.Signer):
    """Signs with a key of the tests' CA."""

    def __init__(self) -> None:
        super().__init__(
            signing_cert=x509.Certificate.load(certificate()),
            cert_registry=SimpleCertificateStore(),
        )

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        return pki.kept_key("rsa", "leaf").sign(pki.RSA_SHA256, data)


SEAL_BOX = (380, 200, 500, 320)
"""`hostile.SEAL_AT` in points."""


def signed(
    pdf: bytes, field: str = "s1", *, show: bool = False, box: tuple[int, ...] = SEAL_BOX
) -> bytes:
    """The PDF, signed. `show`: the signature's field shows a seal in the box."""
    ink = seal(pki.NAME, bottom="", number="1101123456789", size_px=340, colour=RED)
    style = (
        StaticStampStyle(background=PdfImage(ink), border_width=0, background_opacity=1.0)
        if show
        else None
    )
    place = fields.SigFieldSpec(field, box=box) if show else None
    told = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256")
    signer = signers.PdfSigner(told, signer=Hand(), stamp_style=style, new_field_spec=place)
    out = on_own_loop(signer.sign_pdf, IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False))
    return bytes(out.getbuffer())


def with_page_added(pdf: bytes) -> bytes:
    """An incremental update that puts a page behind the others."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.writer import PageObject

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    empty = writer.add_object(generic.StreamObject(stream_data=b" "))
    writer.insert_page(PageObject(contents=empty, media_box=(0, 0, 595, 842)))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_contents(contents: bytes, dictionary: bytes = BYTE_RANGE) -> bytes:
    """The sheet with a signature field whose contents are these."""
    words = b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached%s/Contents<%s>>>" % (
        dictionary,
        contents.hex().encode(),
    )
    form = b"/AcroForm<</Fields[6 0 R]/SigFlags 3>>"
    return hostile.annotated(
        b"/Subtype/Widget/FT/Sig/T(s)/F 132/V 10 0 R", form=form, more=(words,)
    )


def cms_of_sm2(content: str = GM_SIGNED_DATA, inner: str = GM_DATA) -> bytes:
    """A CMS signature of SM2 with SM3 (GM/T 0010, or RFC 5652 with the same algorithms);
    its value is not a real one."""
    leaf = certificate("sm2")
    signer = seq(
        integer(1),
        seq(root("sm2").name, integer(x509.Certificate.load(leaf).serial_number)),
        seq(oid(SM3)),
        seq(oid(pki.SM2_SM3)),
        tlv(0x04, bytes(70)),
    )
    body = seq(
        integer(1), tlv(0x31, seq(oid(SM3))), seq(oid(inner)), tlv(0xA0, leaf), tlv(0x31, signer)
    )
    return seq(oid(content), tlv(0xA0, body))


def seal_of_sm2() -> bytes:
    """SES_Signature as in GB/T 38540: the seal with its maker's certificate, then the signer's,
    the algorithm, the signature."""
    makers = pki.enterprise(root("sm2"), subject=pki.enterprise_subject("印章制作单位"), **ALWAYS)
    ses_seal = seq(
        seq(seq(tlv(0x16, b"ES"), integer(4)), tlv(0x16, b"id")),
        tlv(0x04, makers),
        seq(oid(pki.SM2_SM3)),
        tlv(0x03, bytes(65)),
    )
    to_sign = seq(integer(4), ses_seal, tlv(0x18, b"20260101000000Z"), tlv(0x03, bytes(33)))
    return seq(to_sign, tlv(0x04, certificate("sm2")), oid(pki.SM2_SM3), tlv(0x03, bytes(65)))
