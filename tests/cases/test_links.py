"""Links of letters: one use, in time, void after changes; objection holds or freezes;
the reset sets a password by the rules."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.cases.accounts.own_password import set_password_by_link
from core.cases.decision.approve import approve
from core.cases.letters.objection import answer_by_link, freeze, peek
from core.cases.window.process import run_window
from core.data.case import State
from core.data.link import LinkPurpose
from core.data.mail_record import AuthResult
from core.data.submission import Answer
from core.errors import ConfigError, NotAllowed
from core.locks.challenge import EnterpriseSession
from core.store.tables.enterprise_tables import links
from tests.accounts.entrance import HERE
from tests.app.parsing import parse
from tests.validators.builders import NAME, OTHER_NAME, complete_submission, form, message
from tests.world import PlainPasswords, decline

GOOD = "lvse-2026-Chuan"


def token_of(harness, kind):
    letter = harness.letter(kind)
    with harness.tx() as tx:
        return tx.links.token(letter.link_id)


def session_of(harness, enterprise_id):
    """Open a session of the enterprise; gives its token's digest."""
    now, digest = harness.clock.now(), "0" * 64
    session = EnterpriseSession(digest, enterprise_id, None, "csrf", now, now + timedelta(hours=8))
    with harness.tx() as tx:
        tx.logins.insert(session)
    return digest


def test_a_link_is_good_for_a_week_at_most():
    assert parse("cases: {link_hours: 168}").cases.link_hours == 168
    for hours in (0, 169):
        with pytest.raises(ConfigError, match="link_hours"):
            parse(f"cases: {{link_hours: {hours}}}")


@pytest.fixture
def case(harness):
    harness.register()
    return harness.case(harness.mail(complete_submission(request=form(reset_password=Answer.YES))))


@pytest.fixture
def completed(harness, case):
    harness.send_letters()
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += timedelta(hours=1)
    run_window(harness.desk)
    return case


def test_looking_at_a_link_does_nothing(harness, case):
    token = token_of(harness, "contact_notice")
    assert peek(harness.desk, token).purpose is LinkPurpose.OBJECTION
    with harness.tx() as tx:
        assert tx.cases.get(case.id).state is State.QUEUED


def test_an_objection_holds_the_case_once_and_raises_an_alert(harness, case):
    token = token_of(harness, "contact_notice")
    held = answer_by_link(harness.desk, token, "不是我们发的")
    assert (held.state, held.objected_at) == (State.HELD, harness.clock.now())
    assert "不是我们发的" in held.reason
    with harness.tx() as tx:
        assert [alert.kind for alert in tx.alerts.find()] == [f"objection.{case.number}"]
        assert tx.accounts.get(case.enterprise_id).frozen_at is None, (
            "nothing was done yet that would need it"
        )
    with pytest.raises(NotAllowed, match="失效"):
        answer_by_link(harness.desk, token)


@pytest.mark.parametrize("borrows", [False, True])
def test_an_objection_stops_the_sender_and_not_whose_address_was_borrowed(harness, borrows):
    harness.register()
    own = harness.case(harness.mail(complete_submission(message(authentication=AuthResult.PASS))))
    proof = AuthResult.FAIL if borrows else AuthResult.PASS
    other = message(authentication=proof, message_id="<other@example.com>")
    named = form(enterprise_names=(OTHER_NAME,))
    objected = harness.case(harness.mail(complete_submission(other, named)))
    assert objected.id != own.id
    answer_by_link(harness.desk, token_of(harness, "contact_notice"))
    assert harness.again(own).state is (State.QUEUED if borrows else State.HELD)


def test_an_objection_stops_an_approved_case(harness, case):
    harness.send_letters()
    approve(harness.desk, case.id, case.version, "li")
    answer_by_link(harness.desk, token_of(harness, "contact_notice"))
    harness.clock.at += timedelta(hours=1)
    assert run_window(harness.desk).completed == []


def test_after_completion_an_objection_ends_what_the_case_opened_and_leaves_the_account(
    harness, completed
):
    """It froze the account of the contact who objected: the rival had won twice."""
    session = session_of(harness, completed.enterprise_id)
    answer_by_link(harness.desk, token_of(harness, "contact_notice"))
    enterprise, _ = harness.enterprise(completed.enterprise_id)
    assert enterprise.frozen_at is None
    assert "撤销办理" in harness.alerts()[f"objection.{completed.number}"]
    with harness.tx() as tx:
        assert tx.logins.session(session) is None
    with pytest.raises(NotAllowed):
        set_password_by_link(harness.desk, token_of(harness, "reset_link"), GOOD, GOOD, HERE)


