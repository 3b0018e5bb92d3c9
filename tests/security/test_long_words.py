"""More words than are read leave doubt about the words, and prove no papers."""

import pytest

from core.data.case import State
from core.data.finding import Severity
from tests.flows.walker import IDENTITY, LICENCE
from tests.sender.conftest import NONE, PASS, STRANGER
from tests.validators.builders import NAME

LONG = f"企业名称：{NAME}\n是否解绑：是\n是否需要重置注册密码：是\n" + "谢谢。" * 7000


@pytest.mark.parametrize("says", [NONE, PASS])
@pytest.mark.parametrize("words", [LONG, f"企业名称：{NAME}\n是否解绑：是\n" + "谢谢。" * 7000])
def test_without_papers_it_is_returned_for_them_alone(post, says, words) -> None:
    case = post.case(post.sends(STRANGER, says, papers=(), words=words))
    rejected = [one.code for one in case.findings if one.severity is Severity.REJECT]
    assert (case.state, rejected) == (State.INCOMPLETE, ["attachment.none"])
    assert post.harness.letters(case) == ["returned"]


def test_papers_that_follow_complete_it(post) -> None:
    case = post.case(post.sends(STRANGER, PASS, papers=(), words=LONG))
    answers = post.harness.letter("returned").message_id
    post.sends(STRANGER, PASS, papers=(LICENCE, IDENTITY), words="材料见附件", answers=answers)
    assert post.harness.again(case).state is State.QUEUED


def test_with_papers_a_person_reads_the_words(post) -> None:
    case = post.case(post.sends(STRANGER, PASS, words=LONG))
    assert case.state is State.QUEUED
    assert "request.unread" in {one.code for one in case.serious}


def test_who_refuses_both_and_says_more_is_not_returned(post) -> None:
    words = f"企业名称：{NAME}\n是否解绑：否\n是否需要重置注册密码：否\n" + "谢谢。" * 7000
    case = post.case(post.sends(STRANGER, PASS, words=words))
    assert case.state is not State.INCOMPLETE
