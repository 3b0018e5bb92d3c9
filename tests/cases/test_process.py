"""The window: once each, inside the deadline, and what is left over moves
on (RULES.md section 2)."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from core.accounts.tries import count_try
from core.cases.decision.approve import approve, hold
from core.cases.window.process import _postpone, _process, expire, roll_over, run_window
from core.data.case import State, amend
from core.data.documents import PartKind
from core.data.link import LinkPurpose
from core.data.submission import Answer
from core.data.tries import LoginSource, enterprise_account
from core.errors import Conflict, StoreError
from tests.validators.builders import NAME, SENDER, complete_submission, form, message, without
from tests.world import CONTACT

HOUR = timedelta(hours=1)


@pytest.fixture
def approved(harness):
    harness.enterprise_id = harness.register(contact=SENDER)
    with harness.tx() as tx:
        for _ in range(5):
            count_try(
                tx,
                5,
                enterprise_account(NAME),
                LoginSource("192.0.2.1"),
            )
    case = harness.case(harness.mail(complete_submission(request=form(reset_password=Answer.YES))))
    return approve(harness.desk, case.id, case.version, "li")


def test_nothing_is_carried_out_before_the_window_opens(harness, approved):
    harness.clock.at += timedelta(minutes=59, seconds=59)
    assert run_window(harness.desk).completed == []
    harness.clock.at += timedelta(seconds=1)
    assert run_window(harness.desk).completed == [approved.number]


def test_carrying_out_ends_the_bindings_opens_the_login_and_sends_the_letters(harness, approved):
    harness.clock.at += HOUR
    run_window(harness.desk)
    assert harness.enterprise(harness.enterprise_id)[1] == []
    with harness.tx() as tx:
        tx.now = harness.clock.now() - HOUR
        assert tx.tries.closed_until(enterprise_account(NAME)) is None
        ended = tx.bindings.of_enterprise(harness.enterprise_id, ended=True)
        assert {b.ended_by_case for b in ended} == {approved.id}
        assert tx.cases.get(approved.id).state is State.COMPLETED
    assert harness.letters(approved) == ["received", "completed", "reset_link"]
    reset = harness.letter("reset_link")
    assert reset.recipient == SENDER
    assert reset.link_id
    assert "[[link]]" in reset.rendered.text
    assert "case.completed" in harness.actions(approved)


def test_a_second_run_does_nothing_twice(harness, approved):
    harness.clock.at += HOUR
    run_window(harness.desk)
    assert run_window(harness.desk).completed == []
    assert harness.letters(approved).count("completed") == 1


def test_the_reset_link_goes_to_the_registered_contact_only(harness):
    harness.register()
    case = harness.case(harness.mail(complete_submission(request=form(reset_password=Answer.YES))))
    harness.send_letters()
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += HOUR
    run_window(harness.desk)
    assert harness.letter("reset_link").recipient == CONTACT
    assert harness.letter("completed").recipient == SENDER
    assert harness.letter("completed").link_id is None


def test_the_deadline_is_checked_before_each_case(harness, approved):
    other = harness.case(
        harness.mail(
            complete_submission(
                request=form(
                    enterprise_names=("北京另一家测试有限公司",), reset_password=Answer.YES
                )
            )
        )
    )
    with harness.tx() as tx:
        tx.cases.save(
            replace(
                other,
                version=other.version + 1,
                state=State.APPROVED,
                enterprise_id=harness.enterprise_id,
                binding_ids=(),
            )
        )
    harness.clock.at += HOUR + timedelta(minutes=28, seconds=45)

    class TickingClock:
        def __init__(self, clock):
            self.clock = clock

        def now(self):
            self.clock.at += timedelta(seconds=20)
            return self.clock.at

    harness.desk.store.clock = TickingClock(harness.clock)
    report = run_window(harness.desk)
    assert (len(report.completed), report.left) == (1, 1)


class FailingLetters:
    """Writes every letter but those of one case."""

    def __init__(self, letters, case, error):
        self.letters, self.number, self.error = letters, case.number, error

    def render(self, kind, facts):
        if facts.case_number == self.number:
            raise self.error
        return self.letters.render(kind, facts)


def test_a_case_that_fails_is_set_aside_and_the_next_one_goes_on(harness, approved):
    broken = harness.case(
        harness.mail(
            complete_submission(
                request=form(
                    enterprise_names=("北京坏账号测试有限公司",), reset_password=Answer.YES
                )
            )
        )
    )
    with harness.tx() as tx:
        tx.cases.save(
            replace(
                broken,
                version=broken.version + 1,
                state=State.APPROVED,
                enterprise_id=harness.enterprise_id,
                binding_ids=(),
            )
        )

    harness.clock.at += HOUR
    report = run_window(
        replace(
            harness.desk,
            letters=FailingLetters(harness.desk.letters, broken, RuntimeError("template")),
        )
    )
    assert (report.completed, report.failed) == ([approved.number], [broken.number])
    with harness.tx() as tx:
        assert tx.cases.get(broken.id).state is State.HELD
        assert [alert.kind for alert in tx.alerts.find()] == [f"case.{broken.number}"]


def test_what_was_not_approved_by_half_past_eleven_moves_on_and_is_told_once(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    harness.clock.at += HOUR + timedelta(minutes=30)
    assert roll_over(harness.desk) == 1
    harness.clock.at += timedelta(days=1)
    assert roll_over(harness.desk) == 1
    assert roll_over(harness.desk) == 0
    with harness.tx() as tx:
        assert tx.cases.get(case.id).window_date == date(2026, 11, 27)
        assert tx.alerts.find() == []
    assert harness.letters(case) == ["received", "postponed"]
    assert "2026年11月26日" in harness.letter("postponed").rendered.text


def test_down_for_the_whole_window_everything_moves_on_with_an_alert(harness, approved):
    harness.clock.at += timedelta(hours=8)
    roll_over(harness.desk)
    with harness.tx() as tx:
        moved = tx.cases.get(approved.id)
        assert (moved.state, moved.window_date) == (State.APPROVED, date(2026, 11, 26))
        assert [alert.kind for alert in tx.alerts.find()] == ["window.missed"]
    harness.clock.at += timedelta(hours=17, minutes=5)
    roll_over(harness.desk)
    assert run_window(harness.desk).completed == [approved.number]


@pytest.fixture
def twice_a_day(harness):
    """The desk with a second window from 15:30 to 16:00."""
    hours = (*harness.desk.workdays.hours, (time(15, 30), time(16, 0)))
    return replace(harness.desk, workdays=replace(harness.desk.workdays, hours=hours))


def test_of_two_windows_a_day_the_later_carries_out_what_came_after_the_first(harness, twice_a_day):
    harness.register(contact=SENDER)
    harness.clock.at += 2 * HOUR
    case = harness.case(harness.mail(complete_submission()))
    approve(twice_a_day, case.id, case.version, "li")
    assert run_window(twice_a_day).window is None
    harness.clock.at += timedelta(hours=3, minutes=30)
    assert roll_over(twice_a_day) == 0, "15:30 is the window that the case waits for"
    assert run_window(twice_a_day).completed == [case.number]
    assert "postponed" not in harness.letters(case)


def test_an_approved_case_of_the_later_window_is_not_carried_out_in_the_first(
    harness, approved, twice_a_day
):
    later = twice_a_day.workdays.window_for(harness.clock.now() + 2 * HOUR)
    with harness.tx() as tx:
        promised = amend(approved, tx.now, window_opens_at=later.opens_at)
        tx.write_case("desk", "case.postponed", promised)
    harness.clock.at += timedelta(hours=1, minutes=10)
    assert run_window(twice_a_day).completed == []
    harness.clock.at = later.opens_at
    assert run_window(twice_a_day).completed == [approved.number]


def test_a_missed_first_window_is_reported_though_the_second_carries_out(
    harness, approved, twice_a_day
):
    """Down from 10:00 to 15:35: who was promised 11:00 is told, and so are administrators."""
    harness.clock.at += timedelta(hours=5, minutes=35)
    assert roll_over(twice_a_day) == 1
    assert run_window(twice_a_day).completed == [approved.number]
    assert [*harness.letters(approved)][1:3] == ["postponed", "completed"]
    assert "15:30—16:00" in harness.letter("postponed").rendered.text
    with harness.tx() as tx:
        [alert] = tx.alerts.find()
    assert alert.kind == "window.missed"
    assert "有 1 件" in alert.text


def test_what_waits_unapproved_behind_the_first_window_moves_to_the_second(harness, twice_a_day):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    harness.clock.at += timedelta(hours=1, minutes=30)
    assert roll_over(twice_a_day) == 1
    assert roll_over(twice_a_day) == 0
    assert "15:30—16:00" in harness.letter("postponed").rendered.text
    with harness.tx() as tx:
        moved = tx.cases.get(case.id)
    assert (moved.window_date, moved.postponed) == (case.window_date, 1)


def test_a_kill_while_cases_move_on_loses_no_alert(harness, approved):
    class Killed(BaseException):
        """As a kill -9 between two commits: nothing behind it runs."""

    class KilledAtLetters:
        def render(self, kind, facts):
            raise Killed

    harness.clock.at += timedelta(hours=8)
    with pytest.raises(Killed):
        roll_over(replace(harness.desk, letters=KilledAtLetters()))
    assert [*harness.alerts()] == ["window.missed"]
    assert roll_over(harness.desk) == 1


def test_up_again_at_twenty_past_eleven_it_works_until_half_past(harness, approved):
    harness.clock.at += HOUR + timedelta(minutes=20)
    roll_over(harness.desk)
    assert run_window(harness.desk).completed == [approved.number]


def test_only_narrowed_bindings_are_ended(harness, approved):
    with harness.tx() as tx:
        case = tx.cases.get(approved.id)
        tx.cases.save(replace(case, version=case.version + 1, binding_ids=case.binding_ids[1:]))
    harness.clock.at += HOUR
    run_window(harness.desk)
    assert [b.primary for b in harness.enterprise(harness.enterprise_id)[1]] == [True]


def test_a_reset_link_of_before_is_void_after_an_unbinding(harness, approved):
    with harness.tx() as tx:
        old = tx.links.add(
            LinkPurpose.RESET,
            harness.enterprise_id,
            None,
            harness.clock.now() + timedelta(days=9),
        )
    harness.clock.at += HOUR
    run_window(harness.desk)
    with harness.tx() as tx:
        assert tx.links.by_token(tx.links.token(old.id)).voided_at


def test_a_second_case_of_the_window_that_ends_nothing_leaves_the_first_ones_link(
    harness, approved
):
    other = harness.case(harness.mail(complete_submission(message(sender="agent@example.net"))))
    harness.all_sent()
    other = harness.again(other)
    approve(harness.desk, other.id, other.version, "li", binding_ids=other.binding_ids)
    harness.clock.at += HOUR
    assert run_window(harness.desk).completed == [approved.number, other.number]
    letter = harness.letter("reset_link")
    with harness.tx() as tx:
        link = tx.links.get(letter.link_id)
    assert link.is_usable(harness.clock.now())


def test_an_incomplete_case_nobody_answers_expires_after_thirty_days_with_a_letter(harness):
    case = harness.case(harness.mail(complete_submission(documents=without(PartKind.LICENCE))))
    harness.clock.at += timedelta(days=29, hours=23)
    assert expire(harness.desk) == 0
    harness.clock.at += timedelta(hours=2)
    assert expire(harness.desk) == 1
    with harness.tx() as tx:
        assert tx.cases.get(case.id).state is State.EXPIRED
    assert harness.letters(case) == ["returned", "expired"]
    assert "营业执照" in harness.letter("expired").rendered.text


@pytest.mark.parametrize(
    ("error", "alerted"),
    [(RuntimeError("template"), True), (Conflict("changed at this moment"), False)],
)
def test_a_case_that_cannot_be_moved_on_stops_neither_the_others_nor_the_window(
    harness, approved, error, alerted
):
    stuck = harness.case(
        harness.mail(
            complete_submission(request=form(enterprise_names=("北京坏账号测试有限公司",)))
        )
    )
    other = harness.case(
        harness.mail(
            complete_submission(request=form(enterprise_names=("北京另一家测试有限公司",)))
        )
    )

    harness.clock.at += timedelta(days=1, hours=1, minutes=5)
    desk = replace(harness.desk, letters=FailingLetters(harness.desk.letters, stuck, error))
    assert roll_over(desk) == 2, "the approved one and the other, not the one that failed"
    assert run_window(desk).completed == [approved.number]
    with harness.tx() as tx:
        assert (tx.cases.get(stuck.id).window_date, tx.cases.get(other.id).window_date) == (
            date(2026, 11, 25),
            date(2026, 11, 26),
        )
        assert (f"case.stuck.{stuck.id}" in [alert.kind for alert in tx.alerts.find()]) is alerted


def test_an_approval_is_not_carried_out_on_an_account_that_was_frozen_since(harness, approved):
    with harness.tx() as tx:
        tx.accounts.save(
            replace(tx.accounts.get(harness.enterprise_id), frozen_at=harness.clock.now())
        )
    harness.clock.at += HOUR
    assert run_window(harness.desk).failed == [approved.number]
    with harness.tx() as tx:
        assert tx.cases.get(approved.id).state is State.HELD
        assert "异议" in tx.cases.get(approved.id).reason
    assert len(harness.enterprise(harness.enterprise_id)[1]) == 2, "nothing was unbound"


def test_a_case_answered_while_the_idle_ones_are_ended_is_not_ended(harness):
    case = harness.case(harness.mail(complete_submission(documents=without(PartKind.LICENCE))))
    harness.clock.at += timedelta(days=31)
    with harness.tx() as tx:
        idle = tx.cases.unchanged(State.INCOMPLETE, harness.clock.now())
    harness.mail(complete_submission(documents=without(PartKind.LICENCE)))

    class StaleStore:
        step = harness.desk.store.step
        clock = harness.clock

        @contextmanager
        def look(self, kind):
            with harness.desk.store.look(kind) as tx:
                tx.cases.unchanged = lambda _state, _since: idle
                yield tx

    expire(replace(harness.desk, store=StaleStore()))
    with harness.tx() as tx:
        assert tx.cases.get(case.id).state is State.INCOMPLETE


def test_trouble_of_the_database_leaves_everything_approved(harness, approved):
    harness.clock.at += HOUR
    letters = FailingLetters(harness.desk.letters, approved, StoreError("locked"))
    desk = replace(harness.desk, letters=letters)
    with pytest.raises(StoreError):
        run_window(desk)
    assert harness.again(approved) == approved
    harness.clock.at += HOUR
    with pytest.raises(StoreError):
        roll_over(desk)
    assert harness.again(approved) == approved
    assert list(harness.alerts()) == ["window.missed"]


def test_a_case_that_somebody_changes_at_this_moment_did_not_fail(harness, approved):
    harness.clock.at += HOUR
    letters = FailingLetters(harness.desk.letters, approved, Conflict("changed"))
    report = run_window(replace(harness.desk, letters=letters))
    assert (report.completed, report.failed, report.left) == ([], [], 0)
    assert harness.again(approved) == approved


def test_what_is_no_longer_approved_is_not_carried_out(harness, approved):
    held = hold(harness.desk, approved.id, approved.version, "wang", "核实")
    with harness.tx() as tx:
        assert _process(tx, held, {}, "desk") is None
    assert harness.again(approved) == held


def by_hand(harness, case):
    """The same case as one whose headers forbid a letter."""
    case = replace(harness.again(case), by_hand=True)
    case = replace(case, version=case.version + 1)
    with harness.tx() as tx:
        tx.cases.save(case)
    return case


def test_a_case_that_may_not_be_answered_is_carried_out_and_the_contact_gets_its_link(
    harness, approved
):
    by_hand(harness, approved)
    harness.clock.at += HOUR
    run_window(harness.desk)
    assert harness.letters(approved) == ["received", "reset_link"]


def test_a_case_that_may_not_be_answered_moves_on_without_a_letter(harness, approved):
    by_hand(harness, approved)
    harness.clock.at += 2 * HOUR
    assert roll_over(harness.desk) == 1
    assert harness.letters(approved) == ["received"]
    lacking = complete_submission(
        message(sender="other@example.com"), documents=without(PartKind.LICENCE)
    )
    other = harness.case(harness.mail(lacking))
    by_hand(harness, other)
    harness.clock.at += timedelta(days=31)
    assert expire(harness.desk) == 1
    assert "expired" not in harness.letters(other)


@pytest.mark.parametrize("state", [State.HELD, State.QUEUED])
def test_what_was_set_aside_or_moved_meanwhile_is_not_postponed(harness, approved, state):
    if state is State.HELD:
        case = hold(harness.desk, approved.id, approved.version, "wang", "核实")
    else:
        harness.clock.at += 2 * HOUR
        roll_over(harness.desk)
        case = harness.again(approved)
    assert not _postpone(harness.desk, case.id)
    assert harness.again(case) == case
