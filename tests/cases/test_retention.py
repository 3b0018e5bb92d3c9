"""Personal data goes when its time is over, on request too; numbers, dates and the audit stay."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts.contact import ContactChange
from core.accounts.ports import LinkPurpose
from core.adapters.tables import page_images
from core.cases.approve import decline
from core.cases.case import State
from core.cases.letter import LetterFacts, LetterKind, LetterState
from core.cases.mail_record import Disposition
from core.cases.objection import object_to
from core.cases.outbox import write_letter
from core.cases.person import erase_person, find_person
from core.cases.process import expire
from core.cases.receive import retry_mail
from core.cases.retention import CERTIFICATES_KEPT, purge
from core.cases.submission import Answer, Documents
from core.cases.unread import WROTE, raise_unread_alert
from core.errors import NotAllowed
from tests.cases.conftest import CONTACT
from tests.validators.builders import ID_NUMBER, NAME, SENDER, complete_submission, form, message

IMAGE, SHARED = "ab" * 32, "cd" * 32


def with_images(room, mail, *hashes):
    with room.tx() as tx:
        tx.mails.save_images(mail.id, dict.fromkeys(hashes, b"picture"))
    return mail


def sent(room):
    with room.tx() as tx:
        for letter in tx.letters.find():
            tx.letters.save(replace(letter, state=LetterState.SENT, sent_at=room.clock.now()))


def images(room):
    with room.tx() as tx:
        return [sha for sha in (IMAGE, SHARED) if tx.mails.image(sha)]


@pytest.fixture
def declined(room):
    """An ended case whose letters left."""
    mail = with_images(room, room.mail(), IMAGE, SHARED)
    case = room.case(mail)
    decline(room.desk, case.id, case.version, "li", "张三不是本单位人员")
    sent(room)
    return room.again(case)


def test_a_case_that_nobody_completed_keeps_its_data_for_half_a_year(room):
    case = room.case(room.mail(complete_submission(request=form(unbind=Answer.MISSING))))
    room.clock.at += timedelta(days=31)
    assert expire(room.desk) == 1
    sent(room)
    room.clock.at += timedelta(days=179, hours=23)
    assert purge(room.desk) == 0
    room.clock.at += timedelta(hours=2)
    assert purge(room.desk) == 1
    assert room.again(case).sender == ""


def test_a_case_keeps_its_data_until_its_time_is_over_and_its_number_for_ever(room, declined):
    before = room.actions(declined)
    room.clock.at += timedelta(days=364)
    assert purge(room.desk) == 0
    room.clock.at += timedelta(days=2)
    assert purge(room.desk) == 1
    assert purge(room.desk) == 0, "once is enough"
    case = room.again(declined)
    assert (case.number, case.state, case.enterprise_name) == (declined.number, State.DECLINED, declined.enterprise_name)
    assert (case.sender, case.reason, case.findings) == ("", "", ())
    assert room.actions(case) == [*before, "case.purged"]
    with room.tx() as tx:
        [mail] = tx.mails.find(case_id=case.id)
        assert (mail.sender, mail.subject, mail.message_id) == ("", "", "")
        assert tx.mails.reading(mail.id) is None
        with pytest.raises(LookupError):
            tx.mails.raw(mail.id)
        letters = tx.letters.find(case_id=case.id)
        assert letters
        assert not [letter for letter in letters if letter.rendered.text or "@" in repr(replace(letter, message_id=""))]
        assert tx.mails.known_uids("box", 1) == {mail.uid}, "it must not be taken in anew"
    assert images(room) == []


def test_nothing_of_the_person_is_left_in_the_database_file(room, declined):
    room.clock.at += timedelta(days=366)
    purge(room.desk)
    with sqlite3.connect(room.desk.store.engine.url.database) as database:
        keys = database.execute("SELECT count(*) FROM cases WHERE sender_key IS NOT NULL").fetchone()
        words = database.execute("SELECT count(*) FROM mails WHERE sender_key IS NOT NULL OR message_key IS NOT NULL OR reading IS NOT NULL").fetchone()
        bodies = database.execute("SELECT count(*) FROM mail_bodies").fetchone()
    assert (keys, words, bodies) == ((0,), (0,), (0,))


def test_a_page_that_another_mail_shows_stays(room, declined):
    with_images(room, room.mail(complete_submission(message(sender="other@example.com"))), SHARED)
    room.clock.at += timedelta(days=366)
    purge(room.desk)
    assert images(room) == [SHARED]


def shown(room, mail, *hashes):
    """The mail's reading shows these pictures, and no row tells so: as the program before wrote it."""
    with room.tx() as tx:
        reading = tx.mails.reading(mail.id)
        pages = [replace(page, image_sha256=sha) for page, sha in zip(reading.documents.pages, hashes, strict=False)]
        tx.mails.save(tx.mails.get(mail.id), replace(reading, documents=replace(reading.documents, pages=tuple(pages))))
        tx.connection.execute(page_images.delete())
        for sha in hashes:
            tx.mails._add_image(sha, b"picture")


