"""How often a password may be tried: five in a row for a source, an hourly measure for an account
and for a source, and who is exempt."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import func, select

from core.accounts.enterprises.administration import unlock
from core.accounts.enterprises.enterprise_login import log_in_by_lock, log_in_by_password
from core.accounts.password_rules import set_password
from core.accounts.tries import count_try, take_back
from core.cases.accounts.registration import Contact, register
from core.data.tries import FORGOTTEN_AFTER, LoginSource, enterprise_account
from core.errors import Busy, EntryRefused
from core.store.tables.enterprise_tables import login_tries
from lock_protocol import Purpose
from tests.accounts.entrance import HERE, PASSWORD, invent_uscc, lock
from tests.accounts.test_login import ALLOWED, bound

ELSEWHERE, OFFICE = LoginSource("198.51.100.7"), LoginSource("203.0.113.5")
NOBODY = "北京没有这家有限公司"


def attempt(entrance, name, password="wrong-wrong-1", login_source=HERE) -> str:
    try:
        log_in_by_password(entrance.front, name, password, login_source)
    except EntryRefused as refused:
        return refused.code
    return ALLOWED


def hammer(entrance, name, login_source=HERE, times=5):
    return [attempt(entrance, name, login_source=login_source) for _ in range(times)][-1]


def test_a_stranger_locks_an_account_for_its_own_source_only(entrance_on_both):
    entrance = entrance_on_both
    enterprise = entrance.enterprise()
    assert hammer(entrance, enterprise.name, ELSEWHERE) == "password.locked"
    assert attempt(entrance, enterprise.name, PASSWORD, ELSEWHERE) == "password.locked"
    assert attempt(entrance, enterprise.name, PASSWORD, OFFICE) == ALLOWED


@pytest.mark.parametrize("known", [True, False])
def test_pauses_grow_to_fifteen_minutes_and_end_by_themselves(entrance, known):
    name = entrance.enterprise().name if known else NOBODY
    hammer(entrance, name)
    for minutes in (1, 2, 4, 8, 15, 15, 15):
        entrance.clock.at += timedelta(minutes=minutes, seconds=-1)
        assert attempt(entrance, name) == "password.locked", (
            "a try in a pause is refused, and does not make it longer"
        )
        entrance.clock.at += timedelta(seconds=1)
        if known and minutes == 8:
            assert attempt(entrance, name, PASSWORD) == ALLOWED
            assert hammer(entrance, name, times=4) == "password.wrong", (
                "a right password ends the row"
            )
            return
        assert attempt(entrance, name) == "password.locked"


def test_a_day_later_nothing_is_held_against_anybody(entrance):
    enterprise = entrance.enterprise()
    hammer(entrance, enterprise.name)
    entrance.clock.at += FORGOTTEN_AFTER
    assert hammer(entrance, enterprise.name, times=4) == "password.wrong"


def test_an_account_is_guessed_slowly_from_all_sources_together(entrance_on_both):
    """Sources with one guess each get the hour's measure, and then one guess a minute."""
    entrance = entrance_on_both
    enterprise = entrance.enterprise()
    bots = (LoginSource(f"2001:db8:{number:x}::/64") for number in count())
    codes = [attempt(entrance, enterprise.name, login_source=next(bots)) for _ in range(62)]
    assert codes == ["password.wrong"] * 60 + ["password.later"] * 2
    entrance.clock.at += timedelta(minutes=1)
    assert [attempt(entrance, enterprise.name, login_source=next(bots)) for _ in range(2)] == [
        "password.wrong",
        "password.later",
    ]
    entrance.clock.at += timedelta(hours=1)
    codes = [attempt(entrance, enterprise.name, login_source=next(bots)) for _ in range(62)]
    assert codes.count("password.wrong") == 60


def test_right_passwords_do_not_keep_wrong_ones_from_being_forgiven(entrance):
    enterprise = entrance.enterprise()
    bots = (LoginSource(f"2001:db8:{number:x}::/64") for number in count())
    for _ in range(59):
        attempt(entrance, enterprise.name, login_source=next(bots))
    for _ in range(20):
        entrance.clock.at += timedelta(seconds=30)
        assert attempt(entrance, enterprise.name, PASSWORD, next(bots)) == ALLOWED
    codes = [attempt(entrance, enterprise.name, login_source=next(bots)) for _ in range(10)]
    assert codes == ["password.wrong"] * 10


