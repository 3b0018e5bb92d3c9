"""Words in a thread that are no supplement: thanks, questions, withdrawals, what the registered
contact writes (RULES.md sections 3 and 6)."""

import time
from dataclasses import replace

import pytest

from core.cases.decision import answering
from core.cases.decision.approve import approve
from core.cases.intake.request_case import CONTACT_REASON, WITHDRAWAL_REASON
from core.cases.letters.objection import answer_by_link
from core.data.case import State
from core.data.mail_record import Disposition
from core.data.submission import Answer, AttachmentKind, Mark, RequestForm
from core.store.repositories import store_records
from tests.cases.submissions import STRANGER, answer_to, incomplete, talk
from tests.validators.builders import (
    NAME,
    NO_DOCUMENTS,
    OTHER_NAME,
    OTHER_USCC,
    SENDER,
    attachment,
    bare,
    complete_submission,
    documents,
    form,
    id_front,
    licence,
    message,
)
from tests.world import CONTACT, decline


def test_thanks_go_to_the_case_without_a_letter(harness):
    first = harness.mail()
    thanks = harness.mail(talk(RequestForm(), harness.letter("received")))
    assert (thanks.disposition, thanks.case_id) == (Disposition.CONVERSATION, first.case_id)
    assert harness.case(first).state is State.QUEUED
    assert harness.letters() == ["received"]


def test_a_question_for_progress_gets_state_and_window(harness):
    harness.mail()
    harness.mail(talk(RequestForm(asks_progress=True), harness.letter("received")))
    assert harness.letters() == ["received", "progress"]
    text = harness.letter("progress").rendered.text
    assert "待审核" in text
    assert "11月25日" in text


def test_a_question_for_progress_in_an_incomplete_case_is_told_what_is_missing(harness):
    harness.mail(incomplete())
    harness.mail(talk(RequestForm(asks_progress=True), harness.letter("returned")))
    assert "营业执照" in harness.letter("progress").rendered.text


def test_a_stranger_who_asks_for_progress_is_told_nothing(harness):
    harness.mail()
    record = harness.mail(
        talk(RequestForm(asks_progress=True), harness.letter("received"), sender=STRANGER)
    )
    assert record.case_id is None
    assert harness.letters() == ["received"]


def test_taking_the_request_back_sets_the_case_aside_for_a_person(harness):
    first = harness.mail()
    assert harness.mail(
        talk(RequestForm(withdraws=True, has_request_words=True), harness.letter("received"))
    ).unread, "a person is to read it"
    with harness.tx() as tx:
        assert any(alert.kind.startswith("withdrawal.") for alert in tx.alerts.find())
    case = harness.case(first)
    assert (case.state, case.reason) == (State.HELD, WITHDRAWAL_REASON)


def test_the_letter_of_a_withdrawal_answers_what_its_sender_wrote_before(harness):
    """Not what came since the page was seen, however early it was sent, and not what the contact
    writes."""
    first = harness.mail()
    takes_back = RequestForm(withdraws=True, has_request_words=True)
    mails = [
        harness.mail(says("为什么不给办？", harness.letter("received"))),
        harness.mail(talk(takes_back, harness.letter("received"))),
        harness.mail(says("为什么不给办？", harness.letter("received"), sender=CONTACT)),
    ]
    seen = harness.case(first)
    mails.append(harness.mail(says("还有一件事请回电", harness.letter("received"))))
    assert all(mail.unread for mail in mails)
    words = answering.Words(shown=[mail.id for mail in mails[:3]])
    withdraw = answering.Answer.WITHDRAW
    answering.give(harness.desk, seen.id, seen.version, "li", withdraw, words)
    with harness.tx() as tx:
        after = [tx.mails.get(mail.id).unread for mail in mails]
    assert after == [False, False, True, True]


