"""The mails page and the search by keyboard and mouse, in Chromium."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from core.data.documents import Documents
from core.data.submission import RequestForm
from tests.servers.accessible import findings
from tests.servers.chromium import press
from tests.web.harness import request

pytestmark = pytest.mark.browser


@pytest.fixture
def letters(served):
    """Two mails that ask for nothing."""
    arrived = []
    for text in ("请问驱动在哪里下载？", "我司提供档案盒。"):
        submission, _ = request(served.fresh_seed(), served.clock.now(), subject=text, text=text)
        message = replace(submission.message, attachments=())
        kept = replace(submission, message=message, request=RequestForm(), documents=Documents())
        arrived.append(served.arrives(kept))
    return arrived


def test_a_key_leads_to_the_search_and_it_finds_a_mail(desk_tab, letters):
    desk_tab.goto("/")
    desk_tab.keyboard.press("/")
    desk_tab.keyboard.type("驱动在哪里")
    desk_tab.keyboard.press("Enter")
    expect(desk_tab.locator(f'a[href="/mails/{letters[0].id}"]')).to_be_visible()
    own = f"/mails/{letters[0].id}"
    for path in ("/find?words=驱动在哪里", "/mails?disposition=waiting", own, "/statistics"):
        assert findings(desk_tab, path) == []


def test_all_mails_of_a_page_are_marked_as_read_at_once(served, desk_tab, letters):
    desk_tab.goto("/mails?disposition=waiting")
    desk_tab.locator("input[data-all]").check()
    expect(desk_tab.locator('input[name="mail"]:not(:checked)')).to_have_count(0)
    press(desk_tab, "所选标为已阅")
    expect(desk_tab.locator(".empty")).to_be_visible()
    with served.tx() as tx:
        assert not any(tx.mails.get(one.id).unread for one in letters)


def test_a_ready_text_fills_the_answer_and_the_preview_keeps_it(desk_tab, letters):
    desk_tab.goto(f"/mails/{letters[1].id}")
    desk_tab.keyboard.press("r")
    desk_tab.select_option("select[data-ready]", index=2)
    words = desk_tab.locator("textarea[name=words]").input_value()
    assert len(words) > 20
    press(desk_tab, "预览答复")
    assert desk_tab.locator("textarea[name=words]").input_value().split() == words.split()
    expect(desk_tab.locator(".subject")).to_have_text("Re: 我司提供档案盒。")


def test_r_answers_the_mail_that_was_opened_else_the_newest(served, desk_tab, case):
    with served.tx() as tx:
        first = tx.mails.of_case(case.id)[0]
    submission, _ = request(served.fresh_seed(), served.clock.now(), text="请问要等几天？")
    asks = replace(submission.message, thread_ids=(first.message_id,), sender=case.sender)
    second = served.arrives(
        replace(
            submission,
            message=replace(asks, attachments=()),
            request=RequestForm(),
            documents=Documents(),
        )
    )
    for anchor, mail in (
        (f"#mail-{first.id}", first),
        (f"#mail-{second.id}", second),
        ("", second),
    ):
        desk_tab.goto(f"/cases/{case.number}?as={mail.id}{anchor}")
        desk_tab.keyboard.press("r")
        expect(desk_tab.locator(f"#mail-{mail.id} textarea[name=words]")).to_be_focused()
