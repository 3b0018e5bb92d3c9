"""A merge never joins papers of a stranger to a case that the registered contact vouches for."""

from dataclasses import replace

import pytest

from core.cases.desk import CaseSettings
from core.data.case import State
from tests.web.conftest import Visitor, act
from tests.web.harness import Harness, request

STRANGER = "stranger@example.net"


@pytest.fixture
def harness(tmp_path):
    harness = Harness(tmp_path)
    harness.desk = replace(harness.desk, settings=CaseSettings())
    harness.app.state.site.desk = harness.desk
    yield harness
    harness.store.close()


@pytest.fixture
def admin(harness):
    harness.administrator()
    visitor = Visitor(harness.app)
    assert visitor.log_in().status_code == 303
    return visitor


@pytest.fixture
def own(harness):
    """The contact's own request."""
    harness.register(1, contact="handler1@example.com")
    return harness.request(1)


@pytest.fixture
def rival(harness, own):
    """The request of a proved stranger for the same enterprise."""
    submission, images = request(1, harness.clock.now())
    message = replace(submission.message, sender=STRANGER)
    record = harness.arrives(replace(submission, message=message), images)
    return harness.case(record.case_id)


def merge(harness, admin, case, other):
    version = harness.case(other.id).version
    return act(admin, case, "merge", other=other.id, other_version=version)


def test_it_is_refused_and_both_cases_stay_as_they_were(harness, admin, own, rival):
    before = harness.case(own.id), harness.case(rival.id)
    answer = merge(harness, admin, own, rival)
    assert (answer.status_code, "不能并入他人的或未经证实的材料" in answer.text) == (409, True)
    assert (harness.case(own.id), harness.case(rival.id)) == before


def test_the_other_way_round_the_case_is_a_strangers(harness, admin, own, rival):
    assert merge(harness, admin, rival, own).status_code == 303
    merged = harness.case(rival.id)
    assert (merged.sender, merged.state) == (STRANGER, State.QUEUED)
    harness.arrives(request(2, harness.clock.now())[0])  # the notice leaves
    page = admin.see(f"/cases/{merged.number}")
    assert "非登记联系人" in page.text
    batch = admin.submit("/approve", seen=f"{merged.id}:{merged.version}", csrf=admin.csrf)
    alone = act(admin, merged, "approve", listed="1", binding=list(merged.binding_ids))
    assert (batch.status_code, alone.status_code) == (409, 409)
    assert harness.case(merged.id).state is State.QUEUED
    reached = {"contacted_by": "telephone", "contacted_whom": "法定代表人"}
    act(admin, merged, "approve", listed="1", binding=list(merged.binding_ids), **reached)
    first = harness.case(merged.id)
    assert (first.state, first.first_approved_by) == (State.QUEUED, "wang")
