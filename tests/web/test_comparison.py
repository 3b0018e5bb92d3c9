"""The contents of mail, papers, seals and account side by side, and findings as lines that point to
their place."""

from dataclasses import replace

import pytest

from core.data.case import Case, State
from core.data.documents import Box, PartKind, SealKind
from core.data.finding import Finding, Severity
from core.data.submission import Submission
from tests.validators.builders import (
    AGREES,
    ARRIVED,
    DIFFERS,
    NAME,
    OTHER_NAME,
    OTHER_USCC,
    PDF,
    REGISTRY_SEAL,
    SENDER,
    UNSURE,
    USCC,
    complete_submission,
    documents,
    enterprise,
    form,
    id_back,
    id_front,
    licence,
    message,
    seal,
    without,
)
from validators.check import default_severities
from web.common.comparison import _SHOWN_AT, MOST_CELLS, Mark, _senders, compare, finding_lines

CASE = Case(
    1, "JB20261125-0001", 1, State.QUEUED, SENDER, NAME, USCC, True, False, ARRIVED, ARRIVED
)
# as the table below has them
S, O, U, P = Mark.SAME, Mark.OTHER, Mark.UNSURE, Mark.PLAIN  # noqa: E741


def read(*submissions: Submission):
    return [(number, one) for number, one in enumerate(submissions, 1)]


def papers(**changes):
    return complete_submission(documents=documents(**changes))


def sealed(*seals):
    return papers(seals=seals)


TWO = papers(parts=(licence(1, enterprise_name=OTHER_NAME, uscc=OTHER_USCC), licence()))
ROWS = [
    ("another licence beside its own", TWO, enterprise(), "企业名称", ([S], [O, S], [S], [S])),
    ("its code, too", TWO, enterprise(), "信用代码", ([], [O, S], [], [S])),
    ("all agree", complete_submission(), enterprise(), "企业名称", ([S], [S], [S], [S])),
    (
        "the mail names another",
        complete_submission(request=form(enterprise_names=(OTHER_NAME,))),
        enterprise(),
        "企业名称",
        ([O], [S], [S], [S]),
    ),
    (
        "two names in the mail",
        complete_submission(request=form(enterprise_names=(NAME, OTHER_NAME))),
        enterprise(),
        "企业名称",
        ([S, O], [S], [S], [S]),
    ),
    (
        "the account is another",
        complete_submission(),
        enterprise(name=OTHER_NAME),
        "企业名称",
        ([S], [S], [S], [O]),
    ),
    ("no account", complete_submission(), None, "企业名称", ([S], [S], [S], [])),
    (
        "the licence is read with doubt",
        papers(parts=(id_front(), id_back(), licence(doubts=("enterprise_name",)))),
        enterprise(),
        "企业名称",
        ([S], [U], [S], [S]),
    ),
    (
        "no licence: the mail counts",
        complete_submission(documents=without(PartKind.LICENCE)),
        enterprise(name=OTHER_NAME),
        "企业名称",
        ([S], [], [S], [O]),
    ),
    (
        "a seal bears the name",
        sealed(seal(checks=AGREES, text=None)),
        enterprise(),
        "企业名称",
        ([S], [S], [S], [S]),
    ),
    (
        "a seal differs",
        sealed(seal(checks=DIFFERS, text=None)),
        enterprise(),
        "企业名称",
        ([S], [S], [O], [S]),
    ),
    (
        "a seal leaves it open",
        sealed(seal(checks=UNSURE, text=None)),
        enterprise(),
        "企业名称",
        ([S], [S], [U], [S]),
    ),
    (
        "a seal reads another name",
        sealed(seal(text=OTHER_NAME)),
        enterprise(),
        "企业名称",
        ([S], [S], [O], [S]),
    ),
    ("a seal is not read", sealed(seal(text=None)), enterprise(), "企业名称", ([S], [S], [U], [S])),
    (
        "a contract seal bears the name",
        sealed(seal(kind=SealKind.CONTRACT, text=f"{NAME}合同专用章")),
        enterprise(),
        "企业名称",
        ([S], [S], [S], [S]),
    ),
    (
        "the registry's seal says nothing",
        sealed(REGISTRY_SEAL),
        enterprise(),
        "企业名称",
        ([S], [S], [], [S]),
    ),
    ("codes agree", complete_submission(), enterprise(), "信用代码", ([], [S], [], [S])),
    (
        "the account has another code",
        complete_submission(),
        enterprise(uscc=OTHER_USCC),
        "信用代码",
        ([], [S], [], [O]),
    ),
    (
        "the handler is the contact",
        complete_submission(),
        enterprise(),
        "经办人",
        ([S], [S], [], [S]),
    ),
    (
        "the handler is not the contact",
        complete_submission(),
        enterprise(contact_email="x@example.org"),
        "经办人",
        ([S], [S], [], [U]),
    ),
    (
        "a sender who failed",
        complete_submission(message(authentication="fail")),
        enterprise(),
        "经办人",
        ([O], [S], [], [S]),
    ),
    (
        "a sender whom nobody proves",
        complete_submission(message(authentication="none")),
        enterprise(),
        "经办人",
        ([U], [S], [], [S]),
    ),
    (
        "another person's card",
        papers(parts=(id_front(name="王五"), id_back(), licence())),
        enterprise(),
        "经办人",
        ([S], [P], [], [S]),
    ),
    ("valid papers", complete_submission(), enterprise(), "有效期", ([], [S, S], [], [])),
    (
        "an expired card",
        papers(parts=(id_front(), id_back(valid_until="2026-11-24"), licence())),
        enterprise(),
        "有效期",
        ([], [O, S], [], []),
    ),
    (
        "an end read with doubt",
        papers(parts=(id_back(valid_until="2026-11-24", doubts=("valid_until",)),)),
        enterprise(),
        "有效期",
        ([], [U], [], []),
    ),
]


