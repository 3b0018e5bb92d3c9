"""The audit's page: filter, paging, and files that are themselves in the audit."""

import csv
import io
import re
from datetime import timedelta

import pytest

from core.cases.decision import approve
from core.data.roles import Role
from tests.web.conftest import someone


@pytest.fixture
def auditor(harness):
    visitor = someone(harness, "sun", Role.AUDITOR)
    visitor.see("/audit")
    return visitor


@pytest.fixture
def three_days(harness, queued):
    """One act of wang on each of three days."""
    case = queued
    for number in range(3):
        case = approve.hold(harness.desk, case.id, case.version, "wang", f"核实 {number}")
        case = approve.release(harness.desk, case.id, case.version, "li")
        harness.clock.at += timedelta(days=1)
    return case


def rows(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({"who": "wang"}, 3),
        ({"who": "li", "what": "case.released"}, 3),
        ({"who": "wang", "what": "case.released"}, 0),
        ({"who": "系统", "what": "case.queued"}, 1),
        ({"who": "wang", "since": "2026-11-26"}, 2),
        ({"who": "wang", "since": "2026-11-26", "until": "2026-11-26"}, 1),
        ({"who": "wang", "until": "2026-11-24"}, 0),
        ({"number": "jb20261125-0001", "what": "case.held"}, 3),
        ({"who": "nobody"}, 0),
    ],
)
def test_the_filter_finds_what_it_says(three_days, auditor, typed, found):
    assert len(rows(auditor.submit("/audit/export", **typed))) == found
    page = auditor.get("/audit", params=typed).text
    assert page.count("<tr>") == (found + 1 if found else 0), "and a row of headings"


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"number": "JB20261125-9999"}, "没有这个工单号"), ({"since": "gestern"}, "日期应写成")],
)
def test_what_cannot_be_filtered_by_is_said(auditor, typed, said):
    for answer in (auditor.get("/audit", params=typed), auditor.submit("/audit/export", **typed)):
        assert (answer.status_code, said in answer.text) == (400, True)


def test_a_file_says_who_took_it_and_what(harness, three_days, auditor):
    answer = auditor.submit("/audit/export", who="wang", since="2026-11-25")
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-')
    with harness.tx() as tx:
        entry = tx.audit.entries(limit=1)[0]
    assert (entry.actor, entry.action, entry.detail) == (
        "sun",
        "audit.exported",
        {"who": "wang", "since": "2026-11-25"},
    )


def test_no_cell_of_a_file_is_a_formula(harness, queued, auditor):
    approve.hold(harness.desk, queued.id, queued.version, "=cmd|'/c calc'!A1", "x")
    [row] = rows(auditor.submit("/audit/export", what="case.held"))
    assert row[2] == "'=cmd|'/c calc'!A1"


def test_a_number_typed_into_a_reason_is_hidden_in_a_file_as_on_the_page(harness, queued, auditor):
    approve.hold(harness.desk, queued.id, queued.version, "wang", "致电 119999199001011234 未接")
    answer = auditor.submit("/audit/export", what="case.held")
    assert "致电 11**************34 未接" in rows(answer)[0][-1]
    page = auditor.get("/audit", params={"what": "case.held"}).text
    assert "119999199001011234" not in answer.text + page


def test_pages_go_on_where_the_last_one_ended_though_rows_share_an_instant(harness):
    with harness.tx() as tx:
        for number in range(25):
            tx.audit.write("wang", "case.held", detail=str(number))
    seen, before = [], None
    while True:
        with harness.tx() as tx:
            found = tx.audit.search(10, before, actor="wang")
        seen += [entry.detail["detail"] for entry in found]
        if len(found) < 10:
            break
        before = found[-1].id
    assert seen == [str(number) for number in reversed(range(25))]


def test_who_and_what_together_find_those_rows_alone(harness):
    """Both name a place in one index, between neighbours that begin alike."""
    acts = [("li", "case.held"), ("li", "case.held.x"), ("lia", "case.held"), ("l", "case.opened")]
    with harness.tx() as tx:
        for turn in range(3):
            for actor, action in acts:
                tx.audit.write(actor, action, turn=turn)
            harness.clock.at += timedelta(hours=1)
            tx.now = harness.clock.at
        noon = harness.clock.at - timedelta(hours=1, minutes=30)
        both = {"actor": "li", "action": "case.held"}
        found = tx.audit.search(9, **both)
        assert [one.detail["turn"] for one in found] == ["2", "1", "0"]
        assert {(one.actor, one.action) for one in found} == {acts[0]}
        assert tx.audit.search(2, **both) == found[:2]
        assert tx.audit.search(9, found[0].id, **both) == found[1:]
        assert tx.audit.search(9, since=noon, **both) == found[:1]
        assert tx.audit.search(9, until=noon, **both) == found[1:]
        assert tx.audit.search(9, actor="li", action="case.opened") == []


def test_older_rows_are_a_page_away(harness, three_days, auditor):
    object.__setattr__(harness.settings, "page_rows", 2)
    first = auditor.get("/audit?who=wang").text
    assert "更早" in first
    older = re.search(r'href="(/audit\?[^"]*before=\d+)"', first)[1].replace("&amp;", "&")
    assert auditor.get(older).text.count("<tr>") == 2
