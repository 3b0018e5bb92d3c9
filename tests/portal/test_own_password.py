"""The password in the portal: changed by the old one or by a lock, told to the contact,
and every other login ends."""

from datetime import timedelta
from itertools import pairwise

import pytest

from core.cases.accounts import account_acts
from core.data.letter import LetterKind
from tests.accounts.entrance import PASSWORD, lock
from tests.portal.test_contact import letters, link, used
from tests.portal.test_enterprise_pages import actions
from tests.portal.test_locks import code_of

NEW = "own-2026-Chuan"


def change(guest, **changes):
    guest.see("/portal/password")
    return guest.submit(
        "/portal/password", **{"old": PASSWORD, "password": NEW, "again": NEW} | changes
    )


def test_the_old_password_changes_it_and_other_logins_end(harness, guest, enterprise):
    other, known = harness.visitor(), harness.visitor()
    other.log_in_by_password(enterprise.name, PASSWORD)
    known.log_in_by_password(enterprise.name, PASSWORD)
    guest.log_in_by_password(enterprise.name, PASSWORD)
    assert change(guest).headers["location"] == "/portal"
    assert "密码已设置" in guest.see("/portal").text
    assert [visitor.get("/portal").status_code for visitor in (guest, other)] == [200, 303]
    assert known.log_in_by_password(enterprise.name, PASSWORD).status_code == 401
    assert known.log_in_by_password(enterprise.name, NEW).status_code == 303
    [told] = letters(harness, LetterKind.ACCOUNT_NOTICE)
    assert "更改账号的密码" in told.rendered.text
    assert ("enterprise", "password.changed", {"enterprise": str(enterprise.id)}) in actions(
        harness
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"old": "wrong-wrong-1"}, "原密码不正确。还可尝试 4 次"),
        ({"again": "another-2026-Chuan"}, "不一致"),
        ({"password": PASSWORD, "again": PASSWORD}, "不能与原密码相同"),
        ({"password": "short1", "again": "short1"}, "长度"),
        ({"old": ""}, "原密码不正确"),
    ],
)
def test_a_change_that_is_refused(harness, guest, enterprise, changes, words):
    guest.log_in_by_password(enterprise.name, PASSWORD)
    answer = change(guest, **changes)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert letters(harness, LetterKind.ACCOUNT_NOTICE) == []
    assert guest.log_in_by_password(enterprise.name, PASSWORD).status_code == 303


def test_five_wrong_ones_shut_the_change(harness, guest, enterprise):
    guest.log_in_by_password(enterprise.name, PASSWORD)
    for _ in range(5):
        change(guest, old="wrong-wrong-1")
    assert "锁定" in change(guest).text


def test_a_change_wants_a_login_and_our_page(harness, guest, enterprise):
    guest.log_in_by_password(enterprise.name, PASSWORD)
    assert (
        guest.post(
            "/portal/password", data={"csrf": "x", "old": PASSWORD, "password": NEW, "again": NEW}
        ).status_code
        == 403
    )
    guest.cookies.delete("unbind-portal")
    assert (
        guest.submit("/portal/password", old=PASSWORD, password=NEW, again=NEW).status_code == 401
    )


def test_a_lock_changes_it_by_a_signature_for_that(harness, guest, enterprise):
    der = harness.bound(enterprise)
    stranger = harness.bound(harness.enterprise(), "theirs")
    other = harness.visitor()
    other.log_in_by_lock(der)
    guest.log_in_by_lock(der)
    form = {"password": NEW, "again": NEW}
    for purpose, key, code in (
        ("bind", der, "challenge.gone"),
        ("password", stranger, "lock.not_own"),
        ("password", lock(enterprise.uscc, "unbound"), "lock.not_own"),
    ):
        assert (
            code_of(guest.prove(purpose, "/portal/password/lock", key, enterprise.uscc, **form))
            == code
        )
    signed = guest.signature("password", der, enterprise.uscc)
    assert guest.tell("/portal/password/lock", **signed, **form).json() == {"go": "/portal"}
    guest.see("/portal/password")
    assert code_of(guest.tell("/portal/password/lock", **signed, **form)) == "challenge.gone"
    assert other.get("/portal").status_code == 303
    with harness.tx() as tx:
        assert harness.desk.passwords.verify(tx.accounts.password_hash(enterprise.id), NEW)
    assert guest.see("/portal").status_code == 200
    assert "CA锁，" in guest.get("/portal").text, "still the login by lock"


def test_a_password_that_the_contact_objects_to_opens_nothing_any_more(harness, guest, enterprise):
    """Whoever thaws the account would let the thief in again before any reset."""
    guest.log_in_by_password(enterprise.name, PASSWORD)
    change(guest)
    assert used(harness, link(harness, LetterKind.ACCOUNT_NOTICE)).status_code == 200
    account_acts.unfreeze(harness.desk, "li", enterprise.id, "企业来电：密码不是本单位改的")
    assert guest.log_in_by_password(enterprise.name, NEW).status_code == 401
    with harness.tx() as tx:
        assert not tx.accounts.get(enterprise.id).password_set


def test_an_objection_to_something_else_leaves_the_password_of_before(harness, guest, enterprise):
    guest.log_in_by_password(enterprise.name, PASSWORD)
    change(guest)
    harness.clock.at += timedelta(minutes=1)
    guest.see("/portal/information")
    guest.submit("/portal/information", contact_name="李四", contact_phone="010-99990000")
    assert used(harness, link(harness, LetterKind.ACCOUNT_NOTICE)).status_code == 200
    account_acts.unfreeze(harness.desk, "li", enterprise.id, "企业来电：电话无误")
    assert guest.log_in_by_password(enterprise.name, NEW).status_code == 303


def test_changes_are_bounded_so_that_the_contact_gets_no_flood(harness, guest, enterprise):
    guest.log_in_by_password(enterprise.name, PASSWORD)
    passwords = [PASSWORD, *(f"own-2026-Chuan{number}" for number in range(11))]
    answers = [
        change(guest, old=old, password=new, again=new).status_code
        for old, new in pairwise(passwords)
    ]
    assert answers == [303] * 10 + [422]
