"""Registration, information and CA管理 through the pages:
each step, and each refusal with its words."""

from dataclasses import replace

import pytest

from core.data.letter import LetterKind
from tests.accounts.entrance import PASSWORD, invent_uscc, lock
from tests.portal.conftest import text
from tests.portal.test_contact import letters, link, used

CONTACT = {
    "contact_name": "赵联系",
    "contact_email": "c@example.org",
    "contact_phone": "010-00000000",
}
FORM = {**CONTACT, "password": PASSWORD, "again": PASSWORD}


def code_of(answer):
    return answer.json()["code"]


# ---- registration


def test_the_certificate_gives_the_name_and_the_code(guest):
    guest.see("/portal/register")
    uscc = invent_uscc()
    read = guest.tell("/portal/certificate", certificate=text(lock(uscc))).json()
    assert (read["uscc"], read["name"]) == (uscc, f"北京{uscc[10:17]}测试有限公司")


@pytest.mark.parametrize(
    ("der", "status", "code"),
    [
        (lock("911199990000000000", kind="person"), 422, "holder.person"),
        (lock("", name="北京无码测试有限公司"), 409, "certificate.no_uscc"),
    ],
)
def test_a_certificate_that_cannot_register_says_why(guest, der, status, code):
    guest.see("/portal/register")
    answer = guest.tell("/portal/certificate", certificate=text(der))
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert answer.json()["help"]["steps"]


def test_register_then_submit_then_bind(harness, guest):
    guest.see("/portal/register")
    der = lock(invent_uscc())
    assert guest.prove("register", "/portal/register", der, **FORM).json() == {"go": "/portal"}
    home = guest.see("/portal").text
    assert "注册成功" in home
    assert "下一步：完善企业信息" in home
    assert CONTACT["contact_email"] in home, "it waits for its confirmation"
    guest.see("/portal/information")
    early = guest.submit("/portal/information", **CONTACT)
    assert (early.status_code, "确认该邮箱" in early.text) == (422, True)
    used(harness, link(harness, LetterKind.CONTACT_CONFIRM))
    guest.see("/portal/information")
    assert (
        guest.submit("/portal/information", **CONTACT | {"contact_name": "钱联系"}).headers[
            "location"
        ]
        == "/portal"
    )
    assert "下一步：绑定CA锁" in guest.see("/portal").text
    lock_pages = guest.see("/portal/locks").text
    assert "绑定主锁" in lock_pages
    with harness.tx() as tx:
        enterprise = tx.accounts.find()[0]
    assert (enterprise.contact_name, enterprise.information_submitted) == ("钱联系", True)
    before = guest.cookies["unbind-portal"]
    assert guest.prove("bind", "/portal/locks/bind", der, enterprise.uscc).json() == {
        "go": "/portal/locks"
    }
    assert guest.cookies["unbind-portal"] != before
    assert "账号已可使用" in guest.see("/portal").text
    assert "新增副锁" in guest.see("/portal/locks").text
    assert guest.log_in_by_lock(der).status_code == 200


def test_who_is_registered_is_not_registered_again(harness, guest):
    enterprise = harness.enterprise()
    guest.see("/portal/register")
    answer = guest.prove("register", "/portal/register", lock(enterprise.uscc), **FORM)
    assert code_of(answer) == "account.registered"
    assert "内部询问" in str(answer.json())


@pytest.mark.parametrize(
    "changes",
    [
        {"again": "other-2026-Chuan"},
        {"password": "short1", "again": "short1"},
        {"contact_email": "no address"},
        {"contact_name": " "},
    ],
)
def test_a_registration_with_a_fault_says_which(harness, guest, changes):
    guest.see("/portal/register")
    answer = guest.prove("register", "/portal/register", lock(invent_uscc()), **FORM | changes)
    assert (answer.status_code, code_of(answer)) == (409, "desk.refused")
    with harness.tx() as tx:
        assert tx.accounts.find() == []


