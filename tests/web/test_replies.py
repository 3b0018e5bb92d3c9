"""Answers from the desk on its pages, and what waits for one."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.intake.blocking import BLOCKED_DAYS
from core.data.documents import Documents
from core.data.letter import STATUS_PLACE, LetterKind, LetterState
from core.data.mail_record import AuthResult, Disposition
from core.data.submission import RequestForm
from tests.drawing.people import invent_person
from tests.web.conftest import Visitor, act, field
from tests.web.harness import Harness, request
from web.console import reply_pages


@pytest.fixture
def question(harness):
    submission, _ = request(1, harness.clock.now(), subject="咨询 <b>", text="锁丢了，怎么挂失？")
    return harness.arrives(
        replace(
            submission,
            message=replace(submission.message, attachments=()),
            request=RequestForm(),
            documents=Documents(),
        )
    )


def all_letters(harness):
    with harness.tx() as tx:
        return tx.letters.newest()


def answers(harness):
    return [letter for letter in all_letters(harness) if letter.kind is LetterKind.ANSWER]


def test_a_mail_is_answered_and_the_answer_taken_back(harness, admin, question):
    page = admin.see("/mails?disposition=waiting").text
    assert f"/mails/{question.id}" in page
    assert '邮件<span class="count">1</span>' in page
    assert "办理进度" in admin.see(f"/mails/{question.id}").text
    shown = admin.see_after(f"/mails/{question.id}/reply/draft", words="请登录门户\n<i>挂失</i>")
    assert "将发出的答复" in shown.text
    assert "<i>" not in shown.text
    assert answers(harness) == []
    once = re.search(r'name="once" value="([^"]+)"', shown.text)[1]
    for _ in range(2):
        assert (
            admin.submit(f"/mails/{question.id}/reply", words="请登录门户", once=once).headers[
                "location"
            ]
            == f"/mails/{question.id}"
        )
    [letter] = answers(harness)
    page = admin.see(f"/mails/{question.id}").text
    assert "答复已写好" in page
    assert "撤销（" in page
    assert "count" not in admin.see("/mails?disposition=waiting").text.partition("邮件")[2][:30]
    assert admin.submit(f"/letters/{letter.id}/take-back").status_code == 303
    assert answers(harness)[0].state is LetterState.CANCELLED
    assert admin.submit(f"/letters/{letter.id}/take-back").status_code == 409
    assert admin.submit("/letters/98765/take-back").status_code == 404


def test_a_case_is_answered_from_its_page(harness, admin, queued):
    admin.see(f"/cases/{queued.number}")
    assert (
        admin.submit("/mails/1/reply", words="已收到", once="a" * 32).headers["location"]
        == f"/cases/{queued.number}"
    )
    page = admin.see(f"/cases/{queued.number}").text
    assert "人工答复将于" in page
    assert answers(harness)[0].case_id == queued.id
    assert harness.case(queued.id).version == queued.version, (
        "an answer changes nothing of the case"
    )


def test_an_empty_answer_is_refused_and_words_are_kept(harness, admin, question):
    admin.see(f"/mails/{question.id}")
    assert admin.submit(f"/mails/{question.id}/reply/draft", words=" ").status_code == 409
    long = admin.submit(f"/mails/{question.id}/reply/draft", words="长" * 500)
    assert long.status_code == 409
    assert "长" * 500 in long.text
    assert (
        admin.submit(f"/mails/{question.id}/reply", words="x", once="no token").status_code == 400
    )
    assert admin.submit("/mails/9999/reply/draft", words="x").status_code == 404


def test_what_needs_no_answer_leaves_the_list(harness, admin, question):
    admin.see(f"/mails/{question.id}")
    assert admin.submit("/mails/read", mail=[question.id]).status_code == 303
    assert f"/mails/{question.id}" not in admin.see("/mails?disposition=waiting").text


def ready(text):
    """The texts that a page offers: by title."""
    return dict(re.findall(r'<option value="([^"]+)">([^<]+)</option>', text))


def test_answers_that_stand_ready_fit_a_letter(admin, queued):
    page = ready(admin.see(f"/cases/{queued.number}").text)
    texts = {text for text, title in page.items() if len(text) > 20}
    assert len(texts) >= 4
    assert all(len(text.splitlines()) <= 20 and "${" not in text for text in texts)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text(
        "约定时间\n工单 ${number} 于 ${window} 办理。${price}$$\n", "utf-8"
    )
    (folder / "驱动说明.pdf").write_bytes(b"%PDF-1.4 driver")
    (folder / ".hidden").write_bytes(b"x")
    return folder


@pytest.fixture
def office(tmp_path, folder):
    """A desk with texts, a file and a colleague of the operator's own, a visitor and a case."""
    site = tmp_path / "office"
    site.mkdir()
    harness = Harness(site, texts_folder=folder, colleagues={"投诉处": "tousu@example.org"})
    harness.administrator()
    visitor = Visitor(harness.app)
    visitor.log_in()
    harness.register(1)
    yield harness, visitor, harness.request(1)
    harness.store.close()


