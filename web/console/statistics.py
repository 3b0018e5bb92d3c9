"""The statistics: what came, how fast it was answered, why it was returned, and which findings
people overrule. As page, chart, CSV and XLSX.

A chart is an image of its own, since what draws it (pygal) writes a style into the SVG: the page's
policy stays as it is, and the image's allows that style and nothing else. Every figure of a chart
stands in a table, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final

import pygal
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from lxml import etree
from pygal.style import Style

from core.cases.letters.finding_words import title_of
from core.cases.upkeep.figures import catch_up, quantile
from core.clock import local
from core.data.figure import DayFigure, FindingFigure
from core.data.finding import Severity
from validators.check import default_severities
from web.common.sessions import Me, signed_in
from web.common.site import Site, TheSite
from web.console.spreadsheets import CSV, MARK, XLSX, Cell, csv_text, workbook

router = APIRouter(dependencies=[Depends(signed_in)])

COUNTED_FIRST: Final = 2000
"""Rows of the audit that a page counts before it shows; housekeeping counts the rest."""
DAYS: Final = 90
LONGEST_BY_DAY: Final = 62
MOST_BARS: Final = 12
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
INERT: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
WIDER_PX: Final = 5
"""By so much is a Chinese character wider than the letter that pygal reckons with."""
STYLE: Final = Style(
    background="#fff",
    plot_background="#fff",
    foreground="#5a6877",
    foreground_strong="#1c2733",
    foreground_subtle="#d9dfe6",
    colors=("#1f5fa8", "#2f8f5b", "#c9822f"),
    font_family="sans-serif",
    guide_stroke_color="#d9dfe6",
    major_guide_stroke_color="#d9dfe6",
    label_font_size=12,
    major_label_font_size=12,
    legend_font_size=13,
)
Typed = Annotated[str, Query(max_length=10)]


class Chart(StrEnum):
    """The charts."""

    RECEIVED = "received"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a period. `parts`: by day, or by month where it is long, each with its name.

    Durations are None where nothing was measured.
    """

    since: date
    until: date
    parts: list[tuple[str, DayFigure]]
    whole: DayFigure
    findings: list[tuple[FindingFigure, Severity]]
    answer_s: tuple[int | None, int | None]
    complete_min: tuple[int | None, int | None]
    handled_s: tuple[int | None, int | None]


@router.get("/statistics")
def show(site: TheSite, me: Me, since: Typed = "", until: Typed = "") -> Response:
    """The figures of a period, by default of the last 90 days."""
    whole = catch_up(site.desk, COUNTED_FIRST)
    report = _report(site, since, until)
    return site.pages.html(
        "statistics.html",
        me=me,
        report=report,
        whole=whole,
        span=_span,
        query=f"since={report.since}&until={report.until}",
    )


@router.get("/statistics/{chart}.svg")
def draw(site: TheSite, chart: Chart, since: Typed = "", until: Typed = "") -> Response:
    first, last = _period(site, since, until)
    drawn = (
        _received(_parts(site, first, last))
        if chart is Chart.RECEIVED
        else _returned(_findings(site, first, last))
    )
    tree = drawn.render_tree()
    # what pygal puts there for a script of its own, which is not used
    for script in tree.findall(".//script"):
        script.getparent().remove(script)
    return Response(etree.tostring(tree), media_type="image/svg+xml", headers=INERT)


@router.get("/statistics.csv")
def as_csv(site: TheSite, since: Typed = "", until: Typed = "") -> Response:
    """The figures as CSV: one table below the other."""
    sheets = _sheets(_report(site, since, until))
    text = MARK + "\r\n".join(csv_text([[name], *rows]) for name, rows in sheets)
    return Response(
        text,
        media_type=CSV,
        headers={"Content-Disposition": 'attachment; filename="statistics.csv"'},
    )


@router.get("/statistics.xlsx")
def as_xlsx(site: TheSite, since: Typed = "", until: Typed = "") -> Response:
    """The figures as XLSX: a sheet for each table."""
    content = workbook(_sheets(_report(site, since, until)))
    return Response(
        content,
        media_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="statistics.xlsx"'},
    )


def _period(site: Site, since: str, until: str) -> tuple[date, date]:
    last = _day(until, local(site.desk.clock.now()).date())
    return min(_day(since, last - timedelta(days=DAYS - 1)), last), last


def _parts(site: Site, first: date, last: date) -> list[tuple[str, DayFigure]]:
    by_day = (last - first).days < LONGEST_BY_DAY
    with site.desk.store.view() as tx:
        parts = tx.figures.days(first, last) if by_day else tx.figures.months(first, last)
    return [(f"{one.day:%m-%d}" if by_day else f"{one.day:%Y-%m}", one) for one in parts]


