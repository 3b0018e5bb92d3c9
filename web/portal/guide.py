"""办事指南: what an enterprise needs to know, from config.yaml and a data file
(templates/web/portal/guide.toml); nothing of it stands in code.

The calendar shows the next workdays as the desk counts them, with what administrators decided, so
that nobody waits for a day that is none.
"""

from datetime import date, datetime, timedelta

from fastapi import APIRouter, Response

from core.clock import local
from core.data.workday import Window, Workdays
from web.common.page_words import table
from web.portal.visits import Anyone

router = APIRouter(prefix="/portal")

WORKDAYS = 12
_WEEK = 7


@router.get("/guide")
def show_guide(here: Anyone) -> Response:
    workdays, today = here.desk.workdays, local(here.now).date()
    windows = next_windows(workdays, here.now)
    words = table("portal/guide.toml")
    centre = here.settings.centre
    places = {
        "tries": str(here.front.settings.tries),
        "window": centre.window,
        "mailbox": centre.mailbox,
        "phone": centre.phone,
        "qq": centre.qq,
    }
    return here.page(
        "guide",
        days=days_of(windows, today),
        today=today,
        windows=windows,
        by_day={window.date: window for window in windows},
        steps=words["steps"],
        trouble=words["trouble"],
        places=places,
    )


def next_windows(workdays: Workdays, now: datetime) -> list[Window]:
    """The windows of the next workdays, from the first one that is not closed yet."""
    windows = [workdays.window_for(now)]
    while len(windows) < WORKDAYS:
        windows.append(workdays.window_after(windows[-1].date))
    return windows


def days_of(windows: list[Window], today: date) -> list[date]:
    """The days of the weeks, from Monday, that hold today and these windows."""
    first = today - timedelta(days=today.weekday())
    weeks = (windows[-1].date - first).days // _WEEK + 1
    return [first + timedelta(days=number) for number in range(weeks * _WEEK)]
