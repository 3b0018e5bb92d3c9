"""Taking back what a window carried out: all or nothing, once, by whoever may,
and the enterprise is told."""

import contextlib
import os
import signal
from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.accounts.contact_change import ask, confirm, object_to_change
from core.cases.accounts.own_password import set_password_by_link
from core.cases.decision.approval_needs import awaiting_second
from core.cases.decision.approve import approve, release
from core.cases.decision.reversal import draft, reverse
from core.cases.desk import Risk
from core.cases.letters.objection import object_to
from core.cases.upkeep.reconcile import reconcile
from core.cases.window.process import run_window
from core.data.administrator import Administrator
from core.data.case import State
from core.data.enterprise import Binding
from core.data.letter import LetterState
from core.data.roles import ALL_ROLES, Role
from core.data.submission import Answer
from core.errors import Conflict, NotAllowed
from core.locks.challenge import EnterpriseSession
from tests.accounts.entrance import HERE
from tests.validators.builders import SENDER, complete_submission, form, message
from tests.world import CONTACT

HOUR = timedelta(hours=1)
PASSWORD = "Another horse 9"
LETTERS = ("received", "completed", "reset_link")


@pytest.fixture
def carried_out(harness):
    """A case that was carried out at 11:00, unbinding and reset, its letters not sent yet; its
    sender is not the registered contact."""
    harness.enterprise_id = harness.register()
    case = harness.case(harness.mail(complete_submission(request=form(reset_password=Answer.YES))))
    harness.send_letters()
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += HOUR
    run_window(harness.desk)
    return harness.again(case)


@pytest.fixture
def completed(harness, carried_out):
    """The same with its letters sent."""
    harness.send_letters()
    return harness.again(carried_out)


def bound(harness):
    return [binding.serial for binding in harness.enterprise(harness.enterprise_id)[1]]


def logged_in(harness):
    with harness.tx() as tx:
        tx.logins.insert(
            EnterpriseSession(
                "ab" * 32,
                harness.enterprise_id,
                None,
                "csrf",
                harness.clock.now(),
                harness.clock.now() + HOUR,
            )
        )
        tx.audit.write("enterprise", "login.password")


def test_the_account_is_as_it_was_and_sender_and_contact_are_told(harness, completed):
    assert bound(harness) == []
    case = reverse(harness.desk, completed.id, completed.version, "wang", "办错了企业")
    assert len(bound(harness)) == 2
    assert (case.state, case.completed_at, case.approved_by) == (State.HELD, None, "")
    link_id = harness.letter("reset_link").link_id
    with harness.tx() as tx:
        letters = {
            letter.recipient: letter.rendered.text
            for letter in tx.letters.newest()
            if letter.kind.value == "reversed"
        }
        assert tx.links.get(link_id).voided_at == harness.clock.now()
    assert set(letters) == {SENDER, CONTACT}
    assert all("已恢复 2 把 CA 锁的绑定" in text for text in letters.values())
    assert ("办错了企业" in letters[CONTACT], "办错了企业" in letters[SENDER]) == (True, False)
    assert "[[status]]" not in letters[CONTACT], "the case's own link is the sender's"
    assert harness.actions(completed)[-1] == "case.reversed"
    assert [line for line in reconcile(harness.desk) if completed.number in line] == []


def test_it_is_done_once(harness, completed):
    reverse(harness.desk, completed.id, completed.version, "wang", "办错了")
    with pytest.raises(Conflict):
        reverse(harness.desk, completed.id, completed.version, "wang", "办错了")
    assert harness.letters().count("reversed") == 2


def test_a_reason_is_needed(harness, completed):
    with pytest.raises(NotAllowed):
        reverse(harness.desk, completed.id, completed.version, "wang", " ")


def test_a_look_at_what_it_would_do_changes_nothing(harness, completed):
    planned, letters = draft(harness.desk, completed.id, completed.version, "办错了企业")
    assert (len(planned.locks), planned.drops_password, planned.two) == (2, False, False)
    assert [to for to, _ in letters] == [SENDER, CONTACT]
    assert (bound(harness), harness.again(completed)) == ([], completed)


def test_the_password_of_the_cases_link_and_all_logins_are_good_no_more(harness, completed):
    link_id = harness.letter("reset_link").link_id
    with harness.tx() as tx:
        token = tx.links.token(link_id)
    set_password_by_link(harness.desk, token, PASSWORD, PASSWORD, HERE)
    logged_in(harness)
    reverse(harness.desk, completed.id, completed.version, "wang", "冒名申请")
    enterprise, _locks = harness.enterprise(harness.enterprise_id)
    with harness.tx() as tx:
        assert (tx.accounts.password_hash(enterprise.id), tx.logins.session("ab" * 32)) == (
            None,
            None,
        )
    assert not enterprise.password_set
    assert "通过重置链接设置的密码已失效" in harness.letter("reversed").rendered.text


