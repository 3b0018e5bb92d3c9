"""Attachments, bodies, threads, cloud links and arrival;
and that no bytes at all make the reader raise or dawdle."""

import base64
import binascii
import io
import time
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.submission import AttachmentKind
from mail_intake.message import opening
from mail_intake.message.opening import arrival_of, open_mail
from papers.content_kind import kind_of
from tests.message.mails import (
    ARRIVED,
    PDF,
    attached,
    b64,
    mail,
    multi,
    new_text,
    opened,
    part,
    text_mail,
)
from tests.thorough import share

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"


def jpeg(width: int, height: int, size: int) -> bytes:
    frame = b"\xff\xc0\x00\x11\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x03"
    return (JPEG + frame).ljust(size, b"\x00")


def zip_of(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (b"\xef\xbb\xbf\r\n" + PDF, "pdf"),
        (b"x" * 900 + PDF, "pdf"),
        (b"x" * 1100 + PDF, "other"),
        (JPEG, "image"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"II*\x00", "image"),
        (b"BM\x00\x00\x00\x00\x00\x00\x00\x00" + b"\x00" * 30, "image"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image"),
        (b"\x00\x00\x00\x18ftypheic", "image"),
        (b"Rar!\x1a\x07\x00", "archive"),
        (b"7z\xbc\xaf\x27\x1c", "archive"),
        (zip_of(a_dot_txt=b"x"), "archive"),
        (zip_of(OFD_dot_xml=b"x"), "ofd"),
        (zip_of(word__document_dot_xml=b"x", **{"[Content_Types].xml": b""}), "word"),
        (zip_of(xl__workbook_dot_xml=b"x", **{"[Content_Types].xml": b""}), "other"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "word"),
        (b"{\\rtf1", "word"),
        (b"", "other"),
        (b"PK\x03\x04broken", "archive"),
        (b"hello", "other"),
    ],
)
def test_kind_by_content(content, kind):
    assert kind_of(content) is AttachmentKind(kind)


def test_pdf_under_a_false_name_and_type():
    found = opened(attached(b'filename="scan.jpg"', PDF, "image/jpeg"))
    assert found.message.attachments[0].kind is AttachmentKind.PDF
    assert found.contents[found.message.attachments[0].sha256] == PDF


def test_zip_in_zip_and_its_bounds():
    inner = zip_of(a_dot_pdf=PDF)
    found = opened(
        attached(b'filename="a.zip"', zip_of(b_dot_zip=inner, c_dot_pdf=PDF + b"2"))
    ).message
    assert [one.kind.value for one in found.attachments] == ["archive", "archive", "pdf", "pdf"]
    bomb = zip_of(bomb_dot_pdf=b"\x00" * 30_000_000)
    told = opened(attached(b'filename="a.zip"', bomb)).message
    assert len(told.attachments) == 1
    assert "archive.too_large" in told.defects


def test_encrypted_and_broken_zip():
    data = bytearray(zip_of(a_dot_pdf=PDF))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "archive.encrypted" in opened(attached(b'filename="a.zip"', bytes(data))).message.defects
    assert (
        "archive.damaged"
        in opened(attached(b'filename="a.zip"', b"PK\x03\x04junk")).message.defects
    )


@pytest.mark.parametrize(
    ("width", "height", "size", "decoration"),
    [
        (120, 60, 5000, True),
        (400, 300, 40_000, True),
        (1000, 120, 60_000, True),
        (1600, 1200, 90_000, False),
        (2480, 3508, 400_000, False),
        (300, 200, 300_000, False),
    ],
)
def test_inline_pictures(width, height, size, decoration):
    raw = multi(
        "related",
        part("text/html; charset=utf-8", "见图<img src=cid:p1>".encode()),
        part(
            "image/jpeg; name=p.jpg",
            jpeg(width, height, size),
            b"Content-ID: <p1>",
            b"Content-Disposition: inline",
        ),
    )
    (found,) = opened(raw).message.attachments
    assert found.inline_decoration is decoration


@pytest.mark.parametrize(("size", "decoration"), [((1600, 1200), False), ((120, 60), True)])
def test_a_picture_within_the_text_is_one_of_the_mail(size, decoration):
    """Some programs paste pictures into the HTML itself (RFC 2397)."""
    written = base64.b64encode(jpeg(*size, 9000)).decode()
    text = f"<p>见图</p><img src='data:image/jpeg;base64,{written}'>"
    (found,) = opened(part("text/html; charset=utf-8", text.encode())).message.attachments
    assert (found.kind, found.inline_decoration) == (AttachmentKind.IMAGE, decoration)


