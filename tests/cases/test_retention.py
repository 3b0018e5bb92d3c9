"""Personal data goes when its time is over, on request too; numbers, dates and the audit stay."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.intake.receive import retry_mail
from core.cases.intake.unread import WROTE, raise_unread_alert
from core.cases.letters.objection import object_to
from core.cases.letters.outbox import write_letter
from core.cases.upkeep.personal_data import erase_person, find_person, purge
from core.cases.window.process import expire
from core.data.case import State
from core.data.contact import ContactChange
from core.data.documents import Documents
from core.data.letter import LetterFacts, LetterKind, LetterState
from core.data.link import LinkPurpose
from core.data.mail_record import Disposition
from core.data.submission import Answer
from core.errors import NotAllowed
from core.store.tables.case_tables import rejection_keys
from tests.validators.builders import ID_NUMBER, NAME, SENDER, complete_submission, form, message
from tests.world import CONTACT, decline

IMAGE, SHARED = "ab" * 32, "cd" * 32


def with_images(harness, mail, *hashes):
    with harness.tx() as tx:
        tx.images.save(mail.id, dict.fromkeys(hashes, b"picture"))
    return mail


def images(harness):
    with harness.tx() as tx:
        return [sha for sha in (IMAGE, SHARED) if tx.images.by_sha256(sha)]


@pytest.fixture
def declined(harness):
    """An ended case whose letters left."""
    mail = with_images(harness, harness.mail(), IMAGE, SHARED)
    case = harness.case(mail)
    decline(harness.desk, case.id, case.version, "li", "张三不是本单位人员")
    harness.all_sent()
    return harness.again(case)


def test_a_case_that_nobody_completed_keeps_its_data_for_half_a_year(harness):
    case = harness.case(harness.mail(complete_submission(request=form(unbind=Answer.MISSING))))
    harness.clock.at += timedelta(days=31)
    assert expire(harness.desk) == 1
    harness.all_sent()
    harness.clock.at += timedelta(days=179, hours=23)
    assert purge(harness.desk) == 0
    harness.clock.at += timedelta(hours=2)
    assert purge(harness.desk) == 1
    assert harness.again(case).sender == ""


def test_a_case_keeps_its_data_until_its_time_is_over_and_its_number_for_ever(harness, declined):
    before = harness.actions(declined)
    harness.clock.at += timedelta(days=364)
    assert purge(harness.desk) == 0
    harness.clock.at += timedelta(days=2)
    assert purge(harness.desk) == 1
    assert purge(harness.desk) == 0, "once is enough"
    case = harness.again(declined)
    assert (case.number, case.state, case.enterprise_name) == (
        declined.number,
        State.DECLINED,
        declined.enterprise_name,
    )
    assert (case.sender, case.reason, case.findings) == ("", "", ())
    assert harness.actions(case) == [*before, "case.purged"]
    with harness.tx() as tx:
        [mail] = tx.mails.of_case(case.id)
        assert (mail.sender, mail.subject, mail.message_id) == ("", "", "")
        assert tx.mails.reading(mail.id) is None
        with pytest.raises(LookupError):
            tx.mails.raw(mail.id)
        letters = tx.letters.newest(case_id=case.id)
        assert letters
        assert not [
            letter
            for letter in letters
            if letter.rendered.text or "@" in repr(replace(letter, message_id=""))
        ]
        assert tx.mails.known_uids("box", 1) == {mail.uid}, "it must not be taken in anew"
    assert images(harness) == []


def test_nothing_of_the_person_is_left_in_the_database_file(harness, declined):
    harness.clock.at += timedelta(days=366)
    purge(harness.desk)
    with sqlite3.connect(harness.desk.store.engine.url.database) as database:
        keys = database.execute(
            "SELECT count(*) FROM cases WHERE sender_key IS NOT NULL"
        ).fetchone()
        words = database.execute(
            "SELECT count(*) FROM mails WHERE sender_key IS NOT NULL OR message_key IS NOT NULL "
            "OR reading IS NOT NULL"
        ).fetchone()
        bodies = database.execute("SELECT count(*) FROM mail_bodies").fetchone()
    assert (keys, words, bodies) == ((0,), (0,), (0,))


def test_a_page_that_another_mail_shows_stays(harness, declined):
    with_images(
        harness, harness.mail(complete_submission(message(sender="other@example.com"))), SHARED
    )
    harness.clock.at += timedelta(days=366)
    purge(harness.desk)
    assert images(harness) == [SHARED]


def test_a_letter_that_still_waits_keeps_its_case(harness, declined):
    with harness.tx() as tx:
        tx.letters.save(replace(tx.letters.newest()[0], state=LetterState.PENDING))
    harness.clock.at += timedelta(days=366)
    assert purge(harness.desk) == 0
    assert harness.again(declined).sender == SENDER


@pytest.mark.parametrize("state", [State.INCOMPLETE, State.QUEUED, State.HELD, State.APPROVED])
def test_a_case_under_way_is_never_purged(harness, state):
    case = harness.case(harness.mail())
    with harness.tx() as tx:
        tx.cases.save(replace(case, state=state, version=case.version + 1))
    harness.all_sent()
    harness.clock.at += timedelta(days=5000)
    assert purge(harness.desk) == 0


def test_zero_days_keep_for_ever(harness, declined):
    kept = replace(harness.desk.settings.retention, declined_days=0)
    desk = replace(harness.desk, settings=replace(harness.desk.settings, retention=kept))
    harness.clock.at += timedelta(days=5000)
    assert purge(desk) == 0


def quarantined(harness):
    mail = harness.mail()
    with harness.tx() as tx:
        tx.mails.save(
            replace(tx.mails.get(mail.id), disposition=Disposition.QUARANTINED, case_id=None)
        )
    return mail


def test_mail_without_a_case_goes_too_and_is_not_retried_after(harness):
    mail = quarantined(harness)
    harness.clock.at += timedelta(days=179)
    assert purge(harness.desk) == 0
    harness.clock.at += timedelta(days=2)
    assert purge(harness.desk) == 1
    with harness.tx() as tx:
        assert tx.mails.get(mail.id).purged_at == harness.clock.at
    with pytest.raises(NotAllowed, match="已删除"):
        retry_mail(harness.desk, mail.id, "li")


def test_a_mail_that_nobody_judged_yet_stays(harness):
    mail = harness.mail()
    with harness.tx() as tx:
        tx.mails.save(
            replace(tx.mails.get(mail.id), disposition=Disposition.RECEIVED, case_id=None)
        )
    harness.clock.at += timedelta(days=5000)
    assert purge(harness.desk) == 0


def test_what_comes_to_a_purged_case_later_goes_in_its_turn(harness, declined):
    """A mailbox that was numbered anew brings every mail again;
    the contact may write to a case long over."""
    harness.clock.at += timedelta(days=366)
    purge(harness.desk)
    with harness.tx() as tx:
        first = tx.mails.of_case(declined.id)[0]
    again = harness.mail(raw=b"mail 1")
    assert (again.disposition, again.case_id, again.sha256) == (
        Disposition.DUPLICATE,
        declined.id,
        first.sha256,
    )
    harness.clock.at += timedelta(days=181)
    assert purge(harness.desk) == 1
    with harness.tx() as tx:
        assert tx.mails.get(again.id).purged_at == harness.clock.at
    assert purge(harness.desk) == 0, "once is enough"


@pytest.mark.parametrize("late", [False, True], ids=["no case", "case purged before"])
def test_letters_beside_the_cases_lose_words_and_address_too(harness, declined, late):
    harness.clock.at += timedelta(days=366)
    purge(harness.desk)
    facts = LetterFacts(enterprise_name=NAME)
    with harness.tx() as tx:
        write_letter(
            tx,
            LetterKind.LOGIN_LOCKED,
            facts,
            CONTACT,
            case=tx.cases.get(declined.id) if late else None,
        )
        tx.audit.write("desk", "login.locked")
    harness.clock.at += timedelta(days=181)
    assert purge(harness.desk) == 0, "it has not left"
    harness.all_sent()
    assert purge(harness.desk) == 1
    assert NAME not in harness.letter("login_locked").rendered.text
    assert "@" not in harness.letter("login_locked").recipient
    assert purge(harness.desk) == 0, "once is enough"


def test_nobody_is_asked_to_read_what_is_gone(harness, declined):
    harness.clock.at += timedelta(days=1)
    mail, alone = harness.mail(), quarantined(harness)
    with harness.tx() as tx:
        tx.mails.save(
            replace(
                tx.mails.get(mail.id),
                disposition=Disposition.CONVERSATION,
                case_id=declined.id,
                unread=True,
            )
        )
        raise_unread_alert(tx, WROTE, declined)
        tx.alerts.add(f"mail.{alone.id}", "邮件无法自动处理，已隔离。")
    harness.clock.at += timedelta(days=400)
    purge(harness.desk)
    with harness.tx() as tx:
        assert (tx.mails.get(mail.id).unread, [alert.kind for alert in tx.alerts.find()]) == (
            False,
            [],
        )


def refuse(harness, *names):
    with harness.tx() as tx:
        for name in names:
            tx.refused_certificates.add(f"{name:064x}", "kind.person", f"CN={name}")


def test_refused_certificates_are_bounded_in_number_and_time(harness):
    """Anybody can show any number of them; a person's lock names the person."""
    for number in range(505):
        refuse(harness, number)
        harness.clock.at += timedelta(seconds=1)
    purge(harness.desk)
    with harness.tx() as tx:
        kept = tx.refused_certificates.latest(limit=1000)
        assert (len(kept), kept[-1].subject) == (500, "CN=5"), "the newest ones"
    harness.clock.at += timedelta(days=181)
    refuse(harness, 9999)
    purge(harness.desk)
    with harness.tx() as tx:
        assert [one.subject for one in tx.refused_certificates.latest()] == ["CN=9999"]


