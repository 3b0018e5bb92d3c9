"""Binding, the enterprise's own unbinding, renewal, registration,
and what administrators may do to an account."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts.enterprises import administration
from core.accounts.enterprises.enterprise_login import (
    log_in_by_lock,
    log_in_by_password,
    session_of,
)
from core.cases.accounts import account_acts, contact_change
from core.cases.accounts.bind import bind, renew, unbind
from core.cases.accounts.own_password import change_by_password, set_by_lock
from core.cases.accounts.registration import register, submit_information
from core.data.enterprise import Contact, RequiredPaper
from core.data.letter import LetterKind
from core.errors import EntryRefused, NotAllowed
from lock_protocol import Purpose
from tests.accounts.entrance import HERE, PASSWORD, invent_uscc, lock
from tests.accounts.test_login import ALLOWED, bound, outcome
from tests.unaudited import unaudited

CONTACT = Contact("张三", "zhang@example.org", "010-00000000")


def refused(act) -> str:
    with pytest.raises(EntryRefused) as error:
        act()
    return error.value.code


def test_the_first_lock_is_primary_and_a_second_needs_a_login_with_it(entrance):
    enterprise = entrance.enterprise()
    primary = bound(entrance, enterprise)
    assert (primary.primary, primary.label) == (True, "测试CA RSA")
    assert refused(lambda: bound(entrance, enterprise, "k2")) == "lock.primary_needed"
    second = bound(entrance, enterprise, "k2", session=entrance.session(enterprise, primary.id))
    assert not second.primary
    assert (
        refused(
            lambda: bound(
                entrance, enterprise, "k3", session=entrance.session(enterprise, second.id)
            )
        )
        == "lock.primary_needed"
    )
    assert (
        outcome(
            lambda: log_in_by_lock(
                entrance.front, entrance.proof(lock(enterprise.uscc, "k2"), Purpose.LOGIN), HERE
            )
        )
        == ALLOWED
    )


def test_a_lock_is_bound_once(entrance):
    enterprise = entrance.enterprise()
    primary = bound(entrance, enterprise)
    session = entrance.session(enterprise, primary.id)
    assert refused(lambda: bound(entrance, enterprise, session=session)) == "lock.bound_here"


def test_another_enterprises_lock_is_refused(entrance):
    enterprise, other = entrance.enterprise(), entrance.enterprise()
    proof = entrance.proof(lock(other.uscc), Purpose.BIND, enterprise.uscc)
    assert (
        refused(lambda: bind(entrance.visitor(entrance.session(enterprise)), proof))
        == "certificate.other_enterprise"
    )


def test_a_ca_unique_id_belongs_to_one_enterprise_until_its_last_binding_ends(entrance):
    one, two = entrance.enterprise(), entrance.enterprise()
    first = bound(entrance, one, uid="SHARED")
    assert refused(lambda: bound(entrance, two, uid="SHARED")) == "lock.taken"
    assert entrance.bindings(two) == [], "the refusal leaves nothing behind"
    with entrance.store.transaction() as tx:
        tx.bindings.end([first.id])
    assert bound(entrance, two, uid="SHARED").primary


def test_binding_rotates_the_session(entrance):
    enterprise = entrance.enterprise()
    session = entrance.session(enterprise)
    _, token = bind(
        entrance.visitor(session),
        entrance.proof(lock(enterprise.uscc), Purpose.BIND, enterprise.uscc),
    )
    assert session_of(entrance.front, token)[0].binding_id == entrance.bindings(enterprise)[0].id
    with entrance.store.transaction() as tx:
        assert tx.logins.session(session.token_sha256) is None


def test_the_contact_is_notified_of_each_act_on_a_lock(entrance):
    """Who left with a lock and the password could bind it again after an unbinding."""
    enterprise = entrance.enterprise()
    first = bound(entrance, enterprise)
    fresh = lock(enterprise.uscc, "renewed")
    account = entrance.front.verifier.verify(fresh, entrance.clock.now()).sha256
    proof = entrance.proof(lock(enterprise.uscc), Purpose.RENEW, account)
    session = entrance.session(enterprise, first.id)
    taken, token = renew(entrance.visitor(session), proof, fresh)
    proof = entrance.proof(fresh, Purpose.UNBIND, taken.serial)
    session = session_of(entrance.front, token)[0]
    unbind(entrance.visitor(session), taken.id, proof)
    with entrance.store.view() as tx:
        notices = tx.letters.newest(kind=LetterKind.ACCOUNT_NOTICE, recipient="c@example.org")
    acts = ("绑定：主锁", "续期换锁：主锁", "解除绑定：主锁")
    for act, notice in zip(acts, reversed(notices), strict=True):
        assert f"· {act}" in notice.rendered.text


def test_a_login_by_password_ends_with_the_first_lock(entrance):
    """A bound lock refuses the password; whoever came in by it before does not stay."""
    enterprise = entrance.enterprise()
    thief = log_in_by_password(entrance.front, enterprise.name, PASSWORD, HERE).token
    first = bound(entrance, enterprise)
    assert session_of(entrance.front, thief) is None
    with unaudited(entrance.store) as tx:
        tx.bindings.end([first.id])
    thief = log_in_by_password(entrance.front, enterprise.name, PASSWORD, HERE).token
    account_acts.restore_binding(entrance.desk, "wang", first.id, "误解除")
    assert session_of(entrance.front, thief) is None


def test_an_enterprise_ends_its_own_binding_with_a_fresh_signature(entrance):
    enterprise = entrance.enterprise()
    primary = bound(entrance, enterprise)
    session = entrance.session(enterprise, primary.id)
    second = bound(entrance, enterprise, "k2", session=session)
    session = entrance.session(enterprise, primary.id)
    by_second = entrance.proof(lock(enterprise.uscc, "k2"), Purpose.UNBIND, primary.serial)
    assert (
        refused(lambda: unbind(entrance.visitor(session), primary.id, by_second))
        == "lock.primary_needed"
    )
    unbind(
        entrance.visitor(session),
        second.id,
        entrance.proof(lock(enterprise.uscc, "k2"), Purpose.UNBIND, second.serial),
    )
    unbind(
        entrance.visitor(session),
        primary.id,
        entrance.proof(lock(enterprise.uscc), Purpose.UNBIND, primary.serial),
    )
    assert entrance.bindings(enterprise) == []
    assert len(entrance.bindings(enterprise, ended=True)) == 2, "ended, never deleted"
    assert (
        outcome(lambda: log_in_by_password(entrance.front, enterprise.name, PASSWORD, HERE))
        == ALLOWED
    )


def test_nobody_ends_the_binding_of_another_enterprise(entrance):
    one, two = entrance.enterprise(), entrance.enterprise()
    victim, own = bound(entrance, one), bound(entrance, two)
    proof = entrance.proof(lock(two.uscc), Purpose.UNBIND, victim.serial)
    assert (
        refused(
            lambda: unbind(
                entrance.visitor(entrance.session(two, own.id)),
                victim.id,
                proof,
            )
        )
        == "lock.unbound"
    )
    assert len(entrance.bindings(one)) == 1


def test_after_the_primary_lock_was_unbound_the_next_one_becomes_primary(entrance):
    enterprise = entrance.enterprise()
    primary = bound(entrance, enterprise)
    session = entrance.session(enterprise, primary.id)
    second = bound(entrance, enterprise, "k2", session=session)
    session = entrance.session(enterprise, primary.id)
    unbind(
        entrance.visitor(session),
        primary.id,
        entrance.proof(lock(enterprise.uscc), Purpose.UNBIND, primary.serial),
    )
    assert bound(
        entrance, enterprise, "k3", session=entrance.session(enterprise, second.id)
    ).primary


def test_a_renewed_lock_takes_over_with_the_old_locks_signature(entrance):
    enterprise = entrance.enterprise()
    session = entrance.session(enterprise, bound(entrance, enterprise).id)
    fresh = lock(enterprise.uscc, "renewed")
    account = entrance.front.verifier.verify(fresh, entrance.clock.now()).sha256
    twin = lock(enterprise.uscc, "renewed twin")
    proof = entrance.proof(
        lock(enterprise.uscc), Purpose.RENEW, account, beside=[twin, lock(enterprise.uscc)]
    )
    taken, token = renew(entrance.visitor(session), proof, fresh)
    assert taken.primary
    assert (
        outcome(lambda: log_in_by_lock(entrance.front, entrance.proof(twin, Purpose.LOGIN), HERE))
        == ALLOWED
    )
    assert session_of(entrance.front, token)
    assert (
        outcome(lambda: log_in_by_lock(entrance.front, entrance.proof(fresh, Purpose.LOGIN), HERE))
        == ALLOWED
    )
    assert (
        outcome(
            lambda: log_in_by_lock(
                entrance.front, entrance.proof(lock(enterprise.uscc), Purpose.LOGIN), HERE
            )
        )
        != ALLOWED
    )


def test_no_key_of_the_old_lock_outlives_a_renewal(entrance):
    enterprise = entrance.enterprise()
    old, old_twin, fresh = (lock(enterprise.uscc, key) for key in ("k1", "k1 twin", "renewed"))
    bind(
        entrance.visitor(entrance.session(enterprise)),
        entrance.proof(old, Purpose.BIND, enterprise.uscc, beside=[old_twin]),
    )
    account = entrance.front.verifier.verify(fresh, entrance.clock.now()).sha256
    session = entrance.session(enterprise, entrance.bindings(enterprise)[0].id)
    renew(
        entrance.visitor(session),
        entrance.proof(old, Purpose.RENEW, account, beside=[old_twin]),
        fresh,
    )
    assert (
        outcome(lambda: log_in_by_lock(entrance.front, entrance.proof(fresh, Purpose.LOGIN), HERE))
        == ALLOWED
    )
    for gone in (old, old_twin):
        assert (
            outcome(
                lambda gone=gone: log_in_by_lock(
                    entrance.front, entrance.proof(gone, Purpose.LOGIN), HERE
                )
            )
            != ALLOWED
        )


def test_a_renewed_certificate_of_the_same_key_stays_bound(entrance):
    enterprise = entrance.enterprise()
    session = entrance.session(enterprise, bound(entrance, enterprise).id)
    fresh = lock(enterprise.uscc, "k1", renewed="2027")
    account = entrance.front.verifier.verify(fresh, entrance.clock.now()).sha256
    renew(
        entrance.visitor(session),
        entrance.proof(lock(enterprise.uscc), Purpose.RENEW, account),
        fresh,
    )
    assert (
        outcome(lambda: log_in_by_lock(entrance.front, entrance.proof(fresh, Purpose.LOGIN), HERE))
        == ALLOWED
    )


def test_a_renewal_for_another_certificate_than_the_one_signed_for_is_refused(entrance):
    enterprise = entrance.enterprise()
    session = entrance.session(enterprise, bound(entrance, enterprise).id)
    proof = entrance.proof(lock(enterprise.uscc), Purpose.RENEW, "of another")
    assert (
        refused(
            lambda: renew(
                entrance.visitor(session),
                proof,
                lock(enterprise.uscc, "other"),
            )
        )
        == "challenge.gone"
    )


def test_registration_reads_name_and_code_from_the_lock(entrance):
    uscc = invent_uscc()
    enterprise, token, _ = register(
        entrance.desk,
        entrance.front,
        entrance.proof(lock(uscc), Purpose.REGISTER),
        CONTACT,
        PASSWORD,
        PASSWORD,
        HERE,
    )
    assert (enterprise.uscc, enterprise.information_submitted, enterprise.contact_email) == (
        uscc,
        False,
        "",
    )
    assert enterprise.password_set
    assert session_of(entrance.front, token)
    assert (
        outcome(lambda: log_in_by_password(entrance.front, enterprise.name, PASSWORD, HERE))
        == ALLOWED
    )
    person = (CONTACT.name, CONTACT.phone)
    with pytest.raises(NotAllowed, match="确认该邮箱"):
        submit_information(entrance.desk, entrance.front, entrance.session(enterprise), *person)
    bind(
        entrance.visitor(entrance.session(enterprise)),
        entrance.proof(lock(uscc), Purpose.BIND, uscc),
    )
    with entrance.store.transaction() as tx:
        [letter] = tx.letters.newest()
        link = tx.links.token(letter.link_id)
    assert (letter.kind, letter.recipient) == (LetterKind.CONTACT_CONFIRM, CONTACT.email)
    contact_change.confirm(entrance.desk, link)
    submit_information(entrance.desk, entrance.front, entrance.session(enterprise), *person)
    with entrance.store.transaction() as tx:
        assert tx.accounts.get(enterprise.id).information_submitted


def test_an_enterprise_changes_its_telephone_ten_times_a_day_whoever_shares_its_contact(entrance):
    """An agent's address may be the contact of several enterprises; each has its own count."""
    one, other = entrance.enterprise(), entrance.enterprise()

    def change(enterprise, phone):
        submit_information(
            entrance.desk, entrance.front, entrance.session(enterprise), "张三", phone
        )

    for number in range(10):
        change(one, f"138{number:08d}")
    with pytest.raises(NotAllowed, match="过于频繁"):
        change(one, "13900000000")
    change(other, "13900000000")
    entrance.desk.clock.at += timedelta(days=1, seconds=1)
    change(one, "13900000000")


