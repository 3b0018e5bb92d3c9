"""Our own letter quoted back without any quote marks:
it is cut, and nothing that the sender wrote goes with it."""

from datetime import UTC, datetime

import pytest

from core.data.letter import Centre, LetterFacts, LetterKind
from core.outgoing.letter_templates import JinjaLetters
from mail_intake.message.opening import open_mail

AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
LETTER = (
    JinjaLetters(Centre())
    .render(
        LetterKind.RETURNED,
        LetterFacts(case_number="JB20261125-0001", reasons=("缺营业执照",), reply_days=30),
    )
    .text
)


@pytest.mark.parametrize(
    "words",
    [
        "是否解绑：是",
        "关于工单号：JB20261125-0001 的补充说明：\n是否解绑：是",
        "工单号 JB20261125-0001 补充如下\n企业名称：北京堃泰镕喆工程有限公司",
    ],
)
@pytest.mark.parametrize("below", ["", "\n谢谢！"])
def test_only_our_letter_is_cut(words, below):
    raw = (
        "From: a@example.com\nTo: s@example.org\nSubject: =?utf-8?b?UmU=?=\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{words}\n\n{LETTER}{below}"
    )
    message = open_mail(raw.encode(), AT).message
    assert message.new_text.split() == (words + below).split()
    assert "缺营业执照" not in message.new_text
