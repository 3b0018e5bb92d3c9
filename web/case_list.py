"""The queue: cases by state and window date, and the approval of many at once, each at the version that was seen."""

from datetime import date
from itertools import groupby
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from core.accounts.roles import Right
from core.cases import approve, unseen
from core.cases.case import ENDED, Case, State
from core.cases.ports import Transaction
from web.bounces import unreachable
from web.cookies import cookie_name, set_cookie, went
from web.failures import NotFound
from web.sessions import Me, Sender, SignedIn, signed_in
from web.site import LARGEST_ID, Before, PageNumber, Site, TheSite

router = APIRouter(dependencies=[Depends(signed_in)])

BY_HAND: Final = "by_hand"
SCAN: Final = 500
ASIDE: Final = "calendar-aside"
ASIDE_S: Final = 30 * 86_400
OPEN: Final = tuple(state for state in State if state not in ENDED)


@router.get("/")
def show_queue(request: Request, site: TheSite, me: Me, state: str = State.QUEUED, page: PageNumber = 1, before: Before = None) -> Response:
    """Cases of one state (or those to be answered by hand), by window date, the longest wait first; ended ones from the newest, or from `before`."""
    if state not in set(State) and state != BY_HAND:
        raise NotFound
    return _list_page(site, me, state, page, before, put_aside=request.cookies.get(cookie_name(site.settings, ASIDE), ""))


@router.post("/calendar-warning")
def put_warning_aside(site: TheSite, _me: Sender, year: Annotated[int, Form(ge=2000, le=9999)]) -> Response:
    """Say no more for a while, in this browser, that the calendar lacks a year."""
    response = RedirectResponse("/", 303)
    set_cookie(response, site.settings, cookie_name(site.settings, ASIDE), str(year), ASIDE_S)
    return response


@router.get("/find")
def find_case(site: TheSite, me: Me, number: str = "") -> Response:
    """Go to the case with that number."""
    with site.desk.store.transaction() as tx:
        case = tx.cases.by_number(number.strip().upper())
    if case is None:
        return site.pages.html("failure.html", 404, me=me, title="未找到", text="没有这个工单号。")
    return RedirectResponse(f"/cases/{case.number}", 303)


@router.post("/approve")
def approve_many(site: TheSite, me: Sender, seen: Annotated[list[str] | None, Form()] = None) -> Response:
    """Approve the chosen cases at the versions that were on the page; what was refused is reported case by case."""
    pairs = [_pair(value) for value in seen or []]
    try:
        outcomes = approve.approve_batch(site.desk, pairs, me.name)
    except LookupError as error:
        raise NotFound from error
    if outcomes and all(outcome.error is None for outcome in outcomes):
        return went(site.settings, "/", "first_approved" if any(outcome.first for outcome in outcomes) else "approved")
    return site.pages.html("batch.html", 409, me=me, outcomes=outcomes)


def _pair(value: str) -> tuple[int, int]:
    case_id, _, version = value.partition(":")
    if not (case_id.isdecimal() and version.isdecimal() and len(value) < 32 and int(case_id) <= LARGEST_ID):
        raise NotFound
    return int(case_id), int(version)


def _list_page(site: Site, me: SignedIn, state: str, page: int, before: int | None, *, put_aside: str) -> Response:
    rows, now, ended = site.settings.page_rows, site.desk.clock.now(), state in ENDED
    with site.desk.store.transaction() as tx:
        counts, of_windows = tx.cases.count(), {}
        if state == BY_HAND:
            found = _by_hand(tx)
            total, cases = len(found), found[(page - 1) * rows : page * rows]
        elif ended:
            total, cases = counts.get(State(state), 0), tx.cases.latest(State(state), rows + 1, before)
        else:
            total, of_windows = counts.get(State(state), 0), tx.cases.count_by_window(State(state))
            cases = tx.cases.find([State(state)], limit=rows, offset=(page - 1) * rows)
        older, cases = len(cases) > rows, cases[:rows]
        cut_off = unreachable(tx, cases)
        to_look = unseen.looked_up(tx, site.desk, cases, now) if state == State.QUEUED else {}
    workdays = site.desk.workdays
    unknown = workdays.unknown_year_ahead(now)
    return site.pages.html(
        "queue.html", me=me, counts=counts, state=state, groups=[(None, cases)] if ended and cases else _by_window(cases), of_windows=of_windows,
        total=total, page=page, pages=1 if ended else max(-(-total // rows), 1), ended=ended, before=before, older=cases[-1].id if older else None,
        next_window=str(workdays.window_for(now)), unknown_year=None if str(unknown) == put_aside else unknown,
        approving=state == State.QUEUED and me.may(Right.APPROVE), cut_off=cut_off, to_look=to_look, checked=unseen.CHECKED,
    )


def _by_hand(tx: Transaction) -> list[Case]:
    """Open cases whose senders get no automatic letter. The store has no column for them, so all open ones are looked through."""
    found: list[Case] = []
    offset = 0
    while batch := tx.cases.find(OPEN, limit=SCAN, offset=offset):
        found += [case for case in batch if case.by_hand]
        offset += SCAN
    return found


def _by_window(cases: list[Case]) -> list[tuple[date | None, list[Case]]]:
    return [(day, list(group)) for day, group in groupby(cases, key=lambda case: case.window_date)]
