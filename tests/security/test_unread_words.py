"""Words of the contact that the desk does not recognise as a denial: they hold no case, but until a
person has read them, the window does not carry out the request of another sender. The same is true
of answers to the notice with headers of automatic mail."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from core.cases.decision.approve import approve
from core.cases.intake.unread import mark_read
from core.cases.window.process import run_window
from core.data.case import Contacted, ContactedBy, State
from tests.security.test_contact_answers import answered, arrives
from tests.sender.conftest import PASS, STRANGER
from tests.validators.builders import NAME, OTHER_NAME, OTHER_USCC
from tests.world import CONTACT

FALSE_SEAL = "那份材料上的章是假章，我司公章一直由本人保管。"
AUTOMATIC = {
    "Precedence": "bulk",
    "List-Unsubscribe": "<mailto:u@example.org>",
    "Auto-Submitted": "auto-generated",
}


@pytest.fixture
def rival(post, rival):
    """The approved case of a stranger, with its notice."""
    call = Contacted(ContactedBy.TELEPHONE, "王", "", post.harness.clock.now(), "li")
    return approve(post.desk, rival.id, post.harness.again(rival).version, "li", call)


def carried_out(post, case):
    """Whether the next windows carry it out."""
    post.harness.clock.at += timedelta(days=1, hours=1, minutes=5)
    return case.number in run_window(post.desk).completed


def writes(post, words, **mail):
    return post.sends(CONTACT, PASS, papers=(), words=words, **{"subject": "说明"} | mail)


@pytest.mark.parametrize("words", [FALSE_SEAL, "我们公司没有姓张的员工。", "我的锁还在用"])
@pytest.mark.parametrize("name", ["", f"{NAME}："])
def test_the_window_waits_until_a_person_has_read_the_words(post, rival, words, name):
    record = writes(post, name + words)
    assert (record.case_id, record.unread) == (rival.id, True)
    assert f"contact_wrote.{rival.number}" in post.harness.alerts()
    assert not carried_out(post, rival)
    mark_read(post.desk, [record.id], "li")
    assert run_window(post.desk).completed == [rival.number]


def test_it_waits_for_words_at_the_contacts_own_case(post, rival):
    own = post.case(post.sends(CONTACT, PASS))
    record = writes(post, FALSE_SEAL)
    assert (record.case_id, record.unread) == (own.id, True)
    assert not carried_out(post, rival)


def test_it_waits_for_words_at_the_case_of_another_stranger(post, rival):
    second = post.case(post.sends("second@example.net", PASS))
    record = writes(post, FALSE_SEAL)
    assert record.case_id in {rival.id, second.id}
    assert not carried_out(post, rival)


def test_it_waits_for_words_of_a_contact_of_several_enterprises(post, rival):
    """The mail belongs to another enterprise's case here."""
    post.harness.register(name=OTHER_NAME, uscc=OTHER_USCC)
    words = f"企业名称：{OTHER_NAME}\n是否解绑：是"
    own = post.case(post.sends(CONTACT, PASS, papers=(), words=words, name=OTHER_NAME))
    assert writes(post, FALSE_SEAL, subject=f"回复 {own.number}").case_id == own.id
    assert not carried_out(post, rival)


def test_it_does_not_wait_for_thanks(post, rival):
    writes(post, "收到，谢谢", subject="谢谢")
    assert carried_out(post, rival)


@pytest.mark.parametrize("words", ["属实", "是我单位申请的，请办理。"])
def test_it_does_not_wait_for_a_confirmation(post, rival, words):
    assert answered(post, words).unread
    assert carried_out(post, rival)


def test_it_does_not_wait_for_words_of_the_cases_own_sender(post, rival):
    record = post.sends(STRANGER, PASS, papers=(), words="锁还是登不上", subject=rival.number)
    assert (record.case_id, record.unread) == (rival.id, True)
    assert carried_out(post, rival)


def test_it_does_not_wait_for_the_contacts_words_beside_its_own_request(post):
    own = post.case(post.sends(CONTACT, PASS))
    approve(post.desk, own.id, own.version, "li")
    assert writes(post, "锁还是登不上").unread
    assert carried_out(post, own)


@pytest.mark.parametrize("header", AUTOMATIC)
@pytest.mark.parametrize("words", [FALSE_SEAL, "我们已经报警。"])
def test_an_answer_with_an_automatic_header_holds_the_case(post, rival, header, words):
    record = arrives(post, words, **{header: AUTOMATIC[header]})
    after = post.harness.again(rival).state
    assert (record.case_id, record.unread, after) == (rival.id, True, State.HELD)


