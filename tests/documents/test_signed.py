"""Electronic signatures, made by pyHanko or by hand: intact, altered, of SM2, broken;
and the seal that their field shows."""

import subprocess
import sys

import pytest

from app.judging import read_document
from core.data.documents import Box, Signature, SignatureState
from papers.lines.layout import overlap
from papers.paper_reading import DocumentSettings
from papers.signatures.check import reported_signatures
from papers.signatures.signed import is_signed, signatures_of
from tests.certificates.pki import NAME
from tests.documents import hostile, signing
from tests.documents.files import blank_pdf, with_content
from tests.documents.reading_pages import reader_of

PDF = "材料.pdf"
SIGNATURE = (
    b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange [0 840 960 "
    b"240]/Contents<00>>>"
)
reader = reader_of(DocumentSettings(signature_roots=(signing.root().der,)), hostile.Reads())


@pytest.fixture(scope="module")
def intact():
    return signing.signed(hostile.plain(), show=True)


def judged(pdf: bytes, *roots: bytes) -> list[tuple[str, str, bool]]:
    return [
        (one.signer, one.state, one.trusted)
        for one in signing.on_own_loop(reported_signatures, pdf, roots)
    ]


@pytest.mark.parametrize(
    ("data", "signed"),
    [
        (with_content(b"", extra=(SIGNATURE,)), True),
        (with_content(b"", extra=(SIGNATURE.replace(b"/ByteRange [", b"/ByteRange[\r\n "),)), True),
        (with_content(b"(/ByteRange) Tj"), False),
        (with_content(b"", extra=(b"<</FT/Sig/T(empty field)>>",)), False),
        (b"", False),
    ],
)
def test_only_a_filled_signature_is_a_signature(data, signed):
    assert is_signed(data) is signed


def test_the_signature_of_a_file_is_data_of_its_document(reader, intact):
    documents = reader.read([("plain.pdf", blank_pdf()), (PDF, intact)]).documents
    assert documents.signatures == (
        Signature(
            PDF, NAME, SignatureState.INTACT, trusted=True, algorithm="rsassa_pkcs1v15 sha256"
        ),
    )


def test_the_seal_of_a_signature_field_is_seen(reader, intact):
    documents = reader.read([(PDF, intact)]).documents
    assert [page.seal_ink for page in documents.pages] == [True]
    assert [overlap(seal.box, Box(*hostile.SEAL_AT)) > 0.8 for seal in documents.seals] == [True]


def test_without_the_issuer_the_signer_is_not_known(intact):
    assert judged(intact) == [(NAME, "intact", False)]
    assert judged(intact, signing.root("p256").der) == [(NAME, "intact", False)]


@pytest.mark.parametrize("later", [{}, {"show": True, "box": (0, 0, 595, 842)}])
def test_a_later_signature_is_an_alteration(intact, later):
    """Its face may lie over the whole page, and anybody may have made it."""
    again = signing.signed(intact, "s2", **later)
    assert [state for _, state, _ in judged(again)] == ["altered", "intact"]


def test_a_page_added_after_signing_is_an_alteration(intact):
    assert judged(signing.with_page_added(intact), signing.root().der) == [(NAME, "altered", True)]


def test_a_byte_changed_within_what_was_signed_is_an_alteration(intact):
    assert judged(intact.replace(b"[0 0 595 842]", b"[0 0 595 843]", 1), signing.root().der) == [
        (NAME, "altered", False)
    ]


@pytest.mark.parametrize(
    "contents",
    [
        signing.cms_of_sm2(),
        signing.cms_of_sm2(signing.SIGNED_DATA, signing.DATA),
        signing.seal_of_sm2(),
    ],
    ids=["GM/T 0010", "RFC 5652", "GB/T 38540"],
)
def test_sm2_is_told_as_not_verifiable_with_its_signer(contents):
    assert reported_signatures(signing.with_contents(contents), ()) == [
        Signature("", NAME, SignatureState.NOT_VERIFIABLE, algorithm="SM2")
    ]


@pytest.mark.parametrize(
    "pdf",
    [
        lambda: signing.with_contents(b"\x00"),
        lambda: signing.with_contents(b""),
        lambda: signing.with_contents(b"\x30\x84\xff\xff\xff\xff"),
        lambda: signing.with_contents(b"\x30\x80" * 500),
        lambda: signing.with_contents(b"x", b"/ByteRange [0 99999999999 -5 7]"),
        lambda: signing.with_contents(b"x", b"/ByteRange(words)"),
        lambda: b"%PDF-1.7\n" + SIGNATURE,
    ],
)
def test_a_broken_signature_is_told_as_broken(pdf):
    assert [one.state for one in reported_signatures(pdf(), ())] == ["broken"]


def test_a_signature_that_was_not_judged_is_not_left_out():
    assert signatures_of(PDF, SIGNATURE, ()) == (Signature(PDF, "", SignatureState.NOT_VERIFIABLE),)
    assert signatures_of(PDF, b"", ()) == ()


def test_words_of_the_child_are_cleaned_and_bounded():
    told = Signature("", "甲\u202e\x00" + "乙" * 500, SignatureState.INTACT)
    [signature] = signatures_of(PDF, b"", [told])
    assert (signature.attachment, signature.signer) == (PDF, "甲 " + "乙" * 198)


def test_issuers_of_other_algorithms_stand_beside_the_right_one(intact):
    roots = [signing.root(kind).der for kind in ("sm2", "p256", "rsa")]
    assert judged(intact, b"no certificate", *roots) == [(NAME, "intact", True)]


def test_the_command_line_tells_signatures_only_where_there_are_any(reader, intact):
    assert read_document(PDF, intact, reader, None)["signatures"] == [
        {
            "attachment": PDF,
            "signer": NAME,
            "state": "intact",
            "trusted": True,
            "algorithm": "rsassa_pkcs1v15 sha256",
        }
    ]
    assert "signatures" not in read_document(PDF, blank_pdf(), reader, None)


def test_pyhanko_is_loaded_only_in_the_child_of_a_signed_file():
    script = (
        "import sys, papers.opening.pages, app.cli.main; print('pyhanko' in sys.modules, "
        "'aiohttp' in sys.modules)"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout
        == "False False\n"
    )