def test_the_reset_link_sets_the_password_once(harness, completed):
    token = token_of(harness, "reset_link")
    set_password_by_link(harness.desk, token, GOOD, GOOD, HERE)
    with harness.tx() as tx:
        stored = tx.accounts.password_hash(completed.enterprise_id)
        assert harness.desk.passwords.verify(stored, GOOD)
        assert tx.accounts.get(completed.enterprise_id).password_set
    with pytest.raises(NotAllowed, match="失效"):
        set_password_by_link(harness.desk, token, GOOD, GOOD, HERE)


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
def test_a_password_that_breaks_a_rule_is_refused_and_the_link_stays_good(
    harness, completed, password, again, told
):
    token = token_of(harness, "reset_link")
    with pytest.raises(NotAllowed, match=told):
        set_password_by_link(harness.desk, token, password, again, HERE)
    set_password_by_link(harness.desk, token, GOOD, GOOD, HERE)


def test_a_link_ends_after_its_hours(harness, completed):
    token = token_of(harness, "reset_link")
    harness.clock.at += timedelta(hours=24)
    with pytest.raises(NotAllowed, match="失效"):
        set_password_by_link(harness.desk, token, GOOD, GOOD, HERE)


def test_an_objection_link_cannot_set_a_password_nor_a_reset_link_object(harness, completed):
    with pytest.raises(NotAllowed):
        set_password_by_link(harness.desk, token_of(harness, "contact_notice"), GOOD, GOOD, HERE)
    with pytest.raises(NotAllowed):
        answer_by_link(harness.desk, token_of(harness, "reset_link"))


def test_an_unknown_token_says_the_same_as_a_used_one(harness):
    with pytest.raises(NotAllowed, match="失效"):
        peek(harness.desk, "no-such-token")


def test_the_database_never_holds_a_token(harness, completed):
    tokens = [token_of(harness, "reset_link"), token_of(harness, "contact_notice")]
    harness.desk.store.engine.dispose()
    path = harness.desk.store.engine.url.database
    stored = b"".join(file.read_bytes() for file in Path(path).parent.iterdir())
    for token in tokens:
        assert token.encode() not in stored


def test_two_uses_at_once_set_one_password(harness, completed):
    token = token_of(harness, "reset_link")

    def use(number):
        try:
            set_password_by_link(harness.desk, token, f"{GOOD}{number}", f"{GOOD}{number}", HERE)
        except NotAllowed:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(16))) == 1


def test_a_frozen_enterprise_is_not_reset(harness, completed):
    with harness.tx() as tx:
        enterprise = tx.accounts.get(completed.enterprise_id)
        tx.accounts.save(replace(enterprise, frozen_at=tx.now))
    with pytest.raises(NotAllowed):
        set_password_by_link(harness.desk, token_of(harness, "reset_link"), GOOD, GOOD, HERE)


def test_a_new_password_ends_the_sessions_of_the_old_one(harness, completed):
    session = session_of(harness, completed.enterprise_id)
    set_password_by_link(harness.desk, token_of(harness, "reset_link"), GOOD, GOOD, HERE)
    with harness.tx() as tx:
        assert tx.logins.session(session) is None


def test_an_account_frozen_while_the_password_is_hashed_is_not_reset(harness, completed):
    class SlowPasswords(PlainPasswords):
        def hash(self, password):
            with harness.tx() as tx:
                freeze(tx, completed.enterprise_id, "contact.objected", "")
            # a freeze voids the link too; here the account's own state must speak
            with harness.tx() as tx:
                tx.connection.execute(links.update().values(voided_at=None))
            return harness.desk.passwords.hash(password)

    with pytest.raises(NotAllowed):
        set_password_by_link(
            replace(harness.desk, passwords=SlowPasswords()),
            token_of(harness, "reset_link"),
            GOOD,
            GOOD,
            HERE,
        )


def test_a_link_to_object_that_names_no_case_serves_nothing(harness, case):
    until = harness.clock.now() + timedelta(days=1)
    with harness.tx() as tx:
        link = tx.links.add(LinkPurpose.OBJECTION, case.enterprise_id, None, until)
        token = tx.links.token(link.id)
    with pytest.raises(NotAllowed, match="失效"):
        answer_by_link(harness.desk, token)


def test_a_confirmation_counts_once_and_not_after_the_end(harness, case):
    token = token_of(harness, "contact_notice")
    confirmed = answer_by_link(harness.desk, token, confirms=case.version)
    assert confirmed.confirmed_at == harness.clock.now()
    harness.clock.at += timedelta(minutes=1)
    assert answer_by_link(harness.desk, token, confirms=confirmed.version) == confirmed
    ended = decline(harness.desk, case.id, confirmed.version, "li", "不符")
    assert answer_by_link(harness.desk, token, confirms=ended.version) == ended
    assert harness.actions(case).count("case.confirmed") == 1
