"""A question that is answered in words (联系电话, say): one row in each of three tables, and it is
read, judged, merged, kept, shown and removed."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from core.cases.intake.merge import adds_words, changes, merge, settles
from core.cases.letters import words
from core.cases.letters.letter_content import in_order, understood
from core.cases.upkeep.personal_data import purge
from core.data.documents import PartKind
from core.data.finding import Decision, Severity
from mail_intake.mail_reading import read_words
from mail_intake.request.names import labelled_answers
from mail_intake.request.names.labelled_answers import Labelled
from tests.validators.builders import NAME, complete_submission, documents, message, part
from tests.world import decline
from validators import check, request_form
from validators.check import PolicyJudge

PHONE = "contact_phone"
MISSING = "邮件主题和正文都没有写明联系电话。请在正文中写明。"
ASKED = message().new_text


@pytest.fixture(autouse=True)
def asked_for(monkeypatch):
    monkeypatch.setitem(words.QUESTIONS, PHONE, "联系电话")
    monkeypatch.setitem(
        labelled_answers.LABELLED,
        PHONE,
        Labelled("联系电话 电话 手机", r"(?<![\w-])1[3-9]\d{9}(?![\w-])"),
    )
    monkeypatch.setitem(
        words.FINDINGS,
        f"request.{PHONE}.missing",
        {"title": "未写联系电话", "text": MISSING},
    )
    found = (
        partial(request_form.missing, question=PHONE),
        partial(request_form.ambiguous, question=PHONE),
    )
    rules = (
        check.Rule(f"request.{PHONE}.missing", Severity.REJECT, found[0], (PHONE,)),
        check.Rule(f"request.{PHONE}.ambiguous", Severity.REVIEW, found[1]),
    )
    monkeypatch.setattr(check, "RULES", check.RULES + rules)


def submission(text="", **changes):
    mail = message(new_text=f"{ASKED}\n{text}", **changes)
    return complete_submission(mail, read_words(mail, documents()))


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        ("联系电话：13800000000", ("13800000000",), ""),
        ("联系电话（手机）：１３８０００００００１", ("１３８０００００００１",), ""),  # as written
        ("联系电话\n13800000000", ("13800000000",), ""),  # below its label
        ("电话：13800000000，手机：13800000000", ("13800000000",), ""),
        ("电话：13800000000，手机：13900000000", ("13800000000", "13900000000"), "ambiguous"),
        ("联系电话：见附件", (), "unread"),
        ("13800000000 张三", (), "unread"),  # somebody's
        ("", None, "missing"),
        ("订单号 91138000000001", None, "missing"),
        ("编号 138-00000000", None, "missing"),
    ],
)
def test_what_is_read_and_found(text, said, code):
    whole = submission(text)
    found = {finding.code: finding.severity for finding in check.check(whole).findings}
    assert whole.request.labelled.get(PHONE) == said
    of_question = {
        "missing": f"request.{PHONE}.missing",
        "ambiguous": f"request.{PHONE}.ambiguous",
        "unread": "request.unread",
        "": "",
    }[code]
    assert found == (
        {of_question: Severity.REJECT if code == "missing" else Severity.REVIEW} if code else {}
    )
    assert (check.check(whole).decision is Decision.REJECT) == (code == "missing")


def test_a_request_letter_and_a_forwarded_mail_leave_it_in_doubt():
    letter = part(PartKind.REQUEST_LETTER, text="联系电话：13800000000")
    read = read_words(message(), documents(parts=(letter,)))
    assert (read.labelled, read.from_letter) == ({PHONE: ("13800000000",)}, {PHONE})
    forwarded = read_words(
        message(subject="转发：解绑", quoted_text="联系电话：13800000000"), documents()
    )
    assert forwarded.labelled == {PHONE: ()}
    assert read_words(
        message(new_text="联系电话：13900000000"), documents(parts=(letter,))
    ).labelled == {PHONE: ("13900000000",)}


def test_a_later_mail_adds_changes_or_leaves_it():
    without, first, other, unclear = (
        submission(),
        submission("电话：13800000000"),
        submission("电话：13900000000"),
        submission("电话：见附件"),
    )
    assert (
        merge([without, first]).request.labelled
        == merge([first, without]).request.labelled
        == merge([first, unclear]).request.labelled
    )
    assert merge([first, other]).request.settled_words == {PHONE: "13900000000"}
    assert (changes(first, other), changes(without, first), changes(first, first)) == (
        (PHONE,),
        (),
        (),
    )
    assert (adds_words(without, first), adds_words(first, first), adds_words(first, unclear)) == (
        True,
        False,
        False,
    )
    bare = message(attachments=(), new_text="电话：13800000000")
    assert settles(
        without,
        complete_submission(bare, read_words(bare, documents(parts=())), documents(parts=())),
    )


def test_who_does_not_give_it_is_told_and_may_send_it_later(harness):
    harness.register()
    case = harness.case(harness.mail(submission()))
    letter = harness.letter("returned").rendered.text
    assert (case.state.value, case.words) == ("incomplete", {})
    assert MISSING in letter
    assert "写清以上 4 项" in letter
    assert "联系电话：\n" in letter
    words_alone = message(
        attachments=(),
        new_text="联系电话：13800000000",
        thread_ids=(harness.letter("returned").message_id,),
    )
    harness.mail(
        complete_submission(
            words_alone, read_words(words_alone, documents(parts=())), documents(parts=())
        )
    )
    case = harness.again(case)
    assert (case.state.value, case.words) == ("queued", {PHONE: "13800000000"})
    assert "联系电话：已写明" in harness.letter("received").rendered.text
    assert (
        "138"
        not in harness.letter("received").rendered.text + harness.letter("received").rendered.html
    )


def test_letters_say_that_it_is_written_and_what_is_not_known(harness):
    case = replace(harness.case(harness.mail(submission("电话：13800000000"))), words={})
    assert ("联系电话", "（待核实）") in understood(case, NAME)
    assert "联系电话：已写明" in in_order(PolicyJudge(), submission("电话：13800000000"), (), NAME)
    assert ("联系电话", "已写明") in understood(replace(case, words={PHONE: "62001"}), NAME)


def test_it_goes_with_the_other_personal_data(harness):
    case = harness.case(harness.mail(submission("电话：13800000000")))
    decline(harness.desk, case.id, case.version, "不是本人", "administrator")
    harness.clock.at += timedelta(minutes=1)
    harness.send_letters()
    harness.clock.at += timedelta(days=366)
    assert purge(harness.desk) == 1
    assert harness.again(case).words == {}
