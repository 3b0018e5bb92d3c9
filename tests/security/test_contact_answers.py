"""How the contact, or whoever it passes the notice on to, answers: within the quote, below a footer
of robots, by a picture, from another address, by a confirmation; and what that answer is worth."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from core.cases.accounts import account_notice
from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.approve import approve, release
from core.cases.requester import Requester
from core.cases.window.process import run_window
from core.data.case import Contacted, ContactedBy, State
from core.errors import NotAllowed
from tests.flows.walker import ADDRESS, LICENCE
from tests.security.test_forwarded import REQUEST
from tests.sender.conftest import NONE, PASS, STRANGER
from tests.validators.builders import NAME
from tests.world import CONTACT

DENIAL = "这不是我们申请的，请勿办理！"
COLLEAGUE = "boss@example.org"


def notice(post):
    return post.harness.letter("contact_notice")


def answered(post, words, sender=CONTACT, says=PASS, **mail):
    """The notice is answered; gives the mail's record."""
    if "answers" not in mail:
        mail["answers"] = notice(post).message_id
    mail = {"papers": (), "subject": "Re: 请核对"} | mail
    return post.sends(sender, says, words=words or "\n", **mail)


def arrives(post, body, *, is_answer=True, **headers):
    """A mail of the contact with these headers, which answers the notice."""
    mail = body if isinstance(body, EmailMessage) else EmailMessage()
    if mail is not body:
        mail.set_content(body)
    post.uid += 1
    usual = {"From": CONTACT, "To": ADDRESS, "Subject": "Re: 请核对"}
    thread = {"Message-ID": f"<a{post.uid}@example.org>"}
    thread |= {"In-Reply-To": notice(post).message_id} if is_answer else {}
    for name, value in (usual | thread | headers).items():
        mail[name] = value
    by = f"Authentication-Results: mx.desk.example; {PASS.format(domain='example.org')}\r\n"
    return post.arrives(by.encode() + b"Received: from x by mx.desk.example; x\r\n" + bytes(mail))


def seen(post, case, record):
    return post.harness.again(case).state, record.unread, record.case_id == case.id


def approved(post, case, by=ContactedBy.TELEPHONE):
    at = post.harness.clock.now()
    call = Contacted(by, "王会计", "见备注", at, "li")
    return approve(post.desk, case.id, post.harness.again(case).version, "li", call)


def carried_out(post, case):
    approved(post, case)
    post.harness.clock.at += timedelta(hours=25, minutes=5)
    run_window(post.desk)
    return post.harness.again(case)


def requester(post, case):
    with post.harness.tx() as tx:
        case = tx.cases.get(case.id)
        return approval_needs(tx, [case])[case.id].requester


class TestForgedFrom:
    """A rival who writes in the contact's name was not stopped by what the contact wrote."""

    @pytest.mark.parametrize("is_approved", [False, True])
    @pytest.mark.parametrize("how", ["contact_notice", "received", "a mail of its own"])
    @pytest.mark.parametrize("papers", [(), (LICENCE,)])
    def test_the_contact_denies_what_its_address_is_borrowed_for(
        self, post, how, is_approved, papers
    ):
        forged = post.case(post.sends(CONTACT, NONE))
        post.harness.send_letters()
        if is_approved:
            approved(post, forged)
        with post.harness.tx() as tx:
            letters = {one.kind.value: one.message_id for one in tx.letters.newest()}
        words = f"{NAME}：{DENIAL}"
        record = answered(post, words, answers=letters.get(how, ""), papers=papers)
        assert seen(post, forged, record) == (State.HELD, True, True)

    def test_a_mail_of_the_contact_that_denies_nothing_completes_it_nowhere(self, post):
        forged = post.case(post.sends(CONTACT, NONE, papers=(), words=f"企业名称：{NAME}"))
        post.sends(CONTACT, PASS, words=REQUEST)
        assert post.harness.again(forged) == forged


