"""Every code has its Chinese, once; a finding of another version is still told."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from core.cases.decision.answering import Answer
from core.cases.desk import Risk
from core.cases.letters import words
from core.cases.letters.words import FINDINGS, text_of
from core.data.case import ContactedBy, State
from core.data.documents import PartKind, SealCheck, SealKind, SealVerdict, SignatureState, Unopened
from core.data.finding import Decision, Finding, Severity
from core.data.letter import LetterKind, LetterState
from core.data.mail_record import AuthResult, CountsAs, Disposition
from core.data.roles import Role
from core.data.submission import AttachmentKind, RequestForm
from mail_intake.request.names.labelled_answers import LABELLED
from web.common.page_words import HIDDEN_DETAILS

ROOT = Path(__file__).parents[2]
# mail_intake reads what people write, in all their spellings
PACKAGES = ("app", "core", "scheduler", "validators", "web")


OF_CODES = {
    "STATES": State,
    "NEXT_STEP": State,
    "SEVERITIES": Severity,
    "DISPOSITIONS": Disposition,
    "DECISIONS": Decision,
    "LETTERS": LetterKind,
    "LETTER_STATES": LetterState,
    "ATTACHMENTS": AttachmentKind,
    "AUTHENTICATION": AuthResult,
    "SIGNATURES": SignatureState,
    "UNOPENED": Unopened,
    "PARTS": PartKind,
    "SEALS": SealKind,
    "SEAL_ANSWERS": SealVerdict,
    "COUNTS_AS": CountsAs,
    "CONTACTED_BY": ContactedBy,
    "CASE_ANSWERS": Answer,
    "ROLES": Role,
    "ROLE_NOTES": Role,
    "RISKS": Risk,
}
OTHERS = {"QUESTIONS", "ANSWERS", "PAPERS", "FIELDS", "ACTIONS", "ALERTS", "BY", "ACTORS"}
OTHERS |= {"DETAILS", "OTHER_PAPERS", "FINDINGS"}


@pytest.mark.parametrize("name", OF_CODES)
def test_every_code_has_its_word(name):
    assert set(getattr(words, name)) == set(OF_CODES[name]), (
        f"{name}: its table in templates/words.toml lacks a code, or has one too many"
    )


def test_every_table_is_compared_with_its_codes():
    tables = {name for name, table in vars(words).items() if isinstance(table, dict)}
    assert {name for name in tables if name.isupper() and name[0] != "_"} == OTHERS | {*OF_CODES}, (
        "a table of words.py belongs to an enumeration in OF_CODES, or into OTHERS"
    )


def test_every_table_of_words_is_read():
    written = tomllib.loads((ROOT / "templates" / "words.toml").read_text("utf-8"))
    source = Path(words.__file__).read_text("utf-8")
    read = set(re.findall(r'(?:_TABLES|_file\("words.toml"\))\["(\w+)"', source))
    assert written.keys() == read, "tables of templates/words.toml, and those that words.py reads"


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
        for kind in re.findall(r"alerts\.add\(\s*([^,]+),", text):
            literal = re.match(r'f?"([a-z_.]+?)\.?(?:\{|")', kind)
            name = re.match(r'f?"?\{?([A-Z_]+)\b', kind)
            constant = (
                re.search(rf'^{name[1]}\b[^=\n]*= "([a-z_.]+)"', text, re.MULTILINE)
                if name
                else None
            )
            found |= {one[1] for one in (literal, constant) if one}
    assert len(found) > 20
    unnamed = {kind for kind in found if words.alert(kind) == words.alert("nothing.known")}
    assert unnamed == set(), "[alerts] of templates/words.toml names each"


def test_every_detail_of_an_audit_row_has_its_word():
    """The names that stand where a row is written: write_case(…, tag=tag)."""
    found = {
        detail.arg
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).endswith((".write_case", "audit.write"))
        for detail in call.keywords
    }
    assert {"tag", "before"} <= found
    assert found - words.DETAILS.keys() - HIDDEN_DETAILS - {None} == set(), (
        "[details] of templates/words.toml names each"
    )


def test_the_questions_are_those_of_the_request():
    assert list(words.QUESTIONS) == ["enterprise_name", *RequestForm().answers, *LABELLED], (
        "each is read in one way"
    )


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
    ("spec", "value", "said"),
    [
        ("file", 0, "附件"),
        ("file", 2, "第 2 个 PDF 附件"),
        ("file", -3, "另有 3 个附件"),
        ("absent", (), ""),
        ("absent", ("document.licence.missing",), "其余附件中没有看到：营业执照。"),
        ("differences", (), ""),
        ("differences", (("堃", "昆"), ("喆", "")), "（“堃”读作“昆”；少“喆”）"),
        ("bracketed", "", ""),
        ("bracketed", "北京", "（北京）"),
    ],
)
def test_each_form_of_a_place_in_a_sentence(spec, value, said):
    assert words._WORDS.format(f"{{it:{spec}}}", it=value) == said


@pytest.mark.parametrize(
    ("claimed", "seen", "said"),
    [("堃", "昆", "“堃”处为“昆”"), ("堃", "", "少“堃”"), ("", "昆", "多“昆”")],
)
def test_a_seal_that_differs_is_told_by_its_characters(claimed, seen, said):
    assert f"（{said}）" in words.seal_answer(
        SealCheck("北京堃泰有限公司", SealVerdict.DIFFERS, ((claimed, seen),)), "北京堃泰有限公司"
    )


def test_a_long_name_that_nobody_can_see_takes_one_line():
    name = "内蒙古自治区农牧业水利基础设施投资建设运营管理集团有限责任公司"
    check = SealCheck(name, SealVerdict.UNSURE, tuple((one, "") for one in name))
    assert words.seal_answer(check, name).endswith("（“内蒙古自治区”等 31 字看不清）")
    check = SealCheck(name, SealVerdict.UNSURE, (("内", ""), ("蒙", "")))
    assert words.seal_answer(check, name).endswith("（“内蒙”看不清）")


def test_a_file_that_was_not_read_whole_is_named_once_and_without_a_cause():
    one = Finding("document.unreadable", Severity.REVIEW, variant="unread", parameters={"file": 0})
    for text in (words.text_of(one), words.confirmed_text(one)):
        assert text.startswith("附件未能在限定时间内读完")
