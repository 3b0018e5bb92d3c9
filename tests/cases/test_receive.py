"""What becomes of a mail: a case, more of a case, talk,
or something kept for people (RULES.md sections 3 and 6)."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest

from core.cases.decision.answering import Answer as Given
from core.cases.decision.answering import Words, give
from core.cases.decision.approve import approve, hold, release
from core.cases.intake.blocking import block
from core.cases.intake.bounces import mark_bounced
from core.cases.intake.hand_in import PORTAL_BOX, hand_in
from core.cases.intake.receive import quarantine, receive, receive_duplicate, retry_mail
from core.cases.intake.request_case import DOUBT_REASON
from core.cases.letters.outbox import admit_waiting, is_first_letter, last_mail_of_sender
from core.cases.letters.words import text_of
from core.check_digits import id_check_digit
from core.data.case import State
from core.data.documents import PartKind, Unopened
from core.data.finding import Severity
from core.data.letter import LetterState
from core.data.mail_record import BLOCKED, BlockedSender, Disposition, NewMail
from core.data.submission import ELSEWHERE, Answer, AttachmentKind, Bounce, Mark, RequestForm
from core.errors import Conflict, NotAllowed
from core.locks.challenge import EnterpriseSession
from tests.cases.submissions import STRANGER, answer_to, incomplete
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
    page,
    without,
)
from tests.world import CONTACT, decline

LACKING = without(PartKind.LICENCE)


def test_a_complete_request_is_queued_for_todays_window_and_told(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    assert (case.state, case.window_date, case.enterprise_name) == (
        State.QUEUED,
        date(2026, 11, 25),
        NAME,
    )
    assert len(case.binding_ids) == 2, "approval lists all of the enterprise's bindings"
    assert harness.letters(case) == ["received"]
    text = harness.letter("received").rendered.text
    assert case.number in text
    assert "2026年11月25日（星期三）11:00—11:30" in text
    assert harness.actions(case) == ["case.opened", "case.queued", "letter.queued"]


def test_a_mail_that_a_server_dates_in_the_future_waits_for_no_later_window(harness):
    harness.register()
    case = harness.case(harness.mail(at=harness.clock.now() + timedelta(days=400)))
    assert case.window_date.isoformat() == "2026-11-25"


def test_one_that_arrives_at_half_past_eleven_waits_for_the_next_workday(harness):
    harness.clock.at += timedelta(hours=1, minutes=30)
    assert harness.case(harness.mail()).window_date == date(2026, 11, 26)


def test_an_incomplete_request_gets_one_letter_with_every_reason_and_what_is_fine(harness):
    silent = replace(form(), unbind=Answer.MISSING)
    case = harness.case(
        harness.mail(complete_submission(request=silent, documents=without(PartKind.LICENCE)))
    )
    assert case.state is State.INCOMPLETE
    assert case.window_date is None
    assert harness.letters(case) == ["returned"]
    text = harness.letter("returned").rendered.text
    assert "解绑" in text
    assert "营业执照" in text
    fine = text.split("已符合要求")[1]
    assert "经办人身份证人像面" in fine
    assert "公章" in fine
    assert "【参考格式】" in text
    assert "2026年12月25日前" in text


def test_the_missing_page_in_a_reply_completes_the_case_for_the_window_of_the_reply(harness):
    first = harness.mail(incomplete())
    harness.clock.at += timedelta(days=1)
    reply = complete_submission(
        message(**answer_to(harness.letter("returned"), message_id="<r@example.com>")),
        RequestForm(),
        documents(pages=[page(1)], parts=[licence(1)]),
    )
    second = harness.mail(reply)
    case = harness.case(second)
    form = "【参考格式】"
    assert form not in harness.letter("returned").rendered.text, "the request itself is whole"
    assert second.case_id == first.case_id
    assert (case.state, case.window_date) == (State.QUEUED, date(2026, 11, 26))
    assert harness.letters(case) == ["returned", "received"]


def test_a_new_mail_of_the_same_sender_for_the_same_enterprise_continues_its_open_case(harness):
    first = harness.mail(incomplete())
    second = harness.mail()
    assert second.case_id == first.case_id
    assert harness.case(second).state is State.QUEUED


def test_a_new_mail_with_everything_continues_the_case_of_a_first_one_without_a_name(harness):
    """The first one expired a month later, with a letter that the request was not carried out."""
    empty = complete_submission(message(()), form(enterprise_names=()), NO_DOCUMENTS)
    first = harness.mail(empty)
    stranger = harness.mail(complete_submission(message(sender=STRANGER)))
    second = harness.mail(complete_submission(message(message_id="<2@example.com>")))
    assert (second.case_id, stranger.case_id != first.case_id) == (first.case_id, True)
    assert harness.case(second).state is State.QUEUED


def test_a_request_for_another_enterprise_is_no_more_of_the_senders_first_one(harness):
    first = harness.mail(complete_submission(message(()), documents=NO_DOCUMENTS))
    other = form(enterprise_names=(OTHER_NAME,))
    second = harness.mail(
        complete_submission(message((), message_id="<2@example.com>"), other, NO_DOCUMENTS)
    )
    assert second.case_id != first.case_id
    assert harness.case(first).enterprise_name == NAME


def test_an_address_that_only_casefold_makes_equal_is_another(harness):
    """Whoever has faß.de proves its addresses, and none of fass.de."""
    harness.register()
    honest = harness.case(harness.mail(complete_submission(message(sender="li@fass.example"))))
    mail = message(sender="li@faß.example", message_id="<other@example.com>")
    assert harness.case(harness.mail(complete_submission(mail))).id != honest.id


def test_a_reply_to_a_rejection_that_says_the_same_again_is_a_supplement_and_no_talk(harness):
    case = harness.case(harness.mail(incomplete()))
    again = message(attachments=(), **answer_to(harness.letter("returned")))
    record = harness.mail(complete_submission(again, incomplete().request, NO_DOCUMENTS))
    assert (record.case_id, record.disposition) == (case.id, Disposition.CASE)


def test_a_whole_request_that_only_bears_the_senders_address_competes_with_his(harness):
    case = harness.case(harness.mail(complete_submission(message(authentication="pass"))))
    borrowed = harness.case(harness.mail(complete_submission(message(authentication="none"))))
    assert borrowed.id != case.id
    assert "case.competing" in {f.code for f in borrowed.findings}


def test_a_stranger_in_the_thread_opens_a_case_of_their_own_and_both_are_shown_as_competing(
    harness,
):
    first = harness.mail(incomplete())
    stranger = harness.mail(
        complete_submission(message(**answer_to(harness.letter("returned"), sender=STRANGER)))
    )
    assert stranger.case_id != first.case_id
    assert "case.competing" in {f.code for f in harness.case(stranger).findings}
    assert harness.case(first).state is State.INCOMPLETE, "the stranger's papers do not complete it"


def test_what_the_registered_contact_asks_joins_no_case_that_another_address_began(harness):
    """The other would have its use, and could take it back."""
    harness.register()
    first = harness.mail(incomplete())
    answer = message(**answer_to(harness.letter("returned"), sender=CONTACT))
    second = harness.mail(complete_submission(answer, form(reset_password=Answer.MISSING)))
    assert (second.case_id == first.case_id, harness.case(second).sender) == (False, CONTACT)


def test_the_same_bytes_twice_are_one_case_and_one_letter(harness):
    first = harness.mail(raw=b"the same")
    with harness.tx() as tx:
        mail_id = tx.mails.add(NewMail("box", 1, 99, harness.clock.now(), 8, b"the same"))
        position = tx.mails.position(mail_id)
    assert position.twin == first.id
    receive_duplicate(harness.desk, position.record, position.twin)
    with harness.tx() as tx:
        assert tx.mails.get(mail_id).disposition is Disposition.DUPLICATE
        assert tx.mails.get(mail_id).case_id == first.case_id
    assert harness.letters() == ["received"]


def test_a_mail_that_was_taken_in_keeps_its_disposition_when_it_is_taken_in_again(harness):
    record = harness.mail()
    assert receive(harness.desk, record.id, complete_submission(), {}) is Disposition.CASE
    assert harness.letters() == ["received"]


def test_the_same_rejection_is_told_once_in_a_day(harness):
    harness.mail(incomplete())
    harness.clock.at += timedelta(hours=1)
    harness.mail(incomplete(message_id="<again@example.com>"))
    assert harness.letters() == ["returned"]
    harness.clock.at += timedelta(hours=24)
    harness.mail(incomplete(message_id="<later@example.com>"))
    assert harness.letters() == ["returned", "returned"]


@pytest.mark.parametrize(("authentication", "proof"), [("pass", "proved"), ("none", "")])
def test_a_letter_that_an_earlier_version_noted_is_not_sent_again(harness, authentication, proof):
    """An upgrade gives no sender a letter twice."""
    record = replace(harness.mail(), authentication=authentication)
    noted = f"{record.sender}\n{proof}\npointer"
    with harness.desk.step() as tx:
        assert tx.letters.note_rejection(sha256(noted.encode()).hexdigest(), tx.now)
        assert not is_first_letter(tx, record, ["pointer"])


def test_who_writes_new_words_is_told_again_what_is_still_missing(harness):
    harness.mail(incomplete())
    harness.mail(incomplete(message_id="<again@example.com>", new_text="太大了，还是发网盘链接"))
    assert harness.letters() == ["returned", "returned"]


def test_a_sixth_letter_to_one_sender_in_a_day_waits_with_an_alert_and_leaves_by_itself(harness):
    for number in range(6):
        name = f"北京第{number}测试有限公司"
        papers = message([attachment(sha256=f"{number:064d}")])
        harness.mail(
            complete_submission(
                papers, form(enterprise_names=(name,)), documents(parts=[id_front()])
            )
        )
        harness.clock.at += timedelta(minutes=1)
    with harness.tx() as tx:
        states = [letter.state for letter in reversed(tx.letters.newest())]
        assert [alert.kind for alert in tx.alerts.find()] == ["letters.limit"]
    assert states == [LetterState.PENDING] * 5 + [LetterState.WAITING]
    harness.clock.at += timedelta(days=1)
    admit_waiting(harness.desk)
    with harness.tx() as tx:
        assert {letter.state for letter in tx.letters.newest()} == {LetterState.PENDING}
        assert tx.alerts.find() == []


def test_headers_that_forbid_the_letter_do_not_forbid_the_work(harness):
    case = harness.case(harness.mail(complete_submission(message(marks=[Mark.NOT_ADDRESSED]))))
    assert case.state is State.QUEUED
    assert case.by_hand
    assert harness.letters(case) == []


@pytest.mark.parametrize("papers", [True, False])
def test_papers_that_an_alias_brought_wait_for_a_person_whatever_the_words(harness, papers):
    mail = complete_submission(
        message(marks=[Mark.NOT_ADDRESSED]), RequestForm(elsewhere=2 * ELSEWHERE)
    )
    record = harness.mail(mail if papers else replace(mail, documents=NO_DOCUMENTS))
    assert (record.disposition, record.unread) == (Disposition.OTHER, papers)


def test_an_automatic_answer_opens_nothing_and_is_kept(harness):
    record = harness.mail(
        complete_submission(
            message(attachments=(), marks=[Mark.AUTO_REPLIED]), RequestForm(), NO_DOCUMENTS
        )
    )
    assert (record.disposition, record.case_id) == (Disposition.IGNORED, None)
    assert harness.letters() == []


def test_mail_without_request_or_papers_is_kept_for_people(harness):
    record = harness.mail(
        complete_submission(
            message(attachments=(), subject="开标时间"), RequestForm(), NO_DOCUMENTS
        )
    )
    assert (record.disposition, record.case_id) == (Disposition.OTHER, None)
    assert harness.letters() == []


def test_a_supplement_returns_an_approved_case_to_the_queue(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "admin")
    more = message((attachment("more.pdf"),), **answer_to(harness.letter("received")))
    again = harness.case(harness.mail(complete_submission(more)))
    assert (again.id, again.state, again.approved_by) == (case.id, State.QUEUED, "")
    assert harness.letters(case) == ["received", "supplement_received"]


def test_a_mail_that_comes_again_takes_no_approval_back_and_no_later_words(harness):
    """A copy that its signature still proves comes a second way, or from whoever has it."""
    harness.register(contact=SENDER)
    both = complete_submission(message(), form(reset_password=Answer.YES))
    case = harness.case(harness.mail(both))
    words = message((), new_text="重置不用了", **answer_to(harness.letter("received")))
    only = form(unbind=Answer.MISSING, reset_password=Answer.NO)
    case = harness.case(harness.mail(complete_submission(words, only, NO_DOCUMENTS)))
    approved = approve(harness.desk, case.id, case.version, "admin")
    record = harness.mail(both)
    assert (record.disposition, record.unread) == (Disposition.CONVERSATION, False)
    assert harness.again(case) == approved
    assert approved.reset_password is False
    assert harness.letters(case)[-1] == "progress"


def test_a_supplement_that_changes_name_request_or_handler_is_shown(harness):
    harness.mail()
    other_id = "11999919900202001" + id_check_digit("11999919900202001")
    changed = complete_submission(
        message(**answer_to(harness.letter("received"))),
        form(enterprise_names=(OTHER_NAME,), unbind=Answer.NO, reset_password=Answer.YES),
        documents(parts=[id_front(name="赵六", id_number=other_id), licence()]),
    )
    finding = next(
        f for f in harness.case(harness.mail(changed)).findings if f.code == "case.changed"
    )
    assert finding.severity.value == "review"
    assert text_of(finding).startswith(
        "补件改变了：企业名称、是否解绑、是否需要重置注册密码、经办人，"
    )


def test_a_later_mail_never_returns_a_complete_case(harness):
    harness.mail()
    nothing = complete_submission(
        message(**answer_to(harness.letter("received"))),
        form(unbind=Answer.NO, reset_password=Answer.NO),
    )
    case = harness.case(harness.mail(nothing))
    assert case.state is State.QUEUED
    assert all(f.severity.value != "reject" for f in case.findings)
    assert "request.nothing_requested" in {f.code for f in case.findings}


def test_the_registered_contact_is_told_once_of_a_case_another_address_sent(harness):
    harness.register()
    case = harness.case(harness.mail(incomplete()))
    harness.mail(complete_submission(message(**answer_to(harness.letter("returned")))))
    assert harness.letters(case) == ["returned", "contact_notice", "received"]
    notice = harness.letter("contact_notice")
    assert notice.recipient == CONTACT
    assert SENDER not in notice.rendered.text
    assert "[[link]]" in notice.rendered.text, "the token is put in only at delivery"


def test_the_contacts_own_mail_needs_no_notice(harness):
    harness.register(contact=SENDER)
    assert harness.letters(harness.case(harness.mail())) == ["received"]


def test_an_unknown_enterprise_is_queued_for_an_administrator_to_find(harness):
    case = harness.case(harness.mail())
    assert case.enterprise_id is None
    assert "account.unknown" in {f.code for f in case.findings}
    assert "注册" not in harness.letter("received").rendered.text.split("重置注册密码")[0], (
        "no letter tells whether an account exists"
    )


def test_a_seal_missing_at_first_is_made_good_by_a_sealed_scan(harness):
    unsealed = documents(pages=[bare(1), bare(2)], seals=[])
    first = harness.case(harness.mail(complete_submission(documents=unsealed)))
    assert first.state is State.INCOMPLETE
    second = harness.case(
        harness.mail(
            complete_submission(message(**answer_to(harness.letter("returned"))), RequestForm())
        )
    )
    assert (second.id, second.state) == (first.id, State.QUEUED)


def test_a_damaged_file_no_longer_counts_once_a_good_one_came(harness):
    broken = documents(pages=[], parts=[], seals=[], unopened={"材料.pdf": Unopened.DAMAGED})
    first = harness.case(harness.mail(complete_submission(documents=broken)))
    assert first.state is State.INCOMPLETE
    again = complete_submission(
        message([attachment()], **answer_to(harness.letter("returned"))), RequestForm()
    )
    assert harness.case(harness.mail(again)).state is State.QUEUED


def test_a_quarantined_mail_is_shown_and_can_be_tried_again(harness):
    with harness.tx() as tx:
        mail_id = tx.mails.add(NewMail("box", 1, 7, harness.clock.now(), 3, b"bad"))
    quarantine(harness.desk, mail_id, "读取时出错：ValueError")
    with harness.tx() as tx:
        assert tx.mails.get(mail_id).disposition is Disposition.QUARANTINED
        assert [alert.kind for alert in tx.alerts.find()] == [f"mail.{mail_id}"]
    retry_mail(harness.desk, mail_id, "admin")
    with harness.tx() as tx:
        assert [m.id for m in tx.mails.newest(disposition=Disposition.RECEIVED)] == [mail_id]
        assert tx.alerts.find() == []


def test_the_contact_is_told_again_when_the_link_ran_out_before_the_case_went_on(harness):
    harness.register()
    case = harness.case(harness.mail(incomplete()))
    harness.clock.at += timedelta(days=8)
    harness.mail(complete_submission(message(**answer_to(harness.letter("returned")))))
    assert harness.letters(case) == ["returned", "contact_notice", "received", "contact_notice"]


def test_the_contact_of_an_enterprise_that_a_supplement_names_anew_is_told(harness):
    other = harness.register(name=OTHER_NAME, uscc=OTHER_USCC, contact="other@example.org")
    harness.register()
    papers = documents(parts=[id_front()], pages=[page(1)])
    first = harness.mail(
        complete_submission(request=form(enterprise_names=(OTHER_NAME,)), documents=papers)
    )
    assert harness.case(first).enterprise_id == other
    names = RequestForm((NAME,))
    harness.mail(complete_submission(message(**answer_to(harness.letter("returned"))), names))
    with harness.tx() as tx:
        told = [
            x.recipient
            for x in tx.letters.newest(case_id=first.case_id)
            if x.kind.value == "contact_notice"
        ]
    assert told == [CONTACT, "other@example.org"]


def test_a_stranger_cannot_keep_the_contact_from_hearing_by_headers_that_forbid_the_letter(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail(complete_submission(message(marks=[Mark.NOT_ADDRESSED]))))
    assert harness.letters(case) == ["contact_notice"]


def test_notices_do_not_use_up_the_answers_to_the_contacts_own_mails(harness):
    harness.register(contact=SENDER)
    for number in range(5):
        harness.mail(
            incomplete(
                sender=f"stranger{number}@example.net",
                attachments=[attachment(sha256=f"{number:064d}")],
            )
        )
    assert [x for x in harness.letters() if x == "contact_notice"] == ["contact_notice"] * 5
    harness.mail()
    assert harness.letter("received").state is LetterState.PENDING


def test_a_stranger_after_an_honest_case_is_shown_at_both_and_an_approval_of_before_is_refused(
    harness,
):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    second = harness.case(harness.mail(complete_submission(message(sender=STRANGER))))
    finding = next(f for f in harness.again(case).findings if f.code == "case.competing")
    assert (finding.where, second.number in text_of(finding), case.number in text_of(finding)) == (
        second.number,
        True,
        False,
    )
    with pytest.raises(Conflict):
        approve(harness.desk, case.id, case.version, "li")
    shown = harness.again(case).version
    harness.mail(complete_submission(message(sender="another@example.net")))
    assert harness.again(case).version == shown, (
        "once shown, further strangers do not stand in the way"
    )


def test_of_a_flood_of_strangers_each_is_shown_to_compete_and_names_a_few(harness):
    """Each named all before it, and opened them: the thousandth took a second."""
    cases = [
        harness.case(
            harness.mail(complete_submission(message(sender=f"stranger{number}@example.net")))
        )
        for number in range(13)
    ]
    found = [
        [f.where for f in harness.again(case).findings if f.code == "case.competing"]
        for case in cases
    ]
    assert [len(named) for named in found] == [1, *range(1, 10), 10, 10, 10]
    assert found[-1] == [case.number for case in cases[:10]]


def test_a_stranger_after_an_approval_is_an_alert(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    harness.mail(complete_submission(message(sender=STRANGER)))
    with harness.tx() as tx:
        assert tx.cases.get(case.id).state is State.APPROVED
        assert f"competing.{case.number}" in [alert.kind for alert in tx.alerts.find()]


def test_a_case_that_is_completed_while_set_aside_is_queued_by_its_release(harness):
    case = harness.case(harness.mail(incomplete()))
    hold(harness.desk, case.id, case.version, "li", "核实")
    still = harness.case(harness.mail(incomplete(**answer_to(harness.letter("returned")))))
    assert (
        still.complete_at,
        "document.licence.missing"
        in {f.code for f in still.findings if f.severity.value == "reject"},
    ) == (None, True)
    harness.clock.at += timedelta(minutes=5)
    held = harness.case(
        harness.mail(complete_submission(message(**answer_to(harness.letter("returned")))))
    )
    assert (held.state, held.complete_at) == (State.HELD, harness.clock.now())
    assert release(harness.desk, held.id, held.version, "li").state is State.QUEUED


@pytest.mark.parametrize("contact", [CONTACT, "legal@example.org"])
def test_letters_to_the_sender_never_answer_a_mail_of_the_contact(harness, contact):
    harness.register(contact)
    case = harness.case(harness.mail())
    said = message(
        (),
        sender=contact,
        message_id="<own@contact.example>",
        **answer_to(harness.letter("received")),
    )
    said = complete_submission(said, RequestForm(), NO_DOCUMENTS)
    assert harness.mail(said).case_id == case.id
    decline(harness.desk, case.id, harness.again(case).version, "li", "不符")
    assert harness.letter("declined").in_reply_to == "<1@example.com>"


@pytest.mark.parametrize(
    "brought",
    [
        {"attachments": [attachment("执照.jpg", AttachmentKind.IMAGE)]},
        {"attachments": [attachment("执照.docx", AttachmentKind.WORD)]},
        {"attachments": [attachment("执照.ofd", AttachmentKind.OFD)]},
        {"attachments": [], "cloud_links": ("QQ 超大附件",)},
    ],
)
def test_a_supplement_in_a_form_that_does_not_count_is_answered_and_not_kept_as_talk(
    harness, brought
):
    first = harness.mail(complete_submission(message(attachments=()), documents=NO_DOCUMENTS))
    reply = harness.mail(
        complete_submission(
            message(**answer_to(harness.letter("returned"), **brought)), RequestForm(), NO_DOCUMENTS
        )
    )
    assert (reply.disposition, reply.case_id) == (Disposition.CASE, first.case_id)
    assert harness.letters() == ["returned", "returned"]


def test_a_case_that_unclear_words_complete_is_told_so(harness):
    case = harness.case(
        harness.mail(complete_submission(request=form(reset_password=Answer.MISSING)))
    )
    assert case.state is State.INCOMPLETE
    unclear = RequestForm(reset_password=Answer.UNREAD, has_request_words=True)
    harness.mail(
        complete_submission(
            message(attachments=(), **answer_to(harness.letter("returned"))), unclear, NO_DOCUMENTS
        )
    )
    assert harness.again(case).state is State.QUEUED
    assert harness.letters(case) == ["returned", "received"]


def test_a_stranger_with_the_same_message_id_does_not_take_the_thread(harness):
    first = harness.mail(incomplete(message_id="<first@example.com>"))
    harness.mail(
        complete_submission(
            message(message_id="<first@example.com>", sender=STRANGER),
            form(enterprise_names=(OTHER_NAME,)),
        )
    )
    thanks = harness.mail(
        complete_submission(
            message(attachments=(), thread_ids=("<first@example.com>",)),
            RequestForm(),
            NO_DOCUMENTS,
        )
    )
    assert thanks.case_id == first.case_id


def test_another_handler_is_shown_also_where_the_number_could_not_be_read(harness):
    harness.mail()
    other = replace(id_front(name="赵六"), fields={"name": "赵六"})
    case = harness.case(
        harness.mail(
            complete_submission(
                message(**answer_to(harness.letter("received"))),
                documents=documents(parts=[other, licence()]),
            )
        )
    )
    assert any("经办人" in text_of(f) for f in case.findings if f.code == "case.changed")


def test_mails_that_wait_for_a_person_hide_none_that_a_letter_answers(harness):
    """Anybody may send as many as he likes under the contact's address and a number he guesses."""
    harness.register()
    case = harness.case(harness.mail())
    with harness.tx() as tx:
        for number in range(201):
            raw = b"%d" % number
            mail = NewMail("box", 2, number, harness.clock.now(), len(raw), raw)
            forged = tx.mails.get(tx.mails.add(mail))
            waits = {"disposition": Disposition.UNPROVED, "case_id": case.id}
            tx.mails.save(replace(forged, sender=case.sender, **waits))
        assert last_mail_of_sender(tx, case).disposition is Disposition.CASE