@pytest.mark.parametrize(
    ("situation", "submission", "account", "label", "marks"),
    ROWS,
    ids=[f"{row[3]}: {row[0]}" for row in ROWS],
)
def test_each_source_is_compared_with_the_others(situation, submission, account, label, marks):
    row = next(one for one in compare(CASE, read(submission), account) if one.label == label)
    sources = (row.mails, row.papers, row.seals, row.account)
    assert tuple([cell.mark for cell in cells] for cells in sources) == marks, situation


def test_the_characters_that_differ_are_pointed_at():
    row = compare(
        CASE,
        read(complete_submission(request=form(enterprise_names=(OTHER_NAME, NAME[:-2])))),
        enterprise(),
    )[0]
    assert [text for text, odd in row.mails[0].pieces if odd] == [OTHER_NAME[5]]
    assert [text for text, odd in row.mails[1].pieces if odd] == [f"（缺“{NAME[-2:]}”）"]
    assert row.mails[0].text == OTHER_NAME
    asked = compare(CASE, read(sealed(seal(checks=DIFFERS, text=None))), enterprise())[0].seals[0]
    assert asked.note == f"“{NAME[5]}”处印的是“{OTHER_NAME[5]}”"
    others = tuple(zip(NAME, NAME[::-1], strict=True))
    checks = tuple(replace(one, odd=others) for one in DIFFERS)
    asked = compare(CASE, read(sealed(seal(checks=checks, text=None))), enterprise())[0].seals[0]
    assert (asked.text, asked.note) == ("印的是另一名称", "")


def test_mails_of_a_case_are_one_row_without_repetitions():
    first = complete_submission()
    second = complete_submission(request=form(enterprise_names=(OTHER_NAME,)))
    row = compare(CASE, read(first, second), enterprise())[0]
    assert [cell.text for cell in row.mails] == [NAME, OTHER_NAME]
    assert [cell.text for cell in row.papers] == [NAME]


def test_a_case_without_readable_mails_has_rows_without_cells():
    rows = compare(CASE, [], None)
    assert rows
    assert not [row for row in rows if row.mails or row.papers or row.seals]


@pytest.mark.parametrize(("last", "mark"), [(OTHER_NAME, O), (f" {NAME}", U)])
def test_of_many_names_the_first_stand_there_and_the_others_count(last, mark):
    """Each is compared with the licence, sign by sign; a sender gives as many as he likes."""
    same = tuple(f"{NAME}{' ' * number}" for number in range(300))
    many = complete_submission(request=form(enterprise_names=(*same, last)))
    said = compare(CASE, read(many), enterprise())[0].mails
    assert [cell.mark for cell in said] == [S] * MOST_CELLS + [mark]
    assert said[-1].text == f"另有 {301 - MOST_CELLS} 种"


def finding(code, severity=Severity.REVIEW, **changes):
    return Finding(code, severity, **changes)


def test_findings_of_one_question_are_one_line_and_the_gravest_comes_first():
    found = (
        finding("sender.unregistered", Severity.NOTE),
        finding("document.seal.unsure", variant="name"),
        finding("match.seal", variant="asked"),
        finding("attachment.none", Severity.REJECT),
        finding("sender.unauthenticated", variant="unproved"),
    )
    lines = finding_lines(found, [])
    assert [(line.findings[0].severity, [one.code for one in line.findings]) for line in lines] == [
        (Severity.REJECT, ["attachment.none"]),
        (Severity.REVIEW, ["document.seal.unsure", "match.seal"]),
        (Severity.REVIEW, ["sender.unauthenticated", "sender.unregistered"]),
    ]


def test_findings_of_two_files_stay_two_lines():
    found = tuple(
        finding(
            "attachment.damaged", variant="empty", where=name, parameters={"file": 1, "lacking": ()}
        )
        for name in ("a.pdf", "b.pdf")
    )
    assert len(finding_lines(found, [])) == 2


def test_each_finding_about_a_field_of_a_paper_names_the_field():
    of_fields = {code for code in default_severities() if code.startswith(("id.", "licence."))}
    assert of_fields
    assert of_fields <= _SHOWN_AT.keys(), "add a row to _SHOWN_AT of web/common/comparison.py"


@pytest.mark.parametrize(
    ("found", "place"),
    [
        (finding("match.enterprise_name", where=PDF, pages=(2,)), "p1-2-enterprise_name"),
        (finding("id.number.invalid", where=PDF, pages=(1,)), "p1-0"),
        (finding("match.seal", where=PDF, pages=(2,)), "s1-1"),
        (finding("document.unreadable", where=PDF, pages=(2,)), "g1-1"),
        (finding("document.unreadable", where=f"{PDF}（补件1）", pages=(2,)), "g1-1"),
        (finding("document.unreadable", where="another.pdf"), ""),
        (finding("account.nothing_bound"), ""),
    ],
)
def test_a_finding_points_to_its_place(found, place):
    boxed = replace(licence(), field_boxes={"enterprise_name": Box(0.1, 0.1, 0.5, 0.2)})
    [line] = finding_lines([found], read(papers(parts=(id_front(), id_back(), boxed))))
    assert line.place == place


def test_an_address_is_displayed_once_for_each_result_of_its_authentication():
    mails = [
        complete_submission(message(sender_name=name, authentication=proved))
        for name, proved in (("张三", "pass"), ("", "pass"), ("", "fail"))
    ]
    assert [cell.mark for cell in _senders(mails)] == [S, O], "a failed one stays"
