"""台账: what a centre files, complete, without numbers of people and formulas, and audited."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from core.clock import local
from core.data.case import amend
from core.data.roles import Role
from tests.drawing.people import invent_enterprise, invent_person
from tests.web.conftest import someone
from web.common.page_words import LABELS
from web.console import ledger, spreadsheets
from web.console.spreadsheets import csv_text, workbook

CASES = tuple(LABELS["ledger"]["cases"]["head"])


@pytest.fixture
def filed(harness, monkeypatch):
    """Three cases of three days, read one by one."""
    monkeypatch.setattr(spreadsheets, "BATCH", 1)
    cases = []
    for seed in (1, 2, 3):
        harness.register(seed)
        cases.append(harness.request(seed))
        harness.clock.at += timedelta(days=1)
    return cases


@pytest.fixture
def approver(harness):
    return someone(harness, "zhao", Role.APPROVER)


def exported(visitor, case, sheet="cases", form="csv", days=1):
    day = local(case.opened_at).date()
    visitor.see("/statistics")
    fields = {"sheet": sheet, "since": day, "until": day + timedelta(days=days - 1), "form": form}
    return visitor.submit("/ledger", **fields)


def rows(answer):
    assert answer.status_code == 200, answer.text
    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    uneven = [row for row in found[:1] if None in row or None in row.values()]
    assert not uneven, "a row of web/console/ledger.py differs from its head in labels.toml"
    return found


def test_cases_of_a_period_in_both_forms(filed, approver):
    found = rows(exported(approver, filed[0], days=2))
    assert [row["工单号"] for row in found] == [case.number for case in filed[:2]]
    assert found[0]["企业名称"] == invent_enterprise(1).name
    assert found[0]["统一社会信用代码"] == invent_enterprise(1).uscc
    assert found[0]["经办人"] == invent_person(1).name
    assert found[0]["状态"] == "待审核"
    answer = exported(approver, filed[0], form="xlsx", days=2)
    assert "attachment" in answer.headers["content-disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).active
    head, *body = sheet.iter_rows(values_only=True)
    assert head == CASES
    assert [row[0] for row in body] == [case.number for case in filed[:2]]


def test_enterprises_and_letters(harness, filed, approver):
    with harness.tx() as tx:
        enterprise = tx.accounts.get(filed[0].enterprise_id)
        letters = tx.letters.newest()
    found = rows(exported(approver, filed[0], "letters", days=9))
    assert [row["编号"] for row in found] == [str(one.id) for one in reversed(letters)]
    registered = replace(filed[0], opened_at=enterprise.registered_at)
    found = rows(exported(approver, registered, "enterprises"))
    assert enterprise.uscc in {row["统一社会信用代码"] for row in found}
    assert {row["已绑定的锁"] for row in found} == {"2"}


def test_no_number_of_a_person_and_no_formula(harness, filed, approver):
    number = invent_person(1).id_number
    with harness.tx() as tx:
        case = tx.cases.get(filed[0].id)
        tx.cases.save(amend(case, case.changed_at, enterprise_name=f"=1+1 {number}", handler="@x"))
    text = exported(approver, filed[0]).content.decode("utf-8-sig")
    assert number not in text
    assert ",'=1+1 " in text
    assert ",'@x," in text


def test_too_many_rows_are_told(filed, approver, monkeypatch):
    monkeypatch.setattr(ledger, "MOST_ROWS", {"csv": 2, "xlsx": 2})
    *_, last = rows(exported(approver, filed[0], days=9))
    assert "只导出前 2 行" in last["工单号"]


def test_who_may_and_the_audit_knows(harness, filed, approver):
    reviewer = someone(harness, "sun", Role.REVIEWER)
    assert "/ledger" not in reviewer.see("/statistics").text
    assert exported(reviewer, filed[0]).status_code == 403
    assert exported(someone(harness, "qian", Role.AUDITOR), filed[0]).status_code == 200
    with harness.tx() as tx:
        entry = tx.audit.entries(limit=1)[0]
    assert (entry.actor, entry.action, entry.detail["sheet"]) == (
        "qian",
        "ledger.exported",
        "cases",
    )


@pytest.mark.parametrize(
    "fields", [{"sheet": "people"}, {"since": "yesterday"}, {"form": "pdf"}, {"until": ""}]
)
def test_a_strange_form_is_refused(filed, approver, fields):
    approver.see("/statistics")
    good = {"sheet": "cases", "since": "2026-01-01", "until": "9999-12-31", "form": "csv"}
    assert approver.submit("/ledger", **good | fields).status_code == 400
    assert approver.submit("/ledger", **good).status_code == 200


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("某\x0b公\x00司\ud800\uffff", "某公司"),
        ("\x01=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("\n=1+1", "'\n=1+1"),
    ],
)
def test_no_character_of_a_mail_breaks_a_file(typed, written):
    [[found]] = load_workbook(io.BytesIO(workbook([("1", [[typed]])]))).active.values
    assert found == written
    [[found]] = csv.reader(io.StringIO(csv_text([[typed]]), newline=""))
    assert found == written


def test_a_period_may_begin_with_the_calendar(harness, filed, approver):
    approver.see("/statistics")
    for sheet in ledger.PIECES:
        fields = {"sheet": sheet, "since": "0001-01-01", "until": "9999-12-31", "form": "csv"}
        assert rows(approver.submit("/ledger", **fields))
