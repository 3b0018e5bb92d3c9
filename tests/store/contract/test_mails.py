from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from core.data.mail_record import CaseMails, Disposition
from core.store.store import Store
from tests.store.test_store import AT, new_case, new_mail
from tests.validators.builders import complete_submission

LATER = AT + timedelta(days=1)


def test_a_mail_is_kept_once_under_its_key(store):
    with store.transaction() as tx:
        first = tx.mails.add(new_mail())
        assert tx.mails.add(new_mail()) is None
        assert tx.mails.add(new_mail(validity=2)) == first + 1, (
            "another UIDVALIDITY is another mail"
        )
        assert (
            tx.mails.last_uid("box", 1),
            tx.mails.last_uid("box", 9),
            tx.mails.last_uid("other", 1),
        ) == (1, 0, 0)
        assert tx.mails.raw(first) == new_mail().raw


def test_a_group_of_mails_keeps_its_order_and_holds_no_mail_twice(store):
    with store.transaction() as tx:
        tx.mails.add(new_mail(uid=5))
    keys = ((9, 1), (5, 1), (5, 2), (7, 1))
    group = [
        *(
            new_mail(uid=uid, validity=validity, raw=b"%d of %d" % (uid, validity))
            for uid, validity in keys
        ),
        new_mail(9, b"later"),
    ]
    assert store.add_mails(group) == 3
    assert store.add_mails(iter(group)) == store.add_mails([]) == 0
    with store.transaction() as tx:
        kept = sorted(tx.mails.newest(), key=lambda record: record.id)
        assert [(record.uid, record.uidvalidity) for record in kept] == [
            (5, 1),
            (9, 1),
            (5, 2),
            (7, 1),
        ]
        assert [tx.mails.raw(record.id) for record in kept[1:]] == [
            b"9 of 1",
            b"5 of 2",
            b"7 of 1",
        ], "each with its own bytes"


def test_mails_that_two_processes_store_at_once_are_kept_once(store):
    other = Store(store.engine.url, store.vault)
    # each shares mails with the next
    groups = [
        [new_mail(uid=uid, raw=b"%d" % uid) for uid in range(first, first + 4)]
        for first in range(1, 40, 2)
    ]
    with closing(other), ThreadPoolExecutor(2) as both:
        stored = [
            sum(counts)
            for counts in zip(
                *(both.map(one.add_mails, groups) for one in (store, other)), strict=True
            )
        ]
    with store.view() as tx:
        assert sorted(record.uid for record in tx.mails.newest()) == list(range(1, 43))
    assert sum(stored) == 42


def test_a_twin_of_a_mail_is_the_first_of_the_same_bytes_that_is_settled(store):
    store.add_mails([new_mail(uid=uid) for uid in range(1, 40)])
    store.add_mails([new_mail(uid=99, raw=b"other bytes")])
    with store.transaction() as tx:
        ids = sorted(record.id for record in tx.mails.newest() if record.uid != 99)
        assert tx.mails.position(ids[-1]).record == tx.mails.get(ids[-1])
        assert tx.mails.position(ids[-1]).twin is None, "none of them is settled"
        for mail_id, disposition in (
            (ids[30], Disposition.CASE),
            (ids[1], Disposition.QUARANTINED),
            (ids[7], Disposition.CASE),
            (ids[5], Disposition.OTHER),
        ):
            tx.mails.save(replace(tx.mails.get(mail_id), disposition=disposition))
        assert [
            tx.mails.position(mail_id).twin for mail_id in (ids[0], ids[38], ids[7], ids[5])
        ] == [ids[5], ids[5], ids[5], ids[7]], "itself is none"
        assert tx.mails.position(ids[-1] + 1).twin is None, "of other bytes"
        with pytest.raises(LookupError):
            tx.mails.position(ids[-1] + 2)


def test_uids_of_32_bits_are_kept(store):
    with store.transaction() as tx:
        tx.mails.add(new_mail(uid=2**32 - 1, validity=2**32 - 1))
        assert tx.mails.last_uid("box", 2**32 - 1) == 2**32 - 1


def test_a_mail_has_its_turn_when_no_earlier_one_of_its_sender_waits(store):
    with store.transaction() as tx:
        ids = [
            tx.mails.add(
                replace(
                    new_mail(uid),
                    sender=sender,
                    vouched=vouched,
                    arrived=AT + timedelta(minutes=minutes),
                )
            )
            for uid, (sender, vouched, minutes) in enumerate(
                [
                    ("a@example.com", True, 1),
                    ("a@example.com", True, 0),
                    ("a@example.com", False, 9),
                    ("b@example.org", True, 9),
                    ("", True, 1),
                    ("", True, 2),
                ],
                1,
            )
        ]
        assert [tx.mails.position(mail_id).has_its_turn for mail_id in ids] == [
            False,
            True,
            True,
            True,
            True,
            True,
        ], "who is not vouched for is somebody else"
        tx.mails.save(replace(tx.mails.get(ids[1]), disposition=Disposition.OTHER))
        assert tx.mails.position(ids[0]).has_its_turn


def judged(tx, uid, **changes):
    """A mail that is no longer RECEIVED."""
    record = replace(
        tx.mails.get(tx.mails.add(new_mail(uid))), disposition=Disposition.OTHER, **changes
    )
    tx.mails.save(record)
    return tx.mails.get(record.id)


