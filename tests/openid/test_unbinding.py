"""A trading system sends an enterprise here to unbind a lock itself: the lock signs, and the
browser goes back with what became of it."""

import html
import re
from urllib.parse import urlencode

import pytest

from tests.openid.conftest import ZONGHE, onward

BACK = ZONGHE.redirect_uris[1]


def order(**changes):
    fields = {"client_id": "zonghe", "redirect_uri": BACK, "state": "s&t"} | changes
    return "/portal/unbinding?" + urlencode(fields)


@pytest.fixture
def der(harness, enterprise):
    return harness.lock_of(enterprise)


@pytest.fixture
def guest(harness, der):
    guest = harness.visitor()
    assert guest.log_in_by_lock(der).status_code == 200
    return guest


def test_the_lock_signs_and_the_browser_goes_back(harness, enterprise, der, guest):
    [binding] = harness.bindings(enterprise)
    page = guest.see(order())
    assert "由综合交易系统转来" in page.text
    action = html.unescape(re.search(r'action="(/portal/unbinding[^"]+)"', page.text)[1])
    answer = guest.prove("unbind", action, der, binding.serial, binding_id=binding.id)
    assert answer.json() == {
        "go": "https://zonghe.example.cn/second?x=1&result=unbound&state=s%26t"
    }
    assert harness.bindings(enterprise) == []
    assert guest.get("/portal").status_code == 303, "the session came by that lock"


def test_without_a_fresh_signature_nothing_is_unbound(harness, enterprise, der, guest):
    [binding] = harness.bindings(enterprise)
    guest.see(order())
    for_another = guest.signature("unbind", der, "another serial")
    assert guest.tell(order(), binding_id=binding.id, **for_another).status_code == 409
    signed = guest.signature("unbind", der, binding.serial)
    assert (
        guest.post(order(), json={"csrf": "x" * 32, "binding_id": binding.id, **signed}).status_code
        == 403
    )
    assert harness.bindings(enterprise) == [binding]


def test_who_is_not_logged_in_logs_in_first_and_comes_back(harness, enterprise, der):
    guest = harness.visitor()
    first = guest.get(order(), headers={"Sec-Fetch-Site": "cross-site"})
    to_login = guest.get(onward(first)).headers["location"]
    assert "登录后进入综合交易系统" in guest.see(to_login).text
    went = guest.prove("login", "/portal/login/lock?" + to_login.partition("?")[2], der).json()[
        "go"
    ]
    assert went == order()
    assert guest.get(went).status_code == 200


def test_giving_up_leads_back_too(guest):
    link = html.unescape(re.search(r'<a href="([^"]+)">不解除', guest.get(order()).text)[1])
    assert link == "https://zonghe.example.cn/second?x=1&error=access_denied&state=s%26t"


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example.cn/"},
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": ""},
        {"client_id": "zhengcai"},
        {"client_id": "x"},
    ],
)
def test_an_order_of_a_stranger_is_refused_and_leads_nowhere(
    harness, enterprise, der, guest, changes
):
    answer = guest.get(order(**changes))
    assert (answer.status_code, "evil" in answer.text, "location" in answer.headers) == (
        409,
        False,
        False,
    )
    [binding] = harness.bindings(enterprise)
    guest.see("/portal/locks")
    assert (
        guest.prove(
            "unbind", order(**changes), der, binding.serial, binding_id=binding.id
        ).status_code
        == 409
    )
    assert harness.bindings(enterprise) == [binding]
