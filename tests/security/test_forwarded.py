"""The contact forwards a rival's request: to ask whether it is genuine, or because the rival's mail
says that it must. The words above it are often few, and always in the contact's own proved mail."""

import email
import email.policy
from email.message import EmailMessage

import pytest

from core.cases.decision.batch_approval import looked_up
from tests.flows.walker import ADDRESS, IDENTITY, LICENCE, request_mail
from tests.sender.conftest import PASS, Post
from tests.validators.builders import NAME
from tests.world import CONTACT, World, store_in

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


@pytest.fixture
def post(tmp_path):
    world = World(store_in(tmp_path))
    world.register()
    yield Post(world)
    world.store.close()


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


def arrives(post, mail, number=1):
    mail["From"], mail["To"], mail["Message-ID"] = CONTACT, ADDRESS, f"<{number}@example.org>"
    mail["Subject"] = "转发: CA锁解绑申请"
    by = f"Authentication-Results: mx.desk.example; {PASS.format(domain='example.org')}\r\n"
    return post.arrives(by.encode() + b"Received: from x by mx.desk.example; x\r\n" + bytes(mail))


def reasons(post, record):
    with post.harness.tx() as tx:
        case = tx.cases.get(record.case_id)
        return looked_up(tx, post.desk, [case])[case.id]


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


def test_a_request_in_words_of_ones_own_is_ones_own(post):
    record = post.sends(CONTACT, PASS)
    assert not reasons(post, record)