def test_many_names_of_files_are_refused_before_each_is_read(office, monkeypatch):
    harness, admin, case = office
    with harness.tx() as tx:
        [mail] = tx.mails.of_case(case.id)
    read = []
    monkeypatch.setattr(
        reply_pages,
        "read_attachment",
        lambda *_args: read.append(1) or (b"%PDF", "application/pdf"),
    )
    admin.see(f"/cases/{case.number}")
    path = f"/mails/{mail.id}/reply/draft"
    refused = admin.submit(path, words="请见附件", file=["mail/0"] * 200)
    assert refused.status_code == 409
    assert "附件最多" in refused.text
    assert len(read) == 6


def test_texts_of_the_operator_fill_their_blanks_in_answers_and_returns(office):
    harness, admin, case = office
    page = admin.see(f"/cases/{case.number}")
    window = harness.desk.workdays.window_for(case.window_opens_at)
    wanted = f"工单 {case.number} 于 {window} 办理。${{price}}$"
    assert ready(page.text)[wanted] == "约定时间"
    answer = act(admin, case, "draft", answer="return")
    assert wanted in answer.text


def test_an_answer_takes_files_and_goes_to_copies_under_the_mail_s_subject(office):
    harness, admin, case = office
    admin.see(f"/cases/{case.number}")
    fields = {
        "words": "请看附件。",
        "copies": "a@example.org；b@example.org",
        "file": "驱动说明.pdf",
    }
    shown = admin.see_after("/mails/1/reply/draft", **fields).text
    assert "附件：驱动说明.pdf" in shown
    assert 'name="copies" value="a@example.org；b@example.org"' in shown
    assert admin.submit("/mails/1/reply", once="a" * 32, **fields).status_code == 303
    assert admin.submit("/mails/1/reply", once="a" * 32, **fields).status_code == 303
    letters = {one.recipient: one for one in answers(harness)}
    own = letters.pop(case.sender)
    assert set(letters) == {"a@example.org", "b@example.org"}
    assert STATUS_PLACE in own.rendered.text
    for one in letters.values():
        assert STATUS_PLACE not in one.rendered.text
        assert "驱动说明" not in one.rendered.text, "nothing goes with a copy"
    assert own.rendered.subject == f"Re: CA锁解绑申请 工单号 {case.number}"
    with harness.tx() as tx:
        assert tx.letters.files(own.id) == (("驱动说明.pdf", b"%PDF-1.4 driver"),)
        assert [tx.letters.files(one.id) for one in letters.values()] == [(), ()]


@pytest.mark.parametrize(
    "fields",
    [
        {"words": "工单 ____ 已办理"},
        {"file": "../secret"},
        {"file": ".hidden"},
        {"file": "a.txt"},
        {"file": "mail/x"},
        {"copies": "a@example.org, nobody"},
        {"copies": "a@x.org b@x.org c@x.org d@x.org"},
    ],
)
def test_what_may_not_go_with_an_answer_is_refused(office, fields):
    harness, admin, case = office
    admin.see(f"/cases/{case.number}")
    answer = admin.submit("/mails/1/reply", **{"words": "请看。", "once": "a" * 32} | fields)
    assert answer.status_code == 409
    assert answers(harness) == []