def test_under_such_a_siege_who_was_here_before_comes_in(entrance):
    enterprise = entrance.enterprise()
    browser = log_in_by_password(entrance.front, enterprise.name, PASSWORD, OFFICE).browser
    for number in range(70):
        attempt(entrance, enterprise.name, login_source=LoginSource(f"198.51.100.{number}"))
    assert attempt(entrance, enterprise.name, PASSWORD, ELSEWHERE) == "password.later"
    assert (
        attempt(entrance, enterprise.name, PASSWORD, LoginSource("192.0.2.200", browser)) == ALLOWED
    ), "wherever it is"


def test_spraying_one_password_over_many_accounts_is_slow(entrance_on_both):
    entrance = entrance_on_both
    names = [
        entrance.enterprise().name if number % 2 else f"北京无此{number}有限公司"
        for number in range(40)
    ]
    codes = [attempt(entrance, name, login_source=ELSEWHERE) for name in names]
    assert codes == ["password.wrong"] * 30 + ["password.later"] * 10
    entrance.clock.at += timedelta(minutes=2)
    assert [attempt(entrance, name, login_source=ELSEWHERE) for name in names[30:32]] == [
        "password.wrong",
        "password.later",
    ]
    assert attempt(entrance, names[35], PASSWORD, OFFICE) == ALLOWED


def test_ones_own_account_buys_no_guesses(entrance):
    """A right password takes its own try back, not the wrong ones of its source."""
    own, victims = entrance.enterprise(), [entrance.enterprise() for _ in range(40)]
    codes = []
    for victim in victims:
        codes.append(attempt(entrance, victim.name, login_source=ELSEWHERE))
        attempt(entrance, own.name, PASSWORD, LoginSource(ELSEWHERE.source, "not a token of ours"))
    assert codes.count("password.wrong") == 30


def test_a_right_password_closes_its_source_to_nobody(entrance):
    """Many enterprises share an address: what was wrong there an hour ago keeps none of them."""
    names = [entrance.enterprise().name for _ in range(30)]
    for name in names:
        attempt(entrance, name, login_source=ELSEWHERE)
    entrance.clock.at += timedelta(minutes=2)
    codes = [attempt(entrance, name, PASSWORD, ELSEWHERE) for name in names]
    assert codes == [ALLOWED] * 30


def test_fewer_wrong_ones_than_the_hours_measure_close_no_source(entrance):
    codes = []
    for number in range(60):
        codes.append(attempt(entrance, f"北京无此{number}有限公司", login_source=ELSEWHERE))
        entrance.clock.at += timedelta(minutes=1)
        codes.append(attempt(entrance, entrance.enterprise().name, PASSWORD, ELSEWHERE))
        entrance.clock.at += timedelta(minutes=2)
    assert codes == ["password.wrong", ALLOWED] * 60


def test_a_siege_is_told_once(entrance):
    enterprise = entrance.enterprise()
    told = 0
    for number in range(80):
        attempt(entrance, enterprise.name, login_source=LoginSource(f"198.51.100.{number}"))
        with entrance.store.transaction() as tx:
            told += len(tx.tries.accounts_to_notify(10))
        entrance.clock.at += timedelta(seconds=0 if number < 60 else 60)
    assert told == 1


def test_a_wrong_try_behind_a_pause_is_no_second_lock_to_tell(entrance):
    enterprise = entrance.enterprise()
    assert hammer(entrance, enterprise.name, OFFICE) == "password.locked"
    with entrance.store.transaction() as tx:
        assert len(tx.tries.accounts_to_notify(10)) == 1
    for _ in range(2):
        entrance.clock.at += timedelta(minutes=30)
        assert attempt(entrance, enterprise.name, login_source=OFFICE) == "password.locked"
    with entrance.store.transaction() as tx:
        assert not tx.tries.any_to_notify()


def test_one_wrong_try_of_another_and_a_right_one_are_no_lock_to_tell(entrance):
    enterprise = entrance.enterprise()
    attempt(entrance, enterprise.name, login_source=ELSEWHERE)
    assert attempt(entrance, enterprise.name, PASSWORD, OFFICE) == ALLOWED
    with entrance.store.transaction() as tx:
        assert not tx.tries.any_to_notify()


def test_a_stolen_browser_cookie_guesses_no_faster(entrance):
    enterprise = entrance.enterprise()
    stolen = LoginSource(
        "198.51.100.66",
        log_in_by_password(entrance.front, enterprise.name, PASSWORD, OFFICE).browser,
    )
    assert hammer(entrance, enterprise.name, stolen) == "password.locked"
    assert (
        attempt(entrance, enterprise.name, PASSWORD, LoginSource("198.51.100.67", stolen.browser))
        == "password.locked"
    ), "its row goes with it"
    assert attempt(entrance, enterprise.name, PASSWORD, OFFICE) == ALLOWED
    other = entrance.enterprise()
    assert hammer(entrance, other.name, stolen) == "password.locked", "elsewhere it is a stranger's"


