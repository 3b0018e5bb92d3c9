"""The calendar: workdays and their reasons, and the changes by administrators
(core.cases.window.calendar_plan has the rules)."""

from calendar import Calendar
from datetime import date, time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response

from core.cases.window import calendar_plan
from core.clock import local
from core.errors import NotAllowed
from web.common.caller import shows_again
from web.common.sessions import Console, Here
from web.common.site import Line, PathId, typed_date

router = APIRouter()

FIRST_YEAR = 2004
LAST_YEAR = 2100
Typed = Annotated[str, Form(max_length=10)]


@router.get("/calendar")
def show_calendar(
    here: Here, year: Annotated[int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR)] = None
) -> Response:
    return _page(here, year)


def _page(
    here: Console, year: int | None = None, day: str = "", status: int = 200, **facts: Any
) -> Response:
    """The page of a year: `year`, else the year of `day` (of a refused form), else this year."""
    workdays, today = here.desk.workdays, local(here.now).date()
    typed = int(day[:4]) if day[:4].isdecimal() else today.year
    shown = min(max(year or typed, FIRST_YEAR), LAST_YEAR)
    with here.view() as tx:
        days = [one for one in tx.days.oldest() if one.day.year == shown]
        windows = [one for one in tx.windows.in_order() if one.day.year == shown]
    return here.page(
        "calendar.html",
        status,
        year=shown,
        today=today,
        months=[Calendar().monthdatescalendar(shown, month) for month in range(1, 13)],
        days=days,
        windows=windows,
        workdays=workdays,
        next_window=workdays.window_for(here.now),
        **facts,
    )


@router.post("/calendar/day")
@shows_again(_page)
def set_day(
    here: Here,
    day: Typed = "",
    workday: Annotated[bool, Form()] = False,
    reason: Line = "",
) -> Response:
    """Decide whether a day is a workday."""
    when = typed_date(day)
    moved = calendar_plan.set_day(here.desk, here.name, when, workday=workday, reason=reason)
    return _done(here, when, moved)


@router.post("/calendar/day/drop")
@shows_again(_page)
def drop_day(here: Here, day: Typed = "", reason: Line = "") -> Response:
    """Take a decision on a day back."""
    when = typed_date(day)
    return _done(here, when, calendar_plan.drop_day(here.desk, here.name, when, reason))


@router.post("/calendar/window")
@shows_again(_page)
def add_window(
    here: Here, day: Typed = "", opens: Typed = "", closes: Typed = "", reason: Line = ""
) -> Response:
    when = typed_date(day)
    calendar_plan.add_window(here.desk, here.name, when, _time(opens), _time(closes), reason)
    return _done(here, when, 0)


@router.post("/calendar/window/{window_id}/drop")
@shows_again(_page)
def drop_window(here: Here, window_id: PathId, reason: Line = "") -> Response:
    with here.view() as tx:
        when = tx.windows.get(window_id).day
    moved = calendar_plan.drop_window(here.desk, here.name, window_id, reason)
    return _done(here, when, moved)


def _done(here: Console, when: date, moved: int) -> Response:
    """`moved`: the number of cases that moved to another window."""
    notice = "calendar_moved" if moved else "calendar"
    return here.done(f"/calendar?year={when.year}", notice)


def _time(typed: str) -> time:
    """The local time that was typed, without an offset behind it. Raises NotAllowed."""
    try:
        return time(0) if typed == "24:00" else time.fromisoformat(typed).replace(tzinfo=None)
    except ValueError as error:
        raise NotAllowed("时间应写成 15:00 这样的形式。") from error
