"""Every code has its Chinese, once; a finding of another version is still told."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest

from core.cases.letters import words
from core.cases.letters.words import FINDINGS, text_of
from core.data.finding import Finding, Severity
from core.data.submission import RequestForm, SealCheck, SealVerdict
from mail_intake.request.names.labelled_answers import LABELLED

ROOT = Path(__file__).parents[2]
# mail_intake reads what people write, in all their spellings
PACKAGES = ("app", "core", "scheduler", "validators", "web")
HOMES = {Path(words.__file__)}
ONCE = (
    words.QUESTIONS,
    words.STATES,
    words.LETTERS,
    words.LETTER_STATES,
    words.DISPOSITIONS,
    words.SEVERITIES,
    words.PARTS,
    words.PAPERS,
    words.SEALS,
)
# columns of a register, a table of people's decisions, names of folders, and plain speech
ALSO = {"企业名称", "退回", "不予办理", "已发送", "工单"}


def strings(file: Path) -> list[str]:
    return [
        n.value
        for n in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]


@pytest.mark.parametrize(
    "table",
    [
        words.STATES,
        words.SEVERITIES,
        words.DISPOSITIONS,
        words.DECISIONS,
        words.LETTERS,
        words.LETTER_STATES,
        words.ATTACHMENTS,
        words.SIGNATURES,
        words.UNOPENED,
        words.PARTS,
        words.SEALS,
        words.COUNTS_AS,
    ],
    ids=lambda table: type(next(iter(table))).__name__,
)
def test_every_code_has_its_word(table):
    assert set(table) == set(type(next(iter(table))))


def test_every_finding_has_its_title():
    titles = [words["title"] for words in FINDINGS.values()]
    assert len(set(titles)) == len(titles)
    assert all(len(words) > 1 for words in FINDINGS.values()), "and a sentence"


def test_every_alert_of_the_code_has_its_name():
    """Kinds that stand where an alert is raised, or as a constant beside it."""
    found = set()
    for file in (
        file for package in (*PACKAGES, "mail_intake") for file in (ROOT / package).rglob("*.py")
    ):
        text = file.read_text(encoding="utf-8")
        for kind in re.findall(r"alerts\.add\(\s*[^,]+,\s*([^,]+),", text):
            literal = re.match(r'f?"([a-z_.]+?)\.?(?:\{|")', kind)
            name = re.match(r'f?"?\{?([A-Z_]+)\b', kind)
            constant = (
                re.search(rf'^{name[1]}\b[^=\n]*= "([a-z_.]+)"', text, re.MULTILINE)
                if name
                else None
            )
            found |= {one[1] for one in (literal, constant) if one}
    assert len(found) > 20
    assert {kind for kind in found if words.alert(kind) == words.alert("nothing.known")} == set()


def test_the_questions_are_those_of_the_request():
    assert list(words.QUESTIONS) == ["enterprise_name", *RequestForm().answers, *LABELLED], (
        "each is read in one way"
    )


def test_no_word_of_a_code_stands_a_second_time():
    table = set(chain.from_iterable(one.values() for one in ONCE)) - ALSO
    files = [
        file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if file not in HOMES
    ]
    assert {(file.name, text) for file in files for text in strings(file) if text in table} == set()


def sentences() -> list[str]:
    """Of letters and of the console."""
    tables = [[entry, entry.get("console", {})] for entry in FINDINGS.values()]
    return [
        text
        for table in chain.from_iterable(tables)
        for text in table.values()
        if isinstance(text, str)
    ]


def test_no_question_and_no_sentence_stands_in_a_template():
    asked = {question for question in words.QUESTIONS.values() if question.startswith("是否")}
    said = {
        part
        for sentence in sentences()
        for part in re.split(r"[，。{}]", sentence)
        if re.search("[一-鿿]{9}", part)
    }
    shown = {
        file: file.read_text(encoding="utf-8")
        for file in (ROOT / "templates").rglob("*.*")
        if file.suffix in {".html", ".txt"}
    }
    assert {
        (file.name, text) for file, page in shown.items() for text in asked | said if text in page
    } == set()


@pytest.mark.parametrize(
    "finding",
    [
        Finding("attachment.none", Severity.REJECT, "邮件没有附件。请作为附件发送。"),
        Finding("of.another_version", Severity.REVIEW),
        Finding("document.seal.unsure", Severity.REVIEW, variant="of another version"),
        Finding("attachment.several", Severity.NOTE, parameters={"files": 2}),
    ],
)
def test_a_finding_of_another_version_is_told_by_its_own_words_or_its_code(finding):
    assert text_of(finding) == (finding.message or finding.code)


def test_pages_are_told_with_their_attachment():
    assert [words.place("a.pdf", (1, 3)), words.place("a.pdf"), words.place("JB20261125-0001")] == [
        "a.pdf 第 1、3 页",
        "a.pdf",
        "JB20261125-0001",
    ]


@pytest.mark.parametrize(
    ("claimed", "seen", "said"),
    [("堃", "昆", "“堃”处为“昆”"), ("堃", "", "少“堃”"), ("", "昆", "多“昆”")],
)
def test_a_seal_that_differs_is_told_by_its_characters(claimed, seen, said):
    assert f"（{said}）" in words.seal_answer(
        SealCheck("北京堃泰有限公司", SealVerdict.DIFFERS, ((claimed, seen),)), "北京堃泰有限公司"
    )
