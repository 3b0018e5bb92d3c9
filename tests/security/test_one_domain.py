"""Who owns a mail domain has as many addresses as he likes: an objection to what one of them asks
stops the others. A colleague of the contact and another customer of a provider stay apart."""

import pytest

from core.cases.letters.objection import answer_by_link
from core.data.case import State
from tests.security.test_confirmed import post, token_of  # noqa: F401  post is a fixture
from tests.sender.conftest import NONE, PASS
from tests.world import CONTACT


@pytest.mark.parametrize(
    ("objected", "other", "says", "after"),
    [
        ("a1@rival.example", "a2@rival.example", PASS, State.HELD),
        ("a1@rival.example", "a2@mail.rival.example", PASS, State.HELD),
        ("a1@rival.example", "a2@rival.example", NONE, State.QUEUED),
        ("a1@qq.com", "a2@qq.com", PASS, State.QUEUED),
        ("left@example.org", "colleague@example.org", PASS, State.QUEUED),
        ("left@example.org", CONTACT, PASS, State.QUEUED),
    ],
)
def test_an_objection_stops_the_other_addresses_of_a_strangers_domain(
    post,  # noqa: F811
    objected,
    other,
    says,
    after,
) -> None:
    rival, case = post.case(post.sends(objected, PASS)), post.case(post.sends(other, says))
    answer_by_link(post.desk, token_of(post, rival), "不是我们")
    assert post.harness.again(case).state is after
