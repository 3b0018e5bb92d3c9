"""Mails of unproved senders on the case page: shown as such,
and taken over by an administrator for what they are."""

import re
from dataclasses import replace

import pytest

from core.data.case import State, Step, advance
from core.data.documents import Documents
from core.data.mail_record import Disposition
from core.data.roles import Role
from core.data.submission import RequestForm
from tests.web.conftest import act, someone
from tests.web.harness import request


@pytest.fixture
def case(harness):
    harness.register(1)
    return harness.request(1)


def writes(harness, case, words, authentication="unknown", papers=False):
    """Somebody writes under the address of the case's sender, with its number in the subject."""
    submission, _ = request(
        1,
        harness.clock.now(),
        subject=f"Re: {case.number}",
        text=words,
        authentication=authentication,
    )
    if not papers:
        submission = replace(
            submission,
            message=replace(submission.message, attachments=(), quoted_text=""),
            request=RequestForm(),
            documents=Documents(),
        )
    return harness.arrives(submission)


def test_a_flood_leaves_the_papers_on_the_page_and_says_what_it_leaves_out(
    harness, admin, case, monkeypatch
):
    monkeypatch.setattr("web.console.case_page.MOST_MAILS", 3)
    monkeypatch.setattr("web.console.case_page.MOST_ENTRIES", 3)
    papers = "识别可信度"
    assert papers in admin.get(f"/cases/{case.number}").text
    for number in range(4):
        writes(harness, case, f"何时办理？{number}")
    page = admin.get(f"/cases/{case.number}").text
    assert papers in page
    assert "来信过多" in page
    assert "更早的记录在“审计”页" in page


def test_a_mail_to_be_verified_is_shown_with_what_it_may_count_as(harness, admin, case):
    mail = writes(harness, case, "我们不办了")
    page = admin.get(f"/cases/{case.number}").text
    assert "发件人身份未经证实" in page
    for words in (
        "按补件处理",
        "按撤回申请处理",
        "按登记联系人异议处理",
        "另立工单",
        "一般来信",
    ):
        assert words in page
    assert harness.case(case.id) == case
    answer = act(admin, case, "take-over", mail=mail.id, counts_as="withdrawal")
    assert answer.headers["location"] == f"/cases/{case.number}"
    assert harness.case(case.id).state is State.HELD
    page = admin.get(f"/cases/{case.number}").text
    assert "来信待核实</h2>" not in page
    assert re.search(r"核实来信</strong>\s*wang", page)
    assert "按撤回申请处理" in page, "the trail says what it was taken for"


def test_papers_of_a_colleague_without_a_word_are_on_top_of_the_page(harness, admin, case):
    papers, _ = request(1, harness.clock.now(), subject=f"Re: {case.number}")
    answers = replace(
        papers.message,
        sender="colleague@example.com",
        message_id="<2@example.com>",
        new_text="",
        thread_ids=(harness.letter("received").message_id,),
    )
    mail = harness.arrives(replace(papers, message=answers, request=RequestForm()))
    assert (mail.case_id, mail.disposition) == (case.id, Disposition.UNPROVED)
    page = admin.get(f"/cases/{case.number}").text
    assert "来信待核实 <small>colleague@example.com" in page
    assert "但不是申请人发来的" in page
    assert "发件人身份未经证实（From" not in page


def test_papers_are_taken_over_as_a_supplement(harness, admin, case):
    mail = writes(harness, case, "补充材料", papers=True)
    act(admin, case, "take-over", mail=mail.id, counts_as="supplement")
    with harness.tx() as tx:
        assert tx.mails.get(mail.id).disposition is Disposition.CASE
    assert harness.case(case.id).version > case.version


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"counts_as": "wibble"}, 422),
        ({}, 422),
        ({"counts_as": "talk", "mail": 999}, 404),
        ({"counts_as": "talk", "mail": 1}, 409),
    ],
)
def test_what_makes_no_sense_takes_nothing_over(harness, admin, case, fields, status):
    mail = writes(harness, case, "我们不办了")
    answer = act(admin, case, "take-over", **{"mail": mail.id, **fields})
    assert answer.status_code in {status, 400}
    with harness.tx() as tx:
        assert tx.mails.get(mail.id).disposition is Disposition.UNPROVED


def test_words_that_wait_are_marked_as_read(harness, admin, case):
    mail = writes(harness, case, "为什么还没有办？", authentication="pass")
    assert "来信待阅" in admin.get(f"/cases/{case.number}").text
    assert act(admin, case, "read", mail=mail.id).headers["location"] == f"/cases/{case.number}"
    assert "来信待阅" not in admin.get(f"/cases/{case.number}").text
    with harness.tx() as tx:
        assert tx.alerts.find() == []


