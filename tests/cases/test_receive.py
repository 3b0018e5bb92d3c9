"""What becomes of a mail: a case, more of a case, talk, or something kept for people (RULES.md sections 3 and 6)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.cases.approve import approve, decline, hold, release
from core.cases.case import State
from core.cases.finding_words import text_of
from core.cases.letter import LetterState
from core.cases.letter_limits import admit_waiting
from core.cases.mail_record import Disposition, NewMail
from core.cases.receive import known_twin, quarantine, receive, receive_duplicate, retry_mail
from core.cases.submission import Answer, AttachmentKind, Mark, PartKind, RequestForm, Unopened
from core.check_digits import id_check_digit
from core.errors import Conflict
from tests.cases.conftest import CONTACT
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


def test_a_complete_request_is_queued_for_todays_window_and_told(room):
    room.register(contact=SENDER)
    case = room.case(room.mail())
    assert (case.state, case.window_date, case.enterprise_name) == (State.QUEUED, date(2026, 11, 25), NAME)
    assert len(case.binding_ids) == 2, "approval lists all of the enterprise's bindings"
    assert room.letters(case) == ["received"]
    text = room.letter("received").rendered.text
    assert case.number in text
    assert "2026年11月25日（星期三）11:00—11:30" in text
    assert room.actions(case) == ["case.opened", "case.queued", "letter.queued"]


def test_one_that_arrives_at_half_past_eleven_waits_for_the_next_workday(room):
    room.clock.at += timedelta(hours=1, minutes=30)
    assert room.case(room.mail()).window_date == date(2026, 11, 26)


def test_an_incomplete_request_gets_one_letter_with_every_reason_and_what_is_fine(room):
    silent = replace(form(), unbind=Answer.MISSING)
    case = room.case(room.mail(complete_submission(request=silent, documents=without(PartKind.LICENCE))))
    assert case.state is State.INCOMPLETE
    assert case.window_date is None
    assert room.letters(case) == ["returned"]
    text = room.letter("returned").rendered.text
    assert "解绑" in text
    assert "营业执照" in text
    assert "经办人身份证人像面" in text.split("已符合要求")[1]
    assert "2026年12月25日前" in text


def test_the_missing_page_in_a_reply_completes_the_case_for_the_window_of_the_reply(room):
    first = room.mail(incomplete())
    room.clock.at += timedelta(days=1)
    reply = complete_submission(
        message(**answer_to(room.letter("returned"), message_id="<r@example.com>")), RequestForm(), documents(pages=[page(1)], parts=[licence(1)])
    )
    second = room.mail(reply)
    case = room.case(second)
    assert second.case_id == first.case_id
    assert (case.state, case.window_date) == (State.QUEUED, date(2026, 11, 26))
    assert room.letters(case) == ["returned", "received"]


def test_a_new_mail_of_the_same_sender_for_the_same_enterprise_continues_its_open_case(room):
    first = room.mail(incomplete())
    second = room.mail()
    assert second.case_id == first.case_id
    assert room.case(second).state is State.QUEUED


def test_a_stranger_in_the_thread_opens_a_case_of_their_own_and_both_are_shown_as_competing(room):
    first = room.mail(incomplete())
    stranger = room.mail(complete_submission(message(**answer_to(room.letter("returned"), sender=STRANGER))))
    assert stranger.case_id != first.case_id
    assert "case.competing" in {f.code for f in room.case(stranger).findings}
    assert room.case(first).state is State.INCOMPLETE, "the stranger's papers do not complete it"


def test_the_registered_contact_may_supplement_a_case_that_another_address_began(room):
    room.register()
    first = room.mail(incomplete())
    second = room.mail(complete_submission(message(**answer_to(room.letter("returned"), sender=CONTACT))))
    assert second.case_id == first.case_id


def test_the_same_bytes_twice_are_one_case_and_one_letter(room):
    first = room.mail(raw=b"the same")
    with room.tx() as tx:
        mail_id = tx.mails.add(NewMail("box", 1, 99, room.clock.now(), 8, b"the same"))
        record, twins = tx.mails.with_twins(mail_id)
        twin = known_twin(twins)
    receive_duplicate(room.desk, record, twin)
    with room.tx() as tx:
        assert tx.mails.get(mail_id).disposition is Disposition.DUPLICATE
        assert tx.mails.get(mail_id).case_id == first.case_id
    assert room.letters() == ["received"]


def test_a_mail_that_was_taken_in_keeps_its_disposition_when_it_is_taken_in_again(room):
    record = room.mail()
    assert receive(room.desk, record.id, complete_submission(), {}) is Disposition.CASE
    assert room.letters() == ["received"]


def test_the_same_rejection_is_told_once_in_a_day(room):
    room.mail(incomplete())
    room.clock.at += timedelta(hours=1)
    room.mail(incomplete(message_id="<again@example.com>"))
    assert room.letters() == ["returned"]
    room.clock.at += timedelta(hours=24)
    room.mail(incomplete(message_id="<later@example.com>"))
    assert room.letters() == ["returned", "returned"]


def test_a_sixth_letter_to_one_sender_in_a_day_waits_with_an_alert_and_leaves_by_itself(room):
    for number in range(6):
        name = f"北京第{number}测试有限公司"
        papers = message([attachment(sha256=f"{number:064d}")])
        room.mail(complete_submission(papers, form(enterprise_names=(name,)), documents(parts=[id_front()])))
        room.clock.at += timedelta(minutes=1)
    with room.tx() as tx:
        states = [letter.state for letter in reversed(tx.letters.find())]
        assert [alert.kind for alert in tx.alerts.find()] == ["letters.limit"]
    assert states == [LetterState.PENDING] * 5 + [LetterState.WAITING]
    room.clock.at += timedelta(days=1)
    admit_waiting(room.desk)
    with room.tx() as tx:
        assert {letter.state for letter in tx.letters.find()} == {LetterState.PENDING}
        assert tx.alerts.find() == []


def test_headers_that_forbid_the_letter_do_not_forbid_the_work(room):
    case = room.case(room.mail(complete_submission(message(marks=[Mark.NOT_ADDRESSED]))))
    assert case.state is State.QUEUED
    assert case.by_hand
    assert room.letters(case) == []


def test_an_automatic_answer_opens_nothing_and_is_kept(room):
    record = room.mail(complete_submission(message(attachments=(), marks=[Mark.AUTO_REPLIED]), RequestForm(), NO_DOCUMENTS))
    assert (record.disposition, record.case_id) == (Disposition.IGNORED, None)
    assert room.letters() == []


def test_mail_without_request_or_papers_is_kept_for_people(room):
    record = room.mail(complete_submission(message(attachments=(), subject="开标时间"), RequestForm(), NO_DOCUMENTS))
    assert (record.disposition, record.case_id) == (Disposition.OTHER, None)
    assert room.letters() == []


def test_a_supplement_returns_an_approved_case_to_the_queue(room):
    room.register(contact=SENDER)
    case = room.case(room.mail())
    approve(room.desk, case.id, case.version, "admin")
    again = room.case(room.mail(complete_submission(message(**answer_to(room.letter("received"))))))
    assert (again.id, again.state, again.approved_by) == (case.id, State.QUEUED, "")
    assert room.letters(case) == ["received", "supplement_received"]


def test_a_supplement_that_changes_name_request_or_handler_is_shown(room):
    room.mail()
    other_id = "11999919900202001" + id_check_digit("11999919900202001")
    changed = complete_submission(
        message(**answer_to(room.letter("received"))),
        form(enterprise_names=(OTHER_NAME,), unbind=Answer.NO, reset_password=Answer.YES),
        documents(parts=[id_front(name="赵六", id_number=other_id), licence()]),
    )
    finding = next(f for f in room.case(room.mail(changed)).findings if f.code == "case.changed")
    assert finding.severity.value == "review"
    assert text_of(finding).startswith("补件改变了：企业名称、是否解绑、是否需要重置注册密码、经办人，")


def test_a_later_mail_never_returns_a_complete_case(room):
    room.mail()
    nothing = complete_submission(message(**answer_to(room.letter("received"))), form(unbind=Answer.NO, reset_password=Answer.NO))
    case = room.case(room.mail(nothing))
    assert case.state is State.QUEUED
    assert all(f.severity.value != "reject" for f in case.findings)
    assert "request.nothing_requested" in {f.code for f in case.findings}


def test_the_registered_contact_is_told_once_of_a_case_another_address_sent(room):
    room.register()
    case = room.case(room.mail(incomplete()))
    room.mail(complete_submission(message(**answer_to(room.letter("returned")))))
    assert room.letters(case) == ["returned", "contact_notice", "received"]
    notice = room.letter("contact_notice")
    assert notice.recipient == CONTACT
    assert SENDER not in notice.rendered.text
    assert "[[link]]" in notice.rendered.text, "the token is put in only at delivery"


def test_the_contacts_own_mail_needs_no_notice(room):
    room.register(contact=SENDER)
    assert room.letters(room.case(room.mail())) == ["received"]


def test_an_unknown_enterprise_is_queued_for_an_administrator_to_find(room):
    case = room.case(room.mail())
    assert case.enterprise_id is None
    assert "account.unknown" in {f.code for f in case.findings}
    assert "注册" not in room.letter("received").rendered.text.split("重置注册密码")[0], "no letter tells whether an account exists"


def test_a_seal_missing_at_first_is_made_good_by_a_sealed_scan(room):
    unsealed = documents(pages=[bare(1), bare(2)], seals=[])
    first = room.case(room.mail(complete_submission(documents=unsealed)))
    assert first.state is State.INCOMPLETE
    second = room.case(room.mail(complete_submission(message(**answer_to(room.letter("returned"))), RequestForm())))
    assert (second.id, second.state) == (first.id, State.QUEUED)


def test_a_damaged_file_no_longer_counts_once_a_good_one_came(room):
    broken = documents(pages=[], parts=[], seals=[], unopened={"材料.pdf": Unopened.DAMAGED})
    first = room.case(room.mail(complete_submission(documents=broken)))
    assert first.state is State.INCOMPLETE
    again = complete_submission(message([attachment()], **answer_to(room.letter("returned"))), RequestForm())
    assert room.case(room.mail(again)).state is State.QUEUED


def test_a_quarantined_mail_is_shown_and_can_be_tried_again(room):
    with room.tx() as tx:
        mail_id = tx.mails.add(NewMail("box", 1, 7, room.clock.now(), 3, b"bad"))
    quarantine(room.desk, mail_id, "读取时出错：ValueError")
    with room.tx() as tx:
        assert tx.mails.get(mail_id).disposition is Disposition.QUARANTINED
        assert [alert.kind for alert in tx.alerts.find()] == [f"mail.{mail_id}"]
    retry_mail(room.desk, mail_id, "admin")
    with room.tx() as tx:
        assert [m.id for m in tx.mails.waiting(5)] == [mail_id]
        assert tx.alerts.find() == []


def test_the_contact_is_told_again_when_the_link_ran_out_before_the_case_went_on(room):
    room.register()
    case = room.case(room.mail(incomplete()))
    room.clock.at += timedelta(days=8)
    room.mail(complete_submission(message(**answer_to(room.letter("returned")))))
    assert room.letters(case) == ["returned", "contact_notice", "received", "contact_notice"]


def test_the_contact_of_an_enterprise_that_a_supplement_names_anew_is_told(room):
    other = room.register(name=OTHER_NAME, uscc=OTHER_USCC, contact="other@example.org")
    room.register()
    papers = documents(parts=[id_front()], pages=[page(1)])
    first = room.mail(complete_submission(request=form(enterprise_names=(OTHER_NAME,)), documents=papers))
    assert room.case(first).enterprise_id == other
    room.mail(complete_submission(message(**answer_to(room.letter("returned")))))
    with room.tx() as tx:
        told = [x.recipient for x in tx.letters.find(case_id=first.case_id) if x.kind.value == "contact_notice"]
    assert told == [CONTACT, "other@example.org"]


def test_a_stranger_cannot_keep_the_contact_from_hearing_by_headers_that_forbid_the_letter(room):
    room.register(contact=SENDER)
    case = room.case(room.mail(complete_submission(message(marks=[Mark.NOT_ADDRESSED]))))
    assert room.letters(case) == ["contact_notice"]


def test_notices_do_not_use_up_the_answers_to_the_contacts_own_mails(room):
    room.register(contact=SENDER)
    for number in range(5):
        room.mail(incomplete(sender=f"stranger{number}@example.net", attachments=[attachment(sha256=f"{number:064d}")]))
    assert [x for x in room.letters() if x == "contact_notice"] == ["contact_notice"] * 5
    room.mail()
    assert room.letter("received").state is LetterState.PENDING


def test_a_stranger_after_an_honest_case_is_shown_at_both_and_an_approval_of_before_is_refused(room):
    room.register(contact=SENDER)
    case = room.case(room.mail())
    second = room.case(room.mail(complete_submission(message(sender=STRANGER))))
    finding = next(f for f in room.again(case).findings if f.code == "case.competing")
    assert (finding.where, second.number in text_of(finding), case.number in text_of(finding)) == (second.number, True, False)
    with pytest.raises(Conflict):
        approve(room.desk, case.id, case.version, "li")
    shown = room.again(case).version
    room.mail(complete_submission(message(sender="another@example.net")))
    assert room.again(case).version == shown, "once shown, further strangers do not stand in the way"


def test_a_stranger_after_an_approval_is_an_alert(room):
    room.register(contact=SENDER)
    case = room.case(room.mail())
    approve(room.desk, case.id, case.version, "li")
    room.mail(complete_submission(message(sender=STRANGER)))
    with room.tx() as tx:
        assert tx.cases.get(case.id).state is State.APPROVED
        assert f"competing.{case.number}" in [alert.kind for alert in tx.alerts.find()]


def test_a_case_that_is_completed_while_set_aside_is_queued_by_its_release(room):
    case = room.case(room.mail(incomplete()))
    hold(room.desk, case.id, case.version, "li", "核实")
    still = room.case(room.mail(incomplete(**answer_to(room.letter("returned")))))
    assert (still.complete_at, "document.licence.missing" in {f.code for f in still.findings if f.severity.value == "reject"}) == (None, True)
    room.clock.at += timedelta(minutes=5)
    held = room.case(room.mail(complete_submission(message(**answer_to(room.letter("returned"))))))
    assert (held.state, held.complete_at) == (State.HELD, room.clock.now())
    assert release(room.desk, held.id, held.version, "li").state is State.QUEUED


def test_letters_to_the_sender_never_answer_a_mail_of_the_contact(room):
    room.register()
    case = room.case(room.mail())
    room.mail(complete_submission(message(sender=CONTACT, message_id="<own@contact.example>", **answer_to(room.letter("received")))))
    decline(room.desk, case.id, room.again(case).version, "li", "不符")
    assert room.letter("declined").in_reply_to == "<1@example.com>"


@pytest.mark.parametrize(
    "brought",
    [
        {"attachments": [attachment("执照.jpg", AttachmentKind.IMAGE)]},
        {"attachments": [attachment("执照.docx", AttachmentKind.WORD)]},
        {"attachments": [attachment("执照.ofd", AttachmentKind.OFD)]},
        {"attachments": [], "cloud_links": ("QQ 超大附件",)},
    ],
)
def test_a_supplement_in_a_form_that_does_not_count_is_answered_and_not_kept_as_talk(room, brought):
    first = room.mail(complete_submission(message(attachments=()), documents=NO_DOCUMENTS))
    reply = room.mail(complete_submission(message(**answer_to(room.letter("returned"), **brought)), RequestForm(), NO_DOCUMENTS))
    assert (reply.disposition, reply.case_id) == (Disposition.CASE, first.case_id)
    assert room.letters() == ["returned", "returned"]


def test_a_case_that_unclear_words_complete_is_told_so(room):
    case = room.case(room.mail(complete_submission(request=form(reset_password=Answer.MISSING))))
    assert case.state is State.INCOMPLETE
    unclear = RequestForm(reset_password=Answer.UNREAD, has_request_words=True)
    room.mail(complete_submission(message(attachments=(), **answer_to(room.letter("returned"))), unclear, NO_DOCUMENTS))
    assert room.again(case).state is State.QUEUED
    assert room.letters(case) == ["returned", "received"]


def test_a_stranger_with_the_same_message_id_does_not_take_the_thread(room):
    first = room.mail(incomplete(message_id="<first@example.com>"))
    room.mail(complete_submission(message(message_id="<first@example.com>", sender=STRANGER), form(enterprise_names=(OTHER_NAME,))))
    thanks = room.mail(complete_submission(message(attachments=(), thread_ids=("<first@example.com>",)), RequestForm(), NO_DOCUMENTS))
    assert thanks.case_id == first.case_id


def test_of_a_flood_the_newest_mails_are_read_as_one_and_that_is_said(room, monkeypatch):
    monkeypatch.setattr("core.cases.request_case.MOST_MERGED", 3)
    case = room.case(room.mail())
    for number in range(3):
        room.clock.at += timedelta(minutes=1)
        room.mail(complete_submission(message([attachment(f"{number}.pdf")])))
    assert any("来信过多，只合并阅读了最近 3 封" in text_of(f) for f in room.again(case).findings)
    with room.tx() as tx:
        assert [m.arrived for m in tx.mails.find(case_id=case.id, limit=2)] == [room.clock.now() - timedelta(minutes=1), room.clock.now()]


def test_another_handler_is_shown_also_where_the_number_could_not_be_read(room):
    room.mail()
    other = replace(id_front(name="赵六"), fields={"name": "赵六"})
    case = room.case(room.mail(complete_submission(message(**answer_to(room.letter("received"))), documents=documents(parts=[other, licence()]))))
    assert any("经办人" in text_of(f) for f in case.findings if f.code == "case.changed")


def test_two_mails_of_the_same_bytes_that_are_read_at_the_same_time_are_one(room):
    """Neither had its disposition when its reading began: two workers, or one that was interrupted."""
    raw, submission = b"the same bytes", complete_submission()
    with room.tx() as tx:
        first, second = (tx.mails.add(NewMail("box", 1, uid, room.clock.now(), len(raw), raw)) for uid in (71, 72))
    assert receive(room.desk, second, submission, {}) is Disposition.CASE
    assert receive(room.desk, first, submission, {}) is Disposition.DUPLICATE
    assert room.letters() == ["received"]


def test_a_mail_that_another_worker_read_is_neither_set_aside_nor_taken_for_a_duplicate(room):
    record = room.mail()
    quarantine(room.desk, record.id, "读取时出错")
    receive_duplicate(room.desk, record, record)
    with room.tx() as tx:
        assert tx.mails.get(record.id) == record
        assert tx.alerts.find() == []