def test_what_a_withdrawal_that_is_taken_back_answered_waits_again(harness):
    first = harness.mail()
    question = harness.mail(says("为什么不给办？请回电", harness.letter("received")))
    takes_back = RequestForm(withdraws=True, has_request_words=True)
    harness.mail(talk(takes_back, harness.letter("received")))
    seen, alert = harness.case(first), f"wrote.{harness.case(first).number}"
    withdraw, words = answering.Answer.WITHDRAW, answering.Words(shown=[question.id])
    assert alert in harness.alerts()
    given = answering.give(harness.desk, seen.id, seen.version, "li", withdraw, words)
    answering.undo(harness.desk, given.id, given.version, "li")
    with harness.tx() as tx:
        assert tx.mails.get(question.id).unread
    assert alert in harness.alerts()


def says(words, letter, **changes):
    return talk(RequestForm(), letter, new_text=words, **changes)


@pytest.mark.parametrize("ended", [False, True])
def test_words_that_are_more_than_thanks_are_an_alert(harness, ended):
    """The letters ask for a reply where anything is unclear, so somebody must hear of it."""
    case = harness.case(harness.mail())
    if ended:
        decline(harness.desk, case.id, case.version, "li", "不符")
    state = harness.again(case).state
    harness.mail(says("收到，谢谢老师！", harness.letter("received")))
    assert harness.alerts() == {}
    harness.mail(says("为什么不给办？", harness.letter("received")))
    assert [case.number in text for text in harness.alerts().values()] == [True]
    assert harness.again(case).state is state


@pytest.mark.parametrize(("authentication", "unread"), [("pass", False), ("unknown", True)])
def test_thanks_above_the_senders_own_words_deny_nothing(harness, authentication, unread):
    harness.mail()
    letter = harness.letter("received")
    harness.mail(says("我们没有申请过", letter, authentication=authentication))
    thanks = harness.mail(says("谢谢", letter, quoted_text="> 我们没有申请过"))
    assert thanks.unread is unread


def test_a_long_quote_is_looked_for_in_little_time(harness):
    """Each of 19,000 lines was looked for in megabytes, within the step: nobody else could write
    for a minute."""
    harness.mail()
    letter = harness.letter("received")
    harness.mail(says(("和" * 120 + "\n") * 1500, letter))
    quote = "".join(f"> 我们没有申请{'和' * 30}{one}\n" for one in range(19_000))
    begin = time.process_time()
    thanks = harness.mail(says("谢谢", letter, quoted_text=quote))
    assert (thanks.unread, time.process_time() - begin < 2.0) == (True, True)


@pytest.mark.parametrize("decoration", [False, True])
def test_a_file_without_words_is_read_by_a_person_where_it_is_no_paper(harness, decoration):
    harness.mail()
    sent = (attachment("名单.xls", AttachmentKind.OTHER, inline_decoration=decoration),)
    harness.mail(
        complete_submission(
            message(
                sent,
                message_id="<2@example.com>",
                new_text="",
                **answer_to(harness.letter("received")),
            ),
            RequestForm(),
            NO_DOCUMENTS,
        )
    )
    assert len(harness.alerts()) == (not decoration)


def test_many_replies_of_one_who_began_many_cases_do_not_bury_the_other_alerts(
    harness, monkeypatch
):
    monkeypatch.setattr(store_records, "MOST_OF_A_FAMILY", 2)
    for number in range(5):
        request = message((), message_id=f"<{number}@example.net>", sender=f"s{number}@example.net")
        case = harness.case(harness.mail(complete_submission(request, documents=NO_DOCUMENTS)))
        reply = message(
            (),
            message_id=f"<r{number}@example.net>",
            sender=f"s{number}@example.net",
            subject=f"Re: {case.number}",
            new_text="为什么？",
        )
        harness.mail(complete_submission(reply, RequestForm(), NO_DOCUMENTS))
    assert len(harness.alerts()) == 3
    with harness.desk.store.transaction() as tx:
        assert [alert.times for alert in tx.alerts.find() if alert.collected] == [3]


def test_a_question_after_the_end_is_read_by_a_person_and_not_returned_as_incomplete(harness):
    case = harness.case(harness.mail())
    decline(harness.desk, case.id, case.version, "li", "不符")
    unclear = RequestForm(reset_password=Answer.UNREAD, has_request_words=True)
    said = harness.mail(
        talk(unclear, harness.letter("received"), new_text="还是登录不上，提示密码不正确")
    )
    assert (said.disposition, said.case_id) == (Disposition.CONVERSATION, case.id)
    assert "returned" not in harness.letters()
    assert len(harness.alerts()) == 1


