"""Reconciliation: each discrepancy is told in one alert, which goes when all is well again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.cases.accounts import account_acts
from core.cases.decision.approve import approve
from core.cases.upkeep.reconcile import reconcile
from core.cases.window.process import run_window
from core.data.case import State
from core.data.mail_record import NewMail
from core.data.submission import Answer, Mark
from core.store.tables.case_tables import letters
from core.store.tables.desk_tables import audit
from core.store.tables.enterprise_tables import bindings
from tests.validators.builders import (
    NO_DOCUMENTS,
    SENDER,
    complete_submission,
    form,
    message,
)
from tests.world import decline


@pytest.fixture
def done(harness):
    """A case that was carried out, with its letters sent."""
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += timedelta(hours=1, minutes=5)
    assert run_window(harness.desk).completed == [case.number]
    harness.all_sent()
    assert reconcile(harness.desk) == []
    return harness.again(case)


def test_a_desk_in_order_has_nothing_to_tell(harness):
    harness.mail()
    harness.mail(
        complete_submission(message(marks=[Mark.NOT_ADDRESSED], sender="hand@example.com"))
    )
    harness.all_sent()
    assert reconcile(harness.desk) == []


def test_a_case_that_nobody_answers_by_hand_is_told_with_what_may_cause_it(harness):
    """An alias that mailbox.aliases lacks: no enterprise that writes to it gets a letter."""
    case = harness.case(harness.mail(complete_submission(message(marks=[Mark.NOT_ADDRESSED]))))
    harness.clock.at += timedelta(hours=1, minutes=1)
    [found] = reconcile(harness.desk)
    assert case.number in found
    assert "mailbox.aliases" in found


def test_a_mail_nobody_judged_is_told(harness):
    with harness.tx() as tx:
        tx.mails.add(NewMail("box", 1, 9, harness.clock.now(), 1, b"x"))
    assert reconcile(harness.desk) == []
    harness.clock.at += timedelta(hours=1, minutes=1)
    assert "仍未处理" in reconcile(harness.desk)[0]
    assert [*harness.alerts()] == ["reconcile"]


def test_mails_nobody_judged_are_all_counted_though_one_sent_them(harness):
    with harness.tx() as tx:
        for uid in range(1, 13):
            tx.mails.add(
                NewMail(
                    "box", 1, uid, harness.clock.now(), 1, b"%d" % uid, sender="flood@example.com"
                )
            )
    harness.clock.at += timedelta(hours=1, minutes=1)
    assert "等 12 件" in reconcile(harness.desk)[0]


@pytest.mark.parametrize(("number", "counted"), [(10, ""), (11, " 等 11 件")])
def test_ten_of_many_are_named_and_all_are_counted(harness, number, counted):
    with harness.tx() as tx:
        ids = [
            tx.mails.add(
                NewMail("box", 1, uid, harness.clock.now(), 1, b"x", sender=f"{uid}@example.com")
            )
            for uid in range(1, number + 1)
        ]
    harness.clock.at += timedelta(hours=1, minutes=1)
    assert reconcile(harness.desk) == [
        f"邮件 {'、'.join(map(str, ids[:10]))}{counted} 已到达超过一小时仍未处理"
    ]


def test_a_letter_that_does_not_leave_is_told_until_it_did(harness):
    harness.mail()
    harness.clock.at += timedelta(hours=1)
    assert reconcile(harness.desk) == []
    harness.clock.at += timedelta(seconds=1)
    assert "未发出，最早的自 11-25 10:00 起待发" in reconcile(harness.desk)[0]
    harness.all_sent()
    assert reconcile(harness.desk) == []
    assert harness.alerts() == {}


def test_a_case_without_any_letter_is_told(harness):
    case = harness.case(harness.mail())
    with harness.tx() as tx:
        tx.connection.execute(letters.delete())
    assert reconcile(harness.desk) == [f"工单 {case.number} 没有任何回执"]


def test_what_waits_for_a_person_has_no_letter_and_no_alert(harness):
    doubtful = form(perhaps=True, unbind=Answer.UNREAD, reset_password=Answer.MISSING)
    record = harness.mail(complete_submission(message(attachments=()), doubtful, NO_DOCUMENTS))
    assert (harness.case(record).state, harness.letters()) == (State.HELD, [])
    assert reconcile(harness.desk) == []


def test_an_approved_case_behind_its_window_is_told(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    harness.all_sent()
    harness.clock.at += timedelta(days=1)
    assert reconcile(harness.desk) == ["有 1 件已批准的工单停留在已关闭的窗口"]


def test_a_case_that_ended_without_the_letter_that_says_so_is_told(harness, done):
    other = harness.case(harness.mail(complete_submission(message(sender="other@example.com"))))
    decline(harness.desk, other.id, other.version, "li", "材料不符")
    harness.all_sent()
    assert reconcile(harness.desk) == []
    with harness.tx() as tx:
        tx.connection.execute(letters.delete().where(letters.c.kind.in_(["completed", "declined"])))
    assert reconcile(harness.desk) == [
        f"工单 {done.number}、{other.number} 已结束，但没有告知结果的回执"
    ]


def test_a_reset_without_its_link_is_told(harness, done):
    with harness.tx() as tx:
        reset = replace(done, reset_password=True, version=done.version + 1)
        tx.cases.save(reset)
    assert reconcile(harness.desk) == [f"工单 {done.number} 已结束，但没有告知结果的回执"]


def test_a_case_that_was_carried_out_with_its_lock_still_bound_is_told_unless_it_was_restored(
    harness, done
):
    account_acts.restore_binding(harness.desk, "li", done.binding_ids[0], "误操作")
    harness.all_sent()
    harness.clock.at += timedelta(days=6)
    assert reconcile(harness.desk) == []
    with harness.tx() as tx:
        tx.connection.execute(update(bindings).values(ended_at=None, ended_by_case=None))
    assert reconcile(harness.desk) == [f"工单 {done.number} 标为已办理，但其锁仍处于绑定状态"]


def test_a_case_that_was_carried_out_without_an_audit_row_is_told(harness, done):
    with harness.tx() as tx:
        tx.connection.execute(audit.delete().where(audit.c.action == "case.completed"))
    audit_told, told = reconcile(harness.desk)
    assert "不衔接" in audit_told
    assert told == f"工单 {done.number} 标为已办理，但没有办理记录"


def test_locks_that_were_ended_by_a_case_that_was_not_carried_out_are_told(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    harness.all_sent()
    with harness.tx() as tx:
        tx.bindings.end(case.binding_ids, case.id)
    assert reconcile(harness.desk) == [
        f"工单 {case.number} 并未办理完毕，却已解除了锁的绑定，请立即核实"
    ]


@pytest.mark.parametrize(("later", "told"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_what_ended_a_week_ago_is_no_longer_looked_at(harness, done, later, told):
    with harness.tx() as tx:
        tx.connection.execute(letters.delete().where(letters.c.kind == "completed"))
    harness.clock.at = done.changed_at + timedelta(days=7) + later
    assert bool(reconcile(harness.desk)) is told