def test_a_code_is_registered_once(entrance):
    enterprise = entrance.enterprise()
    proof = entrance.proof(lock(enterprise.uscc), Purpose.REGISTER)
    assert (
        refused(
            lambda: register(
                entrance.desk, entrance.front, proof, CONTACT, PASSWORD, PASSWORD, HERE
            )
        )
        == "account.registered"
    )


def test_a_lock_with_a_former_binding_is_told_to_be_unbound_first(entrance):
    bound(entrance, entrance.enterprise(), uid="RENEWED")
    proof = entrance.proof(lock(invent_uscc(), uid="RENEWED"), Purpose.REGISTER)
    assert (
        refused(
            lambda: register(
                entrance.desk, entrance.front, proof, CONTACT, PASSWORD, PASSWORD, HERE
            )
        )
        == "lock.former_binding"
    )


BAD_ADDRESSES = [
    "",
    "no-at",
    "a@b",
    "中文@example.org",
    "a b@example.org",
    "a@example.org\nBcc: x@example.org",
    "a@example.org, b@example.org",
    "a@example.org;b@example.org",
    "A <a@example.org>",
    "a@example.org\r",
    "a@b@example.org",
    ".a@example.org",
    "a..b@example.org",
    "a@-example.org",
    "a@example..org",
    "a@127.0.0.1",
    "a@[127.0.0.1]",
    '"a b"@example.org',
    f"{'a' * 65}@example.org",
    f"a@{'b' * 250}.org",
    f"a@{'.'.join(['b' * 60] * 5)}.org",
    "a@example.org.",
]


