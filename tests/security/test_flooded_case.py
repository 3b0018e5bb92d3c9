"""Whoever knows the number of a case adds as many mails and audit rows to it as they like. Neither
takes the request off the page, nor what a decision depends on out of sight."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.accounts.own_password import set_password_by_link
from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.approve import approve
from core.cases.decision.reversal import draft
from core.cases.requester import KNOWN_AFTER, Requester
from core.cases.window.process import run_window
from core.data.case import State
from core.data.mail_record import Disposition, NewMail
from tests.accounts.entrance import HERE
from tests.sender.conftest import NONE, PASS, STRANGER
from tests.store.test_store import new_case
from tests.validators.builders import NAME
from tests.world import CONTACT

MANY = 210
"""More than the 200 mails, and rows, of a case that are read at once."""
PASSWORD = "lvse-2026-Chuan"


def flood(post, case, disposition):
    """Mails about the case of which each became this, with an audit row."""
    with post.harness.tx() as tx:
        for number in range(MANY):
            fresh = NewMail("flood", 1, number + 1, tx.now, 1, f"mail {number}".encode())
            mail = tx.mails.get(tx.mails.add(fresh))
            mail = replace(mail, case_id=case.id, disposition=disposition, sender=case.sender)
            tx.mails.save(mail)
            tx.audit.write("desk", "mail.talk", case)


def stored(post, case):
    with post.harness.tx() as tx:
        return tx.mails.of_case(case.id)


@pytest.fixture
def completed(post):
    """A stranger's case, unbinding and reset, that was carried out."""
    case = post.case(post.sends(STRANGER, PASS, words=f"企业名称：{NAME}\n解绑：是\n重置密码：是"))
    post.harness.send_letters()
    approve(post.desk, case.id, case.version, "li")
    post.harness.clock.at += timedelta(hours=1, minutes=5)
    run_window(post.desk)
    case = post.harness.again(case)
    assert case.state is State.COMPLETED
    return case


def test_a_mail_with_the_number_from_the_senders_address_lies_at_the_case(post):
    """Nobody has to vouch for it."""
    case = post.case(post.sends(CONTACT, PASS))
    mail = post.sends(CONTACT, NONE, papers=(), words="何时办理？", subject=case.number)
    assert (mail.case_id, mail.disposition) == (case.id, Disposition.UNPROVED)


@pytest.mark.parametrize("disposition", [Disposition.UNPROVED, Disposition.CONVERSATION])
def test_the_request_stays_among_the_mails_that_are_shown(post, disposition):
    request = post.sends(CONTACT, PASS)
    case = post.case(request)
    flood(post, case, disposition)
    found = stored(post, case)
    assert (found[0].id, len(found)) == (request.id, 200)
    assert found == sorted(found, key=lambda one: (one.arrived, one.id))


def test_what_is_proved_goes_before_what_anybody_sends(post):
    case = post.case(post.sends(CONTACT, PASS))
    proved = post.sends(CONTACT, PASS, papers=(), words="谢谢", subject=f"Re: {case.number}")
    assert proved.disposition is Disposition.CONVERSATION
    flood(post, case, Disposition.UNPROVED)
    assert proved in stored(post, case)


def test_what_the_contact_wrote_against_a_case_is_found_below_the_flood(post, completed):
    """Else its sender were known for the next one, which nobody is called about."""
    words = "锁被解绑了，不是我们申请的！"
    post.sends(CONTACT, PASS, papers=(), words=words, subject=completed.number)
    flood(post, completed, Disposition.CONVERSATION)
    post.harness.clock.at = completed.completed_at + KNOWN_AFTER
    later = post.case(post.sends(STRANGER, PASS))
    with post.harness.tx() as tx:
        assert approval_needs(tx, [later])[later.id].requester is Requester.STRANGER


def test_a_denial_finds_what_was_carried_out_below_the_cases_that_came_since(post, completed):
    with post.harness.tx() as tx:
        for _ in range(MANY):
            tx.cases.add(new_case(enterprise_id=completed.enterprise_id, has_papers=False))
    post.sends(CONTACT, PASS, papers=(), words="锁被解绑了，不是我们申请的！", subject="说明")
    with post.harness.tx() as tx:
        assert tx.alerts.by(kind=f"contact_wrote.{completed.number}")


def test_a_password_that_was_set_is_found_below_the_flood(post, completed):
    link_id = post.harness.letter("reset_link").link_id
    with post.harness.tx() as tx:
        token = tx.links.token(link_id)
    set_password_by_link(post.desk, token, PASSWORD, PASSWORD, HERE)
    flood(post, completed, Disposition.CONVERSATION)
    planned, _ = draft(post.desk, completed.id, post.harness.again(completed).version, "冒名申请")
    assert planned.drops_password