def test_a_browser_is_known_to_the_accounts_it_logged_in_to_last(entrance):
    enterprises, browser = [entrance.enterprise() for _ in range(5)], ""
    for enterprise in enterprises:
        browser = log_in_by_password(
            entrance.front, enterprise.name, PASSWORD, LoginSource(OFFICE.source, browser)
        ).browser
    for enterprise in enterprises:
        hammer(entrance, enterprise.name, OFFICE)
    codes = [
        attempt(entrance, one.name, PASSWORD, LoginSource(OFFICE.source, browser))
        for one in enterprises
    ]
    assert codes == ["password.locked"] + [ALLOWED] * 4


def test_a_browser_has_one_token_of_an_account(entrance):
    enterprise, browser = entrance.enterprise(), ""
    for _ in range(2):
        source = LoginSource(OFFICE.source, browser)
        browser = log_in_by_password(entrance.front, enterprise.name, PASSWORD, source).browser
        assert browser.count(".") == 0
        entrance.clock.at += timedelta(seconds=1)


@pytest.mark.parametrize(
    "forged",
    [
        "planted",
        "99999999999-planted",
        "99999999999999999999-0",
        "-",
        "\u00e9-\u00e9",
        "\u0661-" + "0" * 64,
        "." * 9_999,
    ],
)
def test_nobody_makes_a_browser_known(entrance, forged):
    enterprise = entrance.enterprise()
    hammer(entrance, enterprise.name, OFFICE)
    assert (
        attempt(entrance, enterprise.name, PASSWORD, LoginSource(OFFICE.source, forged))
        == "password.locked"
    )


def test_what_is_no_token_hides_none_behind_it(entrance):
    enterprise = entrance.enterprise()
    browser = log_in_by_password(entrance.front, enterprise.name, PASSWORD, OFFICE).browser
    hammer(entrance, enterprise.name, OFFICE)
    for before in ("planted", f"0{browser}"):
        source = LoginSource(OFFICE.source, f"{before}.{browser}")
        assert attempt(entrance, enterprise.name, PASSWORD, source) == ALLOWED


def test_a_token_of_one_account_or_of_another_time_is_none(entrance):
    """Neither the account nor the expiry of a token can be changed,
    nor has one account another's."""
    one, other = entrance.enterprise(), entrance.enterprise()
    browser = log_in_by_password(entrance.front, one.name, PASSWORD, OFFICE).browser
    expires, _, mac = browser.partition("-")
    for name in (one.name, other.name):
        hammer(entrance, name, OFFICE)
    assert (
        attempt(entrance, other.name, PASSWORD, LoginSource(OFFICE.source, browser))
        == "password.locked"
    )
    later = LoginSource(OFFICE.source, f"{int(expires) + 1}-{mac}")
    assert attempt(entrance, one.name, PASSWORD, later) == "password.locked"
    assert attempt(entrance, one.name, PASSWORD, LoginSource(OFFICE.source, browser)) == ALLOWED


def test_another_spelling_of_a_token_has_no_row_of_its_own(entrance):
    enterprise = entrance.enterprise()
    browser = log_in_by_password(entrance.front, enterprise.name, PASSWORD, OFFICE).browser
    hammer(entrance, enterprise.name, LoginSource(OFFICE.source, browser))
    hammer(entrance, enterprise.name, OFFICE)
    for spelling in (f"0{browser}", browser.replace("1", "\uff11", 1)):
        respelled = LoginSource(OFFICE.source, spelling)
        assert attempt(entrance, enterprise.name, login_source=respelled) == "password.locked"


def test_a_new_password_makes_known_browsers_strange(entrance):
    enterprise = entrance.enterprise()
    browser = log_in_by_password(entrance.front, enterprise.name, PASSWORD, OFFICE).browser
    with entrance.store.transaction() as tx:
        set_password(
            tx,
            tx.accounts.get(enterprise.id),
            entrance.front.passwords.hash("another-word-7"),
        )
        tx.audit.write("test", "password.set")
    hammer(entrance, enterprise.name, OFFICE)
    assert (
        attempt(entrance, enterprise.name, "another-word-7", LoginSource(OFFICE.source, browser))
        == "password.locked"
    )


def test_only_digests_of_names_and_sources_are_stored(entrance):
    enterprise = entrance.enterprise()
    attempt(entrance, enterprise.name, login_source=OFFICE)
    with entrance.store.transaction() as tx:
        rows = str(tx.connection.execute(login_tries.select()).all())
    assert not [secret for secret in (OFFICE.source, enterprise.name) if secret in rows]


