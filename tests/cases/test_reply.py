"""A person's answer to a mail: shown first, in its thread, once, and taken back while it waits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.decision.reply import Enclosed, draft, send, take_back
from core.cases.intake.unread import mark_read
from core.data.letter import STATUS_PLACE, LetterFile, LetterKind, LetterState
from core.data.mail_record import Disposition
from core.errors import NotAllowed
from tests.validators.builders import NO_DOCUMENTS, NO_WORDS, complete_submission, message
from tests.world import WEDNESDAY_10


@pytest.fixture
def question(harness):
    """A mail that asks for nothing of the desk."""
    return harness.mail(
        complete_submission(
            message((), new_text="锁丢了，怎么挂失？", subject="咨询"), NO_WORDS, NO_DOCUMENTS
        )
    )


def answers(harness):
    with harness.tx() as tx:
        return [letter for letter in tx.letters.newest() if letter.kind is LetterKind.ANSWER]


def unread(harness, mail):
    with harness.tx() as tx:
        assert tx.mails.count_unread() == len(tx.mails.unread(10))
        return tx.mails.get(mail.id).unread


def test_a_question_waits_for_an_answer_and_gets_the_letter_that_was_shown(harness, question):
    assert (question.disposition, question.unread) == (Disposition.OTHER, True)
    shown = draft(harness.desk, question.id, "请登录门户挂失。\n\n<b> 1. 补办请联系CA。")
    assert answers(harness) == []
    send(harness.desk, question.id, "li", "请登录门户挂失。\n\n<b> 1. 补办请联系CA。", "a" * 32)
    [letter] = answers(harness)
    assert letter.rendered == shown
    assert "请登录门户挂失。" in shown.text
    assert "<b>" not in shown.html
    assert STATUS_PLACE not in shown.text, "there is no case"
    assert (letter.recipient, letter.in_reply_to, letter.mail_id) == (
        question.sender,
        question.message_id,
        question.id,
    )
    assert not unread(harness, question)
    harness.send_letters()
    assert answers(harness)[0].state is LetterState.PENDING, "it waits its minute"
    harness.clock.at += timedelta(minutes=1)
    harness.send_letters()
    assert answers(harness)[0].state is LetterState.SENT


def test_one_form_is_one_letter_and_another_one_is_another(harness, question):
    first = send(harness.desk, question.id, "li", "一", "a" * 32)
    assert send(harness.desk, question.id, "li", "一", "a" * 32) == first
    assert send(harness.desk, question.id, "wang", "二", "b" * 32) != first
    assert len(answers(harness)) == 2


def test_an_answer_is_taken_back_while_it_waits(harness, question):
    letter_id = send(harness.desk, question.id, "li", "一", "a" * 32)
    take_back(harness.desk, letter_id, "li")
    assert answers(harness)[0].state is LetterState.CANCELLED
    with pytest.raises(NotAllowed):
        take_back(harness.desk, letter_id, "li")
    late = send(harness.desk, question.id, "li", "二", "b" * 32)
    harness.clock.at += timedelta(minutes=1)
    with pytest.raises(NotAllowed):
        take_back(harness.desk, late, "li")


def test_no_other_letter_is_taken_back_this_way(harness):
    harness.register()
    harness.mail()
    with harness.tx() as tx:
        other = tx.letters.newest()[0]
    with pytest.raises(LookupError):
        take_back(harness.desk, other.id, "li")


def test_the_link_of_a_case_goes_to_its_own_sender_alone(harness):
    harness.register()
    case = harness.case(harness.mail())
    with harness.tx() as tx:
        [mail] = tx.mails.of_case(case.id)
    assert STATUS_PLACE in draft(harness.desk, mail.id, "一").text
    with harness.tx() as tx:
        tx.mails.save(replace(mail, sender="contact@example.org"))
    assert STATUS_PLACE not in draft(harness.desk, mail.id, "一").text
    send(harness.desk, mail.id, "li", "一", "a" * 32)
    assert STATUS_PLACE not in answers(harness)[0].rendered.text


def test_an_answer_replaces_no_letter_that_waits(harness):
    harness.register()
    case = harness.case(harness.mail())
    with harness.tx() as tx:
        [mail] = tx.mails.of_case(case.id)
        before = tx.letters.newest(case_id=case.id)
        tx.letters.save(replace(before[0], state=LetterState.WAITING))
        tx.audit.write("test", "letter.queued", case)
    send(harness.desk, mail.id, "li", "一", "a" * 32)
    with harness.tx() as tx:
        assert len(tx.letters.newest(case_id=case.id)) == len(before) + 1


@pytest.mark.parametrize(
    "words", ["", "  \n ", "长" * 401, "\n".join(["行"] * 21), "号码 ____ 待填"]
)
def test_no_words_or_too_many_are_refused_and_never_cut(harness, question, words):
    for act in (
        lambda: draft(harness.desk, question.id, words),
        lambda: send(harness.desk, question.id, "li", words, "a" * 32),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert unread(harness, question)


def test_ten_a_day_to_one_address(harness, question):
    for number in range(10):
        send(harness.desk, question.id, "li", "一", f"{number:032}")
    with pytest.raises(NotAllowed, match="改用电话"):
        send(harness.desk, question.id, "li", "一", "f" * 32)
    harness.clock.at += timedelta(days=1, seconds=1)
    send(harness.desk, question.id, "li", "一", "e" * 32)


def test_what_needs_no_answer_is_marked_as_read(harness, question):
    for _ in range(2):  # twice is once
        mark_read(harness.desk, [question.id], "li")
        assert not unread(harness, question)


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": ""},
        {"disposition": Disposition.IGNORED},
        {"disposition": Disposition.QUARANTINED},
        {"purged_at": WEDNESDAY_10},
    ],
)
def test_what_has_nobody_to_answer_is_not_answered(harness, question, changes):
    with harness.tx() as tx:
        tx.mails.save(replace(question, **changes))
    with pytest.raises(NotAllowed, match="不能答复"):
        draft(harness.desk, question.id, "一")


def test_so_many_words_are_an_answer(harness, question):
    assert draft(harness.desk, question.id, "\n".join(["长" * 400] * 20))


MEGABYTES = LetterFile("a.pdf", bytes(2 * 2**20))
BYTE = LetterFile("b.pdf", b"1")


@pytest.mark.parametrize(
    ("copies", "files", "words"),
    [
        ((), [BYTE] * 5, ""),
        ((), [MEGABYTES] * 5, ""),
        ((), [BYTE] * 6, "5 个"),
        ((), [*[MEGABYTES] * 4, LetterFile("c.pdf", bytes(2 * 2**20 + 1))], "10 MB"),
        (["a@example.org"] * 3, [], ""),
        (["a@example.org"] * 4, [], "最多 3 个"),
        (["nobody"], [], "请核对"),
    ],
)
def test_copies_and_files_of_an_answer_are_bounded(copies, files, words):
    enclosed = Enclosed(tuple(copies), tuple(files))
    if not words:
        enclosed.require_bounded()
        return
    with pytest.raises(NotAllowed, match=words):
        enclosed.require_bounded()
