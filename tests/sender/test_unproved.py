"""Mails that bear the address of a case's sender or contact while nobody vouches for it: they may
talk and raise an alert, and a person decides the rest.

The trusted receiving server is mx.desk.example: it speaks against a sender, vouches for nothing,
or says nothing at all.
"""

import pytest

from core.cases.decision.approve import approve
from core.cases.decision.unproved import take_over
from core.cases.intake.unread import mark_read
from core.cases.window.process import run_window
from core.data.case import State, amend
from core.data.mail_record import CountsAs, Disposition
from core.errors import Conflict, NotAllowed
from tests.flows.walker import IDENTITY, LICENCE
from tests.sender.conftest import FAIL, HANDLER, NONE, PASS, SILENT
from tests.validators.builders import NAME
from tests.world import CONTACT, decline

UNPROVED = pytest.mark.parametrize("says", [FAIL, NONE, SILENT, "spf=temperror"])


def incomplete(post):
    """A case of a proved sender that lacks its identity card, and the thread of its letter."""
    case = post.case(post.sends(HANDLER, PASS, papers=(LICENCE,)))
    return case, post.harness.letter("returned").message_id


def queued(post):
    """A complete case of a proved sender, whose letters left, and the thread of its receipt."""
    case = post.case(post.sends(HANDLER, PASS))
    post.harness.send_letters()
    return case, post.harness.letter("received").message_id


def as_it_was(post, case):
    now = post.harness.again(case)
    return (now.state, now.version, now.findings) == (case.state, case.version, case.findings)


@UNPROVED
@pytest.mark.parametrize("sender", [HANDLER, CONTACT])
@pytest.mark.parametrize("by_number", [False, True])
def test_papers_wait_at_the_case_for_a_person(post, says, sender, by_number):
    case, thread = incomplete(post)
    subject, answers = (f"补件 {case.number}", "") if by_number else ("Re: CA锁解绑申请", thread)
    sent = post.sends(sender, says, papers=(IDENTITY,), subject=subject, answers=answers)
    assert (sent.disposition, sent.case_id, sent.unread) == (Disposition.UNPROVED, case.id, True)
    assert as_it_was(post, case)
    assert "待核实" in post.harness.alerts()[f"unproved.{case.number}"]
    assert "supplement_received" not in post.harness.letters()


@UNPROVED
@pytest.mark.parametrize("sender", [HANDLER, CONTACT])
def test_who_borrowed_the_address_first_answers_nothing_in_its_owners_request(post, says, sender):
    forged = post.sends(sender, says, papers=())
    owners = post.sends(sender, PASS, words=f"企业名称：{NAME}\n是否解绑：是\n")
    assert owners.case_id != forged.case_id
    assert "request.reset_password.missing" in post.codes(owners)
    assert post.case(owners).state is State.INCOMPLETE


@UNPROVED
@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize(
    ("sender", "words"),
    [
        (HANDLER, "我们撤回这份申请"),
        (CONTACT, "我们没有申请解绑"),
        (CONTACT, "撤回申请"),
        (HANDLER, "为什么还没有办？"),
    ],
)
def test_words_neither_hold_nor_withdraw(post, says, sender, words, approved):
    case, thread = queued(post)
    if approved:
        case = approve(post.desk, case.id, case.version, "li")
    sent = post.sends(
        sender, says, papers=(), subject="Re: CA锁解绑申请", words=words, answers=thread
    )
    assert (sent.disposition, sent.case_id) == (Disposition.UNPROVED, case.id)
    assert as_it_was(post, case)
    kind = "before_window" if approved else "unproved"
    assert ("已批准" in post.harness.alerts()[f"{kind}.{case.number}"]) is approved


@UNPROVED
def test_thanks_trouble_nobody(post, says):
    _, thread = queued(post)
    sent = post.sends(HANDLER, says, papers=(), words="收到，谢谢老师！", answers=thread)
    assert (sent.disposition, sent.unread, post.harness.alerts()) == (
        Disposition.CONVERSATION,
        False,
        {},
    )