@pytest.mark.parametrize("extra", [{"name": "别人有限公司"}, {"uscc": "x"}, {"PIN": "123456"}])
def test_name_code_and_pin_are_never_taken_from_a_page(guest, extra):
    guest.see("/portal/register")
    answer = guest.prove("register", "/portal/register", lock(invent_uscc()), **FORM, **extra)
    assert (answer.status_code, code_of(answer)) == (400, "request")


# ---- information


def test_wrong_information_is_said_and_kept(harness, guest):
    guest.enter(harness, harness.enterprise(submitted=False))
    guest.see("/portal/information")
    answer = guest.submit("/portal/information", contact_name=" ", contact_phone="010-00000000")
    assert answer.status_code == 422
    assert "联系人姓名" in answer.text
    assert 'value="010-00000000"' in answer.text
    assert guest.post("/portal/information", data={"csrf": "x", **CONTACT}).status_code == 403


def test_another_telephone_is_told_to_the_contact(harness, guest, enterprise):
    """Whoever has a session could else name the telephone that the centre verifies requests by."""
    guest.enter(harness, enterprise)
    guest.see("/portal/information")
    person = {"contact_name": "李四", "contact_phone": "010-66666666"}
    assert guest.submit("/portal/information", **person).status_code == 303
    [told] = letters(harness, LetterKind.ACCOUNT_NOTICE)
    assert (told.recipient, "末四位 6666" in told.rendered.text) == (enterprise.contact_email, True)
    assert "异议" in used(harness, link(harness, LetterKind.ACCOUNT_NOTICE)).text
    with harness.tx() as tx:
        assert tx.accounts.get(enterprise.id).frozen_at


def test_the_same_information_again_is_told_to_nobody(harness, guest, enterprise):
    guest.enter(harness, enterprise)
    guest.see("/portal/information")
    person = {"contact_name": enterprise.contact_name, "contact_phone": enterprise.contact_phone}
    assert guest.submit("/portal/information", **person).status_code == 303
    assert letters(harness, LetterKind.ACCOUNT_NOTICE) == []


def test_the_page_of_information_changes_no_address(harness, guest):
    enterprise = harness.enterprise(submitted=False)
    guest.enter(harness, enterprise)
    guest.see("/portal/information")
    assert (
        guest.submit(
            "/portal/information", **CONTACT | {"contact_email": "thief@example.net"}
        ).status_code
        == 303
    )
    with harness.tx() as tx:
        assert tx.accounts.get(enterprise.id).contact_email == enterprise.contact_email


# ---- locks


@pytest.fixture
def primary(harness, guest, enterprise):
    """The enterprise's primary lock; the guest has logged in with it."""
    der = harness.bound(enterprise, "primary")
    guest.log_in_by_lock(der)
    return der


def test_a_secondary_lock_is_added_with_the_primary_one(harness, guest, enterprise, primary):
    assert (
        guest.prove(
            "bind", "/portal/locks/bind", lock(enterprise.uscc, "second"), enterprise.uscc
        ).status_code
        == 200
    )
    assert [b.primary for b in harness.bindings(enterprise)] == [True, False]
    shown = guest.see("/portal/locks").text
    assert "主锁" in shown
    assert "副锁" in shown
    guest.log_in_by_lock(lock(enterprise.uscc, "second"))
    assert "须用主锁登录" in guest.see("/portal/locks").text
    answer = guest.prove(
        "bind", "/portal/locks/bind", lock(enterprise.uscc, "third"), enterprise.uscc
    )
    assert code_of(answer) == "lock.primary_needed"


@pytest.mark.parametrize(
    ("key", "code"), [("primary", "lock.bound_here"), ("theirs", "certificate.other_enterprise")]
)
def test_locks_that_cannot_be_added(harness, guest, enterprise, primary, key, code):
    other = harness.enterprise()
    der = lock(enterprise.uscc, "primary") if key == "primary" else lock(other.uscc)
    assert code_of(guest.prove("bind", "/portal/locks/bind", der, enterprise.uscc)) == code


