"""A passkey in Chromium, with its virtual authenticator:
made, used, and refused where it belongs to another site."""

import json

import pytest
from playwright.sync_api import expect

from core.errors import NotAllowed
from core.keys.passkeys import SitePasskeys
from core.keys.passwords import Argon2Passwords
from tests.servers.pages import listening, serving
from tests.web.harness import PASSWORD, Harness

pytestmark = pytest.mark.browser


@pytest.fixture
def there(tmp_path):
    """A desk under the name localhost: browsers make no passkey for an IP address."""
    bound, address = listening()
    address = address.replace("127.0.0.1", "localhost")
    harness = Harness(tmp_path, Argon2Passwords(), base_url=address)
    harness.administrator()
    harness.address = address
    with serving(harness.app, bound):
        yield harness
    harness.store.close()


@pytest.fixture
def tab(browser, there):
    context = browser.new_context(base_url=there.address)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield page
    context.close()


def log_in(tab):
    tab.goto("/login")
    tab.fill("[name=name]", "wang")
    tab.fill("[name=password]", PASSWORD)
    tab.click("button.primary")


def test_a_passkey_is_made_and_opens_the_next_login(there, tab):
    log_in(tab)
    tab.wait_for_url("**/today")
    tab.goto("/second-factor")
    form = tab.locator("form[data-passkey=create]")
    form.locator("[name=password]").fill("wrong")
    form.locator("button").click()
    expect(tab.locator("[data-problem]")).to_contain_text("当前密码不正确")
    form.locator("[name=name]").fill("办公电脑")
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("button").click()
    expect(tab.locator(".recovery")).to_be_visible()
    expect(tab.locator("main")).to_contain_text("办公电脑")
    log_in(tab)
    tab.wait_for_url("**/login/second-factor*")
    sent = []
    tab.on(
        "request",
        lambda request: (
            sent.append(request.post_data)
            if request.url.endswith("/login/second-factor/passkey")
            else None
        ),
    )
    tab.get_by_role("button", name="使用通行密钥").click()
    tab.wait_for_url("**/today")
    with there.tx() as tx:
        [passkey] = tx.passkeys.of(1)
        assert tx.audit.entries(limit=1)[0].detail == {"by": "passkey"}
    assert passkey.used_at is not None

    from urllib.parse import parse_qs

    answer = parse_qs(sent[0])["answer"][0]
    challenge = json.loads(_client_data(answer))["challenge"]
    assert (
        SitePasskeys(there.address, "")
        .used(answer, [passkey_before(passkey)], challenge)
        .credential
        == passkey.credential
    )
    for address, said in (
        ("https://evil.example", challenge),
        ("http://localhost:1", challenge),
        (there.address, "A" * 43),
    ):
        with pytest.raises(NotAllowed, match="不属于本网站，或页面已失效"):
            SitePasskeys(address, "").used(answer, [passkey_before(passkey)], said)
    with pytest.raises(NotAllowed, match="没有登记"):
        SitePasskeys(there.address, "").used(answer, [], challenge)


def passkey_before(passkey):
    from dataclasses import replace

    return replace(passkey, count=0)


def _client_data(answer):
    from webauthn import base64url_to_bytes

    return base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"])
