"""A binding holds only keys that have signed; and an account that is frozen between a lock's
signature and the act is not changed any more."""

from dataclasses import replace

import pytest

from core.accounts.enterprises.enterprise_login import (
    LOCK_UNBOUND,
    log_in_by_lock,
    log_in_by_password,
)
from core.cases.accounts import account_acts
from core.cases.accounts.account_notice import Visitor
from core.cases.accounts.bind import bind, renew, unbind
from core.data.enterprise import Binding
from core.errors import EntryRefused, NotAllowed
from lock_protocol import Purpose
from tests.accounts.entrance import AT, HERE, PASSWORD, PlainSignatures, lock
from tests.accounts.test_bind import refused
from tests.accounts.test_login import ALLOWED, bound, outcome
from tests.unaudited import unaudited

LOST = "已挂失"


def key_of(entrance, der) -> str:
    return entrance.front.verifier.verify(der, AT).spki_sha256


def held(entrance, der) -> Binding | None:
    with entrance.store.transaction() as tx:
        return tx.bindings.by_key(key_of(entrance, der))


def log_in(entrance, der, **more):
    return outcome(
        lambda: log_in_by_lock(entrance.front, entrance.proof(der, Purpose.LOGIN, **more), HERE)
    )


def bound_with(entrance, enterprise, der, *beside, binding_id=None):
    proof = entrance.proof(der, Purpose.BIND, enterprise.uscc, beside=beside)
    return bind(entrance.visitor(entrance.session(enterprise, binding_id)), proof)[0]


def imported(entrance, enterprise, der, **facts) -> int:
    """The id of a binding of which only the serial is known."""
    serial = entrance.front.verifier.verify(der, AT).serial
    binding = Binding(
        0, enterprise.id, serial, "BJCA", primary=True, system="s", bound_at=AT, **facts
    )
    with unaudited(entrance.store) as tx:
        return tx.bindings.add(binding)


def report_lost(entrance, binding):
    with unaudited(entrance.store) as tx:
        tx.bindings.mark(binding.id, lost=True)


# ---- keys that never signed


def test_a_bound_key_that_is_certified_anew_for_another_opens_neither_account(entrance):
    """Who kept a lock has its key certified for a firm of his own: that certificate is good when
    the enterprise's is revoked."""
    one, two = entrance.enterprise(), entrance.enterprise()
    bound_with(entrance, one, lock(one.uscc))
    theirs = lock(two.uscc, was=one.uscc)
    assert key_of(entrance, theirs) == key_of(entrance, lock(one.uscc))
    assert "与当前账号的企业不一致" in log_in(entrance, theirs)
    assert refused(lambda: bound_with(entrance, two, theirs)) == "lock.taken"
    assert log_in(entrance, lock(one.uscc)) == ALLOWED


def test_a_key_beside_the_one_that_signed_is_the_bindings_only_when_it_signs_itself(entrance):
    enterprise = entrance.enterprise()
    rsa, sm2 = lock(enterprise.uscc, "rsa", uid="U1"), lock(enterprise.uscc, "sm2", uid="U1")
    binding = bound_with(entrance, enterprise, rsa, sm2)
    assert (held(entrance, rsa), held(entrance, sm2)) == (binding, None)
    assert log_in(entrance, sm2) == ALLOWED
    assert held(entrance, sm2) == binding


def test_a_key_that_nobody_announced_does_not_come_in_by_its_holders_name(entrance):
    enterprise = entrance.enterprise()
    bound_with(entrance, enterprise, lock(enterprise.uscc, "rsa", uid="U1"))
    assert log_in(entrance, lock(enterprise.uscc, "found in the street", uid="U1")) == LOCK_UNBOUND


def test_an_announced_key_does_not_come_in_by_another_cas_certificate(entrance):
    enterprise = entrance.enterprise()
    one, two = (lock(enterprise.uscc, "sm2", uid="U1", ca=ca) for ca in ("one", "two"))
    bound_with(entrance, enterprise, lock(enterprise.uscc, "rsa", uid="U1", ca="one"), one)
    assert log_in(entrance, two) == LOCK_UNBOUND
    assert log_in(entrance, one) == ALLOWED


@pytest.mark.parametrize(
    "other", [{"uid": "U2"}, {"ca": "another CA"}, {"name": "北京别家测试有限公司"}]
)
def test_a_certificate_of_another_ca_or_holder_is_not_announced(entrance, other):
    enterprise = entrance.enterprise()
    stranger = lock(enterprise.uscc, "sm2", **{"uid": "U1"} | other)
    bound_with(entrance, enterprise, lock(enterprise.uscc, "rsa", uid="U1"), stranger)
    assert log_in(entrance, stranger) == LOCK_UNBOUND


