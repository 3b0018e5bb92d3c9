"""A reviewer's slip, or worse, on a request that the registered contact sent: nobody but the
approver would see it before the locks are gone."""

import pytest

from core.accounts.administrators import personnel
from core.accounts.console_desk import ConsoleDesk
from core.cases.decision.approve import approve_batch, settle_request
from core.cases.letters.words import ACTORS, console_text
from core.data.case import State
from core.data.submission import Answer
from core.enterprise_names import fold_name
from core.errors import NotAllowed
from tests.validators.builders import SENDER, complete_submission, form


@pytest.fixture
def here(here):
    here.register(SENDER, password_set=True)
    return here


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


@pytest.mark.parametrize(
    "name",
    [
        "li、wang",
        "li，wang",
        "cli:root",
        "Wang",
        "ｗａｎｇ",
        "wa ng",
        "登记联系人",
        "Registered contact",
    ],
)
def test_no_administrator_has_a_name_that_records_give_to_others(here, name):
    """One alone would be read as two approvers, or as the contact who confirmed."""
    console = ConsoleDesk(here.desk.store, here.desk.passwords)
    personnel.create(console, "test", "wang")
    with pytest.raises(NotAllowed):
        personnel.create(console, "test", name)
    personnel.create(console, "test", "王·小明 2@centre.example")


def test_every_name_that_the_audit_gives_to_others_is_nobodys():
    assert {fold_name(one) for pair in ACTORS.items() for one in pair} == personnel.NOBODYS_NAMES
