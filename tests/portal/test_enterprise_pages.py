"""Administrators' pages of enterprises: what they show, and that every act wants a form of ours, a
reason, and leaves an audit row."""

import re
from dataclasses import replace

import pytest

from tests.accounts.entrance import PASSWORD, lock
from tests.portal.conftest import PortalHarness, text


@pytest.fixture
def page(enterprise):
    return f"/enterprises/{enterprise.id}"


def actions(harness):
    with harness.tx() as tx:
        return [(entry.actor, entry.action, dict(entry.detail)) for entry in tx.audit.entries()]


def test_pages_wait_for_no_step(harness, admin, guest, enterprise, page):
    case = harness.request(3)
    guest.enter(harness, enterprise)
    with harness.store.transaction():
        for path in (
            "/",
            "/today",
            f"/cases/{case.number}",
            "/mails",
            "/letters",
            "/alerts",
            "/audit",
            "/calendar",
            "/people",
            page,
        ):
            assert admin.get(path).status_code == 200, path
        for path in ("/portal", "/portal/information", "/portal/requests", "/portal/guide"):
            assert guest.get(path).status_code == 200, path


def test_enterprises_are_found_by_name_and_by_code(harness, admin, enterprise):
    other = harness.enterprise()
    for words in (enterprise.name, enterprise.uscc):
        found = admin.see(f"/enterprises?search={words}").text
        assert enterprise.name in found
        assert other.name not in found
    assert "没有找到企业" in admin.see("/enterprises?search=无此企业").text
    assert other.name in admin.see("/enterprises").text


def test_a_long_list_has_pages(tmp_path):
    harness = PortalHarness(tmp_path, page_rows=2)
    harness.administrator()
    visitor = harness.visitor()
    visitor.log_in()
    names = [harness.enterprise().name for _ in range(3)]
    first = visitor.get("/enterprises").text
    second = visitor.get(
        re.search(r'href="(/enterprises[^"]*)">下一页', first)[1].replace("&amp;", "&")
    ).text
    assert "从头" in second
    assert "下一页" not in second
    assert all((name in first) != (name in second) for name in names)
    harness.store.close()


@pytest.mark.parametrize("path", ["/enterprises/999", "/enterprises/x", "/enterprises/-1"])
def test_no_such_enterprise(admin, path):
    assert admin.get(path).status_code in {400, 404}


@pytest.mark.parametrize("act", ["unlock", "unfreeze", "dates"])
def test_acts_on_nobody_are_not_found(admin, act):
    admin.see("/enterprises")
    admin.see("/password")
    assert admin.submit(f"/enterprises/999/{act}", reason="x").status_code == 404


@pytest.mark.parametrize("act", ["unlock", "unfreeze", "end", "restore", "lost", "found", "dates"])
def test_an_act_wants_a_login_a_form_of_ours_and_a_reason(harness, admin, enterprise, page, act):
    harness.bound(enterprise)
    binding = harness.bindings(enterprise)[0].id
    before = actions(harness)
    assert (
        harness.visitor()
        .post(f"{page}/{act}", data={"reason": "x", "binding": binding})
        .status_code
        == 401
    )
    admin.see(page)
    assert (
        admin.post(
            f"{page}/{act}", data={"csrf": "wrong", "reason": "x", "binding": binding}
        ).status_code
        == 403
    )
    answer = admin.submit(f"{page}/{act}", reason="  ", binding=binding)
    assert answer.status_code == 409
    assert "请填写理由" in answer.text
    assert actions(harness) == before
    assert [b.id for b in harness.bindings(enterprise)] == [binding]


def test_unlock(harness, admin, guest, enterprise, page):
    assert "解锁账号登录" not in admin.see(page).text
    for _ in range(5):
        guest.log_in_by_password(enterprise.name, "wrong-wrong-1")
    shown = admin.see(page).text
    assert "锁定" in shown
    answer = admin.submit(f"{page}/unlock", reason="电话核实")
    assert answer.headers["location"] == page
    assert "已解锁" in admin.get(answer.headers["location"]).text
    assert (
        "wang",
        "account.unlocked",
        {"enterprise": str(enterprise.id), "reason": "电话核实"},
    ) in actions(harness)
    assert guest.log_in_by_password(enterprise.name, PASSWORD).status_code == 303