@pytest.mark.parametrize("email", BAD_ADDRESSES)
def test_an_address_that_cannot_be_reached_is_refused(entrance, email):
    with pytest.raises(NotAllowed, match="邮箱"):
        register(
            entrance.desk,
            entrance.front,
            entrance.proof(lock(invent_uscc()), Purpose.REGISTER),
            Contact("张三", email, ""),
            PASSWORD,
            PASSWORD,
            HERE,
        )


@pytest.mark.parametrize(
    "email",
    ["a@example.org", "a.b+c@mail.example.org", "o'hara_1@xn--fiq228c.example", "123456@qq.com"],
)
def test_addresses_as_people_have_them_are_taken(entrance, email):
    uscc = invent_uscc()
    assert register(
        entrance.desk,
        entrance.front,
        entrance.proof(lock(uscc), Purpose.REGISTER),
        Contact("张三", email, ""),
        PASSWORD,
        PASSWORD,
        HERE,
    )


@pytest.mark.parametrize(
    "email", ["desk@example.org", "Desk@Example.ORG", "desk+x@example.org", "alias@example.org"]
)
def test_our_own_mailbox_is_nobodys_contact(entrance, email):
    settings = replace(
        entrance.front.settings, own_addresses=frozenset({"desk@example.org", "alias@example.org"})
    )
    front = replace(entrance.front, settings=settings)
    with pytest.raises(NotAllowed, match="本中心"):
        register(
            entrance.desk,
            front,
            entrance.proof(lock(invent_uscc()), Purpose.REGISTER),
            Contact("张三", email, ""),
            PASSWORD,
            PASSWORD,
            HERE,
        )


