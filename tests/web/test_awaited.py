"""A window waits for a mail of the contact or its colleague: the pages say for which, and one look
releases every case that waits for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.decision.approve import approve
from core.cases.window.process import roll_over, run_window
from core.data.mail_record import Disposition
from tests.web.harness import request

COLLEAGUE = "colleague@example.org"
DENIAL = "那份材料上的章是假章"


@pytest.fixture
def approved(harness, queued):
    return approve(harness.desk, queued.id, queued.version, "wang")


@pytest.fixture
def mail(harness, approved):
    """A colleague of the contact writes at a case of another enterprise."""
    other = harness.request(2)
    submission, images = request(2, harness.clock.now(), text=DENIAL)
    message = replace(submission.message, sender=COLLEAGUE)
    record = harness.arrives(replace(submission, message=message), images)
    with harness.tx() as tx:
        talk = Disposition.CONVERSATION
        record = replace(record, unread=True, subject="说明", disposition=talk, case_id=other.id)
        tx.mails.save(record)
    return record


def test_the_pages_name_the_mail_and_one_look_releases_the_case(harness, admin, approved, mail):
    today, page = admin.get("/today").text, admin.get(f"/cases/{approved.number}").text
    assert "已批准，等人阅信" in today
    assert f'<a href="/cases/{approved.number}#awaited">说明</a>' in today
    assert "窗口在等人阅信" in page
    assert all(words in page for words in (COLLEAGUE, DENIAL))
    harness.clock.at = approved.window_opens_at
    assert run_window(harness.desk).completed == []
    admin.log_in()
    admin.see(f"/cases/{approved.number}")
    read = f"/cases/{approved.number}/read"
    assert admin.submit(read, version=approved.version, mail=mail.id).status_code == 303
    assert "窗口在等人阅信" not in admin.get(f"/cases/{approved.number}").text
    assert "等人阅信" not in admin.get("/today").text
    assert run_window(harness.desk).completed == [approved.number]


def test_a_window_that_waited_in_vain_says_so(harness, approved, mail):
    """It told the operator to look whether the desk ran."""
    harness.clock.at = approved.window_opens_at + timedelta(hours=1)
    roll_over(harness.desk)
    with harness.tx() as tx:
        [text] = [one.text for one in tx.alerts.find() if one.kind == "window.missed"]
    assert "1 件在等人阅信" in text
    assert "办理台在窗口期间是否运行" not in text
