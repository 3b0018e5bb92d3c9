"""A mail outside any thread, of a sender who has one request open: people answer a letter by a new
mail (先别解！！, 盖好章的材料), and what it says is of that request (RULES.md section 6)."""

from dataclasses import replace

import pytest

from core.cases.decision.approve import approve
from core.cases.intake.own_and_others import WHICH_ONE
from core.cases.intake.request_case import WITHDRAWAL_REASON
from core.data.case import State
from core.data.mail_record import Disposition
from core.data.submission import Answer, RequestForm
from tests.cases.submissions import STRANGER, incomplete
from tests.validators.builders import (
    NAME,
    NO_DOCUMENTS,
    NO_WORDS,
    OTHER_NAME,
    OTHER_USCC,
    SENDER,
    complete_submission,
    documents,
    form,
    id_front,
    licence,
    message,
)
from tests.world import CONTACT

WITHDRAWS = RequestForm(withdraws=True)
SHORT = "堃泰镕喆"


def new_mail(text, request=NO_WORDS, papers=NO_DOCUMENTS, **changes):
    """A mail with a subject of its own that answers no other."""
    changes = {"message_id": "<2@example.com>", "subject": "请看", "new_text": text, **changes}
    files = message().attachments if papers.pages else ()
    return complete_submission(message(files, **changes), request, papers)


def approved(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    return approve(harness.desk, case.id, case.version, "li")


@pytest.mark.parametrize(
    ("text", "request_read"),
    [
        ("早上那封申请我们撤回", WITHDRAWS),
        ("先别解！我们正在用这把锁解密投标文件", RequestForm(unbind=Answer.UNREAD)),
        ("請暫緩辦理", RequestForm()),
    ],
)
def test_an_approved_request_is_set_aside_that_its_sender_stops(harness, text, request_read):
    """It was other mail, and the window carried out what had been taken back."""
    case = approved(harness)
    said = harness.mail(new_mail(text, request_read))
    held = harness.again(case)
    assert (said.disposition, said.unread) == (Disposition.CONVERSATION, True)
    assert (held.state, held.reason) == (State.HELD, WITHDRAWAL_REASON)


def test_papers_without_words_complete_the_request(harness):
    case = harness.case(harness.mail(incomplete()))
    sent = harness.mail(new_mail("昨天说的材料，请查收", papers=documents()))
    assert (sent.case_id, harness.again(case).state) == (case.id, State.QUEUED)
    assert harness.letters(case) == ["returned", "received"]


@pytest.mark.parametrize(("first", "name"), [("错名", NAME), (NAME, SHORT)])
def test_a_name_put_right_or_in_short_is_no_other_enterprise(harness, first, name):
    """公司名我打错了: the account of the first mail's papers has the right one."""
    harness.register(contact=SENDER)
    case = harness.case(harness.mail(complete_submission(request=form(enterprise_names=(first,)))))
    right = harness.mail(new_mail("更正", form(enterprise_names=(name,))))
    assert right.case_id == case.id


@pytest.mark.parametrize(
    "mail",
    [
        new_mail("", form(enterprise_names=(OTHER_NAME,))),
        new_mail(
            "材料",
            papers=documents(parts=[licence(enterprise_name=OTHER_NAME, uscc=OTHER_USCC)]),
        ),
        new_mail("另一家", form(enterprise_names=()), documents(parts=[id_front()])),
        new_mail("", form(enterprise_names=()), authentication="none"),
    ],
)
def test_what_is_of_another_enterprise_or_not_proved_stays_apart(harness, mail):
    case = harness.case(harness.mail())
    assert harness.mail(mail).case_id != case.id


def test_beside_a_request_without_a_name_the_one_is_meant_that_is_named(harness):
    case = harness.case(harness.mail())
    nameless = new_mail("另一家", form(enterprise_names=()), documents(parts=[id_front()]))
    assert harness.mail(nameless).case_id != case.id
    assert harness.mail(new_mail("", form(), message_id="<3@example.com>")).case_id == case.id


@pytest.mark.parametrize(
    ("text", "request_read"),
    [("撤回申请", WITHDRAWS), ("先别解，等我电话", RequestForm(unbind=Answer.UNREAD))],
)
def test_of_two_open_requests_both_wait_that_one_mail_stops(harness, text, request_read):
    """An agent's 撤回申请 says not which; the window carried out the one that was meant."""
    cases = [approved(harness), harness.case(harness.mail(other_request()))]
    said = harness.mail(new_mail(text, request_read, message_id="<3@example.com>"))
    assert (said.disposition, said.case_id, said.unread) == (Disposition.OTHER, None, True)
    assert said.note == WHICH_ONE
    assert {harness.again(case).reason for case in cases} == {WITHDRAWAL_REASON}


@pytest.mark.parametrize(
    "mail",
    [
        new_mail("撤回申请", WITHDRAWS, message_id="<3@example.com>", authentication="none"),
        new_mail("请问还要什么材料", message_id="<3@example.com>"),
        new_mail(
            "撤回申请", replace(WITHDRAWS, enterprise_names=("第三家公司",)), message_id="<3@x>"
        ),
    ],
)
def test_of_two_open_requests_neither_waits_for_other_words(harness, mail):
    cases = [approved(harness), harness.case(harness.mail(other_request()))]
    assert harness.mail(mail).disposition is Disposition.OTHER
    assert [harness.again(case).state for case in cases] == [State.APPROVED, State.QUEUED]


def other_request():
    """A whole request of the same sender for another enterprise."""
    other = replace(form(), enterprise_names=(OTHER_NAME,))
    papers = documents(parts=[id_front(), licence(enterprise_name=OTHER_NAME, uscc=OTHER_USCC)])
    return new_mail("", other, papers)


def test_the_contacts_words_are_reported_at_what_somebody_else_sent(harness):
    """They are of the contact's own request first, and may be an objection."""
    harness.register()
    own = harness.case(harness.mail(incomplete(sender=CONTACT)))
    others = message(message_id="<3@example.com>", sender=STRANGER)
    case = harness.case(harness.mail(complete_submission(others)))
    said = harness.mail(new_mail("怪事", sender=CONTACT, message_id="<4@example.com>"))
    assert (said.case_id, said.unread) == (own.id, True)
    assert f"contact_wrote.{case.number}" in harness.alerts()
