"""Letters repeat no words of a mail: a stranger would have the centre send them, signed,
to whom he forges (RULES.md section 3)."""

from datetime import timedelta

import pytest

from core.cases.decision import reply, reversal
from core.cases.decision.answering import Answer, Words, draft, give
from core.cases.decision.approve import approve
from core.cases.letters import words
from core.cases.letters.letter_content import in_order
from core.cases.letters.masked import mask_address
from core.cases.window.process import expire, roll_over, run_window
from core.data.case import State
from core.data.documents import PartKind, SealKind
from core.data.finding import Finding, Severity
from core.data.letter import WITH_STATUS, LetterKind
from core.data.submission import RequestForm
from tests.cases.submissions import talk
from tests.validators.builders import (
    NAME,
    NO_DOCUMENTS,
    OTHER_NAME,
    PDF,
    SENDER,
    complete_submission,
    documents,
    form,
    id_front,
    licence,
    message,
    seal,
    without,
)
from tests.world import CONTACT
from validators.check import RULES, PolicyJudge

TYPED = "加微信领奖 www.prize.example 有限公司"
PHONE = "contact_phone"
LURE = form(enterprise_names=(TYPED,), labelled={PHONE: ("领奖热线100",)})
DAY = timedelta(days=1)
TO_SENDER = WITH_STATUS | {
    LetterKind.COMPLETED,
    LetterKind.DECLINED,
    LetterKind.EXPIRED,
    LetterKind.WITHDRAWN,
}


@pytest.fixture(autouse=True)
def phone_is_asked(monkeypatch):
    monkeypatch.setitem(words.QUESTIONS, PHONE, "联系电话")


def lured(papers=None, **changes):
    mail = (
        message(**{"authentication": "unknown", **changes})
        if papers
        else message((), authentication="unknown", **changes)
    )
    return complete_submission(mail, LURE, papers or NO_DOCUMENTS)


def returned(harness):
    harness.mail(lured())


def returned_by_hand(harness):
    case = harness.case(harness.mail(lured(documents())))
    give(harness.desk, case.id, case.version, "li", Answer.RETURN, Words("请补充"))


def received(harness):
    harness.mail(lured(documents()))


def received_by_hand(harness):
    case = harness.case(harness.mail(lured()))
    give(harness.desk, case.id, case.version, "li", Answer.ACCEPT, Words("已核验"))


def supplemented(harness):
    harness.mail(lured(documents(), authentication="pass"))
    thread = (harness.letter("received").message_id,)
    more = lured(documents(), authentication="pass", thread_ids=thread, subject="补充")
    harness.mail(more)


def postponed(harness):
    harness.mail(lured(documents()))
    harness.clock.at += DAY
    assert roll_over(harness.desk) == 1


def expired(harness):
    harness.mail(lured())
    harness.clock.at += 31 * DAY
    assert expire(harness.desk) == 1


def ended_by(answer):
    def act(harness):
        case = harness.case(harness.mail(lured(documents())))
        give(harness.desk, case.id, case.version, "li", answer, Words("不符"))

    return act


def progress(harness):
    harness.mail(lured())
    asks = RequestForm(enterprise_names=(TYPED,), asks_progress=True)
    harness.mail(talk(asks, harness.letter("returned"), new_text=f"{TYPED}的进度"))


def answered(harness):
    record = harness.mail(lured(subject=TYPED))
    reply.send(harness.desk, record.id, "li", "请补充材料。", "a" * 32)


def told_to_the_contact(harness):
    harness.mail(lured(documents()))


def carried_out(harness):
    """Returns the case of a stranger that a window carried out."""
    case = harness.case(harness.mail(lured(documents())))
    harness.send_letters()
    approve(harness.desk, case.id, case.version, "li")
    case = harness.again(case)
    if case.state is not State.APPROVED:
        case = approve(harness.desk, case.id, case.version, "wang")
    harness.clock.at += timedelta(hours=1)
    run_window(harness.desk)
    return harness.again(case)


def taken_back(harness):
    case = carried_out(harness)
    for actor in ("li", "wang"):
        if case.state is State.COMPLETED:
            case = reversal.reverse(harness.desk, case.id, case.version, actor, "冒名申请")