def test_an_announced_key_ends_with_its_binding(entrance):
    enterprise = entrance.enterprise()
    rsa, sm2 = lock(enterprise.uscc, "rsa"), lock(enterprise.uscc, "sm2")
    binding = bound_with(entrance, enterprise, rsa, sm2)
    account_acts.end_binding(entrance.desk, "li", binding.id, "企业来电")
    assert log_in(entrance, sm2) == LOCK_UNBOUND


def test_no_key_of_a_lost_lock_comes_back_beside_another(entrance):
    enterprise = entrance.enterprise()
    lost, fresh = lock(enterprise.uscc, "lost"), lock(enterprise.uscc, "fresh")
    binding = bound_with(entrance, enterprise, lost)
    report_lost(entrance, binding)
    account_acts.end_binding(entrance.desk, "li", binding.id, "不再使用")
    bound_with(entrance, enterprise, fresh, lost)
    assert LOST in log_in(entrance, lost)


@pytest.mark.parametrize("given_up", [False, True])
@pytest.mark.parametrize("key", ["held", "announced"])
def test_a_lost_lock_is_bound_nowhere_and_does_nothing(entrance, key, given_up):
    enterprise = entrance.enterprise()
    ders = {"held": lock(enterprise.uscc, "rsa"), "announced": lock(enterprise.uscc, "sm2")}
    primary = bound_with(entrance, enterprise, lock(enterprise.uscc, "primary"))
    binding = bound_with(
        entrance, enterprise, ders["held"], ders["announced"], binding_id=primary.id
    )
    session = entrance.session(enterprise, binding.id)
    report_lost(entrance, binding)
    if given_up:
        account_acts.end_binding(entrance.desk, "li", binding.id, "不再使用")
    der = ders[key]
    assert LOST in log_in(entrance, der)
    renewing, fresh = lock(enterprise.uscc, "primary"), lock(enterprise.uscc, "fresh")
    by_primary = entrance.session(enterprise, primary.id)
    proof = entrance.proof(der, Purpose.UNBIND, primary.serial)
    for act in (
        lambda: bound_with(entrance, enterprise, der, binding_id=primary.id),
        lambda: renewed(entrance, enterprise, primary, renewing, der),
        lambda: renewed(entrance, enterprise, primary, der, fresh),
        lambda: unbind(entrance.visitor(by_primary), primary.id, proof),
    ):
        assert refused(act) == "lock.lost"
    with entrance.store.transaction() as tx:
        assert tx.logins.session(session.token_sha256) is None


@pytest.mark.parametrize("given_up", [False, True])
def test_a_lock_that_was_found_serves_again_and_brings_no_old_login_back(entrance, given_up):
    enterprise = entrance.enterprise()
    der = lock(enterprise.uscc)
    binding = bound_with(entrance, enterprise, der)
    session = entrance.session(enterprise, binding.id)
    report_lost(entrance, binding)
    if given_up:
        account_acts.end_binding(entrance.desk, "li", binding.id, "不再使用")
    with unaudited(entrance.store) as tx:
        tx.bindings.mark(binding.id, lost=False)
    if given_up:
        bound_with(entrance, enterprise, der)
    assert log_in(entrance, der) == ALLOWED
    with entrance.store.transaction() as tx:
        assert tx.logins.session(session.token_sha256) is None


def test_an_imported_lock_that_was_lost_is_known_by_its_serial(entrance):
    enterprise = entrance.enterprise()
    der = lock(enterprise.uscc)
    binding_id = imported(entrance, enterprise, der, lost_at=AT)
    assert LOST in log_in(entrance, der)
    account_acts.end_binding(entrance.desk, "li", binding_id, "不再使用")
    assert refused(lambda: bound_with(entrance, enterprise, der)) == "lock.lost"


def test_who_announces_a_key_keeps_nobody_else_from_binding_it(entrance):
    one, two = entrance.enterprise(), entrance.enterprise()
    binding, theirs = bound(entrance, one), lock(two.uscc)
    with entrance.store.transaction() as tx:
        tx.bindings.announce_keys(binding.id, {key_of(entrance, theirs)})
    assert log_in(entrance, theirs) == LOCK_UNBOUND, "it is not the first enterprise's"
    assert bound_with(entrance, two, theirs).enterprise_id == two.id