@pytest.mark.parametrize("name", ["", "张\n三", "张" * 101])
def test_a_contact_has_a_name_of_one_line(entrance, name):
    with pytest.raises(NotAllowed, match="联系人姓名"):
        register(
            entrance.desk,
            entrance.front,
            entrance.proof(lock(invent_uscc()), Purpose.REGISTER),
            Contact(name, "a@example.org", ""),
            PASSWORD,
            PASSWORD,
            HERE,
        )


def test_an_administrator_ends_restores_and_marks_lost(entrance):
    enterprise = entrance.enterprise()
    binding = bound(entrance, enterprise)
    token = log_in_by_lock(
        entrance.front, entrance.proof(lock(enterprise.uscc), Purpose.LOGIN), HERE
    )[1]
    account_acts.end_binding(entrance.desk, "li", binding.id, "企业来电")
    assert session_of(entrance.front, token) is None
    account_acts.restore_binding(entrance.desk, "li", binding.id, "误操作")
    assert (
        outcome(
            lambda: log_in_by_lock(
                entrance.front, entrance.proof(lock(enterprise.uscc), Purpose.LOGIN), HERE
            )
        )
        == ALLOWED
    )
    with unaudited(entrance.store) as tx:
        tx.bindings.mark(binding.id, lost=True)
    account_acts.end_binding(entrance.desk, "li", binding.id, "不再使用")
    with pytest.raises(NotAllowed, match="挂失"):
        account_acts.restore_binding(entrance.desk, "li", binding.id, "找回")
    with entrance.store.transaction() as tx:
        assert {"lock.ended", "lock.restored"} <= {entry.action for entry in tx.audit.entries()}


