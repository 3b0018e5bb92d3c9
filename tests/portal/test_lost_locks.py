"""挂失: who can report a lock lost, what that shuts, and what it does not open."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.data.letter import LetterKind
from core.data.link import LinkPurpose
from tests.accounts.entrance import PASSWORD
from tests.accounts.test_lock_keys import InTheMiddle, ended, frozen
from tests.portal.test_contact import letters, link, used
from tests.portal.test_enterprise_pages import actions
from tests.portal.test_locks import code_of
from tests.web.conftest import Visitor


@pytest.fixture
def primary(harness, enterprise):
    return harness.bound(enterprise, "primary")


@pytest.fixture
def second(harness, enterprise, primary):
    return harness.bound(enterprise, "second")


def lost(harness, enterprise):
    return [bool(binding.lost_at) for binding in harness.bindings(enterprise)]


def report(guest, der, binding, **changes):
    fields = {"purpose": "lost", "account": binding.serial, "binding_id": binding.id} | changes
    return guest.prove(
        fields["purpose"],
        "/portal/locks/lost",
        der,
        fields["account"],
        binding_id=fields["binding_id"],
    )


# ---- by another lock


def ways(harness):
    """By what locks were reported lost."""
    return {detail["by"] for _, action, detail in actions(harness) if action == "lock.lost"}


def test_another_lock_reports_it_and_its_sessions_end(harness, guest, enterprise, primary, second):
    thief = harness.visitor()
    thief.log_in_by_lock(second)
    guest.log_in_by_lock(primary)
    guest.see("/portal/locks")
    binding = harness.bindings(enterprise)[1]
    assert report(guest, primary, binding).json() == {"go": "/portal/locks"}
    assert thief.get("/portal").status_code == 303
    assert code_of(thief.log_in_by_lock(second)) == "lock.lost"
    assert lost(harness, enterprise) == [False, True]
    shown = guest.see("/portal/locks").text
    assert "找回之前，该锁不能登录" in shown
    assert "已挂失" in shown
    assert (
        "enterprise",
        "lock.lost",
        {"enterprise": str(enterprise.id), "binding": str(binding.id), "by": "lock"},
    ) in actions(harness)
    assert code_of(report(guest, primary, binding)) == "lock.unbound", "as from a second tab"
    assert (
        guest.prove(
            "unbind", "/portal/locks/unbind", primary, binding.serial, binding_id=binding.id
        ).status_code
        == 200
    ), "it is given up"
    assert (
        code_of(guest.prove("bind", "/portal/locks/bind", second, enterprise.uscc)) == "lock.lost"
    )


def test_who_reports_the_lock_that_let_him_in_is_out(harness, guest, enterprise, primary, second):
    guest.log_in_by_lock(primary)
    assert report(guest, second, harness.bindings(enterprise)[0]).json() == {
        "go": "/portal/login?by=lock"
    }
    assert guest.get("/portal").status_code == 303
    assert guest.log_in_by_lock(second).status_code == 200


def test_reports_that_are_refused(harness, guest, enterprise, primary, second):
    other = harness.enterprise()
    theirs = harness.bound(other, "theirs")
    guest.log_in_by_lock(primary)
    first, binding = harness.bindings(enterprise)
    [foreign] = harness.bindings(other)
    for answer, code in (
        (report(guest, primary, first), "lock.at_hand"),
        (report(guest, theirs, binding), "lock.not_own"),
        (report(guest, primary, foreign), "lock.unbound"),
        (report(guest, primary, binding, binding_id=99_999), "lock.unbound"),
        (report(guest, primary, binding, purpose="unbind"), "challenge.gone"),
        (report(guest, primary, binding, account=first.serial), "challenge.gone"),
    ):
        assert code_of(answer) == code
    signed = guest.signature("lost", primary, binding.serial)
    assert (
        code_of(guest.tell("/portal/locks/unbind", **signed, binding_id=binding.id))
        == "challenge.gone"
    )
    assert (
        guest.post(
            "/portal/locks/lost", json={"csrf": "x", **signed, "binding_id": binding.id}
        ).status_code
        == 403
    )
    assert (lost(harness, enterprise), lost(harness, other)) == ([False, False], [False])
    notices = letters(harness, LetterKind.ACCOUNT_NOTICE)
    assert [notice for notice in notices if "· 挂失：" in notice.rendered.text] == []


@pytest.mark.parametrize(("happens", "code"), [(frozen, "account.frozen"), (ended, "session.gone")])
def test_what_happens_in_the_middle_stops_the_report(
    harness, guest, enterprise, primary, second, happens, code
):
    guest.log_in_by_lock(primary)
    harness.app.state.site.front = replace(
        harness.front, signatures=InTheMiddle(lambda: happens(harness.entrance, enterprise))
    )
    assert code_of(report(guest, primary, harness.bindings(enterprise)[1])) == code
    assert lost(harness, enterprise) == [False, False]


# ---- by the password


def ask_by_password(guest, name, password=PASSWORD):
    guest.see("/portal/lost")
    return guest.submit("/portal/lost/password", name=name, password=password)


def chosen(guest, address, *bindings):
    guest.see(address)
    return guest.submit(address, lock=[binding.id for binding in bindings])


def test_the_password_shuts_a_lock_and_opens_nothing(harness, guest, enterprise, primary):
    thief = harness.visitor()
    thief.log_in_by_lock(primary)
    [binding] = harness.bindings(enterprise)
    answer = ask_by_password(guest, enterprise.name)
    address = answer.headers["location"]
    shown = guest.see(address).text
    assert binding.tail in shown
    assert lost(harness, enterprise) == [False], "looking does nothing"
    assert "请选择" in chosen(guest, address).text
    assert "已挂失" in chosen(guest, address, binding).text
    assert ways(harness) == {"password"}
    assert thief.get("/portal").status_code == 303
    assert guest.get(address).status_code == 410
    refused = guest.log_in_by_password(enterprise.name, PASSWORD)
    assert refused.status_code == 401
    assert "绑定的CA锁已挂失" in refused.text
    assert guest.see("/portal/lost").status_code == 200
    assert "没有可以挂失的CA锁" in ask_by_password(guest, enterprise.name).text


def test_a_wrong_password_counts_and_says_nothing_of_the_account(
    harness, guest, enterprise, primary
):
    known, unknown = (
        ask_by_password(guest, name, "wrong-wrong-1")
        for name in (enterprise.name, "没有这家有限公司")
    )
    assert known.status_code == unknown.status_code == 401
    assert "还可尝试 4 次" in known.text
    assert known.text.replace(enterprise.name, "") == unknown.text.replace("没有这家有限公司", "")
    for _ in range(4):
        ask_by_password(guest, enterprise.name, "wrong-wrong-1")
    assert "锁定" in ask_by_password(guest, enterprise.name).text


def test_a_link_is_over_after_a_while_and_names_no_lock_of_others(
    harness, guest, enterprise, primary
):
    other = harness.enterprise()
    harness.bound(other, "theirs")
    address = ask_by_password(guest, enterprise.name).headers["location"]
    assert "不存在" in chosen(guest, address, *harness.bindings(other)).text
    assert guest.submit(address, lock=["x"]).status_code == 400
    assert guest.submit(address, lock=[2**40]).status_code == 400
    assert (lost(harness, enterprise), lost(harness, other)) == ([False], [False])
    harness.clock.at += timedelta(minutes=14)
    assert guest.get(address).status_code == 200
    harness.clock.at += timedelta(minutes=1)
    assert guest.get(address).status_code == 410


def test_a_frozen_account_changes_nothing(harness, guest, enterprise, primary):
    address = ask_by_password(guest, enterprise.name).headers["location"]
    guest.see(address)
    frozen(harness.entrance, enterprise)
    assert guest.submit(address, lock=[harness.bindings(enterprise)[0].id]).status_code == 410
    assert "冻结" in ask_by_password(guest, enterprise.name).text
    guest.submit("/portal/lost/letter", name=enterprise.name)
    assert (lost(harness, enterprise), letters(harness, LetterKind.LOSS_LINK)) == ([False], [])


@pytest.mark.parametrize("way", ["password", "letter"])
def test_the_forms_want_a_page_of_ours(harness, guest, enterprise, primary, way):
    guest.see("/portal/lost")
    assert (
        guest.post(
            f"/portal/lost/{way}", data={"csrf": "x", "name": enterprise.name, "password": PASSWORD}
        ).status_code
        == 403
    )
    headers = {"Sec-Fetch-Site": "cross-site"}
    data = {"csrf": guest.csrf, "name": enterprise.name, "password": PASSWORD}
    assert guest.post(f"/portal/lost/{way}", data=data, headers=headers).status_code == 403
    guest.log_in_by_lock(primary)
    guest.see("/portal/lost")
    assert (
        guest.submit(f"/portal/lost/{way}", name=enterprise.name, password=PASSWORD).status_code
        == 303
    ), "also for who is logged in"


# ---- by a link in a letter


def test_a_letter_brings_the_link_and_a_stranger_brings_few_letters(
    harness, guest, enterprise, primary, second
):
    nobody = harness.enterprise()
    guest.see("/portal/lost")
    answers = [
        guest.submit("/portal/lost/letter", name=name)
        for name in (enterprise.name, enterprise.name, nobody.name, "没有这家有限公司", "")
    ]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {
        (303, "/portal/lost")
    }
    assert "几分钟内会收到链接" in guest.see("/portal/lost").text
    [letter] = letters(harness, LetterKind.LOSS_LINK)
    assert letter.recipient == enterprise.contact_email
    address = link(harness, LetterKind.LOSS_LINK)
    assert "已挂失" in chosen(harness.visitor(), address, *harness.bindings(enterprise)).text
    assert lost(harness, enterprise) == [True, True]
    assert ways(harness) == {"letter"}
    assert harness.visitor().get(address).status_code == 410


def test_who_reported_one_lock_gets_a_link_for_the_other(
    harness, guest, enterprise, primary, second
):
    for count, lost_one in enumerate(harness.bindings(enterprise), 1):
        guest.see("/portal/lost")
        guest.submit("/portal/lost/letter", name=enterprise.name)
        assert len(letters(harness, LetterKind.LOSS_LINK)) == count
        chosen(harness.visitor(), link(harness, LetterKind.LOSS_LINK), lost_one)
    assert lost(harness, enterprise) == [True, True]


def visitor_from(harness, address):
    visitor = Visitor(harness.app, client=(address, 50000))
    visitor.see("/portal/lost")
    return visitor


def test_letters_are_bounded_by_source_and_no_stranger_uses_up_those_of_others(
    harness, enterprise, primary
):
    flooding = visitor_from(harness, "203.0.113.7")
    refused = [
        flooding.submit("/portal/lost/letter", name=f"第{number}家有限公司") for number in range(11)
    ][-1]
    assert (refused.status_code, "稍后再试" in refused.text) == (409, True)
    assert flooding.submit("/portal/lost/letter", name=enterprise.name).status_code == 409
    assert letters(harness, LetterKind.LOSS_LINK) == []
    for number in range(51):
        one = harness.enterprise()
        harness.bound(one, f"lock-{number}")
        visitor_from(harness, f"203.0.113.{100 + number}").submit(
            "/portal/lost/letter", name=one.name
        )
    assert (
        visitor_from(harness, "198.51.100.9")
        .submit("/portal/lost/letter", name=enterprise.name)
        .status_code
        == 303
    )
    assert len(letters(harness, LetterKind.LOSS_LINK)) == 52
    harness.clock.at += timedelta(hours=1)
    flooding.see("/portal/lost")
    assert flooding.submit("/portal/lost/letter", name=enterprise.name).status_code == 303
    assert len(letters(harness, LetterKind.LOSS_LINK)) == 52, "one in twelve hours, whoever asks"


# ---- by an administrator; found again; told to the contact


def test_an_administrator_reports_and_finds(harness, admin, guest, enterprise, primary):
    page, [binding] = f"/enterprises/{enterprise.id}", harness.bindings(enterprise)
    guest.log_in_by_lock(primary)
    admin.see(page)
    assert (
        admin.submit(f"{page}/lost", reason="来电挂失", binding=binding.id).headers["location"]
        == page
    )
    assert guest.get("/portal").status_code == 303
    assert "已挂失" in admin.see(page).text
    assert admin.submit(f"{page}/lost", reason="再来", binding=binding.id).status_code == 409
    assert admin.submit(f"{page}/end", reason="不再使用", binding=binding.id).status_code == 303
    admin.see(page)
    assert "先解除挂失" in admin.submit(f"{page}/restore", reason="恢复", binding=binding.id).text
    assert (
        admin.submit(f"{page}/found", reason="锁已带到窗口", binding=binding.id).headers["location"]
        == page
    )
    assert "没有挂失" in admin.submit(f"{page}/found", reason="再来", binding=binding.id).text
    assert admin.submit(f"{page}/restore", reason="找回", binding=binding.id).status_code == 303
    assert guest.get("/portal").status_code == 303, "the login of before does not come back"
    assert guest.log_in_by_lock(primary).status_code == 200
    acts = [
        (actor, action)
        for actor, action, detail in actions(harness)
        if detail.get("binding") == str(binding.id)
    ]
    assert {("wang", "lock.lost"), ("wang", "lock.found")} <= set(acts)
    told = [letter.rendered.text for letter in letters(harness, LetterKind.ACCOUNT_NOTICE)]
    acts = ("恢复绑定：主锁", "解除挂失：主锁", "管理员解除绑定：主锁", "挂失：主锁")
    assert [act in words for act, words in zip(acts, told, strict=False)] == [True] * 4


def test_the_contact_is_told_and_an_objection_freezes(harness, guest, enterprise, primary, second):
    guest.log_in_by_lock(second)
    with harness.tx() as tx:
        opening = tx.links.add(
            LinkPurpose.CONTACT,
            enterprise.id,
            None,
            harness.clock.now() + timedelta(hours=1),
        )
    assert report(guest, second, harness.bindings(enterprise)[0]).status_code == 200
    told = letters(harness, LetterKind.ACCOUNT_NOTICE)[0]
    assert (told.recipient, "挂失：主锁" in told.rendered.text) == (enterprise.contact_email, True)
    with harness.tx() as tx:
        assert tx.links.get(opening.id).voided_at, (
            "whoever has the lock may have asked for another contact"
        )
    address = link(harness, LetterKind.ACCOUNT_NOTICE)
    assert enterprise.name in harness.visitor().see(address).text
    assert guest.get("/portal").status_code == 200, "looking does nothing"
    assert "账号已冻结" in used(harness, address).text
    assert guest.get("/portal").status_code == 303
    assert used(harness, address).status_code in {403, 410}
    with harness.tx() as tx:
        assert f"account.objected.{enterprise.id}" in [alert.kind for alert in tx.alerts.find()]


def test_a_lost_lock_does_not_register_either(harness, guest, enterprise, primary):
    [binding] = harness.bindings(enterprise)
    with harness.tx() as tx:
        tx.bindings.mark(binding.id, lost=True)
    guest.see("/portal/register")
    form = {
        "contact_name": "赵",
        "contact_email": "c@example.org",
        "password": PASSWORD,
        "again": PASSWORD,
    }
    assert code_of(guest.prove("register", "/portal/register", primary, **form)) == "lock.lost"
