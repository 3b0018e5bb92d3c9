"""The centre changes a registered contact from papers: two people, the old contact is notified and
may object, the new address confirms, and no reset link goes to it for a while."""

import json
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from app.cli.person_commands import write
from core.cases.upkeep.personal_data import find_person
from core.cases.window.process import run_window
from core.data.case import State
from core.data.letter import LetterKind
from core.data.roles import Role
from core.data.submission import RequestForm
from tests.portal.test_contact import NEW, OLD, letters, link, reset_case, used
from tests.validators.builders import NO_DOCUMENTS, complete_submission, message
from tests.web.conftest import someone

WISH = {"contact_name": "李新", "contact_email": NEW, "contact_phone": "13800000001"}
PAPERS = "盖章申请、执照、身份证，已当面核对"


@pytest.fixture
def second(harness, admin):
    return someone(harness, "zhao", Role.APPROVER)


@pytest.fixture
def page(enterprise):
    return f"/enterprises/{enterprise.id}"


def account(harness, enterprise):
    with harness.tx() as tx:
        return tx.accounts.get(enterprise.id)


def person(harness, enterprise):
    found = account(harness, enterprise)
    return found.contact_name, found.contact_email, found.contact_phone


def proposed(admin, page, **changes):
    admin.see(page)
    return admin.submit(f"{page}/contact", **WISH | {"reason": PAPERS} | changes)


def decided(harness, enterprise, visitor, page, answer="accept", seen="", reason="电话核实"):
    visitor.see(page)
    waiting = account(harness, enterprise).contact_proposal
    at = seen or (waiting.at.isoformat() if waiting else "")
    return visitor.submit(f"{page}/contact/{answer}", seen=at, reason=reason)


def actions(harness):
    with harness.tx() as tx:
        return [(entry.actor, entry.action) for entry in tx.audit.entries()]


def test_a_proposed_contact_is_part_of_what_the_desk_has_on_a_person(
    harness, admin, second, enterprise, page, tmp_path
):
    def exported(who):
        data, file = find_person(harness.desk, who), tmp_path / f"{who}.zip"
        write(harness.desk, data, file)
        with zipfile.ZipFile(file) as pack:
            return [
                json.loads(pack.read(f"{name}.json")) for name in ("contact_of", "proposed_contact")
            ]

    proposed(admin, page)
    assert NEW not in json.dumps(exported(OLD)), "another person's"
    [[name, contact]] = exported("李新")[1]
    assert (name, contact["email"], contact["phone"]) == (enterprise.name, NEW, "13800000001")
    decided(harness, enterprise, second, page)
    assert exported(NEW) == [[], [[name, contact]]], "until the new address confirms"
    used(harness, link(harness, LetterKind.CONTACT_CONFIRM))
    [[one], waiting] = exported(f"{NEW} ")
    assert (one["contact_email"], waiting) == (NEW, [])


def test_two_people_the_old_contact_and_the_new_address(harness, admin, second, enterprise, page):
    before = person(harness, enterprise)
    assert proposed(admin, page).status_code == 303
    assert person(harness, enterprise) == before
    assert not letters(harness, LetterKind.CONTACT_CHANGED), "nobody is told before the second"
    alerts = admin.see("/alerts").text
    assert "待另一名管理员核对更改" in alerts
    assert f'href="{page}#contact"' in alerts
    shown = second.see(page).text
    assert all(words in shown for words in (*WISH.values(), PAPERS, "wang", "核对无误，更改"))
    assert decided(harness, enterprise, second, page).status_code == 303
    assert person(harness, enterprise) == before, "the new address has not confirmed"
    [told], [confirm] = (
        letters(harness, LetterKind.CONTACT_CHANGED),
        letters(harness, LetterKind.CONTACT_CONFIRM),
    )
    assert (told.recipient, confirm.recipient) == (OLD, NEW)
    assert "中心收到更改贵单位登记联系人的材料" in told.rendered.text
    assert "李*" in told.rendered.text
    assert not any(words in told.rendered.text for words in (NEW, "李新", "13800000001"))
    assert enterprise.name not in confirm.rendered.subject + confirm.rendered.text
    assert f"等待新邮箱 <strong>{NEW}" in second.see(page).text
    assert "待另一名管理员核对更改" not in admin.see("/alerts").text
    used(harness, link(harness, LetterKind.CONTACT_CONFIRM))
    assert person(harness, enterprise) == ("李新", NEW, "13800000001")
    assert account(harness, enterprise).contact_since == harness.clock.now()
    done = actions(harness)
    assert {("wang", "contact.proposed"), ("zhao", "contact.asked")} <= set(done)


