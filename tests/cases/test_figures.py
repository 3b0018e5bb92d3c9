"""The figures say what happened, count nothing twice,
and cover what was done before they were counted."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.cases.decision import answering, approve
from core.cases.decision.answering import Answer, Words
from core.cases.decision.reversal import reverse
from core.cases.intake.receive import receive
from core.cases.letters.deliver import Sender, deliver
from core.cases.upkeep.figures import catch_up, note_handled, quantile
from core.cases.window.process import run_window
from core.data.figure import CaseFigure, DurationKind
from core.data.letter import LetterState
from core.data.submission import Mark
from tests.web.harness import Harness, request
from tests.world import Accepting

DAY = date(2026, 11, 25)


@pytest.fixture
def here(tmp_path):
    harness = Harness(tmp_path)
    for seed in (1, 2, 3):
        harness.register(seed)
    yield harness
    harness.store.close()


def counted(here):
    assert catch_up(here.desk, 10_000)
    with here.tx() as tx:
        return tx.figures.days(DAY, DAY), {one.code: one for one in tx.figures.findings(DAY, DAY)}


def test_what_was_complete_at_once_and_completed(here):
    case = here.request(1)
    here.request(2)
    approve.approve(here.desk, case.id, case.version, "wang")
    here.clock.at += timedelta(minutes=65, seconds=50)
    run_window(here.desk)
    [day], _ = counted(here)
    assert (day.received, day.first_try, day.returned, day.completed, day.otherwise) == (
        2,
        2,
        0,
        1,
        0,
    )
    with here.tx() as tx:
        assert tx.figures.durations(DurationKind.COMPLETE_MIN, DAY, DAY) == [(65, 1)]


@pytest.mark.parametrize("minutes", [1, -1])
def test_what_became_complete_later_was_not_so_at_once_though_the_clock_was_set_back(here, minutes):
    first, _ = request(1, here.clock.now())
    here.arrives(
        replace(first, documents=replace(first.documents, parts=first.documents.parts[:2]))
    )
    here.clock.at += timedelta(minutes=minutes)
    second, _ = request(1, here.clock.now())
    here.arrives(
        replace(second, message=replace(second.message, thread_ids=(first.message.message_id,)))
    )
    [day], _ = counted(here)
    assert (day.received, day.first_try, day.returned) == (1, 0, 1)


def test_what_was_returned_and_why_and_overruled(here):
    case = here.request(1)
    returned = answering.give(
        here.desk, case.id, case.version, "wang", Answer.RETURN, Words("请补充公章")
    )
    [day], _ = counted(here)
    assert (day.received, day.returned) == (1, 1)
    answering.give(here.desk, case.id, returned.version, "wang", Answer.ACCEPT, Words("电话核实"))
    [day], _ = counted(here)
    assert day.returned == 1


def test_a_finding_that_people_approve_is_overruled(here):
    case = here.request(1, name="北京另一家建筑有限公司")
    codes = {finding.code for finding in case.findings}
    assert "match.enterprise_name" in codes
    case = approve.choose_account(here.desk, case.id, case.version, "wang", 1)
    first = approve.approve(here.desk, case.id, case.version, "wang")
    approve.approve(here.desk, first.id, first.version, "li")
    _, findings = counted(here)
    assert (
        findings["match.enterprise_name"].told,
        findings["match.enterprise_name"].overruled,
    ) == (1, 1)


def test_nothing_counts_twice(here):
    here.request(1)
    once = counted(here)
    assert counted(here) == once
    here.request(2)
    assert counted(here)[0][0].received == 2


def test_a_long_past_is_counted_by_and_by(here, monkeypatch):
    monkeypatch.setattr("core.cases.upkeep.figures.AT_ONCE", 2)
    for seed in (1, 2, 3):
        here.request(seed)
    steps = 0
    while not catch_up(here.desk, 2):
        steps += 1
    assert steps > 1
    assert counted(here)[0][0].received == 3


def test_seconds_to_the_first_answer(here):
    submission, images = request(1, here.clock.now())
    mail_id = here.stored(b"request")
    here.clock.at += timedelta(seconds=3)  # until it is read
    receive(here.desk, mail_id, submission, images)
    here.clock.at += timedelta(seconds=4)
    deliver(here.desk, Accepting(), Sender("support@example.org", "台", "http://testserver"))
    counted(here)
    with here.tx() as tx:
        assert tx.figures.durations(DurationKind.ANSWER_S, DAY, DAY) == [(7, 1)]


def test_a_notice_to_the_contact_is_no_answer(here):
    submission, images = request(1, here.clock.now())
    by_hand = replace(submission.message, marks=frozenset({Mark.NOT_ADDRESSED}))
    here.arrives(replace(submission, message=by_hand), images)
    deliver(here.desk, Accepting(), Sender("support@example.org", "台", "http://testserver"))
    assert here.letter("contact_notice").state is LetterState.SENT
    counted(here)
    with here.tx() as tx:
        assert tx.figures.durations(DurationKind.ANSWER_S, DAY, DAY) == []


def test_figures_of_any_period_are_those_of_its_cases(here):
    rng, case_ids, kept = random.Random("totals"), [here.request(1).id for _ in range(8)], {}
    with here.tx() as tx:
        for _ in range(60):
            case_id = rng.choice(case_ids)
            day = kept[case_id].day if case_id in kept else DAY - timedelta(days=rng.randrange(100))
            at = here.clock.now()
            kept[case_id] = CaseFigure(
                case_id,
                day,
                at,
                at,
                first_try=rng.random() < 0.5,
                returned=rng.randrange(3),
                outcome=rng.choice(["", "completed", "expired"]),
                answer_s=rng.choice([None, 7, 9000]),
                complete_min=rng.choice([None, 65, 4000]),
            )
            tx.figures.store(kept[case_id])
            since = DAY - timedelta(days=rng.randrange(130))
            until = since + timedelta(days=rng.randrange(120))
            its = [one for one in kept.values() if since <= one.day <= until]
            days = tx.figures.days(since, until)
            assert [one.day for one in days] == sorted({one.day for one in its})
            assert sum(one.received for one in days) == len(its)
            assert sum(one.first_try for one in days) == sum(one.first_try for one in its)
            assert sum(one.returned for one in days) == sum(one.returned > 0 for one in its)
            assert sum(one.completed for one in days) == sum(
                one.outcome == "completed" for one in its
            )
            assert sum(one.otherwise for one in days) == sum(
                one.outcome == "expired" for one in its
            )
            for what in (DurationKind.ANSWER_S, DurationKind.COMPLETE_MIN):
                values = (getattr(one, what.value) for one in its)
                assert tx.figures.durations(what, since, until) == sorted(
                    Counter(value for value in values if value).items()
                )


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([(3, 1)], 0.9, 3),
        ([(1, 5), (2, 4), (9, 1)], 0.5, 1),
        ([(1, 5), (2, 4), (9, 1)], 0.9, 2),
    ],
)
def test_quantiles_of_counted_values(values, share, expected):
    assert quantile(values, share) == expected


def test_how_long_a_case_was_open_before_it_was_decided(here):
    case = here.request(1)
    opened = int(here.clock.now().timestamp())
    here.clock.at += timedelta(seconds=9)
    note_handled(here.desk, case, "wang", opened)
    here.clock.at += timedelta(seconds=6)
    note_handled(here.desk, case, "li", opened + 9)
    # a form without it, a page that stood open over lunch, a browser that says what it likes
    now = int(here.clock.now().timestamp())
    for wrong in (0, opened - 3600, opened + 3600, now - 1801, now + 1):
        note_handled(here.desk, case, "li", wrong)
    counted(here)
    with here.tx() as tx:
        assert tx.figures.durations(DurationKind.HANDLED_S, DAY, DAY) == [(15, 1)]
    for at_the_edge in (now - 1800, now):
        note_handled(here.desk, case, "li", at_the_edge)
    counted(here)
    with here.tx() as tx:
        assert tx.figures.durations(DurationKind.HANDLED_S, DAY, DAY) == [(1815, 1)]
        assert [one.action for one in tx.audit.entries(case.id)].count("case.handled") == 4


def test_acts_on_a_case_that_nobody_saw_opened_count_nowhere(here):
    """Its row is older than the audit that a restored desk has."""
    case = here.request(1)
    with here.tx() as tx:
        case = tx.cases.add(replace(case, id=0, number=""))
    approve.hold(here.desk, case.id, case.version, "wang", "核实")
    assert counted(here)[0][0].received == 1


def test_what_was_taken_back_is_not_completed(here):
    case = here.request(1)
    approve.approve(here.desk, case.id, case.version, "wang")
    here.clock.at += timedelta(minutes=65)
    run_window(here.desk)
    case = here.case(case.id)
    reverse(here.desk, case.id, case.version, "wang", "办错了")
    [day], _ = counted(here)
    with here.tx() as tx:
        assert (
            day.completed,
            day.otherwise,
            tx.figures.durations(DurationKind.COMPLETE_MIN, DAY, DAY),
        ) == (0, 0, [])


def test_what_was_no_request_does_not_count_until_that_is_undone(here):
    first, _ = request(1, here.clock.now())
    papers = replace(first.documents, parts=first.documents.parts[:2])
    case = here.case(here.arrives(replace(first, documents=papers)).case_id)
    before = counted(here)
    assert 1 in {one.returned for one in before[1].values()}
    no_request = (case.id, case.version, "wang", Answer.DISMISS, Words())
    answering.give(here.desk, *no_request)
    days, findings = counted(here)
    assert (days, {one.told for one in findings.values()}) == ([], {0})
    noted = answering.add_note(here.desk, case.id, "wang", "来电询问")
    assert {one.told for one in counted(here)[1].values()} == {0}
    answering.undo(here.desk, case.id, noted.version, "wang")
    assert counted(here) == before
