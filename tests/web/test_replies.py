"""Answers from the desk on its pages, and what waits for one."""

import re
from dataclasses import replace

import pytest

from core.data.letter import LetterKind, LetterState
from core.data.submission import Documents, RequestForm
from tests.web.harness import request
from web.common.rendering import canned


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


def answers(harness):
    with harness.tx() as tx:
        return [letter for letter in tx.letters.find() if letter.kind is LetterKind.ANSWER]


def test_a_mail_is_answered_and_the_answer_taken_back(harness, admin, question):
    page = admin.see("/mails?disposition=waiting").text
    assert f"/mails/{question.id}" in page
    assert '邮件<span class="count">1</span>' in page
    assert canned()[0][0] in admin.see(f"/mails/{question.id}").text
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
    assert "撤销答复" in page
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
    assert admin.submit(f"/mails/{question.id}/read").status_code == 303
    assert f"/mails/{question.id}" not in admin.see("/mails?disposition=waiting").text
    assert admin.submit(f"/mails/{question.id}/read").status_code == 409


def test_answers_that_stand_ready_fit_a_letter():
    assert len(canned()) >= 3
    assert all(title and text and len(text.splitlines()) <= 20 for title, text in canned())
