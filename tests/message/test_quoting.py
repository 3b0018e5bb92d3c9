"""What the sender wrote now, told from what the mail only quotes, client by client."""

import time

import pytest

from core.cases.letters.words import QUESTIONS
from core.data.letter import LETTER_MARK_END
from core.data.submission import Answer
from mail_intake.message.quoting import points_to_quote
from mail_intake.request.read import read_request
from tests.message.mails import multi, new_text, opened, part, text_mail

NEW = "企业名称：北京晨曦建设工程有限公司\n是否解绑：是"
OLD = "企业名称：北京旧有限公司\n是否解绑：否"
REPLY = b"In-Reply-To: <0@example.com>"

SEPARATORS = [
    (
        '------------------ 原始邮件 ------------------\n发件人: "解绑" <desk@example.com>;\n'
        '发送时间: 2026年3月1日(星期日) 上午10:00\n收件人: "张三"<zhang@example.org>;\n'
        "主题: 退回补正"
    ),
    "------------------&nbsp;原始邮件&nbsp;------------------".replace("&nbsp;", "\xa0"),
    "-----原始邮件-----\n发件人: desk@example.com\n发送时间: 2026-03-01",
    "-----Original Message-----\nFrom: desk@example.com\nSent: Sunday\nTo: zhang\nSubject: x",
    "-------- Original Message --------\nSubject: x",
    "---- 回复的原邮件 ----\n| 发件人 | desk@example.com |",
    "---- Replied Message ----\n| From | desk@example.com |",
    (
        "发件人： desk@example.com\n发送时间： 2026-03-01 10:00\n收件人： zhang@example.org\n"
        "主题： 退回补正"
    ),
    (
        "发件人: 解绑办理台 <desk@example.com>\n日期: 2026年3月1日 星期日 10:00\n"
        "收件人: zhang\n主题: 回复"
    ),
    "From: Desk <desk@example.com>\nDate: Sunday, March 1, 2026 at 10:00\nTo: zhang\nSubject: x",
    "From: desk@example.com\nSent: Sunday\nTo: zhang",
    "*发件人:* desk@example.com\n*发送时间:* 2026-03-01\n*收件人:* zhang",
    '在 2026-03-01 10:00:00，"解绑" <desk@example.com> 写道：',
    "在 2026年3月1日，上午10:00，解绑 <desk@example.com> 写道：",
    "在 2026年3月1日 星期日 10:00，写道：",
    'At 2026-03-01 10:00:00, "desk" <desk@example.com> wrote:',
    "On Sun, Mar 1, 2026 at 10:00 AM Desk <desk@example.com> wrote:",
    "On Sun, Mar 1, 2026 at 10:00 AM Desk\n<desk@example.com> wrote:",
    "解绑 <desk@example.com> 于2026年3月1日周日 10:00写道：",
    "2026年3月1日 10:00，解绑 <desk@example.com> 写道：",
    (
        "------------------------------------------------------------------\n"
        "发件人：desk <desk@example.com>\n日　期：2026年03月01日\n收件人：zhang\n主　题：x"
    ),
    (
        "________________________________\n发件人: desk@example.com\n发送时间: 2026年3月1日\n"
        "收件人: zhang"
    ),
    (
        "----------\n该邮件从移动设备发送\n\n--------------原始邮件--------------\n"
        '发件人："解绑 "<desk@example.com>;\n发送时间：2026年3月1日'
    ),
    '---原始邮件---\n发件人: "desk"<desk@example.com>\n发送时间: 2026年3月1日',
    "-----邮件原件-----\n发件人: desk@example.com\n发送时间: 2026年3月1日\n收件人: zhang",
    "--------- 原始邮件 ---------\n发件人：desk",
    "发件人：desk@example.com\n主题：已受理",
    "开始转发的邮件：\n发件人: desk",
]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_reply(separator):
    found = opened(text_mail(f"{NEW}\n\n{separator}\n\n{OLD}".encode(), "utf-8", REPLY)).message
    assert "晨曦" in found.new_text
    assert "旧有限" not in found.new_text
    assert "旧有限" in found.quoted_text
    assert not found.is_forward


