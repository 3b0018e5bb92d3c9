"""What is read from bounces: standard reports, and the words of providers."""

import base64
import time

import pytest

from core.data.submission import Mark
from tests.message.mails import mail, multi, opened, part, text_mail

OURS = "<0123456789abcdef0123456789abcdef@desk.example.org>"
RETURNED = (
    f"Message-ID: {OURS}\r\nFrom: support@example.org\r\nTo: gone@example.com\r\n"
    "References: <1@example.com>\r\nSubject: x\r\n"
).encode()
DAEMON = b"From: Mail Delivery System <MAILER-DAEMON@example.com>"


def raw_part(kind: bytes, content: bytes) -> bytes:
    return b"Content-Type: " + kind + b"\r\n\r\n" + content


def report(
    fields: str,
    words: str = "Your message could not be delivered.",
    kind: bytes = b"message/rfc822",
    returned: bytes = RETURNED,
) -> bytes:
    return multi(
        "report; report-type=delivery-status",
        part("text/plain; charset=utf-8", words.encode()),
        raw_part(
            b"message/delivery-status",
            b"Reporting-MTA: dns; mx.example.com\r\n\r\n" + fields.encode(),
        ),
        raw_part(kind, returned + b"\r\nbody\r\n"),
        headers=(DAEMON, b"Return-Path: <>"),
    )


def bounce(raw: bytes):
    return opened(raw).message.bounce


FIELDS = (
    "Final-Recipient: rfc822; gone@example.com\r\nAction: {0}\r\nStatus: {1}\r\n"
    "Diagnostic-Code: smtp; {2}\r\n"
)


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "told"),
    [
        (
            "failed",
            "5.1.1",
            "550 5.1.1 <gone@example.com>: User unknown",
            ("failed", "5.1.1", True, "收件地址不存在或已停用（5.1.1）"),
        ),
        ("failed", "5.2.2", "552 mailbox full", ("failed", "5.2.2", True, "对方邮箱已满（5.2.2）")),
        (
            "failed",
            "5.7.1",
            "554 5.7.1 rejected as spam",
            ("failed", "5.7.1", True, "被对方服务器拒收（5.7.1）"),
        ),
        (
            "failed",
            "4.4.7",
            "delivery time expired",
            ("failed", "4.4.7", False, "对方服务器暂时无法投递（4.4.7）"),
        ),
        (
            "failed",
            "5.0.0",
            "550 5.1.1 no such user",
            ("failed", "5.1.1", True, "收件地址不存在或已停用（5.1.1）"),
        ),
        (
            "failed",
            "5.0.0",
            "550 user not found",
            ("failed", "5.0.0", True, "收件地址不存在或已停用（5.0.0）"),
        ),
        (
            "failed (mailbox)",
            "5.4.4",
            "Host not found",
            ("failed", "5.4.4", True, "对方域名无法找到（5.4.4）"),
        ),
        (
            "delayed",
            "4.4.1",
            "connection timed out",
            ("delayed", "4.4.1", False, "对方服务器暂时无法投递（4.4.1）"),
        ),
        ("relayed", "2.0.0", "250 ok", ("delivered", "", False, "未说明原因")),
        ("FAILED", "", "", ("failed", "", False, "未说明原因")),
    ],
)
def test_a_standard_report(action, status, diagnostic, told):
    found = bounce(report(FIELDS.format(action, status, diagnostic)))
    assert (found.action, found.status, found.permanent, found.reason) == told
    assert found.message_ids[0] == OURS


@pytest.mark.parametrize(
    "kind", [b"text/rfc822-headers", b"message/rfc822", b"message/global-headers"]
)
def test_the_letter_is_named_by_what_was_returned(kind):
    assert bounce(report(FIELDS.format("failed", "5.1.1", "x"), kind=kind)).message_ids[0] == OURS


def test_the_letter_is_named_by_a_field_where_nothing_was_returned():
    assert (
        OURS
        in bounce(
            report(
                f"X-Original-Message-ID: {OURS}\r\n" + FIELDS.format("failed", "5.1.1", "x"),
                kind=b"text/plain",
                returned=b"",
            )
        ).message_ids
    )


QMAIL = f"""Hi. This is the qmail-send program at example.com.
I wasn't able to deliver your message (failure notice).

<gone@example.com>:
192.0.2.7 failed after I sent the message.
Remote host said: 550 User not found

--- Below this line is a copy of the message.

Message-ID: {OURS}
Subject: x
"""
QQ = (
    "<html><body><p>抱歉，您的邮件被退回来了……</p><p>收件人邮件地址（gone@example.com）不存在，"
    "邮件无法送达。</p><p>host mx.example.com said: 550 Mailbox not found</p><p>Message-ID: "
    f"&lt;{OURS[1:-1]}&gt;</p></body></html>"
)
NETEASE = (
    "您好，您的邮件投递失败，被退回。\n\n退信原因：收件人邮箱空间不足，请稍后再试。\n"
    f"SMTP error, DOT: 452 4.2.2 Over quota\n原邮件：\nMessage-ID: {OURS}\n"
)
ALIYUN = (
    "退信通知\n您发送的邮件未能送达。\n退信代码：554 5.7.1\n原因：被对方反垃圾系统拒收\n"
    f"message-id：{OURS}\n"
)
DELAY = f"您的邮件投递延迟，系统将继续尝试，暂不需要重发。\nMessage-ID: {OURS}\n"