@pytest.mark.parametrize("lifted", [False, True])
def test_a_copy_of_what_a_block_put_aside_ends_as_any_mail_of_its_sender(harness, lifted):
    raw = b"the same bytes"
    first = harness.mail(raw=raw)
    with harness.tx() as tx:
        again = replace(first, disposition=Disposition.IGNORED, note=BLOCKED, case_id=None)
        tx.mails.save(again)
        now = harness.clock.now()
        if not lifted:
            until = now + timedelta(days=1)
            tx.blocked.add(BlockedSender(0, SENDER, now, until, "li", proved=True))
    copy = harness.mail(raw=raw)
    assert copy.was_blocked is not lifted
    assert (copy.disposition is Disposition.CASE) is lifted
    third = harness.mail(raw=raw)
    assert third.was_blocked is not lifted
    assert (third.disposition is Disposition.DUPLICATE) is lifted


def test_what_is_perhaps_no_request_is_answered_by_a_person_until_papers_come(harness):
    doubtful = form(perhaps=True, unbind=Answer.UNREAD, reset_password=Answer.MISSING)
    submission = complete_submission(message(attachments=()), doubtful, NO_DOCUMENTS)
    record = harness.mail(submission)
    case = harness.case(record)
    assert (case.state, case.reason, harness.letters()) == (State.HELD, DOUBT_REASON, [])
    assert not any(one.severity is Severity.REJECT for one in case.findings)
    words = Words("请补交材料")
    give(harness.desk, case.id, case.version, "li", Given.RETURN, words)
    later = replace(submission, request=replace(doubtful, reset_password=Answer.NO))
    again = harness.mail(replace(later, message=replace(later.message, subject=case.number)))
    assert again.case_id == case.id
    assert harness.case(again).state is State.INCOMPLETE, "a person found it to be a request"
    harness.mail(complete_submission(message(subject=case.number)))
    assert harness.case(again).state is State.QUEUED
    assert harness.letters() == ["returned", "returned", "received"]


