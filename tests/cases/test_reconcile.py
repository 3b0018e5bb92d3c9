"""Reconciliation: each discrepancy is told in one alert, which goes when all is well again."""

from dataclasses import replace
from datetime import timedelta

from core.cases.approve import approve
from core.cases.letter import LetterState
from core.cases.mail_record import NewMail
from core.cases.reconcile import reconcile
from core.cases.submission import Mark
from tests.validators.builders import SENDER, complete_submission, message


def alerts(room):
    with room.tx() as tx:
        return [alert.kind for alert in tx.alerts()]


def sent(room):
    with room.tx() as tx:
        for letter in tx.letters():
            tx.save_letter(replace(letter, state=LetterState.SENT))


def test_a_desk_in_order_has_nothing_to_tell(room):
    room.mail()
    room.mail(complete_submission(message(marks=[Mark.NOT_ADDRESSED], sender="hand@example.com")))
    sent(room)
    assert reconcile(room.desk) == []


def test_a_mail_nobody_judged_is_told(room):
    with room.tx() as tx:
        tx.add_mail(NewMail("box", 1, 9, room.clock.now(), 1, b"x"))
    assert reconcile(room.desk) == []
    room.clock.at += timedelta(hours=1, minutes=1)
    assert "仍未处理" in reconcile(room.desk)[0]
    assert alerts(room) == ["reconcile"]


def test_a_letter_that_does_not_leave_is_told_until_it_did(room):
    room.mail()
    room.clock.at += timedelta(hours=1, minutes=1)
    assert "未发出" in reconcile(room.desk)[0]
    sent(room)
    assert reconcile(room.desk) == []
    assert alerts(room) == []


def test_a_case_without_any_letter_is_told(room):
    case = room.case(room.mail())
    from core.adapters.tables import letters

    with room.tx() as tx:
        tx.connection.execute(letters.delete())
    assert reconcile(room.desk) == [f"工单 {case.number} 没有任何回执"]


def test_an_approved_case_behind_its_window_is_told(room):
    room.register(contact=SENDER)
    case = room.case(room.mail())
    approve(room.desk, case.id, case.version, "li")
    sent(room)
    room.clock.at += timedelta(days=1)
    assert reconcile(room.desk) == ["有 1 件已批准的工单停留在已关闭的窗口"]
