"""Which mail is judged, and which may be answered by a letter (RULES.md section 3)."""

import itertools
from dataclasses import replace

import pytest

from core.data.documents import UNPROVED, PartKind, Unopened
from core.data.finding import Decision
from core.data.submission import Answer, AttachmentKind, Mark, RequestForm
from core.enterprise_names import fold_name
from mail_intake.request.read import read_request
from tests.validators.builders import (
    NO_DOCUMENTS,
    NO_WORDS,
    attachment,
    bare,
    complete_submission,
    documents,
    form,
    message,
    page,
    unsure_pages,
)
from validators.check import check
from validators.evidence import Policy

IGNORE, OTHER, REJECT, QUEUE = Decision.IGNORE, Decision.OTHER, Decision.REJECT, Decision.QUEUE
DOUBT = "queued, as perhaps no request"
IN_DOUBT = documents((bare(1, confident=False),), (), ())
TEXT_PAGE = bare(3, text="本产品用于工业自动化领域，" * 30)
NOTHING_READ = documents(pages=(bare(1),), parts=(), seals=())  # a brochure, read well
# it speaks of locks and asks for nothing
LOCKS_ONLY = RequestForm(has_request_words=True)
WORDS = form()
DOUBTS = form(unbind=Answer.UNREAD, reset_password=Answer.MISSING, only_doubts=True)
PERHAPS = replace(DOUBTS, perhaps=True)
PDF = (attachment(),)


def judged(marks=(), request=WORDS, files=PDF, read=None, **changes):
    read = (documents() if files else NO_DOCUMENTS) if read is None else read
    return check(complete_submission(message(files, marks, **changes), request, read))


def handled(verdict):
    return DOUBT if verdict.doubtful and verdict.decision is QUEUE else verdict.decision