@pytest.mark.parametrize("own_first", [True, False])
@pytest.mark.parametrize(
    ("mailbox", "of_own", "joins"),
    [
        (PORTAL_BOX, True, True),
        (PORTAL_BOX, False, False),
        ("support@example.org", False, True),
        ("box", False, True),
    ],
)
def test_a_session_of_the_portal_writes_to_the_cases_of_its_enterprise_alone(
    harness, own_first, mailbox, of_own, joins
):
    """An agent is the contact of several, and anybody may name its address."""
    names = {True: {}, False: {"name": OTHER_NAME, "uscc": OTHER_USCC}}
    order = (True, False) if own_first else (False, True)
    ids = {is_own: harness.register(SENDER, **names[is_own]) for is_own in order}
    case = harness.case(harness.mail())
    assert case.enterprise_id == ids[True]
    answer = message((), **answer_to(harness.letter(harness.letters(case)[0])), new_text="谢谢")
    mail_id = harness.stored(b"of the session")
    with harness.tx() as tx:
        tx.mails.set_columns(mail_id, mailbox=mailbox, uidvalidity=ids[of_own])
    receive(harness.desk, mail_id, complete_submission(answer, RequestForm(), NO_DOCUMENTS), {})
    with harness.tx() as tx:
        assert (tx.mails.get(mail_id).case_id == case.id) is joins


