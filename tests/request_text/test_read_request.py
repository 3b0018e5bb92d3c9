"""The reader of requests against written examples, a held part that is only measured, and hostile text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cases.submission import Answer, RequestForm
from mail_intake.request_text import read_letter, read_request, with_forwarded, with_letter
from tests.message.mails import new_text, word
from tests.request_text.examples import ALL
from tests.request_text.examples_odd import MENDED, ODD
from tests.request_text.held import HELD
from tests.request_text.held_eighth import HELD_EIGHTH
from tests.request_text.held_eleventh import HELD_ELEVENTH
from tests.request_text.held_fifteenth import HELD_FIFTEENTH
from tests.request_text.held_fifth import HELD_FIFTH
from tests.request_text.held_fourteenth import HELD_FOURTEENTH
from tests.request_text.held_fourth import HELD_FOURTH
from tests.request_text.held_mails import HELD_MAILS
from tests.request_text.held_ninth import HELD_NINTH
from tests.request_text.held_second import HELD_SECOND
from tests.request_text.held_seventh import HELD_SEVENTH
from tests.request_text.held_sixth import HELD_SIXTH
from tests.request_text.held_tenth import HELD_TENTH
from tests.request_text.held_third import HELD_THIRD
from tests.request_text.held_thirteenth import HELD_THIRTEENTH
from tests.request_text.held_twelfth import HELD_TWELFTH

EVERY = [*ALL, *ODD, *MENDED]
WHOLE = [(subject, new_text(body, b"Subject: " + word(subject, "utf-8", "utf-8").replace(b"\n", b""), kind=kind), *truth) for subject, kind, body, *truth in HELD_MAILS]
HELD_PARTS = [HELD, HELD_SECOND, HELD_THIRD, HELD_FOURTH, HELD_FIFTH, HELD_SIXTH, HELD_SEVENTH, HELD_EIGHTH, HELD_NINTH, HELD_TENTH, HELD_ELEVENTH, HELD_TWELFTH, HELD_THIRTEENTH, HELD_FOURTEENTH, HELD_FIFTEENTH, WHOLE]
LETTERS = {"Y": Answer.YES, "N": Answer.NO, "A": Answer.AMBIGUOUS, "U": Answer.UNREAD, "M": Answer.MISSING}


def said(form: RequestForm) -> tuple[str, Answer, Answer]:
    return "+".join(form.enterprise_names) or ("?" if form.name_unread else ""), form.unbind, form.reset_password


def agrees(form: RequestForm, names: str, unbind: str, reset: str) -> bool:
    """Whether the names are those expected and each answer is one of the letters expected."""
    found = said(form)
    return found[0] == names and all(answer in {LETTERS[letter] for letter in letters} for answer, letters in zip(found[1:], (unbind, reset), strict=True))


@pytest.mark.parametrize(("subject", "text", "names", "unbind", "reset"), EVERY)
def test_example(subject, text, names, unbind, reset):
    assert said(read_request(subject, text)) == (names, LETTERS[unbind], LETTERS[reset])


def test_there_are_enough_examples():
    assert len({(subject, text) for subject, text, *_ in EVERY}) >= 300


@pytest.mark.parametrize("held", HELD_PARTS)
def test_held_part_is_read_well(held):
    hits = sum(agrees(read_request(s, t), n, u, r) for s, t, n, u, r in held)
    assert hits >= 0.95 * len(held), f"{hits} of {len(held)}"


@pytest.mark.parametrize("held", HELD_PARTS)
def test_held_part_has_no_disaster(held):
    """Neither a yes that nobody said, nor a MISSING for what was said."""
    for subject, text, _names, unbind, reset in held:
        form = read_request(subject, text)
        for expected, got in ((unbind, form.unbind), (reset, form.reset_password)):
            assert not ("Y" not in expected and expected != "A" and got is Answer.YES), (subject, text)
            assert not ("M" not in expected and got is Answer.MISSING), (subject, text)


@pytest.mark.parametrize(("text", "expected"), [
    ("请问我们的解绑申请处理了吗", True), ("申请进度如何", True), ("什么时候能解绑？", True), ("查询一下办理进度", True), ("是否已经受理？", True),
    ("申请解绑，不重置密码", False), ("谢谢，收到", False), ("资料已补充，请查收", False),
])
def test_progress(text, expected):
    assert read_request("", text).asks_progress is expected


@pytest.mark.parametrize(("text", "expected"), [
    ("撤回解绑申请", True), ("锁找到了，不用解绑了", True), ("请取消解绑", True), ("取消CA锁绑定", False), ("申请撤销绑定", False), ("之前的邮件作废，以本邮件为准", False),
    ("申请解绑", False), ("不再申请解绑了", True), ("不办了，谢谢", True), ("那先算了吧", True), ("密码算了，只解绑", False), ("不用了，谢谢", False),
])
def test_withdrawal(text, expected):
    assert read_request("", text).withdraws is expected


@pytest.mark.parametrize(("subject", "text", "expected"), [
    ("CA锁解绑", "", True), ("", "我们的CA锁丢了", True), ("", "忘记密码怎么办", True), ("会议通知", "明天下午开会", False), ("谢谢", "收到", False), ("报价单", "请查收附件报价", False),
])
def test_request_words(subject, text, expected):
    assert read_request(subject, text).has_request_words is expected


def test_bare_answers_of_a_supplement_are_doubt_and_not_silence():
    form = read_request("回复：解绑材料退回", "需要")
    assert form.reset_password is Answer.UNREAD


def test_letter_fills_only_what_the_mail_leaves_out():
    mail = read_request("解绑", "企业名称：北京晨曦建设工程有限公司")
    letter = read_letter("申请书\n我单位北京乙巳装饰有限公司申请解绑，不重置密码。")
    both = with_letter(mail, letter)
    assert both.enterprise_names == ("北京晨曦建设工程有限公司",)
    assert (both.unbind, both.reset_password) == (Answer.YES, Answer.NO)
    assert both.from_letter == {"reset_password"}


def test_letter_whose_sentences_run_over_the_ends_of_lines():
    letter = read_letter("解绑申请书\n　　我单位北京晨曦建设工程有限公司因原经办人离职未交接，特申请解除CA锁绑\n定，注册密码不需要重\n置。\n北京晨曦建设工程有限公司\n2026年3月2日")
    assert said(letter) == ("北京晨曦建设工程有限公司", Answer.YES, Answer.NO)


def test_letter_of_labelled_lines():
    letter = read_letter("企业名称：北京经济技术开发区晨曦建设工程有限公司\n是否解绑：是\n是否需要重置注册密码：否")
    assert said(letter) == ("北京经济技术开发区晨曦建设工程有限公司", Answer.YES, Answer.NO)


def test_letter_does_not_touch_doubt():
    mail = read_request("", "北京晨曦建设工程有限公司申请解绑，密码的事看着办")
    assert with_letter(mail, read_letter("重置密码：是")).reset_password is Answer.UNREAD


@pytest.mark.parametrize(("forwarded", "expected"), [
    ("公司：北京晨曦建设工程有限公司，密码不重置", ("?", Answer.YES, Answer.UNREAD)), ("资料见附件", ("", Answer.YES, Answer.MISSING)), ("", ("", Answer.YES, Answer.MISSING)),
])
def test_what_a_forward_passes_on_is_doubt_where_its_own_words_are_silent(forwarded, expected):
    assert said(with_forwarded(read_request("转发：资料", "请办理解绑"), forwarded)) == expected


def test_what_a_forward_says_itself_stands():
    own = read_request("转发：资料", "北京晨曦建设工程有限公司申请解绑，不重置密码")
    assert with_forwarded(own, "公司：北京乙巳装饰有限公司，不解绑，重置密码") == own


@pytest.mark.parametrize("unit", [
    "是否", "需要", "解绑", "不", "是否需要", "企业名称：", "不需要", "的", "公司", "□是", "（", "北京有限公司", "请", "CA锁", "密码", "是", " ", "\t", "|", "1.", "企 业 ", "重新设置", "解除", "取消绑",
    "申请的", "原旧老", "密码不", "在", "ca数字证书", "解除ca锁", "需要就", "、", "和", "\n", "：", "重置：", "√解绑", "其他不密码√解绑",
])
def test_repetition_is_quick(unit):
    text = unit * (20_000 // len(unit))
    begin = time.process_time()
    read_request("", text)
    assert time.process_time() - begin < 2.0, unit


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["是否", "解绑", "重置", "密码", "企业名称", "：", "是", "否", "不", "需要", "，", "\n", "公司", "北京", "有限公司", "□", "√", "(", ")", "CA锁", " ", "\t", "|", "请", "和", "申请", "𠮷", "x"]),
                max_size=60).map("".join))
def test_any_mixture_is_read_without_error(text):
    assert isinstance(read_request(text[:20], text), RequestForm)
