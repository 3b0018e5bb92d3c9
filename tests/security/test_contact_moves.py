"""The registered contact moves while requests are open: who was the contact vouches for nothing any
more, and who is it now is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.accounts import contact_change
from core.cases.accounts.registration import PERSON_CHANGED
from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.approve import approve, release, settle_request
from core.cases.letters.objection import answer_by_link
from core.cases.requester import Requester
from core.cases.window.process import run_window
from core.data.case import Contacted, ContactedBy, State
from core.data.documents import Documents
from core.data.enterprise import Binding
from core.data.submission import RequestForm
from core.errors import NotAllowed
from tests.validators.builders import complete_submission, message

OLD, NEW, RIVAL = "old@example.org", "new@example.org", "rival@example.net"


@pytest.fixture
def enterprise_id(here):
    return here.register(OLD, password_set=True)


def asks(here, sender):
    """The case of a request from this address, with its letters sent."""
    case = here.case(here.mail(complete_submission(message(sender=sender))))
    here.send_letters()
    return here.again(case)


def moves(here, enterprise_id, address=NEW):
    """The contact changes, by the link to the new address."""
    with here.tx() as tx:
        contact_change.ask(tx, tx.accounts.get(enterprise_id), address)
    contact_change.confirm(here.desk, token(here, "contact_confirm"))
    here.send_letters()


def token(here, kind):
    letter = here.letter(kind)
    with here.tx() as tx:
        return tx.links.token(letter.link_id)


def needs(here, case):
    with here.tx() as tx:
        return approval_needs(tx, [case])[case.id]


def notified(here, case):
    with here.tx() as tx:
        letters = tx.letters.newest(case_id=case.id)
    return [one.recipient for one in letters if one.kind.value == "contact_notice"]


def call(here):
    return Contacted(ContactedBy.TELEPHONE, "王会计", "", here.clock.now(), "li")


def test_the_former_contact_confirms_nothing(here, enterprise_id):
    case, link = asks(here, RIVAL), token(here, "contact_notice")
    moves(here, enterprise_id)
    case = here.again(case)
    with pytest.raises(NotAllowed):
        answer_by_link(here.desk, link, confirms=case.version)
    assert notified(here, case) == [NEW, OLD]
    assert answer_by_link(here.desk, link, "不是").state is State.HELD, "it still may object"


def test_a_confirmation_by_the_former_contact_counts_no_more(here, enterprise_id):
    case = asks(here, RIVAL)
    answer_by_link(here.desk, token(here, "contact_notice"), confirms=case.version)
    moves(here, enterprise_id)
    case = here.again(case)
    assert (case.confirmed_at, needs(here, case).must_reach) == (None, True)
    assert NEW in notified(here, case)


@pytest.mark.parametrize("sender", [OLD, RIVAL])
def test_an_approval_of_before_is_given_anew(here, enterprise_id, sender):
    case = asks(here, sender)
    approved = approve(
        here.desk, case.id, case.version, "li", None if sender == OLD else call(here)
    )
    moves(here, enterprise_id)
    case = here.again(approved)
    assert (case.state, case.approved_by, needs(here, case).requester) == (
        State.QUEUED,
        "",
        Requester.STRANGER,
    )
    here.clock.at += timedelta(hours=1, minutes=5)
    run_window(here.desk)
    assert here.again(case).state is State.QUEUED
    assert NEW in notified(here, case)


def test_a_flood_hides_no_approved_case_from_the_new_contact(here, enterprise_id, monkeypatch):
    case = asks(here, RIVAL)
    approve(here.desk, case.id, case.version, "li", call(here))
    monkeypatch.setattr(contact_change, "MOST_NOTIFIED", 1)
    newer = asks(here, "second@example.net")
    moves(here, enterprise_id)
    assert (NEW in notified(here, case), NEW in notified(here, newer)) == (True, False)


def test_an_objection_to_the_change_voids_what_the_thief_confirmed(here, enterprise_id):
    moves(here, enterprise_id)
    undo = token(here, "contact_changed")
    case = asks(here, RIVAL)
    answer_by_link(here.desk, token(here, "contact_notice"), confirms=case.version)
    contact_change.object_to_change(here.desk, undo)
    case = here.again(case)
    assert (case.confirmed_at, OLD in notified(here, case)) == (None, True)


def carried_out(here, sender):
    case = asks(here, sender)
    approve(here.desk, case.id, case.version, "li", None if sender == OLD else call(here))
    here.clock.at += timedelta(days=1, hours=1, minutes=5)
    run_window(here.desk)
    assert here.again(case).state is State.COMPLETED
    return case


def objecting(here, contact):
    """An answer to the newest notice, in words."""
    return message(
        (),
        sender=contact,
        message_id="<no@example.org>",
        thread_ids=(here.letter("contact_notice").message_id,),
        new_text="这不是我们申请的",
    )


def later(here, enterprise_id):
    """Forty days later the enterprise has a new lock."""
    here.clock.at += timedelta(days=40) - timedelta(hours=1, minutes=5)
    with here.tx() as tx:
        lock = Binding(0, enterprise_id, "SN-9", "BJCA", True, "综合交易系统", here.clock.now())
        tx.bindings.add(lock)


def test_the_former_contact_is_a_stranger_however_often_it_asked_before(here, enterprise_id):
    carried_out(here, OLD)
    moves(here, enterprise_id)
    later(here, enterprise_id)
    assert needs(here, asks(here, OLD)).requester is Requester.STRANGER


def test_a_sender_about_whom_the_contact_wrote_is_not_known(here, enterprise_id):
    case = carried_out(here, RIVAL)
    here.mail(complete_submission(objecting(here, OLD), RequestForm(), Documents()))
    assert here.again(case).state is State.COMPLETED
    later(here, enterprise_id)
    assert needs(here, asks(here, RIVAL)).requester is Requester.STRANGER


def test_a_sender_whose_request_was_carried_out_stays_known(here, enterprise_id):
    carried_out(here, RIVAL)
    later(here, enterprise_id)
    assert needs(here, asks(here, RIVAL)).requester is Requester.KNOWN


def test_a_telephone_that_the_account_changed_lately_verifies_nothing(here, enterprise_id):
    case = asks(here, RIVAL)
    with here.tx() as tx:
        tx.audit.write("enterprise", PERSON_CHANGED, enterprise=enterprise_id)
    with pytest.raises(NotAllowed, match="7 天内自行更改"):
        approve(here.desk, case.id, case.version, "li", call(here))
    in_person = replace(call(here), by=ContactedBy.IN_PERSON)
    assert approve(here.desk, case.id, case.version, "li", in_person).state is State.APPROVED


def test_the_contact_is_told_of_what_a_person_settled_otherwise(here, enterprise_id):
    """Who talks a reviewer into another request than the contact was told of has to wait anew."""
    case = asks(here, RIVAL)
    settle_request(here.desk, case.id, case.version, "li", unbind=True, reset_password=True)
    case = here.again(case)
    assert notified(here, case) == [OLD, OLD]
    with pytest.raises(NotAllowed, match="核对通知"):
        approve(here.desk, case.id, case.version, "li", call(here))
    here.send_letters()
    same = here.again(case)
    settle_request(here.desk, case.id, same.version, "li", unbind=True, reset_password=True)
    assert notified(here, case) == [OLD, OLD]


def test_a_known_sender_against_whom_the_contact_writes_is_none(here, enterprise_id):
    carried_out(here, RIVAL)
    later(here, enterprise_id)
    case = asks(here, RIVAL)
    here.mail(complete_submission(objecting(here, OLD), RequestForm(), Documents()))
    held = here.again(case)
    assert held.state is State.HELD
    release(here.desk, held.id, held.version, "li")
    assert needs(here, here.again(case)).must_reach