def test_a_lock_is_bound_with_all_its_keys(harness, guest, enterprise):
    guest.enter(harness, enterprise)
    rsa, sm2 = lock(enterprise.uscc, "rsa"), lock(enterprise.uscc, "sm2")
    assert (
        guest.prove(
            "bind", "/portal/locks/bind", rsa, enterprise.uscc, beside=[text(sm2)]
        ).status_code
        == 200
    )
    assert guest.log_in_by_lock(sm2).status_code == 200


def test_the_enterprise_unbinds_its_own_lock_and_is_out(harness, guest, enterprise, primary):
    binding = harness.bindings(enterprise)[0]
    answer = guest.prove(
        "unbind", "/portal/locks/unbind", primary, binding.serial, binding_id=binding.id
    )
    assert answer.json() == {"go": "/portal/login?by=account"}
    assert harness.bindings(enterprise) == []
    assert guest.get("/portal").status_code == 303
    assert "已解除当前CA锁的绑定" in guest.see("/portal/login?by=account").text
    assert guest.log_in_by_password(enterprise.name, PASSWORD).status_code == 303


def test_the_primary_lock_unbinds_the_secondary_and_stays(harness, guest, enterprise, primary):
    guest.prove("bind", "/portal/locks/bind", lock(enterprise.uscc, "second"), enterprise.uscc)
    guest.see("/portal/locks")
    second = harness.bindings(enterprise)[1]
    answer = guest.prove(
        "unbind", "/portal/locks/unbind", primary, second.serial, binding_id=second.id
    )
    assert answer.json() == {"go": "/portal/locks"}
    assert guest.get("/portal/locks").status_code == 200


def test_who_removes_one_of_two_locks_is_told_what_remains(harness, guest, enterprise, primary):
    second_der = lock(enterprise.uscc, "second")
    guest.prove("bind", "/portal/locks/bind", second_der, enterprise.uscc)
    shown = guest.see("/portal/locks").text
    first, second = harness.bindings(enterprise)
    assert f"还有副锁 {second.label}（末六位 {second.tail}）；下一把绑定的锁成为主锁" in shown
    assert f"还有主锁 {first.label}（末六位 {first.tail}）" in shown
    answer = guest.prove(
        "unbind", "/portal/locks/unbind", primary, first.serial, binding_id=first.id
    )
    assert answer.json() == {"go": "/portal/login?by=lock"}
    assert "账号还绑定着其他CA锁" in guest.see("/portal/login?by=lock").text
    assert guest.log_in_by_lock(second_der).status_code == 200, (
        "an account login would be refused: a lock is bound"
    )


def test_a_signature_for_one_binding_ends_no_other(harness, guest, enterprise, primary):
    guest.prove("bind", "/portal/locks/bind", lock(enterprise.uscc, "second"), enterprise.uscc)
    guest.see("/portal/locks")
    first, second = harness.bindings(enterprise)
    answer = guest.prove(
        "unbind", "/portal/locks/unbind", primary, second.serial, binding_id=first.id
    )
    assert code_of(answer) == "challenge.gone"
    assert len(harness.bindings(enterprise)) == 2


def test_nobody_elses_binding_is_ended(harness, guest, enterprise, primary):
    other = harness.enterprise()
    harness.bound(other)
    for binding_id in (harness.bindings(other)[0].id, 99_999):
        answer = guest.prove(
            "unbind", "/portal/locks/unbind", primary, str(binding_id), binding_id=binding_id
        )
        assert code_of(answer) == "lock.unbound"
    assert len(harness.bindings(other)) == 1


def test_a_renewed_lock_takes_over_with_the_old_ones_signature(harness, guest, enterprise, primary):
    import hashlib

    renewed = lock(enterprise.uscc, "renewed")
    account = hashlib.sha256(renewed).hexdigest()
    answer = guest.prove("renew", "/portal/locks/renew", primary, account, renewed=text(renewed))
    assert answer.json() == {"go": "/portal/locks"}
    assert "新锁已接替" in guest.see("/portal/locks").text
    assert guest.log_in_by_lock(primary).json()["code"] == "lock.unbound"
    assert guest.log_in_by_lock(renewed).status_code == 200


