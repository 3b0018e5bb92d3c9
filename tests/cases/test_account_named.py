"""Papers of two enterprises in one case: which account and which credit code it has."""

from dataclasses import replace

import pytest

from core.cases.decision.approve import choose_account
from tests.cases.submissions import answer_to
from tests.validators.builders import (
    NAME,
    OTHER_NAME,
    OTHER_USCC,
    SENDER,
    USCC,
    complete_submission,
    documents,
    form,
    id_front,
    licence,
    message,
)

BRANCH = f"{NAME}苏州分公司"


def paper(confidence=0.97, **fields):
    return replace(licence(**fields), confidence=confidence)


def brings(harness, *licences, names=(NAME,), **changes):
    """The case of a mail that names these enterprises and brings these licences."""
    parts = (id_front(), *licences)
    whole = complete_submission(
        message(**changes), form(enterprise_names=names), documents(parts=parts)
    )
    return harness.case(harness.mail(whole))


def adds(harness, *licences, **changes):
    """The case after a supplement to the only one."""
    with harness.tx() as tx:
        letter = next(one for one in tx.letters.newest() if one.recipient == SENDER)
    return brings(harness, *licences, **answer_to(letter), **changes)


def codes(case):
    return {finding.code for finding in case.findings}


WRONG_USCC = f"{USCC[:-2]}77"
OWN = {"enterprise_name": OTHER_NAME, "uscc": OTHER_USCC}


@pytest.mark.parametrize("doubts", [(), ("enterprise_name",)])
@pytest.mark.parametrize("registered", [True, False])
def test_a_better_read_licence_of_a_victim_is_not_the_one_named(harness, registered, doubts):
    """A stranger asks for the own enterprise and adds a licence that anybody can buy."""
    victim = harness.register("victim@example.org")
    own = harness.register(name=OTHER_NAME, uscc=OTHER_USCC) if registered else None
    case = brings(harness, paper(0.7, **OWN), paper(0.99, doubts=doubts), names=(OTHER_NAME,))
    assert case.enterprise_id == own != victim
    assert (case.enterprise_name, case.uscc) == (OTHER_NAME, OTHER_USCC)
    assert ("account.unknown" in codes(case)) is not registered
    with harness.tx() as tx:
        assert set(case.binding_ids) == {
            one.id for one in (tx.bindings.of_enterprise(own) if own else ())
        }


def test_a_head_office_and_its_branch_in_one_mail(harness):
    head = harness.register()
    harness.register(name=BRANCH, uscc=OTHER_USCC)
    case = brings(harness, paper(0.7), paper(0.99, enterprise_name=BRANCH, uscc=OTHER_USCC))
    assert (case.enterprise_id, case.uscc) == (head, USCC)
    assert "match.enterprise_name" in codes(case)


def test_a_short_name_finds_its_licence(harness):
    own = harness.register()
    case = brings(harness, paper(0.7), paper(0.99, **OWN), names=("堃泰镕喆",))
    assert (case.enterprise_id, case.uscc) == (own, USCC)


def test_of_two_scans_the_one_with_a_right_code_counts(harness):
    own = harness.register(name=f"{NAME}（原名）")
    case = brings(harness, paper(0.7), paper(0.99, uscc=WRONG_USCC))
    assert (case.enterprise_id, case.uscc) == (own, USCC)


def test_a_better_scan_corrects_a_misread_code(harness):
    own = harness.register(SENDER)
    case = brings(harness, paper(uscc=WRONG_USCC))
    assert (case.enterprise_id, case.uscc) == (own, WRONG_USCC)
    case = adds(harness, paper(0.7))
    assert (case.enterprise_id, case.uscc) == (own, USCC)


def test_a_code_that_comes_later_takes_no_account_away(harness):
    """The first licence shows no code; the second has the name, and the code of another."""
    own = harness.register(SENDER)
    harness.register(name=OTHER_NAME, uscc=OTHER_USCC)
    brings(harness, paper(uscc=""))
    case = adds(harness, paper(uscc=OTHER_USCC))
    assert (case.enterprise_id, case.uscc) == (own, OTHER_USCC)
    assert "match.account" in codes(case)


@pytest.mark.parametrize("branch", [True, False])
@pytest.mark.parametrize("head", [True, False])
def test_the_right_licence_comes_after_a_wrong_one(harness, head, branch):
    """The case gets the code of the enterprise that it names, and its account or none."""
    right = harness.register(SENDER) if head else None
    if branch:
        harness.register(name=BRANCH, uscc=OTHER_USCC)
    case = brings(harness, paper(0.99, enterprise_name=BRANCH, uscc=OTHER_USCC))
    assert case.uscc == OTHER_USCC
    case = adds(harness, paper(0.7))
    assert (case.enterprise_name, case.uscc, case.enterprise_id) == (NAME, USCC, right)
    assert "case.changed" in codes(case)


@pytest.mark.parametrize("head", [True, False])
def test_the_first_words_that_name_an_enterprise_win_over_a_licence(harness, head):
    """The reply named the head office; the case kept the name and the account of the branch."""
    right = harness.register(SENDER) if head else None
    harness.register(name=BRANCH, uscc=OTHER_USCC)
    case = brings(harness, paper(enterprise_name=BRANCH, uscc=OTHER_USCC), names=())
    assert case.enterprise_name == BRANCH
    case = adds(harness, paper(0.7))
    assert (case.enterprise_name, case.uscc, case.enterprise_id) == (NAME, USCC, right)
    assert "case.changed" in codes(case)


def test_an_account_that_a_person_chose_stays(harness):
    harness.register(name=BRANCH, uscc=OTHER_USCC)
    chosen = harness.register(name=f"{NAME}（原名）", uscc="91119999MA0000003K")
    case = brings(harness, paper(enterprise_name=BRANCH, uscc=OTHER_USCC))
    case = choose_account(harness.desk, case.id, case.version, "wang", chosen)
    case = adds(harness, paper())
    assert (case.enterprise_id, case.account_chosen_by, case.uscc) == (chosen, "wang", USCC)


@pytest.mark.parametrize("registered", [True, False])
def test_a_forged_licence_of_the_name_moves_no_case(harness, registered):
    """It bears the victim's name and the stranger's own code, and is read better."""
    victim = harness.register(SENDER)
    if registered:
        harness.register(name=OTHER_NAME, uscc=OTHER_USCC)
    case = brings(harness, paper(0.7))
    case = adds(harness, paper(0.99, uscc=OTHER_USCC))
    assert (case.enterprise_id, case.uscc) == (victim, USCC)
    assert {"case.changed", "document.several"} <= codes(case)


def test_papers_of_another_enterprise_move_no_case(harness):
    own = harness.register(SENDER)
    harness.register(name=OTHER_NAME, uscc=OTHER_USCC)
    case = brings(harness, paper(0.7))
    other = adds(harness, paper(0.99, **OWN), names=(OTHER_NAME,))
    assert other.enterprise_name == OTHER_NAME
    assert harness.again(case) == case
    assert (case.enterprise_id, case.enterprise_name, case.uscc) == (own, NAME, USCC)
