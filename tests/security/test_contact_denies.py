"""The registered contact denies what somebody else asked for: by an answer to the notice, by a mail
of its own, with papers, or beside a copy of the request. People rarely use the link."""

from datetime import timedelta

import pytest

from core.cases.decision.approve import approve
from core.cases.window.process import run_window
from core.data.case import Contacted, ContactedBy, State
from tests.flows.walker import IDENTITY, LICENCE
from tests.security.test_forwarded import REQUEST, reasons
from tests.sender.conftest import NONE, PASS, STRANGER
from tests.thorough import share
from tests.validators.builders import NAME, enterprise
from tests.world import CONTACT

DENIALS = [
    "这不是我们发的邮件。",
    "我们公司没有提交过这个。",
    "此申请与我司无关。",
    "发件人不是我单位员工。",
    "该经办人已离职，无权办理。",
    "请核实一下是谁申请的。",
    "谁提交的？我们没有安排人办理。",
    "此人冒名顶替。",
    "请驳回。",
    "拒绝",
    "不同意解绑",
    "我方不认可该申请",
    "异议",
    "这个邮箱不是我们的",
    "我公司公章被私刻",
    "We did not request this.",
    "No, this was not us. Please do not unbind.",
    "先别办，等我们电话确认",
    "请暂缓办理，内部核实中",
    "前员工私自申请，请不要通过",
    "是假的",
    "非我司行为",
    "与本单位无关",
    "我方否认提交过",
    "没有的事",
    "怎么回事？",
    "请贵中心不予办理",
    "请取消该申请",
    "该申请无效",
    "请冻结我公司账号",
    "申请人身份不符",
    "法人不同意。",
    "我司不需要解绑",
]


def denied(post, rival, **mail):
    """Whether the case is set aside, and a person reads the mail."""
    record = post.sends(CONTACT, PASS, **mail)
    return post.harness.again(rival).state is State.HELD, record.unread, record.case_id == rival.id


@pytest.mark.parametrize("words", dict.fromkeys([*share(DENIALS, 3), DENIALS[-1]]))
@pytest.mark.parametrize("papers", [(), (LICENCE, IDENTITY)])
def test_an_answer_to_the_notice_sets_the_case_aside_whatever_it_brings(post, rival, words, papers):
    notice = post.harness.letter("contact_notice").message_id
    seen = denied(post, rival, papers=papers, words=words, subject="Re: 核对通知", answers=notice)
    assert seen == (True, True, True)


@pytest.mark.parametrize("words", share(DENIALS, 3))
@pytest.mark.parametrize("subject", ["关于解绑", "通知"])
def test_so_does_a_mail_of_its_own(post, rival, words, subject):
    words = f"{NAME}：{words}"
    assert denied(post, rival, papers=(), words=words, subject=subject) == (True, True, True)


def test_one_with_papers_and_the_words_of_a_denial_too(post, rival):
    seen = denied(post, rival, papers=(LICENCE,), words=f"我公司（{NAME}）从未申请过解绑。")
    assert seen == (True, True, True)


def test_it_stops_each_open_case_of_others_and_an_approved_one_first(post, rival):
    desk, at = post.desk, post.harness.clock.now()
    call = Contacted(ContactedBy.TELEPHONE, "王会计", "", at, "li")
    post.harness.send_letters()
    approved = approve(desk, rival.id, post.harness.again(rival).version, "li", call)
    other = post.case(post.sends("second@example.net", PASS))
    post.sends(CONTACT, PASS, papers=(), words="不是我们申请的，请勿办理", subject="说明")
    assert {post.harness.again(one).state for one in (approved, other)} == {State.HELD}


@pytest.mark.parametrize("is_ended", [False, True])
@pytest.mark.parametrize("by", ["thread", "number"])
@pytest.mark.parametrize("words", ["我们没有申请解绑，请勿办理！", "这份申请不是我们提交的。"])
def test_a_denial_in_the_thread_of_the_contacts_own_case_stops_others(post, words, by, is_ended):
    """People answer any letter of the desk that they have at hand."""
    own = post.case(post.sends(CONTACT, PASS, words=REQUEST))
    if is_ended:
        approve(post.desk, own.id, own.version, "li")
        post.harness.clock.at += timedelta(hours=1, minutes=5)
        run_window(post.desk)
        assert post.harness.again(own).state is State.COMPLETED
    rival = post.case(post.sends(STRANGER, PASS))
    with post.harness.tx() as tx:
        letter = tx.letters.newest(case_id=own.id)[-1]
    where = {"thread": {"answers": letter.message_id}, "number": {"subject": own.number}}[by]
    record = post.sends(CONTACT, PASS, papers=(), words=words, **where)
    assert (record.unread, post.harness.again(rival).state) == (True, State.HELD)


