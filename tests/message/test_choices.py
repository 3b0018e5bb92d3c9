"""Choices that only a screen shows: boxes of the Wingdings fonts, the option that is bold, coloured
or struck out, lists, pictures; and tables as Excel and Word paste them."""

import pytest

from core.data.submission import Answer
from mail_intake.request.read import read_request
from tests.message.mails import new_text

NAME = "北京晨曦建设工程有限公司"
Y, N, U, M = Answer.YES, Answer.NO, Answer.UNREAD, Answer.MISSING


def said(body, kind="html"):
    form = read_request(
        "",
        new_text(
            f"<p>企业名称：{NAME}</p>{body}" if kind == "html" else f"企业名称：{NAME}\n{body}",
            kind=kind,
        ),
    )
    assert form.enterprise_names == (NAME,)
    return form.unbind, form.reset_password


def asked(first, second):
    return f"<p>是否解绑：{first}</p><p>是否需要重置注册密码：{second}</p>"


def wing(letter, more=""):
    return f'<span style="font-size:12pt;font-family:Wingdings{more}">{letter}</span>'


BOLD_YES, BOLD_NO = "<b>是</b>/否", "是/<b>否</b>"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (wing("þ") + "是 " + wing("¨") + "否", wing("¨") + "是 " + wing("þ") + "否", (Y, N)),
        (
            wing("R", " 2") + "是 " + wing("£", " 2") + "否",
            wing("£", " 2") + "是 " + wing("R", " 2") + "否",
            (Y, N),
        ),
        ("是" + wing("þ") + " 否" + wing("¨"), "是" + wing("¨") + " 否" + wing("þ"), (Y, N)),
        ("<font face=Wingdings>ü</font>是 否", "是 <font face=Wingdings>ü</font>否", (Y, N)),
        (wing("¨") + "是 " + wing("¨") + "否", wing("o") + "是 " + wing("o") + "否", (M, M)),
        (wing("P", " 2") + "是 否", "是 " + wing("P", " 2") + "否", (Y, N)),
        (BOLD_YES, BOLD_NO, (Y, N)),
        (BOLD_NO, BOLD_YES, (N, Y)),
        ("<b>是</b>/<b>否</b>", "<b>是/否</b>", (M, M)),
        ("<u>是</u> 否", "是 <u>否</u>", (Y, N)),
        (
            "<span style='background:yellow;mso-highlight:yellow'>是</span>/否",
            "是/<span style='background:yellow'>否</span>",
            (Y, N),
        ),
        ("<span style='color:red'>是</span>、否", "是或<font color=red>否</font>", (Y, N)),
        ("<span style='color:black'>是</span>/否", "<span>是</span>/否", (M, M)),
        (
            "<span lang=ZH-CN><b><span style='color:#C00000'>需要</span></b></span>/不需要",
            "需要/<span><strong>不需要</strong></span>",
            (Y, N),
        ),
        (
            "<span style='color:rgb(51, 51, 51)'>是</span>/否",
            "<span style='background:#fff'>是</span>/否",
            (M, M),
        ),
        ("<b>是</b>/<s>否</s>", "<strike>是</strike>/<b>否</b>", (Y, N)),
        (
            (
                "<select><option>请选择</option><option selected>是</option>"
                "<option>否</option></select>"
            ),
            "<select><option>是</option><option selected=selected>否</option></select>",
            (Y, N),
        ),
        ("<select><option>是</option><option>否</option></select>", "否", (M, N)),
        ("<img src=cid:1 alt='是'>", "<img src=cid:2 alt='×'>", (Y, N)),
        ("<img src=cid:1>", "<img src=cid:2 alt='image002.png'>", (U, U)),
        ("ü是 否", "是 ü否", (U, U)),
        ("R是 £否", "£是 R否", (U, U)),
    ],
)
def test_what_a_screen_shows(first, second, expected):
    assert said(asked(first, second)) == expected


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("\uf0fe是 \uf0a8否", "\uf0a8是 \uf0fe否"),
        ("\uf052是 \uf0a3否", "\uf0a3是 \uf052否"),
        ("是\uf0fc 否", "是 否\uf0fc"),
        ("\uf050", "\uf04f"),
    ],
)
def test_symbols_that_lost_their_font(yes, no):
    assert said(f"是否解绑：{yes}\n是否需要重置注册密码：{no}", "plain") == (Y, N)


@pytest.mark.parametrize(
    "table",
    [
        (
            "<table border=0 style='border-collapse:collapse'><col width=100><tr height=19><td "
            "class=xl63>是否解绑</td><td>是否需要重置注册密码</td></tr><tr><td>是</td><td>否</td>"
            "</tr></table>"
        ),
        (
            "<table><tr><td rowspan=2>申请内容</td><td>是否解绑</td><td>是</td></tr><tr><td>"
            "是否需要重置注册密码</td><td>否</td></tr></table>"
        ),
        (
            "<table><tr><td colspan=2>CA锁解绑申请表</td></tr><tr><td><p class=MsoNormal>是否解绑"
            "<o:p></o:p></p></td><td><p class=MsoNormal>是<o:p></o:p></p></td></tr><tr><td>"
            "是否需要重置<br>注册密码</td><td>否</td></tr></table>"
        ),
        "<ol><li>是否解绑：是</li><li>是否需要重置注册密码：否</li></ol>",
        "<dl><dt>是否解绑</dt><dd>是</dd><dt>是否需要重置注册密码</dt><dd>否</dd></dl>",
        "<pre>是否解绑：是\n是否需要重置注册密码：否</pre>",
        "<textarea>是否解绑：是\n是否需要重置注册密码：否</textarea>",
        (
            "<p>是否解绑：<u>&nbsp;是&nbsp;</u></p><p>是否需要重置注册<wbr><span>密码</span>："
            "<u> 否 </u></p>"
        ),
        "<p>是否解绑：是<span style='display:none'>否</span></p><p>是否需要重置注册密码：否</p>",
        f"<p>{wing('l')}是否解绑：是</p><p>{wing('l')}是否需要重置注册密码：否</p>",
        f"<p>{wing('Ø')}是否解绑：是</p><p>{wing('Ø')}是否需要重置注册密码：否</p>",
    ],
)
def test_tables_and_lists(table):
    assert said(table) == (Y, N)