def test_mails_of_a_case_come_in_order_of_arrival_and_all_others_newest_first(store):
    with store.transaction() as tx:
        case = tx.cases.add(new_case())
        first, second, third = (
            judged(tx, uid, case_id=case.id if uid < 3 else None) for uid in (1, 2, 3)
        )
        waiting = tx.mails.get(tx.mails.add(new_mail(4)))
        assert tx.mails.newest() == [waiting, third, second, first]
        assert tx.mails.newest(disposition=Disposition.OTHER, limit=1, before=third.id) == [second]
        assert tx.mails.of_case(case.id) == [first, second]
        assert tx.mails.of_case(case.id, limit=1) == [second], "its newest"


def test_the_mails_of_cases_are_counted_by_what_a_person_has_to_do(store):
    with store.transaction() as tx:
        cases = [tx.cases.add(new_case()).id for _ in range(3)]
        judged(tx, 1, case_id=cases[0], unread=True)
        tx.mails.save(
            replace(
                judged(tx, 2, case_id=cases[0]), disposition=Disposition.CASE, authentication="none"
            )
        )
        tx.mails.save(
            replace(
                judged(tx, 3, case_id=cases[1]), disposition=Disposition.CASE, authentication="pass"
            )
        )
        assert tx.mails.summaries(map(tx.cases.get, cases)) == {
            cases[0]: CaseMails(1, 1),
            cases[1]: CaseMails(0, 0),
            cases[2]: CaseMails(),
        }
        assert tx.mails.summaries([]) == {}


def test_settled_and_removed_mails_are_not_asked_for_again(store):
    with store.transaction() as tx:
        for uid in (3, 1, 2):
            tx.mails.add(new_mail(uid))
        assert tx.mails.known_uids("box", 1) == {1, 2, 3}
        assert [mail.uid for mail in tx.mails.unsettled("box", 2)] == [1, 2]
        tx.mails.set_columns([mail.id for mail in tx.mails.unsettled("box", 2)], settled=True)
        assert [mail.uid for mail in tx.mails.unsettled("box", 2)] == [3]
        tx.mails.purge([1, 2])
        assert [mail.id for mail in tx.mails.purged_in_box("box", 10)] == [1, 2]
        tx.mails.set_columns([1], removed=True)
        assert [mail.id for mail in tx.mails.purged_in_box("box", 10)] == [2]
        assert tx.mails.purged_in_box("other", 10) == []


def test_pictures_are_shared_out_among_the_halves_of_a_mail(store):
    with store.transaction() as tx:
        first, second = (judged(tx, uid) for uid in (1, 2))
        tx.images.save(first.id, {"a": b"1", "b": b"2", "c": b"3"})
        tx.images.assign(first.id, {"a", "b"})
        tx.images.assign(second.id, {"b", "c", "", "unknown"})
        tx.mails.purge([first.id])
        assert [tx.images.by_sha256(sha) for sha in "abc"] == [None, b"2", b"3"]


def test_a_purged_mail_keeps_its_key_and_nothing_else(store):
    with store.transaction() as tx:
        kept, purged = (
            judged(tx, uid, sender="a@example.com", subject="words", message_id=f"<{uid}@x>")
            for uid in (1, 2)
        )
        for record, pages in ((kept, {"shared": b"1"}), (purged, {"shared": b"1", "own": b"2"})):
            tx.mails.save(record, complete_submission())
            tx.images.save(record.id, pages)
        tx.mails.purge([purged.id])
        record = tx.mails.get(purged.id)
        assert (record.uid, record.sha256, record.purged_at) == (2, purged.sha256, AT)
        assert (record.sender, record.subject, record.message_id, tx.mails.reading(record.id)) == (
            "",
            "",
            "",
            None,
        )
        assert (tx.images.by_sha256("own"), tx.images.by_sha256("shared")) == (None, b"1"), (
            "another mail shows it too"
        )
        with pytest.raises(LookupError):
            tx.mails.raw(record.id)
        assert [mail.id for mail in tx.mails.oldest(after=0, limit=10, purged_at=None)] == [kept.id]
        assert tx.mails.oldest(after=kept.id, limit=10, purged_at=None) == []


def test_a_mail_is_due_to_be_purged_when_it_is_judged_old_and_of_no_case_that_is_kept(store):
    with store.transaction() as tx:
        kept, ended = tx.cases.add(new_case()), tx.cases.add(new_case(purged_at=AT))
        tx.mails.add(new_mail(1))
        judged(tx, 2, case_id=kept.id)
        due = [judged(tx, 3, case_id=ended.id), judged(tx, 4)]
        assert tx.mails.to_purge(LATER, 10) == due
        assert tx.mails.to_purge(LATER, 1) == due[:1]
        assert tx.mails.to_purge(AT, 10) == [], "not before then"


def test_a_mail_that_is_not_there_is_a_lookup_error_and_what_it_may_lack_is_none(store):
    with store.transaction() as tx:
        mail_id = tx.mails.add(new_mail())
        assert tx.mails.reading(mail_id) is tx.images.by_sha256("nothing") is None
        for read in (tx.mails.get, tx.mails.raw):
            with pytest.raises(LookupError):
                read(mail_id + 1)