class TestColleague:
    """Contacts pass the notice on; who has it could object by its link."""

    @pytest.mark.parametrize("sender", [COLLEAGUE, "contact+ca@example.org", "li@qq.com"])
    def test_a_colleagues_denial_counts(self, post, rival, sender):
        approved(post, rival)
        assert seen(post, rival, answered(post, DENIAL, sender)) == (State.HELD, True, True)

    def test_one_whom_nobody_proves_waits_for_a_person(self, post, rival):
        record = answered(post, DENIAL, COLLEAGUE, NONE)
        assert (record.disposition, record.case_id, record.unread) == ("unproved", rival.id, True)
        assert post.harness.again(rival) == rival

    def test_a_colleagues_thanks_and_confirmation_stop_nobody(self, post, rival):
        assert not answered(post, "收到，谢谢", COLLEAGUE).unread
        assert seen(post, rival, answered(post, "属实", COLLEAGUE)) == (State.QUEUED, True, True)

    def test_a_confirmation_of_a_colleague_is_no_answer_of_the_registered_mailbox(
        self, post, rival
    ):
        answered(post, "属实", COLLEAGUE)
        with pytest.raises(NotAllowed, match="没有登记邮箱的来信"):
            approved(post, rival, ContactedBy.MAILBOX)

    @pytest.mark.parametrize(
        ("words", "papers", "is_own"),
        [(REQUEST, (LICENCE, LICENCE), True), (REQUEST, (), False), (DENIAL, (LICENCE,), False)],
    )
    def test_a_colleagues_own_request_is_one_with_papers(self, post, rival, words, papers, is_own):
        record = answered(post, words, COLLEAGUE, papers=papers)
        assert (record.case_id != rival.id) == is_own


def within(post, place, words):
    return notice(post).rendered.text.replace(place, words)


class TestWithinTheQuote:
    """An answer between the lines of our letter was taken for an empty one, or for thanks."""

    @pytest.mark.parametrize("mark", ["", "> "])
    @pytest.mark.parametrize("above", ["", "您好\n\n", "是的\n\n"])
    @pytest.mark.parametrize(
        ("place", "words"),
        [
            ("· 发件邮箱", f"{DENIAL}\n· 发件邮箱"),
            ("· 经办人：", "· 经办人：我单位没有申请，此人非我单位员工 "),
        ],
    )
    def test_it_is_read(self, post, rival, mark, above, place, words):
        lines = within(post, place, words).splitlines()
        body = above + "\n".join(f"{mark}{line}" for line in lines)
        assert seen(post, rival, arrives(post, body)) == (State.HELD, True, True)

    @pytest.mark.parametrize("above", ["", "您好\n\n", "收到，谢谢！\n\n"])
    @pytest.mark.parametrize("width", [16, 400])
    def test_the_letter_alone_says_nothing(self, post, rival, above, width):
        lines = notice(post).rendered.text.splitlines()
        cut = [line[at : at + width] for line in lines for at in range(0, len(line) or 1, width)]
        head = "解绑办理台 <support@example.org> 于 2026年11月25日 10:00 写道：\n"
        record = arrives(post, above + head + "\n".join(f"> {line}" for line in cut))
        assert seen(post, rival, record) == (State.QUEUED, False, True)

    def test_nor_do_its_own_earlier_words(self, post, rival):
        """Thanks, once a denial was cleared up, below everything that was written before."""
        answered(post, f"{DENIAL}")
        case = post.harness.again(rival)
        release(post.desk, case.id, case.version, "li")
        quoted = f"{DENIAL}\n\n{notice(post).rendered.text}"
        body = "好的，谢谢！\n\n" + "\n".join(f"> {line}" for line in quoted.splitlines())
        assert seen(post, rival, arrives(post, body)) == (State.QUEUED, False, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"List-Unsubscribe": "<mailto:out@example.org>"},
        {"Precedence": "bulk"},
        {"Auto-Submitted": "auto-generated"},
        {"Subject": "回执：请核对"},
        {"Subject": "Re: 请核对"},
    ],
)
def test_a_denial_counts_though_it_calls_itself_automatic(post, rival, headers):
    footer = "本邮件由系统自动发送，请勿回复。"
    record = arrives(post, f"{DENIAL}\n{footer}\n", **headers)
    assert seen(post, rival, record) == (State.HELD, True, True)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("自动回复: 请核对", "您好，邮件已收到，我会尽快回复。"),
        ("自动回复: 请核对", "已收到，同意"),
        ("Automatic reply: 请核对", "I am out of office, please contact my colleague."),
        ("已读: 请核对", "您的邮件已于今日阅读。"),
    ],
)
def test_what_a_mailbox_answers_by_itself_is_no_answer(post, rival, subject, words):
    record = answered(post, words, subject=subject)
    assert (record.disposition, post.harness.again(rival).state) == ("ignored", State.QUEUED)
    with pytest.raises(NotAllowed, match="没有登记邮箱的来信"):
        approved(post, rival, ContactedBy.MAILBOX)


ABSENT = [
    "春节放假，期间暂停办理业务。",
    "本邮箱已停用，请勿办理业务时使用。",
    "我已休假，暂不处理邮件。",
]