HUMAN = [
    ("a whole request", {}, QUEUE),
    ("words and no PDF", {"files": ()}, REJECT),
    ("a PDF and no words", {"request": NO_WORDS}, REJECT),
    ("neither words nor PDF", {"request": NO_WORDS, "files": ()}, OTHER),
    (
        "thanks with the logo of a signature",
        {
            "request": NO_WORDS,
            "files": (attachment("l.png", AttachmentKind.IMAGE, inline_decoration=True),),
            "read": NO_DOCUMENTS,
        },
        OTHER,
    ),
    (
        "a picture and no words",
        {
            "request": NO_WORDS,
            "files": (attachment("l.png", AttachmentKind.IMAGE),),
            "read": NO_DOCUMENTS,
        },
        OTHER,
    ),
    ("how far is it", {"request": replace(LOCKS_ONLY, asks_progress=True), "files": ()}, OTHER),
    (
        "how far is the unbinding",
        {"request": form(asks_progress=True, reset_password=Answer.MISSING), "files": ()},
        OTHER,
    ),
    ("how far is it, with the papers", {"request": form(asks_progress=True)}, QUEUE),
    (
        "a whole form that also asks when",
        {"request": form(asks_progress=True), "files": ()},
        REJECT,
    ),
    (
        "both wished for, and when",
        {"request": form(asks_progress=True, reset_password=Answer.YES), "files": ()},
        REJECT,
    ),
    ("taken back", {"request": form(withdraws=True), "files": ()}, OTHER),
    (
        "taken back, and nothing wanted instead",
        {"request": form(withdraws=True, unbind=Answer.NO), "files": ()},
        OTHER,
    ),
    (
        "both taken back",
        {"request": form(withdraws=True, reset_password=Answer.YES), "files": ()},
        OTHER,
    ),
    (
        "the unbinding taken back, a reset wanted instead",
        {
            "request": form(withdraws=True, unbind=Answer.NO, reset_password=Answer.YES),
            "files": (),
        },
        REJECT,
    ),
    ("a question about locks", {"request": LOCKS_ONLY, "files": ()}, REJECT),
    (
        "an archive that cannot be opened",
        {
            "request": NO_WORDS,
            "files": (attachment("a.zip", AttachmentKind.ARCHIVE),),
            "read": documents((), (), (), {"a.zip": Unopened.ENCRYPTED}),
        },
        OTHER,
    ),
    *(
        (
            f"a PDF of which nothing is known and no words: {reason}",
            {"request": NO_WORDS, "read": documents((), (), (), {PDF[0].name: reason})},
            OTHER,
        )
        for reason in Unopened
    ),
    *(
        (
            f"words, and a PDF of which nothing is known: {reason}",
            {"read": documents((), (), (), {PDF[0].name: reason})},
            QUEUE if reason in UNPROVED else REJECT,
        )
        for reason in Unopened
    ),
    (
        "a deed wished for in a story about something else, and no file",
        {
            "request": form(perhaps=True, elsewhere=40, reset_password=Answer.MISSING),
            "files": (),
        },
        OTHER,
    ),
    (
        "the same with a brochure",
        {
            "request": form(perhaps=True, elsewhere=40, reset_password=Answer.MISSING),
            "read": NOTHING_READ,
        },
        DOUBT,
    ),
    (
        "a deed perhaps wished for in such a story, and a brochure",
        {"request": replace(PERHAPS, elsewhere=40), "read": NOTHING_READ},
        OTHER,
    ),
    (
        "both deeds decided in a story about something else, and no file",
        {"request": form(perhaps=True, elsewhere=40), "files": ()},
        REJECT,
    ),
    (
        "the same with a file, whose page may be a paper",
        {"request": form(perhaps=True, elsewhere=40), "read": IN_DOUBT},
        QUEUE,
    ),
    (
        "papers of a request that is forwarded where nothing is to be done",
        {"request": form(perhaps=True, needs_nothing=True, enterprise_names=())},
        DOUBT,
    ),
    (
        "the same, in some words",
        {
            "request": form(perhaps=True, needs_nothing=True, elsewhere=9, enterprise_names=()),
        },
        DOUBT,
    ),
    (
        "papers beside a long text about something else, which speaks of a deed",
        {"request": RequestForm(unbind=Answer.UNREAD, elsewhere=20_000)},
        DOUBT,
    ),
    (
        "papers where a deed is spoken of and nothing is to be done",
        {"request": RequestForm(unbind=Answer.UNREAD, needs_nothing=True)},
        OTHER,
    ),
    (
        "a deed wished for in a few words more, and no file",
        {"request": form(perhaps=True, elsewhere=10), "files": ()},
        REJECT,
    ),
    (
        "a deed wished for, nobody named, and words about something else",
        {
            "request": form(
                perhaps=True, elsewhere=10, enterprise_names=(), reset_password=Answer.MISSING
            ),
            "files": (),
        },
        OTHER,
    ),
    (
        "both deeds decided, nobody named, and words about something else",
        {"request": form(perhaps=True, elsewhere=10, enterprise_names=()), "files": ()},
        REJECT,
    ),
    (
        "a name, and words in which a deed is only perhaps wished for",
        {
            "request": form(perhaps=True, unbind=Answer.UNREAD, reset_password=Answer.MISSING),
            "files": (),
        },
        DOUBT,
    ),
    (
        "the same with a file of which nothing is known",
        {
            "request": PERHAPS,
            "read": documents((), (), (), {PDF[0].name: Unopened.DAMAGED}),
        },
        DOUBT,
    ),
    (
        "a name, words about something else, and a file of which nothing is known",
        {
            "request": replace(PERHAPS, elsewhere=10),
            "read": documents((), (), (), {PDF[0].name: Unopened.DAMAGED}),
        },
        DOUBT,
    ),
    (
        "a name and perhaps a lock, and a file of which nothing is known",
        {
            "request": form(perhaps=True, unbind=Answer.MISSING, reset_password=Answer.MISSING),
            "read": documents((), (), (), {PDF[0].name: Unopened.DAMAGED}),
        },
        REJECT,
    ),
    (
        "nothing is plainly wanted, and no file",
        {"request": DOUBTS, "files": ()},
        DOUBT,
    ),
    (
        "the same with papers",
        {"request": DOUBTS},
        REJECT,
    ),
    (
        "the same with papers, beside words about something else",
        {"request": replace(DOUBTS, elsewhere=9)},
        DOUBT,
    ),
    ("a request passed on beside other words", {"request": form(passed_on=True)}, DOUBT),
    (
        "a request passed on beside other words, and no file",
        {"request": form(passed_on=True), "files": ()},
        DOUBT,
    ),
    (
        "thanks under the subject of an earlier request",
        {"request": form(repeats_subject=True), "files": ()},
        DOUBT,
    ),
    ("papers under such a subject", {"request": form(repeats_subject=True)}, QUEUE),
    ("a brochure that was read well", {"request": NO_WORDS, "read": NOTHING_READ}, OTHER),
    ("a page in doubt and no words", {"request": NO_WORDS, "read": IN_DOUBT}, DOUBT),
    (
        "a page in doubt of a file with pages of text",
        {"request": NO_WORDS, "read": documents((*IN_DOUBT.pages, TEXT_PAGE), (), ())},
        OTHER,
    ),
    (
        "a page in doubt that has a title",
        {"request": NO_WORDS, "read": documents([replace(IN_DOUBT.pages[0], text="发票")], (), ())},
        OTHER,
    ),
    *(
        (
            f"a page in doubt that shows {tells}",
            {
                "request": NO_WORDS,
                "read": documents([replace(IN_DOUBT.pages[0], text=text)], (), ()),
            },
            decision,
        )
        for tells, text, decision in (
            ("a title between blanks", "发 票", OTHER),
            ("a title among 14 other characters", "发票" + "一" * 14, OTHER),
            ("its name among 15 other characters", "发票" + "一" * 15, DOUBT),
            ("a title in its 12th line", "\n" * 11 + "发票", OTHER),
            ("its name in its 13th line", "\n" * 12 + "发票", DOUBT),
            ("the words of a seal", "合同专用章", DOUBT),
            ("149 characters and digits", "一" * 149 + "1" * 9, DOUBT),
            ("150 characters", "一" * 150, OTHER),
            ("49 Latin letters", "x" * 49, DOUBT),
            ("50 Latin letters", "x" * 50, OTHER),
        )
    ),
    (
        "a trace of a licence in running text",
        {
            "request": NO_WORDS,
            "read": documents(
                [bare(1, confident=False, text="一" * 150, traces=(PartKind.LICENCE,))], (), ()
            ),
        },
        DOUBT,
    ),
    (
        "a page in doubt beside a file with a title",
        {
            "request": NO_WORDS,
            "files": (attachment("a.pdf"), attachment()),
            "read": documents([bare(1, "a.pdf", text="发票"), *IN_DOUBT.pages], (), ()),
        },
        DOUBT,
    ),
    (
        "a page in doubt of a file with a page in Latin letters",
        {
            "request": NO_WORDS,
            "read": documents((*IN_DOUBT.pages, bare(3, text="Terms of use " * 6)), (), ()),
        },
        OTHER,
    ),
    (
        "a page in doubt with words on it that are no title",
        {
            "request": NO_WORDS,
            "read": documents([replace(IN_DOUBT.pages[0], text="扫描件")], (), ()),
        },
        DOUBT,
    ),
    (
        "a page in doubt beside words about something else",
        {"request": RequestForm(elsewhere=20), "read": IN_DOUBT},
        OTHER,
    ),
    (
        "papers beside a story about something else",
        {"request": RequestForm(elsewhere=40)},
        OTHER,
    ),
    ("papers beside a few words", {"request": RequestForm(elsewhere=4)}, REJECT),
    ("papers beside some other words", {"request": RequestForm(elsewhere=5)}, DOUBT),
    ("papers beside 7 letters of other words", {"request": RequestForm(elsewhere=7)}, DOUBT),
    ("papers beside 8 letters of other words", {"request": RequestForm(elsewhere=8)}, OTHER),
    (
        "papers beside other words that speak of a lock",
        {"request": RequestForm(elsewhere=6, unbind=Answer.UNREAD)},
        REJECT,
    ),
    (
        "papers beside a story that speaks of a lock",
        {"request": RequestForm(elsewhere=40, unbind=Answer.UNREAD)},
        DOUBT,
    ),
    (
        "papers of a model that nothing is to be done with",
        {"request": read_request("解绑申请样例（培训用）", "是否解绑：是，是否重置密码：否")},
        OTHER,
    ),
    (
        "papers beside words that want nothing",
        {"request": RequestForm(unbind=Answer.NO, reset_password=Answer.NO)},
        DOUBT,
    ),
    (
        "papers at the end of a long document",
        {
            "request": NO_WORDS,
            "read": documents(
                [page(1), page(2), *(replace(TEXT_PAGE, number=n) for n in (3, 4, 5))]
            ),
        },
        OTHER,
    ),
    (
        "papers at the end of a long document, and a brochure",
        {
            "request": NO_WORDS,
            "files": (attachment("a.pdf"), attachment()),
            "read": documents(
                [
                    *(bare(n, "a.pdf") for n in (1, 2)),
                    *(page(1), page(2)),
                    *(replace(TEXT_PAGE, number=n) for n in (3, 4, 5)),
                ]
            ),
        },
        OTHER,
    ),
    (
        "papers with a letter and its form",
        {
            "request": NO_WORDS,
            "read": documents([page(1), page(2), *(replace(TEXT_PAGE, number=n) for n in (3, 4))]),
        },
        REJECT,
    ),
    (
        "papers beside a long document in another file",
        {
            "request": NO_WORDS,
            "files": (attachment("a.pdf"), attachment()),
            "read": documents(
                [
                    page(1),
                    page(2),
                    *(replace(TEXT_PAGE, attachment="a.pdf", number=n) for n in (3, 4, 5)),
                ]
            ),
        },
        REJECT,
    ),
    ("a request in a long document", {"read": documents([page(1), page(2), TEXT_PAGE])}, QUEUE),
]