def test_so_many_senders_are_blocked_and_no_mail_without_one(harness):
    first, nobody = harness.mail(), harness.mail(complete_submission(message(sender="")))
    with pytest.raises(NotAllowed, match="没有可以屏蔽的发件人"):
        block(harness.desk, nobody.id, "li")
    until = harness.clock.now() + timedelta(days=30)
    with harness.tx() as tx:
        for number in range(199):
            address = f"{number}@example.net"
            tx.blocked.add(BlockedSender(0, address, harness.clock.now(), until, "li"))
    for _ in range(2):  # one that is blocked already
        block(harness.desk, first.id, "li")
    with harness.tx() as tx:
        assert (tx.blocked.of(SENDER).until, len(tx.blocked.newest())) == (until, 200)
    other = harness.mail(complete_submission(message(sender="other@example.com")))
    with pytest.raises(NotAllowed, match="最多屏蔽 200 个发件人"):
        block(harness.desk, other.id, "li")


def test_a_mail_waits_while_an_earlier_one_of_its_sender_is_read(harness):
    with harness.tx() as tx:
        first, second = (
            tx.mails.add(NewMail("box", 1, uid, harness.clock.now(), 1, b"%d" % uid, sender=SENDER))
            for uid in (71, 72)
        )
    with pytest.raises(Conflict, match="更早的邮件"):
        receive(harness.desk, second, complete_submission(), {})
    assert receive(harness.desk, first, complete_submission(), {}) is Disposition.CASE
    assert receive(harness.desk, second, complete_submission(), {}) is Disposition.CONVERSATION


