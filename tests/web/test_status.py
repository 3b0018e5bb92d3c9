"""The page of a case's own link, and 我的申请: states and what is missing, nothing about a person,
and a withdrawal that a person ends."""

import re
from dataclasses import replace

import pytest

from core.cases.decision import answering
from core.cases.decision.approve import approve
from core.cases.decision.merge_split import merge_cases
from core.cases.letters.deliver import Sender, deliver
from core.data.case import State
from core.data.submission import Answer
from tests.cases.test_deliver import Post
from tests.portal.conftest import PortalHarness
from tests.web.harness import request

DESK = Sender("desk@example.org", "解绑办理台", "https://desk.example.org")


def address(harness, case):
    with harness.tx() as tx:
        return f"/status/{case.number}/{tx.cases.status_token(case.number)}"


def test_the_letter_to_the_sender_has_the_link_and_nobody_else_does(harness, queued):
    with harness.tx() as tx:
        letters = tx.letters.newest(case_id=queued.id)
    token = address(harness, queued).rpartition("/")[2]
    assert not any(token in one.rendered.text + one.rendered.html for one in letters)
    post = Post()
    deliver(harness.desk, post, DESK)
    [sent] = [one for one in post.sent if one.recipient == queued.sender]
    url = f"https://desk.example.org{address(harness, queued)}"
    assert re.findall(r"https://\S+/status/\S+", sent.text) == [url]
    assert f'href="{url}"' in sent.html
    assert not any("/status/" in one.text for one in post.sent if one is not sent)
    assert not any("[[" in one.text + one.html for one in post.sent)


def test_the_page_says_the_state_and_nothing_of_a_person(harness, visitor, queued):
    shown = visitor.see(address(harness, queued)).text
    assert "待审核" in shown
    assert "2026年11月25日" in shown
    assert not [word for word in (queued.enterprise_name, queued.sender) if word in shown]
    assert harness.case(queued.id).state is State.QUEUED, "looking does nothing"


def test_an_incomplete_request_says_what_is_missing(harness, visitor):
    submission, images = request(1, harness.clock.now(), unbind=Answer.MISSING)
    case = harness.case(harness.arrives(submission, images).case_id)
    assert case.state is State.INCOMPLETE
    shown = visitor.see(address(harness, case)).text
    assert "待补正" in shown
    assert "是否解绑" in shown


@pytest.mark.parametrize("approved", [False, True])
def test_a_withdrawal_is_set_aside_for_a_person_once(harness, visitor, queued, approved):
    if approved:
        approve(harness.desk, queued.id, queued.version, "li")
    page = address(harness, queued)
    visitor.see(page)
    assert visitor.submit(page).headers["location"] == page
    held = harness.case(queued.id)
    assert (held.state, held.reason) == (State.HELD, "来信要求撤回申请，请核实后办理。")
    assert "已收到撤回申请" in visitor.see(page).text
    visitor.submit(page)
    assert harness.case(queued.id).version == held.version, "as from a second tab"


def test_a_withdrawal_wants_the_form_of_the_page(harness, visitor, queued):
    page = address(harness, queued)
    visitor.see(page)
    assert visitor.post(page, data={"csrf": "x"}).status_code == 403
    visitor.cookies.clear()
    assert visitor.submit(page).status_code == 403
    assert harness.case(queued.id).state is State.QUEUED


def test_an_ended_case_is_not_withdrawn(harness, visitor, queued):
    page = address(harness, queued)
    visitor.see(page)
    answering.give(
        harness.desk,
        queued.id,
        queued.version,
        "li",
        answering.Answer.WITHDRAW,
        answering.Words("企业来电"),
    )
    assert "已撤回" in visitor.get(page).text
    answer = visitor.submit(page)
    assert (answer.status_code, "不能撤回" in answer.text) == (409, True)


@pytest.mark.parametrize(
    "change",
    [
        lambda number, token: f"{number}/{token[:-1]}x",
        lambda number, token: f"{number[:-1]}9/{token}",
        lambda number, token: f"{number}/证",
        lambda number, token: f"x/{token}",
        lambda number, token: f"{number}/%00{token}",
    ],
)
def test_a_wrong_link_gives_the_page_of_every_dead_link(harness, visitor, queued, change):
    _, _, number, token = address(harness, queued).split("/")
    visitor.see(address(harness, queued))
    for answer in (
        visitor.get(f"/status/{change(number, token)}"),
        visitor.submit(f"/status/{change(number, token)}"),
    ):
        assert (answer.status_code, "已不可用" in answer.text) == (410, True)
    assert harness.case(queued.id).state is State.QUEUED


def test_an_enterprise_sees_its_own_requests_with_their_links(tmp_path):
    harness = PortalHarness(tmp_path)
    guest, other = harness.visitor(), harness.visitor()
    harness.register(1)
    harness.register(2)
    own, foreign = harness.request(1), harness.request(2)
    with harness.tx() as tx:
        enterprises = [tx.accounts.get(case.enterprise_id) for case in (own, foreign)]
    guest.enter(harness, enterprises[0])
    shown = guest.see("/portal/requests").text
    assert own.number in shown
    assert foreign.number not in shown
    assert guest.see(address(harness, own)).status_code == 200
    assert f'href="{address(harness, own)}"' in shown
    assert own.sender not in shown
    other.enter(harness, harness.enterprise())
    assert "没有申请" in other.see("/portal/requests").text
    assert harness.visitor().get("/portal/requests").status_code == 303
    harness.store.close()


@pytest.mark.parametrize(
    ("approved", "done", "current"),
    [(False, ["收件"], ["核对"]), (True, ["收件", "核对", "批准"], ["办结"])],
)
def test_the_page_shows_how_far_the_request_is(harness, visitor, queued, approved, done, current):
    if approved:
        approve(harness.desk, queued.id, queued.version, "wang")
    shown = visitor.see(address(harness, queued)).text
    assert re.findall(r'<li class="done">([^<]+)', shown) == done
    assert re.findall(r'<li aria-current="step">([^<]+)', shown) == current


def test_a_request_that_ended_otherwise_shows_no_steps(harness, visitor, queued):
    words = answering.Words("不符")
    answering.give(harness.desk, queued.id, queued.version, "wang", answering.Answer.DECLINE, words)
    assert 'class="steps"' not in visitor.see(address(harness, queued)).text


def test_the_link_of_a_merged_request_shows_the_one_that_continues_it(harness, visitor, queued):
    """Only to the same sender: nobody else may see it."""
    again, _ = request(1, harness.clock.now(), authentication="none")
    own = harness.case(harness.arrives(again).case_id)
    foreign, _ = request(1, harness.clock.now())
    message = replace(foreign.message, sender="colleague@example.net")
    other = harness.case(harness.arrives(replace(foreign, message=message)).case_id)
    for one in (own, other):
        version, its = harness.case(queued.id).version, harness.case(one.id).version
        merge_cases(harness.desk, queued.id, version, "wang", one.id, its)
    assert f"工单 {queued.number}" in visitor.see(address(harness, own)).text
    shown = visitor.see(address(harness, other)).text
    assert (queued.number in shown, "已并入" in shown) == (False, True)