@pytest.mark.parametrize(
    ("sender", "says", "answered"),
    [
        (HANDLER, SILENT, True),
        (HANDLER, "spf=temperror", True),
        (HANDLER, FAIL, False),
        (HANDLER, NONE, False),
        (CONTACT, SILENT, False),
    ],
)
def test_a_question_for_progress_is_answered_to_the_cases_own_sender_alone(
    post, sender, says, answered
):
    case, thread = queued(post)
    sent = post.sends(sender, says, papers=(), words="请问办理进度如何？", answers=thread)
    assert ("progress" in post.harness.letters()) is answered
    assert (sent.disposition is Disposition.UNPROVED) is not answered
    if answered:
        assert post.harness.letter("progress").recipient == case.sender


@UNPROVED
def test_a_stranger_who_names_the_case_adds_not_even_talk(post, says):
    case, _ = queued(post)
    sent = post.sends(
        "stranger@example.net",
        says,
        papers=(),
        subject=f"撤回 {case.number}",
        words=f"撤回工单 {case.number}",
    )
    assert (sent.disposition, sent.case_id) == (Disposition.OTHER, None)


def test_words_to_an_ended_case_are_an_alert_and_a_new_request_is_a_case(post):
    case, thread = queued(post)
    decline(post.desk, case.id, case.version, "li", "不符")
    assert (
        post.sends(
            HANDLER, SILENT, papers=(), subject="Re: 办理结果", words="还是登录不上", answers=thread
        ).disposition
        is Disposition.UNPROVED
    )
    assert post.sends(HANDLER, SILENT, answers=thread).case_id != case.id


def test_an_unproved_contacts_own_request_is_told_to_the_contact(post):
    """A forged From of the contact must not keep the link to object from it."""
    assert "contact_notice" in post.harness.letters(post.case(post.sends(CONTACT, SILENT)))
    assert "contact_notice" not in post.harness.letters(
        post.case(post.sends(CONTACT, PASS, name="北京别家工程有限公司"))
    )


def waiting(post, papers=(IDENTITY,), sender=HANDLER, words=None):
    case, thread = incomplete(post)
    return case, post.sends(
        sender, SILENT, papers=papers, words=words, subject="Re: CA锁解绑申请", answers=thread
    )


def test_taken_over_as_a_supplement_it_completes_the_case_and_is_answered(post):
    case, mail = waiting(post)
    moved = take_over(post.desk, case.id, case.version, mail.id, "li", CountsAs.SUPPLEMENT)
    assert moved.state is State.QUEUED
    assert "received" in post.harness.letters(case)
    assert {"mail.taken_over", "case.supplemented"} <= set(post.harness.actions(case))
    assert post.harness.alerts() == {}


@pytest.mark.parametrize(
    ("counts_as", "state"),
    [
        (CountsAs.WITHDRAWAL, State.HELD),
        (CountsAs.OBJECTION, State.HELD),
        (CountsAs.TALK, State.INCOMPLETE),
    ],
)
def test_taken_over_as_what_a_person_found_it_to_be(post, counts_as, state):
    case, mail = waiting(post, papers=(), sender=CONTACT, words="我们没有申请解绑")
    moved = take_over(post.desk, case.id, case.version, mail.id, "li", counts_as)
    assert moved.state is state
    assert (moved.objected_at is not None) is (counts_as is CountsAs.OBJECTION)
    with post.harness.tx() as tx:
        assert (tx.mails.get(mail.id).disposition, tx.mails.get(mail.id).unread) == (
            Disposition.CONVERSATION,
            False,
        )
        taken = next(
            entry for entry in tx.audit.entries(case.id) if entry.action == "mail.taken_over"
        )
    assert (taken.actor, taken.detail["taken_as"], taken.detail["mail"]) == (
        "li",
        counts_as.value,
        str(mail.id),
    )