def test_addresses_that_were_contacts_once_are_forgotten_when_nobody_can_object_any_more(harness):
    enterprise_id, now = harness.register(), harness.clock.now()
    with harness.tx() as tx:
        link = tx.links.add(LinkPurpose.CONTACT, enterprise_id, None, now + timedelta(hours=24))
        undo = tx.links.add(
            LinkPurpose.CONTACT_OBJECTION, enterprise_id, None, now + timedelta(days=7)
        )
        tx.contact_changes.insert_numbered(
            ContactChange(0, enterprise_id, "old@example.org", None, CONTACT, now, link.id, undo.id)
        )
    for days, left in ((186, 1), (2, 0)):
        harness.clock.at += timedelta(days=days)
        purge(harness.desk)
        with harness.tx() as tx:
            assert len(tx.contact_changes.of_enterprise(enterprise_id)) == left


def test_keys_of_told_rejections_are_dropped_once_they_hold_nothing_back(harness):
    with harness.tx() as tx:
        tx.letters.note_rejection("a key", harness.clock.now())
    for hours, noted in ((24, 1), (1, 0)):
        harness.clock.at += timedelta(hours=hours)
        purge(harness.desk)
        with harness.tx() as tx:
            assert tx.letters.count_rows(rejection_keys) == noted


