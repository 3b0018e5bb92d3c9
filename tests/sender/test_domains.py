"""Which domains belong together, and which only look alike."""

import pytest

from core.mail_domains import aligned, mixed_scripts, organisational, resembles

CONTACT = "contact@example.org"


@pytest.mark.parametrize(
    ("domain", "registered"),
    [
        ("mail.example.com", "example.com"),
        ("example.com", "example.com"),
        ("a.b.example.com.cn", "example.com.cn"),
        ("example.gov.cn", "example.gov.cn"),
        ("com.cn", "com.cn"),
        ("mail.example.bj.cn", "example.bj.cn"),
        ("example.cn", "example.cn"),
        ("mail.example.cn", "example.cn"),
        ("EXAMPLE.Com.", "example.com"),
        ("a.example.co.uk", "example.co.uk"),
        ("localhost", "localhost"),
    ],
)
def test_what_an_organisation_registered(domain, registered):
    assert organisational(domain) == registered


@pytest.mark.parametrize(
    ("vouching", "domain", "counts"),
    [
        ("qq.com", "QQ.com", True),
        ("163.com", "vip.163.com", True),
        ("customer.qq.com", "qq.com", False),
        ("customer.vip.163.com", "vip.163.com", False),
        ("mail.example.com", "example.com", True),
        ("example.com", "mail.example.com", True),
        ("a.com.cn", "b.com.cn", False),
        ("a.gov.cn", "a.com.cn", False),
        ("example.com", "example.org", False),
        ("", "example.com", False),
        ("com", "com", False),
        ("evilexample.com", "example.com", False),
        ("example.com.evil.net", "example.com", False),
        ("evil.com.vn", "victim.com.vn", False),
        ("evil.co.id", "victim.co.id", False),
        ("a.example.com", "b.example.com", False),
        ("faß.example", "fass.example", False),
    ],
)
def test_for_which_domain_one_vouches(vouching, domain, counts):
    assert aligned(vouching, domain) is counts


@pytest.mark.parametrize(
    "address",
    [
        "contact@examp1e.org",
        "contact@exarnple.org",
        "contact@exampel.org",
        "contact@exmple.org",
        "contact@example.org.evil.net",
        "contact@mail.example.org.evil.net",
        "contact@example-org.com",
        "contact@exаmple.org",
        "contact@xn--exmple-4nf.org",
        "contact@ｅxample.org",
        "contact@éxample.org",
        "contact@example.com",
        "contact@ex-ample.org",
    ],
)
def test_look_alikes_of_the_contact(address):
    assert resembles(address, CONTACT)


@pytest.mark.parametrize(
    "address",
    [
        CONTACT,
        "handler@example.com",
        "Contact@Example.Org",
        "other@example.org",
        "contact@mail.example.org",
        "contact@qq.com",
        "contact@163.com",
        "li@wholly-other.com",
        "",
        "nobody",
        "contact@sample.net",
    ],
)
def test_no_look_alikes(address):
    assert not resembles(address, CONTACT)


@pytest.mark.parametrize(
    ("address", "known", "alike"),
    [
        ("zhangsam@163.com", "zhangsan@163.com", True),
        ("zhangsanl@qq.com", "zhangsan1@qq.com", True),
        ("lisi@163.com", "zhangsan@163.com", False),
        ("li@163.com", "lu@163.com", False),
        ("12345678@qq.com", "12345678@qq.com", False),
        ("zhangsan@126.com", "zhangsan@163.com", False),
    ],
)
def test_at_a_provider_the_name_before_the_sign_tells(address, known, alike):
    assert resembles(address, known) is alike


@pytest.mark.parametrize(
    ("domain", "mixed"),
    [
        ("exаmple.org", True),
        ("xn--exmple-4nf.org", True),
        ("example.org", False),
        ("例子.org", False),
        ("abc例子.cn", False),
        ("пример.org", False),
        ("xn--", False),
        ("xn--\x80", False),
    ],
)
def test_mixed_scripts(domain, mixed):
    assert mixed_scripts(domain) is mixed