def test_pictures_of_readings_from_before_the_rule_go_too_once_noted(room, declined):
    shown(room, room.mail(complete_submission(message(sender="other@example.com"))), SHARED)
    with room.tx() as tx:
        [mail] = tx.mails.find(case_id=declined.id)
    shown(room, mail, IMAGE, SHARED)
    for _ in range(2):
        room.desk.store.note_page_images()
    room.clock.at += timedelta(days=366)
    assert purge(room.desk) == 1
    assert images(room) == [SHARED]


def test_a_letter_that_still_waits_keeps_its_case(room, declined):
    with room.tx() as tx:
        tx.letters.save(replace(tx.letters.find()[0], state=LetterState.PENDING))
    room.clock.at += timedelta(days=366)
    assert purge(room.desk) == 0
    assert room.again(declined).sender == SENDER


@pytest.mark.parametrize("state", [State.INCOMPLETE, State.QUEUED, State.HELD, State.APPROVED])
def test_a_case_under_way_is_never_purged(room, state):
    case = room.case(room.mail())
    with room.tx() as tx:
        tx.cases.save(replace(case, state=state, version=case.version + 1))
    sent(room)
    room.clock.at += timedelta(days=5000)
    assert purge(room.desk) == 0


def test_zero_days_keep_for_ever(room, declined):
    kept = replace(room.desk.settings.retention, declined_days=0)
    desk = replace(room.desk, settings=replace(room.desk.settings, retention=kept))
    room.clock.at += timedelta(days=5000)
    assert purge(desk) == 0


def quarantined(room):
    mail = room.mail()
    with room.tx() as tx:
        tx.mails.save(replace(tx.mails.get(mail.id), disposition=Disposition.QUARANTINED, case_id=None))
    return mail


def test_mail_without_a_case_goes_too_and_is_not_retried_after(room):
    mail = quarantined(room)
    room.clock.at += timedelta(days=181)
    assert purge(room.desk) == 1
    with room.tx() as tx:
        assert tx.mails.get(mail.id).purged_at == room.clock.at
    with pytest.raises(NotAllowed, match="已删除"):
        retry_mail(room.desk, mail.id, "li")


def test_a_mail_that_nobody_judged_yet_stays(room):
    mail = room.mail()
    with room.tx() as tx:
        tx.mails.save(replace(tx.mails.get(mail.id), disposition=Disposition.RECEIVED, case_id=None))
    room.clock.at += timedelta(days=5000)
    assert purge(room.desk) == 0


def test_what_comes_to_a_purged_case_later_goes_in_its_turn(room, declined):
    """A mailbox that was numbered anew brings every mail again; the contact may write to a case long over."""
    room.clock.at += timedelta(days=366)
    purge(room.desk)
    with room.tx() as tx:
        first = tx.mails.find(case_id=declined.id)[0]
    again = room.mail(raw=b"mail 1")
    assert (again.disposition, again.case_id, again.sha256) == (Disposition.DUPLICATE, declined.id, first.sha256)
    room.clock.at += timedelta(days=181)
    assert purge(room.desk) == 1
    with room.tx() as tx:
        assert tx.mails.get(again.id).purged_at == room.clock.at
    assert purge(room.desk) == 0, "once is enough"


