"""What administrators see of letters that came back and of the proof of a sender: case page,
enterprise page, queue and outbox."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.intake.bounces import mark_bounced
from core.data.mail_record import AuthResult
from core.data.submission import Bounce
from tests.web.harness import request
from web.common.bounced_addresses import unreachable

REASON = "收件地址不存在或已停用"


def comes_back(harness, case, *, permanent=True):
    """The newest letter of the case comes back, an hour later;
    who was logged in is not any more."""
    harness.clock.at += timedelta(hours=1)
    with harness.tx() as tx:
        letter = tx.letters.newest(case_id=case.id)[0]
        mark_bounced(
            tx,
            Bounce(
                (letter.message_id,), "failed", "5.1.1" if permanent else "4.2.2", permanent, REASON
            ),
        )
    return letter


@pytest.fixture
def own(harness):
    """A case whose sender is the registered contact."""
    enterprise_id = harness.register(1, contact="handler1@example.com")
    case = harness.request(1)
    assert case.enterprise_id == enterprise_id
    return case


def test_a_case_whose_letter_came_back_says_so_with_reason_and_time(harness, admin, own):
    comes_back(harness, own)
    admin.log_in()
    page = admin.get(f"/cases/{own.number}").text
    assert "登记联系人的邮箱 handler1@example.com 已收不到邮件" in page
    assert REASON in page
    assert "2026-11-25 11:00" in page
    assert "已退回" in page
    assert "回执被退回" in page, "the trail tells it in Chinese"
    assert "letter.bounced" not in page


def test_a_letter_that_came_back_for_now_marks_no_address(harness, admin, own):
    comes_back(harness, own, permanent=False)
    admin.log_in()
    page = admin.get(f"/cases/{own.number}").text
    assert "暂时退回" in page
    assert "已收不到邮件" not in page
    assert "邮箱退信" not in admin.get("/").text


def test_the_senders_dead_address_is_told_apart_from_the_contacts(harness, admin):
    harness.register(1)
    case = harness.request(1)
    with harness.tx() as tx:
        letters = {letter.recipient: letter for letter in tx.letters.newest(case_id=case.id)}
    assert set(letters) == {"handler1@example.com", "contact1@example.org"}
    with harness.tx() as tx:
        mark_bounced(
            tx,
            Bounce(
                (letters["handler1@example.com"].message_id,),
                "failed",
                "5.1.1",
                permanent=True,
                reason=REASON,
            ),
        )
    page = admin.get(f"/cases/{case.number}").text
    assert "来信人的邮箱 handler1@example.com 已收不到邮件" in page
    assert "登记联系人的邮箱" not in page
    assert "已收不到邮件" not in admin.get(f"/enterprises/{case.enterprise_id}").text


def test_a_contact_that_became_unreachable_in_another_case_is_shown_at_this_one(
    harness, admin, own
):
    comes_back(harness, own)
    admin.log_in()
    submission, images = request(1, harness.clock.now(), text="另一人的申请")
    elsewhere = replace(
        submission,
        message=replace(
            submission.message, sender="other@example.com", message_id="<other@example.com>"
        ),
    )
    later = harness.case(harness.arrives(elsewhere, images).case_id)
    assert later.id != own.id
    page = admin.get(f"/cases/{later.number}").text
    assert "登记联系人的邮箱 handler1@example.com 已收不到邮件" in page
    assert f'href="/cases/{own.number}"' in page


def test_the_enterprise_page_marks_the_contact(harness, admin, own):
    comes_back(harness, own)
    admin.log_in()
    page = admin.get(f"/enterprises/{own.enterprise_id}").text
    assert "登记联系人的邮箱 handler1@example.com 已收不到邮件" in page
    assert REASON in page
    assert f'href="/cases/{own.number}"' in page


def test_the_queue_flags_exactly_the_cases_that_cannot_be_reached(harness, admin, own):
    harness.register(2)
    other = harness.request(2)
    assert "邮箱退信" not in admin.get("/").text
    comes_back(harness, own)
    admin.log_in()
    [flagged] = [row for row in admin.get("/").text.split("<tr") if "邮箱退信" in row]
    assert own.number in flagged
    with harness.tx() as tx:
        assert unreachable(tx, [own, other]) == {own.id}
        assert unreachable(tx, []) == frozenset()


def test_the_outbox_tells_what_came_back(harness, admin, own):
    comes_back(harness, own)
    admin.log_in()
    page = admin.get("/letters?state=pending").text
    assert "已退回" in page
    assert REASON in page


@pytest.mark.parametrize(
    ("standing", "how", "words"),
    [
        ("pass", "收件服务器：DMARC 通过", "发件人身份：已验证"),
        ("fail", "收件服务器：DMARC 未通过", "发件人身份：验证未通过，可能是冒名"),
        ("none", "", "发件人身份：收件服务器未能验证"),
        ("unknown", "", "发件人身份：没有验证信息"),
    ],
)
def test_every_mail_says_whether_its_sender_is_proved_and_by_what(
    harness, admin, standing, how, words
):
    harness.register(1)
    submission, images = request(1, harness.clock.now())
    proved = replace(
        submission,
        message=replace(
            submission.message, authentication=AuthResult(standing), authenticated_by=how
        ),
    )
    case = harness.case(harness.arrives(proved, images).case_id)
    page = admin.get(f"/cases/{case.number}").text
    assert words in page
    assert how in page
    assert page.count("发件人身份：") == 1


def test_what_a_mail_claims_about_its_proof_is_only_text(harness, admin):
    harness.register(1)
    submission, images = request(1, harness.clock.now())
    forged = replace(
        submission,
        message=replace(
            submission.message,
            authentication=AuthResult.UNKNOWN,
            authenticated_by="<script>alert(1)</script>",
        ),
    )
    case = harness.case(harness.arrives(forged, images).case_id)
    page = admin.get(f"/cases/{case.number}").text
    assert "<script>alert(1)" not in page
    assert "没有验证信息" in page
