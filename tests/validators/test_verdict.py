"""The verdict: precedence, configured severities, and that doubt never rejects."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cases.letters.words import text_of
from core.data.documents import Documents, PartKind, SealKind, SealVerdict, Unopened
from core.data.finding import Decision, Severity
from core.data.submission import Answer, AttachmentKind
from tests.validators.builders import (
    NAME,
    OTHER_NAME,
    PDF,
    REGISTRY_SEAL,
    asked,
    attachment,
    bare,
    certificate,
    complete_submission,
    documents,
    form,
    id_back,
    id_front,
    letter,
    licence,
    message,
    page,
    seal,
    sheet,
    without,
)
from tests.validators.examples import EXAMPLES
from validators.check import (
    RULES,
    PolicyJudge,
    check,
    default_severities,
    override_problem,
)
from validators.evidence import Policy


def rejects_of(verdict):
    return [one.code for one in verdict.findings if one.severity is Severity.REJECT]


def test_precedence():
    decisions = set()
    for example in EXAMPLES:
        verdict = check(example.submission, example.policy, example.account, example.competing)
        ends_as = PolicyJudge(example.policy).course(example.submission).ends_as
        rejected = Severity.REJECT in {finding.severity for finding in verdict.findings}
        assert verdict.decision is (ends_as or (Decision.REJECT if rejected else Decision.QUEUE))
        decisions.add(verdict.decision)
    assert {Decision.REJECT, Decision.QUEUE} <= decisions


@pytest.mark.parametrize(
    "policy", [Policy(), Policy(allow_images=True), Policy(max_pages=1, max_bytes=1000)]
)
def test_the_course_is_that_of_the_verdict_under_the_same_policy(policy):
    judge = PolicyJudge(policy)
    for example in EXAMPLES:
        course, verdict = (
            judge.course(example.submission),
            judge.verdict(example.submission, None, ()),
        )
        assert (course.ends_as or verdict.decision, course.by_hand) == (
            verdict.decision,
            verdict.by_hand,
        )
        assert (course.ends_as is None) == (verdict.decision in {Decision.QUEUE, Decision.REJECT})


def test_a_picture_opens_a_case_only_where_the_policy_reads_pictures():
    picture = replace(
        complete_submission(),
        request=form(has_request_words=False),
        message=message(attachments=(attachment(kind=AttachmentKind.IMAGE),)),
    )
    assert PolicyJudge(Policy()).course(picture).ends_as is Decision.OTHER
    assert PolicyJudge(Policy(allow_images=True)).course(picture).ends_as is None


def test_all_findings_are_told_at_once():
    nothing = complete_submission(
        message(()),
        form(enterprise_names=(), unbind=Answer.MISSING, reset_password=Answer.MISSING),
        Documents(),
    )
    assert [f.code for f in check(nothing).findings] == [
        "request.enterprise_name.missing",
        "request.unbind.missing",
        "request.reset_password.missing",
        "attachment.none",
    ]


def test_everything_missing_from_a_pdf_is_told_at_once():
    empty = complete_submission(documents=documents(pages=(bare(1),), parts=(), seals=()))
    assert [f.code for f in check(empty).findings] == [
        "document.id_front.missing",
        "document.licence.missing",
        "document.id_back.missing",
        "document.seal.missing",
    ]


def test_a_file_that_cannot_be_opened_claims_nothing_missing_but_says_what_the_others_lack():
    read = replace(without(PartKind.LICENCE), unopened={"坏.pdf": Unopened.DAMAGED})
    verdict = check(
        complete_submission(message((attachment(), attachment("坏.pdf"))), documents=read)
    )
    assert rejects_of(verdict) == ["attachment.damaged"]
    assert "第 2 个 PDF 附件" in text_of(verdict.findings[0])
    assert "营业执照" in text_of(verdict.findings[0])


def test_pictures_beside_the_pdfs_are_not_counted():
    pictures = [attachment(f"{n}.png", AttachmentKind.IMAGE) for n in range(3)]
    verdict = check(
        complete_submission(
            message((*pictures, attachment(), attachment("坏.pdf"))),
            documents=replace(documents(), unopened={"坏.pdf": Unopened.ENCRYPTED}),
        )
    )
    found = next(f for f in verdict.findings if f.code == "attachment.encrypted")
    assert text_of(found).startswith("第 2 个 PDF 附件")


def test_an_archive_that_cannot_be_opened_is_not_called_a_damaged_pdf():
    """A spreadsheet that no zip program opens: its sender was told to send "the PDF" again."""
    broken = attachment("台账.xlsx", AttachmentKind.ARCHIVE)
    verdict = check(
        complete_submission(message((broken,), defects=("archive.damaged",)), documents=Documents())
    )
    found = next(f for f in verdict.findings if f.code == "attachment.damaged")
    assert "已损坏" not in text_of(found)
    assert "压缩包" in text_of(found)


def test_the_only_attachment_is_not_numbered():
    verdict = check(complete_submission(documents=Documents(unopened={PDF: Unopened.ENCRYPTED})))
    assert [text_of(f)[:4] for f in verdict.findings] == ["附件设有"]


@pytest.mark.parametrize("with_sheet", [True, False])
def test_only_an_unsealed_request_sheet_is_told_of_its_place_for_the_seal(with_sheet):
    first = bare(1, sheet=sheet() if with_sheet else None)
    verdict = check(complete_submission(documents=documents(pages=(first, bare(2)), seals=())))
    assert [
        "盖在框内" in text_of(f) for f in verdict.findings if f.code == "document.seal.missing"
    ] == [with_sheet]


@pytest.mark.parametrize(
    ("characters", "text", "told"),
    [(4, None, "“堃”读作“泰”"), (4, NAME, "“堃”读作“泰”"), (5, None, "不一致。")],
)
def test_characters_seen_otherwise_on_an_asked_seal_are_told_while_they_are_few(
    characters, text, told
):
    odd = tuple((claimed, seen) for claimed, seen in zip(NAME, "京北泰堃喆", strict=False))[
        :characters
    ]
    answers = asked(SealVerdict.DIFFERS, *odd)
    verdict = check(
        complete_submission(
            documents=documents(
                seals=(seal(1, text=text, checks=answers), seal(2, text=text, checks=answers))
            )
        )
    )
    assert [told in text_of(f) for f in verdict.findings if f.code == "match.seal"] == [True]


def test_an_asked_seal_that_differs_much_is_told_with_the_words_read_on_it():
    answers = asked(SealVerdict.DIFFERS, *zip(NAME[:5], "天津泰堃喆", strict=True))
    other = seal(1, text="天津泰堃喆贸易有限公司", checks=answers)
    verdict = check(complete_submission(documents=documents(seals=(other, seal(2)))))
    [finding] = [f for f in verdict.findings if f.code == "match.seal"]
    assert "天津泰堃喆贸易有限公司" in text_of(finding)


def test_config_may_make_the_missing_back_a_rejection():
    lacking = complete_submission(documents=without(PartKind.ID_BACK))
    policy = Policy(severities={"document.id_back.missing": Severity.REJECT})
    assert check(lacking).decision is Decision.QUEUE
    assert check(lacking, policy).decision is Decision.REJECT
    assert (
        check(
            complete_submission(
                documents=replace(lacking.documents, pages=(page(1, confident=False), page(2)))
            ),
            policy,
        ).decision
        is Decision.QUEUE
    )


def test_config_may_lower_a_rejection():
    policy = Policy(severities={"document.seal.missing": Severity.REVIEW})
    verdict = check(
        complete_submission(documents=documents(pages=(bare(1), bare(2)), seals=())), policy
    )
    assert verdict.decision is Decision.QUEUE
    assert [(f.code, f.severity) for f in verdict.findings] == [
        ("document.seal.missing", Severity.REVIEW)
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.code}-{e.kind.value}-{e.tells}")
def test_a_configured_severity_is_used_up_to_its_ceiling(example):
    for wanted in Severity:
        policy = replace(example.policy, severities={example.code: wanted})
        ceiling = next(r.at_most for r in RULES if r.code == example.code)
        for finding in check(
            example.submission, policy, example.account, example.competing
        ).findings:
            if finding.code == example.code:
                assert finding.severity in {wanted, Severity.REVIEW}
                assert ceiling is Severity.REJECT or finding.severity is not Severity.REJECT


@pytest.mark.parametrize(
    "code",
    [
        "document.unreadable",
        "document.seal.unsure",
        "request.unread",
        "match.seal",
        "account.unknown",
        "sender.unregistered",
        "case.competing",
    ],
)
def test_doubt_and_matters_of_administrators_can_never_be_made_a_rejection(code):
    assert override_problem(code, Severity.REJECT)
    example = next(e for e in EXAMPLES if e.code == code)
    verdict = check(
        example.submission,
        Policy(severities={code: Severity.REJECT}),
        example.account,
        example.competing,
    )
    assert verdict.decision is Decision.QUEUE


@pytest.mark.parametrize(
    ("code", "severity", "words"),
    [
        ("attachment.nothing", Severity.REVIEW, "没有这个检查项"),
        ("document.unreadable", Severity.REJECT, "最高只能写 review"),
    ],
)
def test_a_problem_of_a_severity_is_told(code, severity, words):
    assert words in override_problem(code, severity)


def test_the_usual_severities_and_lower_ones_are_no_problem():
    usual = [*default_severities().items(), ("id.expired", Severity.REJECT)]
    assert not any(override_problem(code, severity) for code, severity in usual)


PAGES = st.lists(
    st.builds(
        page,
        confident=st.booleans(),
        colour=st.booleans(),
        seal_ink=st.booleans(),
        blank=st.booleans(),
    ),
    max_size=4,
).map(lambda pages: tuple(replace(p, number=n + 1) for n, p in enumerate(pages)))
PARTS = st.lists(
    st.sampled_from(
        [
            id_front(),
            id_back(),
            licence(),
            licence(1),
            certificate("护照"),
            certificate("事业单位法人证书", 2),
            certificate("", 2),
            id_front(doubts=("name",)),
            id_back(valid_until="2001-01-01"),
            letter(2, text="申请解绑"),
            letter(1),
        ]
    ),
    max_size=5,
).map(tuple)
SEALS = st.lists(
    st.builds(
        seal,
        st.integers(1, 3),
        st.sampled_from(SealKind),
        st.sampled_from([None, "甲公司"]),
        doubtful=st.booleans(),
    ),
    max_size=3,
).map(lambda seals: (*seals, REGISTRY_SEAL))
FILES = ("另一份.pdf", "第三份.zip")
UNOPENED = st.dictionaries(st.sampled_from([PDF, *FILES]), st.sampled_from(Unopened), max_size=2)
FORMS = st.builds(form, unbind=st.sampled_from(Answer), reset_password=st.sampled_from(Answer))
SUBMISSIONS = st.builds(
    lambda request, pages, parts, seals, unopened: complete_submission(
        message((attachment(), *(attachment(n) for n in FILES if n in unopened))),
        request,
        Documents(pages, parts, seals, unopened),
    ),
    FORMS,
    PAGES,
    PARTS,
    SEALS,
    UNOPENED,
)
POLICIES = st.builds(
    Policy,
    severities=st.dictionaries(
        st.sampled_from(sorted(default_severities())), st.sampled_from(Severity), max_size=6
    ),
    max_pages=st.sampled_from([2, 20]),
    allow_images=st.booleans(),
)
MORE_DOUBT = (
    lambda p: replace(p, confident=False),
    lambda p: replace(p, colour=False),
    lambda p: replace(p, seal_ink=True),
    lambda p: replace(p, confident=False, colour=False),
)


@settings(max_examples=400)
@given(SUBMISSIONS, POLICIES, st.data())
def test_doubt_never_rejects(submission, policy, data):
    """Whatever was queued stays queued when pages are read less well, under any policy."""
    blurred = tuple(
        data.draw(st.sampled_from((lambda p: p, *MORE_DOUBT)))(p)
        for p in submission.documents.pages
    )
    worse = replace(submission, documents=replace(submission.documents, pages=blurred))
    before, after = check(submission, policy), check(worse, policy)
    rejects = set(rejects_of(after)) - set(rejects_of(before))
    assert not rejects
    assert before.decision is Decision.REJECT or after.decision is not Decision.REJECT


@settings(max_examples=200)
@given(SUBMISSIONS, POLICIES)
def test_a_reader_that_died_never_adds_a_rejection(submission, policy):
    """An attachment that proves nothing may only take rejections away."""
    died = replace(
        submission,
        message=replace(
            submission.message,
            attachments=(*submission.message.attachments, attachment("死.pdf", AttachmentKind.PDF)),
        ),
        documents=replace(
            submission.documents,
            unopened={**submission.documents.unopened, "死.pdf": Unopened.LIMIT},
        ),
    )
    several = "attachment.several"  # The count of files is no doubt: a centre may insist on one.
    rejects = set(rejects_of(check(died, policy))) - set(rejects_of(check(submission, policy)))
    assert rejects <= {several}


@settings(max_examples=200)
@given(SUBMISSIONS, POLICIES)
def test_no_page_read_with_confidence_means_no_rejection_for_a_paper(submission, policy):
    blurred = replace(
        submission.documents,
        pages=tuple(replace(p, confident=False) for p in submission.documents.pages),
    )
    rejects = rejects_of(check(replace(submission, documents=blurred), policy))
    assert not any(code.startswith("document.") and code.endswith(".missing") for code in rejects)
    assert check(submission, policy) == check(submission, policy)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OTHER_NAME, "（“喆”读作“哲”）"),
        ("北京泰镕喆工程有限公司合同专用章", "（少“堃”）"),
        ("北京堃泰镕喆工程集团有限公司", "（多“集团”）"),
        ("北京甲乙丙丁工程有限公司", "（“堃泰镕喆”读作“甲乙丙丁”）"),
        ("北京甲乙丙丁戊程有限公司", "不一致。"),
        ("上海远大贸易行", "不一致。"),
    ],
)
def test_a_differing_name_is_told_with_the_characters_that_differ(text, told):
    """One honest request in six has a seal of which a character was misread:
    the administrator looks for that one."""
    verdict = check(complete_submission(documents=documents(seals=(seal(1), seal(2, text=text)))))
    assert [told in text_of(f) for f in verdict.findings if f.code == "match.seal"] == [True]


@pytest.mark.parametrize(
    ("code", "is_for_the_enterprise"),
    [("document.seal.missing", True), ("case.competing", False), ("of.another_version", False)],
)
def test_only_what_may_reject_has_words_for_the_enterprise(code, is_for_the_enterprise):
    assert bool(PolicyJudge().rejects(code)) is is_for_the_enterprise


@pytest.mark.parametrize("link", [(), ("163云附件",)])
def test_a_link_beside_what_is_in_doubt_rejects_nothing(link):
    lacking = replace(without(PartKind.LICENCE), unopened={"死.pdf": Unopened.LIMIT})
    mail = message([attachment(), attachment("死.pdf")], cloud_links=link)
    assert rejects_of(check(complete_submission(mail, documents=lacking))) == []