def test_marked_lines():
    assert new_text(f"{NEW}\n> 企业名称：北京旧有限公司\n>> 是否解绑：否", REPLY) == NEW


def test_answer_below_marked_lines():
    assert (
        new_text(
            f"在 2026年3月1日，desk 写道：\n> 企业名称：北京旧有限公司\n>\n> 是否解绑：否\n\n{NEW}",
            REPLY,
        )
        == NEW
    )


def test_answers_between_marked_lines():
    found = new_text("> 企业名称\n北京晨曦建设工程有限公司\n> 是否解绑\n是", REPLY)
    assert found == "北京晨曦建设工程有限公司\n是否解绑：是"


@pytest.mark.parametrize(
    "between",
    [
        "> 企业名称：\n{name}\n> 是否解绑：\n是\n> 是否需要重置注册密码：\n否",
        "> 企业名称：\n>\n{name}\n>\n> 是否解绑：是/否\n是\n> 是否需要重置注册密码：是/否\n否",
        (
            "desk 于2026年3月1日周日 10:00写道：\n> 1、企业名称：\n{name}\n> 2、是否解绑：\n是\n"
            "> 3、是否需要重置注册密码：\n否\n谢谢"
        ),
        "> 企业名称（全称）：____\n\n{name}\n\n> 是否解绑（是/否）：\n\n是\n> 是否重置密码？\n否",
    ],
)
def test_answers_beneath_quoted_questions_keep_their_question(between):
    found = read_request("", new_text(between.format(name="北京晨曦建设工程有限公司"), REPLY))
    assert (found.enterprise_names, found.unbind, found.reset_password) == (
        ("北京晨曦建设工程有限公司",),
        Answer.YES,
        Answer.NO,
    )


@pytest.mark.parametrize(
    "below",
    [
        "> 是否解绑：是\n否则无法投标",
        "> 企业名称：北京旧有限公司\n{new}",
        "> 是否解绑：\n{new}",
        "> 是否解绑：\n> 谢谢\n{new}",
    ],
)
def test_lines_beneath_quoted_answers_stand_for_themselves(below):
    assert not new_text(below.format(new=NEW), REPLY).startswith("是否解绑：")


@pytest.mark.parametrize(
    "html",
    [
        "<div>{new}</div><blockquote type=cite><div>{old}</div></blockquote>",
        (
            "<div>{new}</div><div class=gmail_quote><div class=gmail_attr>On Sunday desk "
            "wrote:</div><blockquote>{old}</blockquote></div>"
        ),
        '<div>{new}</div><div id="isReplyContent">{old}</div>',
        '<div>{new}</div><div class="ntes-mailmaster-quote"><div>{old}</div></div>',
        '<div>{new}</div><div id="appendonsend"></div><hr><div>{old}</div>',
        '<div>{new}</div><div id="divRplyFwdMsg"><b>From:</b> desk</div><div>{old}</div>',
        (
            "<div>{new}</div><includetail><div>------------------&nbsp;原始邮件&nbsp;"
            "------------------</div><div>{old}</div></includetail>"
        ),
        (
            "<div>{new}</div><div><br></div><div>在 2026-03-01 10:00:00，"
            '"desk" &lt;desk@example.com&gt; 写道：</div><blockquote id=isReplyContent>{old}'
            "</blockquote>"
        ),
        (
            '<p>{new}</p><div style="border-top:solid #B5C4DF 1.0pt"><div><b>发件人：'
            "</b> desk</div><div><b>发送时间：</b> 2026</div><div><b>收件人："
            "</b> z</div></div><p>{old}</p>"
        ),
        "<p>{new}</p><blockquote><p>{old}</p></blockquote>",
    ],
)
def test_html_reply(html):
    raw = html.format(new=NEW.replace("\n", "<br>"), old=OLD.replace("\n", "<br>"))
    found = opened(text_mail(raw.encode(), "utf-8", REPLY, kind="html")).message
    assert "晨曦" in found.new_text
    assert "旧有限" not in found.new_text
    assert "旧有限" in found.quoted_text