def _findings(site: Site, first: date, last: date) -> list[tuple[FindingFigure, Severity]]:
    severities = default_severities()
    with site.desk.store.view() as tx:
        found = tx.figures.findings(first, last)
    return [
        (one, severities[one.code])
        for one in found
        if severities.get(one.code, Severity.NOTE) is not Severity.NOTE
    ]


def _report(site: Site, since: str, until: str) -> Report:
    first, last = _period(site, since, until)
    parts, findings = _parts(site, first, last), _findings(site, first, last)
    with site.desk.store.view() as tx:
        answers, completions, handled = (
            tx.figures.answers(first, last),
            tx.figures.completions(first, last),
            tx.figures.handled(first, last),
        )
    return Report(
        first,
        last,
        parts,
        _sum(first, [one for _, one in parts]),
        findings,
        (quantile(answers, 0.5), quantile(answers, 0.9)),
        (quantile(completions, 0.5), quantile(completions, 0.9)),
        (quantile(handled, 0.5), quantile(handled, 0.9)),
    )


def _day(typed: str, otherwise: date) -> date:
    try:
        return min(max(date.fromisoformat(typed), EARLIEST), LATEST)
    except ValueError:
        return otherwise


def _sum(day: date, listed: Sequence[DayFigure]) -> DayFigure:
    return DayFigure(
        day,
        sum(one.received for one in listed),
        sum(one.first_try for one in listed),
        sum(one.returned for one in listed),
        sum(one.completed for one in listed),
        sum(one.otherwise for one in listed),
    )


def _received(parts: list[tuple[str, DayFigure]]) -> pygal.Bar:
    chart = pygal.Bar(width=900, height=280, legend_at_bottom=True, x_label_rotation=45, **_plain())
    chart.x_labels = [name for name, _ in parts]
    chart.add("收件登记", [one.received for _, one in parts])
    chart.add("一次齐全", [one.first_try for _, one in parts])
    chart.add("退回过", [one.returned for _, one in parts])
    return chart


def _returned(findings: list[tuple[FindingFigure, Severity]]) -> pygal.HorizontalBar:
    worst = sorted((one for one, _ in findings if one.returned), key=lambda one: -one.returned)[
        :MOST_BARS
    ]
    titles = [title_of(one.code) for one in reversed(worst)]
    longest = max(map(len, titles), default=0)
    chart = pygal.HorizontalBar(
        width=900,
        height=60 + 26 * max(len(worst), 2),
        show_legend=False,
        **_plain() | {"margin_left": 10 + WIDER_PX * longest},
    )
    chart.x_labels = titles
    chart.add("", [one.returned for one in reversed(worst)])
    return chart


def _plain() -> dict[str, Any]:
    return {
        "style": STYLE,
        "js": (),
        "no_data_text": "没有数据",
        "margin": 10,
        "value_formatter": _whole,
    }


def _whole(value: float) -> str:
    """A number of cases; between two numbers an axis says nothing."""
    return str(int(value)) if value == int(value) else ""


def _sheets(report: Report) -> list[tuple[str, list[Sequence[Cell]]]]:
    answer, complete, whole = report.answer_s, report.complete_min, report.whole
    summary: list[Sequence[Cell]] = [
        ("项目", "数值"),
        ("自", report.since.isoformat()),
        ("至", report.until.isoformat()),
        ("收件登记", whole.received),
        ("一次齐全", whole.first_try),
        ("退回过", whole.returned),
        ("办结", whole.completed),
        ("其他结束", whole.otherwise),
        ("首次答复 中位（秒）", answer[0]),
        ("首次答复 九成以内（秒）", answer[1]),
        ("办结 中位（分钟）", complete[0]),
        ("办结 九成以内（分钟）", complete[1]),
        ("人工每件 中位（秒）", report.handled_s[0]),
        ("人工每件 九成以内（秒）", report.handled_s[1]),
    ]
    parts: list[Sequence[Cell]] = [("时间", "收件登记", "一次齐全", "退回过", "办结", "其他结束")]
    parts += [
        (name, one.received, one.first_try, one.returned, one.completed, one.otherwise)
        for name, one in report.parts
    ]
    findings: list[Sequence[Cell]] = [("检查项", "出现", "退回时告知", "人工推翻", "推翻比例")]
    for one, _ in report.findings:
        findings.append(
            (
                title_of(one.code),
                one.told,
                one.returned,
                one.overruled,
                round(one.overruled / one.told, 3) if one.told else None,
            )
        )
    return [("汇总", summary), ("逐期", parts), ("检查项", findings)]


def _span(value: int | None, unit_s: int) -> str:
    """A duration for people."""
    if value is None:
        return "—"
    seconds = value * unit_s
    if seconds < 120:
        return f"{seconds} 秒"
    if seconds < 7200:
        return f"{seconds // 60} 分钟"
    return f"{seconds / 3600:.1f} 小时" if seconds < 172_800 else f"{seconds / 86_400:.1f} 天"
