"""Links of letters: one use, in time, void after changes; objection holds or freezes; the reset sets a password by the rules."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts.challenge import EnterpriseSession
from core.accounts.ports import LinkPurpose
from core.adapters.tables import links
from core.cases.approve import approve
from core.cases.case import State
from core.cases.objection import object_by_link, peek
from core.cases.process import run_window
from core.cases.reset import set_password_by_link
from core.cases.submission import Answer
from core.errors import NotAllowed
from tests.cases.conftest import PlainPasswords
from tests.validators.builders import NAME, complete_submission, form

GOOD = "lvse-2026-Chuan"


def token_of(room, kind):
    letter = room.letter(kind)
    with room.tx() as tx:
        return tx.links.token(letter.link_id)


@pytest.fixture
def case(room):
    room.enterprise_id = room.register()
    return room.case(room.mail(complete_submission(request=form(reset_password=Answer.YES))))


@pytest.fixture
def completed(room, case):
    room.send_letters()
    approve(room.desk, case.id, case.version, "li")
    room.clock.at += timedelta(hours=1)
    run_window(room.desk)
    return case


def test_looking_at_a_link_does_nothing(room, case):
    token = token_of(room, "contact_notice")
    assert peek(room.desk, token).purpose is LinkPurpose.OBJECTION
    with room.tx() as tx:
        assert tx.cases.get(case.id).state is State.QUEUED


def test_an_objection_holds_the_case_once_and_raises_an_alert(room, case):
    token = token_of(room, "contact_notice")
    held = object_by_link(room.desk, token, "不是我们发的")
    assert (held.state, held.objected_at) == (State.HELD, room.clock.now())
    assert "不是我们发的" in held.reason
    with room.tx() as tx:
        assert [alert.kind for alert in tx.alerts.find()] == [f"objection.{case.number}"]
        assert tx.accounts.get(room.enterprise_id).frozen_at is None, "nothing was done yet that would need it"
    with pytest.raises(NotAllowed, match="失效"):
        object_by_link(room.desk, token)


def test_an_objection_stops_an_approved_case(room, case):
    room.send_letters()
    approve(room.desk, case.id, case.version, "li")
    object_by_link(room.desk, token_of(room, "contact_notice"))
    room.clock.at += timedelta(hours=1)
    assert run_window(room.desk).completed == []


def test_after_completion_an_objection_freezes_the_account_and_voids_the_reset(room, completed):
    object_by_link(room.desk, token_of(room, "contact_notice"))
    enterprise, _ = room.enterprise(room.enterprise_id)
    assert enterprise.frozen_at
    assert not enterprise.password_open
    with pytest.raises(NotAllowed):
        set_password_by_link(room.desk, token_of(room, "reset_link"), GOOD, GOOD)


def test_the_reset_link_sets_the_password_once(room, completed):
    token = token_of(room, "reset_link")
    set_password_by_link(room.desk, token, GOOD, GOOD)
    with room.tx() as tx:
        assert room.desk.passwords.verify(tx.accounts.password_hash(room.enterprise_id), GOOD)
        assert tx.accounts.get(room.enterprise_id).password_set
    with pytest.raises(NotAllowed, match="失效"):
        set_password_by_link(room.desk, token, GOOD, GOOD)


@pytest.mark.parametrize(
    ("password", "again", "told"),
    [
        (GOOD, GOOD + "x", "不一致"),
        ("short1", "short1", "长度"),
        ("onlyletters", "onlyletters", "数字"),
        ("1234567890", "1234567890", "字母"),
        (NAME + "1a", NAME + "1a", "企业名称"),
        ("aaaaaaaaaa1", "aaaaaaaaaa1", "简单"),
        ("x1" * 80, "x1" * 80, "长度"),
    ],
)
def test_a_password_that_breaks_a_rule_is_refused_and_the_link_stays_good(room, completed, password, again, told):
    token = token_of(room, "reset_link")
    with pytest.raises(NotAllowed, match=told):
        set_password_by_link(room.desk, token, password, again)
    set_password_by_link(room.desk, token, GOOD, GOOD)


def test_a_link_ends_after_its_hours(room, completed):
    token = token_of(room, "reset_link")
    room.clock.at += timedelta(hours=24)
    with pytest.raises(NotAllowed, match="失效"):
        set_password_by_link(room.desk, token, GOOD, GOOD)


def test_an_objection_link_cannot_set_a_password_nor_a_reset_link_object(room, completed):
    with pytest.raises(NotAllowed):
        set_password_by_link(room.desk, token_of(room, "contact_notice"), GOOD, GOOD)
    with pytest.raises(NotAllowed):
        object_by_link(room.desk, token_of(room, "reset_link"))


def test_an_unknown_token_says_the_same_as_a_used_one(room):
    with pytest.raises(NotAllowed, match="失效"):
        peek(room.desk, "no-such-token")


def test_the_database_never_holds_a_token(room, completed):
    tokens = [token_of(room, "reset_link"), token_of(room, "contact_notice")]
    room.desk.store.engine.dispose()
    path = room.desk.store.engine.url.database
    from pathlib import Path

    stored = b"".join(file.read_bytes() for file in Path(path).parent.iterdir())
    for token in tokens:
        assert token.encode() not in stored


def test_two_uses_at_once_set_one_password(room, completed):
    from concurrent.futures import ThreadPoolExecutor

    token = token_of(room, "reset_link")

    def use(number):
        try:
            set_password_by_link(room.desk, token, f"{GOOD}{number}", f"{GOOD}{number}")
        except NotAllowed:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(16))) == 1


def test_a_frozen_enterprise_is_not_reset(room, completed):
    with room.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(room.enterprise_id), frozen_at=room.clock.now()))
    with pytest.raises(NotAllowed):
        set_password_by_link(room.desk, token_of(room, "reset_link"), GOOD, GOOD)


def test_a_new_password_ends_the_sessions_of_the_old_one(room, completed):
    now = room.clock.now()
    with room.tx() as tx:
        tx.logins.add_session(EnterpriseSession("0" * 64, room.enterprise_id, None, "csrf", now, now + timedelta(hours=8)))
    set_password_by_link(room.desk, token_of(room, "reset_link"), GOOD, GOOD)
    with room.tx() as tx:
        assert tx.logins.session("0" * 64) is None


def test_an_account_frozen_while_the_password_is_hashed_is_not_reset(room, completed):
    class SlowPasswords(PlainPasswords):
        def hash(self, password):
            object_by_link(room.desk, token_of(room, "contact_notice"))
            with room.tx() as tx:  # an objection voids the link too; here the account's own state must speak
                tx.connection.execute(links.update().values(voided_at=None))
            return room.desk.passwords.hash(password)

    with pytest.raises(NotAllowed):
        set_password_by_link(replace(room.desk, passwords=SlowPasswords()), token_of(room, "reset_link"), GOOD, GOOD)
