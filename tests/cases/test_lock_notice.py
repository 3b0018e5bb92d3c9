"""Who hears that wrong passwords locked an account, and how often."""

from datetime import timedelta

import pytest

from core.accounts.administrators import personnel
from core.accounts.console_desk import ConsoleDesk
from core.accounts.tries import count_try
from core.cases.accounts import account_notice
from core.cases.accounts.account_notice import notify_locked_accounts
from core.data.tries import LoginSource, administrator_account, enterprise_account
from tests.validators.builders import NAME
from tests.world import CONTACT

DAY = timedelta(days=1)


def hammer(harness, account, source="198.51.100.7", times=5):
    with harness.tx() as tx:
        for _ in range(times):
            count_try(tx, 5, account, LoginSource(source))


def letters(harness):
    with harness.tx() as tx:
        return [letter for letter in tx.letters.newest() if letter.kind == "login_locked"]


def test_the_contact_is_told_once_of_a_lock(harness):
    account = enterprise_account(NAME, harness.register())
    hammer(harness, account, times=4)
    assert notify_locked_accounts(harness.desk) == 0
    hammer(harness, account, times=1)
    assert [notify_locked_accounts(harness.desk), notify_locked_accounts(harness.desk)] == [1, 0]
    letter = letters(harness)[0]
    assert letter.recipient == CONTACT
    assert "稍后自动恢复" in letter.rendered.text
    assert "198.51" not in letter.rendered.text, "a source tells of a person"
    assert "login.locked" in harness.actions()


def test_a_stranger_brings_the_contact_one_letter_a_day(harness):
    account = enterprise_account(NAME, harness.register())
    for hour in range(25):
        for number in range(3):
            hammer(harness, account, f"198.51.{hour}.{number}")
        notify_locked_accounts(harness.desk)
        harness.clock.at += timedelta(hours=1)
    assert len(letters(harness)) == 2


def test_an_account_besieged_from_many_sources_is_told_too(harness):
    account = enterprise_account(NAME, harness.register())
    for number in range(70):
        hammer(harness, account, f"198.51.100.{number}", times=1)
    assert notify_locked_accounts(harness.desk) == 1


@pytest.mark.parametrize("registered", [False, True])
def test_nobody_is_told_of_an_account_that_is_not_there_or_cannot_be_reached(harness, registered):
    account = enterprise_account(NAME, harness.register(contact="") if registered else None)
    hammer(harness, account)
    assert notify_locked_accounts(harness.desk) == 0
    assert (letters(harness), harness.alerts()) == ([], {})


def test_many_locked_accounts_are_one_alert_and_not_a_flood_of_letters(harness, monkeypatch):
    monkeypatch.setattr(account_notice, "LETTERS_AN_HOUR", 3)
    for number in range(6):
        enterprise_id = harness.register(
            contact=f"contact{number}@example.org",
            locks=0,
            name=f"{NAME}{number}",
            uscc=f"9111999900000{number:05d}",
        )
        hammer(harness, enterprise_account(f"{NAME}{number}", enterprise_id), f"203.0.113.{number}")
    assert notify_locked_accounts(harness.desk) == 3
    assert list(harness.alerts()) == [account_notice.SPRAYED]
    harness.clock.at += timedelta(hours=1, seconds=1)
    hammer(harness, enterprise_account(f"{NAME}5", enterprise_id), "203.0.113.99")
    assert notify_locked_accounts(harness.desk) == 1


def test_administrators_see_an_alert_of_their_own_accounts_only(harness):
    personnel.create(ConsoleDesk(harness.desk.store, harness.desk.passwords), "test", "wang")
    with harness.tx() as tx:
        wang = tx.administrators.by(name="wang")
    hammer(harness, administrator_account("wang", wang.id))
    hammer(harness, administrator_account("nobody"))
    assert notify_locked_accounts(harness.desk) == 0
    assert list(harness.alerts()) == [f"login.administrator.{wang.id}"]
    assert "wang" in next(iter(harness.alerts().values()))
