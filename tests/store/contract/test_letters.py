import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from core.data.letter import Lane, Letter, LetterKind, LetterState, Limit, Rendered
from tests.store.test_store import AT, new_case

ONE, OTHER = "one@example.com", "other@example.org"
HOUR = timedelta(hours=1)
NUMBERS = itertools.count()


def letter(recipient=ONE, kind=LetterKind.RETURNED, **changes):
    return replace(
        Letter(
            0,
            kind,
            recipient,
            Rendered("subject", "text", "html"),
            f"<Letter.{next(NUMBERS)}@example.com>",
            AT,
        ),
        **changes,
    )


def kept(tx, **changes):
    return tx.letters.by_id(tx.letters.add(letter(**changes)))


def test_a_letter_is_kept_with_the_id_it_is_given(store):
    with store.transaction() as tx:
        written = letter()
        first = tx.letters.by_id(tx.letters.add(written))
        assert first == replace(written, id=first.id)
        tx.letters.save(replace(first, state=LetterState.SENT))
        assert tx.letters.by_id(first.id).state is LetterState.SENT
        assert tx.letters.by_id(first.id + 1) is None
        assert tx.letters.by_message_id(["<nothing@x>", first.message_id.upper()]).id == first.id
        assert tx.letters.by_message_id([]) is None


def test_letters_are_listed_newest_first(store):
    with store.transaction() as tx:
        case = tx.cases.add(new_case())
        first, second, third = (
            kept(tx, case_id=case.id),
            kept(tx, state=LetterState.PARKED),
            kept(tx, created_at=AT + HOUR, case_id=case.id),
        )
        assert tx.letters.newest() == [third, second, first]
        assert tx.letters.newest(limit=1) == [third]
        assert tx.letters.newest(case_id=case.id) == [third, first]
        assert tx.letters.newest(state=[LetterState.PARKED]) == [second]
        assert tx.letters.kinds_by_case(AT) == {(case.id, LetterKind.RETURNED)}


def test_a_letter_is_due_when_its_time_has_come(store):
    with store.transaction() as tx:
        later = kept(tx, next_try_at=AT + HOUR)
        kept(tx, state=LetterState.SENT)
        assert tx.letters.next_due() is None
        now = kept(tx)
        assert tx.letters.next_due() == now
        tx.letters.save(replace(now, state=LetterState.SENT))
        tx.now = AT + HOUR
        assert tx.letters.next_due() == later
        tx.now = AT - 24 * HOUR
        assert tx.letters.next_due() == later, "the clock was a day ahead when it was written"


def test_an_address_has_bounced_when_a_letter_to_it_came_back_for_good(store):
    with store.transaction() as tx:
        kept(tx, bounced="temporary")
        assert not tx.letters.bounced_among([ONE])
        older, newest = kept(tx, bounced="permanent"), kept(tx, bounced="permanent")
        assert older != newest == tx.letters.last(recipient=ONE.upper(), bounced="permanent")
        assert tx.letters.bounced_among([ONE, OTHER, ""]) == {ONE}
        assert tx.letters.last(recipient=OTHER, bounced="permanent") is None


def test_letters_are_counted_by_kind_and_recipient_but_not_those_that_do_not_leave(store):
    with store.transaction() as tx:
        case = tx.cases.add(new_case())
        for changes in (
            {},
            {"recipient": OTHER},
            {"state": LetterState.PARKED},
            {"kind": LetterKind.RECEIVED},
        ):
            kept(tx, created_at=AT + HOUR, case_id=case.id, **changes)
        of_kind = [LetterKind.RETURNED]
        assert [
            tx.letters.count_since(AT, of_kind, most, recipient)
            for most, recipient in ((9, None), (1, None), (9, ONE))
        ] == [2, 1, 1]
        assert tx.letters.count_since(AT + HOUR, of_kind, 9) == 0
        assert tx.letters.was_written(case.id, LetterKind.RETURNED, OTHER, AT)
        assert not tx.letters.was_written(case.id, LetterKind.RETURNED, OTHER, AT + HOUR)
        assert not tx.letters.was_written(case.id, LetterKind.RECEIVED, OTHER, AT)


def test_waiting_letters_leave_as_the_limits_of_their_lane_allow(store):
    with store.transaction() as tx:
        waiting = {"state": LetterState.WAITING, "lane": Lane.PROVED}
        first, second = kept(tx, **waiting), kept(tx, **waiting)
        other = kept(tx, recipient=OTHER, **waiting)
        assert tx.letters.waiting_to(ONE, None) == [
            (first.id, None, Lane.PROVED),
            (second.id, None, Lane.PROVED),
        ]
        assert [tx.letters.count_waiting(most) for most in (9, 2)] == [3, 2]

        def leave(per_hour, per_recipient_day):
            return tx.letters.next_waiting(Lane.PROVED, Limit(per_hour, per_recipient_day, 100))

        assert leave(9, 9) == [first, other, second], "who had least comes first"
        assert leave(2, 9) == [first, other]
        assert leave(9, 1) == [first, other]
        kept(tx, lane=Lane.PROVED, admitted_at=AT)
        assert leave(2, 9) == [other], "one of the hour is used, by the first recipient"


@pytest.mark.parametrize(
    ("day", "before", "left"), [(4, 0, 2), (4, 1, 1), (4, 2, 0), (20, 0, 10), (1, 0, 1)]
)
def test_of_a_recipients_day_an_origin_leaves_others_a_share(store, day, before, left):
    with store.transaction() as tx:
        waits = {"lane": Lane.NOTICE, "state": LetterState.WAITING}
        for _ in range(before):
            kept(tx, lane=Lane.NOTICE, origin="rival.example", admitted_at=AT)
        rivals = [kept(tx, origin="rival.example", **waits) for _ in range(day)]
        honest = [kept(tx, origin="handler@qq.com", **waits)][: day - before - left]
        limit = Limit(100, day, 100, leaves_a_share=True)
        assert tx.letters.next_waiting(Lane.NOTICE, limit) == rivals[:left] + honest


def test_letters_are_due_to_be_purged_unless_their_case_is_kept_or_they_were_purged(store):
    with store.transaction() as tx:
        sent = {"state": LetterState.SENT}
        kept(tx, case_id=tx.cases.add(new_case()).id, **sent)
        kept(tx, recipient="removed", **sent)
        kept(tx)
        due = [kept(tx, case_id=tx.cases.add(new_case(purged_at=AT)).id, **sent), kept(tx, **sent)]
        assert tx.letters.to_purge(AT + HOUR, [LetterState.SENT], "removed", 10) == due
        assert tx.letters.to_purge(AT, [LetterState.SENT], "removed", 10) == []


def test_a_rejection_is_noted_unless_one_was_since_then(store):
    with store.transaction() as tx:
        assert tx.letters.note_rejection("key", AT)
        assert tx.letters.note_rejection("other", AT - HOUR)
        assert not tx.letters.note_rejection("key", AT - HOUR)
        tx.now = AT + HOUR
        assert tx.letters.note_rejection("key", AT)
        assert not tx.letters.note_rejection("key", AT)
        tx.letters.drop_rejection_keys(AT + 2 * HOUR)
        assert tx.letters.note_rejection("key", AT)