@pytest.mark.parametrize("subject", ["不是我们申请的，请勿办理", "关于解绑：我们没有申请"])
@pytest.mark.parametrize("words", ["\n", "谢谢", "李四\n13800000000"])
@pytest.mark.parametrize("is_answer", [False, True])
def test_a_denial_in_the_subject_alone_counts(post, rival, subject, words, is_answer):
    answers = post.harness.letter("contact_notice").message_id if is_answer else ""
    seen = denied(post, rival, papers=(), words=words, subject=subject, answers=answers)
    assert seen == (True, True, True)


def test_thanks_under_the_subject_of_the_notice_stop_nobody(post, rival):
    notice = post.harness.letter("contact_notice")
    subject = f"Re: {notice.rendered.subject}"
    record = post.sends(
        CONTACT, PASS, papers=(), words="谢谢", subject=subject, answers=notice.message_id
    )
    assert (record.unread, post.harness.again(rival).state) == (False, State.QUEUED)


@pytest.mark.parametrize("words", ["我公司（{}）没有申请解绑。", "企业名称：{}\n我们没有申请。"])
def test_a_denial_counts_though_it_writes_the_name_otherwise(post, rival, words):
    seen = denied(post, rival, papers=(), words=words.format(NAME[2:]), subject="说明")
    assert seen == (True, True, True)


@pytest.mark.parametrize("papers", [(LICENCE,), (LICENCE, IDENTITY)])
def test_half_a_request_of_the_contact_completes_no_request_of_others(post, papers):
    """It was taken for a supplement, and nobody read or answered it."""
    rival = post.case(post.sends(STRANGER, PASS, papers=papers, words=f"企业名称：{NAME}"))
    assert (rival.state, rival.reset_password) == (State.INCOMPLETE, None)
    seen = denied(post, rival, papers=(), words="请重置密码", subject="CA锁")
    assert (seen, post.harness.again(rival).reset_password) == ((True, True, False), None)
    assert post.harness.letters()[-1] == "returned"


@pytest.mark.parametrize("papers", [(), (LICENCE,)])
@pytest.mark.parametrize("words", ["锁被解绑了，不是我们申请的！", "我公司从未申请过解绑"])
@pytest.mark.parametrize("subject", ["说明", "CA锁解绑"])
def test_a_denial_of_what_was_carried_out_is_read(post, rival, subject, words, papers):
    """It was returned as a request without papers, while the unbinding could be taken back."""
    desk, at = post.desk, post.harness.clock.now()
    post.harness.send_letters()
    call = Contacted(ContactedBy.TELEPHONE, "王会计", "", at, "li")
    approve(desk, rival.id, post.harness.again(rival).version, "li", call)
    post.harness.clock.at += timedelta(hours=25, minutes=5)
    run_window(desk)
    assert post.harness.again(rival).state is State.COMPLETED
    words = f"{NAME}：{words}"
    record = post.sends(CONTACT, PASS, papers=papers, words=words, subject=subject)
    assert record.unread
    if not papers:
        assert record.case_id == rival.id
        with post.harness.tx() as tx:
            assert tx.alerts.by(kind=f"contact_wrote.{rival.number}")


@pytest.mark.parametrize(("days", "is_reported"), [(13, True), (15, False)])
def test_so_is_one_after_a_holiday_of_a_week(post, rival, days, is_reported):
    """The link to object is valid by then."""
    post.harness.send_letters()
    approve(post.desk, rival.id, post.harness.again(rival).version, "li")
    post.harness.clock.at += timedelta(hours=1, minutes=5)
    run_window(post.desk)
    assert post.harness.again(rival).state is State.COMPLETED
    post.harness.clock.at += timedelta(days=days)
    record = post.sends(
        CONTACT, PASS, papers=(), words="锁被解绑了，不是我们申请的！", subject="说明"
    )
    with post.harness.tx() as tx:
        alert = tx.alerts.by(kind=f"contact_wrote.{rival.number}")
    assert (record.unread, alert is not None) == (True, is_reported)