def test_a_password_that_was_there_before_stays(harness, completed):
    with harness.tx() as tx:
        tx.accounts.set_columns(harness.enterprise_id, password_hash="plain:before")
        tx.audit.write("desk", "password.first")
    reverse(harness.desk, completed.id, completed.version, "wang", "办错了")
    with harness.tx() as tx:
        assert tx.accounts.password_hash(harness.enterprise_id) == "plain:before"


@pytest.mark.parametrize(
    ("later", "is_open"), [(timedelta(hours=23, minutes=59), True), (timedelta(hours=24), False)]
)
def test_it_can_be_done_for_a_day(harness, completed, later, is_open):
    harness.clock.at += later
    if is_open:
        assert (
            reverse(harness.desk, completed.id, completed.version, "wang", "办错了").state
            is State.HELD
        )
    else:
        with pytest.raises(NotAllowed, match="超过 24 小时"):
            reverse(harness.desk, completed.id, completed.version, "wang", "办错了")


def test_where_the_operator_allows_no_hours_nothing_is_taken_back(harness, completed):
    desk = replace(harness.desk, settings=replace(harness.desk.settings, reverse_hours=0))
    with pytest.raises(NotAllowed, match="没有可以撤销的办理"):
        reverse(desk, completed.id, completed.version, "wang", "办错了")


def test_a_lock_that_is_bound_elsewhere_refuses_it_whole(harness, completed):
    other = harness.register(uscc="91119999MA00000009", name="另一家工程有限公司", locks=0)
    with harness.tx() as tx:
        taken = tx.bindings.of_enterprise(harness.enterprise_id, ended=True)[-1].serial
        tx.bindings.add(Binding(0, other, taken, "BJCA", True, "综合交易系统", harness.clock.now()))
        tx.audit.write("enterprise", "lock.bound")
    with pytest.raises(NotAllowed, match="已绑定到其他账号"):
        reverse(harness.desk, completed.id, completed.version, "wang", "办错了")
    assert (bound(harness), harness.again(completed).state, "reversed" in harness.letters()) == (
        [],
        State.COMPLETED,
        False,
    )


@pytest.mark.parametrize("late_s", [0, 1])
def test_a_lock_that_the_account_bound_since_is_looked_at_first(harness, completed, late_s):
    harness.clock.at += timedelta(seconds=late_s)
    with harness.tx() as tx:
        tx.bindings.add(
            Binding(
                0,
                harness.enterprise_id,
                "SN-NEW-000001",
                "BJCA",
                True,
                "综合交易系统",
                harness.clock.now(),
            )
        )
        tx.audit.write("enterprise", "lock.bound")
    with pytest.raises(NotAllowed, match="又绑定了 CA 锁（尾号 000001）"):
        reverse(harness.desk, completed.id, completed.version, "wang", "办错了")


@pytest.fixture
def of_two(harness):
    """A case that two people approved and a window carried out."""
    harness.enterprise_id = harness.register()
    two = {Risk.STRANGER_RESET: 2}
    harness.desk = replace(
        harness.desk, settings=replace(harness.desk.settings, approvals_required=two)
    )
    case = harness.case(
        harness.mail(
            complete_submission(message(authentication="none"), form(reset_password=Answer.YES))
        )
    )
    harness.send_letters()
    approve(harness.desk, case.id, case.version, "li")
    approve(harness.desk, case.id, case.version + 1, "wang")
    harness.clock.at += HOUR
    run_window(harness.desk)
    return harness.again(case)


def test_two_people_take_back_what_two_approved(harness, of_two):
    case = of_two
    first = reverse(harness.desk, case.id, case.version, "wang", "冒名申请")
    assert (first.state, first.first_reversed_by, bound(harness)) == (State.COMPLETED, "wang", [])
    with harness.tx() as tx:
        assert awaiting_second(tx) == [first]
    with pytest.raises(NotAllowed, match="也须两人"):
        reverse(harness.desk, case.id, first.version, "wang", "冒名申请")
    assert reverse(harness.desk, case.id, first.version, "li", "冒名申请").state is State.HELD
    assert len(bound(harness)) == 2


@pytest.mark.parametrize(
    "loss", [{"disabled": True}, {"roles": frozenset({Role.REVIEWER})}], ids=["account", "right"]
)
def test_who_may_take_back_no_more_is_not_the_first_of_two(harness, of_two, loss):
    with harness.tx() as tx:
        wang = Administrator(0, "wang", "x", tx.now, once_until=None, roles=ALL_ROLES)
        tx.administrators.insert_new(wang)
    first = reverse(harness.desk, of_two.id, of_two.version, "wang", "冒名申请")
    with harness.tx() as tx:
        tx.administrators.save(replace(tx.administrators.by(name="wang"), **loss))
        assert awaiting_second(tx) == []
    anew = reverse(harness.desk, first.id, first.version, "li", "冒名申请")
    assert (anew.state, anew.first_reversed_by, bound(harness)) == (State.COMPLETED, "li", [])
    assert reverse(harness.desk, anew.id, anew.version, "zhao", "冒名申请").state is State.HELD


