"""What is read from replies and forwards as mail programs write them (tests/message/shapes.py), and
from our own letter filled in where it is quoted."""

import pytest

from core.data.letter import Centre, LetterFacts, LetterKind
from core.data.submission import Answer
from core.outgoing.letter_templates import JinjaLetters
from mail_intake.request.read import read_request
from tests.message.mails import opened, text_mail
from tests.message.shapes import FORWARDS, REPLIES

NAME = "北京晨曦建设工程有限公司"
NEW = f"企业名称：{NAME}\n是否解绑：是\n是否需要重置注册密码：否"
OLD = "企业名称：天津旧日商贸有限公司\n是否解绑：否\n是否需要重置注册密码：是\n旧信的话"
IN_THREAD = b"In-Reply-To: <0@example.com>"


def filled(kind, body, new=NEW, old=OLD):
    if kind == "html":
        new, old = (
            "".join(f"<div>{line}</div>" for line in text.split("\n")) for text in (new, old)
        )
    for place, text in (("new", new), ("old", old)):
        body = body.replace(f"{{{place}>}}", text.replace("\n", "\n> ")).replace(
            f"{{{place}}}", text
        )
    return body.replace("{{", "{").replace("}}", "}")


def message(kind, body, *headers):
    return opened(text_mail(body.encode(), "utf-8", *headers, kind=kind)).message


def said(found, subject=""):
    form = read_request(subject, found.new_text)
    return form.enterprise_names, form.unbind, form.reset_password


@pytest.mark.parametrize(
    ("kind", "body"), [row[1:] for row in REPLIES], ids=[row[0] for row in REPLIES]
)
def test_a_reply_says_what_is_new_in_it(kind, body):
    found = message(kind, filled(kind, body), IN_THREAD, "Subject: 回复：退回补正".encode())
    assert said(found) == ((NAME,), Answer.YES, Answer.NO)
    assert "旧信的话" in found.quoted_text
    assert not found.is_forward


@pytest.mark.parametrize(
    ("kind", "body"), [row[1:] for row in REPLIES], ids=[row[0] for row in REPLIES]
)
def test_a_reply_without_a_word_says_nothing(kind, body):
    found = message(kind, filled(kind, body, new=""), IN_THREAD, "Subject: 回复：退回补正".encode())
    assert said(found)[1:] == (Answer.MISSING, Answer.MISSING)
    assert "天津旧日" not in found.new_text


@pytest.mark.parametrize(
    ("kind", "body"), [row[1:] for row in FORWARDS], ids=[row[0] for row in FORWARDS]
)
def test_a_forward_says_what_is_forwarded(kind, body):
    found = message(kind, filled(kind, body), "Subject: 转发：解绑".encode())
    assert said(found) == ((NAME,), Answer.YES, Answer.NO)
    assert found.is_forward


LETTER = JinjaLetters(Centre()).render(
    LetterKind.RETURNED,
    LetterFacts(
        case_number="JB20261125-0001",
        reasons=("邮件中没有写明企业名称", "邮件中没有写明是否解绑"),
        reply_days=30,
    ),
)
FORM = "    企业名称：\n    是否解绑：是/否\n    是否需要重置注册密码：是/否"
HTML_FORM = "企业名称：<br>是否解绑：是/否<br>是否需要重置注册密码：是/否"
LETTER_TEXT, LETTER_HTML = (
    LETTER.text,
    LETTER.html[LETTER.html.index("<div") : LETTER.html.index("</body>")],
)
QUOTING = [(name, kind, body) for name, kind, body in REPLIES if "{new}" in body]
FILLINGS = [
    "企业名称：{n}\n是否解绑：是\n是否需要重置注册密码：否",
    "企业名称：{n}\n是否解绑：√是/否\n是否需要重置注册密码：是/√否",
    "企业名称：{n}\n是否解绑：是/否  是\n是否需要重置注册密码：是/否  否",
    "企业名称： {n}\n是否解绑： 【是】\n是否需要重置注册密码： 【否】",
    "企业名称：{n}\n是否解绑：是（锁丢了）\n是否需要重置注册密码：否，密码记得",
]


