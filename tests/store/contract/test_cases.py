import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter

from core.data.case import OPEN, Case, State, Step, advance, amend, undoable
from core.data.case_query import CaseQuery, Only
from core.data.enterprise import Binding
from core.data.finding import Finding, Severity
from core.data.letter import LetterKind
from core.errors import Conflict
from core.store.repositories.store_rows import given
from core.store.tables.case_tables import cases
from tests.store.contract.test_letters import letter
from tests.store.test_store import AT, new_case, new_mail
from tests.unaudited import unaudited
from tests.validators.builders import NAME, enterprise


def test_case_numbers_count_by_day_and_are_never_drawn_twice(store):
    with store.transaction() as tx:
        numbers = [tx.cases.add(new_case()).number for _ in range(3)]
    assert numbers == ["JB20261125-0001", "JB20261125-0002", "JB20261125-0003"]


def test_the_enterprises_of_a_contact_that_somebody_asks_for(store):
    lately = AT - timedelta(days=14)
    with store.transaction() as tx:
        its = {"contact_email": "Agent@example.org"}
        ids = [
            tx.accounts.add(
                enterprise(id=0, name=f"京南第{one}公司", uscc=f"9111999900000{one:05}", **its)
            )
            for one in range(5)
        ]
        states = State.INCOMPLETE, State.COMPLETED, State.WITHDRAWN, State.COMPLETED
        for enterprise_id, state in zip(ids, states, strict=False):
            at = AT - timedelta(days=20) * (enterprise_id == ids[3])
            tx.cases.add(new_case(enterprise_id=enterprise_id, state=state, changed_at=at))
        assert tx.cases.enterprises_of_contact("agent@example.org", lately) == ids[:2]
        assert tx.cases.enterprises_of_contact("", lately) == []


def test_a_case_is_written_only_on_the_version_it_was_read_at(store):
    with store.transaction() as tx:
        case = tx.cases.add(new_case())
        tx.cases.save(advance(case, Step.HOLD, AT, reason="x"))
    with pytest.raises(Conflict), store.transaction() as tx:
        tx.cases.save(advance(case, Step.APPROVE, AT))


def test_cases_are_found_by_thread_name_code_and_window(store):
    with store.transaction() as tx:
        case = tx.cases.add(new_case(window_opens_at=AT))
        mail_id = tx.mails.add(new_mail())
        tx.mails.save(
            replace(tx.mails.get(mail_id), message_id="<Thread@Example.com>", case_id=case.id)
        )
        assert [c.id for c in tx.cases.of_thread(["<nothing@x>", "<thread@example.com>"], "")] == [
            case.id
        ]
        assert [c.id for c in tx.cases.open_naming(None, " 北京堃泰镕喆工程有限公司 ", None)] == [
            case.id
        ]
        assert [c.id for c in tx.cases.open_naming(None, None, "91119999MA0000001X")] == [case.id]
        assert tx.cases.open_naming(None, "北京", None) == []
        assert tx.cases.opening_before(State.QUEUED, AT + timedelta(hours=1)) == [case.id]
        assert tx.cases.by(number=case.number) == case


def test_a_case_of_before_migration_0002_is_read_and_overdue(store):
    with store.transaction() as tx:
        case = tx.cases.add(new_case(window_opens_at=AT))
        before = replace(case, window_opens_at=None)
        ended = undoable(before, advance(case, Step.HOLD, AT), until=AT, letter_id=None)
        sealed = TypeAdapter(Case).dump_python(ended, mode="json")
        for known in (sealed, sealed["undo"]):
            known["window_date"], known["provisional_window"] = "2026-11-25", False
            for later in ("window_opens_at", "merged_into", "joined", "owner", "tag", "answered"):
                known.pop(later, None)
        whole = tx.vault.seal(json.dumps(sealed).encode(), "cases.sealed", case.id)
        tx.connection.execute(cases.update().values(sealed=whole))
        assert tx.cases.get(case.id) == ended, "the migration wrote its window beside it"
        assert tx.cases.opening_before(State.QUEUED, AT) == []
        assert tx.cases.opening_before(State.QUEUED, AT + timedelta(days=1)) == [case.id]


