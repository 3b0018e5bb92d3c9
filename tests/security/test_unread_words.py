"""Words of the contact that nobody knows for a denial hold nothing, and wait to be read: until
then what somebody else asks for is not carried out. So do answers to the notice that call
themselves automatic."""

from datetime import timedelta

import pytest

from core.cases.decision.approve import approve
from core.cases.intake.unread import mark_read
from core.cases.window.process import run_window
from core.data.case import Contacted, ContactedBy, State
from tests.security.test_contact_answers import answered, arrives
from tests.sender.conftest import PASS, STRANGER
from tests.validators.builders import NAME, OTHER_NAME, OTHER_USCC
from tests.world import CONTACT

FALSE_SEAL = "那份材料上的章是假章，我司公章一直由本人保管。"
AUTOMATIC = {
    "Precedence": "bulk",
    "List-Unsubscribe": "<mailto:u@example.org>",
    "Auto-Submitted": "auto-generated",
}


@pytest.fixture
def rival(post):
    """The approved case of a stranger, with its notice."""
    case = post.case(post.sends(STRANGER, PASS))
    post.harness.send_letters()
    call = Contacted(ContactedBy.TELEPHONE, "王", "", post.harness.clock.now(), "li")
    return approve(post.desk, case.id, post.harness.again(case).version, "li", call)


def carried_out(post, case):
    """Whether the next windows carry it out."""
    post.harness.clock.at += timedelta(days=1, hours=1, minutes=5)
    return case.number in run_window(post.desk).completed


def writes(post, words, **mail):
    return post.sends(CONTACT, PASS, papers=(), words=words, **{"subject": "说明"} | mail)


@pytest.mark.parametrize("words", [FALSE_SEAL, "我们公司没有姓张的员工。", "我的锁还在用"])
@pytest.mark.parametrize("name", ["", f"{NAME}："])
def test_the_window_waits_until_a_person_has_read(post, rival, words, name):
    record = writes(post, name + words)
    assert (record.case_id, record.unread) == (rival.id, True)
    assert f"contact_wrote.{rival.number}" in post.harness.alerts()
    post.harness.clock.at += timedelta(days=1, hours=1, minutes=5)
    assert run_window(post.desk).completed == []
    mark_read(post.desk, [record.id], "li")
    assert run_window(post.desk).completed == [rival.number]


def test_also_what_lies_at_the_contacts_own_case(post, rival):
    own = post.case(post.sends(CONTACT, PASS))
    record = writes(post, FALSE_SEAL)
    assert (record.case_id, record.unread) == (own.id, True)
    assert not carried_out(post, rival)


def test_or_at_that_of_another_stranger(post, rival):
    second = post.case(post.sends("second@example.net", PASS))
    record = writes(post, FALSE_SEAL)
    assert record.case_id in {rival.id, second.id}
    assert not carried_out(post, rival)


def test_also_where_it_is_the_contact_of_several(post, rival):
    """It lies at the newest case of others, of whichever enterprise."""
    post.harness.register(name=OTHER_NAME, uscc=OTHER_USCC)
    words = f"企业名称：{OTHER_NAME}\n是否解绑：是"
    own = post.case(post.sends(CONTACT, PASS, papers=(), words=words, name=OTHER_NAME))
    assert writes(post, FALSE_SEAL, subject=f"回复 {own.number}").case_id == own.id
    assert not carried_out(post, rival)


def test_thanks_cost_no_window(post, rival):
    writes(post, "收到，谢谢", subject="谢谢")
    assert carried_out(post, rival)


@pytest.mark.parametrize("words", ["属实", "是我单位申请的，请办理。"])
def test_nor_does_a_confirmation(post, rival, words):
    assert answered(post, words).unread
    assert carried_out(post, rival)


def test_nor_what_the_sender_of_the_case_asks(post, rival):
    record = post.sends(STRANGER, PASS, papers=(), words="锁还是登不上", subject=rival.number)
    assert (record.case_id, record.unread) == (rival.id, True)
    assert carried_out(post, rival)


def test_nor_words_of_the_contact_beside_its_own_request_alone(post):
    own = post.case(post.sends(CONTACT, PASS))
    approve(post.desk, own.id, own.version, "li")
    assert writes(post, "锁还是登不上").unread
    assert carried_out(post, own)


@pytest.mark.parametrize("header", AUTOMATIC)
@pytest.mark.parametrize("words", [FALSE_SEAL, "我们已经报警。"])
def test_an_answer_to_the_notice_is_read_whatever_its_headers(post, rival, header, words):
    record = arrives(post, words, **{header: AUTOMATIC[header]})
    after = post.harness.again(rival).state
    assert (record.case_id, record.unread, after) == (rival.id, True, State.HELD)


@pytest.mark.parametrize("header", AUTOMATIC)
def test_so_is_a_mail_of_its_own(post, rival, header):
    headers = {header: AUTOMATIC[header], "Subject": "说明"}
    record = arrives(post, "我的锁还在用", is_answer=False, **headers)
    assert (record.case_id, record.unread) == (rival.id, True)
    assert not carried_out(post, rival)


@pytest.mark.parametrize("header", AUTOMATIC)
def test_thanks_with_such_a_header_stop_nobody(post, rival, header):
    assert not arrives(post, "收到，谢谢", **{header: AUTOMATIC[header]}).unread
    assert post.harness.again(rival).state is State.APPROVED


@pytest.mark.parametrize("words", ["我已休假，暂不处理邮件。", "【自动回复】收到，章是假章"])
def test_what_its_mailbox_answers_by_itself_is_to_be_read_and_costs_no_window(post, rival, words):
    record = answered(post, words, subject="自动回复: 请核对")
    assert (record.disposition, record.unread, record.case_id) == ("ignored", True, rival.id)
    assert carried_out(post, rival)