def test_one_person_does_not_do_it_twice(harness, admin, enterprise, page):
    proposed(admin, page)
    shown = admin.see(page).text
    assert "核对无误，更改" not in shown
    assert "另一名管理员核对后更改" in shown
    refused = decided(harness, enterprise, admin, page)
    assert refused.status_code == 409
    assert "须由两人办理" in refused.text
    assert account(harness, enterprise).contact_proposal is not None
    assert not letters(harness, LetterKind.CONTACT_CONFIRM)


@pytest.mark.parametrize(
    "loss", [{"disabled": True}, {"roles": frozenset({Role.REVIEWER})}], ids=["account", "right"]
)
def test_what_somebody_proposed_who_lost_the_right_is_only_refused(
    harness, admin, second, enterprise, page, loss
):
    proposed(admin, page)
    with harness.tx() as tx:
        tx.administrators.save(replace(tx.administrators.by(name="wang"), **loss))
    refused = decided(harness, enterprise, second, page)
    assert (refused.status_code, "已无此权限" in refused.text) == (409, True)
    assert not letters(harness, LetterKind.CONTACT_CONFIRM)
    assert decided(harness, enterprise, second, page, "refuse").status_code == 303
    assert account(harness, enterprise).contact_proposal is None


def test_what_was_not_seen_is_not_confirmed(harness, admin, second, enterprise, page):
    proposed(admin, page)
    seen = account(harness, enterprise).contact_proposal.at.isoformat()
    harness.clock.at += timedelta(minutes=1)
    proposed(admin, page, contact_email="other@example.net")
    answer = decided(harness, enterprise, second, page, seen=seen)
    assert answer.status_code == 409
    assert "已有变化" in answer.text
    assert not letters(harness, LetterKind.CONTACT_CONFIRM)


def test_it_may_be_refused_or_taken_back(harness, admin, second, enterprise, page):
    for visitor in (second, admin):
        proposed(admin, page)
        answer = decided(harness, enterprise, visitor, page, "refuse", reason="印章不符")
        assert answer.status_code == 303
        assert account(harness, enterprise).contact_proposal is None
    assert not letters(harness, LetterKind.CONTACT_CHANGED)


def test_name_and_telephone_alone_change_at_once(harness, admin, second, enterprise, page):
    proposed(admin, page, contact_email=OLD)
    decided(harness, enterprise, second, page)
    assert person(harness, enterprise) == ("李新", OLD, "13800000001")
    [told] = letters(harness, LetterKind.ACCOUNT_NOTICE)
    assert told.recipient == OLD
    assert "登记联系人改为 李*，联系电话末四位 0001" in told.rendered.text


def test_an_objection_brings_back_address_and_person(harness, admin, second, enterprise, page):
    before = person(harness, enterprise)
    proposed(admin, page)
    decided(harness, enterprise, second, page)
    used(harness, link(harness, LetterKind.CONTACT_CONFIRM))
    used(harness, link(harness, LetterKind.CONTACT_CHANGED))
    assert person(harness, enterprise) == before
    assert account(harness, enterprise).frozen_at
    again = proposed(admin, page)
    assert again.status_code == 409
    assert "冻结" in again.text


