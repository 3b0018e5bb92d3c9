"""The mails of a case as one request: what a later one adds, replaces, changes and leaves."""

from dataclasses import replace

import pytest

from core.cases.intake.merge import adds_words, changes, leaves_answers, merge, settles
from core.data.documents import Documents, Unopened
from core.data.submission import Answer, AttachmentKind, RequestForm
from tests.validators.builders import (
    ID_NUMBER,
    NAME,
    NO_DOCUMENTS,
    NO_WORDS,
    OTHER_NAME,
    attachment,
    complete_submission,
    documents,
    id_front,
    message,
    page,
)

PHONE = "contact_phone"
YES, NO, MISSING, UNREAD = Answer.YES, Answer.NO, Answer.MISSING, Answer.UNREAD
OTHER_NUMBER = "119999199001019994"


def mail(attachments=(), request=NO_WORDS, papers=NO_DOCUMENTS, **changed):
    return complete_submission(message(attachments, **changed), request, papers)


def words(**said):
    return mail(request=RequestForm(**said))


def merged(earlier, later):
    return merge([words(**earlier), words(**later)]).request


@pytest.mark.parametrize(
    ("earlier", "later", "together"),
    [
        (YES, NO, NO),
        (YES, MISSING, YES),
        (YES, UNREAD, YES),
        (MISSING, UNREAD, UNREAD),
        (UNREAD, NO, NO),
        (UNREAD, Answer.AMBIGUOUS, Answer.AMBIGUOUS),
    ],
)
def test_only_a_clear_answer_replaces_a_clear_one(earlier, later, together):
    assert merged({"unbind": earlier}, {"unbind": later}).unbind is together


@pytest.mark.parametrize(
    ("earlier", "later", "names", "unread"),
    [
        ({"enterprise_names": (NAME,)}, {}, (NAME,), False),
        ({"enterprise_names": (NAME,)}, {"enterprise_names": (OTHER_NAME,)}, (OTHER_NAME,), False),
        ({"name_unread": True}, {}, (), True),
        ({"name_unread": True}, {"enterprise_names": (NAME,)}, (NAME,), False),
        ({"enterprise_names": (NAME,)}, {"name_unread": True}, (NAME,), True),
    ],
)
def test_a_later_name_takes_the_place_of_the_earlier(earlier, later, names, unread):
    both = merged(earlier, later)
    assert (both.enterprise_names, both.name_unread) == (names, unread)


@pytest.mark.parametrize(
    ("earlier", "later", "together"),
    [
        ({PHONE: ("1",)}, {PHONE: ("2",)}, {PHONE: ("2",)}),
        ({PHONE: ("1",)}, {PHONE: ()}, {PHONE: ("1",)}),
        ({}, {PHONE: ()}, {PHONE: ()}),
        ({PHONE: ("1",)}, {}, {PHONE: ("1",)}),
    ],
)
def test_a_later_value_takes_the_place_of_the_earlier(earlier, later, together):
    assert merged({"labelled": earlier}, {"labelled": later}).labelled == together


LETTER = frozenset({"enterprise_name", "unbind", PHONE})


@pytest.mark.parametrize(
    ("later", "left"),
    [
        ({}, LETTER),
        ({"enterprise_names": (NAME,)}, LETTER - {"enterprise_name"}),
        ({"unbind": NO}, LETTER - {"unbind"}),
        ({"labelled": {PHONE: ("2",)}}, LETTER - {PHONE}),
        ({"labelled": {PHONE: ("2",)}, "from_letter": {PHONE}}, LETTER),
    ],
)
def test_what_a_later_mail_says_itself_is_no_more_of_the_letter_in_the_papers(later, left):
    earlier = {"from_letter": LETTER, "unbind": YES, "labelled": {PHONE: ("1",)}}
    assert merged(earlier, later).from_letter == left


FLAGS = ("perhaps", "passed_on", "repeats_subject", "only_doubts", "asks_progress", "withdraws")


def test_a_merged_request_is_one_whatever_its_last_mail_is():
    both = merged({"urgent": True}, dict.fromkeys(FLAGS, True))
    assert (both.has_request_words, both.urgent) == (True, True)
    assert [name for name in FLAGS if getattr(both, name)] == []
    assert not merged({}, {}).urgent


@pytest.mark.parametrize("proofs", [("pass", "none"), ("none", "pass"), ("unknown", "fail")])
def test_the_weakest_proof_of_a_sender_counts(proofs):
    mails = [mail(authentication=proof, authenticated_by=f"by {proof}") for proof in proofs]
    weakest = next(one for one in ("fail", "none", "unknown") if one in proofs)
    both = merge(mails).message
    assert (both.authentication, both.authenticated_by) == (weakest, f"by {weakest}")


