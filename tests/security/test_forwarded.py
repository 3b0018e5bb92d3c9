"""The contact forwards a rival's request: to ask whether it is genuine, or because the rival's mail
says that it must. The words above it are often few, and always in the contact's own proved mail."""

import email
import email.policy
from email.message import EmailMessage

import pytest

from core.cases.decision.batch_approval import looked_up
from tests.flows.walker import ADDRESS, IDENTITY, LICENCE, request_mail
from tests.sender.conftest import PASS
from tests.validators.builders import NAME
from tests.world import CONTACT

RIVAL = "rival@example.net"
HEAD = (
    f"---------- 转发邮件 ----------\n发件人：{RIVAL}\n发送时间：2026年11月25日 09:00\n"
    f"收件人：{CONTACT}\n主题：CA锁解绑申请\n\n"
)
REQUEST = f"企业名称：{NAME}\n是否解绑：是\n是否需要重置注册密码：否\n"
ABOVE = [
    "",
    "FYI",
    "请问这是贵中心发来的邮件吗？",
    "这不是我们发的，请核查。",
    "有人冒充我单位，请勿办理！",
    "我单位从未提出此申请。",
    "请贵中心按邮件要求确认，谢谢",
]


def attached(above):
    mail = EmailMessage()
    mail.set_content(f"{above}\n")
    inner = request_mail(RIVAL, "1@example.net", (LICENCE, IDENTITY))
    mail.add_attachment(email.message_from_bytes(inner, policy=email.policy.default))
    return mail


def within(above):
    mail = EmailMessage()
    mail.set_content(f"{above}\n\n{HEAD}{REQUEST}")
    for paper in (LICENCE, IDENTITY):
        mail.add_attachment(paper, maintype="application", subtype="pdf", filename="扫描件.pdf")
    return mail


def arrives(post, mail, number=1, sender=CONTACT, subject="转发: CA锁解绑申请"):
    domain = sender.rpartition("@")[2]
    mail["From"], mail["To"], mail["Message-ID"] = sender, ADDRESS, f"<{number}@{domain}>"
    mail["Subject"] = subject
    by = f"Authentication-Results: mx.desk.example; {PASS.format(domain=domain)}\r\n"
    return post.arrives(by.encode() + b"Received: from x by mx.desk.example; x\r\n" + bytes(mail))


def reasons(post, record):
    with post.harness.tx() as tx:
        case = tx.cases.get(record.case_id)
        return looked_up(tx, [case])[case.id]


@pytest.mark.parametrize("forwarded", [attached, within])
@pytest.mark.parametrize("above", ABOVE)
def test_it_is_never_approved_unseen(post, forwarded, above):
    record = arrives(post, forwarded(above))
    assert record.authentication == "pass"
    assert "request.unread" in post.codes(record)
    assert reasons(post, record)


def test_what_follows_does_not_hide_it(post):
    first = arrives(post, within("请查收"))
    second = post.sends(CONTACT, PASS, subject="补充材料")
    assert second.case_id == first.case_id
    assert "request.unread" in post.codes(second)


DENIALS = [
    "有人冒充我单位，请勿办理！",
    "以下申请不是我们提出的：",
    "下面这封邮件是诈骗，请不要处理。",
    "请勿受理以下申请。",
    "我单位收到如下内容的邮件，请核实真伪：",
    "这是假冒我公司的申请，我们没有授权。",
    "请问下面的申请是真的吗？",
    "我司从未申请过，附件材料系伪造，请立即停止办理。",
    "请撤销以下申请：",
    "以下为他人冒用我单位名义发送的内容",
    "举报：有人用我公司执照申请解绑。",
    "申请作废",
    "我公司对此申请不知情",
    "请警惕，有人冒充我公司。",
    "请防范诈骗，这封邮件不是我公司发的。",
    "此申请未经我公司授权，不得办理。",
]


@pytest.mark.parametrize("words", [f"{{}}\n{REQUEST}", f"{REQUEST}\n{{}}"])
@pytest.mark.parametrize("denial", DENIALS)
def test_one_that_the_contact_copies_and_denies_is_read(post, words, denial):
    assert reasons(post, post.sends(CONTACT, PASS, words=words.format(denial)))


OWN = [
    "",
    "我单位承诺所提供的材料真实有效，如有伪造、冒用，愿承担一切法律责任。",
    "因原锁丢失，无法登录系统，未能及时办理，望尽快办理。",
    "原CA锁已作废，现申请解绑，谢谢！",
    "材料真实，不存在伪造的情况。",
    "我公司授权张三办理此事。",
    "附件不是扫描的，是拍照后发的。",
    "一直没有收到系统发送的验证码。",
    "【外部邮件】请谨慎点击链接，谨防诈骗。",
    "防诈骗提示：我公司不会索要密码。",
    "本邮件含有保密信息，未经授权，不得转发、使用。",
    "未经本公司书面授权，任何人不得使用或披露本邮件。",
]


@pytest.mark.parametrize("words", OWN)
def test_a_request_in_words_of_ones_own_is_ones_own(post, words):
    assert not reasons(post, post.sends(CONTACT, PASS, words=f"{REQUEST}\n{words}"))
