"""登记邮箱答复, the contact's agreement by mail, is an answer to our letter, or names the case.

A rival writes to the contact about something else, under the Message-ID of his request and with the
desk in Reply-To: the contact's 好的 comes to the desk, proved, in the thread of his case.
"""

from dataclasses import replace

import pytest

from core.cases.accounts import contact_change
from core.cases.decision import reply
from core.cases.decision.approve import release
from core.data.case import ContactedBy, State
from core.errors import NotAllowed
from tests.flows.walker import IDENTITY, LICENCE
from tests.security.test_contact_answers import answered, approved, notice
from tests.sender.conftest import PASS, STRANGER
from tests.world import CONTACT

NEW_CONTACT = "new@example.com"


@pytest.fixture
def sent(post, rival):
    """The rival's case, of which the contact is notified; the next minute."""
    post.harness.send_letters()
    post.harness.clock.at = post.harness.clock.at.replace(minute=30)
    return rival


def agreed(post, case):
    """The state of the case after an approval by the contact's mail."""
    case = post.harness.again(case)
    if case.state is State.HELD:
        release(post.desk, case.id, case.version, "li")
    return approved(post, case, ContactedBy.MAILBOX).state


def its_mail(post, case):
    with post.harness.tx() as tx:
        return tx.mails.opening(case.id).message_id


def to_the_sender(post, case):
    with post.harness.tx() as tx:
        return tx.letters.last(case_id=case.id, recipient=STRANGER).message_id


@pytest.mark.parametrize("thread", [its_mail, to_the_sender])
@pytest.mark.parametrize("subject", ["Re: 会议", "Re: {}"])
@pytest.mark.parametrize("words", ["好的，谢谢", "同意", "没问题，请办理"])
def test_what_the_contact_answers_to_somebody_else_is_none(post, sent, thread, subject, words):
    subject = subject.format(sent.number)
    record = answered(post, words, answers=thread(post, sent), subject=subject)
    assert record.case_id == sent.id
    assert "答复的不是中心" in record.note
    with pytest.raises(NotAllowed, match="答复了中心的信"):
        agreed(post, sent)


def test_nor_is_what_it_answers_to_a_letter_of_a_second_address(post, sent):
    papers, words = (IDENTITY + b"x",), "补充身份证"
    thread = to_the_sender(post, sent)
    second = post.sends("second@rival.example", PASS, papers=papers, words=words, answers=thread)
    assert second.case_id == sent.id
    letter_id = reply.send(post.desk, second.id, "li", "请补充说明", "once")
    post.harness.clock.at = post.harness.clock.at.replace(minute=40)
    with post.harness.tx() as tx:
        answer = tx.letters.get(letter_id).message_id
    assert "答复的不是中心" in answered(post, "好的，谢谢", answers=answer, subject="Re: 会议").note
    with pytest.raises(NotAllowed, match="答复了中心的信"):
        agreed(post, sent)


def test_nor_to_the_notice_of_the_contact_before(post, sent):
    before = notice(post).message_id
    with post.harness.tx() as tx:
        contact_change.ask(tx, tx.accounts.get(sent.enterprise_id), NEW_CONTACT)
    letter = post.harness.letter("contact_confirm")
    with post.harness.tx() as tx:
        token = tx.links.token(letter.link_id)
    contact_change.confirm(post.desk, token)
    post.harness.send_letters()
    post.harness.clock.at = post.harness.clock.at.replace(minute=45)
    post.sends(NEW_CONTACT, PASS, papers=(), words="好的，谢谢", answers=before, subject="Re: 会议")
    with pytest.raises(NotAllowed, match="答复了中心的信"):
        agreed(post, sent)


def test_what_it_answers_to_the_notice_is_one(post, sent):
    assert not answered(post, "同意").note
    assert agreed(post, sent) is State.APPROVED


def test_so_it_is_where_the_address_is_registered_with_capitals(post):
    with post.harness.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(1), contact_email=CONTACT.title()))
    case = post.case(post.sends(STRANGER, PASS))
    post.harness.send_letters()
    post.harness.clock.at = post.harness.clock.at.replace(minute=30)
    assert not answered(post, "同意").note
    assert agreed(post, case) is State.APPROVED


@pytest.mark.parametrize("subject", ["同意办理 {}", "关于工单{}的核对"])
def test_so_is_a_new_mail_whose_subject_names_the_case(post, sent, subject):
    record = answered(post, "好的，同意", answers="", subject=subject.format(sent.number))
    assert (record.case_id, record.note) == (sent.id, "")
    assert agreed(post, sent) is State.APPROVED


@pytest.mark.parametrize("subject", ["Re: {}", "回复：关于{}", "转发: {}", "【外部邮件】Re：{}"])
def test_but_none_whose_subject_is_of_the_mail_that_it_answers(post, sent, subject):
    """Some programs drop the thread."""
    answered(post, "好的，同意", answers="", subject=subject.format(sent.number))
    with pytest.raises(NotAllowed, match="答复了中心的信"):
        agreed(post, sent)


def test_so_is_what_names_the_case(post, sent):
    words = f"工单{sent.number}是我单位申请的，同意办理"
    answered(post, words, answers=its_mail(post, sent))
    assert agreed(post, sent) is State.APPROVED


def test_what_it_agreed_to_counts_no_more_once_it_denied_at_another_case(post, sent):
    """Its denial names none, and lies at the request of the rival's second address."""
    answered(post, "同意")
    papers = (LICENCE + b"2", IDENTITY + b"2")
    second = post.case(post.sends("second@rival.example", PASS, papers=papers))
    post.harness.clock.at = post.harness.clock.at.replace(minute=40)
    denial = {"words": "我们没有申请解绑", "subject": "说明"}
    assert post.sends(CONTACT, PASS, papers=(), **denial).case_id == second.id
    with pytest.raises(NotAllowed, match="答复了中心的信"):
        agreed(post, sent)
