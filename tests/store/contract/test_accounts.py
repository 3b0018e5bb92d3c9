from dataclasses import replace
from datetime import timedelta

import pytest

from core.data.contact import ContactChange
from core.data.enterprise import Binding
from core.data.link import LinkPurpose
from core.errors import Conflict
from tests.store.test_store import AT, new_case
from tests.validators.builders import NAME, OTHER_NAME, OTHER_USCC, SENDER, USCC, enterprise

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def two_enterprises(tx):
    return tx.accounts.add(enterprise()), tx.accounts.add(
        enterprise(name=OTHER_NAME, uscc=OTHER_USCC)
    )


def bound(tx, enterprise_id, serial="SN", *, primary=True, **changes):
    binding = Binding(0, enterprise_id, serial, "BJCA", primary, "s", AT, **changes)
    return replace(binding, id=tx.bindings.add(binding))


def test_a_lock_is_active_at_one_enterprise_only_and_one_is_primary(store):
    with store.transaction() as tx:
        one = tx.accounts.add(enterprise())
        two = tx.accounts.add(enterprise(name=OTHER_NAME, uscc=OTHER_USCC))
        first = tx.bindings.add(Binding(0, one, "SN", "BJCA", True, "s", AT))
    for other in (
        Binding(0, two, "SN", "BJCA", True, "s", AT),
        Binding(0, one, "SN2", "BJCA", True, "s", AT),
    ):
        with pytest.raises(Conflict), store.transaction() as tx:
            tx.bindings.add(other)
    with store.transaction() as tx:
        case = tx.cases.add(new_case())
        assert [lock.id for lock in tx.bindings.end([first], case.id)] == [first]
        assert tx.bindings.end([first], case.id) == [], "ended once"
        tx.bindings.add(Binding(0, two, "SN", "BJCA", True, "s", AT))


def test_an_enterprise_is_found_by_id_code_and_folded_name(store):
    with store.transaction() as tx:
        one, two = two_enterprises(tx)
        assert tx.accounts.get(one) == enterprise(id=one)
        assert tx.accounts.by_uscc(USCC.lower()).id == tx.accounts.by_name(f" {NAME} ").id == one
        assert tx.accounts.by_uscc("nothing") is tx.accounts.by_name("nothing") is None
        assert tx.accounts.by_ids([one, two, 99, None]).keys() == {one, two}
        assert [found.id for found in tx.accounts.find(limit=1, after=one)] == [two]
        assert (
            [found.id for found in tx.accounts.find(NAME[2:])]
            == [found.id for found in tx.accounts.find(USCC)]
            == [one]
        )
        assert tx.accounts.find("%") == []
        everybody, common = [one, two], NAME[-4:]
        assert [found.id for found in tx.accounts.find(common, also=[two])] == everybody
        assert [found.id for found in tx.accounts.find(common, limit=1)] == [one]
        assert [found.id for found in tx.accounts.find(common, limit=1, after=one)] == [two]
        assert [found.id for found in tx.accounts.find(common, after=two, also=[one])] == []
        with pytest.raises(LookupError):
            tx.accounts.get(99)


def test_the_names_of_a_contact_are_those_of_its_enterprises_now(store):
    with store.transaction() as tx:
        one, _ = two_enterprises(tx)
        assert tx.accounts.names_of_contact(SENDER.upper()) == [OTHER_NAME, NAME], (
            "the newest first"
        )
        tx.accounts.save(enterprise(id=one, contact_email="another@example.org"))
        assert tx.accounts.names_of_contact(SENDER) == [OTHER_NAME]
        assert tx.accounts.names_of_contact("another@example.org") == [NAME]
        tx.accounts.save(enterprise(id=one, contact_email=""))
        assert tx.accounts.names_of_contact("") == []


def test_of_an_agent_who_is_the_contact_of_many_the_newest_names_are_given(store):
    with store.transaction() as tx:
        for number in range(45):
            tx.accounts.add(
                enterprise(name=f"京南第{number}建设有限公司", uscc=f"9111999900000{number:05}")
            )
        assert tx.accounts.names_of_contact(SENDER) == [
            f"京南第{number}建设有限公司" for number in range(44, 4, -1)
        ]


