"""Somebody at the contact's own domain, not a provider's, denies what others asked for by a mail of
its own: the window waits until a person has read it."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from core.cases.decision.approve import approve
from core.cases.intake import related_case
from core.cases.intake.unread import mark_read
from core.cases.window.process import run_window
from core.data.case import Contacted, ContactedBy
from core.data.mail_record import Disposition
from tests.flows.walker import LICENCE
from tests.security.test_contact_denies import WORD
from tests.security.test_forwarded import REQUEST, arrives
from tests.sender.conftest import NONE, PASS, STRANGER
from tests.validators.builders import NAME, OTHER_NAME, OTHER_USCC
from tests.world import CONTACT

DENIAL = "没有申请解绑，请立即停止办理。"


@pytest.mark.parametrize(
    "words",
    [
        f"{NAME}{DENIAL}",
        f"企业名称：{NAME[2:6]}公司\n{DENIAL}",
        f"我们{DENIAL}",
        "申请人是谁？",
        "章是假章",
    ],
)
@pytest.mark.parametrize("papers", [(), (LICENCE,)])
def test_the_window_waits_until_a_person_has_read_it(post, rival, words, papers):
    record = post.sends("legal@example.org", PASS, papers=papers, subject="异议函", words=words)
    assert (record.case_id, record.unread) == (rival.id, True)
    assert f"contact_wrote.{rival.number}" in post.harness.alerts()
    approved(post, rival)
    assert run_window(post.desk).completed == []
    mark_read(post.desk, [record.id], "li")
    assert run_window(post.desk).completed == [rival.number]


@pytest.mark.parametrize("sender", [CONTACT, "legal@example.org"])
@pytest.mark.parametrize(
    "words",
    [
        f"不是{NAME}申请的解绑，请停止办理。{OTHER_NAME}照常",
        f"解绑申请并非{NAME}提交，我们{OTHER_NAME}也没有提交过",
        f"{NAME}先不办，没有申请过。{OTHER_NAME}照常",
        f"别动{NAME}的锁，有人冒用。{OTHER_NAME}法务",
        f"{NAME}暂缓，有人冒用。{OTHER_NAME}法务",
    ],
)
def test_beside_another_enterprise_of_the_same_contact(post, rival, sender, words):
    """The one for which nothing is asked is the one that the denial is about."""
    post.harness.register(name=OTHER_NAME, uscc=OTHER_USCC, contact=CONTACT)
    if sender != CONTACT:
        post.sends("second@example.net", PASS, name=OTHER_NAME)
    approved(post, rival)
    post.sends(sender, PASS, papers=(), subject="说明", words=words)
    assert rival.number not in run_window(post.desk).completed


def test_so_it_does_for_each_case_of_others(post, rival):
    second = post.case(post.sends("second@example.net", PASS))
    post.sends("legal@example.org", PASS, papers=(), subject="异议函", words=DENIAL)
    for case in (rival, second):
        approved(post, case)
    assert run_window(post.desk).completed == []


def test_however_many_cases_a_rival_opens_after_the_approval(post, rival, monkeypatch):
    monkeypatch.setattr(related_case, "MOST_LOOKED_AT", 1)
    post.harness.register(name=OTHER_NAME, uscc=OTHER_USCC, contact="contact@qq.com")
    approved(post, rival)
    post.sends("second@example.net", PASS, name=OTHER_NAME)
    post.sends("legal@example.org", PASS, papers=(), subject="异议函", words=f"我们{DENIAL}")
    assert run_window(post.desk).completed == []


def test_beside_the_name_of_whoever_asked(post, rival):
    post.harness.register(name=OTHER_NAME, uscc=OTHER_USCC, contact="contact@qq.com")
    approved(post, rival)
    words = f"我们{DENIAL}恐系{OTHER_NAME}所为。"
    post.sends("legal@example.org", PASS, papers=(), subject="异议函", words=words)
    assert run_window(post.desk).completed == []


@pytest.mark.parametrize(
    ("kind", "asks", "words"),
    [
        ("received", "agent@example.net", ""),
        ("returned", "agent@example.net", ""),
        ("returned", "agent@example.net", "是否解绑：是"),
        ("returned", "clerk@example.org", ""),
    ],
)
def test_so_it_does_where_a_file_comes_with_an_answer_to_any_letter(post, kind, asks, words):
    """The window did not wait for it: it lay as papers at the case whose letter it answers."""
    post.sends(asks, PASS, papers=() if words else (LICENCE,), words=words)
    rival = post.case(post.sends(STRANGER, PASS))
    approved(post, rival)
    record = brings_a_file(post, "legal@example.org", post.harness.letter(kind))
    assert (record.disposition, record.case_id) == (Disposition.OTHER, rival.id)
    assert f"contact_wrote.{rival.number}" in post.harness.alerts()
    assert run_window(post.desk).completed == []
    mark_read(post.desk, [record.id], "li")
    assert run_window(post.desk).completed == [rival.number]


@pytest.mark.parametrize(
    ("contact", "sender"),
    [
        (CONTACT, "boss@example.net"),
        ("contact@qq.com", "legal@qq.com"),
        ("contact@qq.com", "legal@example.org"),
    ],
)
def test_a_file_of_anybody_else_waits_at_the_case_whose_letter_it_answers(post, contact, sender):
    with post.harness.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(1), contact_email=contact))
    rival = post.case(post.sends(STRANGER, PASS))
    approved(post, rival)
    record = brings_a_file(post, sender, post.harness.letter("received"))
    assert (record.disposition, record.case_id) == (Disposition.UNPROVED, rival.id)


def test_so_does_one_of_the_senders_own_colleague(post):
    own = post.case(post.sends("clerk@example.org", PASS, papers=(LICENCE,)))
    record = brings_a_file(post, "legal@example.org", post.harness.letter("returned"))
    assert (record.disposition, record.case_id) == (Disposition.UNPROVED, own.id)


@pytest.mark.parametrize(
    ("asks", "words", "is_of_the_case"),
    [
        (STRANGER, "请给我们回个电话", True),
        ("clerk@example.org", "请给我们回个电话", False),
        ("clerk@example.org", DENIAL, True),
    ],
)
def test_of_another_colleagues_case_is_a_denial_alone(post, asks, words, is_of_the_case):
    case = post.case(post.sends(asks, PASS))
    record = post.sends("legal@example.org", PASS, papers=(), subject="您好", words=words)
    assert (record.case_id == case.id) is is_of_the_case


@pytest.mark.parametrize("words", [REQUEST, f"{REQUEST}\n之前没有提交过。"])
def test_its_own_request_stops_nothing(post, rival, words):
    own = post.case(post.sends("legal@example.org", PASS, words=words))
    assert own.id != rival.id
    approved(post, rival)
    assert run_window(post.desk).completed == [rival.number]


@pytest.mark.parametrize(
    ("contact", "sender", "says"),
    [
        (CONTACT, "legal@example.org", NONE),
        (CONTACT, "legal@example.com", PASS),
        ("contact@qq.com", "legal@qq.com", PASS),
    ],
)
@pytest.mark.parametrize("name", ["", NAME])
def test_nor_does_anybody_else(post, contact, sender, says, name):
    with post.harness.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(1), contact_email=contact))
    rival = post.case(post.sends(STRANGER, PASS))
    post.sends(sender, says, papers=(), subject="异议函", words=name + DENIAL)
    approved(post, rival)
    assert run_window(post.desk).completed == [rival.number]


def brings_a_file(post, sender, letter):
    """A file that the desk does not read comes in answer to the letter."""
    mail = EmailMessage()
    mail["In-Reply-To"] = letter.message_id
    mail.set_content("情况说明见附件，请看后再说\n")
    mail.add_attachment(WORD, maintype="application", subtype="msword", filename="说明.doc")
    return arrives(post, mail, sender=sender, subject="情况说明")


def approved(post, case):
    post.harness.send_letters()
    at = post.harness.clock.now()
    call = Contacted(ContactedBy.TELEPHONE, "王会计", "", at, "li")
    approve(post.desk, case.id, post.harness.again(case).version, "li", call)
    post.harness.clock.at += timedelta(hours=25, minutes=5)
