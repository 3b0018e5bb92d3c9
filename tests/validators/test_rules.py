"""Every finding code, true, false and unsure; the table itself; the words of its messages."""

import re
from collections import defaultdict
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

import pytest

import validators
from core.cases.letters.letter_content import REPORTED_REVIEW
from core.cases.letters.words import (
    FINDINGS,
    confirmed_text,
    console_text,
    places_in,
    sentence_of,
    text_of,
)
from core.data.documents import UNPROVED, Unopened
from core.data.finding import Decision, Severity, Verdict
from papers.kinds.paper_kinds import (
    FOREIGN_TITLE,
    ORGANISATION_CERTIFICATES,
    PASSPORT_TITLE,
    PERSON_CERTIFICATES,
)
from tests.validators.builders import (
    PDF,
    attachment,
    certificate,
    complete_submission,
    documents,
    id_back,
    id_front,
    known,
    licence,
    message,
)
from tests.validators.examples import EXAMPLES, Example, Kind
from tests.validators.findings_by_example import FILE, lines
from validators.check import RULES, PolicyJudge, check, default_severities

REPOSITORY = Path(__file__).resolve().parents[2]
IDS = [f"{e.code}-{e.kind.value}-{e.tells}" for e in EXAMPLES]


def verdict_of(example: Example) -> Verdict:
    return check(example.submission, example.policy, example.account, example.competing)


def test_the_package_is_ours():
    assert Path(validators.__file__).resolve() == REPOSITORY / "validators" / "__init__.py"


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_example(example: Example):
    verdict = verdict_of(example)
    found = {f.code: f.severity for f in verdict.findings}
    if example.kind is Kind.TRUE:
        assert found.get(example.code) is default_severities()[example.code]
        assert (verdict.decision is Decision.REJECT) == (Severity.REJECT in found.values())
    elif example.kind is Kind.FALSE:
        assert example.code not in found
    else:
        assert found.get(example.code) is not Severity.REJECT
        assert verdict.decision is Decision.QUEUE
        assert not example.instead or found.get(example.instead) is Severity.REVIEW


def test_every_code_has_true_false_and_unsure_examples():
    kinds = defaultdict(set)
    for example in EXAMPLES:
        kinds[example.code].add(example.kind)
    lacking = {code: set(Kind) - kinds[code] for code in default_severities()}
    lacking = {code: some for code, some in lacking.items() if some}
    assert not lacking, f"examples to add in tests/validators/examples: {lacking}"
    assert set(kinds) == set(default_severities()), "an example's code has no rule"


@pytest.mark.parametrize("title", [*PERSON_CERTIFICATES, PASSPORT_TITLE, FOREIGN_TITLE])
def test_a_persons_certificate_stands_in_for_the_id_card_alone(title: str):
    parts = complete_submission(documents=documents(parts=(certificate(title), licence())))
    codes = {finding.code: finding.severity for finding in check(parts).findings}
    assert codes == {"document.other_certificate": Severity.REVIEW}, (
        "a word of this title goes into _PERSONAL_TITLES of validators/absence.py"
    )
    beside = complete_submission(
        documents=documents(parts=(id_front(), id_back(), certificate(title, 2)))
    )
    assert "document.licence.missing" in {finding.code for finding in check(beside).findings}


@pytest.mark.parametrize("title", ORGANISATION_CERTIFICATES)
def test_an_organisations_certificate_stands_in_for_the_licence_alone(title: str):
    parts = complete_submission(documents=documents(parts=(certificate(title, 2), licence())))
    assert "document.id_front.missing" in {finding.code for finding in check(parts).findings}


def test_a_complete_request_has_no_finding_and_is_queued():
    assert check(complete_submission(), account=known()) == Verdict(Decision.QUEUE)


def test_the_table_follows_the_published_codes_in_their_order():
    text = (REPOSITORY / "tests" / "validators" / "codes.txt").read_text(encoding="utf-8")
    assert [f"{r.code} {r.severity}" for r in RULES] == text.split("\n")[:-1]


