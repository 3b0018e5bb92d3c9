"""A refused login costs one hash whatever the reason, so that its time tells nobody whether an
account is there. Hashes are counted, not timed."""

import base64
from dataclasses import replace

import pytest
from argon2 import extract_parameters

from core.accounts.administrators import administrator_login, personnel
from core.accounts.console_desk import ConsoleDesk
from core.accounts.enterprises.enterprise_login import log_in_by_password
from core.accounts.password_rules import LONGEST
from core.errors import NotAllowed
from core.keys.passwords import Argon2Passwords
from tests.accounts.entrance import HERE, PASSWORD

WRONG, TOO_LONG = "wrong-wrong-1", "x" * (LONGEST + 1)


class CountingPasswords(Argon2Passwords):
    """The real hashing with small parameters; counts what reaches the C library."""

    def __init__(self):
        super().__init__(time_cost=1, memory_kib=64)
        self.hashes = 0
        hasher, count = self._hasher, self._count
        self._hasher = type(
            "Counted",
            (),
            {
                "hash": staticmethod(count(hasher.hash)),
                "verify": staticmethod(count(hasher.verify)),
            },
        )()

    def _count(self, compute):
        def counted(*given):
            self.hashes += 1
            return compute(*given)

        return counted


def cost(passwords, act) -> int:
    before = passwords.hashes
    with pytest.raises(NotAllowed):
        act()
    return passwords.hashes - before


@pytest.mark.parametrize("password", [WRONG, TOO_LONG])
@pytest.mark.parametrize("whose", ["known", "unknown", "imported", "locked", "frozen"])
def test_a_refused_login_of_an_enterprise_costs_one_hash(entrance, whose, password):
    passwords = CountingPasswords()
    entrance.front = replace(entrance.front, passwords=passwords)
    enterprise = entrance.enterprise()
    with entrance.store.transaction() as tx:
        if whose == "imported":
            tx.accounts.set_columns(enterprise.id, password_hash=None)
        if whose == "frozen":
            tx.accounts.save(replace(enterprise, frozen_at=entrance.clock.now()))
    name = "北京没有这家有限公司" if whose == "unknown" else enterprise.name
    for _ in range(5 if whose == "locked" else 0):
        cost(passwords, lambda: log_in_by_password(entrance.front, name, WRONG, HERE))
    assert [
        cost(passwords, lambda: log_in_by_password(entrance.front, name, password, HERE))
        for _ in range(2)
    ] == [1, 1]


def test_the_right_password_of_a_locked_or_frozen_account_costs_the_same(entrance):
    passwords = CountingPasswords()
    entrance.front = replace(entrance.front, passwords=passwords)
    frozen, locked = entrance.enterprise(frozen_at=entrance.clock.now()), entrance.enterprise()
    for _ in range(5):
        cost(passwords, lambda: log_in_by_password(entrance.front, locked.name, WRONG, HERE))
    assert [
        cost(
            passwords, lambda one=one: log_in_by_password(entrance.front, one.name, PASSWORD, HERE)
        )
        for one in (frozen, locked)
    ] == [1, 1]


@pytest.mark.parametrize("password", [WRONG, TOO_LONG])
@pytest.mark.parametrize("whose", ["known", "unknown", "locked", "disabled"])
def test_a_refused_login_of_an_administrator_costs_one_hash(entrance, whose, password):
    passwords = CountingPasswords()
    console = ConsoleDesk(entrance.store, passwords)
    personnel.create(console, "test", "wang")
    if whose == "disabled":
        personnel.disable(console, "operator", "wang")
    name = "nobody" if whose == "unknown" else "wang"

    def attempt(typed):
        return cost(passwords, lambda: administrator_login.log_in(console, name, typed, HERE))

    for _ in range(5 if whose == "locked" else 0):
        attempt(WRONG)
    assert [attempt(password) for _ in range(2)] == [1, 1]


def test_nobodys_hash_asks_as_much_as_a_real_one():
    passwords = Argon2Passwords(time_cost=1, memory_kib=64)
    assert extract_parameters(passwords._nobodys) == extract_parameters(passwords.hash(PASSWORD))
    tag = passwords._nobodys.rsplit("$", 1)[1]
    assert not passwords.verify(None, base64.b64encode(tag.encode()).decode())
    assert not passwords.verify(None, "")