def by_administrator(entrance, enterprise):
    unlock(entrance, "wang", enterprise.id, "电话核实")


def by_lock(entrance, enterprise):
    binding = bound(entrance, enterprise)
    log_in_by_lock(entrance.front, entrance.proof(lock(enterprise.uscc), Purpose.LOGIN), HERE)
    with entrance.store.transaction() as tx:
        tx.bindings.end([binding.id])


@pytest.mark.parametrize("opens", [by_administrator, by_lock])
def test_who_is_locked_is_opened_at_once(entrance, opens):
    enterprise = entrance.enterprise()
    for number in range(12):
        hammer(entrance, enterprise.name, LoginSource(f"198.51.100.{number}"))
    assert hammer(entrance, enterprise.name) == "password.later"
    opens(entrance, enterprise)
    assert attempt(entrance, enterprise.name, PASSWORD) == ALLOWED


def test_a_login_by_lock_and_a_registration_make_the_browser_known(entrance):
    enterprise = entrance.enterprise()
    bound(entrance, enterprise)
    entry = log_in_by_lock(
        entrance.front, entrance.proof(lock(enterprise.uscc), Purpose.LOGIN), OFFICE
    )
    uscc = invent_uscc()
    proof = entrance.proof(lock(uscc), Purpose.REGISTER)
    new = register(
        entrance.desk,
        entrance.front,
        proof,
        Contact("张三", "zhang@example.org", ""),
        PASSWORD,
        PASSWORD,
        OFFICE,
    )
    with entrance.store.transaction() as tx:
        tx.bindings.end([tx.bindings.of_enterprise(enterprise.id)[0].id])
        tx.audit.write("test", "lock.ended")
    for one in (entry, new):
        hammer(entrance, one.enterprise.name, OFFICE)
        assert (
            attempt(
                entrance, one.enterprise.name, PASSWORD, LoginSource(OFFICE.source, one.browser)
            )
            == ALLOWED
        )


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1)])
def test_a_browser_is_forgotten_half_a_year_after_its_last_login(entrance, late):
    enterprise = entrance.enterprise()
    first = log_in_by_password(entrance.front, enterprise.name, PASSWORD, OFFICE).browser
    entrance.clock.at += timedelta(days=179)
    hammer(entrance, enterprise.name, OFFICE)
    again = log_in_by_password(
        entrance.front, enterprise.name, PASSWORD, LoginSource(OFFICE.source, first)
    ).browser
    entrance.clock.at += timedelta(days=1) + late
    hammer(entrance, enterprise.name, OFFICE)
    assert (
        attempt(entrance, enterprise.name, PASSWORD, LoginSource(OFFICE.source, first))
        == "password.locked"
    )
    assert (
        attempt(entrance, enterprise.name, PASSWORD, LoginSource(OFFICE.source, again)) == ALLOWED
    )


def test_a_try_that_the_hasher_had_no_room_for_does_not_count(entrance):
    enterprise = entrance.enterprise()

    class Full(type(entrance.front.passwords)):
        def verify(self, password_hash, password):
            raise Busy

    busy = replace(entrance.front, passwords=Full())
    for _ in range(100):
        with pytest.raises(Busy):
            log_in_by_password(busy, enterprise.name, PASSWORD, HERE)
    assert hammer(entrance, enterprise.name, times=4) == "password.wrong"
    assert attempt(entrance, enterprise.name, PASSWORD) == ALLOWED


def test_counters_do_not_grow_with_what_strangers_make_up(entrance_on_both):
    """A source is refused before it fills the table, and what it wrote is dropped a day later."""
    entrance = entrance_on_both
    for number in range(40):
        attempt(entrance, f"北京虚构{number}有限公司", login_source=ELSEWHERE)
    with entrance.store.transaction() as tx:
        assert tx.connection.scalar(select(func.count()).select_from(login_tries)) == 2 * 30 + 1
        tx.now = entrance.clock.now() + FORGOTTEN_AFTER
        tx.logins.drop_old()
        assert tx.connection.scalar(select(func.count()).select_from(login_tries)) == 0


def test_a_right_try_takes_back_its_own_alone_while_another_tries(entrance):
    account = enterprise_account(entrance.enterprise().name)
    with entrance.store.transaction() as tx:
        mine, _ = (count_try(tx, 5, account, one) for one in (HERE, ELSEWHERE))
        take_back(tx, mine, opened=True)
        left = [
            tries and tries.failed for tries in (tx.tries.of(one) for one, _, _ in mine.counted)
        ]
    assert left == [None, 1, None], "its own row, the account's, and that of its source"