def test_a_small_picture_attached_on_purpose_is_no_decoration():
    raw = attached(b'filename="id.jpg"', jpeg(300, 200, 9000), "image/jpeg")
    assert not opened(raw).message.attachments[0].inline_decoration


@pytest.mark.parametrize(
    "plain",
    [
        "",
        " \r\n",
        "This is a multi-part message in MIME format.",
        "您的邮件客户端不支持HTML格式，请使用浏览器查看",
        "[图片]",
    ],
)
def test_junk_plain_part_gives_way(plain):
    raw = multi(
        "alternative",
        part("text/plain; charset=utf-8", plain.encode()),
        part("text/html; charset=utf-8", "<p>是否解绑：是</p>".encode()),
    )
    assert opened(raw).message.new_text == "是否解绑：是"


def test_plain_part_is_used_where_html_says_nothing():
    raw = multi(
        "alternative",
        part("text/plain; charset=utf-8", "是否解绑：是".encode()),
        part("text/html; charset=utf-8", b"<img src=x>"),
    )
    assert opened(raw).message.new_text == "是否解绑：是"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            (
                "<table><tr><td>企业名称</td><td>甲公司</td></tr><tr><td>是否解绑</td><td>是</td>"
                "</tr></table>"
            ),
            "企业名称\t甲公司\n是否解绑\t是",
        ),
        (
            "<table><tr><td><p>企业名称</p></td><td><p>甲公司</p></td></tr></table>",
            "企业名称\t甲公司",
        ),
        (  # an empty cell keeps its place below the heads
            "<table><tr><th>企业名称<th>解绑<th>重置<tr><td>甲公司<td>&nbsp;<td>是</table>",
            "企业名称\t解绑\t重置\n甲公司\t\t是",
        ),
        ("<p>是否解绑：是<s>否</s></p>", "是否解绑：是"),
        (
            '<p>是否解绑：<span style="text-decoration: line-through">是</span>否</p>',
            "是否解绑：否",
        ),
        (  # as old Foxmail and Outlook Express write
            '<P>是否解绑：<SPAN style="TEXT-DECORATION: line-through">是</SPAN>否</P>',
            "是否解绑：否",
        ),
        ("<div>甲</div><div>乙</div>", "甲\n乙"),
        ("甲<br>乙", "甲\n乙"),
        ("<p>甲&nbsp;乙&lt;</p>", "甲 乙<"),
        ("<style>p{}</style><script>x</script><p>甲</p>", "甲"),
        ('<p style="display:none">看不见</p><p>甲</p>', "甲"),
        ('<P style="DISPLAY: NONE">看不见</P><P hidden>看不见</P><P>甲</P>', "甲"),
        ('<p style="display:none;display:block">甲</p>', "甲"),
        ('<p style="display:none/**/">看不见</p><p>甲</p>', "甲"),
        ('<p style="/*x*/display:none;display:foo">看不见</p><p>甲</p>', "甲"),
        ("<head><xml><w:View>Normal</w:View></xml></head><p>甲</p>", "甲"),
        ('<p style="display:none!important;display:block">看不见</p><p>甲</p>', "甲"),
        ('<p style="x-display:none">甲</p>', "甲"),
        ('<p style="display:none !\timportant;display:block">看不见</p><p>甲</p>', "甲"),
        ('<p style="display:block;display:none!ie">甲</p>', "甲"),
        ('<p style="display:none;display:block!ie">看不见</p><p>甲</p>', "甲"),
        ('<p style="mso-hide:all">甲</p>', "甲"),
        ('<p style="display:none;mso-hide:all">看不见</p><p>甲</p>', "甲"),
        ('<p style="display:none;display:block flow">甲</p>', "甲"),
        ('<p style="display:table-column">看不见</p><p>甲</p>', "甲"),
        ("<p style=\"font-family:'/*';display:none\">看不见</p><p>甲</p>", "甲"),
        ("<p style=\"font-family:'/*';display:block;font:'*/;display:none'\">甲</p>", "甲"),
        ('<p style="font-family:\'a;display:none">甲</p>', "甲"),
        ('<p style="/*\'*/display:none">看不见</p><p>甲</p>', "甲"),
        ('<p style="text-decoration:line-through;text-decoration:none">甲</p>', "甲"),
        ('<p style="text-decoration:line-through;text-decoration-line:none">甲</p>', "甲"),
        ('<p style="text-decoration:line-through;text-decoration:x">看不见</p><p>甲</p>', "甲"),
        ('<p style="text-decoration:line-through x">甲</p>', "甲"),
        (
            '<p style="text-decoration:2px line-through rgb(255, 0, 0)">看不见</p><p>甲</p>',
            "甲",
        ),
        ('<p style="text-decoration:underline line-through red">看不见</p><p>甲</p>', "甲"),
        ('<p style="text-decoration:line-through pink">看不见</p><p>甲</p>', "甲"),
        ('<p style="text-decoration:line-through ButtonText">看不见</p><p>甲</p>', "甲"),
        ('<p style="text-decoration:line-through var(--c)">看不见</p><p>甲</p>', "甲"),
        ('<p style="text-decoration:line-through hsl(0deg 100% 50%)">看不见</p><p>甲</p>', "甲"),
        ('<p style="text-decoration:line-through pinkish">甲</p>', "甲"),
        ('<s style="text-decoration:revert">看不见</s><p>甲</p>', "甲"),
        ('<del style="text-decoration:none">甲</del>', "甲"),
        ('<s style="color:red">看不见</s><p>甲</p>', "甲"),
        ("<p style=\"font-family:'a;display:none'\">甲</p>", "甲"),
        ('<p hidden style="display:block">甲</p>', "甲"),
        ("<s>看不见</s><p style='text-decoration-line:line-through'>看不见</p>甲", "甲"),
        ("<p>甲</p></body></html>乙", "甲\n\n乙"),
        ("<html><body>甲</body></html>\n<HTML><body><p>乙</p></BODY ></HTML>丙", "甲\n\n乙\n\n丙"),
        (
            "<head><title>看不见</title><style>看不见</style><div>甲</div></head><p>乙</p>",
            "甲\n\n乙",
        ),
        ("<noscript>甲</noscript><object>乙</object>", "甲乙"),
        ("<input type=checkbox checked>是<input type=checkbox>否", "☑是☐否"),
        ("<!-- 旧 -->甲", "甲"),
        ("<p>甲", "甲"),
        ("甲<unknown>乙</unknown>", "甲乙"),
    ],
)
def test_html_to_text(html, text):
    assert new_text(html, kind="html") == text


