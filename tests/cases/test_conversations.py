"""Several mails about one matter: a colleague answers, an agent goes on in the thread, a correction
follows, papers come after the deed."""

from dataclasses import replace

import pytest

from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.approve import approve
from core.cases.decision.unproved import take_over
from core.cases.requester import Requester
from core.cases.window.process import run_window
from core.data.case import State
from core.data.documents import PartKind
from core.data.mail_record import AuthResult, CountsAs, Disposition
from core.data.submission import Answer, RequestForm
from tests.cases.submissions import STRANGER, answer_to, incomplete, talk
from tests.validators.builders import (
    NAME,
    NO_DOCUMENTS,
    OTHER_NAME,
    OTHER_USCC,
    SENDER,
    attachment,
    complete_submission,
    documents,
    form,
    id_front,
    licence,
    message,
    page,
    without,
)


@pytest.fixture
def returned(harness):
    """A case without its licence, and the letter that says so."""
    return harness.case(harness.mail(incomplete())), harness.letter("returned")


def colleague(letter, **changes):
    """Somebody else's mail with the licence, in answer to a letter that was passed on."""
    papers = documents(parts=[licence(1, attachment="new.pdf")], pages=[page(1, "new.pdf")])
    answers = message([attachment("new.pdf")], sender=STRANGER, **answer_to(letter), **changes)
    return complete_submission(answers, RequestForm(), papers)


@pytest.mark.parametrize("proof", [AuthResult.PASS, AuthResult.UNKNOWN])
def test_papers_of_a_colleague_who_answers_the_letter_wait_at_its_case(harness, returned, proof):
    """They were asked for all that the case has already."""
    case, letter = returned
    record = harness.mail(colleague(letter, authentication=proof))
    assert (record.case_id, record.disposition) == (case.id, Disposition.UNPROVED)
    assert record.unread
    assert harness.letters() == ["returned"]
    assert harness.again(case) == case


@pytest.mark.parametrize("with_papers", [False, True])
def test_a_colleague_of_the_contact_is_none_of_the_stranger(harness, with_papers):
    """What the contact's firm wrote waited at the stranger's case, and its window waited not."""
    harness.register(contact="contact@firm.example")
    case = harness.case(harness.mail())
    told = {"sender": "boss@firm.example", "new_text": "情况说明见附件，请看后再说"}
    papers = documents(parts=[licence(1)]) if with_papers else NO_DOCUMENTS
    mail = message([attachment("a.pdf")], **told, **answer_to(harness.letter("received")))
    record = harness.mail(complete_submission(mail, RequestForm(), papers))
    as_read = (Disposition.CASE, False) if with_papers else (Disposition.OTHER, True)
    assert (record.disposition, record.unread) == as_read
    assert (record.case_id == case.id) is not with_papers


def test_papers_of_a_colleague_complete_the_case_once_a_person_takes_them_over(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail(incomplete()))
    record = harness.mail(colleague(harness.letter("returned")))
    taken = take_over(harness.desk, case.id, case.version, record.id, "li", CountsAs.SUPPLEMENT)
    assert (taken.state, taken.joined) == (State.QUEUED, (STRANGER,))
    assert harness.letter("received").recipient == STRANGER
    with harness.tx() as tx:
        needs = approval_needs(tx, [taken])[case.id]
    assert needs.requester is Requester.STRANGER, (
        "papers of somebody else are not the registered contact's"
    )


@pytest.mark.parametrize("proof", [AuthResult.PASS, AuthResult.UNKNOWN, None])
def test_a_colleague_who_asks_for_everything_has_a_case_of_its_own(harness, returned, proof):
    case, letter = returned
    if proof:
        asks = message(sender=STRANGER, authentication=proof, **answer_to(letter))
        record = harness.mail(complete_submission(asks))
        assert record.case_id not in {None, case.id}
        return
    record = harness.mail(talk(RequestForm(), letter, sender=STRANGER, new_text="什么意思？"))
    assert record.case_id is None, "a question of a stranger is not put beside the request"


