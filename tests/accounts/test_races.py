"""What must hold when two are at it in the same moment, on SQLite and on PostgreSQL: one owner of a
lock, one primary lock, one use of a challenge, five tries of a password.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from core.accounts.enterprises.enterprise_login import log_in_by_lock, log_in_by_password
from core.cases.accounts.bind import bind
from core.data.enterprise import Binding
from core.errors import DeskError, EntryRefused
from lock_protocol import Purpose
from tests.accounts.entrance import AT, HERE, lock

ROUNDS = 60


def race(pool, *acts):
    """Do the acts at the same moment; what each gave, or the DeskError it was refused with."""
    gate = threading.Barrier(len(acts))

    def run(act):
        gate.wait(60)
        try:
            return act()
        except DeskError as error:
            return error

    return list(pool.map(run, acts))


def test_two_racing_binders_never_leave_two_primary_locks(entrance_on_both):
    entrance = entrance_on_both
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            enterprise = entrance.enterprise()
            acts = [
                bound_by(entrance, enterprise, lock(enterprise.uscc, key)) for key in ("k1", "k2")
            ]
            race(pool, *acts)
            active = entrance.bindings(enterprise)
            assert [b.primary for b in active] == [True]


def bound_by(entrance, enterprise, der):
    session = entrance.session(enterprise)
    proof = entrance.proof(der, Purpose.BIND, enterprise.uscc)
    return lambda: bind(entrance.visitor(session), proof)


def test_two_racing_enterprises_never_both_own_a_lock(entrance_on_both):
    entrance = entrance_on_both
    one, two = entrance.enterprise(), entrance.enterprise()
    with ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            won = race(pool, *[taken(entrance, owner, number) for owner in (one, two)])
            assert Counter(won)[True] == 1, won


def taken(entrance, owner, number):
    """Bind by the same key and the same CA unique id, under different serials,
    as a hostile renewal might."""
    binding = Binding(
        0,
        owner.id,
        f"{owner.id}-{number}",
        "test",
        primary=False,
        system="s",
        bound_at=AT,
        ca_unique_id=f"UID{number}",
    )

    def act():
        with entrance.store.transaction() as tx:
            mine = replace(binding, id=tx.bindings.add(binding))
            if not tx.bindings.claim_lock(mine, [f"{number:064d}"]):
                raise EntryRefused("lock.taken", "taken")
        return True

    return act


def test_fifty_replays_of_one_signature_give_one_session(entrance_on_both):
    entrance = entrance_on_both
    enterprise = entrance.enterprise()
    bound_by(entrance, enterprise, lock(enterprise.uscc))()
    proof = entrance.proof(lock(enterprise.uscc), Purpose.LOGIN)
    with ThreadPoolExecutor(50) as pool:
        outcomes = race(pool, *[lambda: log_in_by_lock(entrance.front, proof, HERE)] * 50)
    assert [o.code for o in outcomes if isinstance(o, EntryRefused)] == ["challenge.gone"] * 49


def test_fifty_parallel_guesses_are_five_tries(entrance_on_both):
    entrance = entrance_on_both
    enterprise = entrance.enterprise()
    tried = []

    class CountingPasswords:
        def hash(self, password):
            return f"plain:{password}"

        def verify(self, password_hash, password):
            if password_hash:
                tried.append(password)
            return password_hash == f"plain:{password}"

        def guessable(self, password, known=()):
            return False

    front = replace(entrance.front, passwords=CountingPasswords())
    with ThreadPoolExecutor(50) as pool:
        outcomes = race(
            pool, *[lambda: log_in_by_password(front, enterprise.name, "wrong", HERE)] * 50
        )
    assert Counter(o.code for o in outcomes) == {"password.wrong": 4, "password.locked": 46}
    assert len(tried) == 5