def test_a_binding_is_not_restored_over_a_new_primary_or_another_owner(entrance):
    enterprise = entrance.enterprise()
    old = bound(entrance, enterprise)
    account_acts.end_binding(entrance.desk, "li", old.id, "更换")
    bound(entrance, enterprise, "k2")
    with pytest.raises(NotAllowed, match="新的主锁"):
        account_acts.restore_binding(entrance.desk, "li", old.id, "恢复")
    assert [b.primary for b in entrance.bindings(enterprise)] == [True]


def test_the_contact_is_told_what_an_administrator_opens(entrance):
    enterprise = entrance.enterprise()
    binding = bound(entrance, enterprise)
    account_acts.end_binding(entrance.desk, "li", binding.id, "企业来电")
    account_acts.restore_binding(entrance.desk, "li", binding.id, "误操作")
    account_acts.unfreeze(entrance.desk, "li", enterprise.id, "已核实")
    with entrance.store.transaction() as tx:
        found = tx.letters.newest()
    assert {letter.recipient for letter in found} == {enterprise.contact_email}
    told = "".join(letter.rendered.text for letter in found)
    for act in ("解除绑定", "恢复绑定", "解除冻结", binding.tail, "提出异议"):
        assert act in told


def test_acts_of_administrators_need_a_reason(entrance):
    binding = bound(entrance, entrance.enterprise())
    for act in (account_acts.end_binding, account_acts.restore_binding):
        with pytest.raises(NotAllowed, match="理由"):
            act(entrance.desk, "li", binding.id, " ")


def test_telling_the_dates_is_recorded_and_unlocking_opens_the_password(entrance):
    enterprise = entrance.enterprise()
    for _ in range(5):
        outcome(lambda: log_in_by_password(entrance.front, enterprise.name, "wrong", HERE))
    administration.unlock(entrance, "li", enterprise.id, "电话核实")
    assert (
        outcome(lambda: log_in_by_password(entrance.front, enterprise.name, PASSWORD, HERE))
        == ALLOWED
    )
    assert administration.disclose_dates(entrance, "li", enterprise.id, "登记联系人来电") == []
    with entrance.store.transaction() as tx:
        details = {entry.action: entry.detail for entry in tx.audit.entries()}
    assert details["account.unlocked"]["reason"] == "电话核实"
    assert details["account.dates_told"]["asker"] == "登记联系人来电"


def alerts(entrance) -> list[str]:
    with entrance.store.transaction() as tx:
        return [alert.kind for alert in tx.alerts.find()]


def test_a_second_ca_for_the_same_enterprise_is_shown_to_people(entrance):
    enterprise = entrance.enterprise()
    primary = bound(entrance, enterprise, ca="one")
    assert bound(
        entrance, enterprise, "k2", ca="one", session=entrance.session(enterprise, primary.id)
    )
    assert alerts(entrance) == []
    assert bound(
        entrance, enterprise, "k3", ca="two", session=entrance.session(enterprise, primary.id)
    ), "changing the CA is lawful"
    assert alerts(entrance) == [f"lock.other_ca.{enterprise.id}"]
    with entrance.store.transaction() as tx:
        assert {"enterprise": str(enterprise.id), "issuer": "two"} in [
            entry.detail for entry in tx.audit.entries()
        ]


