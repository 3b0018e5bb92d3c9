"""What the registered contact asks for, brings or takes back goes where it would go if nobody else
had asked: a rival, be it one unproved mail with a public licence, neither swallows the contact's
request nor has carried out what the contact took back, and its words complete no rival's case."""

from datetime import timedelta

import pytest

from core.cases.decision.approve import approve
from core.cases.decision.merge_split import merge_cases
from core.cases.window.process import run_window
from core.data.case import State
from tests.flows.walker import IDENTITY, LICENCE
from tests.security.test_forwarded import REQUEST
from tests.sender.conftest import NONE, PASS, STRANGER
from tests.validators.builders import NAME, OTHER_NAME, OTHER_USCC
from tests.world import CONTACT

UNPROVED = "anybody@forged.example"
NO_RESET = f"企业名称：{NAME}\n是否解绑：是"
WISHES = [
    f"{REQUEST}",
    "是否解绑：是\n是否需要重置注册密码：是",
    f"我公司（{NAME}）需要解绑，并重置密码，材料稍后补上。",
    "请帮我们解绑，也重置密码",
]


def rival_asks(post, says=PASS, words=""):
    sender = UNPROVED if says == NONE else STRANGER
    papers = (LICENCE + b"9",) if says == NONE else (LICENCE, IDENTITY)
    return post.case(post.sends(sender, says, papers=papers, words=words))


def own_approved(post):
    own = post.case(post.sends(CONTACT, PASS))
    return approve(post.desk, own.id, post.harness.again(own).version, "li")


def carried_out(post):
    post.harness.clock.at += timedelta(hours=1, minutes=5)
    return run_window(post.desk).completed


def test_a_rival_who_borrows_the_message_id_takes_no_withdrawal(post):
    own = own_approved(post)
    with post.harness.tx() as tx:
        borrowed = tx.mails.opening(own.id).message_id
    forged = f"Message-ID: {borrowed}\r\n".encode()
    rival = post.case(post.sends(STRANGER, PASS, forged=forged))
    record = post.sends(CONTACT, PASS, papers=(), words="我司撤回申请", answers=borrowed)
    assert (record.case_id, carried_out(post)) == (own.id, [])
    assert post.harness.again(rival) == rival


def test_nor_do_many_of_his_addresses(post, monkeypatch):
    monkeypatch.setattr("core.store.repositories.store_cases.MOST_OF_A_THREAD", 3)
    own = own_approved(post)
    with post.harness.tx() as tx:
        borrowed = tx.mails.opening(own.id).message_id
    forged = f"Message-ID: {borrowed}\r\n".encode()
    for number in range(3):
        papers = (LICENCE + b"%d" % number, IDENTITY)
        post.sends(f"a{number}@rival.example", PASS, forged=forged, papers=papers)
    record = post.sends(CONTACT, PASS, papers=(), words="我司撤回申请", answers=borrowed)
    assert (record.case_id, carried_out(post)) == (own.id, [])


def test_nor_from_a_contact_whose_mails_joined_a_colleagues_case(post, monkeypatch):
    monkeypatch.setattr("core.store.repositories.store_cases.MOST_OF_A_THREAD", 3)
    case = post.case(post.sends("clerk@partner.example", PASS))
    joins = post.sends(CONTACT, PASS, papers=(LICENCE + b"own", IDENTITY + b"own"))
    other = post.case(joins)
    case = post.harness.again(case)
    merge_cases(post.desk, case.id, case.version, "li", other.id, other.version)
    assert CONTACT in post.harness.again(case).joined
    forged = f"Message-ID: {joins.message_id}\r\n".encode()
    for number in range(3):
        papers = (LICENCE + b"%d" % number, IDENTITY)
        post.sends(f"a{number}@rival.example", PASS, forged=forged, papers=papers)
    words = {"words": "锁找到了，撤回申请", "answers": joins.message_id}
    record = post.sends(CONTACT, PASS, papers=(), **words)
    assert (record.case_id, post.harness.again(case).state) == (case.id, State.HELD)


@pytest.mark.parametrize("says", [PASS, NONE])
@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("我司要撤回解绑申请，锁找到了", "撤回申请"),
        ("请暂缓办理我司的解绑申请", "暂缓"),
        (f"{NAME}：锁找到了，请撤回我司申请", "撤回"),
        ("请先不要办理，锁找到了", "解绑"),
        ("锁找到了，不用解绑了，谢谢", "CA锁"),
    ],
)
def test_what_the_contact_takes_back_is_not_carried_out(post, says, words, subject):
    own = own_approved(post)
    rival_asks(post, says)
    record = post.sends(CONTACT, PASS, papers=(), words=words, subject=subject)
    assert (record.case_id, record.unread, carried_out(post)) == (own.id, True, [])
    assert post.harness.again(own).state is State.HELD


@pytest.mark.parametrize("words", ["我们没有申请解绑", "我司不需要解绑"])
@pytest.mark.parametrize("name", ["", f"{NAME}："])
def test_a_refusal_stops_others_too(post, name, words):
    own_approved(post)
    rival = rival_asks(post)
    record = post.sends(CONTACT, PASS, papers=(), words=f"{name}{words}", subject="说明")
    assert (record.unread, post.harness.again(rival).state) == (True, State.HELD)


def test_nor_where_it_may_be_any_of_several(post):
    post.harness.register(name=OTHER_NAME, uscc=OTHER_USCC)
    own = own_approved(post)
    second = f"企业名称：{OTHER_NAME}\n是否解绑：是"
    post.sends(CONTACT, PASS, papers=(), words=second, name=OTHER_NAME)
    rival = rival_asks(post)
    record = post.sends(CONTACT, PASS, papers=(), words="请暂缓办理", subject="暂缓")
    states = {post.harness.again(one).state for one in (own, rival)}
    assert (states, record.case_id, record.unread) == ({State.HELD}, rival.id, True)