def test_a_second_key_of_the_same_lock_is_told_as_bound_here(entrance):
    enterprise = entrance.enterprise()
    rsa, sm2 = lock(enterprise.uscc, "rsa"), lock(enterprise.uscc, "sm2")
    primary = bound_with(entrance, enterprise, rsa, sm2)
    assert (
        refused(lambda: bound_with(entrance, enterprise, sm2, binding_id=primary.id))
        == "lock.bound_here"
    )


def test_a_second_key_of_the_lock_unbinds_it_too(entrance):
    enterprise = entrance.enterprise()
    rsa, sm2 = lock(enterprise.uscc, "rsa"), lock(enterprise.uscc, "sm2")
    primary = bound_with(entrance, enterprise, rsa, sm2)
    unbind(
        entrance.visitor(entrance.session(enterprise, primary.id)),
        primary.id,
        entrance.proof(sm2, Purpose.UNBIND, primary.serial),
    )
    assert entrance.bindings(enterprise) == []


def test_a_renewed_lock_holds_no_key_before_it_signs(entrance):
    enterprise = entrance.enterprise()
    old, fresh, twin = (lock(enterprise.uscc, key) for key in ("old", "fresh", "fresh twin"))
    binding = bound_with(entrance, enterprise, old)
    renewed(entrance, enterprise, binding, old, fresh, twin)
    assert (held(entrance, fresh), held(entrance, twin)) == (None, None)
    assert log_in(entrance, twin) == log_in(entrance, fresh) == ALLOWED
    assert held(entrance, fresh) == held(entrance, twin) == entrance.bindings(enterprise)[0]


def renewed(entrance, enterprise, binding, old, fresh, *beside, session=None):
    account = entrance.front.verifier.verify(fresh, AT).sha256
    proof = entrance.proof(old, Purpose.RENEW, account, beside=beside)
    return renew(
        entrance.visitor(session or entrance.session(enterprise, binding.id)),
        proof,
        fresh,
    )


def test_an_imported_lock_brings_its_other_keys_along_when_it_first_signs(entrance):
    enterprise = entrance.enterprise()
    rsa, sm2 = lock(enterprise.uscc, "rsa"), lock(enterprise.uscc, "sm2")
    imported(entrance, enterprise, rsa)
    assert log_in(entrance, rsa, beside=[sm2]) == ALLOWED
    assert held(entrance, sm2) is None
    assert log_in(entrance, sm2) == ALLOWED
    assert entrance.bindings(enterprise)[0].issuer_profile == "test"


# ---- whose session, and what happened in the middle


def test_a_renewal_belongs_to_the_sessions_own_enterprise(entrance):
    one, two = entrance.enterprise(), entrance.enterprise()
    theirs, mine = lock(one.uscc), lock(two.uscc, "mine")
    binding, own = bound_with(entrance, one, theirs), bound_with(entrance, two, mine)
    session = entrance.session(two, own.id)
    assert (
        refused(
            lambda: renewed(
                entrance, one, binding, theirs, lock(one.uscc, "fresh"), session=session
            )
        )
        == "lock.not_own"
    )
    assert [b.id for b in entrance.bindings(one)] == [binding.id]


class InTheMiddle(PlainSignatures):
    """Something happens while a signature is judged: after what the verb looked at first,
    before its transaction."""

    def __init__(self, happens) -> None:
        self._happens = happens

    def verify(self, key_spki_der, signature, message):
        self._happens()
        return super().verify(key_spki_der, signature, message)


def frozen(entrance, enterprise):
    with entrance.store.transaction() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), frozen_at=entrance.clock.now()))


def ended(entrance, enterprise):
    with entrance.store.transaction() as tx:
        tx.logins.end_sessions(enterprise.id)


@pytest.mark.parametrize(("happens", "code"), [(frozen, "account.frozen"), (ended, "session.gone")])
@pytest.mark.parametrize("verb", ["bind", "unbind", "renew"])
def test_what_happens_in_the_middle_stops_the_act(entrance, verb, happens, code):
    enterprise = entrance.enterprise()
    der, fresh = lock(enterprise.uscc), lock(enterprise.uscc, "fresh")
    binding = bound_with(entrance, enterprise, der)
    session = entrance.session(enterprise, binding.id)
    account = {
        "bind": enterprise.uscc,
        "unbind": binding.serial,
        "renew": entrance.front.verifier.verify(fresh, AT).sha256,
    }[verb]
    proof = entrance.proof(fresh if verb == "bind" else der, Purpose(verb), account)
    front = replace(entrance.front, signatures=InTheMiddle(lambda: happens(entrance, enterprise)))
    acts = {
        "bind": lambda: bind(Visitor(entrance.desk, front, session), proof),
        "unbind": lambda: unbind(Visitor(entrance.desk, front, session), binding.id, proof),
        "renew": lambda: renew(Visitor(entrance.desk, front, session), proof, fresh),
    }
    assert refused(acts[verb]) == code
    assert entrance.bindings(enterprise, ended=True) == [binding]


