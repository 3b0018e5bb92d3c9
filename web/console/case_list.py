"""The queue: filtered lists of cases, and acts on many of them at once, each at the version that
the administrator saw.

A page displays the effects of a batch before it is approved. A batch of more than MOST_AT_ONCE is
refused whole.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response

from core.accounts.administrators import personnel
from core.cases.decision import approve, batch_approval
from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.approve import Outcome
from core.cases.desk import DeskStep
from core.cases.letters.words import STATES
from core.data.case import ENDED, OPEN, Case, State
from core.data.case_query import Only
from core.data.roles import Right
from core.errors import NotAllowed
from web.common.bounced_addresses import unreachable
from web.common.caller import shows_again
from web.common.refusals import NotFound
from web.common.sessions import Console, Here
from web.common.site import RowId
from web.console.case_page import listing_of
from web.console.listing import LONGEST_QUERY, Wanted, wanted_of
from web.console.live import mark_of
from web.console.reasons import reasons_of

router = APIRouter()

MOST_AT_ONCE = 500
PAIR = re.compile(r"[0-9]{1,9}:[0-9]{1,9}")
"""Id and version of a case."""
Chosen = Annotated[list[str] | None, Form()]
List = Annotated[str, Form(alias="list", max_length=LONGEST_QUERY)]


class ListQuery(Wanted):
    """One page of a list: from its first case, or from the one behind the case `after`."""

    after: RowId | None = None


@router.get("/")
def show_queue(here: Here, query: Annotated[ListQuery, Query()]) -> Response:
    """A list of cases: by window, the longest wait first; ended ones from the newest."""
    chosen = Wanted(**query.model_dump(exclude={"after"}))
    return _list_page(here, chosen, query.after)


def _outcome_page(
    here: Console,
    in_list: str,
    outcomes: Sequence[Outcome] | None = None,
    status: int = 409,
    **facts: Any,
) -> Response:
    """The result for each case of a batch, or why it was refused whole."""
    return here.page("batch.html", status, back=_back(in_list), outcomes=outcomes, **facts)


@router.post("/batch")
@shows_again(_outcome_page)
def show_batch(here: Here, seen: Chosen = None, in_list: List = "") -> Response:
    """The page to confirm the approval of the chosen cases, with its effects."""
    pairs = _pairs(seen)
    with here.view() as tx:
        batch = _batch(tx, here, pairs)
    window = str(here.desk.workdays.window_for(here.now))
    facts = {"batch": batch, "in_list": in_list, "window": window}
    return here.page("confirm.html", back=_back(in_list), **facts)


@router.post("/approve")
@shows_again(_outcome_page)
def approve_many(here: Here, seen: Chosen = None, in_list: List = "") -> Response:
    """Approve the chosen cases at the versions on the page, and report each refused one."""
    outcomes = approve.approve_batch(here.desk, _pairs(seen), here.name)
    is_first = any(outcome.case.state is State.QUEUED for outcome in outcomes)
    return _done(here, outcomes, "first_approved" if is_first else "approved", in_list)


@router.post("/revoke")
@shows_again(_outcome_page)
def revoke_many(here: Here, seen: Chosen = None, in_list: List = "") -> Response:
    outcomes = approve.revoke_batch(here.desk, _pairs(seen), here.name)
    return _done(here, outcomes, "revoked", in_list)


def _done(here: Console, outcomes: Sequence[Outcome], notice: str, in_list: str) -> Response:
    if outcomes and all(outcome.error is None for outcome in outcomes):
        return here.done(_back(in_list), notice)
    return _outcome_page(here, in_list, outcomes)


def _back(in_list: str) -> str:
    """The address of the list from which the batch was chosen."""
    found = wanted_of(in_list)
    return f"/?{found.query}" if found and found != Wanted() else "/"


def _pairs(values: Sequence[str] | None) -> list[tuple[int, int]]:
    """The ids and versions, each case once. One value may have several pairs, separated by commas,
    which the page's script has collected. Raises NotFound for an invalid pair, NotAllowed for more
    than MOST_AT_ONCE."""
    texts = [pair for value in values or () for pair in value.split(",") if pair]
    if not all(PAIR.fullmatch(text) for text in texts):
        raise NotFound
    pairs = {int(case_id): int(version) for case_id, version in (one.split(":") for one in texts)}
    if len(pairs) > MOST_AT_ONCE:
        raise NotAllowed(
            f"一次最多 {MOST_AT_ONCE} 件，所选 {len(pairs)} 件，未处理任何工单。请分批选择。"
        )
    return list(pairs.items())


def _batch(tx: DeskStep, here: Console, pairs: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """The effects of approving the chosen cases.

    - `refused`: the numbers of the cases that would be refused, with the reasons.
    - `first`: the number of the others that then wait for a second approver.
    - `locks`: the number of bindings to end.
    """
    found = tx.cases.by_ids([case_id for case_id, _ in pairs])
    if len(found) < len(pairs):
        raise NotFound
    chosen = list(found.values())
    looks = batch_approval.looked_up(tx, chosen)
    needs = approval_needs(tx, chosen)
    cases: list[Case] = []
    refused: list[tuple[str, str]] = []
    for case_id, version in pairs:
        case = found[case_id]
        is_same_person = bool(needs[case_id].for_two) and needs[case_id].first_approver == here.name
        if why := _why_refused(case, version, looks[case_id], is_same_person=is_same_person):
            refused.append((case.number, why))
        else:
            cases.append(case)
    opened = here.site.presence.opened
    return {
        "cases": cases,
        "refused": refused,
        "unopened": sum(not opened(case.id, case.version, here.name) for case in cases),
        "first": sum(needs[one.id].waits_for_first for one in cases),
        "locks": sum(len(case.binding_ids or ()) for case in cases if case.unbind),
    }


def _why_refused(case: Case, version: int, look: Sequence[str], *, is_same_person: bool) -> str:
    """Why the case would not be approved in a batch, or "".

    `look`: the reasons to look at the case first. `is_same_person`: its first and second approver
    would be one person.
    """
    if case.version != version:
        return "在您查看之后已有变化"
    if is_same_person:
        return "须由两人批准，您已批准"
    return f"现为{STATES[case.state]}" if case.state is not State.QUEUED else "；".join(look)


def _list_page(here: Console, chosen: Wanted, after: int | None) -> Response:
    """One page of a list."""
    desk, workdays = here.desk, here.desk.workdays
    listing = listing_of(here, chosen)
    is_open = chosen.state in OPEN
    with desk.view() as tx:
        beyond = tx.cases.by_id(after) if after else None
        found = listing.piece(tx, here.settings.page_rows, beyond)
        counts = tx.cases.count()
        of_windows = (
            tx.cases.count_by_window(State(chosen.state)) if chosen.plain and is_open else {}
        )
        known = {
            "mark": mark_of(tx),
            "cut_off": unreachable(tx, found.cases),
            "mails": tx.mails.summaries(found.cases),
            "owners": _owners(tx),
        }
    is_counted = chosen.plain and chosen.state in set(State)
    by_window = is_open and not chosen.newest
    return here.page(
        "queue.html",
        chosen=chosen,
        only=Only,
        after=after,
        found=found,
        groups=_groups(found.cases, by_window=by_window),
        by_window=by_window,
        ended=chosen.state in ENDED,
        counts=counts,
        of_windows=of_windows,
        total=counts.get(State(chosen.state), 0) if is_counted else None,
        next_window=str(workdays.window_for(here.now)),
        unknown_year=workdays.unknown_year_ahead(here.now),
        reasons_of=reasons_of,
        **known,
    )


def _owners(tx: DeskStep) -> list[str]:
    """Who may work on cases, and who left some behind."""
    names = [one.name for one in personnel.with_right(tx, Right.REVIEW)]
    return list(dict.fromkeys([*names, *tx.cases.count_by_owner()]))


def _groups(cases: list[Case], *, by_window: bool) -> list[tuple[datetime | None, list[Case]]]:
    """Cases that wait for one window, by when it opens."""
    found = groupby(cases, key=lambda case: case.window_opens_at if by_window else None)
    return [(opens_at, list(group)) for opens_at, group in found]