def test_a_new_request_in_an_ended_thread_is_a_case_of_its_own(harness):
    case = harness.case(harness.mail())
    decline(harness.desk, case.id, case.version, "li", "不符")
    asked = harness.mail(
        talk(
            RequestForm(reset_password=Answer.YES, has_request_words=True),
            harness.letter("received"),
        )
    )
    assert asked.disposition is Disposition.CASE
    assert asked.case_id != case.id


@pytest.mark.parametrize(
    ("words", "unread"), [("请问进度？", False), ("请问进度？我的锁还在用", True)]
)
def test_what_a_question_for_progress_says_besides_is_read(harness, words, unread):
    harness.mail()
    asks = RequestForm(asks_progress=True)
    asked = harness.mail(talk(asks, harness.letter("received"), new_text=words))
    assert (asked.unread, harness.letters()[-1]) == (unread, "progress")


@pytest.mark.parametrize(("sender", "joins"), [(SENDER, True), (STRANGER, False)])
def test_a_number_in_the_subject_joins_only_the_cases_own_sender(harness, sender, joins):
    """Some programs drop the thread, and people write a new mail with the number in it."""
    case = harness.case(harness.mail())
    asks = RequestForm(asks_progress=True)
    record = harness.mail(
        complete_submission(
            message(attachments=(), sender=sender, subject=f"查询进度 {case.number}"),
            asks,
            NO_DOCUMENTS,
        )
    )
    assert record.case_id == (case.id if joins else None)
    assert ("progress" in harness.letters()) is joins


@pytest.mark.parametrize("subject", ["CA锁解绑申请", "补充材料 {}"])
def test_papers_for_another_enterprise_that_mention_an_earlier_case_are_a_case_of_their_own(
    harness, subject
):
    """An agent's next request (上次的 JB… 谢谢) renamed the open case of the enterprise before,
    and was none of its own."""
    case = harness.case(harness.mail())
    words = f"上次的 {case.number} 谢谢。企业名称：{OTHER_NAME}"
    papers = documents(parts=[id_front(1), licence(2, enterprise_name=OTHER_NAME, uscc=OTHER_USCC)])
    asks = message(
        message_id="<2@example.com>", subject=subject.format(case.number), new_text=words
    )
    record = harness.mail(complete_submission(asks, form(enterprise_names=(OTHER_NAME,)), papers))
    assert record.case_id != case.id
    after = harness.again(case)
    assert (after.enterprise_name, after.uscc) == (NAME, case.uscc), (
        "papers of another enterprise rename no case"
    )
    assert after == case


def test_words_of_the_contact_about_a_case_of_another_address_set_it_aside_to_be_read(harness):
    """Asked to object by a link, people answer the notice by mail."""
    harness.register()
    case = harness.case(harness.mail())
    harness.send_letters()
    approve(harness.desk, case.id, case.version, "li")
    for _ in range(2):
        said = harness.mail(says("我们没有申请", harness.letter("contact_notice"), sender=CONTACT))
    assert said.disposition is Disposition.CONVERSATION
    held = harness.again(case)
    assert (held.state, held.reason, held.approved_by) == (State.HELD, CONTACT_REASON, "")
    assert [case.number in text for text in harness.alerts().values()] == [True]


@pytest.mark.parametrize(
    "request_read",
    [
        RequestForm(asks_progress=True),
        RequestForm(unbind=Answer.NO, has_request_words=True),
        RequestForm(unbind=Answer.UNREAD, has_request_words=True),
    ],
)
@pytest.mark.parametrize("opening", [None, incomplete()])
def test_the_contacts_denial_sets_aside_whatever_else_is_read_in_it(harness, request_read, opening):
    """我们没有申请解绑，请问进度 got the progress and no reader, and without the question it was a
    supplement that made the case incomplete."""
    harness.register()
    case = harness.case(harness.mail(opening))
    harness.mail(
        talk(
            request_read,
            harness.letter("contact_notice"),
            sender=CONTACT,
            new_text="我们没有申请解绑，请问进度",
        )
    )
    held = harness.again(case)
    assert (held.state, held.reason) == (State.HELD, CONTACT_REASON)
    assert held.answers == case.answers, "its words are no part of the request"
    assert [case.number in text for text in harness.alerts().values()] == [True]
    assert ("progress" in harness.letters()) is request_read.asks_progress