def test_a_body_that_is_one_blockquote_is_the_senders_own():
    assert "晨曦" in new_text(f"<blockquote>{NEW}</blockquote>", kind="html")


def test_words_behind_a_quote_count():
    assert "晨曦" in new_text(
        f"<blockquote type=cite>{OLD}</blockquote><div>{NEW}</div>", REPLY, kind="html"
    )


LETTER = (
    "【解绑办理台】工单号：UD-20260302-0001\n企业名称：北京旧有限公司\n是否解绑：是/否\n"
    f"请回复本邮件补充。\n{LETTER_MARK_END}"
)


def test_own_letter_without_any_separator():
    found = opened(
        text_mail(f"是否需要重置注册密码：否\n\n{LETTER}".encode(), "utf-8", REPLY)
    ).message
    assert found.new_text == "是否需要重置注册密码：否"


QUESTION_LINES = "".join(f"    {label}：{{{question}}}\n" for question, label in QUESTIONS.items())
FORM = (
    f"【解绑办理台】工单号：UD-20260302-0001\n【参考格式】\n\n{QUESTION_LINES}\n{LETTER_MARK_END}"
)


@pytest.mark.parametrize("prefix", ["", "> "])
def test_the_form_of_our_letter_filled_in_place_counts(prefix):
    answers = dict.fromkeys(QUESTIONS, "是") | {
        "enterprise_name": "北京晨曦建设工程有限公司",
        "reset_password": "是/否",
    }
    letter = FORM.format(**answers).replace("\n", f"\n{prefix}")
    found = new_text(f"已填写\n\n{SEPARATORS[0]}\n\n{prefix}{letter}", REPLY)
    assert found.split() == [
        "已填写",
        *(
            f"{QUESTIONS[question]}：{answer}"
            for question, answer in answers.items()
            if answer != "是/否"
        ),
    ]


def test_the_form_of_our_letter_left_unfilled_says_nothing():
    letter = FORM.format(**dict.fromkeys(QUESTIONS, "是/否") | {"enterprise_name": ""})
    assert new_text(f"已收到\n\n{SEPARATORS[0]}\n\n{letter}", REPLY) == "已收到"


def test_own_letter_between():
    assert new_text(f"{LETTER}\n{NEW}", REPLY) == NEW


def test_a_case_number_of_the_sender_is_kept():
    assert new_text("工单号：UD-1 的材料已补充", REPLY) == "工单号：UD-1 的材料已补充"


@pytest.mark.parametrize(
    "line",
    [
        "发自我的iPhone",
        "发自我的 iPhone",
        "来自我的华为手机",
        "Sent from my iPhone",
        "获取 Outlook for iOS",
        "发自 网易邮箱大师",
    ],
)
def test_phone_signature(line):
    assert new_text(f"{NEW}\n\n{line}") == NEW


FORWARD = (
    "---------- Forwarded message ---------\n发件人：王五 <wang@example.org>\n"
    "日期：2026年3月1日\n主题：解绑\n收件人：zhang@example.org\n\n"
) + NEW


@pytest.mark.parametrize(
    "text",
    [
        FORWARD,
        "发自我的iPhone\n\n" + FORWARD,
        "见下\n" + FORWARD,
        "------------------ 转发邮件信息 ------------------\n发件人：王五\n日期：2026\n\n" + NEW,
        "开始转发的邮件：\n\n发件人: 王五\n日期: 2026年3月1日\n收件人: zhang\n主题: 解绑\n\n> "
        + NEW.replace("\n", "\n> "),
    ],
)
def test_forward_without_new_text(text):
    found = opened(text_mail(text.encode(), "utf-8", "Subject: 转发：解绑".encode())).message
    assert found.is_forward
    assert "晨曦" in found.new_text


def test_the_words_above_a_forward_are_its_cover():
    text = f"这家昨天已经办完，转给你归档\n{FORWARD}"
    found = opened(text_mail(text.encode(), "utf-8", "Subject: 转发：解绑".encode())).message
    assert found.cover == "这家昨天已经办完，转给你归档"