def test_taken_over_as_a_request_of_its_own_it_opens_a_case(post):
    case, mail = waiting(post, papers=(LICENCE, IDENTITY))
    opened = take_over(post.desk, case.id, case.version, mail.id, "li", CountsAs.NEW_CASE)
    assert (opened.id != case.id, opened.state) == (True, State.QUEUED)
    assert "case.competing" in {finding.code for finding in opened.findings}
    assert post.harness.again(case).state is State.INCOMPLETE


def test_an_objection_after_the_end_leaves_the_account_open(post):
    case, thread = queued(post)
    approve(post.desk, case.id, case.version, "li")
    post.harness.clock.at = post.harness.clock.at.replace(hour=3, minute=5)
    run_window(post.desk, "desk")
    mail = post.sends(
        CONTACT, SILENT, papers=(), subject="Re: 办理结果", words="不是我们申请的", answers=thread
    )
    done = post.harness.again(case)
    assert done.state is State.COMPLETED
    take_over(post.desk, done.id, done.version, mail.id, "li", CountsAs.OBJECTION)
    enterprise, _ = post.harness.enterprise(done.enterprise_id)
    assert enterprise.frozen_at is None
    assert post.harness.again(done).objected_at


def test_a_mail_is_taken_over_once_and_at_the_version_that_was_seen(post):
    case, mail = waiting(post)
    with pytest.raises(Conflict):
        take_over(post.desk, case.id, case.version - 1, mail.id, "li", CountsAs.SUPPLEMENT)
    moved = take_over(post.desk, case.id, case.version, mail.id, "li", CountsAs.SUPPLEMENT)
    with pytest.raises(NotAllowed, match="待核实"):
        take_over(post.desk, case.id, moved.version, mail.id, "wang", CountsAs.WITHDRAWAL)


def test_an_ended_case_takes_neither_supplement_nor_withdrawal(post):
    case, mail = waiting(post)
    ended = decline(post.desk, case.id, case.version, "li", "不符")
    for counts_as in (CountsAs.SUPPLEMENT, CountsAs.WITHDRAWAL):
        with pytest.raises(NotAllowed, match=r"现为.*，不能"):
            take_over(post.desk, case.id, ended.version, mail.id, "li", counts_as)


def test_the_alert_stays_until_the_last_mail_was_read(post):
    case, thread = queued(post)
    mails = [
        post.sends(HANDLER, PASS, papers=(), words=words, answers=thread)
        for words in ("为什么还没办？", "请尽快答复为什么不办")
    ]
    assert [mail.unread for mail in mails] == [True, True]
    mark_read(post.desk, [mails[0].id], "li")
    assert f"wrote.{case.number}" in post.harness.alerts()
    mark_read(post.desk, [mails[1].id], "li")
    assert post.harness.alerts() == {}


def test_a_mail_to_be_verified_is_not_read_away(post):
    _, mail = waiting(post)
    mark_read(post.desk, [mail.id], "li")
    with post.harness.tx() as tx:
        assert tx.mails.get(mail.id).unread


def test_a_mail_whose_content_was_removed_is_taken_for_nothing(post):
    case, mail = waiting(post)
    with post.harness.tx() as tx:
        tx.mails.purge([mail.id])
    with pytest.raises(NotAllowed, match="没有可用的内容"):
        take_over(post.desk, case.id, case.version, mail.id, "li", CountsAs.TALK)


def test_an_objection_to_a_case_without_an_account_sets_it_aside(post):
    case, mail = waiting(post)
    with post.harness.tx() as tx:
        case = amend(case, post.harness.clock.now(), enterprise_id=None)
        tx.cases.save(case)
    held = take_over(post.desk, case.id, case.version, mail.id, "li", CountsAs.OBJECTION)
    assert (held.state, held.objected_at) == (State.HELD, post.harness.clock.now())


def test_a_mail_that_waits_at_one_case_is_taken_over_at_no_other(post):
    _, mail = waiting(post)
    other = post.case(post.sends("other@example.com", PASS))
    with pytest.raises(NotAllowed, match="不是工单"):
        take_over(post.desk, other.id, other.version, mail.id, "li", CountsAs.TALK)