WAYS = [
    ("returned", returned),
    ("returned", returned_by_hand),
    ("received", received),
    ("received", received_by_hand),
    ("supplement_received", supplemented),
    ("postponed", postponed),
    ("expired", expired),
    ("declined", ended_by(Answer.DECLINE)),
    ("withdrawn", ended_by(Answer.WITHDRAW)),
    ("progress", progress),
    ("answer", answered),
    ("contact_notice", told_to_the_contact),
    ("completed", carried_out),
    ("reversed", taken_back),
]


def test_every_kind_that_a_mail_brings_about_is_looked_at():
    brought_about = TO_SENDER | {LetterKind.CONTACT_NOTICE}
    missing = brought_about - {LetterKind(kind) for kind, _ in WAYS}
    assert not missing, f"add to WAYS a step that writes each of {missing}"


@pytest.mark.parametrize(("kind", "act"), WAYS, ids=lambda one: getattr(one, "__name__", one))
def test_a_name_that_a_mail_types_stands_in_no_letter(harness, kind, act):
    harness.register()
    act(harness)
    with harness.tx() as tx:
        written = [letter for letter in tx.letters.newest() if letter.kind is LetterKind(kind)]
        everything = [
            text
            for one in tx.letters.newest()
            for text in (one.rendered.subject, one.rendered.text, one.rendered.html)
        ]
    assert written
    assert [
        text for text in everything if "领奖" in text or "prize" in text or "微信" in text
    ] == []


GREETING = f"「{NAME}」经办人，您好："
NAMED = [
    # registered contact, papers, greeting
    (CONTACT, documents(), GREETING),
    (CONTACT, without(PartKind.LICENCE), "\n经办人，您好："),
    (
        CONTACT,
        documents(parts=[id_front(), licence(enterprise_name=f" {NAME}　")]),
        f"「{NAME}」经办人，您好：",
    ),
    (
        CONTACT,
        documents(parts=[id_front(), licence(enterprise_name="北京另一家有限公司")]),
        "\n经办人，您好：",
    ),
    (SENDER, without(PartKind.LICENCE), GREETING),
    (SENDER, NO_DOCUMENTS, GREETING),
    ("", documents(), GREETING),
    ("", without(PartKind.LICENCE), "\n经办人，您好："),
]


@pytest.mark.parametrize(("contact", "papers", "greeting"), NAMED)
def test_an_enterprise_is_named_by_its_licence_or_to_its_contact_by_the_register(
    harness, contact, papers, greeting
):
    """Without a licence a letter to a stranger reads the same whether
    or not the name is registered."""
    if contact:
        harness.register(contact=contact)
    harness.mail(complete_submission(documents=papers))
    kind = next(one for one in harness.letters() if one in {"received", "returned"})
    assert greeting in harness.letter(kind).rendered.text


@pytest.mark.parametrize(
    ("name", "line"), [(NAME, f"企业名称：{NAME}"), (TYPED, "企业名称：已写明")]
)
def test_what_was_understood_names_the_enterprise_of_the_licence(harness, name, line):
    harness.mail(complete_submission(request=form(enterprise_names=(name,))))
    text = harness.letter("received").rendered.text
    assert f"· {line}\n· 是否解绑：是\n" in text
    assert "「" in text if name == NAME else "「" not in text


@pytest.mark.parametrize(
    ("authentication", "named"), [("pass", True), ("unknown", False), ("fail", False)]
)
def test_a_name_that_a_made_licence_shows_goes_to_no_borrowed_address(
    harness, authentication, named
):
    name = "请加微信领奖有限公司"
    papers = documents(parts=[id_front(), licence(enterprise_name=name)])
    asks = form(enterprise_names=(name,))
    harness.mail(complete_submission(message(authentication=authentication), asks, papers))
    assert (name in harness.letter("received").rendered.text) is named


def test_a_mail_for_two_enterprises_is_confirmed_for_neither(harness):
    """The letter named one of them and said that nothing else was needed."""
    harness.mail(complete_submission(request=form(enterprise_names=(NAME, OTHER_NAME))))
    letter = harness.letter("received").rendered
    assert NAME not in letter.subject + letter.text
    assert "企业名称：来信写有不止一家企业（待核实）" in letter.text
    assert "无需再发送任何材料" not in letter.text