@pytest.mark.parametrize("point", ["commit.before:1", "commit.after:1"])
def test_killed_it_happened_whole_or_not_at_all_and_is_done_once(harness, completed, point):
    harness.desk.store.close()  # SQLite's connections must not go along into a child
    if not (child := os.fork()):
        os.environ["UNBIND_FAILPOINT"] = point
        with contextlib.suppress(BaseException):
            reverse(harness.desk, completed.id, completed.version, "wang", "办错了")
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    if point.startswith("commit.before"):
        assert (bound(harness), harness.again(completed), "reversed" in harness.letters()) == (
            [],
            completed,
            False,
        )
        reverse(harness.desk, completed.id, completed.version, "wang", "办错了")
    else:
        with pytest.raises(Conflict):
            reverse(harness.desk, completed.id, completed.version, "wang", "办错了")
    assert (
        len(bound(harness)),
        harness.again(completed).state,
        harness.letters().count("reversed"),
    ) == (2, State.HELD, 2)
    assert harness.actions(completed).count("case.reversed") == 1


def changed_contact(harness, before, after):
    """The contact changes by links that were asked for and confirmed, as the portal does it."""
    with harness.tx() as tx:
        ask(tx, tx.accounts.get(harness.enterprise_id), after)
        change = tx.contact_changes.of_enterprise(harness.enterprise_id)[0]
        assert change.before == before
        token = tx.links.token(change.link_id)
        objection = tx.links.token(change.objection_id)
    confirm(harness.desk, token)
    return objection


def test_a_contact_address_that_was_changed_since_is_what_it_was(harness, completed):
    """Whoever the case let in made himself the contact:
    thrice, so that his first address could object to the second."""
    harness.clock.at += HOUR
    changed_contact(harness, CONTACT, "thief1@example.net")
    objection = changed_contact(harness, "thief1@example.net", "thief2@example.net")
    changed_contact(harness, "thief2@example.net", "thief3@example.net")
    planned, letters = draft(harness.desk, completed.id, completed.version, "冒名申请")
    assert (planned.contact_email, [to for to, _ in letters]) == (CONTACT, [SENDER, CONTACT])
    assert "登记联系邮箱已恢复为原邮箱" in letters[0][1].text
    reverse(harness.desk, completed.id, completed.version, "wang", "冒名申请")
    enterprise, _locks = harness.enterprise(harness.enterprise_id)
    assert (enterprise.contact_email, enterprise.contact_since) == (CONTACT, None)
    with pytest.raises(NotAllowed):
        object_to_change(harness.desk, objection)
    with harness.tx() as tx:
        assert "contact.restored" in [entry.action for entry in tx.audit.entries()]


def test_a_contact_address_of_before_the_window_stays(harness, carried_out):
    with harness.tx() as tx:
        tx.accounts.save(
            replace(
                tx.accounts.get(harness.enterprise_id),
                contact_since=carried_out.completed_at - HOUR,
            )
        )
    planned, _ = draft(harness.desk, carried_out.id, carried_out.version, "办错了")
    assert (planned.contact, planned.contact_email) == (None, CONTACT)


def test_letters_of_the_act_that_wait_are_not_sent(harness, carried_out):
    """A letter that was tried may have arrived, and one of before says what is still so."""
    tried = replace(harness.letter("completed"), attempts=1)
    of_before = replace(harness.letter("received"), state=LetterState.PENDING)
    with harness.tx() as tx:
        tx.letters.save(tried)
        tx.letters.save(of_before)
    reverse(harness.desk, carried_out.id, carried_out.version, "wang", "办错了")
    states = {kind: harness.letter(kind).state.value for kind in LETTERS}
    assert states == {"received": "pending", "completed": "pending", "reset_link": "cancelled"}


def test_it_can_be_carried_out_again_afterwards(harness, completed):
    case = reverse(harness.desk, completed.id, completed.version, "wang", "须再核实")
    case = release(harness.desk, case.id, case.version, "wang")
    approve(harness.desk, case.id, case.version, "wang")
    harness.clock.at += 24 * HOUR
    run_window(harness.desk)
    assert (harness.again(case).state, bound(harness)) == (State.COMPLETED, [])


def test_one_person_takes_it_back_after_an_objection(harness, completed):
    with harness.tx() as tx:
        case = object_to(
            tx,
            completed,
            harness.enterprise_id,
            "不是我们申请的",
            "registered contact",
        )
    assert reverse(harness.desk, case.id, case.version, "wang", "联系人否认").state is State.HELD
    enterprise, locks = harness.enterprise(harness.enterprise_id)
    assert (len(locks), enterprise.frozen_at) == (2, None)


@pytest.mark.parametrize("contact", [SENDER, SENDER.upper()])
def test_a_contact_that_asked_itself_gets_one_letter_with_the_reason(harness, contact):
    harness.register(contact)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += HOUR
    run_window(harness.desk)
    done = harness.again(case)
    _, [(recipient, letter)] = draft(harness.desk, done.id, done.version, "办错了企业")
    assert (recipient, "办错了企业" in letter.text) == (SENDER, True)