@pytest.mark.parametrize("forwards", [(True, False), (False, True), (False, False)])
def test_one_forward_among_them_makes_it_one(forwards):
    assert merge([mail(is_forward=one) for one in forwards]).message.is_forward is any(forwards)


@pytest.mark.parametrize("brings", [False, True])
def test_what_could_not_be_opened_counts_until_another_file_comes(brings):
    damaged = mail([attachment("a.pdf")], papers=Documents(unopened={"a.pdf": Unopened.DAMAGED}))
    later = mail([attachment("b.pdf")] if brings else [])
    assert bool(merge([damaged, later]).documents.unopened) is not brings


def test_files_of_one_name_stay_two():
    papers = documents(pages=(page(1), page(1, "other.pdf")), parts=(), seals=())
    papers = replace(papers, unopened={"材料.pdf": Unopened.DAMAGED})
    one = mail([attachment(), attachment("other.pdf")], papers=papers)
    later = mail([attachment(), attachment("new.pdf")], papers=papers)
    both = merge([one, later])
    renamed = "材料.pdf（补件2）"
    assert [file.name for file in both.message.attachments] == [
        "材料.pdf",
        "other.pdf",
        renamed,
        "new.pdf",
    ]
    assert [one.attachment for one in both.documents.pages[2:]] == [renamed, "other.pdf"]
    assert list(both.documents.unopened) == [renamed]


def holder(number="", name="张三"):
    return mail(papers=documents(parts=[id_front(id_number=number, name=name)]))


@pytest.mark.parametrize(
    ("earlier", "later", "changed"),
    [
        (words(), words(unbind=YES, enterprise_names=(NAME,), labelled={PHONE: ("1",)}), ()),
        (words(unbind=YES), words(unbind=YES), ()),
        (words(unbind=YES), words(unbind=NO), ("unbind",)),
        (words(enterprise_names=(NAME,)), words(enterprise_names=(f" {NAME}",)), ()),
        (
            words(enterprise_names=(NAME,), unbind=YES),
            words(enterprise_names=(OTHER_NAME,), unbind=NO),
            ("enterprise_name", "unbind"),
        ),
        (words(labelled={PHONE: ("1",)}), words(labelled={PHONE: ("1",)}), ()),
        (words(labelled={PHONE: ("1",)}), words(labelled={PHONE: ("2",)}), (PHONE,)),
        (holder(ID_NUMBER), holder(OTHER_NUMBER), ("handler",)),
        (holder(ID_NUMBER), holder(ID_NUMBER, "李四"), ()),
        (holder(ID_NUMBER), holder("", "李四"), ("handler",)),
        (holder(ID_NUMBER), holder(), ()),
        (holder("", ""), holder("", "李四"), ()),
        (mail(), holder(ID_NUMBER), ()),
        (holder(ID_NUMBER), mail(), ()),
    ],
)
def test_what_a_later_mail_changes_is_named(earlier, later, changed):
    assert changes(earlier, later) == changed


SAID = words(enterprise_names=(NAME,), unbind=YES, labelled={PHONE: ("1",)})


@pytest.mark.parametrize(
    ("said", "adds", "leaves", "answered"),
    [
        ({}, False, True, False),
        ({"enterprise_names": (NAME,), "unbind": YES}, False, True, False),
        ({"enterprise_names": (OTHER_NAME,)}, True, False, True),
        ({"unbind": NO}, True, False, True),
        ({"unbind": UNREAD}, True, True, False),
        ({"name_unread": True}, False, False, False),
        ({"labelled": {PHONE: ("1",)}}, False, True, False),
        ({"labelled": {PHONE: ("2",)}}, True, False, True),
        ({"labelled": {PHONE: ()}}, False, True, False),
        ({"labelled": {PHONE: ("1", "2")}}, True, False, False),
    ],
)
def test_what_words_add_to_a_request(said, adds, leaves, answered):
    later = words(**said)
    assert (adds_words(SAID, later), leaves_answers(SAID, later), settles(SAID, later)) == (
        adds,
        leaves,
        answered,
    )


LOGO = attachment("logo.png", AttachmentKind.IMAGE, inline_decoration=True)


@pytest.mark.parametrize(
    ("later", "expects"),
    [
        (mail(), False),
        (mail([LOGO]), False),
        (mail([LOGO, attachment()]), True),
        (mail(cloud_links=("QQ 超大附件",)), True),
    ],
)
def test_who_sends_a_file_expects_an_answer(later, expects):
    assert settles(SAID, later) is expects