@pytest.mark.parametrize("words", ["还是登录不上，请问什么时候能好", "进度"])
def test_a_question_for_progress_after_the_end_that_complains_is_read_too(harness, words):
    case = harness.case(harness.mail())
    decline(harness.desk, case.id, case.version, "li", "不符")
    harness.mail(talk(RequestForm(asks_progress=True), harness.letter("received"), new_text=words))
    assert "progress" in harness.letters()
    assert len(harness.alerts()) == (words != "进度")


def test_the_contact_of_two_enterprises_stops_the_case_of_the_one_that_it_names(harness):
    harness.register()
    harness.register(CONTACT, name=OTHER_NAME, uscc=OTHER_USCC)
    papers = documents(parts=[id_front(), licence(enterprise_name=OTHER_NAME, uscc=OTHER_USCC)])
    of_other = message(sender=STRANGER), form(enterprise_names=(OTHER_NAME,)), papers
    mails = complete_submission(), complete_submission(*of_other)
    cases = [harness.case(harness.mail(one)) for one in mails]
    denial = message((), sender=CONTACT, subject="", new_text="我们没有申请过")
    harness.mail(complete_submission(denial, RequestForm((OTHER_NAME,)), NO_DOCUMENTS))
    assert [harness.again(one).state for one in cases] == [State.QUEUED, State.HELD]


def test_words_of_the_contact_about_a_case_that_is_done_are_an_alert(harness):
    harness.register()
    case = harness.case(harness.mail())
    decline(harness.desk, case.id, case.version, "li", "不符")
    harness.mail(says("我们没有申请", harness.letter("contact_notice"), sender=CONTACT))
    assert harness.again(case).state is State.DECLINED
    assert [case.number in text for text in harness.alerts().values()] == [True]


def test_the_contacts_thanks_and_question_for_progress_set_nothing_aside(harness):
    harness.register()
    case = harness.case(harness.mail())
    harness.mail(
        talk(
            RequestForm(asks_progress=True),
            harness.letter("contact_notice"),
            sender=CONTACT,
            new_text="进度",
        )
    )
    harness.mail(says("谢谢告知", harness.letter("contact_notice"), sender=CONTACT))
    assert harness.again(case).state is State.QUEUED


def test_talk_and_returned_letters_in_the_thread_say_nothing_of_the_request(harness):
    first = harness.mail(incomplete())
    letter = harness.letter("returned")
    returned = complete_submission(
        message(marks=[Mark.AUTO_REPLIED], **answer_to(letter)),
        replace(form(), has_request_words=False),
    )
    assert harness.mail(returned).disposition is Disposition.IGNORED
    harness.mail(incomplete(**answer_to(letter)))
    assert harness.case(first).state is State.INCOMPLETE


def test_taking_back_does_not_cover_the_words_of_an_objection(harness):
    harness.register()
    case = harness.case(harness.mail())
    letter = harness.letter("contact_notice")
    with harness.tx() as tx:
        token = tx.links.token(letter.link_id)
    answer_by_link(harness.desk, token, "不是我们发的")
    for _ in range(2):
        harness.mail(
            talk(RequestForm(withdraws=True, has_request_words=True), harness.letter("received"))
        )
    reason = harness.again(case).reason
    assert "不是我们发的" in reason
    assert reason.count(WITHDRAWAL_REASON) == 1