def test_a_login_is_stopped_by_a_freeze_in_its_middle(entrance):
    enterprise = entrance.enterprise()
    der = lock(enterprise.uscc)
    bound_with(entrance, enterprise, der)
    front = replace(entrance.front, signatures=InTheMiddle(lambda: frozen(entrance, enterprise)))
    with pytest.raises(EntryRefused, match="冻结"):
        log_in_by_lock(front, entrance.proof(der, Purpose.LOGIN), HERE)


def test_a_lock_that_was_imported_for_another_enterprise_is_taken(entrance):
    one, two = entrance.enterprise(), entrance.enterprise()
    der = lock(two.uscc)
    imported(entrance, one, der)
    assert refused(lambda: bound_with(entrance, two, der)) == "lock.taken"


def test_a_lock_that_is_not_bound_renews_nothing(entrance):
    enterprise = entrance.enterprise()
    binding = bound_with(entrance, enterprise, lock(enterprise.uscc))
    strange, fresh = lock(enterprise.uscc, "strange"), lock(enterprise.uscc, "fresh")
    assert refused(lambda: renewed(entrance, enterprise, binding, strange, fresh)) == "lock.not_own"


def test_a_renewed_lock_whose_unique_id_another_enterprise_has_is_taken(entrance):
    one, two = entrance.enterprise(), entrance.enterprise()
    old, fresh = lock(one.uscc), lock(one.uscc, "fresh", uid="SHARED")
    binding = bound_with(entrance, one, old)
    bound_with(entrance, two, lock(two.uscc, uid="SHARED"))
    assert refused(lambda: renewed(entrance, one, binding, old, fresh)) == "lock.taken"
    assert entrance.bindings(one) == [binding]


def test_the_last_lock_of_an_account_without_a_password_stays(entrance):
    enterprise = entrance.enterprise()
    der = lock(enterprise.uscc)
    binding = bound_with(entrance, enterprise, der)
    with entrance.store.transaction() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), password_set=False))
    proof = entrance.proof(der, Purpose.UNBIND, binding.serial)
    session = entrance.session(enterprise, binding.id)
    ends = (entrance.visitor(session), binding.id, proof)
    assert refused(lambda: unbind(*ends)) == "password.missing"
    assert entrance.bindings(enterprise) == [binding]


def test_a_binding_that_ends_while_its_lock_signs_is_gone(entrance):
    enterprise = entrance.enterprise()
    primary, second = lock(enterprise.uscc), lock(enterprise.uscc, "k2")
    first = bound_with(entrance, enterprise, primary)
    other = bound_with(entrance, enterprise, second, binding_id=first.id)

    def end():
        with entrance.store.transaction() as tx:
            tx.bindings.end([other.id])

    front = replace(entrance.front, signatures=InTheMiddle(end))
    proof = entrance.proof(primary, Purpose.UNBIND, other.serial)
    session = entrance.session(enterprise, first.id)
    ends = (Visitor(entrance.desk, front, session), other.id, proof)
    assert refused(lambda: unbind(*ends)) == "lock.unbound"


def test_a_binding_is_ended_and_restored_once(entrance):
    enterprise = entrance.enterprise()
    binding = bound_with(entrance, enterprise, lock(enterprise.uscc))
    with pytest.raises(NotAllowed, match="没有解除"):
        account_acts.restore_binding(entrance.desk, "li", binding.id, "误解除")
    account_acts.end_binding(entrance.desk, "li", binding.id, "企业来电")
    with pytest.raises(NotAllowed, match="已经解除"):
        account_acts.end_binding(entrance.desk, "li", binding.id, "企业来电")


@pytest.mark.parametrize("has_lock", [True, False])
def test_an_account_that_is_opened_again_has_its_password_where_no_lock_is_bound(
    entrance, has_lock
):
    enterprise = entrance.enterprise()
    if has_lock:
        bound_with(entrance, enterprise, lock(enterprise.uscc))
    frozen(entrance, enterprise)
    account_acts.unfreeze(entrance.desk, "li", enterprise.id, "已当面核实")
    with entrance.store.view() as tx:
        assert tx.accounts.get(enterprise.id).frozen_at is None
    tried = (entrance.front, enterprise.name, PASSWORD, HERE)
    if has_lock:
        assert refused(lambda: log_in_by_password(*tried)) == "password.use_lock"
    else:
        log_in_by_password(*tried)