def test_lists_filter_by_what_a_case_is_now(store):
    stranger = (Finding("sender.unregistered", Severity.NOTE),)
    with store.transaction() as tx:
        settled = {
            "enterprise_id": tx.accounts.add(enterprise()),
            "unbind": True,
            "reset_password": False,
        }
        plain = tx.cases.add(new_case(**settled))
        by_hand = tx.cases.add(new_case(**settled, by_hand=True))
        strange = tx.cases.add(new_case(**settled, findings=stranger))
        doubtful = tx.cases.add(
            new_case(**settled, findings=(Finding("match.seal", Severity.REVIEW),))
        )
        tx.audit.write("desk", "case.opened")

    def listed(tx):
        asked = (
            CaseQuery(by_hand=True),
            CaseQuery(only=[Only.STRANGER]),
            CaseQuery(only=[Only.CHECKED]),
        )
        return [[case.id for case in tx.cases.find(query)] for query in asked]

    with store.transaction() as tx:
        assert listed(tx) == [[by_hand.id], [strange.id], [plain.id, by_hand.id]]
        tx.cases.save(amend(plain, AT, findings=stranger, by_hand=True))
        tx.cases.save(amend(doubtful, AT, findings=()))
        tx.cases.save(amend(strange, AT, findings=(), objected_at=AT))
        assert listed(tx) == [[plain.id, by_hand.id], [plain.id], [by_hand.id, doubtful.id]]
        tx.audit.write("desk", "case.opened")


def test_rivals_are_all_that_do_not_show_it_and_the_first_that_do(store):
    shown = (Finding("case.competing", Severity.REVIEW),)
    with store.transaction() as tx:
        kept = [
            tx.cases.add(
                new_case(sender=f"{name}@example.com", findings=shown if name < "d" else ())
            ).id
            for name in "abcdef"
        ]
        tx.cases.add(new_case(state=State.COMPLETED))
        tx.cases.add(new_case(enterprise_name="北京另一家有限公司", uscc=None))
        tx.audit.write("desk", "cases.opened")

        def rivals(**but):
            return [kept.index(case.id) for case in tx.cases.rivals(None, NAME, None, 2, **but)]

        assert rivals() == [0, 1, 3, 4, 5]
        assert rivals(of=kept[0], but_from="D@example.com") == [1, 2, 4, 5]
        assert rivals(but_from="") == [0, 1, 3, 4, 5]
        assert tx.cases.rivals(None, None, None, 2) == []
        assert [
            case.id
            for case in tx.cases.oldest(sender="C@example.com", enterprise_name=NAME, state=OPEN)
        ] == [kept[2]]
        assert tx.cases.oldest(sender="c@example.com", enterprise_name="北京", state=OPEN) == []


def test_a_case_gets_its_own_id_and_number_whatever_it_came_with(store):
    with store.transaction() as tx:
        case = tx.cases.add(new_case(id=77, number="JB0"))
        assert (case.id, case.number) == (1, "JB20261125-0001")
        assert tx.cases.get(1) == tx.cases.by(number=case.number) == case
        assert tx.cases.by(number="JB0") is None
        with pytest.raises(LookupError):
            tx.cases.get(77)


def test_cases_are_listed_by_window_then_the_longest_wait_first_and_counted(store):
    """Two windows of one day are two: what waits for the second comes after all of the first."""
    second, first = (datetime(2026, 11, 26, hour, tzinfo=UTC) for hour in (7, 3))
    day = first.date()
    places = (second, first, first, first + timedelta(days=1))
    with store.transaction() as tx:
        later, older, newer, last = (
            tx.cases.add(new_case(window_opens_at=at, opened_at=AT + timedelta(hours=n)))
            for n, at in enumerate(places)
        )
        held = tx.cases.add(new_case(state=State.HELD))
        assert tx.cases.find() == [older, newer, later, last, held]
        assert tx.cases.find(CaseQuery(beyond=newer)) == [later, last, held]
        assert tx.cases.count_by_window(State.QUEUED) == {first: 2, second: 1, places[3]: 1}
        assert tx.cases.find(CaseQuery((State.QUEUED,), day, limit=1)) == [older]
        assert tx.cases.opening_before(State.QUEUED, second) == [older.id, newer.id]
        assert tx.cases.count() == {State.QUEUED: 4, State.HELD: 1}


