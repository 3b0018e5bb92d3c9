"""The statistics: what came, how fast it was answered, why it was returned, and which findings
people overrule. As page and XLSX; every figure of a chart is in a table, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Response

from core.cases.letters.words import title_of
from core.cases.upkeep.figures import catch_up, quantile
from core.clock import local
from core.data.figure import DayFigure, DurationKind, FindingFigure
from core.data.finding import Severity
from validators.check import default_severities
from web.common.sessions import Console, Here
from web.console.spreadsheets import Row, xlsx_file

router = APIRouter()

COUNTED_FIRST = 2000
"""Rows of the audit that a page counts before it shows; housekeeping counts the rest."""
DAYS = 90
LONGEST_BY_DAY = 62
EARLIEST = date(2000, 1, 1)
LATEST = date(2100, 1, 1)
COUNTS = {
    "received": "收件登记",
    "first_try": "一次齐全",
    "returned": "退回过",
    "completed": "办结",
    "otherwise": "其他结束",
}
"""The counts of a DayFigure."""
DURATIONS = {
    DurationKind.ANSWER_S: ("首次答复", "秒", 1),
    DurationKind.COMPLETE_MIN: ("办结", "分钟", 60),
    DurationKind.HANDLED_S: ("人工每件", "秒", 1),
}
"""Title and unit of each, and the seconds of the unit."""
Typed = Annotated[str, Query(max_length=10)]


@dataclass(frozen=True)
class Duration:
    """How long something takes: the median, and within what nine of ten are done, in units of
    `unit_s` seconds; None where nothing was measured."""

    title: str
    unit: str
    unit_s: int
    median: int | None
    nine_tenths: int | None


@dataclass(frozen=True)
class Report:
    """All figures of a period.

    `parts`: by day, or by month where it is long, each with its name.
    """

    since: date
    until: date
    parts: list[tuple[str, DayFigure]]
    whole: DayFigure
    findings: list[tuple[FindingFigure, Severity]]
    durations: tuple[Duration, ...]


@router.get("/statistics")
def show(here: Here, since: Typed = "", until: Typed = "") -> Response:
    """The figures of a period, by default of the last 90 days."""
    whole = catch_up(here.desk, COUNTED_FIRST)
    report = _report(here, since, until)
    return here.page("statistics.html", report=report, whole=whole, counts=COUNTS)


@router.get("/statistics.xlsx")
def as_xlsx(here: Here, since: Typed = "", until: Typed = "") -> Response:
    """The figures as XLSX: a sheet for each table."""
    return xlsx_file("statistics.xlsx", _sheets(_report(here, since, until)))


def _sum(days: Sequence[DayFigure], first: date = EARLIEST) -> DayFigure:
    """Days as one figure, under their first day."""
    return DayFigure(first, **{name: sum(getattr(one, name) for one in days) for name in COUNTS})


def _report(here: Console, since: str, until: str) -> Report:
    last = _day(until, local(here.now).date())
    first = min(_day(since, last - timedelta(days=DAYS - 1)), last)
    by_day = (last - first).days < LONGEST_BY_DAY
    part = "%m-%d" if by_day else "%Y-%m"
    severities = default_severities()
    with here.view() as tx:
        figures = tx.figures
        found = figures.days(first, last)
        findings = figures.findings(first, last)
        durations = tuple(
            Duration(title, unit, unit_s, quantile(spread, 0.5), quantile(spread, 0.9))
            for what, (title, unit, unit_s) in DURATIONS.items()
            for spread in [figures.durations(what, first, last)]
        )
    return Report(
        first,
        last,
        [
            (name, _sum(list(days)))
            for name, days in groupby(found, lambda one: f"{one.day:{part}}")
        ],
        _sum(found, first),
        [
            (one, severities[one.code])
            for one in findings
            if severities.get(one.code, Severity.NOTE) is not Severity.NOTE
        ],
        durations,
    )


def _day(typed: str, otherwise: date) -> date:
    try:
        return min(max(date.fromisoformat(typed), EARLIEST), LATEST)
    except ValueError:
        return otherwise


def _sheets(report: Report) -> list[tuple[str, list[Row]]]:
    summary: list[Row] = [
        ("项目", "数值"),
        ("自", report.since.isoformat()),
        ("至", report.until.isoformat()),
        *((title, getattr(report.whole, name)) for name, title in COUNTS.items()),
    ]
    for one in report.durations:
        summary.append((f"{one.title} 中位（{one.unit}）", one.median))
        summary.append((f"{one.title} 九成以内（{one.unit}）", one.nine_tenths))
    parts: list[Row] = [("时间", *COUNTS.values())]
    parts += [(name, *(getattr(one, count) for count in COUNTS)) for name, one in report.parts]
    findings: list[Row] = [("检查项", "出现", "退回时告知", "人工推翻", "推翻比例")]
    for finding, _ in report.findings:
        told, overruled = finding.told, finding.overruled
        share = round(overruled / told, 3) if told else None
        findings.append((title_of(finding.code), told, finding.returned, overruled, share))
    return [("汇总", summary), ("逐期", parts), ("检查项", findings)]