def test_a_mail_is_forwarded_to_a_colleague_without_numbers(office):
    harness, admin, _ = office
    admin.see("/mails/1")
    fields = {"colleague": ["投诉处", "nobody"], "words": "请处理", "once": "c" * 32}
    assert admin.submit("/mails/1/forward", **fields).status_code == 303
    assert admin.submit("/mails/1/forward", **fields).status_code == 303
    [letter] = [one for one in all_letters(harness) if one.kind is LetterKind.FORWARD]
    assert letter.recipient == "tousu@example.org"
    assert "请处理" in letter.rendered.text
    assert "发件人：handler1" in letter.rendered.text
    assert invent_person(1).id_number not in letter.rendered.text
    assert "撤销（" in admin.see("/mails/1").text
    assert admin.submit("/mails/1/forward", colleague="nobody", once="d" * 32).status_code == 409


def test_several_mails_are_marked_as_read_at_once(harness, admin, question):
    second, _ = request(2, harness.clock.now(), subject="广告", text="特价")
    other = harness.arrives(
        replace(
            second,
            message=replace(second.message, attachments=()),
            request=RequestForm(),
            documents=Documents(),
        )
    )
    page = admin.see("/mails?disposition=waiting").text
    assert page.count('name="mail"') == 2
    assert admin.submit("/mails/read", mail=[question.id, other.id, 999]).status_code == 303
    assert 'name="mail"' not in admin.see("/mails?disposition=waiting").text
    with harness.tx() as tx:
        assert [entry.action for entry in tx.audit.entries()].count("mail.read") == 2


def test_the_sender_s_open_cases_stand_beside_a_mail(harness, admin, queued):
    submission, _ = request(1, harness.clock.now(), subject="咨询", text="多久能办？")
    mail = harness.arrives(
        replace(
            submission,
            message=replace(submission.message, attachments=(), authentication=AuthResult.PASS),
            request=RequestForm(),
            documents=Documents(),
        )
    )
    page = admin.see(f"/mails/{mail.id}").text
    assert (mail.case_id is not None) or f"/cases/{queued.number}" in page


def test_a_sender_is_blocked_shown_and_unblocked(harness, admin, question):
    admin.see(f"/mails/{question.id}")
    assert admin.submit(f"/mails/{question.id}/block").status_code == 303
    assert "已屏蔽" in admin.see(f"/mails/{question.id}").text
    submission, _ = request(1, harness.clock.now())
    later = harness.arrives(submission)
    assert (later.disposition, later.case_id, later.unread) == (Disposition.IGNORED, None, False)
    assert answers(harness) == all_letters(harness) == []
    page = admin.see("/mails?disposition=ignored").text
    assert question.sender in page
    assert admin.submit("/mails/unblock", blocked=field(page, "blocked")).status_code == 303
    assert "已屏蔽的发件人" not in admin.see("/mails?disposition=ignored").text
    assert admin.submit("/mails/unblock", blocked=1).status_code == 404
    admin.see(f"/mails/{later.id}")
    assert admin.submit(f"/mails/{later.id}/retry").status_code == 303
    with harness.tx() as tx:
        assert tx.mails.get(later.id).disposition is Disposition.RECEIVED


def test_a_registered_contact_s_proved_mail_is_never_blocked(harness, admin, question):
    admin.see(f"/mails/{question.id}")
    assert admin.submit(f"/mails/{question.id}/block").status_code == 303
    harness.register(1, contact=question.sender)
    refused = admin.submit(f"/mails/{question.id}/block")
    assert refused.status_code == 409
    assert "登记联系邮箱" in refused.text
    proved, _ = request(1, harness.clock.now(), authentication="pass")
    assert harness.arrives(proved).case_id
    forged, _ = request(1, harness.clock.now(), authentication="none")
    assert harness.arrives(forged).disposition is Disposition.IGNORED


def test_a_block_for_a_forged_mail_stops_no_proved_one(harness, admin, question):
    with harness.store.transaction() as tx:
        tx.mails.save(replace(question, authentication=AuthResult.NONE))
    admin.see(f"/mails/{question.id}")
    assert admin.submit(f"/mails/{question.id}/block").status_code == 303
    forged, _ = request(1, harness.clock.now(), authentication="none")
    assert harness.arrives(forged).disposition is Disposition.IGNORED
    own, _ = request(1, harness.clock.now(), authentication="pass")
    assert harness.arrives(own).case_id


def test_a_block_ends_by_itself(harness, admin, question):
    admin.see(f"/mails/{question.id}")
    assert admin.submit(f"/mails/{question.id}/block").status_code == 303
    harness.clock.at += timedelta(days=BLOCKED_DAYS)
    submission, _ = request(1, harness.clock.now())
    assert harness.arrives(submission).case_id