def test_thanks_with_a_logo_in_the_signature_leave_an_approval_alone(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    logo = attachment("logo.png", AttachmentKind.IMAGE, inline_decoration=True)
    thanks = harness.mail(
        complete_submission(
            message([logo], **answer_to(harness.letter("received"))), RequestForm(), NO_DOCUMENTS
        )
    )
    assert (thanks.disposition, harness.again(case).state) == (
        Disposition.CONVERSATION,
        State.APPROVED,
    )


BROCHURE = documents(pages=(bare(1, text="产品手册"),), parts=(), seals=())


@pytest.mark.parametrize("opening", [None, incomplete()])
def test_what_is_no_paper_in_a_thread_changes_nothing_and_is_read_by_a_person(harness, opening):
    """Thanks with a brochure became a supplement, which took an approval back."""
    case = harness.case(harness.mail(opening))
    kind = "received" if opening is None else "returned"
    thanks = message(
        message_id="<2@example.com>", new_text="谢谢", **answer_to(harness.letter(kind))
    )
    record = harness.mail(complete_submission(thanks, RequestForm(), BROCHURE))
    assert (record.disposition, record.unread) == (Disposition.CONVERSATION, True)
    assert harness.again(case).version == case.version


def test_a_complaint_in_an_incomplete_case_is_read_by_a_person_and_changes_no_answer(harness):
    case = harness.case(harness.mail(incomplete()))
    complaint = RequestForm((NAME,), unbind=Answer.UNREAD, has_request_words=True)
    said = harness.mail(
        talk(complaint, harness.letter("returned"), new_text="解绑怎么还没办？锁还是用不了")
    )
    assert (said.disposition, said.unread) == (Disposition.CONVERSATION, True)
    after = harness.again(case)
    assert (after.unbind, after.enterprise_name, after.version) == (True, NAME, case.version)


def test_doubtful_words_about_a_complete_case_are_seen_and_change_no_answer(harness):
    case = harness.case(harness.mail())
    doubt = RequestForm(unbind=Answer.UNREAD, has_request_words=True)
    harness.mail(talk(doubt, harness.letter("received"), new_text="解绑的事我们再看看"))
    after = harness.again(case)
    assert after.unbind is True
    assert "case.changed" in {finding.code for finding in after.findings}


def urgent(**changes):
    return complete_submission(
        message(attachments=(), subject="急", new_text="锁丢了，今天下午就要投标", **changes),
        RequestForm(urgent=True),
        NO_DOCUMENTS,
    )


def test_an_urgent_question_is_marked_and_told_once_where_to_turn(harness):
    first = harness.mail(urgent())
    second = harness.mail(urgent(message_id="<2@example.com>"))
    assert (first.disposition, first.unread, first.urgent) == (Disposition.OTHER, True, True)
    assert second.urgent
    assert harness.letters() == ["pointer"]
    text = harness.letter("pointer").rendered.text
    assert all(words in text for words in ("010-00000000", "/portal/lost", "/portal/guide"))
    assert "/portal/portal" not in text, "centre.portal_url ends with /portal"


def test_a_borrowed_address_uses_up_no_advice(harness):
    harness.mail(urgent(authentication="none"))
    harness.mail(urgent(message_id="<2@example.com>"))
    assert harness.letters() == ["pointer", "pointer"]


def test_a_request_shortly_before_a_bid_is_an_urgent_case(harness):
    """It stood in the list like any other."""
    asks = replace(complete_submission().request, urgent=True)
    first = harness.case(harness.mail(complete_submission(request=asks)))
    assert first.urgent
    later = message(**answer_to(harness.letter("received"), message_id="<2@example.com>"))
    harness.mail(complete_submission(later, documents=documents(parts=[id_front()])))
    assert harness.again(first).version > first.version
    assert harness.again(first).urgent, "a supplement that does not say so again"


@pytest.mark.parametrize(
    ("subject", "text", "unread"),
    [
        ("谢谢", "已收到，谢谢老师！", False),
        ("谢谢", "已收到，请问什么时候办理？", True),
        ("锁丢了怎么办", "", True),
        ("锁丢了怎么办", "谢谢", True),
        ("", "", True),
    ],
)
def test_thanks_outside_any_thread_wait_for_nobody(harness, subject, text, unread):
    mail = message((), subject=subject, new_text=text)
    record = harness.mail(complete_submission(mail, RequestForm(), NO_DOCUMENTS))
    assert (record.disposition, record.unread) == (Disposition.OTHER, unread)


def test_thanks_of_the_contact_outside_any_thread_wait_for_nobody(harness):
    harness.register()
    case = harness.case(harness.mail())
    mail = message((), sender=CONTACT, subject="谢谢", new_text="已收到，谢谢老师！")
    record = harness.mail(complete_submission(mail, RequestForm(), NO_DOCUMENTS))
    assert (record.disposition, record.case_id, record.unread) == (
        Disposition.OTHER,
        case.id,
        False,
    )
    assert harness.alerts() == {}


def test_an_urgent_question_in_the_thread_of_a_case_is_told_where_to_turn(harness):
    harness.mail()
    harness.mail(urgent(message_id="<2@example.com>", **answer_to(harness.letter("received"))))
    assert harness.letters() == ["received", "pointer"]


def test_an_urgent_objection_gets_no_advice_on_a_lost_lock(harness):
    harness.register()
    case = harness.case(harness.mail(complete_submission(message(sender=STRANGER))))
    words = "我公司没有申请过，有人冒用，请立即停止办理！"
    objection = message((), message_id="<2@example.com>", sender=CONTACT, new_text=words)
    record = harness.mail(complete_submission(objection, RequestForm(urgent=True), NO_DOCUMENTS))
    assert (record.urgent, harness.again(case).state) == (True, State.HELD)
    assert "pointer" not in harness.letters()


def test_no_pointer_where_the_operator_or_the_headers_forbid_it(harness):
    harness.mail(urgent(marks=[Mark.NOREPLY]))
    settings = replace(harness.desk.settings, urgent_pointer=False)
    harness.desk = replace(harness.desk, settings=settings)
    assert harness.mail(urgent(message_id="<2@example.com>")).urgent
    assert harness.letters() == []


def test_what_an_attachment_is_titled_as_is_noted_for_the_administrator(harness):
    record = harness.mail(complete_submission(message(new_text="请查收"), RequestForm(), BROCHURE))
    assert (record.disposition, record.note) == (Disposition.OTHER, "附件看来是宣传资料")
    assert harness.letters() == []


@pytest.mark.parametrize(
    ("words", "state", "letters"),
    [
        (f"企业名称：{NAME}", State.QUEUED, ["returned", "received"]),
        (f"{NAME}，请问还要寄原件吗", State.QUEUED, ["returned", "received"]),
        (f"{NAME}没有申请过，请不要办理", State.INCOMPLETE, ["returned"]),
    ],
)
def test_a_reply_with_the_missing_name_alone_completes_the_request(harness, words, state, letters):
    """A denial is for a person to read, and so is a question."""
    first = harness.mail(complete_submission(request=form(enterprise_names=())))
    named = RequestForm(enterprise_names=(NAME,))
    reply = harness.mail(talk(named, harness.letter("returned"), new_text=words))
    assert harness.case(first).state is state
    assert harness.letters() == letters
    assert reply.unread == (words != f"企业名称：{NAME}")


def test_a_question_in_a_new_mail_is_read_by_a_person(harness):
    """The desk answered it with what is missing, and nobody read it."""
    empty = complete_submission(message(()), form(enterprise_names=()), NO_DOCUMENTS)
    harness.mail(empty)
    words = message((), message_id="<2@example.com>", subject="保证金", new_text=f"{NAME}怎么退？")
    named = RequestForm(enterprise_names=(NAME,))
    assert harness.mail(complete_submission(words, named, NO_DOCUMENTS)).unread


def test_a_withdrawn_case_is_followed_by_a_new_mail_as_its_letter_says(harness):
    case = harness.case(harness.mail())
    withdraw = answering.Answer.WITHDRAW
    answering.give(harness.desk, case.id, case.version, "li", withdraw, answering.Words())
    letter = harness.letter("withdrawn")
    assert "（包括撤回不是您本意的），请备齐材料，另写一封新邮件" in letter.rendered.text
    words = harness.mail(says("撤回不是我们的本意", letter))
    assert (words.case_id, words.unread) == (case.id, True), "a person answers"
    anew = harness.mail(complete_submission(message(message_id="<9@example.com>")))
    assert harness.case(anew).state is State.QUEUED
    assert harness.again(case).state is State.WITHDRAWN
