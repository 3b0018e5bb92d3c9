"""What an administrator may do, with exact versions;
and what is refused, with what to do about it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.cases.decision import answering
from core.cases.decision.approve import (
    CONTRADICTED,
    approve,
    approve_batch,
    choose_account,
    hold,
    release,
    settle_request,
)
from core.cases.desk import Risk
from core.cases.window.process import run_window
from core.data.case import Contacted, ContactedBy, State
from core.data.documents import PartKind
from core.data.enterprise import Binding
from core.data.letter import LetterKind, LetterState
from core.data.submission import Answer
from core.errors import Conflict, IllegalTransition, NotAllowed
from tests.validators.builders import SENDER, complete_submission, form, without
from tests.world import CONTACT, decline


@pytest.fixture
def queued(harness):
    harness.enterprise_id = harness.register(contact=SENDER, password_set=True)
    return harness.case(harness.mail())


def test_approval_names_who_and_waits_for_its_window(harness, queued):
    case = approve(harness.desk, queued.id, queued.version, "li")
    assert (case.state, case.approved_by, case.window_date) == (
        State.APPROVED,
        "li",
        date(2026, 11, 25),
    )


def test_approved_after_the_window_waits_for_the_next_workday(harness, queued):
    harness.clock.at += timedelta(hours=2)
    assert approve(harness.desk, queued.id, queued.version, "li").window_date == date(2026, 11, 26)


def test_an_approval_after_the_window_tells_the_enterprise_that_it_moved(harness, queued):
    harness.clock.at += timedelta(hours=2)
    case = approve(harness.desk, queued.id, queued.version, "li")
    assert harness.letters(case) == ["received", "postponed"]
    assert case.postponed == 1


def test_a_case_that_changed_is_refused_with_what_changed(harness, queued):
    hold(harness.desk, queued.id, queued.version, "wang", "电话核实")
    with pytest.raises(Conflict) as refused:
        approve(harness.desk, queued.id, queued.version, "li")
    assert any(change.endswith("wang：暂缓") for change in refused.value.changes)


def test_a_batch_approves_what_it_can_and_tells_the_rest(harness, queued):
    outcomes = approve_batch(
        harness.desk, [(queued.id, queued.version), (queued.id, queued.version)], "li"
    )
    assert [o.error for o in outcomes] == [None], "the same case twice in a form is one case"
    again = approve_batch(harness.desk, [(queued.id, queued.version)], "li")
    assert isinstance(again[0].error, Conflict)


def test_an_unknown_account_must_be_chosen_first(harness):
    case = harness.case(harness.mail())
    with pytest.raises(NotAllowed, match="选定账号"):
        approve(harness.desk, case.id, case.version, "li")
    enterprise_id = harness.register()
    chosen = choose_account(harness.desk, case.id, case.version, "li", enterprise_id)
    assert len(chosen.binding_ids) == 2
    harness.send_letters()
    first = approve(harness.desk, chosen.id, chosen.version, "li")
    assert approve(harness.desk, first.id, first.version, "wang").state is State.APPROVED


def test_a_doubtful_request_must_be_settled_first(harness):
    harness.register(contact=SENDER)
    case = harness.case(
        harness.mail(complete_submission(request=form(reset_password=Answer.UNREAD)))
    )
    with pytest.raises(NotAllowed, match="请先填写"):
        approve(harness.desk, case.id, case.version, "li")
    settled = settle_request(
        harness.desk, case.id, case.version, "li", unbind=True, reset_password=False
    )
    assert approve(harness.desk, settled.id, settled.version, "li").reset_password is False


def test_the_bindings_can_be_narrowed_to_the_enterprises_own(harness, queued):
    seen, one = (queued.id, queued.version, "li"), queued.binding_ids[:1]
    with pytest.raises(NotAllowed, match="不是该企业当前绑定的锁"):
        approve(harness.desk, *seen, binding_ids=[999])
    assert approve(harness.desk, *seen, binding_ids=one).binding_ids == one


def test_a_lock_bound_since_the_listing_is_never_ended_unseen(harness, queued):
    with harness.tx() as tx:
        later = harness.clock.now() + timedelta(seconds=1)
        tx.bindings.add(
            Binding(
                0,
                harness.enterprise_id,
                "SN-new",
                "BJCA",
                primary=False,
                system="综合交易系统",
                bound_at=later,
            )
        )
    with pytest.raises(Conflict, match="绑定情况已有变化"):
        approve(harness.desk, queued.id, queued.version, "li")


def test_a_lock_ended_since_the_listing_is_shown_before_approval(harness, queued):
    with harness.tx() as tx:
        tx.now = datetime(2026, 11, 25, tzinfo=UTC)
        tx.bindings.end(queued.binding_ids[:1], queued.id)
    with pytest.raises(Conflict):
        approve(harness.desk, queued.id, queued.version, "li")


def test_an_incomplete_case_cannot_be_approved(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail(complete_submission(documents=without(PartKind.LICENCE))))
    with pytest.raises(NotAllowed):
        approve(harness.desk, case.id, case.version, "li")


def test_declining_needs_a_reason_and_tells_it(harness, queued):
    with pytest.raises(NotAllowed, match="理由"):
        decline(harness.desk, queued.id, queued.version, "li", "  ")
    assert (
        decline(harness.desk, queued.id, queued.version, "li", "营业执照与企业不符").state
        is State.DECLINED
    )
    assert "营业执照与企业不符" in harness.letter("declined").rendered.text


def test_holding_is_not_told_to_the_enterprise_and_release_puts_it_back(harness, queued):
    held = hold(harness.desk, queued.id, queued.version, "li", "疑似他人冒用")
    harness.clock.at += timedelta(days=1)
    released = release(harness.desk, held.id, held.version, "li")
    assert (released.state, released.window_date) == (State.QUEUED, date(2026, 11, 26))
    assert harness.letters(queued) == ["received"]


def test_a_held_case_that_lacks_something_goes_back_to_the_enterprise(harness):
    case = harness.case(harness.mail(complete_submission(documents=without(PartKind.LICENCE))))
    held = hold(harness.desk, case.id, case.version, "li", "核实")
    assert release(harness.desk, held.id, held.version, "li").state is State.INCOMPLETE


def test_withdrawing_ends_the_case_with_a_letter(harness, queued):
    assert (
        answering.give(
            harness.desk,
            queued.id,
            queued.version,
            "li",
            answering.Answer.WITHDRAW,
            answering.Words("企业来电撤回"),
        ).state
        is State.WITHDRAWN
    )
    assert harness.letters(queued)[-1] == "withdrawn"


def test_an_ended_case_takes_no_further_act(harness, queued):
    ended = decline(harness.desk, queued.id, queued.version, "li", "不符")
    with pytest.raises((NotAllowed, IllegalTransition)):
        hold(harness.desk, ended.id, ended.version, "li", "核实")


def test_a_frozen_account_is_not_touched(harness, queued):
    with harness.tx() as tx:
        tx.accounts.save(
            replace(tx.accounts.get(harness.enterprise_id), frozen_at=harness.clock.now())
        )
    with pytest.raises(NotAllowed, match="冻结"):
        approve(harness.desk, queued.id, queued.version, "li")


def test_the_contact_of_an_account_that_an_administrator_chose_is_told(harness):
    case = harness.case(
        harness.mail(
            complete_submission(
                request=form(enterprise_names=("北京堃泰镕喆工程公司",)),
                documents=without(PartKind.LICENCE),
            )
        )
    )
    chosen = choose_account(harness.desk, case.id, case.version, "li", harness.register())
    assert harness.letters(case) == ["returned", "contact_notice"]
    notice = harness.letter("contact_notice")
    assert (notice.recipient, notice.link_id is not None) == (CONTACT, True)
    assert "张*" in notice.rendered.text, "the handler is named, masked"
    choose_account(harness.desk, case.id, chosen.version, "li", chosen.enterprise_id)
    assert harness.letters(case).count("contact_notice") == 1


def notice_as(harness, **changes):
    """The notice to the registered contact as it may be by then."""
    with harness.tx() as tx:
        notice = next(
            letter for letter in tx.letters.newest() if letter.kind is LetterKind.CONTACT_NOTICE
        )
        tx.letters.save(replace(notice, **changes))


def reached(harness, by=ContactedBy.TELEPHONE, whom="王会计", note=""):
    return Contacted(by, whom, note, harness.clock.now(), "li")


@pytest.mark.parametrize("state", [LetterState.WAITING, LetterState.PENDING])
def test_no_approval_while_the_notice_to_the_contact_has_not_left(harness, state):
    harness.register()
    case = harness.case(harness.mail())
    notice_as(harness, state=state)
    with pytest.raises(NotAllowed, match="核对通知"):
        approve(harness.desk, case.id, case.version, "li", reached(harness))
    notice_as(harness, state=LetterState.SENT)
    assert approve(harness.desk, case.id, case.version, "li").state is State.APPROVED


@pytest.mark.parametrize(
    "changes",
    [
        {"state": LetterState.PARKED},
        {"state": LetterState.CANCELLED},
        {"state": LetterState.SENT, "bounced": "permanent"},
    ],
)
def test_where_the_notice_was_refused_an_approval_says_how_the_enterprise_was_asked(
    harness, changes
):
    harness.register()
    case = harness.case(harness.mail())
    notice_as(harness, **changes)
    with pytest.raises(NotAllowed, match="核实方式"):
        approve(harness.desk, case.id, case.version, "li")
    approve(harness.desk, case.id, case.version, "li", reached(harness))
    with harness.tx() as tx:
        [entry] = [entry for entry in tx.audit.entries(case.id) if entry.action == "case.approved"]
    assert "登记电话" in entry.detail["detail"]


def without_password(harness, **changes):
    """A case for unbinding alone, of an account that never had a password."""
    harness.register(contact=SENDER, **{"password_set": False} | changes)
    return harness.case(harness.mail())


def test_an_imported_account_gets_its_link_with_the_approval(harness):
    case = without_password(harness)
    assert (case.unbind, case.reset_password) == (True, False)
    approved = approve(harness.desk, case.id, case.version, "li", with_reset=True)
    assert (approved.state, approved.reset_password) == (State.APPROVED, True)
    with harness.tx() as tx:
        done = {entry.action for entry in tx.audit.entries(case.id)}
    assert {"case.request_settled", "case.approved"} <= done
    harness.clock.at += timedelta(hours=1)
    run_window(harness.desk)
    assert harness.again(case).state is State.COMPLETED
    assert "reset_link" in harness.letters()


def test_a_link_with_the_approval_needs_an_account_without_password(harness):
    case = without_password(harness, password_set=True)
    with pytest.raises(NotAllowed, match="已有密码"):
        approve(harness.desk, case.id, case.version, "li", with_reset=True)
    assert harness.again(case) == case


def test_a_strangers_case_with_the_link_is_a_strangers_reset(harness):
    settings = replace(harness.desk.settings, approvals_required={Risk.STRANGER_RESET: 2})
    object.__setattr__(harness.desk, "settings", settings)
    harness.register(password_set=False)
    case = harness.case(harness.mail())
    harness.send_letters()
    first = approve(harness.desk, case.id, case.version, "li", with_reset=True)
    assert (first.state, first.first_approved_by) == (State.QUEUED, "li")
    assert first.reset_password


@pytest.mark.parametrize("unbind", [False, None])
def test_a_link_with_the_approval_needs_an_unbinding(harness, unbind):
    case = without_password(harness)
    with harness.tx() as tx:
        tx.cases.save(replace(case, unbind=unbind, version=case.version + 1))
    with pytest.raises(NotAllowed, match="不解绑"):
        approve(harness.desk, case.id, case.version + 1, "li", with_reset=True)


def test_a_link_with_the_approval_needs_an_account(harness):
    case = harness.case(harness.mail())
    with pytest.raises(NotAllowed, match="无需发送"):
        approve(harness.desk, case.id, case.version, "li", with_reset=True)


def test_an_unbinding_names_a_lock_where_one_is_bound(harness, queued):
    with pytest.raises(NotAllowed, match="没有选定要解除的锁"):
        approve(harness.desk, queued.id, queued.version, "li", binding_ids=[])


def test_an_unbinding_of_an_account_without_locks_is_approved(harness):
    harness.register(contact=SENDER, password_set=True, locks=0)
    case = harness.case(harness.mail())
    assert case.unbind
    assert approve(harness.desk, case.id, case.version, "li").state is State.APPROVED


def test_a_lock_bound_as_the_case_changed_was_seen(harness, queued):
    fresh = Binding(0, harness.enterprise_id, "SN-new", "BJCA", False, "系统", queued.changed_at)
    with harness.tx() as tx:
        tx.bindings.add(fresh)
    assert approve(harness.desk, queued.id, queued.version, "li").state is State.APPROVED


@pytest.mark.parametrize(("reset", "notices"), [(False, 1), (True, 2)])
def test_the_contact_is_notified_of_another_request_alone(harness, reset, notices):
    harness.register()
    case = harness.case(harness.mail())
    harness.send_letters()
    settle_request(harness.desk, case.id, case.version, "li", True, reset)
    assert harness.letters(case).count("contact_notice") == notices


def test_a_request_is_settled_before_its_account_is_known(harness):
    case = harness.case(harness.mail(complete_submission(request=form(unbind=Answer.UNREAD))))
    settled = settle_request(harness.desk, case.id, case.version, "li", False, True)
    assert (settled.unbind, settled.reset_password, settled.binding_ids) == (False, True, ())
    assert "contact_notice" not in harness.letters()
    assert [one.parameters for one in settled.findings if one.variant == CONTRADICTED] == [
        {"fields": ("reset_password",)}
    ]
    back = settle_request(harness.desk, case.id, settled.version, "li", True, False)
    assert [one for one in back.findings if one.variant == CONTRADICTED] == []