@pytest.mark.parametrize("act", ["bind", "unbind", "renew"])
def test_acts_on_locks_want_a_login_and_our_page(harness, guest, enterprise, primary, act):
    proof = guest.signature("bind", primary, enterprise.uscc)
    fields = {"unbind": {"binding_id": 1}, "renew": {"renewed": text(primary)}}.get(act, {})
    assert (
        guest.post(f"/portal/locks/{act}", json={"csrf": "x", **proof, **fields}).status_code == 403
    )
    guest.cookies.delete("unbind-portal")
    answer = guest.tell(f"/portal/locks/{act}", **proof, **fields)
    assert (answer.status_code, code_of(answer)) == (401, "session.gone")


def test_a_racing_binder_is_told(harness, guest, enterprise, monkeypatch):
    from core.errors import Conflict
    from web.portal import lock_pages

    guest.enter(harness, enterprise)

    def conflict(*_):
        raise Conflict("此锁已被绑定，或该企业已有主锁，请刷新后重试。")

    monkeypatch.setattr(lock_pages.bind, "bind", conflict)
    answer = guest.prove("bind", "/portal/locks/bind", lock(enterprise.uscc), enterprise.uscc)
    assert (answer.status_code, code_of(answer)) == (409, "desk.refused")
    assert "请刷新后重试" in answer.json()["message"]


def test_what_a_name_holds_runs_nowhere(harness, guest):
    enterprise = harness.enterprise()
    hostile = "<img src=x onerror=alert(1)>"
    with harness.tx() as tx:
        tx.accounts.save(replace(enterprise, contact_name=hostile))
    guest.enter(harness, enterprise)
    assert hostile not in guest.get("/portal/information").text


# ---- an enterprise that was imported without a password


@pytest.fixture
def imported(harness, enterprise):
    """The enterprise as an import leaves it: a lock, and no password."""
    from dataclasses import replace as changed

    der = harness.bound(enterprise, "primary")
    with harness.tx() as tx:
        tx.accounts.save(changed(tx.accounts.get(enterprise.id), password_set=False))
    return der


def test_the_last_binding_waits_for_a_password_that_the_lock_signs_for(
    harness, guest, enterprise, imported
):
    guest.log_in_by_lock(imported)
    binding = harness.bindings(enterprise)[0]
    assert "账号还没有密码" in guest.see("/portal/locks").text
    unbind = ("unbind", "/portal/locks/unbind", imported, binding.serial)
    refused = guest.prove(*unbind, binding_id=binding.id)
    assert (code_of(refused), refused.json()["help"]["ways"]) == (
        "password.missing",
        [["设置密码", "/portal/password"]],
    )
    assert harness.bindings(enterprise) == [binding]
    assert 'method="post"' in guest.see("/portal/password").text, (
        "without script no password may stand in the address"
    )
    told = guest.prove(
        "password",
        "/portal/password/lock",
        imported,
        enterprise.uscc,
        password="own-2026-Chuan",
        again="own-2026-Chuan",
    )
    assert told.json() == {"go": "/portal"}
    guest.see("/portal/locks")
    assert guest.prove(*unbind, binding_id=binding.id).json() == {"go": "/portal/login?by=account"}
    assert guest.log_in_by_password(enterprise.name, "own-2026-Chuan").status_code == 303


@pytest.mark.parametrize(
    ("who", "words", "code"),
    [
        ("enterprise", {"again": "another-2026-Chuan"}, "desk.refused"),
        ("stranger", {}, "lock.not_own"),
        ("signed for another purpose", {}, "challenge.gone"),
    ],
)
def test_a_first_password_that_is_refused(harness, guest, enterprise, imported, who, words, code):
    stranger = harness.bound(harness.enterprise(), "theirs")
    guest.log_in_by_lock(imported)
    form = {"password": "own-2026-Chuan", "again": "own-2026-Chuan"} | words
    purpose, der = (
        "bind" if who.startswith("signed") else "password",
        stranger if who == "stranger" else imported,
    )
    assert (
        code_of(guest.prove(purpose, "/portal/password/lock", der, enterprise.uscc, **form)) == code
    )
    with harness.tx() as tx:
        assert not tx.accounts.get(enterprise.id).password_set