def test_the_list_of_mails_has_a_place_for_them(harness, admin, case):
    mail = writes(harness, case, "我们不办了")
    text = admin.get("/mails?disposition=unproved").text
    assert f"/cases/{case.number}#mail-{mail.id}" in text
    assert "不产生任何效果" in text


@pytest.mark.parametrize("counts_as", ["supplement", "withdrawal", "objection"])
def test_what_undoes_an_approval_is_for_whoever_may_approve(harness, case, counts_as):
    mail = writes(harness, case, "我们不办了")
    with harness.tx() as tx:
        seen = tx.cases.get(case.id)
        tx.cases.save(advance(seen, Step.APPROVE, harness.clock.now(), approved_by="wang"))
    approved = harness.case(case.id)
    li = someone(harness, "li", Role.REVIEWER)
    page = li.see(f"/cases/{case.number}").text
    assert ("一般来信" in page, "按登记联系人异议处理" in page) == (True, False)
    path = f"/cases/{case.number}/take-over"
    given = {"version": approved.version, "mail": mail.id}
    assert li.submit(path, **given, counts_as=counts_as).status_code == 403
    assert harness.case(case.id) == approved
    wang = someone(harness, "wang", Role.APPROVER)
    wang.see(f"/cases/{case.number}")
    assert wang.submit(path, **given, counts_as=counts_as).status_code == 303
    assert harness.case(case.id).state is not State.APPROVED


def test_the_request_stays_in_sight_beside_talk_that_is_unread(harness, admin, case):
    """The newest mail took the place of the request, were it only 进度."""

    def excerpts():
        page = admin.get(f"/cases/{case.number}").text
        return re.findall(r'excerpt"><h2>(来信\w*) .*?tabindex="0">(.*?)</div>', page, re.DOTALL)

    [(_, asked)] = excerpts()
    writes(harness, case, "谢谢老师", authentication="pass")
    assert excerpts() == [("来信", asked)]
    writes(harness, case, "为什么还没有办？", authentication="pass")
    assert excerpts() == [("来信待阅", "为什么还没有办？"), ("来信", asked)]


@pytest.mark.parametrize(("authentication", "is_contact"), [("pass", True), ("none", False)])
def test_the_page_says_whose_words_it_shows_on_top(harness, admin, authentication, is_contact):
    """A forged 情况属实 stood there like the contact's own, and its address was marked 即来信人."""
    submission, images = request(2, harness.clock.now(), authentication=authentication)
    sender = submission.message.sender
    harness.register(2, contact=sender)
    case = harness.case(harness.arrives(submission, images))
    page = admin.get(f"/cases/{case.number}").text
    on_top = page.partition("<h2>来信 ")[2].partition("</h2>")[0]
    assert sender in on_top
    assert ("发件人未经证实" in on_top, "即来信人" in page) == (not is_contact, is_contact)


@pytest.mark.parametrize("flood", [2, 4])
@pytest.mark.parametrize("other", ["unknown", "pass"])
def test_the_contacts_unread_words_stay_on_top(harness, admin, case, monkeypatch, flood, other):
    """Anybody who knows the number writes lines that push them away; so does the case's sender."""
    monkeypatch.setattr("web.console.case_page.MOST_MAILS", 3)
    contact = "contact@firm1.example"
    with harness.tx() as tx:
        enterprise = tx.accounts.get(case.enterprise_id)
        tx.accounts.save(replace(enterprise, contact_email=contact))
    answer, _ = request(
        1,
        harness.clock.now(),
        subject=f"Re: {case.number}",
        text="我们没丢锁，章是假章。",
        authentication="pass",
    )
    message = replace(
        answer.message, sender=contact, attachments=(), message_id="<c@firm1.example>"
    )
    harness.arrives(replace(answer, message=message, request=RequestForm(), documents=Documents()))
    for number in range(flood):
        writes(harness, case, f"为什么还没有办？第 {number} 次问", authentication=other)
    page = admin.get(f"/cases/{case.number}").text
    on_top = re.findall(r'excerpt"><h2>来信\w* .*?tabindex="0">(.*?)</div>', page, re.DOTALL)
    assert (on_top[0], len(on_top)) == ("我们没丢锁，章是假章。", 3)
    [place] = re.findall(r'href="#(mail-\d+)">全文', page)[:1]
    assert f'id="{place}"' in page, "the whole mail is there to be read, too"