@pytest.mark.parametrize("words", ABSENT)
def test_an_answer_for_absence_stops_neither_a_strangers_request_nor_the_own(post, rival, words):
    """By 暂停办理 in it an enterprise lost its window to its own mailbox."""
    own = post.case(post.sends(CONTACT, PASS, words=REQUEST))
    post.harness.send_letters()
    approved(post, own)
    received = post.harness.letter("received").message_id
    for letter in (notice(post).message_id, received):
        record = answered(post, words, subject="自动回复: 请核对", answers=letter)
        assert record.disposition == "ignored"
    states = [post.harness.again(case).state for case in (rival, own)]
    assert states == [State.QUEUED, State.APPROVED]


def test_a_small_picture_without_words_is_looked_at(post, rival):
    mail = EmailMessage()
    mail.set_content("\n")
    mail.add_alternative('<img src="cid:a">', subtype="html")
    head = bytes.fromhex("89504e470d0a1a0a0000000d49484452000001f4000000c80802000000")
    mail.get_payload()[1].add_related(head + bytes(7000), "image", "png", cid="<a>")
    assert seen(post, rival, arrives(post, mail)) == (State.HELD, True, True)


class TestRegisteredMailbox:
    """登记邮箱答复, as the way in which the enterprise was reached."""

    def test_a_denial_is_none(self, post, rival):
        answered(post, DENIAL)
        case = post.harness.again(rival)
        release(post.desk, case.id, case.version, "li")
        with pytest.raises(NotAllowed, match="疑问或异议"):
            approved(post, rival, ContactedBy.MAILBOX)
        answered(post, "刚才弄错了，是我们的经办人，请办理")
        case = post.harness.again(rival)
        release(post.desk, case.id, case.version, "li")
        assert approved(post, rival, ContactedBy.MAILBOX).state is State.APPROVED

    def test_one_to_another_request_than_now_is_none(self, post, rival):
        """The sender waits for the answer, then asks for a password as well."""
        answered(post, "属实")
        post.harness.clock.at += timedelta(minutes=1)
        reset = REQUEST.replace("重置注册密码：否", "重置注册密码：是")
        post.sends(STRANGER, PASS, papers=(), words=reset, subject=rival.number)
        assert post.harness.again(rival).reset_password
        post.harness.send_letters()
        with pytest.raises(NotAllowed, match="核对通知之后"):
            approved(post, rival, ContactedBy.MAILBOX)


CONFIRMED = [
    "同意",
    "属实",
    "是的",
    "是我们申请的",
    "已收到，同意",
    "情况属实，请予办理。",
    "确认是我公司申请，请尽快办理，谢谢！",
    "我司已知晓并同意该申请。",
    "收到！是本公司提交的，无误。",
    "没有异议",
    "没问题",
    "对的，确认无误。\n\n王会计\n13800000000",
    "没错，是我们申请的，请继续办理",
    "经核实，该申请为我公司员工提交，属实",
    "确认本单位申请解绑CA锁，同意办理。",
]
UNCLEAR = [
    "不是的",
    "是谁申请的",
    "请贵中心确认",
    "请确认该申请是我公司提交",
    "请处理",
    "是我们申请的？",
    "是的，但请先停一下",
    "同意撤回",
    "知情人未授权",
    "我们申请的是新锁",
    "是我公司离职员工提交",
    "没错，锁不是我们的",
]


@pytest.mark.parametrize("words", CONFIRMED)
def test_a_plain_confirmation_sets_nothing_aside_and_is_read(post, rival, words):
    """It cost an approved request its window."""
    approved(post, rival)
    record = answered(post, words, display="王会计")
    assert seen(post, rival, record) == (State.APPROVED, True, True)
    assert f"wrote.{rival.number}" in post.harness.alerts()


@pytest.mark.parametrize("words", UNCLEAR)
def test_any_other_word_does(post, rival, words):
    assert seen(post, rival, answered(post, words)) == (State.HELD, True, True)


def test_a_yes_that_answers_no_notice_does(post, rival):
    """A person may have asked whether it is a fraud."""
    with post.harness.tx() as tx:
        (letter,) = (one for one in tx.letters.newest() if one.kind.value == "received")
    record = answered(post, "是的", answers=letter.message_id)
    assert seen(post, rival, record) == (State.HELD, True, True)


