"""About the case of somebody else a mail of the contact passes only where thanks, a confirmation or
a question about progress take it whole: its text, its subject, what is new in its quote, its
pictures. Whatever else it says sets the case aside and is read."""

import random
from dataclasses import replace
from email.message import EmailMessage
from io import BytesIO

import pytest
from PIL import Image

from core.cases.decision.approve import approve
from core.data.case import ContactedBy, State
from core.errors import NotAllowed
from tests.security.test_contact_answers import (
    COLLEAGUE,
    answered,
    approved,
    arrives,
    notice,
    seen,
)
from tests.security.test_forwarded import REQUEST
from tests.sender.conftest import NONE, PASS
from tests.thorough import share
from tests.validators.builders import NAME, OTHER_NAME, OTHER_USCC
from tests.world import CONTACT

HELD, PASSES = (State.HELD, True, True), (State.QUEUED, False, True)
SHORT = ["我反对", "已报警", "有诈", "暂缓", "慢着", "前员工干的", "保留锁", "是对手公司", "退回"]
HEADS = {
    "qq": (
        '------------------ 原始邮件 ------------------\n发件人: "办理台" <support@example.org>;\n'
        "发送时间: 2026年11月25日(星期三) 上午10:00\n收件人: <contact@example.org>;\n"
        "主题: 请核对\n\n"
    ),
    "outlook": "发件人: support@example.org\n发送时间: 2026年11月25日 10:00\n主题: 请核对\n\n",
    "163": "---- 回复的原邮件 ----\n发件人\t<support@example.org>\n抄送至\t\n主题\t【请核对】\n\n",
    "gmail": "On Wed, Nov 25, 2026 at 10:00 AM 办理台 <support@example.org>\nwrote:\n\n",
}


@pytest.mark.parametrize("words", share(SHORT, 3))
@pytest.mark.parametrize(
    "around", ["您好：\n\n{}", "收到。\n\n{}", "您好！\n\n{}\n\n谢谢", "是的\n\n{}"]
)
def test_short_words_below_a_greeting_are_no_signature(post, rival, around, words):
    assert seen(post, rival, answered(post, around.format(words))) == HELD
    with pytest.raises(NotAllowed):
        approved(post, rival, ContactedBy.MAILBOX)


@pytest.mark.parametrize(
    "words",
    [
        "收到，谢谢！\n\n王梅\n13800000000",
        f"收到，谢谢！\n\n{NAME} 综合部\n王经理\n电话：010-00000000",
        "好的，谢谢\n\n发自我的iPhone",
    ],
)
def test_the_own_name_is_one(post, rival, words):
    assert seen(post, rival, answered(post, words, display="王梅")) == PASSES


@pytest.mark.parametrize(
    "words",
    [
        "请问现在到哪一步了？我们已经报警。",
        "请告知办理进度，经办人已离职。",
        "进度？我们正在查是谁干的",
        "请问进度，我公司将追究责任",
        "请问目前进度？属于他人恶意行为",
    ],
)
def test_a_question_about_progress_with_more_words_does_not_pass(post, rival, words):
    assert seen(post, rival, answered(post, words)) == HELD


@pytest.mark.parametrize("words", ["请问办理进度如何？", "您好，请告知办理进度，谢谢！"])
def test_one_without_does(post, rival, words):
    assert seen(post, rival, answered(post, words)) == PASSES


@pytest.mark.parametrize("head", share([*HEADS], 3))
@pytest.mark.parametrize("above", share(["", "您好\n\n", "谢谢！\n\n", "请问办理进度？\n\n"], 2))
class TestInTheQuote:
    @pytest.mark.parametrize("words", ["那份材料上的章是假章", "我司反对，请拦截。", "提出异议"])
    @pytest.mark.parametrize("place", ["", "【联系我们】", "【申请情况】"])
    def test_each_new_line_counts(self, post, rival, head, above, words, place):
        text = notice(post).rendered.text.replace("[[link]]", "https://desk.example.org/link/x1")
        text = text.replace(place, f"{words}\n\n{place}") if place else f"{text}\n\n{words}\n"
        assert seen(post, rival, arrives(post, above + HEADS[head] + text)) == HELD

    @pytest.mark.parametrize(
        "words",
        [
            "发件人 s***r@e***e.net 我们不认识",
            "附件2里的章是假的",
            "时间不对，1月份我司没人申请",
            "主题：此申请不是我们提的",
        ],
    )
    def test_a_line_that_begins_like_a_field_of_a_head_does(self, post, rival, head, above, words):
        text = notice(post).rendered.text.replace("[[link]]", "https://desk.example.org/link/x1")
        text = text.replace("【联系我们】", f"{words}\n\n【联系我们】")
        assert seen(post, rival, arrives(post, above + HEADS[head] + text)) == HELD

    def test_the_letter_with_its_link_and_a_signature_says_nothing(self, post, rival, head, above):
        text = notice(post).rendered.text.replace("[[link]]", "https://desk.example.org/link/x1")
        record = arrives(post, f"{above}{HEADS[head]}{text}\n\n发自我的iPhone\n")
        assert seen(post, rival, record) == PASSES