def test_an_enterprise_is_saved_and_its_password_apart_from_it(store):
    with store.transaction() as tx:
        one, two = two_enterprises(tx)
        assert tx.accounts.password_hash(one) is None
        tx.accounts.set_columns(one, password_hash="hash")
        tx.accounts.save(enterprise(id=one, contact_phone="010-11111111"))
        assert (
            tx.accounts.get(one).contact_phone,
            tx.accounts.password_hash(one),
            tx.accounts.password_hash(two),
        ) == ("010-11111111", "hash", None)


def test_bindings_are_listed_active_and_primary_first(store):
    with store.transaction() as tx:
        one, two = two_enterprises(tx)
        ended, second, primary = (
            bound(tx, one, "SN1"),
            bound(tx, one, "SN2", primary=False),
            bound(tx, two, "SN3"),
        )
        assert tx.bindings.of_enterprise(one) == [ended, second]
        assert tx.bindings.last_ended([one, two, None]) == {}
        tx.bindings.end([ended.id])
        assert tx.bindings.of_enterprise(one) == [second]
        assert [binding.id for binding in tx.bindings.of_enterprise(one, ended=True)] == [
            second.id,
            ended.id,
        ]
        assert tx.bindings.active_ids([one, None, two]) == {one: [second.id], two: [primary.id]}
        assert tx.bindings.last_ended([one, two]) == {one: AT}
        assert (
            tx.bindings.by(serial="SN2", ended_at=None),
            tx.bindings.by(serial="SN1", ended_at=None),
        ) == (second, None)


def test_an_ended_binding_is_restored_unless_its_place_is_taken(store):
    with store.transaction() as tx:
        one, _ = two_enterprises(tx)
        first = bound(tx, one)
        tx.bindings.end([first.id])
        assert tx.bindings.restore(first.id)
        tx.bindings.end([first.id])
        bound(tx, one, "SN2")
        assert not tx.bindings.restore(first.id), "another lock is the primary one"
        assert tx.bindings.get(first.id).ended_at == AT


def test_a_key_and_a_holder_belong_to_one_enterprise(store):
    with store.transaction() as tx:
        one, two = two_enterprises(tx)
        mine, other = (
            bound(tx, one, ca_unique_id="unique"),
            bound(tx, two, "SN2", ca_unique_id="unique"),
        )
        assert tx.bindings.keyless_by_serial("SN") == mine
        assert tx.bindings.claim_lock(mine, {"key"})
        assert tx.bindings.keyless_by_serial("SN") is None
        assert not tx.bindings.claim_lock(other, {"other key"}), "the CA says it is the first one's"
        assert not tx.bindings.claim_lock(replace(other, ca_unique_id=""), {"key"})
        assert (tx.bindings.by_key("key"), tx.bindings.by_key("other key")) == (mine, None)
        assert tx.bindings.newest(ca_unique_id="unique") == [other, mine]
        tx.bindings.mark(mine.id, lost=True)
        tx.bindings.end([mine.id, other.id])
        assert [
            tx.bindings.was_lost(key, serial)
            for key, serial in (("key", ""), ("other key", "SN"), ("other key", "SN2"))
        ] == [True, False, False]
        tx.bindings.mark(other.id, lost=True)
        assert tx.bindings.was_lost("other key", "SN2"), (
            "it held no key, so its serial is what it is known by"
        )
        assert not tx.bindings.was_lost("announced", "")
        tx.bindings.announce_keys(other.id, {"announced"})
        assert tx.bindings.was_lost("announced", "")
        for binding in (mine, other):
            tx.bindings.mark(binding.id, lost=False)
        assert not any(tx.bindings.was_lost(key, "SN2") for key in ("key", "announced", ""))
        assert tx.bindings.by_key("key") is None
        assert tx.bindings.claim_lock(bound(tx, two, "SN3", ca_unique_id="unique"), {"key"}), (
            "it was freed"
        )


def test_announced_keys_hold_nothing(store):
    with store.transaction() as tx:
        one, _ = two_enterprises(tx)
        binding = bound(tx, one)
        for keys in ({"a", "b"}, {"b", "c"}):
            tx.bindings.announce_keys(binding.id, keys)
        assert tx.bindings.announced_keys(binding.id) == {"a", "b", "c"}
        assert (tx.bindings.by_announced_key("a"), tx.bindings.by_key("a")) == (binding, None)
        for issuer, until in (("bjca", AT), ("other", AT + HOUR)):
            tx.bindings.note_certificate(binding.id, issuer, until)
            assert (
                tx.bindings.get(binding.id).issuer_profile,
                tx.bindings.get(binding.id).valid_until,
            ) == ("bjca", until)
        tx.bindings.end([binding.id])
        assert tx.bindings.by_announced_key("a") is None