class TestKnown:
    """A sender is known by earlier cases, unless the contact wrote against one, anywhere."""

    def test_a_denial_that_lies_at_the_case_of_another_counts(self, post, rival):
        carried_out(post, rival)
        post.harness.clock.at += timedelta(days=31)
        again = post.case(post.sends(STRANGER, PASS))
        assert requester(post, again) is Requester.KNOWN
        second = post.case(post.sends("second@example.net", PASS))
        words = f"{NAME}：{DENIAL}"
        record = post.sends(CONTACT, PASS, papers=(), words=words, subject="说明")
        assert record.case_id == second.id
        assert requester(post, again) is Requester.STRANGER

    def test_so_does_one_of_what_was_carried_out(self, post, rival):
        carried_out(post, rival)
        post.sends("second@example.net", PASS)
        words = f"{NAME}：不是我们申请的！"
        assert post.sends(CONTACT, PASS, papers=(), words=words, subject="说明").case_id
        post.harness.clock.at += timedelta(days=40)
        assert requester(post, post.case(post.sends(STRANGER, PASS))) is Requester.STRANGER

    def test_an_answer_of_the_mailbox_itself_does_not(self, post, rival):
        answered(post, "您好，邮件已收到。", subject="自动回复: 请核对")
        carried_out(post, rival)
        post.harness.clock.at += timedelta(days=31)
        assert requester(post, post.case(post.sends(STRANGER, PASS))) is Requester.KNOWN


@pytest.mark.parametrize("where", ["thread", "number"])
def test_a_whole_request_that_answers_the_notice_is_one_of_its_own(post, rival, where):
    """The sender of the other could take it back, and got its letters."""
    mail = {"thread": {}, "number": {"answers": "", "subject": rival.number}}[where]
    record = answered(post, REQUEST, papers=(LICENCE, LICENCE), **mail)
    assert (record.disposition, record.case_id == rival.id) == ("case", False)


class TestOwnRequest:
    """A sender who wants the own request stopped, be it the contact or another."""

    @pytest.fixture(params=[CONTACT, STRANGER])
    def own(self, post, request):
        case = post.case(post.sends(request.param, PASS, words=REQUEST))
        post.harness.send_letters()
        return approved(post, case)

    def writes(self, post, own, words):
        answers = post.harness.letter("received").message_id
        return answered(post, words, own.sender, answers=answers)

    @pytest.mark.parametrize(
        "words", ["先别办，等我们电话确认", "请暂缓办理", "请停止办理", "不要办理了", "暂时不办了"]
    )
    def test_it_is_set_aside(self, post, own, words):
        assert seen(post, own, self.writes(post, own, words)) == (State.HELD, True, True)

    @pytest.mark.parametrize(
        "words",
        [
            "怎么回事，还没有办理",
            "你们为什么拒绝办理？",
            "锁还是登不上",
            "请不要忘记办理",
            "千万别办错了，谢谢",
            "麻烦不要处理漏了",
            "旧锁先停用没关系，请尽快解绑",
            "重置先不办，只解绑",
        ],
    )
    def test_a_complaint_stops_nothing(self, post, own, words):
        assert seen(post, own, self.writes(post, own, words)) == (State.APPROVED, True, True)


class TestOtherMail:
    """Not every denial is known by its words: what else the contact writes is shown where it may
    belong, and an answer to a letter about the account has an alert."""

    @pytest.mark.parametrize("words", ["张三已经离职", "等核实后再办", "新的CA驱动在哪里下载？"])
    def test_it_is_shown_at_the_case_of_another(self, post, rival, words):
        record = post.sends(CONTACT, PASS, papers=(), words=words, subject="说明")
        assert seen(post, rival, record) == (State.QUEUED, True, True)
        assert f"contact_wrote.{rival.number}" in post.harness.alerts()
        with pytest.raises(NotAllowed, match="没有登记邮箱的来信"):
            approved(post, rival, ContactedBy.MAILBOX)

    def test_it_is_to_be_read_though_no_answer_is_wanted(self, post, rival):
        mail = EmailMessage()
        mail.set_content("张三已经离职")
        headers = {"Subject": "说明", "X-Auto-Response-Suppress": "All", "In-Reply-To": "<x@y.z>"}
        assert seen(post, rival, arrives(post, mail, **headers)) == (State.QUEUED, True, True)

    def test_a_strangers_is_not(self, post, rival):
        record = post.sends("x@example.net", PASS, papers=(), words="张三已经离职", subject="说明")
        assert (record.disposition, record.case_id) == ("other", None)

    @pytest.mark.parametrize("sender", [CONTACT, COLLEAGUE])
    @pytest.mark.parametrize(("words", "counts"), [("不是我们改的！", True), ("收到", False)])
    def test_an_answer_to_a_letter_about_the_account_has_an_alert(
        self, post, sender, words, counts
    ):
        with post.harness.tx() as tx:
            enterprise = tx.accounts.by_name(NAME)
            account_notice.notify(tx, enterprise, "更改账号的密码")
        answers = post.harness.letter("account_notice").message_id
        record = answered(post, words, sender, answers=answers)
        assert record.unread
        alerts = {kind: text for kind, text in post.harness.alerts().items() if NAME in text}
        assert [*alerts] == [f"account_wrote.{enterprise.id}"] * counts
