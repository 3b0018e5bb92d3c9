"""The statistics' page and its files."""

import io
import re
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook

from core.data.roles import Role
from tests.web.conftest import someone


@pytest.fixture
def auditor(harness, queued):
    return someone(harness, "sun", Role.AUDITOR)


def test_page_and_workbook_say_the_same(harness, auditor):
    page = auditor.get("/statistics").text
    assert "<dt>收件登记</dt><dd>1</dd>" in page
    book = load_workbook(io.BytesIO(auditor.get("/statistics.xlsx").content))
    assert book.sheetnames == ["汇总", "逐期", "检查项"]
    assert ("收件登记", 1) in list(book["汇总"].values)
    assert ("2026-11", 1, 1, 0, 0, 0) in list(book["逐期"].values)


@pytest.mark.parametrize(
    "period", ["", "?since=2026-01-01&until=2026-11-25", "?since=2020-01-01&until=2020-01-02"]
)
def test_a_chart_stays_within_its_bounds_and_says_its_figures(auditor, period):
    page = auditor.get(f"/statistics{period}").text
    charts = re.findall(r"<svg class=.chart..*?</svg>", page, re.DOTALL)
    assert len(charts) == 2
    for chart in map(ET.fromstring, charts):
        width, height = map(float, chart.get("viewBox").split()[2:])
        for bar in chart.iter("rect"):
            x, y, wide, tall = (float(bar.get(name)) for name in ("x", "y", "width", "height"))
            assert x >= 0
            assert y >= 0
            assert x + wide <= width
            assert y + tall <= height
    titles = [title.text for title in ET.fromstring(charts[0]).iter("title")]
    assert ("2026-11 收件登记 1" in titles) is (period != "?since=2020-01-01&until=2020-01-02")


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
    for path in ("/statistics", "/statistics.xlsx"):
        assert auditor.get(f"{path}?{period}").status_code in {200, 400}
