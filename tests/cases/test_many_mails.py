"""Many mails of one case, and mails of the same bytes that are read at the same
time (RULES.md section 3)."""

from datetime import timedelta

from core.cases.intake.receive import quarantine, receive, receive_duplicate
from core.cases.intake.request_case import submission_of
from core.cases.letters.words import text_of
from core.data.case import State
from core.data.finding import Severity
from core.data.mail_record import Disposition, NewMail
from core.data.submission import Answer
from tests.cases.submissions import answer_to
from tests.validators.builders import (
    NAME,
    attachment,
    complete_submission,
    form,
    message,
)


def test_of_a_flood_the_first_mail_and_the_newest_are_read_as_one_and_that_is_said(
    harness, monkeypatch
):
    monkeypatch.setattr("core.cases.intake.request_case.MOST_MERGED", 3)
    case = harness.case(harness.mail())
    for number in range(3):
        harness.clock.at += timedelta(minutes=1)
        harness.mail(
            complete_submission(
                message([attachment(f"{number}.pdf")], **answer_to(harness.letter("received"))),
                form(enterprise_names=()),
            )
        )
    assert any(
        "来信过多，只合并阅读了第一封和最近的来信，共 3 封" in text_of(f)
        for f in harness.again(case).findings
    )
    assert harness.again(case).enterprise_name == NAME, "the first mail says it"
    with harness.tx() as tx:
        assert [m.arrived for m in tx.mails.of_case(case.id, limit=2)] == [
            harness.clock.now() - timedelta(minutes=1),
            harness.clock.now(),
        ]
        read = submission_of(tx, case).message.attachments
        assert [file.name for file in read] == ["材料.pdf", "1.pdf", "2.pdf"]


def test_of_a_flood_nothing_is_called_missing(harness, monkeypatch):
    """It may be in the mails between, which are not read."""
    monkeypatch.setattr("core.cases.intake.request_case.MOST_MERGED", 3)
    case = harness.case(harness.mail(complete_submission(request=form(unbind=Answer.MISSING))))
    for number in range(2):
        harness.mail(
            complete_submission(message([attachment(f"{number}.pdf")]), form(unbind=Answer.MISSING))
        )
    assert harness.again(case).state is State.INCOMPLETE
    harness.mail(complete_submission(message([attachment("3.pdf")]), form(unbind=Answer.MISSING)))
    assert harness.again(case).state is State.QUEUED
    assert {
        f.severity
        for f in harness.again(case).findings
        if f.code in {"request.unbind.missing", "case.changed"}
    } == {Severity.REVIEW}


def test_two_mails_of_the_same_bytes_that_are_read_at_the_same_time_are_one(harness):
    """Neither had its disposition when its reading began:
    two workers, or one that was interrupted."""
    raw, submission = b"the same bytes", complete_submission()
    with harness.tx() as tx:
        first, second = (
            tx.mails.add(NewMail("box", 1, uid, harness.clock.now(), len(raw), raw))
            for uid in (71, 72)
        )
    assert receive(harness.desk, second, submission, {}) is Disposition.CASE
    assert receive(harness.desk, first, submission, {}) is Disposition.DUPLICATE
    assert harness.letters() == ["received"]


def test_a_mail_that_another_worker_read_is_neither_set_aside_nor_taken_for_a_duplicate(harness):
    record = harness.mail()
    quarantine(harness.desk, record.id, "读取时出错")
    receive_duplicate(harness.desk, record, record)
    with harness.tx() as tx:
        assert tx.mails.get(record.id) == record
        assert tx.alerts.find() == []