def test_flowed_text_is_joined():
    raw = text_mail(
        "企业名称：北京晨曦 \n建设工程有限公司\n是否解绑：是".encode(),
        "utf-8",
        extra="; format=flowed; delsp=yes",
    )
    assert opened(raw).message.new_text == "企业名称：北京晨曦建设工程有限公司\n是否解绑：是"


@pytest.mark.parametrize(
    ("html", "service"),
    [
        (
            (
                '<a href="https://mail.qq.com/cgi-bin/ftnExs_download?k=1&t=exs_ftn_download">'
                "材料.pdf</a>"
            ),
            "QQ邮箱超大附件",
        ),
        ('<a href="https://wx.mail.qq.com/ftn/download?func=3&key=x">材料</a>', "QQ邮箱超大附件"),
        (
            '<a href="https://mail.163.com/large-attachment-download/index.html?file=x">材料</a>',
            "网易邮箱云附件",
        ),
        ('<a href="https://pan.baidu.com/s/1abc">材料</a>', "百度网盘"),
        ("链接: https://pan.baidu.com/s/1abc 提取码: abcd", "百度网盘"),
        ("从QQ邮箱发来的超大附件", "QQ邮箱超大附件"),
        ("已放在文件中转站，请下载", "文件中转站"),
        ('<a href="https://www.alipan.com/s/x">x</a>', "阿里云盘"),
        ('<a href="https://share.weiyun.com/x">x</a>', "腾讯微云"),
        (
            '<a href="https://exmail.qq.com/cgi-bin/ftnExs_download?k=1">x</a>',
            "腾讯企业邮箱超大附件",
        ),
    ],
)
def test_cloud_link(html, service):
    assert service in opened(text_mail(html.encode(), "utf-8", kind="html")).message.cloud_links