@pytest.mark.parametrize(
    ("words", "kind", "charset", "told"),
    [
        (QMAIL, "plain", "utf-8", ("failed", "5.0.0", True, "收件地址不存在或已停用（5.0.0）")),
        (QQ, "html", "gb18030", ("failed", "5.0.0", True, "收件地址不存在或已停用（5.0.0）")),
        (NETEASE, "plain", "gbk", ("failed", "4.2.2", False, "对方邮箱已满（4.2.2）")),
        (ALIYUN, "plain", "gb18030", ("failed", "5.7.1", True, "被对方服务器拒收（5.7.1）")),
        (DELAY, "plain", "utf-8", ("delayed", "", False, "未说明原因")),
        (
            f"系统退信\n收件人不存在\n{OURS}",
            "plain",
            "utf-8",
            ("failed", "", True, "收件地址不存在或已停用"),
        ),
        (
            f"系统退信\n收件人不存在\nMessage-ID: <8.421.550-a421b@desk.example.org>\n{OURS}",
            "plain",
            "utf-8",
            ("failed", "", True, "收件地址不存在或已停用"),
        ),
        (
            "系统退信\n代码550错误，gw421x 用户不存在\n" + OURS,
            "plain",
            "utf-8",
            ("failed", "5.0.0", True, "收件地址不存在或已停用（5.0.0）"),
        ),
        (
            f"退信：附件 550 KB，共 552 封\n{OURS}",
            "plain",
            "utf-8",
            ("failed", "", False, "未说明原因"),
        ),
        (
            f"退信 10.5.1.1 2026.5.1.1\n{OURS}",
            "plain",
            "utf-8",
            ("failed", "", False, "未说明原因"),
        ),
    ],
)
@pytest.mark.parametrize("sender", [DAEMON, "From: 邮件系统 <postmaster@example.com>".encode()])
def test_a_bounce_in_words(words, kind, charset, told, sender):
    found = bounce(
        text_mail(words.encode(charset), charset, sender, "Subject: 系统退信".encode(), kind=kind)
    )
    assert (found.action, found.status, found.permanent, found.reason) == told
    assert OURS in found.message_ids


def test_the_letter_attached_to_words_names_itself():
    raw = multi(
        "mixed",
        part("text/plain; charset=gbk", "您的邮件被退回，用户不存在".encode("gbk")),
        raw_part(b"message/rfc822", RETURNED + b"\r\nx"),
        headers=(DAEMON,),
    )
    assert bounce(raw).message_ids[0] == OURS


def test_the_letter_is_named_by_the_thread_at_last():
    raw = text_mail("退信：用户不存在".encode(), "utf-8", DAEMON, f"In-Reply-To: {OURS}".encode())
    assert bounce(raw).message_ids == (OURS,)


@pytest.mark.parametrize(
    "raw",
    [
        text_mail(QMAIL.encode(), "utf-8"),
        text_mail(
            "我正在休假".encode(), "utf-8", b"Return-Path: <>", b"Auto-Submitted: auto-replied"
        ),
        multi(
            "report; report-type=disposition-notification",
            part("text/plain", b"read"),
            raw_part(b"message/disposition-notification", f"Original-Message-ID: {OURS}".encode()),
        ),
        multi(
            "report; report-type=feedback-report",
            part("text/plain", b"undeliverable spam"),
            raw_part(b"message/rfc822", RETURNED),
        ),
        mail(DAEMON, body=b"hello"),
    ],
    ids=[
        "a person quotes one",
        "out of office",
        "read receipt",
        "complaint",
        "a daemon says nothing of it",
    ],
)
def test_what_is_no_bounce(raw):
    assert bounce(raw) is None


def test_the_reason_holds_nothing_of_the_report():
    found = bounce(report(FIELDS.format("failed", "5.1.1", "550 <gone@example.com> secret words")))
    assert "gone" not in found.reason
    assert "secret" not in found.reason


@pytest.mark.parametrize(
    "words",
    [
        "<a@b>" * 50_000,
        "Message-ID: " * 50_000,
        "550 " * 100_000,
        "5.1.1 " * 100_000,
        "用户" * 200_000,
        "account " * 100_000,
        base64.b64encode(bytes(500_000)).decode(),
    ],
)
def test_hostile_words_are_quick(words):
    began = time.process_time()
    found = opened(text_mail(("退信 " + words).encode(), "utf-8", DAEMON)).message
    assert time.process_time() - began < 1.5
    assert Mark.DAEMON in found.marks
    assert len(found.bounce.message_ids) <= 50
