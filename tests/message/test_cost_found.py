"""Grammar-made HTML and mails: nothing raises, and the calls made are bounded by the size."""

import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from mail_intake.message.html_text import html_to_text
from tests.message.mails import opened

TAGS = (
    "table",
    "tr",
    "td",
    "th",
    "p",
    "div",
    "s",
    "del",
    "b",
    "span",
    "ul",
    "ol",
    "li",
    "pre",
    "blockquote",
    "select",
    "option",
    "a",
    "br",
    "img",
    "input",
    "script",
    "head",
)
STYLES = (
    "",
    " style='display:none'",
    " style='text-decoration:line-through'",
    " style='white-space:pre'",
    " start=3",
    " checked type=checkbox",
    " alt=是",
    " id=appendonsend",
)
PIECES = st.one_of(
    st.builds("<{}{}>".format, st.sampled_from(TAGS), st.sampled_from(STYLES)),
    st.builds("</{}>".format, st.sampled_from(TAGS)),
    st.sampled_from(
        [
            "是",
            "否",
            "解绑：",
            " ",
            "\n",
            "\t",
            "<",
            ">",
            "&amp;lt;",
            "&#xe0f0;",
            "<!--",
            "-->",
            "x" * 50,
        ]
    ),
)
HTML = st.builds(
    lambda pieces, times: "".join(pieces) * times, st.lists(PIECES, max_size=12), st.integers(1, 60)
)
LINES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html\r\n",
        b"--b\r\n",
        b"--b--\r\n",
        b"\r\n",
        b"begin 644 x\r\n",
        b"end\r\n",
        b'From: "\\"\\"\r\n',
        b"To: ((\\(<  <a@b.c>\r\n",
        b"Subject: =?gbk?b?5q==?=\r\n",
        b"> a\r\n",
        b"<table><td><s>\r\n",
        "于 2026年1月1日 a@b.c 写道：\r\n".encode(),
        b"\xff\x00\r\n",
    ]
)
CALLS_EACH = 60
"""Calls for each character; the layout makes some ten for each element,
which has three characters at least."""


def calls(work) -> int:
    count = 0

    def counted(_frame, event, _argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@settings(max_examples=150)
@given(HTML)
def test_html(html):
    assert calls(lambda: html_to_text(html, lambda _: None, 60_000)) <= CALLS_EACH * (
        len(html) + 100
    )


@settings(max_examples=150)
@given(
    st.builds(
        lambda lines, times: b"".join(lines) * times,
        st.lists(LINES, max_size=12),
        st.integers(1, 30),
    )
)
def test_mails(raw):
    assert not [
        defect for defect in opened(raw).message.defects if defect.startswith("message.unreadable")
    ]
