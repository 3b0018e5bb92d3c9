"""No secret gets into an address: every form that holds one posts, and a page whose forms need its
script sends nothing without it."""

import re
from pathlib import Path

import pytest

from tests.accounts.entrance import PASSWORD, lock
from tests.portal.conftest import enter, told

TEMPLATES = Path(__file__).parents[2] / "templates" / "web"
SEARCHED = {
    "search",
    "find",
    "number",
    "enterprise",
    "list",
    "page",
    "q",
    "what",
    "who",
    "since",
    "until",
    "state",
    "window",
    "only",
    "received",
    "sort",
    "words",
}
"""What a form may put into an address: names, numbers and days that a list is searched by."""
SECRETS = re.compile(r"csrf|passw|token|secret|pin\b|nonce", re.IGNORECASE)
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
FIELD = re.compile(r"<(?:input|select|textarea|button)\b[^>]*\bname=\"([^\"]*)\"")


def forms():
    for path in sorted(TEMPLATES.rglob("*.html")):
        for tag, inside in FORM.findall(path.read_text(encoding="utf-8")):
            yield path.name, tag, inside


def test_every_form_posts_but_those_that_search():
    found = list(forms())
    assert len(found) > 15
    for name, tag, inside in found:
        fields = set(FIELD.findall(inside))
        assert (
            'method="post"' in tag or 'method="dialog"' in tag or (fields and fields <= SEARCHED)
        ), (name, tag, fields)
        assert "formmethod" not in inside


def test_a_form_that_only_the_script_may_send_begins_shut():
    signed = [(name, tag + inside) for name, tag, inside in forms() if "data-proof" in tag]
    assert len(signed) >= 5
    for name, inside in signed:
        assert "data-url" not in inside  # the form's own address is where the script sends to
        for button in re.findall(r"<button\b[^>]*>", inside):
            assert " disabled" in button, (name, button)


def test_no_address_in_a_page_holds_a_secret():
    for path in TEMPLATES.rglob("*.html"):
        for address in re.findall(
            r"(?:href|src|action)=\"([^\"]*)\"", path.read_text(encoding="utf-8")
        ):
            assert not SECRETS.search(address.partition("?")[2]), (path.name, address)


@pytest.fixture
def plain(place, browser):
    context = browser.new_context(base_url=place.address, java_script_enabled=False)
    page = context.new_page()
    yield page
    context.close()


def test_registration_without_script_says_so_and_sends_no_password(plain, place):
    asked = []
    plain.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    plain.goto("/portal/register")
    assert "浏览器没有运行脚本" in plain.inner_text("body")
    for name, value in (
        ("contact_name", "张三"),
        ("contact_email", "a@example.com"),
        ("password", "correct horse 7"),
        ("again", "correct horse 7"),
    ):
        plain.fill(f"[name={name}]", value)
    plain.press("[name=again]", "Enter")
    plain.goto("/portal/help")
    assert not any("correct" in request for request in asked)
    assert plain.evaluate("history.length") <= 3


def test_every_page_that_needs_the_agent_says_so_without_script(plain, place):
    enterprise = place.enterprise()
    place.hold(enterprise, lock(enterprise.uscc))
    for path in ("/portal/login?by=lock", "/portal/register"):
        plain.goto(path)
        assert "浏览器没有运行脚本" in plain.inner_text("main"), path
    enter(place, plain, enterprise)
    for path in ("/portal/locks", "/portal/password", "/portal/contact"):
        plain.goto(path)
        assert "浏览器没有运行脚本" in plain.inner_text("main"), path
        assert plain.locator("form[data-proof] button:enabled").count() == 0, path


def test_the_old_password_changes_it_without_script(plain, place):
    enterprise = place.enterprise()
    plain.goto("/portal/login?by=account")
    plain.fill("[name=name]", enterprise.name)
    plain.fill("[name=password]", PASSWORD)
    plain.click("[data-pane=account] button.primary")
    plain.goto("/portal/password")
    for name, value in (
        ("old", PASSWORD),
        ("password", "own-2026-Chuan"),
        ("again", "own-2026-Chuan"),
    ):
        plain.fill(f"[name={name}]", value)
    plain.click("main button.primary")
    told(plain, "password")
