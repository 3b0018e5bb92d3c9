"""The e-mail case and the entrance on one database: a lock that a case unbound is refused, the
password opens, the new lock is bound."""

from datetime import timedelta

import pytest

from core.accounts.enterprises.enterprise_login import (
    LOCK_UNBOUND,
    log_in_by_lock,
    log_in_by_password,
    session_of,
)
from core.cases.accounts.bind import bind
from core.cases.decision.approve import approve
from core.cases.window.process import run_window
from core.errors import EntryRefused
from lock_protocol import Purpose
from tests.accounts.entrance import HERE, PASSWORD, Entrance, lock
from tests.validators.builders import NAME, SENDER, USCC


def test_a_case_unbinds_the_lock_and_the_new_one_takes_its_place(harness):
    entrance = Entrance(harness.desk.store)
    harness.desk.store.clock = harness.clock
    harness.register(contact=SENDER, locks=0)
    with harness.tx() as tx:
        enterprise = tx.accounts.by_name(NAME)
        tx.accounts.set_columns(
            enterprise.id, password_hash=entrance.front.passwords.hash(PASSWORD)
        )
    old, new = lock(USCC, "old", name=NAME), lock(USCC, "new", name=NAME)
    bind(
        entrance.visitor(entrance.session(enterprise)),
        entrance.proof(old, Purpose.BIND, USCC),
    )
    _, token, _ = log_in_by_lock(entrance.front, entrance.proof(old, Purpose.LOGIN), HERE)

    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += timedelta(hours=1)
    assert run_window(harness.desk).completed == [case.number]

    assert session_of(entrance.front, token) is None, "the session of the lock ends with it"
    with pytest.raises(EntryRefused, match=LOCK_UNBOUND):
        log_in_by_lock(entrance.front, entrance.proof(old, Purpose.LOGIN), HERE)
    _, token, _ = log_in_by_password(entrance.front, NAME, PASSWORD, HERE)
    bind(
        entrance.visitor(session_of(entrance.front, token)[0]),
        entrance.proof(new, Purpose.BIND, USCC),
    )
    assert log_in_by_lock(entrance.front, entrance.proof(new, Purpose.LOGIN), HERE)[0].name == NAME