@pytest.mark.parametrize("late", [False, True], ids=["no case", "case purged before"])
def test_letters_beside_the_cases_lose_words_and_address_too(room, declined, late):
    room.clock.at += timedelta(days=366)
    purge(room.desk)
    facts = LetterFacts(enterprise_name=NAME)
    with room.tx() as tx:
        write_letter(tx, room.desk, LetterKind.LOGIN_LOCKED, facts, CONTACT, room.clock.now(), case=tx.cases.get(declined.id) if late else None)
        tx.audit.write(room.clock.now(), "desk", "login.locked")
    room.clock.at += timedelta(days=181)
    assert purge(room.desk) == 0, "it has not left"
    sent(room)
    assert purge(room.desk) == 1
    assert NAME not in room.letter("login_locked").rendered.text
    assert "@" not in room.letter("login_locked").recipient
    assert purge(room.desk) == 0, "once is enough"



def test_nobody_is_asked_to_read_what_is_gone(room, declined):
    room.clock.at += timedelta(days=1)
    mail, alone = room.mail(), quarantined(room)
    with room.tx() as tx:
        tx.mails.save(replace(tx.mails.get(mail.id), disposition=Disposition.CONVERSATION, case_id=declined.id, unread=True))
        raise_unread_alert(tx, WROTE, declined, room.clock.now())
        tx.alerts.add(room.clock.now(), f"mail.{alone.id}", "邮件无法自动处理，已隔离。")
    room.clock.at += timedelta(days=400)
    purge(room.desk)
    with room.tx() as tx:
        assert (tx.mails.get(mail.id).unread, [alert.kind for alert in tx.alerts.find()]) == (False, [])


def refuse(room, *names):
    with room.tx() as tx:
        for name in names:
            tx.refused_certificates.add(room.clock.now(), f"{name:064x}", "kind.person", f"CN={name}")


def test_refused_certificates_are_bounded_in_number_and_time(room):
    """Anybody can show any number of them; a person's lock names the person."""
    for number in range(CERTIFICATES_KEPT + 5):
        refuse(room, number)
        room.clock.at += timedelta(seconds=1)
    purge(room.desk)
    with room.tx() as tx:
        kept = tx.refused_certificates.newest(limit=2 * CERTIFICATES_KEPT)
        assert (len(kept), kept[-1].subject) == (CERTIFICATES_KEPT, "CN=5"), "the newest ones"
    room.clock.at += timedelta(days=181)
    refuse(room, 9999)
    purge(room.desk)
    with room.tx() as tx:
        assert [one.subject for one in tx.refused_certificates.newest()] == ["CN=9999"]


def test_addresses_that_were_contacts_once_are_forgotten_when_nobody_can_object_any_more(room):
    enterprise_id, now = room.register(), room.clock.now()
    with room.tx() as tx:
        link = tx.links.add(LinkPurpose.CONTACT, enterprise_id, None, now, now + timedelta(hours=24))
        undo = tx.links.add(LinkPurpose.CONTACT_OBJECTION, enterprise_id, None, now, now + timedelta(days=7))
        tx.contact_changes.add(ContactChange(0, enterprise_id, "old@example.org", None, CONTACT, now, link.id, undo.id))
    for days, left in ((186, 1), (2, 0)):
        room.clock.at += timedelta(days=days)
        purge(room.desk)
        with room.tx() as tx:
            assert len(tx.contact_changes.of_enterprise(enterprise_id)) == left


def test_keys_of_told_rejections_are_dropped_once_they_hold_nothing_back(room):
    with room.tx() as tx:
        tx.letters.add_rejection_key("a key", room.clock.now())
    for hours, left in ((24, True), (1, False)):
        room.clock.at += timedelta(hours=hours)
        purge(room.desk)
        with room.tx() as tx:
            assert tx.letters.rejection_key_seen("a key", room.clock.now() - timedelta(days=100)) is left


@pytest.mark.parametrize("who", [SENDER, SENDER.upper(), ID_NUMBER, f" {ID_NUMBER[:6]} {ID_NUMBER[6:]} "])
def test_a_person_is_found_by_address_and_number(room, who):
    case = room.case(room.mail())
    room.mail(complete_submission(message(sender="other@example.com")))
    held = find_person(room.desk, who)
    assert case.number in {one.number for one in held.cases}
    assert {letter.case_id for letter in held.letters} == {one.id for one in held.cases}


