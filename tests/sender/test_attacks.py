"""Attempts to steal a case, from the bytes of the mail to the case (RULES.md section 6): a stranger
first, a stranger in the thread, a forged From, a case number guessed. The trusted receiving server
is mx.desk.example; it writes on top what it found."""

import pytest

from core.cases.letters.words import text_of
from core.data.case import State
from core.data.mail_record import Disposition
from tests.flows.walker import IDENTITY, LICENCE
from tests.sender.conftest import FAIL, HANDLER, NONE, PASS, STRANGER
from tests.world import CONTACT


def test_a_stranger_who_comes_first_does_not_shut_out_the_enterprise(post):
    first = post.sends(STRANGER, PASS)
    second = post.sends(HANDLER, PASS)
    assert first.case_id != second.case_id
    assert "case.competing" in post.codes(second)
    assert post.harness.letters(post.case(first)) == ["received", "contact_notice"], (
        "the registered contact can object to the stranger"
    )


def test_the_contact_may_still_join_its_own_case_after_a_stranger_came_first(post):
    stranger = post.sends(STRANGER, PASS)
    own = post.sends(CONTACT, PASS, papers=(LICENCE,))
    more = post.sends(
        CONTACT,
        PASS,
        papers=(IDENTITY,),
        answers=post.harness.letter("returned").message_id,
        words="补充身份证",
    )
    assert own.case_id == more.case_id != stranger.case_id
    assert post.case(more).state is State.QUEUED


def test_a_stranger_in_the_thread_opens_a_case_of_their_own(post):
    first = post.sends(HANDLER, PASS, papers=(LICENCE,))
    stranger = post.sends(STRANGER, PASS, answers=post.harness.letter("returned").message_id)
    assert stranger.case_id != first.case_id
    assert "case.competing" in post.codes(stranger)
    assert post.case(first).state is State.INCOMPLETE


@pytest.mark.parametrize(
    "says",
    [
        FAIL,
        NONE,
        "spf=pass smtp.mailfrom=evil.example; dkim=none",
        "spf=softfail smtp.mailfrom=example.com",
    ],
)
def test_a_forged_request_that_names_no_case_is_one_of_its_own_and_both_are_shown(post, says):
    first = post.sends(HANDLER, PASS, papers=(LICENCE,))
    forged = post.sends(HANDLER, says, papers=(IDENTITY, LICENCE))
    assert forged.case_id != first.case_id
    assert {"sender.unauthenticated", "case.competing"} <= post.codes(forged)
    assert post.case(first).state is State.INCOMPLETE
    assert "sender.unauthenticated" not in post.codes(first)


def test_the_forger_may_write_the_servers_own_header_into_the_mail(post):
    first = post.sends(HANDLER, PASS, papers=(LICENCE,))
    forged = post.sends(
        HANDLER,
        FAIL,
        forged=b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.com\r\n",
    )
    assert forged.case_id != first.case_id


def test_a_forged_contact_neither_joins_nor_keeps_the_contact_in_the_dark(post):
    first = post.sends(HANDLER, PASS, papers=(LICENCE,))
    forged = post.sends(CONTACT, FAIL)
    assert forged.case_id != first.case_id
    assert "contact_notice" in post.harness.letters(post.case(forged))
    post.sends(CONTACT, FAIL, answers=post.harness.letter("returned").message_id)
    assert post.case(first).state is State.INCOMPLETE


def test_a_forged_withdrawal_holds_nothing(post):
    first = post.sends(HANDLER, PASS)
    forged = post.sends(
        HANDLER,
        FAIL,
        papers=(),
        words="我们撤回这份申请",
        answers=post.harness.letter("received").message_id,
    )
    assert forged.disposition is Disposition.UNPROVED
    assert post.case(first).state is State.QUEUED


def test_a_forged_question_for_progress_is_not_answered(post):
    post.sends(HANDLER, PASS)
    before = post.harness.letters()
    post.sends(
        HANDLER,
        FAIL,
        papers=(),
        words="请问办理进度如何？",
        answers=post.harness.letter("received").message_id,
    )
    assert post.harness.letters() == before


def test_a_case_number_guessed_opens_no_case(post):
    first = post.sends(HANDLER, PASS)
    number = post.case(first).number
    before = post.harness.letters()
    asked = post.sends(
        STRANGER,
        PASS,
        papers=(),
        subject=f"工单号 {number} 进度",
        words=f"请问工单 {number} 的办理进度？",
    )
    assert asked.case_id is None
    withdrawn = post.sends(
        STRANGER, PASS, papers=(), subject=f"撤回 {number}", words=f"撤回工单 {number}"
    )
    assert withdrawn.case_id is None
    assert post.harness.letters() == before
    whole = post.sends(STRANGER, PASS, subject=f"Re: 工单号 {number}")
    assert whole.case_id != first.case_id
    assert post.case(first).state is State.QUEUED


def test_a_message_id_guessed_opens_no_case_either(post):
    first = post.sends(HANDLER, PASS, papers=(LICENCE,))
    stranger = post.sends(STRANGER, PASS, papers=(IDENTITY,), answers=f"<{post.uid}@x.example>")
    assert stranger.case_id != first.case_id


def test_one_unproved_mail_of_a_case_stays_seen_after_a_proved_one(post):
    first = post.sends(HANDLER, FAIL, papers=(LICENCE,))
    second = post.sends(
        HANDLER, PASS, papers=(IDENTITY,), answers=post.harness.letter("returned").message_id
    )
    assert second.case_id == first.case_id
    assert "sender.unauthenticated" in post.codes(second)


def test_a_display_name_that_holds_the_contacts_address_is_shown_as_a_trick(post):
    tricked = post.sends(STRANGER, PASS, display=CONTACT)
    assert any(
        "显示名" in text_of(f)
        for f in post.case(tricked).findings
        if f.code == "sender.unauthenticated"
    )


def test_a_domain_like_the_contacts_is_shown(post):
    tricked = post.sends("contact@examp1e.org", PASS)
    assert any(
        "形似" in text_of(f)
        for f in post.case(tricked).findings
        if f.code == "sender.unauthenticated"
    )


def test_none_of_it_goes_into_a_letter(post):
    post.sends("contact@examp1e.org", FAIL, papers=(LICENCE,), display=CONTACT)
    with post.harness.tx() as tx:
        words = "".join(letter.rendered.text for letter in tx.letters.newest())
    assert "验证" not in words
    assert "形似" not in words
    assert "显示名" not in words