def test_a_frozen_account_changes_nothing_but_may_be_refused(
    harness, admin, second, enterprise, page
):
    proposed(admin, page)
    with harness.tx() as tx:
        frozen = replace(tx.accounts.get(enterprise.id), frozen_at=harness.clock.now())
        tx.accounts.save(frozen)
    assert decided(harness, enterprise, second, page).status_code == 409
    assert account(harness, enterprise).contact_proposal is not None
    assert decided(harness, enterprise, second, page, "refuse").status_code == 303
    assert account(harness, enterprise).contact_proposal is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reason": " "}, "理由"),
        ({"contact_email": "a@b, c@d.example"}, "联系邮箱"),
        ({"contact_name": " "}, "联系人姓名"),
        ({"contact_phone": "1" * 41}, "电话"),
    ],
)
def test_what_is_wrong_is_refused_and_stays_typed(harness, admin, enterprise, page, changes, why):
    answer = proposed(admin, page, **changes)
    assert answer.status_code == 409
    assert why in answer.text
    assert account(harness, enterprise).contact_proposal is None
    assert "李新" in answer.text or "contact_name" in changes


def test_the_same_contact_is_no_change(harness, admin, enterprise, page):
    name, email, phone = person(harness, enterprise)
    same = {"contact_name": name, "contact_email": email, "contact_phone": phone}
    assert "无需更改" in proposed(admin, page, **same).text


def test_a_centre_may_leave_it_to_one(harness, admin, enterprise, page):
    one = replace(harness.desk.settings, approvals_required={})
    object.__setattr__(harness.desk, "settings", one)
    assert "由另一名管理员核对" not in admin.see(page).text
    proposed(admin, page)
    assert letters(harness, LetterKind.CONTACT_CONFIRM)
    assert letters(harness, LetterKind.CONTACT_CHANGED)


@pytest.mark.parametrize(("hours", "state"), [(72, State.HELD), (12, State.COMPLETED)])
def test_the_wait_before_a_reset_is_the_operators(harness, enterprise, hours, state):
    waits = replace(harness.desk.settings, contact_wait_hours=hours)
    object.__setattr__(harness.desk, "settings", waits)
    opens = harness.clock.now() + timedelta(hours=1)
    case = reset_case(harness, enterprise, contact_since=None)
    with harness.tx() as tx:
        young = replace(tx.accounts.get(enterprise.id), contact_since=opens - timedelta(hours=20))
        tx.accounts.save(young)
    harness.clock.at = opens
    run_window(harness.desk)
    assert harness.case(case.id).state is state
    assert len(letters(harness, LetterKind.RESET_LINK)) == (state is State.COMPLETED)


def test_only_who_manages_accounts_may(harness, admin, enterprise, page):
    reviewer = someone(harness, "reader", Role.REVIEWER)
    assert "更改登记联系人" not in reviewer.see(page).text
    assert proposed(reviewer, page).status_code == 403
    assert decided(harness, enterprise, reviewer, page).status_code == 403


def test_the_page_shows_cases_mails_and_letters(harness, admin, enterprise, page):
    case = reset_case(harness, enterprise)
    shown = admin.see(page).text
    assert f'href="/cases/{case.number}"' in shown
    for place in ("cases", "mails", "letters"):
        assert f'id="{place}"' in shown
    mine = harness.enterprise()
    other = admin.see(f"/enterprises/{mine.id}").text
    assert case.number not in other
    assert "没有工单" in other


def test_the_page_shows_what_else_the_contact_wrote(harness, admin, enterprise, page):
    about = {"subject": "请问驱动在哪里下载", "new_text": "请问驱动在哪里下载？", "attachments": ()}
    records = [
        harness.arrives(
            complete_submission(message(sender=sender, **about), RequestForm(), NO_DOCUMENTS)
        )
        for sender in (OLD, "stranger@example.net")
    ]
    shown = admin.see(page).text
    assert f'href="/mails/{records[0].id}"' in shown
    assert f'href="/mails/{records[1].id}"' not in shown
