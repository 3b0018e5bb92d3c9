"""Answers by number take the place of the questions that the quoted mail numbers."""

import pytest

from core.data.submission import Answer
from mail_intake.request.read import read_request
from tests.message.mails import new_text

NAME = "北京晨曦建设工程有限公司"
REPLY = b"In-Reply-To: <0@example.com>"
RULE = "------------------ 原始邮件 ------------------\n发件人: desk@example.com\n"
ASKED = "您好，请确认：\n1、是否解绑？\n2、是否需要重置注册密码？\n并写明企业名称。"
TURNED = "1、是否需要重置注册密码？\n2、是否解绑？"


def answers(text: str, quoted: str) -> tuple[Answer, Answer]:
    form = read_request("回复：请确认", new_text(f"{text}\n\n{RULE}{quoted}", REPLY))
    return form.unbind, form.reset_password


@pytest.mark.parametrize(
    "text",
    [
        f"1是 2否\n{NAME}",
        f"1是2否\n{NAME}",
        f"答：1、是；2、否。企业名称：{NAME}",
        f"1：需要\n2：不需要\n{NAME}",
        f"{NAME}\n①是，②否",
        f"(1) 要\n(2) 不用\n{NAME}",
    ],
)
def test_answers_by_number_answer_the_quoted_questions(text):
    assert answers(text, ASKED) == (Answer.YES, Answer.NO)
    assert answers(text, ASKED.replace("1、", "（一）").replace("2、", "（二）")) == (
        Answer.YES,
        Answer.NO,
    )
    assert answers(text, TURNED) == (Answer.NO, Answer.YES)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        pytest.param(f"1是 2否\n{NAME}", "请问企业名称？", id="nothing numbered was asked"),
        pytest.param(f"1是 2否\n{NAME}", f"{ASKED}\n{TURNED}", id="two questions, one number"),
        pytest.param(f"1是 3否\n{NAME}", ASKED, id="a number that was not asked"),
        pytest.param(f"1是 1否\n{NAME}", ASKED, id="one number, two answers"),
        pytest.param(f"1是什么意思 2是什么意思\n{NAME}", ASKED, id="questions about them"),
        pytest.param(
            f"1是\n{NAME}", "1、是否解绑，还是绑定新锁？", id="a question with two answers"
        ),
        pytest.param(f"1是\n{NAME}", "1、是否不解绑？", id="a question that denies"),
        pytest.param(
            f"1是\n{NAME}", "1、旧锁是否保留，暂不解绑？", id="a question of the contrary"
        ),
    ],
)
def test_other_numbers_answer_nothing(text, quoted):
    assert Answer.YES not in answers(text, quoted)


HEADER = (
    "<div><b>发件人：</b>desk@example.com</div><div><b>发送时间：</b>2026-03-01 10:00</div>"
    "<div><b>收件人：</b>zhang</div><div><b>主题：</b>请确认</div>"
)


def test_what_stands_below_a_block_that_holds_the_quoted_mail_is_new():
    html = (
        f"<div><blockquote>{HEADER}<div>请确认是否解绑</div></blockquote>"
        f"<div>{NAME}，是否解绑：是</div></div>"
    )
    assert new_text(html, REPLY, kind="html") == f"{NAME}，是否解绑：是"


def test_a_block_that_holds_a_header_alone_leaves_the_mail_below_it_quoted():
    html = f"<div>{NAME}</div><blockquote>{HEADER}</blockquote><div>是否解绑：是</div>"
    assert new_text(html, REPLY, kind="html") == NAME
