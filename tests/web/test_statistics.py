"""The statistics' page and its files."""

import csv
import io
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook

from core.data.roles import Role
from tests.web.conftest import someone


@pytest.fixture
def auditor(harness, queued):
    return someone(harness, "sun", Role.AUDITOR)


def test_page_csv_and_workbook_say_the_same(harness, auditor):
    page = auditor.get("/statistics").text
    assert "<dt>收件登记</dt><dd>1</dd>" in page
    text = auditor.get("/statistics.csv").content.decode("utf-8-sig")
    assert ["收件登记", "1"] in list(csv.reader(io.StringIO(text)))
    book = load_workbook(io.BytesIO(auditor.get("/statistics.xlsx").content))
    assert book.sheetnames == ["汇总", "逐期", "检查项"]
    assert ("2026-11", 1, 1, 0, 0, 0) in list(book["逐期"].values)


@pytest.mark.parametrize("chart", ["received", "returned"])
@pytest.mark.parametrize(
    "period", ["", "?since=2026-01-01&until=2026-11-25", "?since=2020-01-01&until=2020-01-02"]
)
def test_a_chart_is_svg_that_runs_and_loads_nothing(auditor, chart, period):
    answer = auditor.get(f"/statistics/{chart}.svg{period}")
    assert "sandbox" in answer.headers["content-security-policy"]
    names = {element.tag.rpartition("}")[2] for element in ET.fromstring(answer.content).iter()}
    assert names & {"script", "image", "foreignObject", "a"} == set()
    assert b"@import" not in answer.content
    assert b"url(" not in answer.content


def test_the_page_itself_holds_no_style(auditor):
    assert " style=" not in auditor.get("/statistics").text


@pytest.mark.parametrize(
    "period",
    [
        "since=x&until=y",
        "since=2026-11-25&until=2020-01-01",
        "since=0001-01-01&until=9999-12-31",
        "until=0001-01-01",
    ],
)
def test_a_strange_period_has_a_tidy_answer(auditor, period):
    for path in ("/statistics", "/statistics.csv", "/statistics/received.svg"):
        assert auditor.get(f"{path}?{period}").status_code in {200, 400}


def test_a_chart_that_is_none_is_refused(auditor):
    assert auditor.get("/statistics/none.svg").status_code == 400
