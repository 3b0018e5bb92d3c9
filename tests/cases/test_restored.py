"""What a backup brings back is not believed: approvals, logins, links that open an account."""

from datetime import timedelta

import pytest

from core.cases.decision.approve import approve
from core.cases.upkeep.restored import RESTORED, settle_restored
from core.data.case import State
from core.data.link import OPENING, LinkPurpose
from core.locks.challenge import EnterpriseSession
from tests.validators.builders import SENDER, complete_submission, message

HOUR = timedelta(hours=1)


@pytest.fixture
def restored(harness):
    """A desk with an approved case and a queued one, a login and links, from a backup."""
    enterprise_id, now = harness.register(SENDER), harness.clock.now()
    first = harness.case(harness.mail())
    approve(harness.desk, first.id, first.version, "li")
    other = message(sender="other@example.com", message_id="<2@example.com>")
    second = harness.case(harness.mail(complete_submission(other)))
    session = EnterpriseSession("ab" * 32, enterprise_id, None, "csrf", now, now + HOUR)
    with harness.tx() as tx:
        tx.logins.insert(session)
        links = [tx.links.add(one, enterprise_id, None, now + HOUR) for one in LinkPurpose]
    settle_restored(harness.desk.store)
    return first, second, links


def test_every_approval_is_asked_for_again(harness, restored):
    first, second, _ = restored
    case = harness.again(first)
    assert (case.state, case.approved_by) == (State.QUEUED, "")
    assert harness.again(second) == second
    assert harness.actions(first)[-1] == "case.approval_revoked"
    assert "当时已批准的 1 件" in harness.alerts()[RESTORED]
    assert "2026-11-25 10:00 之后的记录" in harness.alerts()[RESTORED]


def test_logins_end_and_links_open_no_account(harness, restored):
    _, _, links = restored
    with harness.tx() as tx:
        assert tx.logins.session("ab" * 32) is None
        void = {
            one.purpose for one in map(tx.links.get, (link.id for link in links)) if one.voided_at
        }
    assert void == OPENING


def test_an_empty_database_says_so_too(harness):
    settle_restored(harness.desk.store)
    assert "备份之后的记录" in harness.alerts()[RESTORED]
