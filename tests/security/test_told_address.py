"""The address of a sender, as the notice to the registered contact and the page of its link tell
it: words of the sender's choice never stand there, and a colleague's address is recognised."""

import re

import pytest

from core.cases.letters.letter_content import request_pairs
from core.cases.letters.masked import address_for_contact
from tests.flows.walker import IDENTITY, LICENCE, request_mail
from tests.world import CONTACT

SENTENCE = "a@本通知为系统升级测试邮件-请勿点击异议链接-如有疑问请致电400-000-1234转3号客服.cn"
ON_TOP = (
    b"Authentication-Results: mx.desk.example; spf=none; dkim=none; dmarc=none\r\n"
    b"Received: from x by mx.desk.example; Wed, 25 Nov 2026 10:00:00 +0800\r\n"
)


def test_neither_notice_nor_page_has_a_forgers_sentence(post) -> None:
    raw = request_mail("x@evil.example", "1@x.example", (LICENCE, IDENTITY))
    record = post.arrives(
        ON_TOP + raw.replace(b"From: x@evil.example", f"From: {SENTENCE}".encode())
    )
    notice = post.harness.letter("contact_notice")
    told = dict(request_pairs(post.case(record), CONTACT))["发件邮箱"]
    assert notice.recipient == CONTACT
    assert told == "a***@本***服.cn"
    (line,) = [line for line in notice.rendered.text.splitlines() if "发件邮箱" in line]
    assert "本***服" in line
    assert not re.search("通知|链接|400", line)


@pytest.mark.parametrize(
    "domain",
    [
        "此为测试.请勿点击异议链接",
        "请致电.400-000-1234.evil.cn",
        "qing-wu-dianji-zhi-dian-4000001234.cn",
        "http://evil.example/4000001234",
        "evil.example。请点击http://evil.example/4000001234",
        "请勿点击.example.org",
        "请勿点击.qq.com",
        "xn--请勿点击.cn",
        "x.qingwudianjiyiyilianjie",
        "请勿.点击.异议.链接.致电.4000.001.234.com.cn",
    ],
)
def test_no_words_fit(domain) -> None:
    told = address_for_contact(f"请勿点击@{domain}", CONTACT)
    assert not re.search("勿点|点击|致电|异议|链接|测试|dian|400|evil", told)


@pytest.mark.parametrize(
    ("address", "contact", "told"),
    [
        ("zhang.wang@qq.com", CONTACT, "z***g@qq.com"),
        ("zhang.wang@VIP.163.com", CONTACT, "z***g@***.163.com"),
        ("zhang.wang@vip.163.com", "li@vip.163.com", "z***g@vip.163.com"),
        ("zhang.wang@example.org", CONTACT, "z***g@example.org"),
        ("zhang.wang@bj.office.example.org", CONTACT, "z***g@***.example.org"),
        ("zhang.wang@某某公司.cn", "li@某某公司.cn", "z***g@某某公司.cn"),
        ("zhang.wang@某某公司.cn", "li@qq.com", "z***g@某***司.cn"),
        ("zhang.wang@某某电缆.公司", "li@qq.com", "z***g@某***缆.公司"),
        ("zhang.wang@xn--fiqy2f5vckue.cn", "li@qq.com", "z***g@中***司.cn"),
        ("zhang.wang@mail.jingxicable.com.cn", "li@qq.com", "z***g@***.j***e.com.cn"),
        ("zhang.wang@jingxicable.online", "li@qq.com", "z***g@j***e.online"),
    ],
)
def test_a_colleague_is_recognised(address, contact, told) -> None:
    assert address_for_contact(address, contact) == told