def test_idle_ended_and_purgeable_cases_are_found_by_when_they_last_changed(store):
    hour = timedelta(hours=1)
    with store.transaction() as tx:
        idle = tx.cases.add(new_case(state=State.INCOMPLETE))
        ended = [
            tx.cases.add(new_case(state=State.DECLINED, changed_at=AT + n * hour)) for n in range(2)
        ]
        tx.cases.add(new_case(state=State.DECLINED, purged_at=AT))
        found = [tx.cases.unchanged(State.INCOMPLETE, since) for since in (AT, AT + hour)]
        assert found == [[], [idle.id]]
        assert tx.cases.ended_since(AT + hour) == ended[1:]
        assert tx.cases.unchanged(State.DECLINED, AT + hour) == [ended[0].id], (
            "the third was purged"
        )


def test_what_a_case_should_have_led_to_and_did_not_is_found(store):
    with store.transaction() as tx:
        answered, unanswered = tx.cases.add(new_case()), tx.cases.add(new_case())
        by_hand = tx.cases.add(new_case(by_hand=True))
        tx.letters.add(letter(kind=LetterKind.RECEIVED, case_id=answered.id))
        assert tx.cases.without_letter() == [unanswered, by_hand]
        locks = [
            tx.bindings.add(Binding(0, tx.accounts.add(enterprise()), "SN", "BJCA", True, "s", AT))
        ]
        tx.bindings.end(locks, unanswered.id)
        assert tx.cases.unfinished_that_ended_locks() == [unanswered.number]


def test_cases_are_listed_by_owner_and_tag(store):
    with store.transaction() as tx:
        mine, _ = (tx.cases.add(replace(new_case(), owner=one, tag="急")) for one in ("li", ""))
        assert [case.id for case in tx.cases.find(CaseQuery(owner="li", tag="急"))] == [mine.id]
        assert len(tx.cases.find(CaseQuery(tag="急"))) == 2
        assert tx.cases.find(CaseQuery(owner="wang")) == []


def test_records_are_found_by_values_of_their_columns(store):
    with unaudited(store) as tx:
        first, second, third = (
            tx.cases.add(new_case(sender=sender, state=state))
            for sender, state in (
                ("a@example.com", State.QUEUED),
                ("a@example.com", State.HELD),
                ("", State.HELD),
            )
        )
        assert tx.cases.oldest(sender="A@example.com") == [first, second], "by its digest"
        assert tx.cases.oldest(sender="") == [], "an empty value is nobody's"
        assert tx.cases.newest(state=[State.HELD, State.DECLINED]) == [third, second]
        assert tx.cases.newest(state=()) == []
        assert tx.cases.oldest(enterprise_id=None, after=first.id, limit=1) == [second]
        assert tx.cases.ids(state=State.HELD) == [second.id, third.id]
        assert tx.cases.last(sender="a@example.com") == second
        assert (tx.cases.by(number=third.number), tx.cases.by(number="JB0")) == (third, None)
        with pytest.raises(KeyError, match="nothing"):
            tx.cases.by(nothing=1)


def test_columns_are_set_and_rows_removed_only_of_what_is_named(store):
    with store.transaction() as tx:
        ids = [tx.mails.add(new_mail(uid, bytes([uid]))) for uid in (1, 2, 3)]
        tx.mails.set_columns(ids[:2], settled=True)
        tx.mails.set_columns([], settled=True)
        assert [mail.settled for mail in tx.mails.oldest()] == [True, True, False]
        for kind in ("a.1", "a.2"):
            tx.alerts.add(kind, "text")
        tx.alerts.remove(kind="a.1")
        assert [alert.kind for alert in tx.alerts.find()] == ["a.2"]


def test_a_search_leaves_out_what_it_does_not_name():
    assert given(actor="", case_id=None, state=(), action="x", version=0) == {
        "action": "x",
        "version": 0,
    }
