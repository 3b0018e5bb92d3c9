"""What the case page says of electronic signatures: facts beside the seals, in the desk's words,
with the signer's name as it was written."""

from dataclasses import replace

import pytest

from core.data.documents import Signature, SignatureState
from tests.web.harness import request

PDF = "解绑材料.pdf"


def page_with(harness, admin, *signatures):
    harness.register(1)
    submission, _ = request(1, harness.desk.clock.now())
    signed = replace(submission, documents=replace(submission.documents, signatures=signatures))
    record = harness.arrives(signed)
    return admin.see(f"/cases/{harness.case(record.case_id).number}").text


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        (
            Signature(PDF, "北京甲公司", SignatureState.INTACT, trusted=True),
            ("签名后未改动", "由已配置的CA签发"),
        ),
        (
            Signature(PDF, "北京甲公司", SignatureState.ALTERED),
            ("签名后有改动", "未经本机所配CA证实"),
        ),
        (
            Signature(PDF, "北京甲公司", SignatureState.NOT_VERIFIABLE, algorithm="SM2"),
            ("本机不能验证（SM2）",),
        ),
        (Signature(PDF, "", SignatureState.BROKEN), ("签名人不详", "数据残缺")),
    ],
)
def test_a_signature_is_told_beside_the_seals(harness, admin, signature, said):
    text = page_with(harness, admin, signature)
    assert "电子签名" in text
    for one in said:
        assert one in text


def test_the_signers_name_is_a_strangers_words(harness, admin):
    text = page_with(
        harness,
        admin,
        Signature(PDF, "<script>alert(1)</script>119999199001011234", SignatureState.INTACT),
    )
    assert "<script>alert" not in text
    assert "119999199001011234" not in text


def test_nothing_is_said_where_nothing_is_signed(harness, admin):
    assert "电子签名" not in page_with(harness, admin)