@pytest.mark.parametrize(("tells", "given", "decision"), HUMAN, ids=[t for t, _, _ in HUMAN])
def test_mail_of_people(tells, given, decision):
    verdict = judged(**given)
    assert (handled(verdict), verdict.by_hand) == (decision, False)
    assert decision is not OTHER or not verdict.findings


@pytest.mark.parametrize("mark", [Mark.NOREPLY, Mark.SUPPRESS, Mark.NOT_ADDRESSED, Mark.NO_SENDER])
@pytest.mark.parametrize(("tells", "given", "decision"), HUMAN, ids=[t for t, _, _ in HUMAN])
def test_signs_that_forbid_only_the_letter(mark, tells, given, decision):
    verdict = judged((mark,), **given)
    assert (handled(verdict), verdict.by_hand) == (decision, True)


QUESTIONS = [  # what only asks is for people; a lock that is lost may be a request
    ("请问如何解绑CA锁？", OTHER),
    ("解绑CA锁要交什么材料？", OTHER),
    ("CA锁丢了怎么办？", OTHER),
    ("北京晨曦建设工程有限公司CA锁丢了怎么办？", DOUBT),
    ("锁丢了，怎么挂失？", OTHER),
    ("麻烦解一下绑", REJECT),
    ("请问CA锁在哪里办理？", OTHER),
    ("CA锁怎么绑定账号？", OTHER),
    ("请问你们支持哪些CA证书？谢谢", OTHER),
    ("请问开标地点", OTHER),
]