def another(harness, letter, words=""):
    """A whole request for another enterprise, in the thread."""
    harness.register(name=OTHER_NAME, uscc=OTHER_USCC, contact="second@example.org")
    papers = documents(parts=[id_front(1), licence(2, enterprise_name=OTHER_NAME, uscc=OTHER_USCC)])
    asks = message(new_text=words, **answer_to(letter))
    return harness.mail(complete_submission(asks, form(enterprise_names=(OTHER_NAME,)), papers))


def test_the_next_request_of_an_agent_in_one_thread_is_a_case_of_its_own(harness):
    """Three clients in one thread were one case, with the answers of the last."""
    case = harness.case(harness.mail())
    second = another(harness, harness.letter("received"), "还有一家")
    assert second.case_id != case.id
    assert harness.case(second).enterprise_name == OTHER_NAME
    assert harness.again(case) == case


@pytest.mark.parametrize(
    "words",
    [
        "刚才发错了，应该是这家",
        "填错公司了",
        "上一封作废，以本邮件为准",
        "之前那封不算，以这封为准",
    ],
)
def test_a_request_that_corrects_an_earlier_one_sets_that_aside(harness, words):
    """It was carried out for the wrong enterprise."""
    case = harness.case(harness.mail())
    second = harness.case(another(harness, harness.letter("received"), words))
    held = harness.again(case)
    assert (held.state, second.state) == (State.HELD, State.QUEUED)
    assert second.number in held.reason
    assert f"withdrawal.{case.number}" in harness.alerts()


@pytest.mark.parametrize(
    "words",
    [
        "我把密码弄错了，账号被锁",
        "密码填错次数太多",
        "如有写错请告知",
        "以本次邮件为准",
        "之前办的CA锁已作废",
        "登录时触发错误",
        "没有发错",
    ],
)
def test_other_words_of_mistakes_set_nothing_aside(harness, words):
    """A wrong password is why a reset is asked for."""
    case = harness.case(harness.mail())
    another(harness, harness.letter("received"), words)
    assert harness.again(case) == case


@pytest.mark.parametrize("asks", [False, True])
def test_papers_after_the_deed_that_ask_for_nothing_are_for_a_person(harness, asks):
    """再补一份扫描件 was returned, and its case expired as one that was not carried out."""
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    harness.send_letters()
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at = case.window_opens_at
    run_window(harness.desk)
    wish = form() if asks else RequestForm()
    more = message([attachment("c.pdf")], **answer_to(harness.letter("completed")))
    record = harness.mail(complete_submission(more, wish))
    assert (record.case_id == case.id, record.unread) == (not asks, not asks)
    assert ("returned" in harness.letters()) is False


def test_a_plain_answer_with_a_no_is_no_complaint(harness):
    lacking = form(reset_password=Answer.MISSING)
    harness.mail(complete_submission(request=lacking, documents=without(PartKind.LICENCE)))
    answer = RequestForm(reset_password=Answer.NO, has_request_words=True)
    for words, unread in (("不重置密码", False), ("不重置，为什么退回？", True)):
        record = harness.mail(talk(answer, harness.letter("returned"), new_text=words))
        assert record.unread is unread


def test_a_question_in_haste_that_is_perhaps_a_request_gets_the_telephone_number(harness):
    unclear = RequestForm((NAME,), unbind=Answer.UNREAD, has_request_words=True, urgent=True)
    doubtful = replace(unclear, perhaps=True, only_doubts=True)
    record = harness.mail(complete_submission(message([]), doubtful, NO_DOCUMENTS))
    assert harness.case(record).state is State.HELD
    assert record.urgent
    assert harness.letters() == ["pointer"]


def test_a_file_in_the_cloud_that_is_to_supplement_a_case_is_no_file(harness, returned):
    """The letter said once more that the licence is missing, and not why."""
    _, letter = returned
    link = {"cloud_links": ("QQ 超大附件",), "new_text": "执照见超大附件"}
    harness.mail(
        complete_submission(message([], **answer_to(letter), **link), RequestForm(), NO_DOCUMENTS)
    )
    text = harness.letter("returned").rendered.text
    assert "请将该文件作为普通附件发送" in text
    assert "经办人身份证" in text.split("无需再发的：")[1], "it has the card already"
