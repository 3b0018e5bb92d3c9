"""The search of everything: each thing by each of its words, and nothing that is hidden."""

from dataclasses import replace

import pytest

from core.cases.decision import reply
from core.cases.upkeep.personal_data import purge_mails
from core.data.documents import Documents
from core.data.submission import Attachment, AttachmentKind, RequestForm
from tests.drawing.people import invent_enterprise, invent_person
from tests.web.harness import request

NUMBER = "510199199001011234"


@pytest.fixture
def talk(harness):
    """A mail of no case, with an ID number in it and a file."""
    submission, _ = request(7, harness.clock.now(), subject="咨询 驱动 程序", text="")
    file = Attachment("报价单 2026.xlsx", AttachmentKind.OTHER, 10, "0" * 64)
    return harness.arrives(
        replace(
            submission,
            message=replace(
                submission.message,
                new_text=f"电脑不认锁，\n请回电 ０２８-8765 4321。证件 {NUMBER[:6]} {NUMBER[6:]}",
                attachments=(file,),
            ),
            request=RequestForm(),
            documents=Documents(),
        )
    )


def found(admin, words):
    return admin.get("/find", params={"words": words}).text


@pytest.mark.parametrize(
    "words",
    ["驱动程序", "咨询 不认锁", "028-87654321", "HANDLER7@example", "报价单2026", "不认锁，请回电"],
)
def test_a_mail_is_found_by_subject_text_file_and_sender(admin, talk, words):
    assert f'href="/mails/{talk.id}"' in found(admin, words)


@pytest.mark.parametrize("words", [NUMBER, NUMBER[:8], NUMBER[6:], NUMBER[6:12], "9900101"])
def test_no_search_discloses_an_id_number(admin, talk, words):
    assert f"/mails/{talk.id}" not in found(admin, words)


def test_what_was_removed_is_found_no_more(harness, admin, talk):
    assert f"/mails/{talk.id}" in found(admin, "驱动")
    with harness.tx() as tx:
        purge_mails(tx, [tx.mails.get(talk.id)], "wang")
    assert f"/mails/{talk.id}" not in found(admin, "驱动")
    assert "驱动" not in str(vars(harness.app.state.site.index))


def test_letters_are_found_by_address_and_answers_by_their_words(harness, admin, queued, talk):
    answer = reply.send(harness.desk, talk.id, "wang", "请安装新版驱动助手", "a" * 32)
    assert "回执" in found(admin, "handler1@example.com").partition("<main")[2]
    page = found(admin, "新版驱动助手")
    with harness.tx() as tx:
        assert tx.letters.by_id(answer).rendered.subject in page
    assert "没有找到" in found(admin, "旧版驱动助手")


def test_an_enterprise_is_found_by_each_of_its_data(harness, admin, queued):
    with harness.tx() as tx:
        one = tx.accounts.get(queued.enterprise_id)
        tx.accounts.save(replace(one, contact_phone="028-8765 0001", contact_name="秦 联系"))
        lock = tx.bindings.of_enterprise(one.id)[0]
    for words in (
        one.name[2:6],
        one.uscc,
        one.contact_email,
        "02887650001",
        "秦联系",
        lock.serial,
        lock.serial[-6:],
    ):
        link = f'href="/enterprises/{one.id}"'
        assert link in found(admin, words), words
        assert link in admin.get("/enterprises", params={"search": words}).text, words


def test_a_case_comes_with_its_mail_and_its_number_leads_to_it(admin, queued):
    page = found(admin, invent_person(1).name)
    assert f"/cases/{queued.number}?list=state%3Dany" in page
    assert f"/cases/{queued.number}#mail-1" in found(admin, "handler1@example.com")
    assert invent_enterprise(1).name in page


@pytest.mark.parametrize("words", ["", "锁", "%", "_", "\x00\x00", "'--", "；；"])
def test_strange_words_find_nothing(admin, queued, words):
    answer = admin.get("/find", params={"words": words})
    assert answer.status_code == 200
    assert queued.number not in answer.text