@pytest.mark.parametrize(
    "html",
    [
        '<a href="http://www.example.org/">官网</a>',
        '<a href="mailto:a@163.com">a@163.com</a>',
        "请勿使用超大附件",
        "普通正文",
        "我的邮箱是a@qq.com",
    ],
)
def test_no_cloud_link(html):
    assert opened(text_mail(html.encode(), "utf-8", kind="html")).message.cloud_links == ()


def test_cloud_words_in_our_quoted_letter_do_not_count():
    html = (
        "<p>是</p><blockquote type=cite>请不要用QQ邮箱的超大附件 <a href='https://pan.baidu.com/s/"
        "1'>x</a></blockquote>"
    )
    assert (
        opened(
            text_mail(html.encode(), "utf-8", b"In-Reply-To: <0@x>", kind="html")
        ).message.cloud_links
        == ()
    )


def test_thread_and_recipients():
    raw = mail(
        b"To: Desk <Desk@Example.com>, other@example.com",
        b"Cc: third@example.com",
        b"In-Reply-To: <b@x>",
        b"References: <a@x>\r\n <b@x>",
    )
    found = opened(raw).message
    assert found.thread_ids == ("<b@x>", "<a@x>")
    assert found.recipients == ("desk@example.com", "other@example.com", "third@example.com")


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        (b'"a@real.example" <evil@example.net>', "evil@example.net", "a@real.example"),
        (b"evil@example.net (a@real.example)", "evil@example.net", "(a@real.example"),
        (b"zhang@example.org", "zhang@example.org", ""),
        (b"<zhang@example.org>", "zhang@example.org", ""),
        (b'"Zhang, San" <z@example.org>', "z@example.org", "Zhang, San"),
        (b"", "", ""),
        (b"nobody", "", "nobody"),
        (b"undisclosed:;", "", "undisclosed:"),
        (b"a@example.org, b@example.org", "a@example.org", ""),
        (b'"unclosed <z@example.org>', "z@example.org", "unclosed"),
    ],
)
def test_sender(value, address, name):
    found = opened(mail(b"From: " + value)).message
    assert found.sender == address
    assert found.sender_name.strip("()") == name.strip("()")


def test_several_senders_are_told():
    assert (
        "header.several_senders"
        in opened(mail(b"From: a@example.org, b@example.org")).message.defects
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            (
                b"Received: from x by y;\r\n\tMon, 2 Mar 2026 10:00:00 +0800",
                b"Received: from a by x; Sun, 1 Mar 2026 10:00:00 +0800",
                b"Date: Sat, 28 Feb 2026 10:00:00 +0800",
            ),
            datetime(2026, 3, 2, 2, tzinfo=UTC),
        ),
        ((b"Date: Mon, 2 Mar 2026 10:00:00 +0800 (CST)",), datetime(2026, 3, 2, 2, tzinfo=UTC)),
        (
            (b"Received: nonsense", b"Date: Mon, 2 Mar 2026 10:00:00 +0800"),
            datetime(2026, 3, 2, 2, tzinfo=UTC),
        ),
        ((b"Date: nonsense",), None),
        ((), None),
        ((b"Date: Mon, 99 Mar 9999 10:00:00 +9999",), None),
    ],
)
def test_arrival(headers, expected):
    assert arrival_of(mail(*headers)) == expected


def test_signed_mail_shows_only_its_attachment():
    raw = multi(
        "signed",
        part("text/plain; charset=utf-8", "是否解绑：是".encode()),
        part("application/pkcs7-signature; name=smime.p7s", b"sig"),
    )
    found = opened(raw).message
    assert (found.new_text, found.attachments) == ("是否解绑：是", ())


def test_forwarded_attachments_are_found_inside():
    inner = attached(b'filename="a.pdf"').replace(b"=_b1", b"=_inner")
    raw = multi(
        "mixed",
        part("text/plain", b"fwd"),
        b"Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=old.eml\r\n\r\n"
        + inner,
    )
    found = opened(raw).message.attachments
    assert [(one.name, one.kind.value, one.inside) for one in found] == [
        ("old.eml", "message", ""),
        ("a.pdf", "pdf", "old.eml"),
    ]


