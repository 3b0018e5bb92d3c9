"""What may be approved unseen: each condition by examples, and the batch on the real store."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from core.cases.decision.approve import approve, approve_batch
from core.cases.decision.batch_approval import SHUT_OUT, looked_up, reasons_to_look
from core.cases.desk import CaseSettings
from core.cases.intake.unread import mark_read
from core.data.case import Case, State
from core.data.finding import Finding, Severity
from core.data.letter import LetterState
from core.data.mail_record import CaseMails
from core.data.submission import Answer, RequestForm
from tests.cases.submissions import talk
from tests.validators.builders import (
    NAME,
    OTHER_NAME,
    OTHER_USCC,
    SENDER,
    USCC,
    complete_submission,
    enterprise,
    form,
    message,
)
from tests.world import CONTACT, WEDNESDAY_10

ACCOUNT = enterprise(contact_email=SENDER, password_set=True)
CASE = Case(
    id=1,
    number="JB20261125-0001",
    version=1,
    state=State.QUEUED,
    sender=SENDER,
    enterprise_name=NAME,
    uscc=USCC,
    unbind=True,
    reset_password=False,
    opened_at=WEDNESDAY_10,
    changed_at=WEDNESDAY_10,
    enterprise_id=ACCOUNT.id,
    binding_ids=(1, 2),
)
PLAIN = {
    "enterprise": ACCOUNT,
    "mails": CaseMails(),
    "settings": CaseSettings(),
    "now": WEDNESDAY_10,
    "keeps_a_lock": False,
    "unbound_at": None,
    "bounced": (),
}


def finding(severity):
    return (Finding("x.y", severity, "一项"),)


def account(**changes):
    return {"enterprise": replace(ACCOUNT, **changes)}


@pytest.mark.parametrize(
    ("case", "known", "words"),
    [
        ({}, {}, ""),
        ({"findings": finding(Severity.NOTE)}, {}, ""),
        ({"findings": finding(Severity.REVIEW)}, {}, "须审阅"),
        ({"findings": finding(Severity.REJECT)}, {}, "须审阅"),
        ({}, {"mails": CaseMails(unproved=1)}, "非登记联系人（发件地址未经证实）"),
        ({"sender": CONTACT}, {}, "非登记联系人"),
        ({"sender": CONTACT}, {"mails": CaseMails(unproved=1)}, "非登记联系人"),
        ({"sender": ""}, {}, "非登记联系人"),
        ({"findings": (Finding("sender.unregistered", Severity.NOTE),)}, {}, "非登记联系人"),
        (
            {"reset_password": True},
            account(contact_since=WEDNESDAY_10 - timedelta(hours=23)),
            "不足 24 小时",
        ),
        ({"reset_password": True}, account(contact_since=WEDNESDAY_10 - timedelta(hours=24)), ""),
        ({}, account(contact_since=WEDNESDAY_10), ""),
        ({"enterprise_id": None}, {"enterprise": None}, "账号未定"),
        ({"unbind": None}, {}, "申请事项未定"),
        ({"reset_password": None}, {}, "申请事项未定"),
        ({"enterprise_name": OTHER_NAME}, {}, "账号与申请中的企业不同"),
        ({"uscc": OTHER_USCC}, {}, "账号与申请中的企业不同"),
        ({"enterprise_name": None, "uscc": None}, {}, ""),
        ({}, account(frozen_at=WEDNESDAY_10), "账号已冻结"),
        ({"objected_at": WEDNESDAY_10}, {}, "提出异议"),
        ({}, account(password_set=False), "无法登录"),
        ({"reset_password": True}, account(password_set=False), ""),
        ({"unbind": False, "reset_password": True}, account(password_set=False), ""),
        ({}, {**account(password_set=False), "keeps_a_lock": True}, ""),
        ({}, {**account(password_set=False), "settings": CaseSettings(passwords_here=False)}, ""),
        ({}, {"bounced": {SENDER}}, "邮箱退信"),
        ({}, {"mails": CaseMails(unread=2)}, "2 封来信未阅"),
        ({}, {"mails": CaseMails(unread=2, unread_unproved=1)}, "1 封来信未阅"),
        ({}, {"mails": CaseMails(unread=1, unread_unproved=1)}, ""),
        ({}, {"unbound_at": WEDNESDAY_10 - timedelta(days=89)}, "90 天内解除过绑定"),
        ({}, {"unbound_at": WEDNESDAY_10 - timedelta(days=90)}, ""),
    ],
)
def test_each_condition(case, known, words):
    reasons = reasons_to_look(replace(CASE, **case), **(PLAIN | known))
    assert len(reasons) == bool(words), reasons
    assert words in "".join(reasons)


def test_every_reason_is_told():
    reasons = reasons_to_look(
        replace(CASE, findings=finding(Severity.REVIEW)),
        **(PLAIN | {"bounced": {SENDER}, "mails": CaseMails(1, 1)}),
    )
    assert len(reasons) == 4


def test_an_account_without_a_contact_has_nobody_who_may_ask_unseen():
    reasons = reasons_to_look(CASE, **(PLAIN | account(contact_email="")))
    assert reasons == ("非登记联系人", "没有登记联系人邮箱")


def reasons(harness, case):
    with harness.tx() as tx:
        return looked_up(tx, [tx.cases.get(case.id)])[case.id]


def batch(harness, case):
    (outcome,) = approve_batch(harness.desk, [(case.id, harness.again(case).version)], "li")
    return outcome


def test_what_gives_no_reason_is_approved_in_a_batch(harness):
    harness.register(SENDER, password_set=True)
    case = harness.case(harness.mail())
    harness.send_letters()
    assert (reasons(harness, case), batch(harness, case).error) == ((), None)
    assert harness.again(case).state is State.APPROVED


def test_an_imported_account_without_a_password_is_not_shut_out_by_a_tick(harness):
    """Ticked all, approved: its locks were ended, and it had no password to log in by."""
    harness.register(password_set=False)
    case = harness.case(harness.mail())
    harness.send_letters()
    outcome = batch(harness, case)
    assert "无法登录" in str(outcome.error)
    assert outcome.case.number == case.number
    assert harness.again(case).state is State.QUEUED
    assert approve(harness.desk, case.id, case.version, "li").state is State.APPROVED, (
        "whoever opened it may"
    )


def test_a_lock_that_stays_is_a_way_in(harness):
    harness.register(SENDER, password_set=False)
    case = harness.case(harness.mail())
    case = replace(case, binding_ids=case.binding_ids[:1], version=case.version + 1)
    with harness.tx() as tx:
        tx.cases.save(case)
    assert reasons(harness, case) == ()


def test_a_reset_needs_no_password(harness):
    harness.register(SENDER, password_set=False)
    assert (
        reasons(
            harness,
            harness.case(
                harness.mail(complete_submission(request=form(reset_password=Answer.YES)))
            ),
        )
        == ()
    )


@pytest.mark.parametrize(
    ("authentication", "contact", "words"),
    [
        ("pass", SENDER, ""),
        ("pass", CONTACT, "非登记联系人"),
        ("unknown", CONTACT, "非登记联系人"),
        ("unknown", SENDER, "未经证实"),
        ("none", SENDER, "未经证实"),
        ("fail", SENDER, "未经证实"),
    ],
)
def test_how_the_sender_stands(harness, authentication, contact, words):
    harness.register(contact=contact, password_set=True)
    told = reasons(
        harness,
        harness.case(harness.mail(complete_submission(message(authentication=authentication)))),
    )
    assert words in "".join(told)
    assert bool(told) is bool(words)


def test_a_mail_that_nobody_has_read_keeps_the_case_out_of_a_batch(harness):
    harness.register(SENDER, password_set=True)
    case = harness.case(harness.mail())
    written = harness.mail(
        talk(
            RequestForm(),
            harness.letter("received"),
            new_text="为什么还没有办？",
            authentication="pass",
        )
    )
    assert "来信未阅" in str(batch(harness, case).error)
    mark_read(harness.desk, [written.id], "li")
    harness.send_letters()
    assert batch(harness, case).error is None


@pytest.mark.parametrize("authentication", ["unknown", "none", "fail"])
def test_whoever_borrows_an_address_takes_no_case_out_of_a_batch(harness, authentication):
    harness.register(SENDER, password_set=True)
    case = harness.case(harness.mail())
    asks = RequestForm(withdraws=True)
    harness.mail(
        talk(asks, harness.letter("received"), new_text="我们撤回", authentication=authentication)
    )
    harness.send_letters()
    assert batch(harness, case).error is None


def test_a_lock_that_ended_meanwhile_lets_nobody_in(harness):
    harness.register(SENDER, password_set=False)
    case = harness.case(harness.mail())
    with harness.tx() as tx:
        tx.bindings.end(case.binding_ids[:1])
        assert SHUT_OUT in looked_up(tx, [case])[case.id]


def test_an_enterprise_that_unbound_lately_is_looked_at(harness):
    enterprise_id = harness.register(password_set=True, locks=3)
    with harness.tx() as tx:
        first = tx.bindings.of_enterprise(enterprise_id)[-1]
        tx.now = harness.clock.now() - timedelta(days=10)
        tx.bindings.end([first.id])
    case = harness.case(harness.mail())
    harness.send_letters()
    assert "90 天内" in str(batch(harness, case).error)


def test_a_contact_that_cannot_be_reached_is_looked_at(harness):
    harness.register(password_set=True)
    case = harness.case(harness.mail())
    notice = harness.letter("contact_notice")
    with harness.tx() as tx:
        tx.letters.save(replace(notice, state=LetterState.SENT, bounced="permanent"))
    assert "邮箱退信" in str(batch(harness, case).error)


def test_a_list_of_any_length_costs_the_same_questions(harness):
    """It is asked for each page of the queue, in the desk's turn."""
    asked = []
    event.listen(
        harness.desk.store.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: asked.append(statement),
    )

    def questions(cases):
        with harness.tx() as tx:
            asked.clear()
            looked_up(tx, cases)
            return len(asked)

    cases = []
    for number in range(8):
        with harness.tx() as tx:
            enterprise_id = tx.accounts.add(
                enterprise(
                    name=f"企业{number}", uscc=f"X{number}", contact_email=f"c{number}@example.org"
                )
            )
            cases.append(tx.cases.add(replace(CASE, enterprise_id=enterprise_id)))
    assert questions(cases) == questions(cases[:1]) <= 8
