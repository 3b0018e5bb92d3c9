"""The queue: lists of cases with their filters and what is looked for, and what is done to many at
once, each at the version that was seen.

What a batch will do is shown before it is done. More than MOST_AT_ONCE are refused whole:
nothing is cut off in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from core.cases.decision import approve, batch_approval
from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.approve import Outcome
from core.cases.letters.words import STATES
from core.data.case import ENDED, Case, State
from core.data.case_ports import Transaction
from core.data.roles import Right
from core.errors import DeskError
from web.common.bounced_addresses import unreachable
from web.common.cookies import cookie_of, set_cookie, went
from web.common.failures import NotFound, or_not_found
from web.common.sessions import Me, Sender, SignedIn, signed_in
from web.common.site import LARGEST_ID, Site, TheSite
from web.console.listing import (
    ANY,
    BY_HAND,
    LONGEST_QUERY,
    OPEN,
    Only,
    Wanted,
    piece,
    wanted,
    wanted_of,
)

router = APIRouter(dependencies=[Depends(signed_in)])

ASIDE: Final = "calendar-aside"
ASIDE_S: Final = 30 * 86_400
MOST_AT_ONCE: Final = 500
Chosen = Annotated[list[str] | None, Form()]
List = Annotated[str, Form(alias="list", max_length=LONGEST_QUERY)]
Words = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True, slots=True)
class Batch:
    """What an approval of the chosen cases would do.

    `refused`: the numbers of those that would be refused, with the reason; `first`: how many of the
    others wait for a second approver then.
    """

    cases: list[Case]
    refused: list[tuple[str, str]]
    unopened: int
    first: int

    @property
    def locks(self) -> int:
        """How many bindings end."""
        return sum(len(case.binding_ids or ()) for case in self.cases if case.unbind)

    @property
    def resets(self) -> int:
        """How many letters with a link that sets a password go out."""
        return sum(bool(case.reset_password) for case in self.cases)

    @property
    def seen(self) -> str:
        """The cases with their versions, as the form of the confirmation sends them."""
        return ",".join(f"{case.id}:{case.version}" for case in self.cases)


@router.get("/")
def show_queue(
    request: Request,
    site: TheSite,
    me: Me,
    state: str = State.QUEUED,
    only: Annotated[list[str] | None, Query(max_length=10)] = None,
    window: str = "",
    received: str = "",
    sort: str = "",
    find: Words = "",
    after: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    """A list of cases, from the first or from behind the case `after`: by window date, the longest
    wait first; ended ones from the newest."""
    try:
        chosen = wanted(state, only or (), window, received, sort, find)
    except ValueError as error:
        raise NotFound from error
    return _list_page(site, me, chosen, after, put_aside=cookie_of(request, site.settings, ASIDE))


@router.post("/calendar-warning")
def put_warning_aside(
    site: TheSite, _me: Sender, year: Annotated[int, Form(ge=2000, le=9999)]
) -> Response:
    """Say no more for a while, in this browser, that the calendar lacks a year."""
    response = RedirectResponse("/", 303)
    set_cookie(response, site.settings, ASIDE, str(year), ASIDE_S)
    return response


@router.get("/find")
def find_case(site: TheSite, me: Me, number: Words = "") -> Response:
    """Go to the case with that number, or to the list of those that hold these words."""
    with site.desk.store.view() as tx:
        case = tx.cases.by_number(number.strip().upper())
    if case is not None:
        return RedirectResponse(f"/cases/{case.number}", 303)
    return _list_page(site, me, Wanted(ANY, find=number.strip()), None, put_aside="")


@router.post("/batch")
def show_batch(site: TheSite, me: Sender, seen: Chosen = None, in_list: List = "") -> Response:
    """What an approval of the chosen cases would do, before it is done."""
    pairs = _pairs(seen)
    if len(pairs) > MOST_AT_ONCE:
        return _too_many(site, me, pairs, in_list)
    with site.desk.store.view() as tx:
        batch = _batch(tx, site, me, pairs)
    window = str(site.desk.workdays.window_for(site.desk.clock.now()))
    return site.pages.html(
        "confirm.html", me=me, batch=batch, back=_back(in_list), in_list=in_list, window=window
    )


@router.post("/approve")
def approve_many(site: TheSite, me: Sender, seen: Chosen = None, in_list: List = "") -> Response:
    """Approve the chosen cases at the versions that were on the page;
    what was refused is reported case by case."""
    pairs = _pairs(seen)
    if len(pairs) > MOST_AT_ONCE:
        return _too_many(site, me, pairs, in_list)
    with or_not_found():
        outcomes = approve.approve_batch(site.desk, pairs, me.name)
    return _told(
        site,
        me,
        outcomes,
        "first_approved" if any(outcome.first for outcome in outcomes) else "approved",
        in_list,
    )


@router.post("/revoke")
def revoke_many(site: TheSite, me: Sender, seen: Chosen = None, in_list: List = "") -> Response:
    pairs = _pairs(seen)
    if len(pairs) > MOST_AT_ONCE:
        return _too_many(site, me, pairs, in_list)
    outcomes = [_revoked(site, me, case_id, version) for case_id, version in pairs]
    return _told(site, me, outcomes, "revoked", in_list)


def _revoked(site: Site, me: SignedIn, case_id: int, version: int) -> Outcome:
    try:
        with or_not_found():
            return Outcome(case_id, approve.revoke(site.desk, case_id, version, me.name).number)
    except DeskError as error:
        with site.desk.store.view() as tx:
            return Outcome(case_id, tx.cases.get(case_id).number, error)


def _too_many(site: Site, me: SignedIn, pairs: Sequence[object], in_list: str) -> Response:
    return site.pages.html(
        "batch.html",
        409,
        me=me,
        outcomes=None,
        too_many=len(pairs),
        most=MOST_AT_ONCE,
        back=_back(in_list),
    )


def _told(
    site: Site, me: SignedIn, outcomes: Sequence[Outcome], notice: str, in_list: str
) -> Response:
    if outcomes and all(outcome.error is None for outcome in outcomes):
        return went(site.settings, _back(in_list), notice)
    return site.pages.html(
        "batch.html",
        409,
        me=me,
        outcomes=outcomes,
        too_many=0,
        most=MOST_AT_ONCE,
        back=_back(in_list),
    )


def _back(in_list: str) -> str:
    """The address of the list that a form came from."""
    found = wanted_of(in_list)
    return f"/?{found.query}" if found and found != Wanted() else "/"


def _pairs(values: Sequence[str] | None) -> list[tuple[int, int]]:
    """Ids and versions, each once; a value may hold many,
    which a script gathered over several pages."""
    return list(
        dict(_pair(pair) for value in values or () for pair in value.split(",") if pair).items()
    )


def _pair(value: str) -> tuple[int, int]:
    case_id, _, version = value.partition(":")
    if not (
        case_id.isdecimal()
        and version.isdecimal()
        and len(value) < 32
        and int(case_id) <= LARGEST_ID
    ):
        raise NotFound
    return int(case_id), int(version)


def _batch(tx: Transaction, site: Site, me: SignedIn, pairs: Sequence[tuple[int, int]]) -> Batch:
    found = {case.id: case for case in tx.cases.by_ids([case_id for case_id, _ in pairs])}
    if len(found) < len(pairs):
        raise NotFound
    now, chosen = site.desk.clock.now(), list(found.values())
    looks, needs = (
        batch_approval.looked_up(tx, site.desk, chosen, now),
        approval_needs(tx, site.desk, chosen, now),
    )
    cases, refused = list[Case](), list[tuple[str, str]]()
    for case_id, version in pairs:
        case = found[case_id]
        if why := _against(
            case, version, looks[case_id], me.name if needs[case_id].for_two else ""
        ):
            refused.append((case.number, why))
        else:
            cases.append(case)
    unopened = sum(not site.presence.opened(case.id, case.version, me.name) for case in cases)
    first = sum(bool(needs[case.id].for_two) and not case.first_approved_by for case in cases)
    return Batch(cases, refused, unopened, first)


def _against(case: Case, version: int, look: Sequence[str], one_of_two: str) -> str:
    """Why the case will not be approved in a batch, or "".

    `one_of_two`: who asks, where two have to approve.
    """
    if case.version != version:
        return "在您查看之后已有变化"
    if one_of_two and case.first_approved_by == one_of_two:
        return "须由两人批准，您已批准"
    return f"现为{STATES[case.state]}" if case.state is not State.QUEUED else "；".join(look)


def _list_page(
    site: Site, me: SignedIn, chosen: Wanted, after: int | None, *, put_aside: str
) -> Response:
    rows, now = site.settings.page_rows, site.desk.clock.now()
    ids = site.index.find(site.desk, chosen.find) if chosen.find else None
    with site.desk.store.view() as tx:
        counts, of_windows = tx.cases.count(), {}
        beyond = next(iter(tx.cases.by_ids([after])), None) if after else None
        found = piece(tx, site.desk, chosen, rows, beyond=beyond, ids=ids)
        if chosen.plain and chosen.state in OPEN:
            of_windows = tx.cases.count_by_window(State(chosen.state))
        cut_off = unreachable(tx, found.cases)
        mails = tx.mails.summaries([case.id for case in found.cases])
    workdays = site.desk.workdays
    unknown = workdays.unknown_year_ahead(now)
    by_window = chosen.state in OPEN and not chosen.newest
    may = me.may(Right.APPROVE)
    return site.pages.html(
        "queue.html",
        me=me,
        counts=counts,
        chosen=chosen,
        only=Only,
        groups=_groups(found.cases, by_window=by_window),
        of_windows=of_windows,
        found=found,
        total=counts.get(State(chosen.state), 0)
        if chosen.plain and chosen.state in set(State)
        else None,
        after=after,
        ended=chosen.state in ENDED,
        next_window=str(workdays.window_for(now)),
        unknown_year=None if str(unknown) == put_aside else unknown,
        mails=mails,
        any_state=ANY,
        by_hand=BY_HAND,
        approving=chosen.state == State.QUEUED and may,
        revoking=chosen.state == State.APPROVED and may,
        cut_off=cut_off,
        checked=batch_approval.CHECKED,
        by_window=by_window,
    )


def _groups(cases: list[Case], *, by_window: bool) -> list[tuple[date | None, list[Case]]]:
    if not by_window:
        return [(None, cases)] if cases else []
    return [(day, list(group)) for day, group in groupby(cases, key=lambda case: case.window_date)]