def test_a_second_ca_is_shown_also_where_its_lock_is_refused(entrance):
    enterprise = entrance.enterprise()
    bound(entrance, enterprise, ca="one")
    assert refused(lambda: bound(entrance, enterprise, "k2", ca="two")) == "lock.primary_needed"
    assert alerts(entrance) == [f"lock.other_ca.{enterprise.id}"]


def test_a_second_ca_is_shown_also_where_the_first_ones_lock_is_unbound(entrance):
    enterprise = entrance.enterprise()
    former = bound(entrance, enterprise, ca="one")
    with entrance.store.transaction() as tx:
        tx.bindings.end([former.id])
        tx.audit.write("test", "binding.ended")
    bound(entrance, enterprise, "k2", ca="two")
    assert alerts(entrance) == [f"lock.other_ca.{enterprise.id}"]


def test_a_renewal_under_a_second_ca_is_shown_too(entrance):
    enterprise = entrance.enterprise()
    session = entrance.session(enterprise, bound(entrance, enterprise, ca="one").id)
    fresh = lock(enterprise.uscc, "renewed", ca="two")
    account = entrance.front.verifier.verify(fresh, entrance.clock.now()).sha256
    renew(
        entrance.visitor(session),
        entrance.proof(lock(enterprise.uscc, ca="one"), Purpose.RENEW, account),
        fresh,
    )
    assert alerts(entrance) == [f"lock.other_ca.{enterprise.id}"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"uscc": ""}, "certificate.no_uscc"), ({"name": "taken"}, "account.name_taken")],
)
def test_a_lock_that_names_no_new_enterprise_registers_none(entrance, changes, code):
    if "name" in changes:
        changes = {"name": entrance.enterprise().name}
    proof = entrance.proof(lock(**{"uscc": invent_uscc()} | changes), Purpose.REGISTER)
    new = (entrance.desk, entrance.front, proof, CONTACT, PASSWORD, PASSWORD)
    assert refused(lambda: register(*new, HERE)) == code


def test_an_account_without_a_password_gets_its_first_by_a_lock_alone(entrance):
    enterprise = entrance.enterprise()
    der = lock(enterprise.uscc)
    binding = bound(entrance, enterprise)
    with entrance.store.transaction() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), password_set=False))
    session, words = entrance.session(enterprise, binding.id), "another-word-7"
    changes = (entrance.visitor(session), PASSWORD, words, words, HERE)
    assert refused(lambda: change_by_password(*changes)) == "password.missing"
    proof = entrance.proof(der, Purpose.PASSWORD, enterprise.uscc)
    set_by_lock(entrance.visitor(session), proof, words, words, HERE)
    with entrance.store.transaction() as tx:
        assert tx.accounts.get(enterprise.id).password_set
        actions = [entry.action for entry in tx.audit.entries()]
    assert ("password.first" in actions, "password.changed" in actions) == (True, False)


def test_particulars_are_submitted_again_without_the_papers_of_the_first_time(entrance):
    enterprise = entrance.enterprise(submitted=True)
    settings = replace(
        entrance.front.settings, papers={"licence": RequiredPaper("licence", "营业执照")}
    )
    front, person = replace(entrance.front, settings=settings), ("李四", "010-1")
    submit_information(entrance.desk, front, entrance.session(enterprise), *person)
    with entrance.store.transaction() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), information_submitted=False))
    with pytest.raises(NotAllowed, match="还没有上传：营业执照"):
        submit_information(entrance.desk, front, entrance.session(enterprise), *person)


def test_a_changed_password_is_hashed_in_the_pool_of_the_entrance(entrance):
    """Enterprises fill no pool in which administrators log in."""
    enterprise = entrance.enterprise()
    visitor = entrance.visitor(entrance.session(enterprise))
    without_console = replace(visitor, desk=replace(visitor.desk, passwords=None))
    assert change_by_password(without_console, PASSWORD, "other-word-7", "other-word-7", HERE)