def test_unfreeze(harness, admin, guest, enterprise, page):
    with harness.tx() as tx:
        tx.accounts.save(replace(enterprise, frozen_at=harness.clock.now()))
    assert "因异议" in admin.see(page).text
    assert admin.submit(f"{page}/unfreeze", reason="异议已撤回").status_code == 303
    assert guest.log_in_by_password(enterprise.name, PASSWORD).status_code == 303


def test_end_and_restore(harness, admin, guest, enterprise, page):
    der = harness.bound(enterprise)
    guest.log_in_by_lock(der)
    binding = harness.bindings(enterprise)[0]
    assert binding.tail in admin.see(page).text
    assert admin.submit(f"{page}/end", reason="邮件申请", binding=binding.id).status_code == 303
    assert guest.get("/portal").status_code == 303
    assert guest.log_in_by_lock(der).json()["code"] == "lock.unbound"
    again = admin.submit(f"{page}/end", reason="再来", binding=binding.id)
    assert again.status_code == 409
    assert "已经解除" in again.text
    admin.see(page)
    assert admin.submit(f"{page}/restore", reason="误操作", binding=binding.id).status_code == 303
    assert guest.log_in_by_lock(der).status_code == 200
    assert {"lock.ended", "lock.restored"} <= {action for _, action, _ in actions(harness)}
    trail = admin.get(page).text
    assert "恢复绑定" in trail
    assert "误操作" in trail


def test_a_binding_of_another_enterprise_is_not_this_pages(harness, admin, enterprise, page):
    other = harness.enterprise()
    harness.bound(other)
    theirs = harness.bindings(other)[0].id
    admin.see(page)
    for act in ("end", "restore", "lost", "found"):
        assert admin.submit(f"{page}/{act}", reason="x", binding=theirs).status_code == 404
        assert admin.submit(f"{page}/{act}", reason="x", binding=99_999).status_code == 404
    assert [b.id for b in harness.bindings(other)] == [theirs]


def test_restoring_where_another_lock_took_the_place(harness, admin, enterprise, page):
    harness.bound(enterprise, "old")
    old = harness.bindings(enterprise)[0].id
    admin.see(page)
    admin.submit(f"{page}/end", reason="x", binding=old)
    harness.bound(enterprise, "new")
    answer = admin.submit(f"{page}/restore", reason="理由写在这里", binding=old)
    assert answer.status_code == 409
    assert "不能恢复" in answer.text
    assert "理由写在这里" in answer.text


def test_telling_the_dates_is_recorded(harness, admin, enterprise, page):
    harness.bound(enterprise)
    assert "<h2>可以告诉对方" not in admin.see(page).text
    answer = admin.submit(f"{page}/dates", reason="登记联系人来电，已核对")
    assert "注册日期：2026-11-25" in answer.text
    assert "主锁绑锁日期：2026-11-25" in answer.text
    assert (
        "wang",
        "account.dates_told",
        {"enterprise": str(enterprise.id), "asker": "登记联系人来电，已核对"},
    ) in actions(harness)


def test_refused_certificates_are_listed(harness, admin, guest):
    assert "没有被拒绝的证书" in admin.get("/certificates").text
    guest.see("/portal/register")
    der = lock("911199990000000000", kind="person")
    for _ in range(2):
        guest.tell("/portal/certificate", certificate=text(der))
    shown = admin.get("/certificates").text
    assert "这是个人锁" in shown
    assert "2 次" in shown


def test_what_an_enterprise_writes_runs_nowhere(harness, admin, page, enterprise):
    hostile = "<script>alert(1)</script>"
    with harness.tx() as tx:
        tx.accounts.save(replace(enterprise, contact_name=hostile, contact_phone=hostile))
    shown = admin.get(page).text
    assert hostile not in shown
    assert "&lt;script&gt;" in shown


def test_a_second_ca_is_shown_on_the_page(harness, admin, enterprise, page):
    harness.bound(enterprise, ca="one")
    assert "不止一家CA" not in admin.see(page).text
    primary = harness.bindings(enterprise)[0]
    guest = harness.visitor()
    guest.enter(harness, enterprise, primary.id)
    assert (
        guest.prove(
            "bind", "/portal/locks/bind", lock(enterprise.uscc, "k2", ca="two"), enterprise.uscc
        ).status_code
        == 200
    )
    shown = admin.see(page).text
    assert "不止一家CA" in shown
    assert "另一家CA的锁要求绑定" in shown
