"""Which headers forbid an automatic answer."""

import pytest

from core.data.submission import Mark
from tests.message.mails import mail, opened

CASES = [
    (b"X-Nothing: 1", set()),
    (b"Auto-Submitted: no", set()),
    (b"Auto-Submitted: No (really)", set()),
    (b"Auto-Submitted: auto-replied", {Mark.AUTO_REPLIED}),
    (b"Auto-Submitted: auto-replied; owner-email=a@b", {Mark.AUTO_REPLIED}),
    (b"Auto-Submitted: auto-generated", {Mark.AUTO_GENERATED}),
    (b"auto-submitted: AUTO-NOTIFIED", {Mark.AUTO_GENERATED}),
    (b"Auto-Submitted: whatever", {Mark.AUTO_GENERATED}),
    (b"Return-Path: <>", {Mark.NULL_RETURN_PATH}),
    (b"Return-Path: < >", {Mark.NULL_RETURN_PATH}),
    (b"Return-Path: <a@example.org>", set()),
    (b"Content-Type: multipart/report; report-type=delivery-status; boundary=x", {Mark.REPORT}),
    (b"From: MAILER-DAEMON@example.org", {Mark.DAEMON}),
    (b"From: Mail System <postmaster@example.org>", {Mark.DAEMON}),
    (b"From: postmaster-x@example.org", {Mark.DAEMON}),
    (b"From: postman@example.org", set()),
    (b"From: noreply@example.org", {Mark.NOREPLY}),
    (b"From: no-reply@example.org", {Mark.NOREPLY}),
    (b"From: do_not_reply@example.org", {Mark.NOREPLY}),
    (b"From: service-noreply@example.org", {Mark.NOREPLY}),
    (b"From: bounce-1@example.org", {Mark.NOREPLY}),
    (b"From: noriko@example.org", set()),
    (b"List-Id: <x.example.org>", {Mark.LIST}),
    (b"List-Unsubscribe: <mailto:x>", {Mark.LIST}),
    (b"Mailing-List: x", {Mark.LIST}),
    (b"Listing: x", set()),
    (b"Precedence: bulk", {Mark.PRECEDENCE}),
    (b"Precedence: LIST", {Mark.PRECEDENCE}),
    (b"Precedence: auto_reply", {Mark.PRECEDENCE}),
    (b"Precedence: first-class", set()),
    (b"X-Auto-Response-Suppress: All", {Mark.SUPPRESS}),
    (b"X-Auto-Response-Suppress: OOF, AutoReply", {Mark.SUPPRESS}),
    (b"X-Auto-Response-Suppress: DR, OOF", {Mark.SUPPRESS}),
    (b"X-Auto-Response-Suppress: OOF", set()),
    (b"X-Autoreply: yes", {Mark.AUTO_REPLIED}),
    ("Subject: 自动回复: 您的申请".encode(), {Mark.AUTO_REPLIED}),
    ("Subject: 自动回复".encode(), {Mark.AUTO_REPLIED}),
    ("Subject: [自动回复] Re: 退回补正".encode(), {Mark.AUTO_REPLIED}),
    (b"Subject: Automatic reply: x", {Mark.AUTO_REPLIED}),
    (b"Subject: Out of Office: x", {Mark.AUTO_REPLIED}),
    ("Subject: 答复：自动回复：您的申请".encode(), set()),
    ("Subject: 关于自动回复的问题".encode(), set()),
    ("Subject: 自动回复功能怎么用".encode(), set()),
    ("Subject: 【自动回复】CA锁解绑申请".encode(), {Mark.AUTO_REPLIED}),
    ("Subject: CA锁解绑申请（自动回复）".encode(), {Mark.AUTO_REPLIED}),
    ("Subject: 休假自动回复: 您好".encode(), {Mark.AUTO_REPLIED}),
    (b"Subject: Auto: x", {Mark.AUTO_REPLIED}),
    ("Subject: 已读: 退回补正".encode(), {Mark.AUTO_REPLIED}),
    (b"Subject: Read: x", {Mark.AUTO_REPLIED}),
    ("Subject: 阅读回执：x".encode(), {Mark.AUTO_REPLIED}),
    (b"Subject: Automobile: x", set()),
    (b"Subject: Ready: x", set()),
    (b"Subject: read me", set()),
    ("Subject: 回执单已盖章".encode(), set()),
    ("Subject: 已读通知，申请解绑".encode(), set()),
    (b"X-Unbind-Desk: UD-1", {Mark.OWN}),
    (b"From: Desk <DESK@example.com>", {Mark.OWN}),
    (b"To: other@example.org", {Mark.NOT_ADDRESSED}),
    (b"To: other@example.org\r\nCc: desk@example.com", set()),
    (b"To: undisclosed-recipients:;", {Mark.NOT_ADDRESSED}),
    (b'To: "Desk" <Desk@Example.COM>', set()),
    (b"From:", {Mark.NO_SENDER}),
    (b"From: nobody", {Mark.NO_SENDER}),
]


@pytest.mark.parametrize(("header", "expected"), CASES)
def test_marks(header, expected):
    first, *more = header.split(b"\r\n")
    assert opened(mail(first, *more), own_addresses=["desk@example.com"]).message.marks == expected


def test_without_own_addresses_nothing_is_said_of_the_recipient():
    assert opened(mail(b"To: other@example.org")).message.marks == frozenset()


def test_a_report_by_its_type_and_null_path():
    raw = mail(
        b"Return-Path: <>",
        b"From: mailer-daemon@example.org",
        b"Auto-Submitted: auto-replied",
        b"Content-Type: multipart/report; boundary=x",
        body=b"--x\r\n\r\nfailed\r\n--x--\r\n",
    )
    assert opened(raw).message.marks == {
        Mark.NULL_RETURN_PATH,
        Mark.DAEMON,
        Mark.AUTO_REPLIED,
        Mark.REPORT,
    }


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        ("【自动回复】来信收到", True),
        ("您好，这是一封自动回复邮件。", True),
        ("来信已收到（系统自动发送，请勿回复）", True),
        ("This is an automated response.", True),
        ("企业名称：甲公司，申请解绑", False),
        ("请问你们的自动回复是什么意思？", False),
        ("收到你们的自动回复了，现补充：是否解绑：是", False),
        ("申请解绑\n" + "谢谢" * 400 + "系统自动发送，请勿回复", False),
        ("> 【自动回复】\n申请解绑", False),
    ],
)
def test_a_text_that_calls_itself_automatic(words, marked):
    found = opened(
        mail(b"Content-Type: text/plain; charset=utf-8", body=words.encode())
    ).message.marks
    assert (Mark.AUTO_REPLIED in found) is marked