@pytest.mark.parametrize("words", ["异议", "提出异议", "不是", "否"])
@pytest.mark.parametrize("above", ["", "收到，谢谢\n\n"])
def test_in_the_quote_of_one_notice_words_of_the_next_are_new(post, rival, above, words):
    quoted = notice(post)
    post.sends("second@example.com", PASS)
    text = quoted.rendered.text.replace("【联系我们】", f"{words}\n\n【联系我们】")
    body = above + HEADS["qq"] + text
    record = arrives(post, body, is_answer=False, **{"In-Reply-To": quoted.message_id})
    assert seen(post, rival, record) == HELD


@pytest.mark.parametrize(
    ("subject", "after"), [("我反对", HELD), ("Re: 假章", HELD), ("回复：请核对", PASSES)]
)
def test_a_new_subject_counts(post, rival, subject, after):
    assert seen(post, rival, answered(post, "", subject=subject)) == after


def pasted(words, side_px):
    draw = random.Random(1)
    picture, data = Image.new("RGB", (side_px, side_px), "white"), BytesIO()
    for _ in range(4000):
        at = (draw.randrange(side_px), draw.randrange(side_px))
        picture.putpixel(at, (draw.randrange(256), 0, 0))
    picture.save(data, "PNG")
    mail = EmailMessage()
    mail.set_content(words)
    mail.add_alternative(f'<p>{words}</p><img src="cid:a">', subtype="html")
    mail.get_payload()[1].add_related(data.getvalue(), "image", "png", cid="<a>")
    return mail


@pytest.mark.parametrize(
    ("words", "side_px", "after"),
    [
        ("您好：", 300, HELD),
        ("各位领导，您好", 300, HELD),
        ("收到，谢谢", 800, HELD),
        ("收到，谢谢", 120, PASSES),
    ],
)
def test_a_picture_below_a_mere_greeting_is_the_message(post, rival, words, side_px, after):
    """A logo below thanks is none."""
    assert seen(post, rival, arrives(post, pasted(words, side_px))) == after


def test_so_it_is_for_a_colleague(post, rival):
    assert seen(post, rival, answered(post, "您好：\n\n已报警", COLLEAGUE)) == HELD


def test_where_nobody_proves_it_a_person_decides(post, rival):
    record = answered(post, "您好：\n\n我反对", CONTACT, NONE)
    assert (record.disposition, record.unread) == ("unproved", True)


@pytest.mark.parametrize("words", ["您好：\n\n锁找到了", "您好：\n\n只解一把"])
def test_of_the_own_request_they_are_read(post, words):
    """They were carried out, and nobody saw them; they alone set nothing aside."""
    own = post.case(post.sends(CONTACT, PASS, words=REQUEST))
    post.harness.send_letters()
    approve(post.desk, own.id, own.version, "li")
    letter = post.harness.letter("received")
    record = answered(post, words, subject="Re: 已收到", answers=letter.message_id)
    assert seen(post, own, record) == (State.APPROVED, True, True)
    assert f"wrote.{own.number}" in post.harness.alerts()


class TestNames:
    """The names on the rival's papers may be words of a denial, and take nothing out of one."""

    @staticmethod
    def named(post, rival, **names):
        with post.harness.tx() as tx:
            tx.cases.save(replace(tx.cases.get(rival.id), version=rival.version + 1, **names))

    @pytest.mark.parametrize(
        ("handler", "words"),
        [
            ("不是", "不是，谢谢"),
            ("不悔", "不行"),
            ("没事", "没收到"),
            ("拒收", "拒收，谢谢"),
            ("假的", "假的，谢谢"),
        ],
    )
    @pytest.mark.parametrize("field", ["handler", "enterprise_name"])
    def test_that_deny(self, post, rival, field, handler, words):
        self.named(post, rival, **{field: handler})
        assert seen(post, rival, answered(post, words)) == HELD

    @pytest.mark.parametrize("typed", ["反对", "不是"])
    def test_that_another_client_of_an_agent_types(self, post, rival, typed):
        """The agent confirmed to be the contact of that one, too."""
        post.harness.register(name=OTHER_NAME, uscc=OTHER_USCC, contact_name=typed)
        assert seen(post, rival, answered(post, f"{typed}，谢谢")) == HELD

    @pytest.mark.parametrize("handler", SHORT)
    def test_that_deny_in_words_of_no_list(self, post, rival, handler):
        self.named(post, rival, handler=handler)
        assert seen(post, rival, answered(post, f"{handler}，谢谢")) == HELD

    @pytest.mark.parametrize("field", ["handler", "enterprise_name"])
    def test_of_papers_that_somebody_sends_in_its_name(self, post, field):
        forged = post.case(post.sends(CONTACT, NONE))
        post.harness.send_letters()
        self.named(post, forged, **{field: "暂缓"})
        assert answered(post, "暂缓，谢谢").unread

    def test_of_an_agent_of_many_is_the_one_at_the_account(self, post, rival):
        self.named(post, rival, handler="王五")
        for number in range(20):
            uscc = f"9111999{number:02d}MA0000X{number:02d}"
            post.harness.register(name=f"北京第{number}号工程有限公司", uscc=uscc)
        with post.harness.tx() as tx:
            signed = tx.accounts.get(rival.enterprise_id).contact_name
        assert seen(post, rival, answered(post, f"收到，谢谢\n\n{signed}")) == PASSES

    def test_of_the_account_are_names(self, post, rival):
        self.named(post, rival, handler="王芳")
        assert seen(post, rival, answered(post, f"谢谢\n{NAME}")) == PASSES
        assert seen(post, rival, answered(post, f"谢谢{NAME}王芳")) == HELD
