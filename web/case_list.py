"""The queue: cases by state and window date, and the approval of many at once, each at the version that was seen."""

from datetime import date
from itertools import groupby
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response

from core.cases import approve, unseen
from core.cases.case import ENDED, Case, State
from core.cases.ports import Transaction
from web import labels
from web.bounces import unreachable
from web.failures import NotFound
from web.sessions import Me, Sender, SignedIn, signed_in
from web.site import LARGEST_ID, PageNumber, Site, TheSite

router = APIRouter(dependencies=[Depends(signed_in)])

BY_HAND: Final = "by_hand"
SCAN: Final = 500
OPEN: Final = tuple(state for state in State if state not in ENDED)


@router.get("/")
def show_queue(site: TheSite, me: Me, state: str = State.QUEUED, page: PageNumber = 1, done: str = "") -> Response:
    """Cases of one state (or those to be answered by hand), by window date."""
    if state not in set(State) and state != BY_HAND:
        raise NotFound
    return _list_page(site, me, state, page, done)


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
        return RedirectResponse("/?done=approved", 303)
    return site.pages.html("batch.html", 409, me=me, outcomes=outcomes)


def _pair(value: str) -> tuple[int, int]:
    case_id, _, version = value.partition(":")
    if not (case_id.isdecimal() and version.isdecimal() and len(value) < 32 and int(case_id) <= LARGEST_ID):
        raise NotFound
    return int(case_id), int(version)


def _list_page(site: Site, me: SignedIn, state: str, page: int, done: str) -> Response:
    rows, now = site.settings.page_rows, site.desk.clock.now()
    with site.desk.store.transaction() as tx:
        counts = tx.cases.count()
        by_hand = _by_hand(tx) if state == BY_HAND else []
        total = len(by_hand) if state == BY_HAND else counts.get(State(state), 0)
        if state == BY_HAND:
            cases = by_hand[(page - 1) * rows : page * rows]
        elif State(state) in ENDED:   # the newest first: the list from its end
            last = max(total - (page - 1) * rows, 0)
            cases = tx.cases.find([State(state)], limit=min(rows, last), offset=max(last - rows, 0))[::-1] if last else []
        else:
            cases = tx.cases.find([State(state)], limit=rows, offset=(page - 1) * rows)
        cut_off = unreachable(tx, cases)
        to_look = unseen.looked_up(tx, site.desk, cases, now) if state == State.QUEUED else {}
    workdays = site.desk.workdays
    return site.pages.html(
        "queue.html", me=me, counts=counts, state=state, groups=_by_window(cases), total=total, page=page,
        pages=max(-(-total // rows), 1), notice=labels.NOTICES.get(done, ""), next_window=str(workdays.window_for(now)),
        unknown_year=workdays.unknown_year_ahead(now), approving=state == State.QUEUED, cut_off=cut_off,
        to_look=to_look, checked=unseen.CHECKED,
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
