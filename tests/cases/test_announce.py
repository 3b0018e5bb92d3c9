"""Administrators are told once: a digest before the window, and each new alert;
without anybody's name."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from core.cases.decision.approve import approve, hold
from core.cases.desk import Risk
from core.cases.letters.deliver import Sender, deliver
from core.cases.upkeep.announce import PAUSE, Announcing, announce
from core.data.case import State, amend
from core.data.finding import Severity
from core.data.submission import Answer
from core.errors import TemporaryFailure
from tests.validators.builders import (
    NAME,
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

CHIEF = "chief@centre.example.org"
ROBOT = "duty"
BOTH = Announcing((CHIEF,), ways=(ROBOT,))
MINUTE = timedelta(minutes=1)


def told(harness, kind):
    with harness.tx() as tx:
        return [letter for letter in reversed(tx.letters.newest()) if letter.kind.value == kind]


def raised(harness, kind="window.missed", text="有 1 件"):
    with harness.tx() as tx:
        tx.alerts.add(kind, text)


def test_the_digest_counts_what_waits_and_names_nobody(harness):
    harness.register()
    two = {Risk.STRANGER_RESET: 2}
    harness.desk = replace(
        harness.desk, settings=replace(harness.desk.settings, approvals_required=two)
    )
    harness.mail()
    case = harness.case(
        harness.mail(
            complete_submission(message(authentication="none"), form(reset_password=Answer.YES))
        )
    )
    harness.send_letters()
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += 30 * MINUTE
    announce(harness.desk, replace(BOTH, alerts=False))
    letters = told(harness, "digest")
    assert {letter.recipient for letter in letters} == {CHIEF, ROBOT}
    text = letters[0].rendered.text
    for line in (
        "2026年11月25日（星期三）11:00—11:30",
        "待审核 2 件，其中检查结果须审阅的 ",
        "等第二名批准人的 1 件",
        "已批准、待办理 0 件",
        "暂缓（待核实） 0 件",
        "来信待核实 0 封",
        "未处理的提醒 0 项",
    ):
        assert line in text
    assert not any(word in text for word in (NAME, SENDER, case.number, "li", "张三"))


def test_the_digest_counts_the_cases_of_its_window_alone(harness):
    """The other one, of a contact who had time to object, waits for 15:30 of the same day."""
    harness.register()
    hours = (*harness.desk.workdays.hours, (time(15, 30), time(16)))
    workdays = replace(harness.desk.workdays, hours=hours)
    harness.desk = replace(harness.desk, workdays=workdays)
    case = harness.case(harness.mail())
    later = workdays.window_for(harness.clock.now() + timedelta(hours=2))
    with harness.tx() as tx:
        tx.cases.save(amend(case, tx.now, window_opens_at=later.opens_at))
        tx.audit.write("test", "case.noted", case)
    harness.clock.at += 30 * MINUTE
    announce(harness.desk, replace(BOTH, alerts=False))
    assert "待审核 0 件" in told(harness, "digest")[0].rendered.text


def test_the_digest_counts_what_a_closed_window_left_in_the_queue(harness):
    """Nothing moved the case on, such as while the clock is in doubt."""
    harness.register()
    harness.case(harness.mail())
    harness.clock.at += timedelta(days=1, minutes=30)
    announce(harness.desk, replace(BOTH, alerts=False))
    assert "待审核 1 件" in told(harness, "digest")[0].rendered.text


@pytest.mark.parametrize(
    ("after", "count"),
    [(29 * MINUTE, 0), (30 * MINUTE, 1), (59 * MINUTE, 1), (60 * MINUTE, 0), (91 * MINUTE, 0)],
)
def test_the_digest_leaves_once_before_its_window(harness, after, count):
    harness.clock.at += after
    for _ in range(3):
        announce(harness.desk, replace(BOTH, ways=(), alerts=False))
    assert len(told(harness, "digest")) == count


def test_the_next_window_has_its_own(harness):
    settings = Announcing((CHIEF,), alerts=False)
    for _ in range(2):
        harness.clock.at += 30 * MINUTE
        announce(harness.desk, settings)
        harness.clock.at += timedelta(hours=23, minutes=30)
    assert len(told(harness, "digest")) == 2


def test_an_alert_is_told_once_and_what_comes_soon_after_together(harness):
    raised(harness)
    announce(harness.desk, BOTH)
    assert len(told(harness, "alert")) == 2
    raised(harness)  # renewed
    raised(harness, "objection.JB1", f"登记联系人 {SENDER} 对工单 JB1 提出异议")
    raised(harness, "mail.7", "来信 119999199001011234 待阅")
    announce(harness.desk, BOTH)
    assert len(told(harness, "alert")) == 2
    harness.clock.at += PAUSE
    announce(harness.desk, BOTH)
    announce(harness.desk, BOTH)
    assert len(told(harness, "alert")) == 4
    text = told(harness, "alert")[-1].rendered.text
    assert "提出异议" in text
    assert "待阅" in text
    assert "有 1 件" not in text
    assert SENDER not in text
    assert "119999199001011234" not in text


def test_an_alert_that_was_cleared_and_comes_again_is_told_again(harness):
    for _ in range(2):
        raised(harness)
        announce(harness.desk, BOTH)
        with harness.tx() as tx:
            tx.alerts.clear("window.missed")
        harness.clock.at += PAUSE
    assert len(told(harness, "alert")) == 4


class Busy:
    """A way out whose webhook is busy."""

    busy = True

    def send(self, letter):
        if letter.recipient == ROBOT and self.busy:
            raise TemporaryFailure("HTTP 500")

    def forget(self, now):
        pass

    def close(self):
        pass


def test_a_busy_webhook_is_tried_again_and_keeps_no_mail(harness):
    way, sender = Busy(), Sender("support@example.org", "解绑办理台", "https://desk.example.org")
    raised(harness)
    announce(harness.desk, BOTH)
    deliver(harness.desk, way, sender)
    assert {letter.recipient: letter.state.value for letter in told(harness, "alert")} == {
        CHIEF: "sent",
        ROBOT: "pending",
    }
    way.busy = False
    harness.clock.at += 2 * MINUTE
    deliver(harness.desk, way, sender)
    assert {letter.state.value for letter in told(harness, "alert")} == {"sent"}


def test_with_nobody_to_tell_nothing_is_written(harness):
    raised(harness)
    harness.clock.at += 30 * MINUTE
    announce(harness.desk, Announcing())
    assert told(harness, "alert") == told(harness, "digest") == []


def test_the_digest_counts_what_a_person_has_to_judge(harness):
    harness.register(SENDER, password_set=True)
    first = harness.case(harness.mail())
    held = harness.case(harness.mail(complete_submission(message(sender="b@example.com"))))
    hold(harness.desk, held.id, held.version, "li", "核实")
    approve(harness.desk, first.id, harness.again(first).version, "li")
    plain = harness.register("c@example.com", name=OTHER_NAME, uscc=OTHER_USCC, password_set=True)
    papers = documents(parts=[id_front(), licence(enterprise_name=OTHER_NAME, uscc=OTHER_USCC)])
    asks = form(enterprise_names=(OTHER_NAME,))
    doubtful = harness.case(
        harness.mail(complete_submission(message(sender="c@example.com"), asks, papers))
    )
    assert (doubtful.enterprise_id, doubtful.state) == (plain, State.QUEUED)
    assert any(one.severity is Severity.REVIEW for one in doubtful.findings)
    raised(harness)
    harness.clock.at += 30 * MINUTE
    announce(harness.desk, replace(BOTH, alerts=False))
    text = told(harness, "digest")[0].rendered.text
    for line in (
        "待审核 1 件，其中检查结果须审阅的 1 件",
        "已批准、待办理 1 件",
        "暂缓（待核实） 1 件",
    ):
        assert line in text
