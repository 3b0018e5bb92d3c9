"""A request that stands in an earlier mail alone: passed on below other words, or repeated by the
subject of an answer (RULES.md section 3)."""

import pytest

from mail_intake.mail_reading import read_words
from tests.validators.builders import documents, message

REQUEST = "北京晨曦建设工程有限公司申请解绑CA锁，密码不重置。"


@pytest.mark.parametrize(
    ("cover", "passed_on"),
    [
        ("", False),
        ("见下", False),
        ("老师，转发我同事的申请，材料在附件", False),
        ("昨天发到旧邮箱了，重新发给您", False),
        ("这家昨天已经电话核实并办完，转给你归档，不用再操作了。", True),
        ("这两封都办完回复过了，转给档案员留存，勿重复操作。", True),
        ("请组织学习近期来信的处理情况，下周会上通报", True),
    ],
)
def test_the_cover_of_a_forward(cover, passed_on):
    mail = message(
        is_forward=True, cover=cover, new_text=f"{cover}\n{REQUEST}", subject="转发：申请"
    )
    assert read_words(mail, documents()).passed_on is passed_on


@pytest.mark.parametrize(
    ("subject", "text", "repeats"),
    [
        ("回复：申请解绑并重置密码", "收到，好使了，谢谢老师", True),
        ("Re: 申请解绑并重置密码", "", True),
        ("回复：申请解绑并重置密码", REQUEST, False),
        ("申请解绑并重置密码", "谢谢老师", False),
        ("转发：申请解绑并重置密码", "见附件", False),
    ],
)
def test_the_subject_of_an_answer(subject, text, repeats):
    mail = message(subject=subject, new_text=text)
    assert read_words(mail, documents()).repeats_subject is repeats
