"""The letter of a case that has ended: what was done, to whom it may say how much,
and nothing that cannot be done any more."""

from datetime import timedelta

import pytest

from core.cases.decision import reply
from core.cases.decision.answering import Answer, Words, give
from core.cases.decision.approve import approve
from core.cases.window.process import expire, run_window
from core.data.submission import RequestForm
from tests.cases.submissions import incomplete, talk
from tests.validators.builders import SENDER
from tests.world import CONTACT


def carried_out(harness, binding_ids=None):
    case = harness.case(harness.mail())
    harness.send_letters()
    approve(harness.desk, case.id, case.version, "li", binding_ids=binding_ids)
    harness.clock.at += timedelta(hours=1)
    run_window(harness.desk)


def expired(harness):
    harness.mail(incomplete())
    harness.clock.at += timedelta(days=31)
    assert expire(harness.desk) == 1


def ended_by(answer):
    def act(harness):
        case = harness.case(harness.mail())
        give(harness.desk, case.id, case.version, "li", answer, Words("不符"))

    return act


@pytest.mark.parametrize("contact", [SENDER, CONTACT])
def test_a_completed_letter_names_the_locks_in_full_to_the_contact_alone(harness, contact):
    enterprise_id = harness.register(contact=contact)
    carried_out(harness)
    letter = harness.letter("completed")
    with harness.tx() as tx:
        primary, other = sorted(
            lock.tail for lock in tx.bindings.of_enterprise(enterprise_id, ended=True)
        )
    own = ("主锁 BJCA，", "副锁 BJCA，") if contact == SENDER else ("", "")
    lines = (
        f"1. 已解除 CA 锁的绑定：{own[0]}序列号末六位 {primary}\n"
        f"2. 已解除 CA 锁的绑定：{own[1]}序列号末六位 {other}\n"
    )
    assert lines in letter.rendered.text
    assert letter.recipient == SENDER


def test_a_completed_letter_names_the_lock_that_was_chosen_and_no_other(harness):
    enterprise_id = harness.register(contact=SENDER)
    chosen, other = harness.enterprise(enterprise_id)[1]
    carried_out(harness, [chosen.id])
    text = harness.letter("completed").rendered.text
    assert (chosen.tail in text, other.tail in text) == (True, False)


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        ("completed", carried_out),
        ("expired", expired),
        ("declined", ended_by(Answer.DECLINE)),
        ("withdrawn", ended_by(Answer.WITHDRAW)),
    ],
)
def test_it_offers_nothing_that_cannot_be_done_any_more(harness, kind, act):
    harness.register()
    act(harness)
    text = harness.letter(kind).rendered.text
    assert [
        words
        for words in ("[[status]]", "撤回申请", "回复“", "查看进度", "补充下面所缺")
        if words in text
    ] == []


@pytest.mark.parametrize("kind", ["progress", "answer"])
def test_an_answer_after_the_end_has_no_link_of_the_case(harness, kind):
    case = harness.case(harness.mail())
    received = harness.letter("received")
    assert "[[status]]" in received.rendered.text
    give(harness.desk, case.id, case.version, "li", Answer.DECLINE, Words("不符"))
    record = harness.mail(talk(RequestForm(asks_progress=True), received))
    if kind == "answer":
        reply.send(harness.desk, record.id, "li", "请另行申请。", "a" * 32)
    assert "[[status]]" not in harness.letter(kind).rendered.text