def test_a_request_within_a_forwarded_bounce_speaks():
    """The request was sent to a wrong address; its sender forwards what came back."""
    request = multi(
        "mixed",
        part("text/plain", "是否解绑：是".encode()),
        part("application/pdf", b"%PDF-1.4"),
        boundary=b"=_request",
    )
    report = multi(
        "report",
        part("text/plain", b"550 User unknown"),
        b"Content-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n",
        b"Content-Type: message/rfc822\r\n\r\n" + request,
        boundary=b"=_report",
    )
    raw = multi(
        "mixed",
        part("text/plain", "昨天被退回来了，请按原邮件办理".encode()),
        b"Content-Type: message/rfc822\r\n\r\n" + report,
    )
    found = opened(raw).message
    assert found.is_forward
    assert "是否解绑：是" in found.new_text


def nested(depth: int) -> bytes:
    body = b"deep"
    for level in range(depth):
        mark = b"b%d" % level
        body = (
            b"Content-Type: multipart/mixed; boundary="
            + mark
            + b"\r\n\r\n--"
            + mark
            + b"\r\n"
            + body
            + b"\r\n--"
            + mark
            + b"--\r\n"
        )
    return b"From: a@example.org\r\n" + body


def forwards(depth: int) -> bytes:
    body = b"From: a@example.org\r\n\r\ndeep"
    for _ in range(depth):
        body = b"From: a@example.org\r\nContent-Type: message/rfc822\r\n\r\n" + body
    return body


HOSTILE = {
    "empty": b"",
    "newlines": b"\r\n\r\n",
    "nul": b"\x00" * 5000,
    "no header": b"just text",
    "binary": bytes(range(256)) * 200,
    "nested": nested(1000),
    "forwards": forwards(1000),
    "header of 50 MiB": b"Subject: " + b"a" * 50_000_000 + b"\r\n\r\nx",
    "many headers": b"X-A: b\r\n" * 300_000 + b"\r\nx",
    "folds": b"Subject: a" + b"\r\n b" * 100_000 + b"\r\n\r\nx",
    "words": mail(b"Subject: " + b"=?utf-8?B?5YyX?= " * 2000),
    "open words": mail(b"Subject: " + b"=?utf-8?B?" * 3000),
    "parameters": mail(b"Content-Type: text/plain; " + b'a*0="x";' * 3000),
    "quotes": mail(b'Content-Type: text/plain; name="' + b'\\"' * 15000),
    "addresses": mail(b"To: " + b"a@example.org," * 2000),
    "angles": mail(b"From: " + b"<" * 30_000),
    "brackets": mail(b"From: " + b"(" * 30_000),
    "no boundary": mail(b"Content-Type: multipart/mixed", body=b"--x\r\n\r\nhello\r\n--x--"),
    "false boundary": mail(b"Content-Type: multipart/mixed; boundary=zz", body=b"hello"),
    "delimiters": mail(b"Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\n" * 200_000),
    "attachments": multi(
        "mixed",
        *[
            part(
                "application/pdf",
                PDF + b"%d" % number,
                b"Content-Disposition: attachment; filename=%d.pdf" % number,
            )
            for number in range(1000)
        ],
    ),
    "deep html": text_mail(b"<div>" * 50_000, kind="html"),
    "blockquotes": text_mail(b"<blockquote type=cite>" * 5000 + b"x", kind="html"),
    "tables": text_mail(b"<table><tr><td>x" * 3000, kind="html"),
    "long line": text_mail(b"x" * 3_000_000),
    "marks": text_mail(b">" * 500_000),
    "dashes": text_mail(b"-" * 500_000),
    "many lines": text_mail("在 2026年3月1日\n".encode() * 30_000),
    "from lines": text_mail("发件人: x\n".encode() * 30_000),
    "bad base64": mail(b"Content-Transfer-Encoding: base64", body=b"a===b=c" * 50_000),
    "bad qp": mail(b"Content-Transfer-Encoding: quoted-printable", body=b"=\r\n=X" * 50_000),
    "uu": mail(body=b"begin 644 a.pdf\r\n" + b"M~~~\r\n" * 20_000 + b"end\r\n"),
    "bad message id": mail(b"Message-ID: " + b"<" * 5000),
    "bare cr": b"From: a@example.org\rSubject: x\r\rhello",
    "surrogates": mail(b"Subject: \xed\xa0\x80\xed\xb0\x80"),
    "cr attribute": text_mail(("<p " + "a=b " * 50_000 + ">x</p>").encode(), kind="html"),
    "style": text_mail(b"<p style='" + b"display:" * 50_000 + b"'>x</p>", kind="html"),
}


