"""Programs that answer by themselves in Chinese, mostly without a header that says so: each is
answered at most once and opens no case.

Out-of-office notes, receipts and notices of provider mail; then the provider's own words for a
letter that came back, which is shown at its case.
"""

from email.message import EmailMessage

import pytest

from core.data.mail_record import Disposition
from tests.flows.walker import ADDRESS, IDENTITY, LICENCE
from tests.sender.test_bounced import HANDLER, Office, Peer, request
from tests.thorough import share

OUR_SUBJECT = "【退回补正】CA锁解绑申请 工单号 JB20261125-0001"
AWAY = [
    ("自动回复: {s}", "您好，我正在休假，11月30日回来后处理您的邮件。"),
    (
        "自动回复：Re: {s}",
        (
            "这是来自QQ邮箱的假期自动回复邮件。\n"
            "您好，我最近正在休假中，无法亲自回复您的邮件。我将在假期结束后，尽快给您回复。"
        ),
    ),
    ("【自动回复】{s}", "您好，邮件已收到，谢谢！"),
    ("(自动回复){s}", "来信收悉"),
    ("外出自动回复: {s}", "出差中"),
    ("休假自动回复：{s}", "休假中"),
    ("自动答复: {s}", "本人已离职，CA锁解绑事宜请联系王工。"),
    ("{s}（自动回复）", "已收到您关于CA锁解绑的邮件，将尽快办理。"),
    ("Automatic reply: {s}", "I am out of the office."),
    ("AutoReply: {s}", "received"),
    ("Out of Office Re: {s}", "back soon"),
    ("Auto: {s}", "auto"),
    ("Re: {s}", "【自动回复】您的邮件我已收到，会尽快处理解绑的事情！"),
    ("回复：{s}", "这是一封自动回复邮件，请勿直接回复。已收到您的来信。"),
    ("回复：{s}", "您好，来信已收到，我会尽快回复您。（系统自动发送，请勿回复）"),
    ("Re: {s}", "This is an automatic reply. Your message about 解绑 was received."),
]
RECEIPTS = [
    (
        "已读: {s}",
        (
            "您的邮件\n\n收件人: 张三\n主题: {s}\n发送时间: 2026年11月25日 10:00:00\n\n"
            "已于 2026年11月25日 11:00:00 阅读。"
        ),
    ),
    ("已读回执：{s}", "这是邮件收条。您于2026-11-25 10:00:00 发给 {h} 主题为“{s}”的邮件已被打开。"),
    ("Read: {s}", "Your message was read on Wednesday."),
    ("回执：{s}", "您发送给 {h} 的邮件已被阅读。主题：{s}"),
    ("邮件已阅读：{s}", "对方已阅读您的邮件“{s}”。"),
    ("未读: {s}", "您的邮件 收件人: 张三 主题: {s} 未经阅读即被删除。"),
    ("Not read: {s}", "Your message was deleted without being read."),
]


def written(letter, subject, words, *, thread, html=False, quote=False):
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = (
        HANDLER,
        letter["From"],
        f"<{written.count}@answers.example.com>",
    )
    written.count += 1
    message["Subject"] = subject.format(s=OUR_SUBJECT)
    if thread:
        message["In-Reply-To"] = letter["Message-ID"]
    words = words.format(s=OUR_SUBJECT, h=HANDLER)
    if quote:
        words += (
            "\n\n------------------ 原始邮件 ------------------\n发件人: desk\n发送时间: 2026\n"
            "收件人: a\n\n"
        ) + letter.get_payload(0).get_payload(decode=True).decode()
    message.set_content(f"<p>{words}</p>" if html else words, subtype="html" if html else "plain")
    return message.as_bytes()


written.count = 1