def test_a_proved_automatic_mail_that_denies_about_nothing_is_ignored(harness):
    words = "我公司没有申请过解绑，请立即停止办理！"
    denial = message((), [Mark.AUTO_GENERATED], new_text=words)
    record = harness.mail(complete_submission(denial, RequestForm(), NO_DOCUMENTS))
    assert (record.disposition, record.unread) == (Disposition.IGNORED, False)


@pytest.mark.parametrize(("marks", "letters"), [((), 2), ([Mark.NOREPLY], 1)])
def test_a_mail_that_comes_again_is_answered_with_the_state_where_it_may_be(
    harness, marks, letters
):
    harness.mail()
    again = complete_submission(message(marks=marks, message_id="<2@example.com>"))
    assert harness.mail(again).disposition is Disposition.CONVERSATION
    assert harness.letters() == ["received", "progress"][:letters]


@pytest.mark.parametrize("whose", ["received", "contact_notice"])
def test_only_the_notice_that_comes_back_takes_an_approval_back(harness, whose):
    harness.desk = replace(harness.desk, settings=replace(harness.desk.settings, objection_hours=2))
    harness.register()
    case = harness.case(harness.mail())
    harness.send_letters()
    approved = approve(harness.desk, case.id, case.version, "li")
    assert approved.not_before
    letter = harness.letter(whose)
    with harness.tx() as tx:
        mark_bounced(tx, Bounce((letter.message_id,), "failed", "5.1.1", True, "地址不存在"))
    is_notice = whose == "contact_notice"
    assert harness.again(case).state is (State.QUEUED if is_notice else State.APPROVED)
    assert ("批准已收回" in harness.alerts()["letters.bounced"]) is is_notice