@pytest.mark.parametrize("papers", [(), (LICENCE,)])
@pytest.mark.parametrize("words", ["请问进度如何？我们没有申请过解绑。", "请问进度，是谁提交的？"])
def test_a_denial_beside_a_question_about_progress_counts(post, rival, words, papers):
    assert denied(post, rival, papers=papers, words=words, subject="说明") == (True, True, True)


@pytest.mark.parametrize("words", ["申请人不是法人，是经办人。", "之前没有提交过。"])
def test_a_whole_request_that_sounds_like_a_denial_joins_no_case_of_others(post, rival, words):
    """Whoever opens a case could else have the contact's request disappear in it, unanswered."""
    record = post.sends(CONTACT, PASS, words=f"{REQUEST}\n{words}")
    own = post.case(record)
    assert (own.sender, own.state, record.unread) == (CONTACT, State.HELD, True)
    assert post.harness.again(rival).state is State.HELD
    assert "received" in post.harness.letters(own)


def test_where_the_address_is_not_proved_a_person_decides(post, rival):
    record = post.sends(CONTACT, NONE, papers=(), words="不是我们申请的", subject="说明")
    assert (record.disposition, record.case_id, record.unread) == ("unproved", rival.id, True)
    assert post.harness.again(rival) == rival


@pytest.mark.parametrize(
    "mail",
    [
        {"words": REQUEST},
        {"words": REQUEST, "papers": ()},
        {"words": "请问新的CA驱动在哪里下载？", "papers": (), "subject": "咨询"},
        {"words": "我单位登录不了，没有反应，急！", "papers": (), "subject": "咨询"},
        {"words": "请问进度", "papers": (), "subject": "进度"},
        {"words": "谢谢！", "papers": (), "subject": "谢谢"},
    ],
)
def test_its_own_request_and_its_questions_stop_nobody(post, rival, mail):
    post.sends(CONTACT, PASS, **mail)
    assert post.harness.again(rival).state is State.QUEUED


def test_a_stranger_stops_nobody(post, rival):
    post.sends("nobody@example.net", PASS, papers=(), words="这不是我们申请的", subject="说明")
    assert post.harness.again(rival) == rival


@pytest.mark.parametrize("words", [f"{{}}\n{REQUEST}", f"{REQUEST}\n{{}}"])
@pytest.mark.parametrize("denial", share(DENIALS, 3))
def test_a_request_that_the_contact_copies_and_denies_is_read(post, words, denial):
    record = post.sends(CONTACT, PASS, words=words.format(denial))
    assert record.unread or reasons(post, record)


WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le")
"""A Word file, which the desk does not read."""
OWN = [
    "申请书已盖章，注册密码还在用，不必重置。",
    "上次申请因为公章不清楚被退回，现重新提交。",
    "客服叫写明要不要解绑、要不要重置密码。",
    "（邮件内容未提供完全，不予处理账号问题）",
    "原经办人已离职，锁随之遗失。",
    "不知道怎么回事，锁插上没有反应。",
    "对办理结果没有异议。如有异议，以贵中心意见为准。",
    "请取消旧锁的绑定。",
    "锁被盗，已报警，以免被人冒用，请尽快办理。",
]


@pytest.mark.parametrize("words", OWN)
def test_words_of_an_honest_request_are_no_denial(post, words):
    assert not reasons(post, post.sends(CONTACT, PASS, words=f"{REQUEST}\n{words}"))


def test_so_does_an_agents_denial_that_names_none_of_its_many_enterprises(post, rival):
    """40 newer ones of its clients hid the enterprise that somebody asks for."""
    with post.harness.tx() as tx:
        for number in range(41):
            code = f"9111999900000{number:05}"
            tx.accounts.add(
                enterprise(
                    name=f"京南第{number}建设有限公司", uscc=code, contact_email=CONTACT, id=0
                )
            )
    words = "我们没有申请解绑，请立即停止办理。"
    post.sends(CONTACT, PASS, papers=(), subject="说明", words=words)
    assert post.harness.again(rival).state is State.HELD