@pytest.mark.parametrize("who", [SENDER[1:], SENDER[:-1], ID_NUMBER[:-1], ID_NUMBER[2:]])
def test_a_part_of_an_address_or_number_names_nobody(room, who):
    room.mail()
    assert find_person(room.desk, who).mails == []


@pytest.mark.parametrize("words", ["{} 2020.01.01", "身份证{}，", "<{}>", "no.{}", "{}\n1"])
def test_a_number_is_found_beside_other_words_and_spaced(room, words):
    spaced = f"{ID_NUMBER[:6]} {ID_NUMBER[6:14]} {ID_NUMBER[14:]}"
    for number in (ID_NUMBER, spaced):
        mail = room.mail(complete_submission(message(new_text=words.format(number), sender="other@example.com"), documents=Documents()))
        assert mail.id in {one.id for one in find_person(room.desk, ID_NUMBER).mails}


def test_a_case_whose_letter_has_not_left_is_named_and_not_erased(room):
    case = room.case(room.mail())
    decline(room.desk, case.id, case.version, "li", "不办")
    erased = erase_person(room.desk, find_person(room.desk, SENDER), "li")
    assert (erased.cases, erased.unsent, room.again(case).sender) == (0, (case.number,), SENDER)


def test_a_case_in_dispute_is_evidence_until_its_account_is_unfrozen(room, declined):
    enterprise_id = room.register()
    with room.tx() as tx:
        case = replace(tx.cases.get(declined.id), state=State.COMPLETED, enterprise_id=enterprise_id)
        object_to(tx, case, enterprise_id, "不是我们", "registered contact", room.clock.now())
    held = find_person(room.desk, SENDER)
    assert (held.ended, erase_person(room.desk, held, "li").disputed) == ([], (declined.number,))
    assert room.again(declined).sender == SENDER
    with room.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise_id), frozen_at=None))
    assert erase_person(room.desk, find_person(room.desk, SENDER), "li").cases == 1


def test_a_completed_case_is_evidence_while_its_contact_may_object(room, declined):
    enterprise_id = room.register()
    with room.tx() as tx:
        case = tx.cases.get(declined.id)
        tx.cases.save(replace(case, version=case.version + 1, state=State.COMPLETED, enterprise_id=enterprise_id, completed_at=room.clock.now()))
        tx.audit.write(room.clock.now(), "test", "case.completed")
    room.clock.at += timedelta(days=room.desk.settings.objection_days) - timedelta(seconds=1)
    assert erase_person(room.desk, find_person(room.desk, SENDER), "li").disputed == (declined.number,)
    room.clock.at += timedelta(seconds=1)
    assert erase_person(room.desk, find_person(room.desk, SENDER), "li").cases == 1


def test_what_came_to_a_purged_case_is_erased_on_request(room, declined):
    room.clock.at += timedelta(days=366)
    purge(room.desk)
    late = room.mail(complete_submission(message(sender="other@example.com")))
    with room.tx() as tx:
        tx.mails.save(replace(tx.mails.get(late.id), disposition=Disposition.CONVERSATION, case_id=declined.id))
    assert erase_person(room.desk, find_person(room.desk, "other@example.com"), "li").mails == 1


def test_a_person_is_found_as_a_contact(room):
    room.register(contact="zhao@example.org")
    assert len(find_person(room.desk, "zhao@example.org").contact_of) == 1
    assert find_person(room.desk, "nobody@example.org").contact_of == []


def test_a_word_that_could_be_anybody_is_refused(room):
    with pytest.raises(NotAllowed, match="完整"):
        find_person(room.desk, " 张 ")


def test_erasing_takes_what_ended_and_names_what_is_kept(room, declined):
    other = quarantined(room)
    under_way = room.case(room.mail())
    erased = erase_person(room.desk, find_person(room.desk, SENDER), "li")
    assert (erased.cases, erased.mails, erased.open_cases) == (1, 1, (under_way.number,))
    with room.tx() as tx:
        assert tx.mails.get(other.id).purged_at
        [entry] = [entry for entry in tx.audit.entries() if entry.action == "person.erased"]
        assert SENDER not in str(entry.detail)
    assert room.again(under_way).sender == SENDER
    assert find_person(room.desk, SENDER).cases == [room.again(under_way)]
