"""Changing the contact address: a fresh proof, a confirmation at the new address, an objection from
the old one, and no reset link for a day."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.accounts import account_acts
from core.cases.decision.approve import approve
from core.cases.letters.objection import freeze
from core.cases.window.process import run_window
from core.data.case import State
from core.data.letter import LetterKind
from core.data.link import LinkPurpose
from core.data.submission import Answer
from core.errors import NotAllowed
from tests.accounts.entrance import PASSWORD
from tests.accounts.test_lock_keys import InTheMiddle, ended, frozen
from tests.validators.builders import (
    complete_submission,
    documents,
    form,
    id_back,
    id_front,
    licence,
)

OLD, NEW = "c@example.org", "new@example.net"


@pytest.fixture
def by_lock(harness, guest, enterprise):
    """Asks for a change with the enterprise's lock; gives the answer."""
    der = harness.bound(enterprise)
    guest.log_in_by_lock(der)
    return lambda address=NEW: guest.prove(
        "contact", "/portal/contact/lock", der, address, address=address
    )


def contact(harness, enterprise):
    with harness.tx() as tx:
        return tx.accounts.get(enterprise.id).contact_email


def letters(harness, kind):
    with harness.tx() as tx:
        return [letter for letter in tx.letters.newest() if letter.kind is kind]


def link(harness, kind, nth=0):
    """The link of a letter of that kind; the newest is the first."""
    letter = letters(harness, kind)[nth]
    with harness.tx() as tx:
        return f"/link/{tx.links.token(letter.link_id)}"


def used(harness, address):
    """A person opens a link and sends its form."""
    visitor = harness.visitor()
    visitor.see(address)
    return visitor.submit(address)


def test_a_change_is_signed_confirmed_and_told(harness, guest, enterprise, by_lock):
    shown = guest.see("/portal/contact").text
    assert OLD in shown
    assert by_lock().json() == {"go": "/portal"}
    assert contact(harness, enterprise) == OLD, "nothing changes before the new address confirms"
    assert NEW in guest.see("/portal/contact").text
    [confirm], [told] = (
        letters(harness, LetterKind.CONTACT_CONFIRM),
        letters(harness, LetterKind.CONTACT_CHANGED),
    )
    assert (confirm.recipient, told.recipient) == (NEW, OLD)
    assert enterprise.name not in confirm.rendered.text, (
        "the address may be a stranger's by mistake"
    )
    assert NEW not in told.rendered.text
    address = link(harness, LetterKind.CONTACT_CONFIRM)
    assert enterprise.name in harness.visitor().see(address).text
    assert contact(harness, enterprise) == OLD, "looking at a link does nothing"
    assert "联系邮箱已更改" in used(harness, address).text
    assert contact(harness, enterprise) == NEW
    assert used(harness, address).status_code in {403, 410}
    assert "待确认" not in guest.see("/portal/contact").text


def test_without_a_lock_the_password_is_asked(harness, guest, enterprise):
    guest.enter(harness, enterprise)
    guest.see("/portal/contact")
    wrong = guest.submit("/portal/contact", address=NEW, password="guess-2026-X")
    assert (wrong.status_code, letters(harness, LetterKind.CONTACT_CONFIRM)) == (422, [])
    assert (
        guest.submit("/portal/contact", address=NEW, password=PASSWORD).headers["location"]
        == "/portal"
    )
    used(harness, link(harness, LetterKind.CONTACT_CONFIRM))
    assert contact(harness, enterprise) == NEW


def test_five_wrong_passwords_shut_the_way_by_password(harness, guest, enterprise):
    guest.enter(harness, enterprise)
    guest.see("/portal/contact")
    for _ in range(5):
        guest.submit("/portal/contact", address=NEW, password="guess-2026-X")
    assert "锁定" in guest.submit("/portal/contact", address=NEW, password=PASSWORD).text
    assert letters(harness, LetterKind.CONTACT_CONFIRM) == []


def test_where_a_lock_is_bound_the_password_is_no_proof(harness, guest, enterprise, by_lock):
    guest.see("/portal/contact")
    assert "须用CA锁签名" in guest.submit("/portal/contact", address=NEW, password=PASSWORD).text
    assert letters(harness, LetterKind.CONTACT_CONFIRM) == []


