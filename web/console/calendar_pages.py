"""The calendar: which days are worked and why, and what administrators decide of it
(core.cases.window.calendar_plan has the rules)."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import Response

from core.cases.desk import Desk
from core.cases.window import calendar_plan
from core.clock import local
from core.data.workday import DayDecision, ExtraWindow, Workdays
from core.errors import DeskError
from web.common.cookies import went
from web.common.failures import or_not_found
from web.common.sessions import Me, Sender, SignedIn, signed_in
from web.common.site import PathId, Site, TheSite

router = APIRouter(dependencies=[Depends(signed_in)])

FIRST_YEAR: Final = 2004
LAST_YEAR: Final = 2100
Typed = Annotated[str, Form(max_length=10)]
Reason = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class DayView:
    """A day as the calendar shows it.

    `kind`: work, off, made_up (a weekend that is worked) or holiday (a weekday that is not).
    `why`: what said so.
    """

    day: date
    kind: str
    why: str
    extra: tuple[ExtraWindow, ...]
    decided: bool
    provisional: bool
    today: bool


@router.get("/calendar")
def show_calendar(
    site: TheSite, me: Me, year: Annotated[int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR)] = None
) -> Response:
    return _page(site, me, year)


@router.post("/calendar/day")
def set_day(
    site: TheSite,
    me: Sender,
    day: Typed = "",
    workday: Annotated[bool, Form()] = False,
    reason: Reason = "",
) -> Response:
    """Say that a day is worked or not."""
    return _carry_out(
        site,
        me,
        day,
        lambda when: calendar_plan.set_day(
            site.desk, me.name, when, workday=workday, reason=reason
        ),
    )


@router.post("/calendar/day/drop")
def drop_day(site: TheSite, me: Sender, day: Typed = "", reason: Reason = "") -> Response:
    """Take back what was decided of a day."""
    return _carry_out(
        site, me, day, lambda when: calendar_plan.drop_day(site.desk, me.name, when, reason)
    )


@router.post("/calendar/window")
def add_window(
    site: TheSite,
    me: Sender,
    day: Typed = "",
    opens: Typed = "",
    closes: Typed = "",
    reason: Reason = "",
) -> Response:
    def act(when: date) -> int:
        calendar_plan.add_window(site.desk, me.name, when, _time(opens), _time(closes), reason)
        return 0

    return _carry_out(site, me, day, act)


@router.post("/calendar/window/{window_id}/drop")
def drop_window(site: TheSite, me: Sender, window_id: PathId, reason: Reason = "") -> Response:
    with site.desk.store.view() as tx, or_not_found():
        day = tx.calendar.window(window_id).day
    return _carry_out(
        site,
        me,
        day.isoformat(),
        lambda _when: calendar_plan.drop_window(site.desk, me.name, window_id, reason),
    )


def _carry_out(site: Site, me: SignedIn, day: str, act: Callable[[date], int]) -> Response:
    """`act` gives how many cases moved on."""
    try:
        when = date.fromisoformat(day)
        moved = act(when)
    except ValueError:
        return _page(
            site, me, problem="日期应写成 2026-11-25，时间应写成 15:00 这样的形式。", status=409
        )
    except DeskError as error:
        return _page(site, me, when.year, problem=str(error), status=409)
    return went(
        site.settings, f"/calendar?year={when.year}", "calendar_moved" if moved else "calendar"
    )


def _time(typed: str) -> time:
    return time(0) if typed == "24:00" else time.fromisoformat(typed)


def _page(
    site: Site, me: SignedIn, year: int | None = None, *, problem: str = "", status: int = 200
) -> Response:
    now = site.desk.clock.now()
    today = local(now).date()
    shown = min(max(year or today.year, FIRST_YEAR), LAST_YEAR)
    with site.desk.store.view() as tx:
        days, windows = tx.calendar.days(), tx.calendar.windows()
    return site.pages.html(
        "calendar.html",
        status,
        me=me,
        year=shown,
        today=today,
        problem=problem,
        months=_months(site.desk, shown, days, windows, today),
        days=[one for one in days if one.day.year == shown],
        windows=[one for one in windows if one.day.year == shown],
        configured=sorted(
            (day, said) for day, said in site.desk.workdays.overrides.items() if day.year == shown
        ),
        next_window=site.desk.workdays.window_for(now),
        hours=site.desk.workdays,
        known=site.desk.workdays.calendar(date(shown, 6, 1)) is not None,
    )


def _months(
    desk: Desk, year: int, days: list[DayDecision], windows: list[ExtraWindow], today: date
) -> list[list[list[DayView | None]]]:
    """The months of a year as weeks from Monday; None for a place before or behind a month."""
    decided = {one.day: one for one in days}

    def view(day: date) -> DayView:
        extra = tuple(one for one in windows if one.day == day)
        workdays, why = desk.workdays, _why(desk.workdays, day, decided.get(day))
        return DayView(
            day,
            _kind(workdays, day),
            why,
            extra,
            day in decided,
            workdays.provisional(day),
            day == today,
        )

    weeks = [calendar.Calendar().monthdatescalendar(year, month) for month in range(1, 13)]
    return [
        [[view(day) if day.month == month else None for day in week] for week in weeks[month - 1]]
        for month in range(1, 13)
    ]


def _kind(workdays: Workdays, day: date) -> str:
    weekend = day.weekday() > 4
    if workdays.is_workday(day):
        return "made_up" if weekend else "work"
    return "off" if weekend else "holiday"


def _why(workdays: Workdays, day: date, decision: DayDecision | None) -> str:
    if decision:
        return f"{decision.actor} 改动：{decision.reason}"
    if workdays.every_day:
        return "每天开放"
    if day in workdays.overrides:
        return "config.yaml 设定"
    return (
        "日历未公布，按周一至周五推算" if workdays.calendar(day) is None else "国务院办公厅放假安排"
    )
