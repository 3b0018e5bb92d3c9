"""A reviewer's slip, or worse, on a request that the registered contact sent: nobody but the
approver would see it before the locks are gone."""

import pytest

from core.cases.decision.approve import approve_batch, settle_request
from core.cases.desk import CaseSettings
from core.cases.letters.words import console_text
from core.data.case import State
from core.data.submission import Answer
from tests.validators.builders import SENDER, complete_submission, form
from tests.world import World, store_in


@pytest.fixture
def here(tmp_path):
    world = World(store_in(tmp_path), settings=CaseSettings())
    world.register(SENDER, password_set=True)
    yield world
    world.store.close()


def asks(here, **answers):
    return here.case(here.mail(complete_submission(request=form(**answers))))


def approved_unseen(here, case):
    [outcome] = approve_batch(here.desk, [(case.id, case.version)], "li")
    return outcome.case.state is State.APPROVED


def test_what_a_person_settles_against_the_mail_is_looked_at(here):
    case = asks(here)
    settled = settle_request(here.desk, case.id, case.version, "wang", True, True)
    assert not approved_unseen(here, settled)
    [finding] = settled.findings
    assert "是否需要重置" in console_text(finding)


def test_taken_back_it_is_as_it_was(here):
    case = asks(here)
    settled = settle_request(here.desk, case.id, case.version, "wang", True, True)
    again = settle_request(here.desk, case.id, settled.version, "wang", True, False)
    assert again.findings == case.findings
    assert approved_unseen(here, again)


def test_what_the_mail_left_open_is_settled_as_ever(here):
    case = asks(here, reset_password=Answer.AMBIGUOUS)
    settled = settle_request(here.desk, case.id, case.version, "wang", True, False)
    assert settled.findings == case.findings