@pytest.mark.parametrize(("text", "decision"), QUESTIONS)
def test_questions_without_papers(text, decision):
    assert handled(judged(request=read_request("咨询", text), files=())) is decision


@pytest.mark.parametrize(("text", "_decision"), QUESTIONS)
def test_a_question_with_a_pdf_is_judged(text, _decision):
    assert judged(request=read_request("咨询", text)).decision is REJECT


@pytest.mark.parametrize("mark", [Mark.REPORT, Mark.DAEMON, Mark.OWN])
@pytest.mark.parametrize("more", [(), tuple(Mark)], ids=["alone", "with all others"])
def test_bounces_and_our_own_are_ignored_whatever_they_carry(mark, more):
    verdict = judged((mark, *more))
    assert (verdict.decision, verdict.findings, verdict.by_hand) == (IGNORE, (), False)


ANSWERED = [
    ("out of office, our letter quoted", NO_WORDS, (), NO_DOCUMENTS, IGNORE),
    ("out of office, the words in its subject", WORDS, (), NO_DOCUMENTS, IGNORE),
    ("a brochure attached to every answer", WORDS, PDF, NOTHING_READ, IGNORE),
    ("papers and no words", NO_WORDS, PDF, documents(), IGNORE),
    (
        "our mail returned inside, with its PDF",
        WORDS,
        (attachment("原邮件.eml", AttachmentKind.MESSAGE), attachment(inside="原邮件.eml")),
        documents(),
        IGNORE,
    ),
    ("words and papers of its own", WORDS, PDF, documents(), QUEUE),
    (
        "words and papers of its own in an archive",
        WORDS,
        (attachment("材料.zip", AttachmentKind.ARCHIVE), attachment(inside="材料.zip")),
        documents(),
        QUEUE,
    ),
    ("words and a PDF that was not read well", WORDS, PDF, unsure_pages(NOTHING_READ), QUEUE),
    ("words and a PDF that was not read", WORDS, PDF, NO_DOCUMENTS, QUEUE),
    (
        "words and a PDF that cannot be opened",
        WORDS,
        PDF,
        documents((), (), (), {PDF[0].name: Unopened.DAMAGED}),
        REJECT,
    ),
]


