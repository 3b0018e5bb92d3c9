"""A proved rival with one domain uses up no contact's notices: an honest handler's case is approved
the same day."""

from datetime import timedelta

import pytest

from core.cases.letters.outbox import LIMIT_ALERT, admit_waiting
from core.data.letter import LetterKind, LetterState
from tests.flows.walker import IDENTITY, LICENCE
from tests.sender.conftest import NONE, PASS, Post
from tests.world import CONTACT


@pytest.fixture
def post(here):
    here.register()
    return Post(here)


def asks(post, sender, number, says=PASS):
    papers = (LICENCE + b"%d" % number, IDENTITY + b"%d" % number)
    record = post.sends(sender, says, papers=papers)
    admit_waiting(post.desk)
    post.harness.send_letters()
    return post.case(record)


def left(post, *cases):
    """How many of their notices left."""
    with post.harness.tx() as tx:
        kind = LetterKind.CONTACT_NOTICE
        notices = [tx.letters.last(case_id=one.id, kind=kind, recipient=CONTACT) for one in cases]
    return sum(one.state is LetterState.SENT for one in notices)


@pytest.mark.parametrize("says", [PASS, NONE])
def test_the_honest_handlers_notice_leaves_at_once(post, says) -> None:
    rivals = [asks(post, f"a{number}@rival.example", number, says) for number in range(22)]
    honest = asks(post, "handler@qq.com", 99)
    assert left(post, honest) == 1
    assert left(post, *rivals) < 20
    assert "无需处理" not in post.harness.alerts()[LIMIT_ALERT]


def test_nor_do_twenty_mailboxes_at_a_provider_keep_it_for_a_day(post) -> None:
    """The day is used up; within the hour the newest address that had none has its turn."""
    rivals = [asks(post, f"a{number}@qq.com", number) for number in range(25)]
    assert left(post, *rivals) == 20
    honest = asks(post, "handler@qq.com", 99)
    assert left(post, honest) == 0
    post.harness.clock.at += timedelta(minutes=61)
    admit_waiting(post.desk)
    post.harness.send_letters()
    assert (left(post, honest), left(post, *rivals)) == (1, 20)
    admit_waiting(post.desk)
    post.harness.send_letters()
    assert left(post, *rivals) == 20


def test_ten_requests_of_one_organisation_are_told_the_same_day(post) -> None:
    """A group whose enterprises have one contact, or a busy agent."""
    cases = [asks(post, f"clerk{number}@group.example", number) for number in range(10)]
    assert left(post, *cases) == 10