@pytest.mark.parametrize(("subject", "words"), share(AWAY + RECEIPTS, 2))
@pytest.mark.parametrize(
    ("papers", "thread", "html", "quote"),
    [
        ((LICENCE,), True, False, False),
        ((LICENCE, IDENTITY), True, True, False),
        ((LICENCE,), False, False, True),
    ],
)
def test_an_automatic_answer_is_kept_and_answered_by_nobody(
    harness, subject, words, papers, thread, html, quote
):
    office = Office(
        harness,
        Peer(lambda letter: written(letter, subject, words, thread=thread, html=html, quote=quote)),
    )
    office.take(request(papers))
    office.settle()
    with harness.tx() as tx:
        (answer,) = [
            mail
            for mail in tx.mails.newest(disposition=list(Disposition))
            if mail.message_id.endswith("@answers.example.com>")
        ]
        assert len(tx.cases.find()) == 1
    assert answer.disposition is Disposition.IGNORED
    assert len(office.peer.letters) == 1


def came_back(letter, sender, subject, words, attach=True, html=False):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, ADDRESS, subject
    number = letter["Message-ID"].replace("<", "&lt;") if html else letter["Message-ID"]
    message.set_content(
        words.format(h=HANDLER, s=letter["Subject"], i=number), subtype="html" if html else "plain"
    )
    if attach:
        message.add_attachment(
            letter.as_bytes()[:4000],
            maintype="application",
            subtype="octet-stream",
            filename="原邮件.eml",
        )
    return message.as_bytes()


QQ_WORDS = (
    "<div>很抱歉您发送的邮件被退回，以下是该邮件的相关信息："
    "</div><table><tr><td>被退回邮件</td><td>主 题：{s}<br>时 间："
    "2026-11-25 10:00:00</td></tr><tr><td>无法发送到</td><td>{h}</td></tr>"
    "<tr><td>退信原因</td><td>收件人邮件地址（{h}）不存在，邮件无法送达。"
    "<br>host mx3.example.com[192.0.2.7] said: 550 Mailbox not found. "
    "(in reply to RCPT TO command)</td></tr><tr><td>解决方案</td><td>请联系您的收件人，"
    "重新核实邮箱地址，或发送到其他收信邮箱。</td></tr></table>"
)
NETEASE_WORDS = (
    "亲爱的用户，您好：\n\n    很遗憾地通知您，您的邮件未能成功送达。\n    收件人：{h}\n    主题："
    "{s}\n    退信原因：对方邮箱账号不存在。 550 User not found: {h}\n    原邮件编号：{i}\n"
)
BACK = [
    ("QQ", "PostMaster@qq.example", "系统退信", QQ_WORDS, True, True),
    (
        "QQ, from its words",
        '"QQ邮箱管理员" <postmaster@qq.example>',
        "来自qq.example的退信",
        QQ_WORDS + "<p>Message-ID: {i}</p>",
        False,
        True,
    ),
    ("163", "Postmaster@163.example", "系统退信", NETEASE_WORDS, False, False),
    (
        "163, whole mail attached",
        "MAILER-DAEMON@163.example",
        "系统退信/Systems bounce",
        "您的邮件被退回，收件人不存在。",
        True,
        False,
    ),
    (
        "Aliyun",
        "postmaster@aliyun.example",
        "退信通知：{s}",
        "您发送给 {h} 的邮件投递失败\n退信代码：550 5.1.1 user unknown\nMessage-Id: {i}",
        False,
        False,
    ),
    (
        "Coremail",
        "Mail Delivery System <mailsystem@coremail.example>",
        "邮件发送失败",
        "无法投递到 {h}\n原因：用户不存在\nmessage-id: {i}",
        False,
        False,
    ),
]


@pytest.mark.parametrize(
    ("sender", "subject", "words", "attach", "html"),
    [row[1:] for row in BACK],
    ids=[row[0] for row in BACK],
)
def test_a_letter_that_came_back_in_a_providers_words_is_shown_at_its_case(
    harness, sender, subject, words, attach, html
):
    office = Office(
        harness, Peer(lambda letter: came_back(letter, sender, subject, words, attach, html))
    )
    case_id = office.take(request()).case_id
    office.settle()
    with harness.tx() as tx:
        (mail,) = tx.mails.newest(disposition=Disposition.IGNORED)
        assert tx.letters.bounced_among([HANDLER])
        assert tx.letters.newest(case_id=case_id)[0].bounced == "permanent"
    assert mail.case_id == case_id
    assert mail.note.startswith("退信：收件地址不存在")
    assert len(office.peer.letters) == 1
