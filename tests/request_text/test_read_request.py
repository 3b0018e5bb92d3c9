"""Letters and forwards beside the mail's own words, and mixtures of words.

What single texts say stands in the example files (see `test_examples`).
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.submission import Answer, RequestForm
from mail_intake.request.read import read_request


def said(form: RequestForm) -> tuple[str, Answer, Answer]:
    return (
        "+".join(form.enterprise_names) or ("?" if form.name_unread else ""),
        form.unbind,
        form.reset_password,
    )


def test_letter_fills_only_what_the_mail_leaves_out():
    mail = read_request("解绑", "企业名称：北京晨曦建设工程有限公司")
    letter = read_request("", "申请书\n我单位北京乙巳装饰有限公司申请解绑，不重置密码。")
    both = mail.filled_from(letter)
    assert both.enterprise_names == ("北京晨曦建设工程有限公司",)
    assert (both.unbind, both.reset_password) == (Answer.YES, Answer.NO)
    assert both.from_letter == {"reset_password"}


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("请解绑原CA锁，明早九点投标。", True),
        ("申请重置注册密码，今天下午就要投标", True),
        ("我司申请解绑CA锁，不重置密码，明天上午开标，望尽快办理。", True),
        ("申请解绑CA锁，用于下月投标。", False),
        ("明天上午开标，请问开标地点在哪里？", False),
    ],
)
def test_a_request_shortly_before_a_bid_is_urgent(text, urgent):
    assert read_request("您好", f"{text}\n北京晨曦建设工程有限公司").urgent is urgent


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("老师，今天下午两点开标，能不能提前办一下", True),
        ("很急！", True),
        ("能不能提前办一下", False),
    ],
)
def test_an_answer_to_our_letter_is_urgent_without_a_word_of_the_lock(text, urgent):
    subject = "Re: 【已受理】北京晨曦建设工程有限公司 CA锁解绑申请 工单号 JB20261012-0001"
    assert read_request(subject, text).urgent is urgent
    assert not read_request("Re: 标书", text).urgent


def test_a_name_of_more_than_sixty_characters_is_read_in_a_sentence():
    name = f"北京{'鑫' * 70}有限公司"
    assert said(read_request("解绑", f"我单位{name}申请解绑CA锁，不重置密码。")) == (
        name,
        Answer.YES,
        Answer.NO,
    )


def test_letter_whose_sentences_run_over_the_ends_of_lines():
    letter = read_request(
        "",
        "解绑申请书\n　　我单位北京晨曦建设工程有限公司因原经办人离职未交接，特申请解除CA锁绑\n"
        "定，注册密码不需要重\n置。\n北京晨曦建设工程有限公司\n2026年3月2日",
    )
    assert said(letter) == ("北京晨曦建设工程有限公司", Answer.YES, Answer.NO)


def test_letter_of_labelled_lines():
    letter = read_request(
        "",
        "企业名称：北京经济技术开发区晨曦建设工程有限公司\n是否解绑：是\n是否需要重置注册密码：否",
    )
    assert said(letter) == ("北京经济技术开发区晨曦建设工程有限公司", Answer.YES, Answer.NO)


@pytest.mark.parametrize(
    ("text", "withdraws"),
    [
        ("需要解绑（√） 不需要解绑（ ）\n需要重置（ ） 不需要重置（√）", False),
        ("锁找到了，不用解绑了", True),
        ("请撤回解绑申请", True),
    ],
)
def test_an_option_that_is_not_ticked_takes_nothing_back(text, withdraws):
    assert read_request("", f"北京晨曦建设工程有限公司，\n{text}").withdraws is withdraws


def test_letter_does_not_touch_doubt():
    mail = read_request("", "北京晨曦建设工程有限公司申请解绑，密码的事看着办")
    assert mail.filled_from(read_request("", "重置密码：是")).reset_password is Answer.UNREAD


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("公司：北京晨曦建设工程有限公司，密码不重置", ("?", Answer.YES, Answer.UNREAD)),
        ("资料见附件", ("", Answer.YES, Answer.MISSING)),
        ("", ("", Answer.YES, Answer.MISSING)),
    ],
)
def test_what_a_forward_passes_on_is_doubt_where_its_own_words_are_silent(forwarded, expected):
    assert (
        said(read_request("转发：资料", "请办理解绑").doubted_by(read_request("", forwarded)))
        == expected
    )


def test_what_a_forward_says_itself_stands():
    own = read_request("转发：资料", "北京晨曦建设工程有限公司申请解绑，不重置密码")
    assert own.doubted_by(read_request("", "公司：北京乙巳装饰有限公司，不解绑，重置密码")) == own


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                "是否",
                "解绑",
                "重置",
                "密码",
                "企业名称",
                "：",
                "是",
                "否",
                "不",
                "需要",
                "，",
                "\n",
                "公司",
                "北京",
                "有限公司",
                "□",
                "√",
                "(",
                ")",
                "CA锁",
                " ",
                "\t",
                "|",
                "请",
                "和",
                "申请",
                "𠮷",
                "x",
            ]
        ),
        max_size=60,
    ).map("".join)
)
def test_any_mixture_is_read_without_error(text):
    assert isinstance(read_request(text[:20], text), RequestForm)


@pytest.mark.parametrize("text", ["旧锁注销，密码初始化", "旧锁作废，密码保持不变"])
def test_a_lock_that_is_to_be_void_is_no_silence_about_unbinding(text):
    """Missing would return the mail: perhaps this asks for the unbinding in other words."""
    assert read_request("", f"北京晨曦建设工程有限公司：{text}").unbind is Answer.UNREAD


def test_a_name_longer_than_any_is_unread():
    """The case's page compares names letter by letter."""
    form = read_request("CA锁解绑", f"企业名称：{'北京' * 3000}有限公司\n是否解绑：是")
    assert (form.enterprise_names, form.name_unread) == ((), True)