def test_the_signature_is_over_the_address_and_for_this_purpose_only(harness, guest, enterprise):
    der = harness.bound(enterprise)
    stranger = harness.bound(harness.enterprise(), "theirs")
    guest.log_in_by_lock(der)
    for purpose, key, signed, code in (
        ("contact", der, "other@example.net", "challenge.gone"),
        ("bind", der, enterprise.uscc, "challenge.gone"),
        ("contact", stranger, NEW, "lock.not_own"),
    ):
        assert (
            guest.prove(purpose, "/portal/contact/lock", key, signed, address=NEW).json()["code"]
            == code
        )
    assert letters(harness, LetterKind.CONTACT_CONFIRM) == []


@pytest.mark.parametrize(
    "address", ["a@example.org, b@example.org", OLD, OLD.upper(), "no address", "desk@example.org"]
)
def test_addresses_that_are_refused(harness, guest, enterprise, address):
    harness.app.state.site.front = replace(
        harness.front,
        settings=replace(harness.front.settings, own_addresses=frozenset({"desk@example.org"})),
    )
    guest.enter(harness, enterprise)
    guest.see("/portal/contact")
    assert guest.submit("/portal/contact", address=address, password=PASSWORD).status_code == 422
    assert letters(harness, LetterKind.CONTACT_CONFIRM) == []


def test_there_is_one_pending_change_and_a_bounded_number_a_day(
    harness, guest, enterprise, by_lock
):
    for number in range(3):
        assert by_lock(f"new{number}@example.net").status_code == 200
    assert "3 次" in by_lock("new3@example.net").json()["message"]
    assert used(harness, link(harness, LetterKind.CONTACT_CONFIRM, 1)).status_code in {403, 410}
    assert contact(harness, enterprise) == OLD
    used(harness, link(harness, LetterKind.CONTACT_CONFIRM, 0))
    assert contact(harness, enterprise) == "new2@example.net"


@pytest.mark.parametrize("happens", ["frozen", "unbound", "late"])
def test_a_freeze_a_change_of_bindings_and_time_void_what_is_pending(
    harness, guest, enterprise, by_lock, happens
):
    by_lock()
    if happens == "late":
        harness.clock.at += timedelta(hours=24)
    elif happens == "frozen":
        with harness.tx() as tx:
            freeze(tx, enterprise.id, "contact.objected", "")
    else:
        account_acts.end_binding(harness.desk, "li", harness.bindings(enterprise)[0].id, "企业来电")
    assert used(harness, link(harness, LetterKind.CONTACT_CONFIRM)).status_code in {403, 410}
    assert contact(harness, enterprise) == OLD


@pytest.mark.parametrize("frozen", [False, True])
def test_a_link_confirms_nothing_once_the_account_is_not_as_it_was(
    harness, enterprise, by_lock, frozen
):
    by_lock()
    confirm = link(harness, LetterKind.CONTACT_CONFIRM)
    with harness.tx() as tx:
        one, now = tx.accounts.get(enterprise.id), harness.clock.now()
        tx.accounts.save(
            replace(one, frozen_at=now)
            if frozen
            else replace(one, contact_email="third@example.org")
        )
        tx.audit.write("li", "enterprise.changed")
    before = contact(harness, enterprise)
    assert used(harness, confirm).status_code in {403, 410}
    assert contact(harness, enterprise) == before


@pytest.mark.parametrize("confirmed", [False, True])
def test_an_objection_brings_the_old_address_back_and_freezes(
    harness, guest, enterprise, by_lock, confirmed
):
    by_lock()
    confirm, objection = (
        link(harness, LetterKind.CONTACT_CONFIRM),
        link(harness, LetterKind.CONTACT_CHANGED),
    )
    if confirmed:
        used(harness, confirm)
        assert contact(harness, enterprise) == NEW
    assert "冻结" in harness.visitor().see(objection).text
    assert "已恢复" in used(harness, objection).text
    with harness.tx() as tx:
        one = tx.accounts.get(enterprise.id)
        assert [alert.kind for alert in tx.alerts.find()] == [f"contact.objected.{enterprise.id}"]
    assert (one.contact_email, one.contact_since, one.frozen_at) == (
        OLD,
        None,
        harness.clock.now(),
    )
    assert guest.get("/portal").status_code == 303, "its sessions are over"
    assert used(harness, confirm).status_code in {403, 410}
    assert used(harness, objection).status_code in {403, 410}


