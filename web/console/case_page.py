"""The case page: everything an administrator needs to decide one case,
and what was decided so far."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse, RedirectResponse

from core.accounts.administrators import personnel
from core.cases.decision import batch_approval
from core.cases.decision.answering import possible, right_to_change
from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.approve import obstacles
from core.cases.decision.merge_split import named_by
from core.cases.decision.reversal import reversible_until
from core.cases.desk import DeskStep
from core.cases.intake.seen_elsewhere import seen_elsewhere
from core.cases.intake.unread import awaited_mails
from core.cases.requester import contact_mails
from core.data.case import PLANNED, TRANSITIONS, Case
from core.data.case_query import NO_ACCOUNT, NOT_THE_CONTACT, OBJECTED
from core.data.enterprise import Enterprise
from core.data.mail_record import Disposition, MailRecord
from core.data.roles import Right
from web.common.bounced_addresses import came_back, returned_from
from web.common.comparison import Row, compare, finding_lines
from web.common.mail_view import MailView
from web.common.refusals import NotFound
from web.common.sessions import Console, Here
from web.common.site import LARGEST_ID
from web.console.listing import LONGEST_QUERY, Listing, Wanted, wanted_of
from web.console.reasons import beside_findings, reasons_of

router = APIRouter()
EARLIER_SHOWN = 8
MOST_CANDIDATES = 20
MOST_ON_TOP = 2
"""Mails to be read whose words stand beside those of the request."""
MOST_MAILS = 50
MOST_ENTRIES = 200
"""Mails and audit rows of a case on its page: anybody who knows its number can add to them."""
BANNERS = frozenset(
    {
        NO_ACCOUNT,
        NOT_THE_CONTACT,
        OBJECTED,
        batch_approval.ANOTHER,
        batch_approval.BOUNCED,
        batch_approval.FROZEN,
    }
)
"""Reasons to look that have a banner of their own on the page."""


@router.get("/cases/{number}")
def show_case(
    here: Here,
    number: str,
    enterprise: str = "",
    in_list: Annotated[str, Query(alias="list", max_length=LONGEST_QUERY)] = "",
) -> Response:
    """The case page. `enterprise`: what to look for among the registered enterprises; `in_list`:
    the list that it was opened from."""
    return case_page(here, number, search=enterprise.strip()[:80], in_list=in_list)


@router.get("/cases/{number}/present")
def say_present(
    here: Here, number: str, version: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0
) -> Response:
    """The page is still open: who else looks at the case, and whether it has changed. Asked by the
    page's script now and then."""
    with here.view() as tx:
        case = numbered(tx, number)
    others = here.site.presence.look(case.id, version, here.name, here.now)
    return JSONResponse({"others": others, "changed": case.version != version})


@router.get("/cases/{number}/{_act}")
def back_to_case(number: str, _act: str) -> Response:
    """The address of an act, opened again: it was only ever meant to be sent to."""
    return RedirectResponse(f"/cases/{quote(number, safe='')}", 303)


def case_page(
    here: Console,
    number: str,
    *,
    search: str = "",
    in_list: str = "",
    status: int = 200,
    **facts: Any,
) -> Response:
    """The page of a case as it is now. `problem`, `changes`: why the last act was refused, and what
    changed meanwhile; what was typed for it is typed again."""
    chosen, now = wanted_of(in_list), here.now
    listing = listing_of(here, chosen) if chosen else None
    locks = here.site.index.look(search).enterprises
    with here.view() as tx:
        case = numbered(tx, number)
        view = _view(tx, here, case)
        candidates = tx.accounts.find(search, MOST_CANDIDATES, also=locks) if search else []
        before, behind = (
            listing.neighbour(tx, case, backwards=back) if listing else None
            for back in (True, False)
        )
    return here.page(
        "case.html",
        status,
        case=case,
        view=view,
        candidates=candidates,
        search=search,
        in_list=in_list,
        typed=defaultdict(str, here.form),
        chosen=chosen,
        before=before,
        behind=behind,
        others=here.site.presence.look(case.id, case.version, here.name, now),
        shut_out=batch_approval.SHUT_OUT,
        **facts,
    )


def listing_of(here: Console, wanted: Wanted) -> Listing:
    """The list, with what its search finds. Not within a transaction."""
    ids = here.site.index.look(wanted.find).cases if wanted.find else None
    return Listing(wanted, ids)


def doubts_of(here: Console, case: Case, *, with_reset: bool) -> Sequence[str]:
    """What an approver of the case has to look at first, as its page names it. `with_reset`: the
    account gets a password, so that nobody is shut out."""
    with here.view() as tx:
        doubts: Sequence[str] = _view(tx, here, case)["doubts"]
    return [one for one in doubts if not (with_reset and batch_approval.SHUT_OUT.startswith(one))]


def numbered(tx: DeskStep, number: str) -> Case:
    """The case with that number. Raises NotFound."""
    case = tx.cases.by(number=number)
    if case is None:
        raise NotFound
    return case