@pytest.mark.parametrize("header", AUTOMATIC)
def test_it_waits_for_a_new_mail_with_an_automatic_header(post, rival, header):
    headers = {header: AUTOMATIC[header], "Subject": "说明"}
    record = arrives(post, "我的锁还在用", is_answer=False, **headers)
    assert (record.case_id, record.unread) == (rival.id, True)
    assert not carried_out(post, rival)


@pytest.mark.parametrize("header", AUTOMATIC)
def test_thanks_with_an_automatic_header_hold_nothing(post, rival, header):
    assert not arrives(post, "收到，谢谢", **{header: AUTOMATIC[header]}).unread
    assert post.harness.again(rival).state is State.APPROVED


@pytest.mark.parametrize("words", ["我已休假，暂不处理邮件。", "【自动回复】收到，章是假章"])
def test_an_automatic_reply_is_to_be_read_but_does_not_stop_the_window(post, rival, words):
    record = answered(post, words, subject="自动回复: 请核对")
    assert (record.disposition, record.unread, record.case_id) == ("ignored", True, rival.id)
    assert carried_out(post, rival)


@pytest.mark.parametrize(
    ("above", "state"),
    [
        ("这不是我们申请的\n\n", State.HELD),
        ("不\n\n", State.HELD),
        ("We did not request this.\n\n", State.HELD),
        ("", State.APPROVED),
    ],
)
def test_words_above_the_plain_quote_alone_are_no_thanks(post, rival, above, state):
    """A program that answers in the plain part, beside an HTML part that only quotes."""
    quoted, mail = post.harness.letter("contact_notice").rendered, EmailMessage()
    mail.set_content(above + "\n".join(f"> {line}" for line in quoted.text.splitlines()))
    quote = f'<blockquote type="cite">{quoted.html}</blockquote>'
    mail.add_alternative(quote, subtype="html")
    record = arrives(post, mail)
    assert (post.harness.again(rival).state, record.unread) == (state, bool(above))


@pytest.mark.parametrize(
    "kind", [b"application/pkcs7-mime", b"application/pgp-encrypted", b"text/calendar"]
)
def test_words_that_nobody_can_open_are_no_thanks(post, rival, kind):
    """An answer to the notice that the contact's program encrypted, signed as a whole, or wrote
    into a calendar entry."""
    notice = post.harness.letter("contact_notice").message_id
    answer = (
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.org\r\n"
        b"Received: from x by mx.desk.example; Wed, 25 Nov 2026 10:00:00 +0800\r\n"
        b"From: %s\r\nTo: support@example.org\r\nSubject: Re: x\r\nMessage-ID: <7@example.org>\r\n"
        b"In-Reply-To: %s\r\nContent-Type: %s; name=smime.p7m\r\n\r\n0\x80\x06"
    )
    record = post.arrives(answer % (CONTACT.encode(), notice.encode(), kind))
    assert record.unread
    assert post.harness.again(rival).state is State.HELD


@pytest.mark.parametrize("undone", ["font-size:0", "visibility:hidden"])
def test_words_that_a_style_within_shows_again_are_read(post, rival, undone):
    """Templates of mails close gaps by font-size:0 around blocks that set their own size."""
    shown = '<span style="font-size:14px;visibility:visible">我们没有申请解绑</span>'
    answer = EmailMessage()
    answer.set_content(f'<p>谢谢</p><div style="{undone}">{shown}</div>', subtype="html")
    assert arrives(post, answer).unread
    assert post.harness.again(rival).state is State.HELD


@pytest.mark.parametrize(
    "html",
    [
        "<html><body>谢谢</body></html>{}",
        "<html><body>谢谢</body></html><html><body><p>{}</p></body></html>",
        "<p>谢谢</p><noscript>{}</noscript>",
        "<p>谢谢</p><object>{}</object>",
        "<head><div>{}</div></head><p>谢谢</p>",
        '<p>谢谢</p><p style="display:none;display:block">{}</p>',
    ],
)
def test_words_that_mail_programs_display_are_read(post, rival, html):
    answer = EmailMessage()
    answer.set_content(html.format("我们没有申请解绑"), subtype="html")
    assert arrives(post, answer).unread
    assert post.harness.again(rival).state is State.HELD
