"""A mail in the thread of a request: what it changes, and that a letter answers it or a person
reads it (RULES.md sections 3 and 6)."""

from dataclasses import replace

import pytest

from core.cases.decision.approve import approve
from core.data.case import State
from core.data.mail_record import Disposition
from core.data.submission import Answer, AttachmentKind, RequestForm
from tests.cases.submissions import answer_to, incomplete, talk
from tests.validators.builders import (
    NAME,
    NO_DOCUMENTS,
    SENDER,
    attachment,
    complete_submission,
    documents,
    form,
    message,
)

REPEATS = RequestForm(unbind=Answer.YES, reset_password=Answer.NO, has_request_words=True)
"""Words of a reply that only its subject has."""


def test_a_question_below_the_subject_of_before_is_read_by_a_person(harness):
    """The same return is not sent twice in a day, so nobody answered."""
    case = harness.case(harness.mail(incomplete()))
    asked = harness.mail(talk(REPEATS, harness.letter("returned"), new_text="盖在哪一页？"))
    assert (asked.unread, harness.letters(case)) == (True, ["returned"])
    assert [case.number in text for text in harness.alerts().values()] == [True]


@pytest.mark.parametrize(("text", "unread"), [("请不要再退回了", True), ("照片来了", False)])
def test_an_argument_that_is_returned_again_is_read_by_a_person(harness, text, unread):
    """只有电子章: a second letter of the same words is no answer."""
    case = harness.case(harness.mail(incomplete()))
    photo = message(
        (attachment("章.jpg", AttachmentKind.IMAGE),),
        new_text=text,
        message_id="<2@example.com>",
        **answer_to(harness.letter("returned")),
    )
    again = harness.mail(complete_submission(photo, REPEATS, NO_DOCUMENTS))
    assert (again.unread, harness.letters(case)) == (unread, ["returned", "returned"])


def test_papers_beside_odd_words_complete_the_request_that_lacks_them(harness):
    """得嘞，照您吩咐，本儿和执照都搁里头了: many unknown words made papers no papers."""
    case = harness.case(harness.mail(incomplete()))
    odd = message(message_id="<2@example.com>", **answer_to(harness.letter("returned")))
    brought = harness.mail(complete_submission(odd, RequestForm(elsewhere=40), documents()))
    assert (brought.disposition, harness.again(case).state) == (Disposition.CASE, State.QUEUED)


def test_an_answer_alone_completes_the_request_that_lacks_it(harness):
    """不用重置密码, below a subject without words of a request, is other mail by itself."""
    lacking = replace(form(), reset_password=Answer.MISSING)
    case = harness.case(harness.mail(complete_submission(request=lacking)))
    says_no = RequestForm(reset_password=Answer.NO)
    harness.mail(talk(says_no, harness.letter("returned"), new_text="不用重置密码"))
    after = harness.again(case)
    assert (after.state, after.reset_password) == (State.QUEUED, False)


def test_who_wants_only_the_reset_now_changes_the_request(harness):
    """千万别解绑，只重置密码: set aside as a withdrawal, it still said that the lock is unbound."""
    case = harness.case(harness.mail())
    only_reset = RequestForm(
        unbind=Answer.NO, reset_password=Answer.YES, withdraws=True, has_request_words=True
    )
    harness.mail(talk(only_reset, harness.letter("received"), new_text="别解绑，只重置"))
    after = harness.again(case)
    assert (after.state, after.unbind, after.reset_password) == (State.QUEUED, False, True)
    assert "case.changed" in {finding.code for finding in after.findings}


@pytest.mark.parametrize(
    "answers",
    [
        {"unbind": Answer.UNREAD, "reset_password": Answer.UNREAD},
        {"unbind": Answer.AMBIGUOUS, "reset_password": Answer.YES},
    ],
)
def test_a_stop_below_the_subject_of_the_request_sets_it_aside(harness, answers):
    """先别解 is read together with 解绑 in the subject: it was a supplement."""
    case = harness.case(harness.mail())
    stop = RequestForm(has_request_words=True, **answers)
    harness.mail(talk(stop, harness.letter("received"), new_text="先别解！"))
    assert harness.again(case).state is State.HELD
    assert harness.letters(case) == ["received"]


def test_thanks_below_the_subject_of_the_request_take_no_approval_back(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    unclear = RequestForm(unbind=Answer.UNREAD, has_request_words=True, repeats_subject=True)
    thanks = harness.mail(talk(unclear, harness.letter("received"), new_text="收到，谢谢老师"))
    assert (thanks.disposition, thanks.unread) == (Disposition.CONVERSATION, False)
    assert harness.again(case).state is State.APPROVED


def test_a_short_form_of_the_name_is_no_other_name(harness):
    """The subject names 堃泰镕喆: the name on the licence then differed from that in the mail."""
    case = harness.case(harness.mail())
    short = replace(form(), enterprise_names=("堃泰镕喆",), reset_password=Answer.YES)
    harness.mail(talk(short, harness.letter("received")))
    after = harness.again(case)
    assert after.enterprise_name == NAME
    codes = [finding.code for finding in after.findings]
    assert (codes.count("case.changed"), "match.enterprise_name" in codes) == (1, False)
    [changed] = [one for one in after.findings if one.code == "case.changed"]
    assert changed.parameters["fields"] == ("reset_password",)


def test_who_takes_an_urgent_request_back_gets_no_advice_how_to_send_one(harness):
    harness.mail()
    back = RequestForm(withdraws=True, urgent=True)
    harness.mail(talk(back, harness.letter("received"), new_text="标赶不上了，取消吧"))
    assert "pointer" not in harness.letters()
