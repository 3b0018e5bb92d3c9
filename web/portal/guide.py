"""办事指南: what an enterprise needs to know, from config.yaml and a data file
(templates/web/portal/guide.toml); nothing of it stands in code.

The calendar shows the next workdays as the desk counts them, with what administrators decided, so
that nobody waits for a day that is none.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from core.clock import local
from core.data.workday import Window, Workdays
from web.common.rendering import FOLDER
from web.common.site import Site, TheSite
from web.portal.portal_pages import portal_page
from web.portal.visits import AnyVisit, TheFront

router = APIRouter(prefix="/portal")

WORKDAYS: Final = 12
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar.

    `window`: in which requests are processed on it, None on days off,
    and on those before today or beyond the last one shown.
    """

    on: date
    today: bool
    window: Window | None


@router.get("/guide")
def show_guide(request: Request, site: TheSite, front: TheFront, visit: AnyVisit) -> Response:
    now = site.desk.clock.now()
    windows = next_windows(site.desk.workdays, now)
    places = _places(site, front.settings.limits.in_a_row)
    return portal_page(
        request,
        site,
        "guide",
        visit,
        weeks=weeks_of(windows, local(now).date()),
        windows=windows,
        certificates=site.settings.certificates,
        steps=[_filled(one, places) for one in _data()["steps"]],
        trouble=[_filled(one, places) for one in _data()["trouble"]],
    )


def next_windows(workdays: Workdays, now: datetime) -> list[Window]:
    """The windows of the next workdays, from the first one that is not closed yet."""
    windows = [workdays.window_for(now)]
    while len(windows) < WORKDAYS:
        windows.append(workdays.window_after(windows[-1].date))
    return windows


def weeks_of(windows: list[Window], today: date) -> list[list[Day]]:
    """The weeks, from Monday, that hold today and these windows."""
    by_day = {window.date: window for window in windows}
    first = today - timedelta(days=today.weekday())
    weeks = (windows[-1].date - first).days // _WEEK + 1
    days = [first + timedelta(days=number) for number in range(weeks * _WEEK)]
    return [
        [Day(day, day == today, by_day.get(day)) for day in days[start : start + _WEEK]]
        for start in range(0, len(days), _WEEK)
    ]


def _places(site: Site, tries: int) -> Mapping[str, str]:
    settings = site.settings
    return {
        "tries": str(tries),
        "window": settings.window,
        "mailbox": settings.support_address or "中心公布的解绑邮箱",
        "phone": settings.support_phone,
        "qq": settings.support_qq,
    }


def _filled(one: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    return {**one, "text": [line.format(**places) for line in one["text"]]}


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "portal" / "guide.toml").read_text(encoding="utf-8"))