@pytest.mark.parametrize("words", ["我们没有申请解绑，请勿办理！", "这份申请不是我们提交的。"])
def test_a_denial_of_what_others_asked_leaves_the_own_request_in_its_window(post, words):
    own = own_approved(post)
    rival = rival_asks(post)
    record = post.sends(CONTACT, PASS, papers=(), words=f"{NAME}：{words}", subject="说明")
    assert (record.case_id, record.unread) == (rival.id, True)
    assert post.harness.again(rival).state is State.HELD
    assert carried_out(post) == [own.number]


@pytest.mark.parametrize("says", [PASS, NONE])
@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("补充身份证，请查收", "补充材料"),
        (f"{NAME}补充身份证，请查收", "补充材料"),
        ("\n", "身份证"),
        ("您好，身份证补上了，请尽快办理解绑", "CA锁解绑补充材料"),
    ],
)
@pytest.mark.parametrize("answers_notice", [False, True])
def test_a_missing_page_comes_to_the_own_case(post, says, words, subject, answers_notice):
    own = post.case(post.sends(CONTACT, PASS, papers=(LICENCE,)))
    rival = rival_asks(post, says)
    answers = post.harness.letter("contact_notice").message_id if answers_notice else ""
    page = (IDENTITY + b"own",)
    record = post.sends(CONTACT, PASS, papers=page, words=words, subject=subject, answers=answers)
    assert (record.case_id, post.harness.again(own).state) == (own.id, State.QUEUED)
    assert post.harness.again(rival).state is rival.state


def test_a_question_for_progress_is_answered(post):
    own = own_approved(post)
    rival = rival_asks(post)
    record = post.sends(CONTACT, PASS, papers=(), words="请问办理进度如何", subject="进度")
    assert (record.case_id, record.unread) == (own.id, False)
    assert "progress" in post.harness.letters(own)
    assert post.harness.again(rival).state is State.QUEUED


@pytest.mark.parametrize("says", [PASS, NONE])
@pytest.mark.parametrize(
    ("subject", "words", "papers"),
    [
        ("CA锁解绑申请", f"{NAME}：请帮我们解绑", ()),
        ("CA锁解绑申请", "请帮我们解绑", ()),
        ("材料", "材料见附件，请办理", (LICENCE, IDENTITY)),
        (NAME, "见附件", (LICENCE, IDENTITY)),
        ("企业名称", NAME, (LICENCE, IDENTITY)),
        ("解绑", NO_RESET, (LICENCE,)),
    ],
)
def test_a_first_request_that_lacks_something_is_a_case_and_is_answered(
    post, says, subject, words, papers
):
    rival = rival_asks(post, says)
    papers = tuple(one + b"own" for one in papers)
    own = post.case(post.sends(CONTACT, PASS, papers=papers, words=words, subject=subject))
    assert (own.sender, own.state) == (CONTACT, State.INCOMPLETE)
    assert "returned" in post.harness.letters(own)
    after = post.harness.again(rival)
    assert (after.unbind, after.reset_password) == (rival.unbind, rival.reset_password)


@pytest.mark.parametrize("words", WISHES)
@pytest.mark.parametrize("how", ["thread", "number", "new"])
def test_a_wish_of_the_contact_completes_no_case_of_others(post, words, how):
    """Also where it answers the notice: the rival's case asked for what the contact said."""
    rival = rival_asks(post, words=NO_RESET)
    notice = post.harness.letter("contact_notice").message_id
    where = {"thread": {"answers": notice}, "number": {"subject": rival.number}}.get(how, {})
    own = post.case(post.sends(CONTACT, PASS, papers=(), words=words, **where))
    after = post.harness.again(rival)
    assert (own.sender, own.state) == (CONTACT, State.INCOMPLETE)
    assert (after.complete_at, after.reset_password) == (None, None)
    letters = post.harness.letter("returned")
    papers = (LICENCE + b"own", IDENTITY + b"own")
    second = post.sends(CONTACT, PASS, papers=papers, words=REQUEST, answers=letters.message_id)
    assert (second.case_id, post.harness.again(own).state) == (own.id, State.QUEUED)


@pytest.mark.parametrize("papers", [(LICENCE,), (LICENCE, IDENTITY)])
def test_nor_do_its_papers(post, papers):
    rival = rival_asks(post, words=NO_RESET)
    notice = post.harness.letter("contact_notice").message_id
    own = post.case(post.sends(CONTACT, PASS, papers=papers, words="材料见附件", answers=notice))
    assert (own.sender, post.harness.again(rival).state) == (CONTACT, State.HELD)


@pytest.mark.parametrize("words", ["属实", "确认本单位申请解绑CA锁，同意办理。"])
def test_a_confirmation_stays_with_the_case_that_it_confirms(post, words):
    rival = rival_asks(post, words=NO_RESET)
    notice = post.harness.letter("contact_notice").message_id
    record = post.sends(CONTACT, PASS, papers=(), words=words, subject="Re:", answers=notice)
    after = post.harness.again(rival)
    assert (record.case_id, record.unread) == (rival.id, True)
    assert (after.state, after.reset_password) == (State.INCOMPLETE, None)


def test_other_words_beside_an_own_case_are_reported_at_that_of_others(post):
    own = own_approved(post)
    rival = rival_asks(post)
    words = f"{NAME}：那份材料上的章是假章"
    record = post.sends(CONTACT, PASS, papers=(), words=words, subject="说明")
    assert (record.case_id, record.unread) == (own.id, True)
    assert {f"wrote.{own.number}", f"contact_wrote.{rival.number}"} <= {*post.harness.alerts()}
