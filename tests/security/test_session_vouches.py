"""A session at the portal vouches for its own enterprise. What a person makes of the mail that it
handed in, for another enterprise, is nobody's word: the two may share the address of an agent."""

from dataclasses import replace

import pytest

from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.approve import choose_account
from core.cases.decision.merge_split import split_case
from core.cases.desk import CaseSettings
from core.cases.intake.hand_in import PORTAL_BOX
from core.cases.intake.receive import receive
from core.cases.requester import Requester
from core.data.documents import PartKind
from tests.drawing.people import invent_enterprise
from tests.web.harness import Harness, request

AGENT = "agent@example.org"
SHELL, VICTIM = 1, 2


@pytest.fixture
def here(tmp_path):
    harness = Harness(tmp_path, cases=CaseSettings())
    yield harness
    harness.store.close()


@pytest.fixture
def victim(here):
    return here.register(VICTIM, contact=AGENT)


@pytest.fixture
def handed_in(here, victim):
    """The shell's own request, with the victim's public licence behind its own papers."""
    shell = here.register(SHELL, contact=AGENT)
    submission, images = request(SHELL, here.clock.now())
    [licence] = request(VICTIM, here.clock.now())[0].documents.of(PartKind.LICENCE)
    documents = submission.documents
    documents = replace(
        documents,
        pages=(*documents.pages, replace(documents.pages[1], number=3)),
        parts=(*documents.parts, replace(licence, page=3)),
    )
    message = replace(submission.message, sender=AGENT)
    mail_id = here.stored()
    with here.tx() as tx:
        tx.mails.set_columns(mail_id, mailbox=PORTAL_BOX, uidvalidity=shell)
    receive(here.desk, mail_id, replace(submission, message=message, documents=documents), images)
    with here.tx() as tx:
        case = tx.cases.get(tx.mails.get(mail_id).case_id)
    assert (case.enterprise_id, needs(here, case).requester) == (shell, Requester.CONTACT)
    return case, mail_id


def needs(here, case):
    with here.tx() as tx:
        return approval_needs(tx, [case])[case.id]


def is_told(here, case):
    with here.tx() as tx:
        letters = tx.letters.newest(case_id=case.id, recipient=AGENT)
    return "contact_notice" in {one.kind.value for one in letters}


@pytest.mark.parametrize(("leaving", "staying"), [([0, 2], [0]), ([0, 1], [0]), ([2], [])], ids=str)
def test_not_for_what_is_split_off(here, victim, handed_in, leaving, staying):
    case, mail_id = handed_in
    opened = split_case(
        here.desk, case.id, case.version, "wang", {mail_id: leaving}, {mail_id: staying}
    )
    of_victim = next(
        one
        for one in (opened, here.case(case.id))
        if one.enterprise_name == invent_enterprise(VICTIM).name
    )
    assert of_victim.enterprise_id == victim
    assert needs(here, of_victim).requester is Requester.STRANGER
    assert is_told(here, of_victim)


def test_not_where_another_account_is_chosen(here, victim, handed_in):
    case, _ = handed_in
    case = choose_account(here.desk, case.id, case.version, "wang", victim)
    assert needs(here, case).requester is Requester.STRANGER
    assert is_told(here, case)


def test_the_same_account_chosen_again_stays_the_contacts(here, handed_in):
    case, _ = handed_in
    case = choose_account(here.desk, case.id, case.version, "wang", case.enterprise_id)
    assert needs(here, case).requester is Requester.CONTACT
