"""A mail of the contact that is too long to read, or breaks the reading, may be its objection."""

from datetime import timedelta

import pytest

from core.cases.decision.approve import approve
from core.cases.intake.receive import quarantine
from core.cases.intake.unread import mark_read
from core.cases.window.process import run_window
from core.data.case import State
from core.data.mail_record import Disposition
from tests.security.test_contact_answers import notice
from tests.security.test_unread_at_window import approved, stored  # noqa: F401  a fixture
from tests.sender.conftest import NONE, PASS, STRANGER
from tests.validators.builders import NAME
from tests.world import CONTACT

LONG = "尊敬的用户，您的业务正在处理，详情如下。" * 1200
HEAD = (
    "---------- 转发邮件 ----------\n发件人：x@evil.example\n主题：通知\n收件人：c@example.org\n\n"
)


def long_mail(post, approved, how, words, says=PASS):  # noqa: F811
    subject, text, answers = {
        "forward": ("转发：业务通知", f"{words}\n\n{HEAD}{LONG}", ""),
        "pasted": ("情况反映", f"{NAME}：{words}对方发来如下内容：\n{LONG}", ""),
        "thread": ("回复：请核对", f"{words}\n{LONG}", notice(post).message_id),
    }[how]
    mail = {"subject": subject, "words": text, "answers": answers, "papers": ()}
    record = post.sends(CONTACT, says, **mail)
    return record, post.harness.again(approved).state


@pytest.mark.parametrize("how", ["forward", "pasted", "thread"])
def test_a_denial_above_a_long_text_sets_the_case_aside(post, approved, how):  # noqa: F811
    record, state = long_mail(post, approved, how, "这不是我们申请的，请勿办理！")
    assert (record.unread, record.case_id, state) == (True, approved.id, State.HELD)


def test_in_the_thread_so_does_any_long_text(post, approved):  # noqa: F811
    record, state = long_mail(post, approved, "thread", "谢谢")
    assert (record.unread, record.case_id, state) == (True, approved.id, State.HELD)


@pytest.mark.parametrize("how", ["forward", "thread"])
def test_of_an_address_that_nobody_proves_it_changes_nothing(post, approved, how):  # noqa: F811
    record, state = long_mail(post, approved, how, "这不是我们申请的！", NONE)
    assert (record.unread, state) == (True, State.APPROVED)


def test_without_a_case_of_others_it_is_read_by_a_person(post):
    record = post.sends(CONTACT, PASS, papers=(), subject="通知", words=LONG)
    assert (record.disposition, record.unread) == (Disposition.OTHER, True)
    assert "未全部读取" in record.note


@pytest.mark.parametrize(
    ("sender", "vouched", "waits"),
    [(CONTACT, True, True), (CONTACT, False, False), (STRANGER, True, False)],
)
def test_what_breaks_the_reading_keeps_the_case_until_a_person_saw_it(
    post,
    approved,  # noqa: F811
    sender,
    vouched,
    waits,
):
    mail = stored(post, sender, vouched=vouched)
    quarantine(post.desk, mail, "读取时出错")
    assert run_window(post.desk).completed == ([] if waits else [approved.number])
    if waits:
        mark_read(post.desk, [mail], "li")
        assert run_window(post.desk).completed == [approved.number]


def test_the_own_request_waits_for_none(post):
    own = post.case(post.sends(CONTACT, PASS))
    approve(post.desk, own.id, own.version, "li")
    quarantine(post.desk, stored(post, CONTACT, vouched=True), "读取时出错")
    post.harness.clock.at += timedelta(hours=1, minutes=5)
    assert run_window(post.desk).completed == [own.number]