def test_forward_of_a_note_that_passes_a_request_on():
    chain = (
        f"请看下面，麻烦处理\n{FORWARD.replace(NEW, '小王，把下面的发给中心')}\n\n{FORWARD}\n\n"
        f"{FORWARD.replace(NEW, '锁找到了，不用解绑')}"
    )
    found = opened(text_mail(chain.encode(), "utf-8", "Subject: 转发：转发：锁".encode())).message
    assert "晨曦" in found.new_text
    assert "锁找到了" not in found.new_text


def test_forward_with_new_text():
    found = opened(
        text_mail(
            f"企业名称：北京新有限公司，请解绑\n{FORWARD}".encode(),
            "utf-8",
            "Subject: 转发：解绑".encode(),
        )
    ).message
    assert not found.is_forward
    assert "晨曦" not in found.new_text


def test_forward_in_outlook_style_by_subject():
    text = f"发件人: 王五\n发送时间: 2026年3月1日\n收件人: zhang\n主题: 解绑\n\n{NEW}"
    found = opened(text_mail(text.encode(), "utf-8", b"Subject: FW: x")).message
    assert found.is_forward
    assert found.new_text == NEW


def test_reply_without_new_text_says_nothing():
    found = opened(
        text_mail(
            f"\n\n{SEPARATORS[0]}\n\n{OLD}".encode(), "utf-8", REPLY, "Subject: 回复：解绑".encode()
        )
    ).message
    assert found.new_text == ""
    assert not found.is_forward


def test_forward_of_our_letter_says_nothing():
    found = opened(
        text_mail(
            f"---------- Forwarded message ---------\n发件人：desk\n\n{LETTER}".encode(),
            "utf-8",
            b"Subject: Fwd: x",
        )
    ).message
    assert "旧有限" not in found.new_text


def test_mail_attached_whole():
    inner = text_mail(NEW.encode(), "utf-8", "Subject: 解绑申请".encode())
    raw = multi(
        "mixed",
        part("text/plain; charset=utf-8", "转发".encode()),
        b"Content-Type: message/rfc822\r\n\r\n" + inner,
    )
    found = opened(raw).message
    assert found.is_forward
    assert found.cover == "转发"
    assert "晨曦" in found.new_text
    assert found.attachments[0].kind.value == "message"


@pytest.mark.parametrize(
    "unit",
    [
        " \t",
        "\n",
        "> ",
        ">\n",
        "> 是否解绑",
        "从 ",
        "QQ ",
        "网易",
        "云附件",
        "在 2026 ",
        "发件人：",
        "-",
        "原始邮件",
        "链接",
        "解 ",
        "_",
        "工单号：",
        "\xa0",
    ],
)
@pytest.mark.parametrize("last", ["是", "> 是否解绑："])
def test_repetition_is_quick(unit, last):
    body = unit * (300_000 // len(unit))
    begin = time.process_time()
    opened(text_mail(f"> 是否解绑{body}{last}".encode(), "utf-8", REPLY))
    assert time.process_time() - begin < 4.0


@pytest.mark.parametrize(
    ("subject", "text", "points"),
    [
        ("转发：CA锁解绑", "请办理", True),
        ("回复：请补充", "见下方填写：", True),
        ("Re: 请补充", "答复在下面，谢谢", True),
        ("答复：请补充", "已在下方逐项填写，请查收。", True),
        ("Re: 请补充", "我用红字标了", True),
        ("Re: unbind", "Please see below.", True),
        ("回复：请补充", "答复如下：密码不重置", False),
        ("CA锁解绑", "请在下周一前办理", False),
        ("CA锁解绑", "下面是我公司的材料", False),
    ],
)
def test_words_that_go_on_inside_the_quote_point_to_it(subject, text, points):
    assert points_to_quote(subject, text, OLD) is points


def test_a_line_that_passes_a_mail_on_points_to_it():
    line = "-------- 转发的消息 --------"
    assert points_to_quote("解绑申请", "再发一遍。请解绑", f"{line}\n主题: 解绑申请\n\n{OLD}")
    assert not points_to_quote("解绑申请", "请解绑", f"{OLD}\n{line}")
    assert not points_to_quote("解绑申请", "请解绑", "----- 原始邮件 -----\n" + OLD)