@pytest.mark.parametrize(
    "who", [SENDER, SENDER.upper(), ID_NUMBER, f" {ID_NUMBER[:6]} {ID_NUMBER[6:]} "]
)
def test_a_person_is_found_by_address_and_number(harness, who):
    case = harness.case(harness.mail())
    harness.mail(complete_submission(message(sender="other@example.com")))
    held = find_person(harness.desk, who)
    assert case.number in {one.number for one in held.cases}
    assert {letter.case_id for letter in held.letters} == {one.id for one in held.cases}


@pytest.mark.parametrize("who", [SENDER[1:], SENDER[:-1], ID_NUMBER[:-1], ID_NUMBER[2:]])
def test_a_part_of_an_address_or_number_names_nobody(harness, who):
    harness.mail()
    assert find_person(harness.desk, who).mails == []


@pytest.mark.parametrize("words", ["{} 2020.01.01", "身份证{}，", "<{}>", "no.{}", "{}\n1"])
def test_a_number_is_found_beside_other_words_and_spaced(harness, words):
    spaced = f"{ID_NUMBER[:6]} {ID_NUMBER[6:14]} {ID_NUMBER[14:]}"
    for number in (ID_NUMBER, spaced):
        mail = harness.mail(
            complete_submission(
                message(new_text=words.format(number), sender="other@example.com"),
                documents=Documents(),
            )
        )
        assert mail.id in {one.id for one in find_person(harness.desk, ID_NUMBER).mails}


def test_a_case_whose_letter_has_not_left_is_named_and_not_erased(harness):
    case = harness.case(harness.mail())
    decline(harness.desk, case.id, case.version, "li", "不办")
    erased = erase_person(harness.desk, find_person(harness.desk, SENDER), "li")
    assert (erased.cases, erased.remaining["unsent"], harness.again(case).sender) == (
        0,
        [case.number],
        SENDER,
    )


def test_a_case_in_dispute_is_evidence_for_a_quarter(harness, declined):
    enterprise_id = harness.register()
    with harness.tx() as tx:
        case = replace(
            tx.cases.get(declined.id), state=State.COMPLETED, enterprise_id=enterprise_id
        )
        object_to(tx, case, enterprise_id, "不是我们", "registered contact")
    held = find_person(harness.desk, SENDER)
    assert (held.ended, erase_person(harness.desk, held, "li").remaining["disputed"]) == (
        [],
        [declined.number],
    )
    assert harness.again(declined).sender == SENDER
    harness.clock.at += timedelta(days=90, seconds=-1)
    assert find_person(harness.desk, SENDER).ended == []
    harness.clock.at += timedelta(seconds=1)
    assert erase_person(harness.desk, find_person(harness.desk, SENDER), "li").cases == 1