def test_a_letter_leaves_no_name_open_that_an_administrator_settled(harness):
    """The letter of 材料齐全，转入审核 still listed what the administrator had just settled."""
    request = form(enterprise_names=(NAME, OTHER_NAME))
    papers = documents(parts=[licence()])
    case = harness.case(harness.mail(complete_submission(request=request, documents=papers)))
    assert case.state is State.INCOMPLETE
    words = Words("已与企业核实")
    letter = draft(harness.desk, case.id, case.version, Answer.ACCEPT, words)
    assert "不止一家企业" not in letter.text
    assert "企业名称：" in letter.text


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("zhaon@example.org", "z***n@example.org"),
        ("zhn@example.org", "z***n@example.org"),
        ("zn@example.org", "z***@example.org"),
        ("z@example.org", "z***@example.org"),
    ],
)
def test_the_middle_of_an_address_is_hidden(address, masked):
    assert mask_address(address) == masked


FINE_SEAL = "公章"
AUTHORITY = seal(2, SealKind.AUTHORITY)
UNKNOWN = seal(2, SealKind.UNKNOWN)


@pytest.mark.parametrize(
    ("seals", "missing", "is_fine"),
    [
        ([seal()], False, True),
        ([seal()], True, False),
        ([AUTHORITY, UNKNOWN], False, False),
        ([AUTHORITY, seal(kind=SealKind.CONTRACT)], False, True),
        ([seal(doubtful=True)], False, False),
        ([seal(doubtful=True), seal()], False, True),
        ([], False, False),
    ],
)
def test_a_seal_is_in_order_where_it_is_the_enterprises_and_certain(seals, missing, is_fine):
    codes = ["document.seal.missing"] if missing else []
    against = [Finding(code, Severity.REJECT) for code in codes]
    fine = in_order(
        PolicyJudge(), complete_submission(documents=documents(seals=seals)), against, NAME
    )
    assert any(FINE_SEAL in line for line in fine) is is_fine


@pytest.mark.parametrize(
    ("code", "severity", "gone"),
    [
        ("request.enterprise_name.missing", Severity.REJECT, "企业名称"),
        ("request.nothing_requested", Severity.REJECT, "是否解绑"),
        ("request.enterprise_name.missing", Severity.REVIEW, None),
        ("request.nothing_requested", Severity.NOTE, None),
    ],
)
def test_what_a_letter_asks_for_is_not_called_in_order(code, severity, gone):
    fine = in_order(PolicyJudge(), complete_submission(), [Finding(code, severity)], NAME)
    assert [word for word in ("企业名称", "是否解绑") if not any(word in one for one in fine)] == (
        [gone] if gone else []
    )


LABELS = words.QUESTIONS | {
    "id_front": "人像面",
    "id_back": "国徽面",
    "licence": "营业执照",
    "seal": "公章",
}
REJECTED = {
    "request.nothing_requested": {"unbind", "reset_password"},
    "attachment.not_pdf": {"id_front", "id_back", "licence", "seal"},
    "id.expired": {"id_front", "id_back"},
}


@pytest.mark.parametrize("rule", [one for one in RULES if one.rejects], ids=lambda one: one.code)
def test_a_letter_calls_nothing_in_order_that_it_rejects(rule):
    """By the words of its code: document.licence.missing, licence.expired, seal.not_official."""
    fine = in_order(
        PolicyJudge(), complete_submission(), [Finding(rule.code, Severity.REJECT)], NAME
    )
    expected = REJECTED.get(rule.code, LABELS.keys() & rule.code.split("."))
    called = {what for what, label in LABELS.items() if any(label in line for line in fine)}
    assert not called & expected
    assert expected or rule.code.startswith(("attachment.", "document.other_certificate"))


def test_what_rejects_by_default_says_what_it_rejects():
    assert [one.code for one in RULES if one.severity is Severity.REJECT and not one.rejects] == []


@pytest.mark.parametrize(("page", "is_fine"), [(1, True), (2, False)])
def test_a_paper_on_a_page_that_a_letter_calls_unreadable_is_not_in_order(page, is_fine):
    """The licence is on page 2."""
    found = Finding("document.unreadable", Severity.REVIEW, where=PDF, pages=(page,))
    fine = in_order(PolicyJudge(), complete_submission(), [found], NAME)
    assert ("营业执照" in fine) is is_fine
    assert ("经办人身份证人像面" in fine) is not is_fine
