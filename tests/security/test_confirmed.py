"""What the registered contact's confirmation of a notice settles, and what ends it."""

from datetime import timedelta

import pytest

from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.approve import approve, release
from core.cases.letters.letter_content import OTHERS_ASK, others_ask
from core.cases.letters.objection import answer_by_link
from core.cases.letters.outbox import admit_waiting
from core.cases.window.process import run_window
from core.data.case import State
from core.data.letter import LetterKind
from tests.sender.conftest import PASS, STRANGER, Post
from tests.validators.builders import NAME
from tests.world import CONTACT, decline

BOTH = f"企业名称：{NAME}\n解绑：是\n重置密码：是"


@pytest.fixture
def post(here):
    """A desk with the settings that a centre has from the start, behind a receiving server."""
    here.register()
    return Post(here)


def asked(post, sender, **mail):
    """The case of a request from there, with its notice sent."""
    case = post.case(post.sends(sender, PASS, words=BOTH, **mail))
    admit_waiting(post.desk)
    post.harness.send_letters()
    return post.harness.again(case)


def notice_of(post, case):
    with post.harness.tx() as tx:
        return tx.letters.last(case_id=case.id, kind=LetterKind.CONTACT_NOTICE, recipient=CONTACT)


def token_of(post, case):
    notice = notice_of(post, case)
    with post.harness.tx() as tx:
        return tx.links.token(notice.link_id)


def confirmed(post, case):
    """The case after the contact pressed 是我单位申请的."""
    case = post.harness.again(case)
    return answer_by_link(post.desk, token_of(post, case), confirms=case.version)


def is_settled(post, case):
    """Whether one administrator approves it, calls nobody, and nothing is waited for."""
    case = post.harness.again(case)
    with post.harness.tx() as tx:
        needs = approval_needs(tx, [case])[case.id]
    return not (needs.must_reach or needs.for_two or needs.not_before)


def writes(post, words, case):
    """The contact answers the notice of the case by mail."""
    answers = notice_of(post, case).message_id
    post.sends(CONTACT, PASS, papers=(), subject="回复：请核对", words=words, answers=answers)
    return post.harness.again(case)


@pytest.mark.parametrize(
    "words",
    [
        "刚才点错了，这不是我们申请的，请勿办理！",
        "点错了，经办人已经离职。",
        "先别办，等我们电话确认",
    ],
)
def test_words_against_the_case_end_it(post, words) -> None:
    case = confirmed(post, asked(post, STRANGER))
    assert is_settled(post, case)
    held = writes(post, words, case)
    assert (held.state, held.confirmed_at) == (State.HELD, None)
    released = release(post.desk, held.id, held.version, "li")
    assert not is_settled(post, released)
    assert is_settled(post, confirmed(post, released)), "who then confirms anew has decided"


@pytest.mark.parametrize("words", ["谢谢！", "属实，是我们申请的。", "请问现在到哪一步了？"])
def test_thanks_a_yes_and_a_question_leave_it(post, words) -> None:
    case = confirmed(post, asked(post, STRANGER))
    after = writes(post, words, case)
    assert (after.state, after.confirmed_at) == (State.QUEUED, case.confirmed_at)
    assert is_settled(post, after)


COLLEAGUE = "zhang.wang@qq.com"


def test_beside_another_request_it_settles_nothing(post) -> None:
    """The notices of a colleague's request and of a rival's look the same: the contact takes one
    for the other."""
    honest, fraud = asked(post, COLLEAGUE), asked(post, "zhao.ming@qq.com")
    case = confirmed(post, fraud)
    assert case.confirmed_at
    assert not is_settled(post, case)
    assert not is_settled(post, confirmed(post, honest)), "who confirms both has not decided"


@pytest.mark.parametrize("sender", [COLLEAGUE, CONTACT])
def test_nor_where_the_other_comes_later_or_is_the_contacts_own(post, sender) -> None:
    fraud = asked(post, STRANGER)
    assert is_settled(post, confirmed(post, fraud))
    post.sends(sender, PASS, words=BOTH)
    assert not is_settled(post, fraud)


def test_an_objection_to_the_other_decides(post) -> None:
    honest, fraud = asked(post, COLLEAGUE), asked(post, STRANGER)
    confirmed(post, honest)
    answer_by_link(post.desk, token_of(post, fraud))
    case = post.harness.again(honest)
    with post.harness.tx() as tx:
        needs = approval_needs(tx, [case])[case.id]
    assert (needs.must_reach, needs.not_before) == (False, None)


def test_a_request_without_papers_or_of_the_same_sender_contests_nothing(post) -> None:
    honest = asked(post, COLLEAGUE)
    post.sends(STRANGER, PASS, papers=(), words=BOTH)
    post.sends(COLLEAGUE, PASS, words="何时可以办好？", papers=())
    assert is_settled(post, confirmed(post, honest))


def test_notice_and_page_tell_of_the_other(post) -> None:
    honest, fraud = asked(post, COLLEAGUE), asked(post, STRANGER)
    assert OTHERS_ASK not in notice_of(post, honest).rendered.text
    assert OTHERS_ASK in notice_of(post, fraud).rendered.text
    with post.harness.tx() as tx:
        told = [others_ask(tx, tx.cases.get(one.id)) for one in (honest, fraud)]
    assert told == [OTHERS_ASK, OTHERS_ASK], "the page tells it of both"


def test_many_cases_of_the_rivals_own_hide_no_other(post) -> None:
    """Each with the enterprise's papers below another name, so that none supplements another."""
    for number in range(11):
        post.sends(STRANGER, PASS, words=BOTH.replace(NAME, f"北京示例{number}号有限公司"))
    asked(post, COLLEAGUE)
    fraud = asked(post, STRANGER)
    with post.harness.tx() as tx:
        assert others_ask(tx, tx.cases.get(fraud.id)) == OTHERS_ASK


@pytest.mark.parametrize("more", [0, 25])
def test_the_other_carried_out_leaves_it_in_doubt(post, more) -> None:
    """The contact pressed yes on the rival's notice for its own request, which was carried out.
    `more`: requests that follow, each of nobody and without papers."""
    fraud = asked(post, STRANGER)
    own = post.case(post.sends(CONTACT, PASS, words=BOTH))
    confirmed(post, fraud)
    own = post.harness.again(own)
    approve(post.desk, own.id, own.version, "li")
    post.harness.clock.at += timedelta(hours=1, minutes=5)
    run_window(post.desk)
    assert post.harness.again(own).state is State.COMPLETED
    for number in range(more):
        post.sends(f"z{number}@qq.com", PASS, papers=(), words=BOTH)
    assert not is_settled(post, fraud)


def test_the_other_dismissed_by_a_person_decides(post) -> None:
    honest, fraud = asked(post, COLLEAGUE), asked(post, STRANGER)
    confirmed(post, honest)
    decline(post.desk, fraud.id, post.harness.again(fraud).version, "li", "冒名申请")
    assert is_settled(post, honest)
