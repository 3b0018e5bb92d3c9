"""Internal notes: kept with the case, seen before an approval, in no letter,
removed with the case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.decision.answering import add_note
from core.cases.decision.approve import approve
from core.cases.letters.words import ACTIONS
from core.cases.upkeep.personal_data import purge_case
from core.data.case import State
from core.data.letter import LetterState
from core.errors import Conflict, NotAllowed
from tests.validators.builders import complete_submission, message
from tests.world import decline

NOTE = "电话核实：联系人否认提交过申请"


@pytest.fixture
def case(harness):
    harness.register()
    case = harness.case(harness.mail())
    harness.send_letters()
    return case


def test_a_note_is_kept_and_an_open_approval_sees_it_first(harness, case):
    after = add_note(harness.desk, case.id, "li", NOTE)
    assert [(note.author, note.text, note.at) for note in harness.again(case).notes] == [
        ("li", NOTE, harness.clock.now())
    ]
    assert (after.state, after.changed_at) == (case.state, case.changed_at)
    with pytest.raises(Conflict, match="已有变化") as refused:
        approve(harness.desk, case.id, case.version, "wang")
    assert refused.value.changes[0].endswith(f"li：{ACTIONS['case.noted']}")
    assert approve(harness.desk, case.id, after.version, "wang").state is State.APPROVED


def test_the_same_note_again_is_one(harness, case):
    for _ in range(2):
        add_note(harness.desk, case.id, "li", NOTE)
    add_note(harness.desk, case.id, "wang", NOTE)
    assert [note.author for note in harness.again(case).notes] == ["li", "wang"]


@pytest.mark.parametrize("text", ["", "长" * 501])
def test_what_is_no_note_is_refused(harness, case, text):
    with pytest.raises(NotAllowed):
        add_note(harness.desk, case.id, "li", text)


def test_notes_of_a_case_are_bounded(harness, case):
    for number in range(20):
        add_note(harness.desk, case.id, "li", f"{number:0500}")
    with pytest.raises(NotAllowed):
        add_note(harness.desk, case.id, "li", "one more")


def test_a_first_approval_stays(harness):
    harness.register()
    case = harness.case(harness.mail(complete_submission(message(authentication="none"))))
    harness.send_letters()
    with harness.tx() as tx:
        tx.cases.save(replace(case, version=case.version + 1, account_chosen_by="li"))
        tx.audit.write("li", "case.account_chosen", case)
    first = approve(harness.desk, case.id, case.version + 1, "li")
    noted = add_note(harness.desk, case.id, "wang", NOTE)
    assert (first.first_approved_by, noted.first_approved_by) == ("li", "li")


def test_the_same_one_again_is_not_added_after_that_of_a_colleague(harness, case):
    for author in ("wang", "li", "li"):
        case = add_note(harness.desk, case.id, author, NOTE)
    assert [one.author for one in case.notes] == ["wang", "li"]


def test_no_letter_holds_it_and_erasing_takes_it(harness, case):
    case = add_note(harness.desk, case.id, "li", NOTE)
    decline(harness.desk, case.id, case.version, "wang", "执照已注销")
    harness.clock.at += timedelta(minutes=5)
    harness.send_letters()
    with harness.tx() as tx:
        letters = tx.letters.newest()
        assert letters
        assert not any(
            NOTE in letter.rendered.text + letter.rendered.html + letter.rendered.subject
            for letter in letters
        )
        assert not any(NOTE in str(entry.detail) for entry in tx.audit.entries(case.id)), (
            "the audit outlives the case's personal data"
        )
    assert {letter.state for letter in letters} == {LetterState.SENT}
    assert purge_case(harness.desk, case.id, "desk")
    assert harness.again(case).notes == ()
    with pytest.raises(NotAllowed):
        add_note(harness.desk, case.id, "li", NOTE)
