"""What an administrator answers a case with: seen before it is sent, sent after a minute,
taken back until then."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.cases.decision.answering import (
    ENDING,
    WITHOUT_REASON,
    Answer,
    Words,
    draft,
    give,
    reportable,
    undo,
)
from core.cases.decision.approve import approve, hold
from core.cases.letters.objection import object_to
from core.data.case import State
from core.data.documents import PartKind
from core.data.letter import LetterKind, LetterState
from core.data.submission import Answer as Reading
from core.data.submission import RequestForm
from core.errors import Conflict, NotAllowed
from tests.cases.submissions import talk
from tests.validators.builders import (
    NAME,
    complete_submission,
    documents,
    id_back,
    id_front,
    licence,
    message,
    seal,
    without,
)
from tests.world import CONTACT

EVERY_ANSWER = [(answer, Words("请补充委托书")) for answer in Answer if answer is not Answer.ACCEPT]


@pytest.fixture
def queued(harness):
    harness.register()
    return harness.case(harness.mail())


@pytest.fixture
def incomplete(harness):
    harness.register()
    return harness.case(harness.mail(complete_submission(documents=without(PartKind.LICENCE))))


def test_a_complete_case_goes_back_with_the_sentences_ticked_and_the_lines_typed(harness):
    harness.register()
    # without the other side of the card: for an administrator's eyes
    papers = documents(parts=(id_front(), licence()))
    case = harness.case(harness.mail(complete_submission(documents=papers)))
    [sentence] = reportable(harness.desk, case)
    returned = give(
        harness.desk,
        case.id,
        case.version,
        "li",
        Answer.RETURN,
        Words("委托书没有盖章\n\n 日期不清 ", (sentence, "not offered")),
    )
    assert (returned.state, returned.window_date, returned.complete_at) == (
        State.INCOMPLETE,
        None,
        None,
    )
    text = harness.letter("returned").rendered.text
    for place, words in enumerate((sentence, "委托书没有盖章", "日期不清"), 1):
        assert f"{place}. {words}" in text
    assert "not offered" not in text
    assert "无需再发" not in text, "what the lines are about is not known"
    assert harness.actions(case)[-1] == "case.returned"


@pytest.mark.parametrize("reset", [Reading.NO, Reading.MISSING, Reading.UNREAD])
def test_a_return_repeats_the_questions_where_an_answer_is_open(harness, reset):
    harness.register()
    request = RequestForm(
        enterprise_names=(NAME,), unbind=Reading.YES, reset_password=reset, has_request_words=True
    )
    case = harness.case(harness.mail(complete_submission(request=request)))
    words = Words("请写清楚办理事项")
    give(harness.desk, case.id, case.version, "li", Answer.RETURN, words)
    asked = "参考格式" in harness.letter("returned").rendered.text
    assert asked is (reset is not Reading.NO)


def test_its_supplement_completes_it_again(harness, queued):
    give(harness.desk, queued.id, queued.version, "li", Answer.RETURN, Words("请补充委托书"))
    harness.mail(
        complete_submission(
            message=message(thread_ids=("<1@example.com>",), message_id="<2@example.com>")
        )
    )
    assert harness.again(queued).state is State.QUEUED


def test_a_licence_that_is_returned_as_expired_is_not_called_in_order(harness):
    harness.register()
    papers = documents(parts=(id_front(), id_back(), licence(valid_until="2020-01-01")))
    case = harness.case(harness.mail(complete_submission(documents=papers)))
    [sentence] = reportable(harness.desk, case)
    words = Words("", (sentence,))
    give(harness.desk, case.id, case.version, "li", Answer.RETURN, words)
    text = harness.letter("returned").rendered.text
    fine = next(line for line in text.splitlines() if "无需再发" in line)
    assert "人像面" in fine
    assert "营业执照" not in fine


def test_what_the_desk_returned_is_taken_as_complete(harness, incomplete):
    accepted = give(
        harness.desk,
        incomplete.id,
        incomplete.version,
        "li",
        Answer.ACCEPT,
        Words("执照已另行核验"),
    )
    assert (accepted.state, accepted.window_date, accepted.complete_at) == (
        State.QUEUED,
        date(2026, 11, 25),
        harness.clock.now(),
    )
    letter = harness.letter("received").rendered.text
    assert "执照已另行核验" not in letter
    assert "2026年11月25日" in letter
    harness.send_letters()
    assert approve(harness.desk, accepted.id, accepted.version, "wang").state is State.APPROVED


@pytest.mark.parametrize("answer", [one for one in Answer if one not in WITHOUT_REASON])
def test_no_answer_goes_without_words(harness, incomplete, answer):
    with pytest.raises(NotAllowed, match=r"填写理由|写明需要补正"):
        give(harness.desk, incomplete.id, incomplete.version, "li", answer, Words("  "))
    assert harness.again(incomplete) == incomplete


@pytest.mark.parametrize(("answer", "words"), EVERY_ANSWER)
def test_a_draft_shows_the_very_letter_and_changes_nothing(harness, queued, answer, words):
    shown = draft(harness.desk, queued.id, queued.version, answer, words)
    assert harness.again(queued) == queued
    after = give(harness.desk, queued.id, queued.version, "li", answer, words)
    with harness.tx() as tx:
        assert tx.letters.by_id(after.undo.letter_id).rendered == shown


def test_a_case_that_is_answered_by_hand_sends_no_letter(harness, queued):
    with harness.tx() as tx:
        by_hand = replace(queued, by_hand=True, version=queued.version + 1)
        tx.cases.save(by_hand)
    assert draft(harness.desk, by_hand.id, by_hand.version, Answer.DECLINE, Words("不符")) is None
    before = harness.letters()
    declined = give(harness.desk, by_hand.id, by_hand.version, "li", Answer.DECLINE, Words("不符"))
    assert harness.letters() == before
    assert undo(harness.desk, declined.id, declined.version, "li").state is State.QUEUED


@pytest.mark.parametrize(("answer", "words"), EVERY_ANSWER)
def test_within_a_minute_it_is_taken_back_and_nothing_was_sent(harness, queued, answer, words):
    harness.send_letters()
    answered = give(harness.desk, queued.id, queued.version, "li", answer, words)
    harness.clock.at += timedelta(seconds=59)
    harness.send_letters()
    back = undo(harness.desk, answered.id, answered.version, "li")
    assert replace(back, version=queued.version, changed_at=queued.changed_at) == queued
    harness.clock.at += timedelta(minutes=5)
    harness.send_letters()
    with harness.tx() as tx:
        assert tx.letters.by_id(answered.undo.letter_id).state is LetterState.CANCELLED
    assert harness.actions(queued)[-1] == "case.answer_undone"


@pytest.mark.parametrize("answer", sorted(ENDING))
def test_who_decides_an_objection_need_not_clear_its_alert_too(harness, queued, answer):
    with harness.tx() as tx:
        number = queued.number
        object_to(tx, queued, queued.enterprise_id, "不是我们申请的", "contact")
        tx.alerts.add(f"withdrawal.{number}", "企业来信要求撤回工单")
        tx.alerts.add("objection.JB20261125-9999", "另一件")
    held = harness.again(queued)
    decided = give(harness.desk, held.id, held.version, "li", answer, Words("登记联系人否认"))
    assert list(harness.alerts()) == ["objection.JB20261125-9999"]
    undo(harness.desk, decided.id, decided.version, "li")
    assert harness.again(queued).objected_at, "on top of 今日 again"


def test_afterwards_it_is_sent_and_stands(harness, queued):
    harness.send_letters()
    answered = give(harness.desk, queued.id, queued.version, "li", Answer.DECLINE, Words("不符"))
    harness.clock.at += timedelta(seconds=60)
    harness.send_letters()
    with harness.tx() as tx:
        assert tx.letters.by_id(answered.undo.letter_id).state is LetterState.SENT
    with pytest.raises(NotAllowed, match="不能撤销"):
        undo(harness.desk, answered.id, answered.version, "li")
    assert harness.again(queued).state is State.DECLINED


def test_what_was_tried_already_is_not_taken_back(harness, queued):
    harness.send_letters()
    answered = give(harness.desk, queued.id, queued.version, "li", Answer.DECLINE, Words("不符"))
    with harness.tx() as tx:
        tx.letters.save(replace(tx.letters.get(answered.undo.letter_id), attempts=1))
    with pytest.raises(NotAllowed, match="回执已经发出"):
        undo(harness.desk, answered.id, answered.version, "li")


def test_what_changed_since_is_not_taken_back(harness, queued):
    answered = give(
        harness.desk, queued.id, queued.version, "li", Answer.RETURN, Words("请补充委托书")
    )
    held = hold(harness.desk, answered.id, answered.version, "wang", "核实")
    with pytest.raises(Conflict):
        undo(harness.desk, answered.id, answered.version, "li")
    with pytest.raises(NotAllowed):
        undo(harness.desk, held.id, held.version, "li")


def test_an_answer_that_takes_the_place_of_a_waiting_letter_stands_at_once(harness, queued):
    """The enterprise would hear nothing, were both given up."""
    with harness.tx() as tx:
        [received] = [
            letter
            for letter in tx.letters.newest(case_id=queued.id)
            if letter.kind is LetterKind.RECEIVED
        ]
        tx.letters.save(replace(received, state=LetterState.WAITING))
    answered = give(harness.desk, queued.id, queued.version, "li", Answer.DECLINE, Words("不符"))
    assert "received" not in harness.letters(queued)
    with pytest.raises(NotAllowed):
        undo(harness.desk, answered.id, answered.version, "li")


class TestNoRequest:
    def dismissed(self, harness, case, words=""):
        return give(harness.desk, case.id, case.version, "li", Answer.DISMISS, Words(words))

    def test_it_ends_without_a_letter_and_what_waited_does_not_go(self, harness, incomplete):
        assert (
            draft(harness.desk, incomplete.id, incomplete.version, Answer.DISMISS, Words()) is None
        )
        ended = self.dismissed(harness, incomplete)
        assert ended.state is State.DISMISSED
        with harness.tx() as tx:
            states = {one.state for one in tx.letters.newest(case_id=incomplete.id)}
        assert states == {LetterState.CANCELLED}
        assert harness.actions(incomplete)[-1] == "case.dismissed"

    def test_for_a_day_it_is_taken_up_again_with_the_letters_that_waited(self, harness, incomplete):
        ended = self.dismissed(harness, incomplete)
        harness.clock.at += timedelta(hours=23)
        again = undo(harness.desk, ended.id, ended.version, "li")
        assert (again.state, again.findings) == (State.INCOMPLETE, incomplete.findings)
        with harness.tx() as tx:
            assert {one.state for one in tx.letters.newest(case_id=again.id)} == {
                LetterState.PENDING
            }

    def test_an_approval_is_not_restored_since_somebody_may_have_written(self, harness, queued):
        harness.send_letters()
        approved = approve(harness.desk, queued.id, queued.version, "li")
        ended = self.dismissed(harness, approved)
        words = talk(RequestForm(), harness.letter("received"), new_text="先别办，有误")
        mail = harness.mail(replace(words, message=replace(words.message, sender=CONTACT)))
        assert (mail.case_id, mail.unread) == (ended.id, True)
        again = undo(harness.desk, ended.id, ended.version, "li")
        assert (again.state, again.approved_by) == (State.QUEUED, "")

    def test_afterwards_not(self, harness, incomplete):
        ended = self.dismissed(harness, incomplete)
        harness.clock.at += timedelta(hours=24)
        with pytest.raises(NotAllowed, match="已过可撤销的时间"):
            undo(harness.desk, ended.id, ended.version, "li")

    def test_words_go_as_an_answer_and_wait_a_minute(self, harness, queued):
        ended = self.dismissed(harness, queued, "产品介绍收悉。\n本邮箱只受理解绑申请。")
        letter = harness.letter("answer")
        assert (letter.id, letter.next_try_at) == (
            ended.undo.letter_id,
            harness.clock.now() + timedelta(minutes=1),
        )
        assert "本邮箱只受理解绑申请。" in letter.rendered.text

    def test_a_later_request_of_the_thread_is_a_case_of_its_own(self, harness, incomplete):
        self.dismissed(harness, incomplete)
        later = harness.mail(
            complete_submission(
                message=message(thread_ids=("<1@example.com>",), message_id="<2@example.com>")
            )
        )
        assert later.case_id != incomplete.id


def test_a_doubt_that_a_person_finds_true_has_its_sentence_for_the_letter(harness):
    harness.register()
    papers = documents(seals=(seal(doubtful=True),))
    case = harness.case(harness.mail(complete_submission(documents=papers)))
    [sentence] = reportable(harness.desk, case)
    words = Words("", (sentence,))
    give(harness.desk, case.id, case.version, "li", Answer.RETURN, words)
    text = harness.letter("returned").rendered.text
    assert f"1. {sentence}" in text
    assert "看不清" in sentence
    assert "人工" not in text
    assert "无需再发" not in text, "what the doubt is about is not known"