BULK = [
    ("a newsletter", NO_WORDS, (), NO_DOCUMENTS, IGNORE),
    ("a newsletter that speaks of CA locks", LOCKS_ONLY, (), NO_DOCUMENTS, IGNORE),
    ("a newsletter with a brochure", LOCKS_ONLY, PDF, NOTHING_READ, IGNORE),
    (
        "a digest with a request inside a message",
        LOCKS_ONLY,
        (attachment("摘要.eml", AttachmentKind.MESSAGE), attachment(inside="摘要.eml")),
        documents(),
        IGNORE,
    ),
    ("a request by an alias", WORDS, PDF, documents(), QUEUE),
    ("a request by an alias without its PDF", WORDS, (), NO_DOCUMENTS, REJECT),
    ("papers by an alias, no words", NO_WORDS, PDF, documents(), REJECT),
]


MACHINES = [
    *itertools.product((Mark.AUTO_REPLIED, Mark.NULL_RETURN_PATH), ANSWERED),
    *itertools.product((Mark.LIST, Mark.PRECEDENCE, Mark.AUTO_GENERATED), BULK),
]


@pytest.mark.parametrize(
    ("mark", "given"), MACHINES, ids=[f"{mark}, {given[0]}" for mark, given in MACHINES]
)
def test_automatic_answers_lists_and_bulk(mark, given):
    _, request_form, files, read, decision = given
    verdict = judged((mark,), request_form, files, read)
    assert verdict.decision is decision
    assert verdict.by_hand == (decision is not IGNORE)


def test_pictures_count_where_the_policy_allows_them():
    picture = attachment("证件.jpg", AttachmentKind.IMAGE)
    shown = documents(
        pages=[replace(p, attachment=picture.name) for p in (page(1), page(2))],
        parts=[replace(p, attachment=picture.name) for p in documents().parts],
        seals=[replace(s, attachment=picture.name) for s in documents().seals],
    )
    submission = complete_submission(message((picture,)), NO_WORDS, shown)
    assert check(submission).decision is OTHER
    assert check(submission, Policy(allow_images=True)).decision is REJECT
    assert check(replace(submission, request=WORDS), Policy(allow_images=True)).decision is QUEUE


def test_papers_are_what_the_reader_knows_as_papers():
    """A page with nothing but other things on it is a brochure; a request letter is a paper."""
    for kind in PartKind:
        read = documents(
            pages=(bare(1),), parts=[replace(documents().parts[0], kind=kind)], seals=()
        )
        verdict = judged((Mark.LIST,), LOCKS_ONLY, PDF, read)
        assert (verdict.decision is IGNORE) == (kind is PartKind.OTHER)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("北京（甲）有限公司", "北京(甲)有限公司", True),
        ("北京〔甲〕有限公司", "北京【甲】有限公司", True),
        ("北京 甲　有限\u200b公司", "北京甲有限公司", True),
        ("ＡＢＣ科技", "abc 科技", True),
        ("阿·甲公司", "阿•甲公司", True),
        ("甲—乙公司", "甲-乙公司", True),
        ("北京甲有限公司", "北京申有限公司", False),
        ("北京(甲)有限公司", "北京甲有限公司", False),
        ("北京\ue000公司", "北京公司", False),
        ("北京𬭎公司", "北京公司", False),
        ("", "  ", True),
    ],
)
def test_names_are_folded_and_never_guessed(one, other, same):
    assert (fold_name(one) == fold_name(other)) is same
    assert fold_name(fold_name(one)) == fold_name(one)