def test_who_hands_in_at_the_portal_is_the_contact_and_ten_a_day_are_enough(harness):
    now = harness.clock.now()
    ids = [
        harness.register(SENDER, **changes)
        for changes in ({}, {"name": OTHER_NAME, "uscc": OTHER_USCC})
    ]
    sessions = [
        EnterpriseSession(f"{one:064}", one, None, "csrf", now, now + timedelta(days=2))
        for one in ids
    ]
    with harness.tx() as tx:
        for session in sessions:
            tx.logins.insert(session)
    with pytest.raises(NotAllowed, match="联系邮箱已变更"):
        hand_in(harness.desk, sessions[0], CONTACT, b"request")
    for number in range(10):
        hand_in(harness.desk, sessions[0], SENDER, b"%d" % number)
    with pytest.raises(NotAllowed, match="已提交 10 次"):
        hand_in(harness.desk, sessions[0], SENDER, b"eleven")
    hand_in(harness.desk, sessions[1], SENDER, b"of the other")
    harness.clock.at += timedelta(days=1, seconds=1)
    hand_in(harness.desk, sessions[0], SENDER, b"eleven")
    with harness.tx() as tx:
        assert [tx.mails.last_uid(PORTAL_BOX, one) for one in ids] == [11, 1]


@pytest.mark.parametrize("automatic_first", [True, False])
def test_a_case_with_one_automatic_mail_is_answered_by_a_person(harness, automatic_first):
    marks = [[Mark.NOREPLY], []] if automatic_first else [[], [Mark.NOREPLY]]
    first = harness.mail(complete_submission(message(marks=marks[0]), documents=LACKING))
    before = harness.letters()
    second = message(marks=marks[1], message_id="<2@example.com>")
    case = harness.case(harness.mail(complete_submission(second)))
    assert (case.id, case.state, case.by_hand) == (first.case_id, State.QUEUED, True)
    assert harness.letters() == before


@pytest.mark.parametrize(("of_list", "letters"), [(0, []), (1, ["returned"])])
def test_one_mail_that_no_letter_may_answer_keeps_them_from_its_case(harness, of_list, letters):
    for number, papers in enumerate((without(PartKind.LICENCE), documents())):
        marks = [Mark.LIST] if number == of_list else []
        record = harness.mail(complete_submission(message(marks=marks), documents=papers))
    assert harness.case(record).by_hand
    assert harness.letters() == letters