def test_an_end_is_due_once_a_stage_and_anew_for_another_certificate(store):
    with store.transaction() as tx:
        one, two = two_enterprises(tx)
        soon, later, ended, lost = (
            bound(tx, one),
            bound(tx, one, "SN1", primary=False),
            bound(tx, two, "SN2"),
            bound(tx, two, "SN3", primary=False),
        )
        for binding in (soon, later, ended, lost):
            tx.bindings.note_certificate(binding.id, "", AT + (20 if binding is later else 5) * DAY)
        tx.bindings.end([ended.id])
        tx.bindings.mark(lost.id, lost=True)

        def due(limit=9):
            return [binding.id for binding in tx.bindings.due_for_warning((7, 30), limit)]

        assert (due(), due(1)) == ([soon.id, later.id], [soon.id])
        tx.bindings.set_columns(soon.id, warned_days=30)
        tx.bindings.set_columns(later.id, warned_days=30)
        assert due() == [soon.id]
        tx.bindings.set_columns(soon.id, warned_days=7)
        tx.bindings.note_certificate(soon.id, "", AT + 5 * DAY)
        assert due() == []
        tx.bindings.note_certificate(soon.id, "", AT + 6 * DAY)
        tx.bindings.note_certificate(later.id, "", AT)
        assert due() == [soon.id], "what has ended is too late to be told"


def test_a_link_is_found_by_its_token_and_used_once(store):
    with store.transaction() as tx:
        one, two = two_enterprises(tx)
        reset, objection = (
            tx.links.add(purpose, one, None, AT + HOUR)
            for purpose in (LinkPurpose.RESET, LinkPurpose.OBJECTION)
        )
        other = tx.links.add(LinkPurpose.RESET, two, None, AT + HOUR)
        assert tx.links.by_token(tx.links.token(reset.id)) == tx.links.get(reset.id) == reset
        assert tx.links.by_token("nothing") is None
        assert tx.links.unused_since(one, LinkPurpose.RESET, AT)
        assert (tx.links.use(reset.id), tx.links.use(reset.id)) == (True, False)
        tx.links.void(one, [LinkPurpose.OBJECTION])
        assert not tx.links.use(objection.id)
        assert tx.links.get(objection.id).voided_at == AT
        assert tx.links.get(reset.id).voided_at is None, "it was used"
        assert not tx.links.unused_since(one, LinkPurpose.RESET, AT), "it was used"
        assert tx.links.unused_since(two, LinkPurpose.RESET, AT)
        assert not any(
            (
                tx.links.unused_since(two, LinkPurpose.LOSS, AT),
                tx.links.unused_since(two, LinkPurpose.RESET, AT + HOUR),
            )
        )
        tx.links.void(two)
        assert not tx.links.use(other.id)


def test_a_change_of_contact_is_found_by_each_of_its_links_until_they_are_over(store):
    with store.transaction() as tx:
        one, _ = two_enterprises(tx)
        confirm, undo = (
            tx.links.add(purpose, one, None, AT + HOUR)
            for purpose in (LinkPurpose.CONTACT, LinkPurpose.CONTACT_OBJECTION)
        )
        change = ContactChange(
            0, one, "old@example.com", None, "new@example.com", AT, confirm.id, undo.id
        )
        change = tx.contact_changes.insert_numbered(change)
        assert (
            tx.contact_changes.by_link(confirm.id) == tx.contact_changes.by_link(undo.id) == change
        )
        tx.contact_changes.save(replace(change, confirmed_at=AT))
        assert tx.contact_changes.of_enterprise(one) == [replace(change, confirmed_at=AT)]
        tx.contact_changes.drop_closed(AT + HOUR)
        assert len(tx.contact_changes.of_enterprise(one)) == 1
        tx.contact_changes.drop_closed(AT + 2 * HOUR)
        assert tx.contact_changes.of_enterprise(one) == []
        assert tx.contact_changes.by_link(confirm.id) is None