def test_the_findings_of_every_example_are_those_of_the_file():
    """Where, on which pages and with which words: findings_by_example.txt."""
    changed = list(unified_diff(FILE.read_text(encoding="utf-8").splitlines(), list(lines()), n=1))
    assert not changed, "\n".join((f"if this is meant: python -m {lines.__module__}", *changed))


def test_findings_stand_in_the_order_of_the_table():
    order = list(default_severities())
    for example in EXAMPLES:
        places = [order.index(f.code) for f in verdict_of(example).findings]
        assert places == sorted(places)


def test_every_sentence_is_said_by_an_example_with_the_parameters_that_it_names():
    said: dict[str, set[str]] = {}
    for finding in (f for example in EXAMPLES for f in verdict_of(example).findings):
        assert sentence_of(finding), finding
        assert places_in(sentence_of(finding)) == set(finding.parameters), finding
        said.setdefault(finding.code, set()).add(sentence_of(finding))
    for code in default_severities():
        texts = {text for text in FINDINGS[code].values() if isinstance(text, str)}
        texts.remove(FINDINGS[code]["title"])
        assert texts == said[code], code


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_the_console_speaks_to_the_administrator(example: Example):
    """It asks for no mail to be sent again, which only the enterprise can do."""
    for finding in verdict_of(example).findings:
        text = console_text(finding)
        assert text.endswith("。")
        assert not re.search(r"重新(发送|扫描)|作为附件|请在正文|请将|请提供|请加盖", text), text


def test_every_other_sentence_belongs_to_a_sentence_of_the_finding():
    for code, texts in FINDINGS.items():
        for variant, sentence in (texts.get("console", {}) | texts.get("confirmed", {})).items():
            assert places_in(sentence) <= places_in(texts[variant]), code


WHAT_TO_DO = re.compile(r"请(?!求)")
INTO_LETTERS = ("request.", "attachment.", "document.", "id.", "licence.", "seal.")
ABOUT_ACCOUNTS = re.compile(r"账号|登记|已注册|未注册")


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_messages_are_chinese_and_those_of_letters_state_what_to_do(example: Example):
    for finding in verdict_of(example).findings:
        text, code = text_of(finding), finding.code
        assert text.endswith("。")
        if PolicyJudge().rejects(code) or code in REPORTED_REVIEW:
            assert WHAT_TO_DO.search(text), text


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_letters_can_hold_no_number_no_name_of_a_file_and_no_word_of_accounts(example: Example):
    for finding in verdict_of(example).findings:
        of_letters = [text_of(finding)] if finding.code.startswith(INTO_LETTERS) else []
        for text in (*of_letters, confirmed_text(finding)):
            assert not re.search(r"\d{6}", text)
            assert PDF not in text
            assert not ABOUT_ACCOUNTS.search(text)


@pytest.mark.parametrize("texts", FINDINGS.values(), ids=FINDINGS)
def test_a_doubt_found_true_says_what_to_do_and_repeats_no_words_of_mail_or_paper(texts):
    for sentence in texts.get("confirmed", {}).values():
        assert WHAT_TO_DO.search(sentence)
        assert "人工" not in sentence
        assert places_in(sentence) <= {"question", "file", "pages", "fields"}


@pytest.mark.parametrize("reason", Unopened)
def test_a_thousand_broken_files_are_told_in_a_few_lines(reason):
    files = [attachment(f"{n}.pdf") for n in range(1000)]
    read = replace(
        documents(pages=(), parts=(), seals=()), unopened={file.name: reason for file in files}
    )
    findings = check(complete_submission(message=message(files), documents=read)).findings
    told = [f for f in findings if "另有" in text_of(f)]
    assert len(findings) < 20
    assert len(told) == 1
    assert told[0].severity is (Severity.REVIEW if reason in UNPROVED else Severity.REJECT)
    assert "995" in text_of(told[0])
