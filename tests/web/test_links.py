"""The pages behind the links in letters: GET never acts, POST acts once,
and every dead link looks alike."""

from datetime import timedelta

import pytest

from core.cases.accounts import own_password
from core.data.case import State
from core.data.link import LinkPurpose
from core.errors import StoreError
from tests.web.conftest import Visitor

GOOD = "blauwe-fiets-92"


@pytest.fixture
def enterprise_id(harness):
    return harness.register(1)


@pytest.fixture
def reset_link(harness, enterprise_id):
    return f"/link/{harness.link(LinkPurpose.RESET, enterprise_id)}"


def password(harness, enterprise_id):
    with harness.tx() as tx:
        return tx.accounts.password_hash(enterprise_id)


def test_looking_never_acts(harness, visitor, enterprise_id, reset_link):
    for _ in range(3):
        assert visitor.get(reset_link).status_code == 200
        assert visitor.head(reset_link).status_code == 405
    assert password(harness, enterprise_id) is None


def test_a_reset_link_sets_the_password_once(harness, visitor, enterprise_id, reset_link):
    visitor.see(reset_link)
    answer = visitor.submit(reset_link, password=GOOD, again=GOOD)
    assert answer.status_code == 200
    assert "密码已设置" in answer.text
    assert harness.desk.passwords.verify(password(harness, enterprise_id), GOOD)
    assert (
        visitor.submit(reset_link, password="other-words-73", again="other-words-73").status_code
        == 410
    )
    assert harness.desk.passwords.verify(password(harness, enterprise_id), GOOD)


@pytest.mark.parametrize(
    ("first", "again", "said"),
    [
        (GOOD, GOOD + "x", "不一致"),
        ("short1", "short1", "长度"),
        ("1234567890", "1234567890", "字母"),
        ("", "", "长度"),
    ],
)
def test_a_broken_rule_is_told_and_the_link_stays(
    harness, visitor, enterprise_id, reset_link, first, again, said
):
    visitor.see(reset_link)
    answer = visitor.submit(reset_link, password=first, again=again)
    assert answer.status_code == 422
    assert said in answer.text
    assert password(harness, enterprise_id) is None
    assert visitor.submit(reset_link, password=GOOD, again=GOOD).status_code == 200


def test_a_database_that_fails_is_no_dead_link(harness, visitor, reset_link, monkeypatch):
    def fails(*_args):
        raise StoreError("数据库不可用")

    visitor.see(reset_link)
    monkeypatch.setattr(own_password, "use_link", fails)
    assert visitor.submit(reset_link, password=GOOD, again=GOOD).status_code == 503
    monkeypatch.undo()
    assert visitor.submit(reset_link, password=GOOD, again=GOOD).status_code == 200


def test_the_enterprise_name_is_no_password(harness, visitor, enterprise_id, reset_link):
    with harness.tx() as tx:
        name = tx.accounts.get(enterprise_id).name + "a1"
    visitor.see(reset_link)
    assert visitor.submit(reset_link, password=name, again=name).status_code == 422


def test_a_form_without_its_cookie_does_not_act(harness, visitor, enterprise_id, reset_link):
    visitor.see(reset_link)
    visitor.cookies.clear()
    assert visitor.submit(reset_link, password=GOOD, again=GOOD).status_code == 403
    assert password(harness, enterprise_id) is None


def test_every_dead_link_gives_one_page(harness, visitor, enterprise_id):
    used, expired, void = (harness.link(LinkPurpose.RESET, enterprise_id) for _ in range(3))
    with harness.tx() as tx:
        tx.links.use(tx.links.by_token(used).id)
    visitor.see(f"/link/{used}")
    pages = {visitor.get(f"/link/{used}").text}
    with harness.tx() as tx:
        tx.links.void(enterprise_id)
    pages.add(visitor.get(f"/link/{void}").text)
    late = harness.link(LinkPurpose.RESET, enterprise_id)
    harness.clock.at += timedelta(hours=24)
    pages |= {
        visitor.get(f"/link/{token}").text
        for token in (expired, late, "x" * 43, "x", "%3Cscript%3E", "x" * 4000)
    }
    assert len(pages) == 1
    assert "已不可用" in pages.pop()
    assert visitor.get(f"/link/{late}").status_code == 410


def test_an_objection_holds_the_case_with_its_words(harness, visitor):
    harness.register(1)
    case = harness.request(1)
    link = f"/link/{harness.link(LinkPurpose.OBJECTION, case.enterprise_id, case.id)}"
    form = visitor.see(link)
    assert "已经办理的，由此产生的链接和登录立即失效" in form.text, (
        "what the objection does is told before it is made"
    )
    assert harness.case(case.id).state is State.QUEUED
    answer = visitor.submit(link, words="不是我们 <script>")
    assert "异议已收到" in answer.text
    held = harness.case(case.id)
    assert (held.state, held.objected_at) == (State.HELD, harness.clock.now())
    assert "不是我们" in held.reason
    assert visitor.submit(link, words="again").status_code == 410
    admin = Visitor(harness.app)
    harness.administrator()
    admin.log_in()
    assert "不是我们 &lt;script&gt;" in admin.get(f"/cases/{case.number}").text