@pytest.mark.parametrize("is_late", [False, True])
def test_the_oldest_address_outranks_those_that_came_between(
    harness, guest, enterprise, by_lock, is_late
):
    """A thief changes the address twice; the first contact takes it back, be it after the thief's
    first address, and that cannot take it again."""
    by_lock("thief1@example.net")
    used(harness, link(harness, LetterKind.CONTACT_CONFIRM))
    by_lock("thief2@example.net")
    used(harness, link(harness, LetterKind.CONTACT_CONFIRM))
    honest, thief = (
        link(harness, LetterKind.CONTACT_CHANGED, 1),
        link(harness, LetterKind.CONTACT_CHANGED, 0),
    )
    if is_late:
        used(harness, thief)
        assert contact(harness, enterprise) == "thief1@example.net"
    used(harness, honest)
    assert contact(harness, enterprise) == OLD
    assert used(harness, thief).status_code in {403, 410}
    assert contact(harness, enterprise) == OLD


@pytest.mark.parametrize(("happens", "code"), [(frozen, "account.frozen"), (ended, "session.gone")])
@pytest.mark.parametrize("act", ["contact", "password"])
def test_what_happens_in_the_middle_stops_the_act(harness, guest, enterprise, act, happens, code):
    der = harness.bound(enterprise)
    with harness.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), password_set=False))
    guest.log_in_by_lock(der)
    harness.app.state.site.front = replace(
        harness.front, signatures=InTheMiddle(lambda: happens(harness.entrance, enterprise))
    )
    if act == "contact":
        answer = guest.prove("contact", "/portal/contact/lock", der, NEW, address=NEW)
    else:
        answer = guest.prove(
            "password",
            "/portal/password/lock",
            der,
            enterprise.uscc,
            password=PASSWORD,
            again=PASSWORD,
        )
    assert answer.json()["code"] == code
    assert letters(harness, LetterKind.CONTACT_CONFIRM) == []


# ---- no reset link to an address younger than a day


def reset_case(harness, enterprise, **contact_facts):
    with harness.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), **contact_facts))
    papers = documents(
        parts=[
            id_front(),
            id_back(),
            licence(enterprise_name=enterprise.name, uscc=enterprise.uscc),
        ]
    )
    request = complete_submission(
        request=form(enterprise_names=(enterprise.name,), reset_password=Answer.YES),
        documents=papers,
    )
    case = harness.case(harness.arrives(request).case_id)
    approve(harness.desk, case.id, case.version, "li")
    return case


@pytest.mark.parametrize(
    ("age", "state", "reset_letters"),
    [
        (timedelta(hours=22), State.HELD, 0),
        (timedelta(hours=24), State.COMPLETED, 1),
        (None, State.COMPLETED, 1),
    ],
)
def test_no_reset_link_goes_to_an_address_younger_than_a_day(
    harness, enterprise, age, state, reset_letters
):
    opens = harness.clock.now() + timedelta(hours=1)
    case = reset_case(harness, enterprise, contact_since=None)
    with harness.tx() as tx:
        account = tx.accounts.get(enterprise.id)
        tx.accounts.save(replace(account, contact_since=opens - age if age else None))
    harness.clock.at = opens
    run_window(harness.desk)
    case = harness.case(case.id)
    assert case.state is state
    assert len(letters(harness, LetterKind.RESET_LINK)) == reset_letters
    if state is State.HELD:
        assert "不足 24 小时" in case.reason
        with harness.tx() as tx:
            assert f"case.{case.number}" in [alert.kind for alert in tx.alerts.find()]


def test_a_reset_link_of_before_is_void_after_the_change(harness, guest, enterprise, by_lock):
    with harness.tx() as tx:
        made = tx.links.add(
            LinkPurpose.RESET,
            enterprise.id,
            None,
            harness.clock.now() + timedelta(hours=24),
        )
        address = f"/link/{tx.links.token(made.id)}"
    by_lock()
    assert harness.visitor().see(address).status_code == 200
    used(harness, link(harness, LetterKind.CONTACT_CONFIRM))
    assert harness.visitor().see(address).status_code == 410


def test_who_is_not_logged_in_changes_nothing(guest):
    assert guest.get("/portal/contact").status_code == 303
    assert guest.post("/portal/contact/lock", json={"csrf": "x"}).status_code in {400, 401}


def test_the_words_of_an_unusable_link_are_always_the_same(harness):
    from core.cases.accounts import contact_change

    for act in (contact_change.confirm, contact_change.object_to_change):
        with pytest.raises(NotAllowed, match="失效"):
            act(harness.desk, "unknown")