def quoted_letter(kind, body, new, form):
    """Our letter quoted by a client, with the form in it as the sender left it."""
    if kind == "html":
        letter = LETTER_HTML.replace(HTML_FORM, form.replace("\n", "<br>"))
        return (
            body.replace("{new}", new)
            .replace("{old}", letter)
            .replace("{{", "{")
            .replace("}}", "}")
        )
    letter = LETTER_TEXT.replace(FORM, "\n".join(f"    {line}" for line in form.split("\n")))
    return (
        body.replace("{new}", new)
        .replace("{old>}", letter.replace("\n", "\n> "))
        .replace("{old}", letter)
    )


def test_the_letters_hold_the_form():
    assert FORM in LETTER_TEXT
    assert HTML_FORM in LETTER_HTML


@pytest.mark.parametrize(
    ("kind", "body"), [row[1:] for row in QUOTING], ids=[row[0] for row in QUOTING]
)
@pytest.mark.parametrize("new", ["", "您好，已填写，请查收"])
def test_the_form_of_our_letter_filled_where_it_is_quoted(kind, body, new):
    for filling in FILLINGS:
        found = message(
            kind,
            quoted_letter(kind, body, new, filling.format(n=NAME)),
            IN_THREAD,
            "Subject: 回复：【退回补正】".encode(),
        )
        assert said(found) == ((NAME,), Answer.YES, Answer.NO), filling


@pytest.mark.parametrize(
    ("kind", "body"), [row[1:] for row in QUOTING], ids=[row[0] for row in QUOTING]
)
def test_our_letter_quoted_unfilled_says_nothing(kind, body):
    found = message(
        kind,
        quoted_letter(
            kind, body, "补充材料见附件", "企业名称：\n是否解绑：是/否\n是否需要重置注册密码：是/否"
        ),
        IN_THREAD,
        "Subject: 回复：【退回补正】".encode(),
    )
    assert said(found)[1:] == (Answer.MISSING, Answer.MISSING)
    assert "参考格式" not in found.new_text


@pytest.mark.parametrize(
    ("kind", "body"),
    [row[1:] for row in QUOTING if "below" not in row[0]],
    ids=[row[0] for row in QUOTING if "below" not in row[0]],
)
def test_an_answer_below_our_letter_counts(kind, body):
    answer = f"企业名称：{NAME}\n是否解绑：是\n是否需要重置注册密码：否"
    below = (
        "".join(f"<div>{line}</div>" for line in answer.split("\n")) if kind == "html" else answer
    )
    whole = quoted_letter(
        kind, body, "", "企业名称：\n是否解绑：是/否\n是否需要重置注册密码：是/否"
    )
    whole, end, tail = whole.partition("</body>")
    found = message(
        kind,
        whole + (f"<br>{below}" if kind == "html" else f"\n\n{below}") + end + tail,
        IN_THREAD,
        "Subject: 回复：【退回补正】".encode(),
    )
    assert said(found) == ((NAME,), Answer.YES, Answer.NO)


BETWEEN = [
    "> 请问贵公司的企业名称：\n{n}\n> 是否解绑：\n是\n> 是否需要重置注册密码：\n否",
    (
        "在 2026年3月1日，desk 写道：\n> 1. 企业名称\n\n{n}\n\n> 2. 是否解绑\n\n需要解绑\n\n"
        "> 3. 是否需要重置注册密码\n\n不需要重置"
    ),
    "> 企业名称：\n答：{n}\n> 是否解绑：\n答：是\n> 是否需要重置注册密码：\n答：否",
    "> 企业名称：___\n>> {n}\n\n企业名称：{n}，解绑，密码不重置",
    (
        "张三于2026年3月1日写道：\n> 贵公司全称是什么？\n{n}\n> CA锁要不要解绑？\n要解绑\n"
        "> 密码要不要重置？\n密码不重置"
    ),
]


@pytest.mark.parametrize("body", BETWEEN)
def test_answers_between_the_lines_of_the_quote(body):
    assert said(message("plain", body.format(n=NAME), IN_THREAD)) == (
        (NAME,),
        Answer.YES,
        Answer.NO,
    )