def _view(tx: DeskStep, here: Console, case: Case) -> dict[str, Any]:
    """The data of a case, read in one transaction."""
    desk, entries = here.desk, tx.audit.entries(case.id, MOST_ENTRIES)
    enterprise = tx.accounts.optional(case.enterprise_id)
    found = _mails_on_page(tx, case, enterprise)
    records = [(record, tx.mails.reading(record.id)) for record in found]
    readings = [
        (record.id, reading)
        for record, reading in records
        if reading and record.disposition is Disposition.CASE
    ]
    mails = [MailView(record, reading, here.site.mac) for record, reading in records]
    awaited = _awaited(tx, here, case, enterprise)
    held_by = {one.record.id for one in awaited}
    to_look = batch_approval.looked_up(tx, [case])[case.id]
    rows = compare(case, readings, enterprise)
    needs = approval_needs(tx, [case])[case.id]
    return {
        "mails": mails,
        "on_top": _on_top([one for one in mails if one.record.id not in held_by], enterprise),
        "awaited": awaited,
        "most_mails": MOST_MAILS,
        "most_entries": MOST_ENTRIES,
        "rows": rows,
        "doubts": _doubts(rows, [one.title for one in reasons_of(case, to_look)]),
        "obstacles": obstacles(case, enterprise, needs),
        "lines": finding_lines(case.findings, readings),
        "steps": frozenset(step for state, step in TRANSITIONS if state is case.state),
        "answers": possible(case.state),
        "elsewhere": seen_elsewhere(tx, case, [reading for _, reading in readings]),
        "letters": tx.letters.newest(case_id=case.id),
        "came_back": came_back(entries),
        "needs": needs,
        "to_look": to_look,
        "beside": [one for one in beside_findings(case, to_look) if one not in BANNERS],
        "right": right_to_change(case),
        "reversible_until": reversible_until(desk, case),
        "entries": entries,
        "people": personnel.with_right(tx, Right.REVIEW),
        **_account_facts(tx, case, enterprise),
    }


def _mails_on_page(tx: DeskStep, case: Case, enterprise: Enterprise | None) -> list[MailRecord]:
    """The request and the newest mails, and what the registered contact wrote that nobody has read,
    however much others wrote since."""
    wrote = contact_mails(tx, case, enterprise) if enterprise else []
    waiting = [one for one in wrote if one.unread][-MOST_ON_TOP:]
    found = {one.id: one for one in (*waiting, *tx.mails.of_case(case.id, limit=MOST_MAILS))}
    return sorted(found.values(), key=lambda one: (one.arrived, one.id))


def _awaited(
    tx: DeskStep, here: Console, case: Case, enterprise: Enterprise | None
) -> list[MailView]:
    """The first mails for which the window waits with the case."""
    if enterprise is None or case.state not in PLANNED:
        return []
    found = islice(awaited_mails(tx, case, enterprise), MOST_ON_TOP)
    return [MailView(one, tx.mails.reading(one.id), here.site.mac) for one in found]


def _on_top(mails: Sequence[MailView], enterprise: Enterprise | None) -> list[MailView]:
    """The mails that wait to be read, the registered contact's before those of other proved
    senders, these before anybody's, of each the newest first; behind them those of the request."""

    def rank(mail: MailView) -> tuple[bool, bool]:
        one = mail.record
        is_contact = enterprise is not None and enterprise.is_contact_address(one.sender)
        return one.proved and is_contact, one.proved

    written = [
        one for one in mails if one.reading and (one.record.unread or one.reading.message.new_text)
    ]
    asked = [one for one in written if one.record.disposition is Disposition.CASE]
    waiting = [one for one in reversed(written) if one.record.unread and one not in asked]
    return [*sorted(waiting, key=rank, reverse=True)[:MOST_ON_TOP], *asked[-1:]]


def _account_facts(tx: DeskStep, case: Case, enterprise: Enterprise | None) -> dict[str, Any]:
    """The case's account: its locks, its other cases, its addresses that take no mail."""
    number = case.enterprise_id
    addresses = dict.fromkeys([case.sender, enterprise.contact_email if enterprise else ""])
    return {
        "enterprise": enterprise,
        # Renamed, or a slip of whoever chose the account.
        "another": enterprise is not None and batch_approval.is_another(case, enterprise),
        "locks": tx.bindings.of_enterprise(number, ended=True) if number else [],
        "others": tx.cases.of_enterprise(number, EARLIER_SHOWN + 1) if number else [],
        "rivals": tx.cases.open_naming(number, case.enterprise_name, case.uscc),
        "named": named_by(tx, case),
        "returned": [found for one in addresses if (found := returned_from(tx, one))],
    }


def _doubts(rows: Sequence[Row], titles: Sequence[str]) -> Sequence[str]:
    """What an approver has to look at: reasons, and differences that none of them names. That
    somebody else asks has questions of its own.
    """
    differing = [row.label for row in rows if row.differs]
    unnamed = [
        f"{label}有不同（≠）" for label in differing if not any(label in title for title in titles)
    ]
    return [*unnamed, *(one for one in titles if not one.startswith(NOT_THE_CONTACT))]