def test_a_completed_case_is_evidence_while_its_contact_may_object(harness, declined):
    enterprise_id = harness.register()
    with harness.tx() as tx:
        case = tx.cases.get(declined.id)
        tx.cases.save(
            replace(
                case,
                version=case.version + 1,
                state=State.COMPLETED,
                enterprise_id=enterprise_id,
                completed_at=harness.clock.now(),
            )
        )
        tx.audit.write("test", "case.completed")
    day = replace(harness.desk.settings.retention, completed_days=1)
    desk = replace(harness.desk, settings=replace(harness.desk.settings, retention=day))
    harness.clock.at += timedelta(days=harness.desk.settings.dispute_days) - timedelta(seconds=1)
    assert purge(desk) == 0, "whatever retention says"
    erased = erase_person(harness.desk, find_person(harness.desk, SENDER), "li")
    assert erased.remaining["disputed"] == [declined.number]
    harness.clock.at += timedelta(seconds=1)
    assert find_person(harness.desk, SENDER).disputed == []
    harness.clock.at += timedelta(days=1)
    assert erase_person(harness.desk, find_person(harness.desk, SENDER), "li").cases == 1


def test_cases_in_dispute_leave_the_others_their_turn(harness, declined, monkeypatch):
    """As many as one round takes, with the lower numbers, kept all others for ever."""
    monkeypatch.setattr("core.cases.upkeep.personal_data.AT_ONCE", 1)
    with harness.tx() as tx:
        objected = replace(declined, objected_at=harness.clock.now(), version=declined.version + 1)
        tx.cases.save(objected)
        others = [
            tx.cases.add(replace(declined, id=0, number=f"{declined.number}{n}")) for n in range(2)
        ]
        tx.audit.write("test", "case.objected")
    short = replace(harness.desk.settings.retention, declined_days=1)
    desk = replace(harness.desk, settings=replace(harness.desk.settings, retention=short))
    harness.clock.at += timedelta(days=2)
    assert [purge(desk) for _ in range(3)] == [1, 1, 0]
    assert all(harness.again(one).purged_at for one in others)
    assert harness.again(declined).sender == SENDER


def test_what_came_to_a_purged_case_is_erased_on_request(harness, declined):
    harness.clock.at += timedelta(days=366)
    purge(harness.desk)
    late = harness.mail(complete_submission(message(sender="other@example.com")))
    with harness.tx() as tx:
        tx.mails.save(
            replace(
                tx.mails.get(late.id), disposition=Disposition.CONVERSATION, case_id=declined.id
            )
        )
    assert (
        erase_person(harness.desk, find_person(harness.desk, "other@example.com"), "li").mails == 1
    )


def test_a_person_is_found_as_a_contact(harness):
    harness.register(contact="zhao@example.org")
    assert len(find_person(harness.desk, "zhao@example.org").contact_of) == 1
    assert find_person(harness.desk, "nobody@example.org").contact_of == []
    assert len(find_person(harness.desk, "张三").contact_of) == 1, "two characters are a name"


def test_a_word_that_could_be_anybody_is_refused(harness):
    with pytest.raises(NotAllowed, match="完整"):
        find_person(harness.desk, " 张 ")


def test_erasing_takes_what_ended_and_names_what_is_kept(harness, declined):
    other = quarantined(harness)
    under_way = harness.case(harness.mail())
    erased = erase_person(harness.desk, find_person(harness.desk, SENDER), "li")
    assert (erased.cases, erased.mails, erased.remaining["open"]) == (1, 1, [under_way.number])
    with harness.tx() as tx:
        assert tx.mails.get(other.id).purged_at
        [entry] = [entry for entry in tx.audit.entries() if entry.action == "person.erased"]
        assert SENDER not in str(entry.detail)
    assert harness.again(under_way).sender == SENDER
    assert find_person(harness.desk, SENDER).cases == [harness.again(under_way)]


def test_zero_days_keep_other_mail_and_what_goes_with_it(harness):
    mail = quarantined(harness)
    refuse(harness, 1)
    kept = replace(harness.desk.settings.retention, other_mail_days=0)
    desk = replace(harness.desk, settings=replace(harness.desk.settings, retention=kept))
    harness.clock.at += timedelta(days=5000)
    assert purge(desk) == 0
    with harness.tx() as tx:
        assert tx.mails.get(mail.id).purged_at is None
        assert [one.subject for one in tx.refused_certificates.latest()] == ["CN=1"]


def test_a_mail_that_could_not_be_read_is_found_by_its_sender(harness):
    mail_id = harness.stored()
    with harness.tx() as tx:
        unread = replace(tx.mails.get(mail_id), disposition=Disposition.QUARANTINED, sender=SENDER)
        tx.mails.save(unread)
        assert tx.mails.reading(mail_id) is None
    assert [one.id for one in find_person(harness.desk, SENDER).mails] == [mail_id]
    assert find_person(harness.desk, ID_NUMBER).mails == []
