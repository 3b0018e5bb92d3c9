"""Cases with a risk take two people: which they are, what voids the first approval,
and that nobody is both."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.accounts import account_acts
from core.cases.decision import approve
from core.cases.decision.approval_needs import approval_needs, awaiting_second
from core.cases.desk import Risk
from core.cases.window.process import roll_over
from core.data.case import State
from core.data.finding import Severity
from core.data.roles import Role
from core.errors import Conflict, NotAllowed
from tests.web.harness import Harness


@pytest.fixture
def here(tmp_path):
    harness = Harness(tmp_path)
    harness.register(1)
    yield harness
    harness.store.close()


def chosen_by_hand(here):
    """A case whose account an administrator named, though the papers name the same."""
    case = here.request(1)
    return approve.choose_account(here.desk, case.id, case.version, "wang", case.enterprise_id)


def asking_two_for(here, *risks):
    here.desk = replace(
        here.desk, settings=replace(here.desk.settings, approvals_required=dict.fromkeys(risks, 2))
    )


def test_an_ordinary_case_takes_one(here):
    case = here.request(1)
    assert approve.approve(here.desk, case.id, case.version, "wang").state is State.APPROVED


def test_two_approve_a_case_whose_account_was_chosen(here):
    case = chosen_by_hand(here)
    first = approve.approve(here.desk, case.id, case.version, "wang")
    assert (first.state, first.first_approved_by) == (State.QUEUED, "wang")
    second = approve.approve(here.desk, first.id, first.version, "li")
    assert (second.state, second.approved_by, second.first_approved_by) == (
        State.APPROVED,
        "wang、li",
        "",
    )
    with here.tx() as tx:
        acts = [
            (entry.actor, entry.action)
            for entry in reversed(tx.audit.entries(case.id))
            if "approved" in entry.action
        ]
    assert acts == [("wang", "case.first_approved"), ("li", "case.approved")]


def test_nobody_is_both_and_the_refusal_says_who_is_wanted(here):
    here.administrator("wang")
    case = chosen_by_hand(here)
    first = approve.approve(here.desk, case.id, case.version, "wang")
    with pytest.raises(NotAllowed, match="没有其他批准人"):
        approve.approve(here.desk, first.id, first.version, "wang")
    here.administrator("li")
    with pytest.raises(NotAllowed, match=r"您已批准，请另一名批准人核实后再批准。$"):
        approve.approve(here.desk, first.id, first.version, "wang")
    with here.tx() as tx:
        tx.administrators.save(
            replace(tx.administrators.by(name="li"), roles=frozenset({Role.REVIEWER}))
        )
    with pytest.raises(NotAllowed, match="没有其他批准人"):
        approve.approve(here.desk, first.id, first.version, "wang")


@pytest.mark.parametrize(
    "loss", [{"disabled": True}, {"roles": frozenset({Role.REVIEWER})}], ids=["account", "right"]
)
def test_who_may_approve_no_more_is_not_the_first_of_two(here, loss):
    here.administrator("wang")
    case = chosen_by_hand(here)
    first = approve.approve(here.desk, case.id, case.version, "wang")
    with here.tx() as tx:
        assert awaiting_second(tx) == [first]
        tx.administrators.save(replace(tx.administrators.by(name="wang"), **loss))
        assert awaiting_second(tx) == []
    anew = approve.approve(here.desk, first.id, first.version, "li")
    assert (anew.state, anew.first_approved_by) == (State.QUEUED, "li")


def test_the_same_page_sent_twice_approves_once(here):
    case = chosen_by_hand(here)
    approve.approve(here.desk, case.id, case.version, "wang")
    for who in ("wang", "li"):
        with pytest.raises(Conflict):
            approve.approve(here.desk, case.id, case.version, who)


def held_and_released(here, case):
    case = approve.hold(here.desk, case.id, case.version, "zhao", "电话核实")
    return approve.release(here.desk, case.id, case.version, "zhao")


def test_whatever_changes_the_case_voids_the_first_approval(here):
    case = chosen_by_hand(here)
    first = approve.approve(here.desk, case.id, case.version, "wang")
    changed = held_and_released(here, first)
    assert changed.first_approved_by == ""
    with here.tx() as tx:
        assert awaiting_second(tx) == [], "it waits for a first one again"
    assert approve.approve(here.desk, changed.id, changed.version, "li").state is State.QUEUED
    with here.tx() as tx:
        assert [one.id for one in awaiting_second(tx)] == [case.id]


def test_who_ends_other_locks_than_the_first_approves_first(here):
    case = chosen_by_hand(here)
    first = approve.approve(here.desk, case.id, case.version, "wang")
    other = approve.approve(
        here.desk, first.id, first.version, "li", binding_ids=first.binding_ids[:1]
    )
    assert (other.state, other.first_approved_by) == (State.QUEUED, "li")


def test_a_window_that_closes_leaves_the_first_approval(here):
    case = chosen_by_hand(here)
    approve.approve(here.desk, case.id, case.version, "wang")
    here.clock.at += timedelta(days=1)
    assert roll_over(here.desk) == 1
    moved = here.case(case.id)
    assert (moved.postponed, moved.first_approved_by) == (1, "wang")


def test_a_batch_takes_two_as_well(here):
    with here.tx() as tx:
        account = tx.accounts.get(1)
        tx.accounts.save(replace(account, contact_email="handler1@example.com"))
    case = chosen_by_hand(here)
    [outcome] = approve.approve_batch(here.desk, [(case.id, case.version)], "wang")
    assert (outcome.error, outcome.case.first_approved_by) == (None, "wang")
    [outcome] = approve.approve_batch(here.desk, [(case.id, here.case(case.id).version)], "li")
    assert (outcome.error, outcome.case.state) == (None, State.APPROVED)


def test_a_stranger_who_asks_for_a_new_password_takes_two(here):
    """The registered contact alone needs no second person."""
    with here.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(1), contact_email="handler1@example.com"))
    asking_two_for(here, Risk.STRANGER_RESET)
    contact, forged = here.request(1), here.request(1, authentication="none")
    with here.tx() as tx:
        reasons = [needs.for_two for needs in approval_needs(tx, [contact, forged]).values()]
    assert reasons == [(), ("非登记联系人要求重置密码",)]


@pytest.mark.parametrize(
    ("later", "two"),
    [(timedelta(days=90, seconds=-1), True), (timedelta(days=90), False)],
)
def test_after_a_freeze_requests_take_two_for_a_quarter(here, later, two):
    case = here.request(1)
    with here.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(case.enterprise_id), frozen_at=here.clock.now()))
    account_acts.unfreeze(here.desk, "wang", case.enterprise_id, "已当面核实")
    here.clock.at += later
    with here.tx() as tx:
        assert bool(approval_needs(tx, [case])[case.id].for_two) is two


def test_after_an_objection_what_others_ask_takes_two(here):
    with here.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(1), contact_email="handler1@example.com"))
        tx.audit.write("registered contact", "case.objected", enterprise=1)
    asking_two_for(here, Risk.UNFROZEN)
    contact, forged = here.request(1), here.request(1, authentication="none")
    with here.tx() as tx:
        found = approval_needs(tx, [contact, forged])
    assert [bool(found[one.id].for_two) for one in (contact, forged)] == [False, True]


def test_findings_take_two_where_the_operator_says_so(here):
    case = here.request(1, name="北京另一家建筑有限公司")
    assert any(finding.severity is Severity.REVIEW for finding in case.findings)
    asking_two_for(here, Risk.REVIEW_FINDINGS)
    with here.tx() as tx:
        case = replace(case, enterprise_id=case.enterprise_id or 1)
        needs = approval_needs(tx, [case])[case.id]
    assert "检查结果须审阅" in needs.for_two