@pytest.mark.parametrize("name", share(HOSTILE, 3))
def test_hostile_mail_is_quick(name):
    begin = time.process_time()
    found = opened(HOSTILE[name], own_addresses=["desk@example.com"])
    assert time.process_time() - begin < 2.5
    assert found.message.arrived == ARRIVED
    assert arrival_of(HOSTILE[name]) is None


def test_limits_are_told(monkeypatch):
    monkeypatch.setattr(opening, "MAX_BYTES", 200)
    assert "message.too_large" in opened(b"A: b\r\n\r\n" + b"x" * 500).message.defects
    monkeypatch.undo()
    assert "mime.too_deep" in opened(nested(1000)).message.defects


def test_own_marker_is_a_mark():
    assert [mark.value for mark in opened(mail(b"X-Unbind-Desk: 1")).message.marks] == ["own"]


FRAGMENTS = [
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"--b\r\n",
    b"--b--\r\n",
    b"Content-Type: multipart/mixed; boundary=b",
    b'Content-Type: multipart/alternative; boundary="b"',
    b"Content-Type: text/html; charset=x-gbk",
    b"Content-Type: message/rfc822",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable",
    b"From: ",
    b"To: ",
    b"Subject: ",
    b"=?gb2312?B?",
    b"?=",
    b"=?utf-8?Q?=E5=8C?=",
    b"Content-Disposition: attachment; filename*0*=utf-8''%E5",
    b'Content-Disposition: attachment; filename="',
    b"\xb1\xb1\xbe\xa9",
    "北京".encode(),
    b"<a@example.org>",
    b"<",
    b">",
    b'"',
    b"(",
    b"\\",
    b";",
    b"*",
    b"'",
    b"\x00",
    b"\xff\xfe",
    b"%PDF-1.4",
    b"PK\x03\x04",
    b"UEsDBA==",
    b"<table><tr><td>",
    b"<blockquote type=cite>",
    b"</div>",
    b"Date: Mon, 2 Mar 2026 10:00:00 +0800",
    b"Received: x; ",
    b"begin 644 x\n",
    b"end\n",
    b"Auto-Submitted: auto-replied",
    b"References: <a> <b",
    b"charset=",
    b"boundary=",
]


@settings(max_examples=400)
@given(
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=12)), max_size=60).map(
        b"".join
    )
)
def test_no_bytes_raise(raw):
    found = open_mail(raw, ARRIVED, ["desk@example.com"])
    assert found.message.arrived == ARRIVED
    assert not any(defect.startswith("message.unreadable") for defect in found.message.defects)
    arrival_of(raw)


@settings(max_examples=200)
@given(st.data())
def test_no_damage_to_a_good_mail_raises(data):
    raw = bytearray(
        multi(
            "mixed",
            part("text/html; charset=gb2312", "<p>是否解绑：是</p>".encode("gbk")),
            part(
                "application/zip",
                zip_of(a_dot_pdf=PDF),
                b'Content-Disposition: attachment; filename="a.zip"',
            ),
        )
    )
    for _ in range(data.draw(st.integers(1, 12))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    found = open_mail(bytes(raw), ARRIVED)
    assert not any(defect.startswith("message.unreadable") for defect in found.message.defects)


@pytest.mark.parametrize(
    "fields",
    [(), (b"Content-Type: application/pdf; name=a.pdf", b"Content-Transfer-Encoding: x-uuencode")],
)
def test_a_uuencoded_file_is_left_to_people(fields):
    lines = b"".join(binascii.b2a_uu(PDF[at : at + 45]) for at in range(0, len(PDF), 45))
    found = opened(mail(*fields, body=b"begin 644 a.pdf\n" + lines + b"`\nend\n")).message
    assert "mime.encrypted_or_opaque" in found.defects


def test_base64_with_rubbish_inside():
    raw = mail(
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: base64",
        body=b64("是否解绑：是".encode()) + b"\r\n-- \r\nlist footer!",
    )
    assert opened(raw).message.new_text.startswith("是否解绑：是")
